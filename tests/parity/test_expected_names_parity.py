"""Names that programs expect, beside a PyTorch without CUDA: the same answers, warnings and refusals."""

import pickle
import warnings

import pytest

import chainrule
from chainrule.amp import autocast_mode

torch = pytest.importorskip("torch")

BOTH = (torch, chainrule)


def in_torchs_words(text):
    return text.replace("chainrule.", "torch.").replace("`chainrule`", "`torch`")


def outcome(function, library):
    autocast_mode._said.add("autocast")  # what PyTorch does not say
    with warnings.catch_warnings(record=True, action="always") as caught:
        try:
            result = repr(function(library))
        except Exception as error:  # noqa: BLE001 (whatever PyTorch raises)
            result = f"{type(error).__name__}: {error}"
    said = [(w.category, in_torchs_words(str(w.message)).partition(" (Triggered internally")[0]) for w in caught]
    return in_torchs_words(result), said


def fields(made, *names):
    return [getattr(made, name) for name in names]


QUESTIONS = [
    lambda t: [t.cuda.is_available(), t.cuda.device_count(), t.cuda.is_initialized(), t.cuda.has_half],
    lambda t: [t.cuda.is_bf16_supported(), t.cuda.is_tf32_supported(), t.cuda.default_generators],
    lambda t: [t.cuda.memory_allocated(), t.cuda.max_memory_allocated(), t.cuda.memory_reserved()],
    lambda t: [t.cuda.max_memory_reserved(), t.cuda.memory_stats(), t.cuda.get_arch_list(), t.cuda.get_gencode_flags()],
    lambda t: [t.cuda.manual_seed(1), t.cuda.manual_seed_all(1), t.cuda.seed(), t.cuda.seed_all()],
    lambda t: [t.cuda.empty_cache(), t.cuda.get_rng_state_all(), t.cuda.set_rng_state_all([])],
    lambda t: [t.cuda.set_device(-1), t.cuda.device("cpu")],
    lambda t: t.cuda.device("cuda:1").idx,
    lambda t: fields(t.version, "cuda", "hip", "debug", "xpu"),
    lambda t: fields(t.backends.cudnn, "enabled", "deterministic", "benchmark", "benchmark_limit", "allow_tf32"),
    lambda t: [t.backends.cudnn.is_available(), t.backends.cudnn.version(), t.backends.cudnn.fp32_precision],
    lambda t: t.backends.cudnn.is_acceptable(t.ones(2)),
    lambda t: fields(
        t.backends.cuda.matmul,
        "allow_tf32",
        "allow_fp16_reduced_precision_reduction",
        "allow_bf16_reduced_precision_reduction",
        "fp32_precision",
    ),
    lambda t: t.backends.cuda.matmul.foo,
    lambda t: [t.backends.cuda.is_built(), t.backends.cuda.is_flash_attention_available()],
    lambda t: [t.backends.cuda.flash_sdp_enabled(), t.backends.cuda.mem_efficient_sdp_enabled()],
    lambda t: [t.backends.cuda.math_sdp_enabled(), t.backends.cuda.cudnn_sdp_enabled()],
    lambda t: [t.backends.mps.is_available(), t.backends.mps.is_built(), t.backends.mha.get_fastpath_enabled()],
    lambda t: [t.backends.mkldnn.enabled, t.backends.mkldnn.deterministic, t.backends.fp32_precision],
    lambda t: [t.mps.is_available(), t.mps.device_count(), t.mps.manual_seed(1)],
    lambda t: t.mps.synchronize(),
    lambda t: t.mps.empty_cache(),
    lambda t: t.mps.current_allocated_memory(),
    lambda t: [t.xpu.is_available(), t.xpu.device_count(), t.xpu.manual_seed_all(1), t.xpu.empty_cache()],
    lambda t: [t.accelerator.is_available(), t.accelerator.current_accelerator(), t.accelerator.device_count()],
    lambda t: t.accelerator.synchronize(),
    lambda t: t.accelerator.current_device_index(),
    lambda t: t.accelerator.memory_allocated(),
    lambda t: t.accelerator.current_stream(),
    lambda t: [t.cpu.is_available(), t.cpu.device_count(), t.cpu.current_device(), t.cpu.synchronize()],
    lambda t: [t.cpu.is_initialized(), t.cpu.set_device("cpu"), type(t.cpu.current_stream()).__name__],
    lambda t: [t.compiler.is_compiling(), t.jit.is_scripting(), t.jit.is_tracing(), t.onnx.is_in_onnx_export()],
    lambda t: t.distributed.is_initialized(),
    lambda t: t.compile(abs, mode="default", options={}),
    lambda t: [t.jit.annotate(int, 3), t.jit.isinstance([1], list[int]), t.jit.isinstance([1], list[str])],
    lambda t: sorted(t.multiprocessing.get_all_sharing_strategies()),
    lambda t: t.bfloat16.itemsize,
]


@pytest.mark.parametrize("function", QUESTIONS)
def test_questions(function):
    assert outcome(function, chainrule) == outcome(function, torch)


AUTOCASTS = [
    lambda t: [t.is_autocast_enabled(), t.is_autocast_enabled("cpu"), t.is_autocast_cache_enabled()],
    lambda t: [t.get_autocast_dtype("cpu"), t.get_autocast_dtype("cuda"), t.get_autocast_dtype("mps")],
    lambda t: t.get_autocast_gpu_dtype(),
    lambda t: t.get_autocast_cpu_dtype(),
    lambda t: t.is_autocast_cpu_enabled(),
    lambda t: [t.amp.is_autocast_available(kind) for kind in ("cpu", "cuda", "mps", "xpu", "meta")],
    lambda t: t.autocast(3),
    lambda t: t.autocast("meta"),
    lambda t: t.autocast("meta", t.float16),
    lambda t: t.autocast("cpu")(3),
    lambda t: fields(t.autocast("cpu"), "device", "fast_dtype", "_enabled", "_cache_enabled"),
    lambda t: fields(t.autocast("cpu", dtype=t.float16), "device", "fast_dtype", "_enabled"),
    lambda t: fields(t.autocast("cpu", dtype=t.float32), "device", "fast_dtype", "_enabled"),
    lambda t: fields(t.autocast("cpu", dtype=t.float32, enabled=False), "device", "fast_dtype", "_enabled"),
    lambda t: fields(t.autocast("cuda"), "device", "fast_dtype", "_enabled"),
    lambda t: fields(t.autocast(device_type="cuda", dtype=t.bfloat16), "device", "fast_dtype", "_enabled"),
    lambda t: fields(t.autocast("cuda", enabled=False), "device", "fast_dtype", "_enabled"),
    lambda t: fields(t.autocast("mps"), "device", "fast_dtype", "_enabled"),
    lambda t: fields(t.cuda.amp.autocast(), "device", "fast_dtype", "_enabled"),
    lambda t: fields(t.cuda.amp.autocast(False), "device", "fast_dtype", "_enabled"),
    lambda t: fields(t.cpu.amp.autocast(), "device", "fast_dtype", "_enabled"),
    lambda t: t.cuda.amp.custom_fwd(abs, cast_inputs=t.float32).__name__,
    lambda t: t.cuda.amp.custom_bwd(abs).__name__,
    lambda t: t.amp.custom_fwd(abs, device_type=3),
    lambda t: t.amp.custom_bwd(abs, device_type=3),
]


@pytest.mark.parametrize("function", AUTOCASTS)
def test_autocast(function):
    assert outcome(function, chainrule) == outcome(function, torch)


# ---- GradScaler ----


def trained(t, scaler, gradients, **steps):
    weight = t.nn.Parameter(t.ones(2))
    optimizer = t.optim.SGD([weight], lr=0.5)
    seen = []
    for gradient in gradients:
        optimizer.zero_grad()
        scaler.scale((weight * t.tensor(gradient)).sum()).backward()
        if "clip" in steps:
            scaler.unscale_(optimizer)
            t.nn.utils.clip_grad_norm_([weight], steps["clip"])
        seen.append(scaler.step(optimizer))
        scaler.update(*steps.get("update", ()))
        seen.append((weight.tolist(), weight.grad.tolist(), scaler.state_dict()))
    return seen


INF = float("inf")
NAN = float("nan")


def stepped(t, scaler):
    weight = t.nn.Parameter(t.ones(2))
    optimizer = t.optim.SGD([weight], lr=0.5)
    scaler.scale(weight.sum()).backward()
    scaler.step(optimizer)
    return optimizer


def of_half(t):
    weight = t.nn.Parameter(t.ones(2, dtype=t.float16))
    scaler = t.amp.GradScaler("cpu", 2.0)
    scaler.scale(weight.sum()).backward()
    scaler.unscale_(t.optim.SGD([weight], lr=0.5))


def reloaded(t):
    scaler = t.amp.GradScaler("cpu", 8.0, growth_interval=3)
    trained(t, scaler, [[1.0, 2.0]])
    other = t.amp.GradScaler("cpu")
    other.load_state_dict(scaler.state_dict())
    return trained(t, other, [[1.0, 2.0]] * 2), pickle.loads(pickle.dumps(scaler)).state_dict()


SCALERS = [
    lambda t: trained(t, t.amp.GradScaler("cpu"), [[0.5, 0.25]] * 3),
    lambda t: trained(t, t.amp.GradScaler("cpu", 4.0, 3.0, 0.25, 2), [[0.5, 0.25], [INF, 1.0]] + [[0.5, 0.25]] * 3),
    lambda t: trained(t, t.amp.GradScaler("cpu", 3.0, growth_interval=1), [[0.1, 0.7], [NAN, 1.0], [0.3, 0.4]]),
    lambda t: trained(t, t.amp.GradScaler("cpu"), [[3.0, 4.0]], clip=1.0),
    lambda t: trained(t, t.amp.GradScaler("cpu"), [[3.0, 4.0]], update=(7.0,)),
    lambda t: trained(t, t.amp.GradScaler("cpu"), [[3.0, 4.0]], update=(t.tensor(7.0),)),
    lambda t: trained(t, t.amp.GradScaler("cpu"), [[3.0, 4.0]], update=(t.ones(2),)),
    lambda t: trained(t, t.amp.GradScaler("cpu", enabled=False), [[3.0, INF]]),
    lambda t: trained(t, t.amp.GradScaler(), [[3.0, INF]]),
    lambda t: trained(t, t.cuda.amp.GradScaler(), [[3.0, 1.0]]),
    lambda t: trained(t, t.cpu.amp.GradScaler(), [[3.0, 1.0]]),
    lambda t: t.amp.GradScaler("cpu", growth_factor=1.0),
    lambda t: t.amp.GradScaler("cpu", backoff_factor=1.0),
    lambda t: t.amp.GradScaler("cpu", 4.0).scale([t.ones(1), (t.zeros(1),)]),
    lambda t: list(t.amp.GradScaler("cpu", 4.0).scale(each for each in [t.ones(1)])),
    lambda t: t.amp.GradScaler("cpu", 4.0).scale(3),
    lambda t: t.amp.GradScaler("cpu").unscale_(None),
    lambda t: t.amp.GradScaler("cpu").step(None),
    lambda t: t.amp.GradScaler("cpu").step(None, closure=1),
    lambda t: t.amp.GradScaler("cpu").update(),
    lambda t: (scaler := t.amp.GradScaler("cpu")).step(stepped(t, scaler)),
    lambda t: (scaler := t.amp.GradScaler("cpu")).unscale_(stepped(t, scaler)),
    lambda t: stepped(t, scaler := t.amp.GradScaler("cpu")) and pickle.dumps(scaler),
    lambda t: [scaler := t.amp.GradScaler("cpu"), scaler.scale(t.ones(1)), scaler.update()][1:],
    of_half,
    reloaded,
    lambda t: t.amp.GradScaler("cpu").load_state_dict({}),
    lambda t: t.amp.GradScaler("cpu", enabled=False).load_state_dict({}),
]


@pytest.mark.parametrize("function", SCALERS)
def test_scalers(function):
    assert outcome(function, chainrule) == outcome(function, torch)


def test_states_of_scalers_go_both_ways():
    states = []
    for one, other in (BOTH, BOTH[::-1]):
        scaler = one.amp.GradScaler("cpu", 8.0, growth_interval=3)
        trained(one, scaler, [[1.0, 2.0]])
        loaded = other.amp.GradScaler("cpu")
        loaded.load_state_dict(scaler.state_dict())
        states.append((trained(other, loaded, [[1.0, 2.0]] * 2)[-1], loaded.state_dict()))
    assert states[0] == states[1]
