"""Names that programs expect where a CPU has nothing to do: questions are answered, settings kept, the rest refused."""

import copy
import pickle
import subprocess
import sys
import threading
import warnings

import pytest

import chainrule as torch
from chainrule import compiler, jit
from chainrule.amp import autocast_mode

NO_CUDA = "No CUDA GPUs are available"


@pytest.fixture(autouse=True)
def _nothing_was_said(monkeypatch):
    for module in (compiler, jit, autocast_mode):
        monkeypatch.setattr(module, "_said", set())


def everything_said():
    return warnings.catch_warnings(record=True, action="always")


# ---- compile and jit ----


def test_compile_gives_the_function_back_and_says_so_once():
    model = torch.nn.Linear(1, 1)
    with everything_said() as said:
        assert torch.compile(model, mode="max-autotune", fullgraph=True) is model

        @torch.compile(backend="eager", dynamic=True)
        def double(x):
            return 2 * x

        @torch.compile
        def triple(x):
            return 3 * x

    assert [(w.filename, "compile returns the function as it is" in str(w.message)) for w in said] == [(__file__, True)]
    assert (double(2), triple(2)) == (4, 6)
    assert torch.compiler.compile is torch.compile


def test_compile_refuses():
    with pytest.raises(RuntimeError, match="Either mode or options can be specified"):
        torch.compile(abs, mode="default", options={})
    with pytest.raises(TypeError, match="expected a function or a module, but got int"):
        torch.compile(3, disable=True)
    assert torch.compile(abs, disable=True) is abs  # says nothing


def test_dynamo_can_be_set_up():
    torch._dynamo.config.suppress_errors = True
    torch._dynamo.reset()
    assert torch._dynamo.disable(abs) is abs
    torch._dynamo.config.suppress_errors = False


def test_jit_gives_functions_and_modules_back():
    model = torch.nn.Linear(1, 1)
    with everything_said() as said:
        assert torch.jit.script(model) is model
        assert torch.jit.script(model) is model
        assert torch.jit.trace(model, torch.ones(1, 1)) is model
        assert torch.jit.freeze(model) is model
    assert ["there is no TorchScript in chainrule" in str(w.message) for w in said] == [True] * 3

    @torch.jit.ignore
    def one():
        return 1

    assert one() == 1
    for refused in (lambda: torch.jit.load("model.pt"), lambda: torch.jit.save(model, "model.pt")):
        with pytest.raises(NotImplementedError, match="chainrule has no TorchScript"):
            refused()


@pytest.mark.parametrize(
    ("obj", "kind", "is_one"),
    [
        ([1, 2], list[int], True),
        ([1, "a"], list[int], False),
        ({"a": 1}, dict[str, int], True),
        ({"a": "b"}, dict[str, int], False),
        ((1, "a"), tuple[int, str], True),
        ((1,), tuple[int, str], False),
        ((1, 2, 3), tuple[int, ...], True),
        (None, int | None, True),
        (1.5, int | None, False),
        (1, (int, str), True),
        (1, int, True),
    ],
)
def test_isinstance_of_containers(obj, kind, is_one):
    assert torch.jit.isinstance(obj, kind) is is_one


# ---- autocast ----


def test_autocast_is_remembered_and_changes_nothing():
    weight = torch.ones(2, 2, requires_grad=True)
    with everything_said() as said, torch.autocast("cpu", dtype=torch.bfloat16) as region:
        result = weight @ weight
        assert torch.is_autocast_enabled("cpu")
        assert not torch.is_autocast_enabled()
        assert torch.get_autocast_dtype("cpu") is torch.bfloat16
        with torch.autocast("cpu", enabled=False):
            assert not torch.is_autocast_enabled("cpu")
        with torch.amp.autocast("cpu", torch.float16, cache_enabled=False):
            assert torch.get_autocast_dtype("cpu") is torch.float16
            assert not torch.is_autocast_cache_enabled()
        assert torch.is_autocast_enabled("cpu")
    assert [(w.filename, "autocast is accepted and changes nothing" in str(w.message)) for w in said] == [
        (__file__, True)
    ]
    assert isinstance(region, torch.autocast)
    assert result.dtype is torch.float32
    assert not torch.is_autocast_enabled("cpu")
    assert torch.is_autocast_cache_enabled()


def test_autocast_belongs_to_its_thread():
    seen = []
    with warnings.catch_warnings(action="ignore"), torch.autocast("cpu"):
        thread = threading.Thread(target=lambda: seen.append(torch.is_autocast_enabled("cpu")))
        thread.start()
        thread.join()
    assert seen == [False]


def test_autocast_decorates():
    @torch.autocast("cpu")
    def inside():
        return torch.is_autocast_enabled("cpu")

    with warnings.catch_warnings(action="ignore"):
        assert inside()
    assert inside.__name__ == "inside"
    assert not torch.is_autocast_enabled("cpu")


def test_a_function_may_ask_for_types():
    class Seen(torch.autograd.Function):
        @staticmethod
        @torch.amp.custom_fwd(device_type="cpu", cast_inputs=torch.float16)
        def forward(ctx, x, more):
            ctx.seen = (x.dtype, more["y"][0].dtype, torch.is_autocast_enabled("cpu"))
            seen.append(ctx.seen)
            return x.clone()

        @staticmethod
        @torch.amp.custom_bwd(device_type="cpu")
        def backward(ctx, grad):
            seen.append(torch.is_autocast_enabled("cpu"))
            return grad, None

    seen = []
    x = torch.ones(1, requires_grad=True)
    Seen.apply(x, {"y": [x]}).backward()
    with warnings.catch_warnings(action="ignore"), torch.autocast("cpu"):
        Seen.apply(x, {"y": [x]}).backward()
    assert seen == [
        (torch.float32, torch.float32, False),
        False,
        (torch.float16, torch.float16, False),
        False,
    ]


# ---- GradScaler ----


def step_with(scaler, gradient):
    weight = torch.ones(2, requires_grad=True)
    optimizer = torch.optim.SGD([weight], lr=1.0)
    scaler.scale((weight * torch.tensor(gradient)).sum()).backward()
    scaler.step(optimizer)
    scaler.update()
    return weight.tolist()


def test_steps_are_skipped_whose_gradients_are_not_finite():
    scaler = torch.amp.GradScaler("cpu", init_scale=4.0, growth_interval=2)
    assert step_with(scaler, [0.5, 0.25]) == [0.5, 0.75]
    assert step_with(scaler, [0.5, float("inf")]) == [1.0, 1.0]
    assert scaler.get_scale() == 2.0
    step_with(scaler, [0.5, 0.25])
    step_with(scaler, [0.5, 0.25])
    assert scaler.get_scale() == 4.0
    for made in (copy.deepcopy(scaler), pickle.loads(pickle.dumps(scaler))):
        assert made.state_dict() == scaler.state_dict()


def test_a_scaler_for_cuda_is_off():
    with pytest.warns(UserWarning, match="CUDA is not available.  Disabling"):
        scaler = torch.amp.GradScaler()
    assert not scaler.is_enabled()
    assert step_with(scaler, [0.5, float("inf")]) == [0.5, float("-inf")]
    assert (scaler.get_scale(), scaler.state_dict()) == (1.0, {})
    torch.amp.GradScaler("cuda", enabled=False)  # says nothing


# ---- devices that are not there ----


def test_questions_are_answered():
    assert (torch.cuda.is_available(), torch.cuda.device_count(), torch.cuda.is_initialized()) == (False, 0, False)
    assert torch.cuda.memory_allocated() == torch.cuda.max_memory_reserved("cuda:0") == 0
    torch.cuda.manual_seed(1), torch.cuda.manual_seed_all(1), torch.cuda.empty_cache()
    assert torch.version.cuda is None
    assert torch.version.__version__ == torch.__version__
    assert not torch.distributed.is_available()
    assert not torch.backends.cuda.is_built()


@pytest.mark.parametrize(
    "ask",
    [
        torch.cuda.current_device,
        torch.cuda.synchronize,
        torch.cuda.get_device_name,
        torch.cuda.get_device_capability,
        torch.cuda.current_stream,
        torch.cuda.Event,
        torch.cuda.Stream,
        torch.cuda.mem_get_info,
        torch.cuda.initial_seed,
        lambda: torch.cuda.get_device_properties(0),
        lambda: torch.cuda.set_device(0),
        lambda: torch.cuda.device(0).__enter__(),
    ],
)
def test_what_needs_a_device_is_refused(ask):
    with pytest.raises(RuntimeError, match=NO_CUDA):
        ask()


def test_devices_as_contexts():
    with torch.cuda.device(None), torch.cuda.device(-1), torch.cuda.stream(None), torch.cpu.stream(None):
        pass
    with pytest.raises(ValueError, match="Expected a cuda device, but got: cpu"):
        torch.cuda.device("cpu")


def test_settings_of_libraries_that_are_not_there():
    cudnn = torch.backends.cudnn
    with cudnn.flags(enabled=False, deterministic=True):
        assert (cudnn.enabled, cudnn.deterministic) == (False, True)
    assert (cudnn.enabled, cudnn.deterministic, cudnn.benchmark_limit) == (True, False, None)
    with torch.backends.cuda.sdp_kernel(enable_math=False):
        assert not torch.backends.cuda.math_sdp_enabled()
    assert torch.backends.cuda.math_sdp_enabled()
    torch.backends.cuda.matmul.allow_tf32 = True
    torch.backends.cuda.matmul.allow_tf32 = False
    with pytest.raises(AttributeError, match="Unknown attribute foo"):
        torch.backends.cuda.matmul.foo
    with pytest.raises(AttributeError):
        torch.backends.cuda.matmul.foo = 1
    with torch.backends.mkldnn.flags(enabled=False), torch.backends.nnpack.flags(enabled=False):
        assert not torch.backends.mkldnn.enabled
    assert torch.backends.mkldnn.enabled


def test_what_is_not_done_says_what_to_do():
    with pytest.raises(NotImplementedError, match=r"Get the model's code as a package"):
        torch.hub.load("pytorch/vision", "resnet18")
    with pytest.raises(NotImplementedError, match=r"read it with torch\.load"):
        torch.hub.load_state_dict_from_url("https://example.org/weights.pth")
    with pytest.raises(NotImplementedError, match=r"load it in PyTorch, and export there"):
        torch.onnx.export(torch.nn.Linear(1, 1), torch.ones(1, 1), "model.onnx")
    with pytest.raises(RuntimeError, match=r"chainrule trains in one process"):
        torch.distributed.init_process_group("gloo")


def test_the_folder_of_the_hub(monkeypatch, tmp_path):
    monkeypatch.setattr(torch.hub, "_chosen", {})
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    assert torch.hub.get_dir() == str(tmp_path / "hub")
    torch.hub.set_dir(tmp_path / "other")
    assert torch.hub.get_dir() == str(tmp_path / "other")


def test_processes_of_a_script(tmp_path):
    # As PyTorch's own examples of several processes start.
    script = tmp_path / "script.py"
    script.write_text(
        "import torch\n"
        "import torch.multiprocessing as mp\n"
        "from torch.cuda.amp import autocast\n"
        "def work(rank, x):\n"
        "    print(torch.__version__, rank, x)\n"
        "if __name__ == '__main__':\n"
        "    mp.set_sharing_strategy('file_system')\n"
        "    mp.spawn(work, (torch.ones(1),), nprocs=1)\n"
    )
    command = [sys.executable, "-m", "chainrule", str(script)]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (ended.stdout, ended.stderr) == ("2.13.0 0 tensor([1.])\n", "")
