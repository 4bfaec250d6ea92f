"""nn.Module: what it registers, how it is saved, loaded, copied, called and printed, and what it refuses."""

import copy
import pickle

import pytest

import chainrule as torch
from chainrule import nn


def ones(*shape):
    return torch.ones(*shape)


def parameter(*shape):
    return nn.Parameter(ones(*shape))


def same(a, b):
    return a.tolist() == b.tolist()


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = nn.Linear(3, 4)
        self.rest = nn.Sequential(nn.ReLU(), nn.Linear(4, 2, bias=False))
        self.scale = parameter(2)
        self.register_buffer("seen", torch.zeros(2))
        self.register_buffer("scratch", torch.zeros(1), persistent=False)

    def forward(self, x):
        return self.rest(self.first(x)) * self.scale


# ---- parameters ----


def test_a_parameter_shares_memory_and_requires_grad():
    data = ones(2)
    p = nn.Parameter(data)
    data[0] = 5
    assert p.tolist() == [5, 1]
    assert p.requires_grad
    assert p.is_leaf
    assert not nn.Parameter(data, requires_grad=False).requires_grad
    assert nn.Parameter().shape == (0,)


def test_what_is_computed_from_a_parameter_is_no_parameter():
    p = parameter(2)
    for result in (p * 2, p.detach(), p.data, p.clone()):
        assert type(result) is torch.Tensor


def test_a_parameter_prints_what_it_is():
    assert repr(parameter(2)) == "Parameter containing:\ntensor([1., 1.], requires_grad=True)"


def test_copies_and_pickles_of_a_parameter():
    p = parameter(2)
    p.grad = ones(2)
    for made in (copy.deepcopy(p), pickle.loads(pickle.dumps(p))):
        assert type(made) is nn.Parameter
        assert made.requires_grad
        assert made.tolist() == [1, 1]
        assert made.grad is None
        with torch.no_grad():
            made.fill_(0)
    assert p.tolist() == [1, 1]


def test_only_floating_point_tensors_become_parameters():
    with pytest.raises(RuntimeError, match="Only Tensors of floating point and complex dtype can require gradients"):
        nn.Parameter(torch.tensor([1]))
    with pytest.raises(
        TypeError, match=r"Parameter data must be a tensor, but got list: make one with .*tensor\(...\)"
    ):
        nn.Parameter([1.0])


# ---- attributes ----


def test_assigning_registers():
    net = Net()
    assert [name for name, _ in net.named_parameters()] == ["scale", "first.weight", "first.bias", "rest.1.weight"]
    assert [name for name, _ in net.named_buffers()] == ["seen", "scratch"]
    assert [name for name, _ in net.named_children()] == ["first", "rest"]
    assert [name for name, _ in net.named_modules()] == ["", "first", "rest", "rest.0", "rest.1"]
    assert [name for name, _ in net.named_parameters(prefix="net", recurse=False)] == ["net.scale"]


def test_an_attribute_is_one_thing_at_a_time():
    module = nn.Module()
    module.x = 3
    module.x = parameter(1)
    assert "x" not in module.__dict__
    assert "x" in module._parameters
    del module.x
    module.x = nn.ReLU()
    assert not module._parameters
    del module.x
    assert not hasattr(module, "x")
    module.x = nn.Buffer(ones(1), persistent=False)
    assert module._non_persistent_buffers_set == {"x"}
    module.x = parameter(1)
    assert not module._buffers
    assert not module._non_persistent_buffers_set


def test_none_keeps_a_place():
    layer = nn.Linear(2, 2)
    layer.bias = None
    assert "bias" in layer._parameters
    assert repr(layer) == "Linear(in_features=2, out_features=2, bias=False)"
    layer.bias = parameter(2)
    assert list(layer.state_dict()) == ["weight", "bias"]


def test_shared_parameters_and_modules_come_once():
    net = nn.Module()
    net.a = nn.Linear(2, 2)
    net.b = net.a
    assert len(list(net.parameters())) == 2
    assert len(list(net.named_parameters(remove_duplicate=False))) == 4
    assert len(list(net.modules())) == 2
    assert len(list(net.children())) == 1
    assert list(net.state_dict()) == ["a.weight", "a.bias", "b.weight", "b.bias"]


@pytest.mark.parametrize(
    ("wrong", "error", "message"),
    [
        (
            lambda m: setattr(m, "weight", 3),
            TypeError,
            "cannot assign 'int' as parameter 'weight' (torch.nn.Parameter or None expected)",
        ),
        (
            lambda m: setattr(m, "weight", ones(2)),
            TypeError,
            "cannot assign 'torch.FloatTensor' as parameter 'weight' (torch.nn.Parameter or None expected)",
        ),
        (
            lambda m: setattr(m, "weight", nn.ReLU()),
            TypeError,
            "ReLU' as parameter 'weight' (torch.nn.Parameter or None expected)",
        ),
        (
            lambda m: setattr(m, "sub", 3),
            TypeError,
            "cannot assign 'int' as child module 'sub' (torch.nn.Module or None expected)",
        ),
        (
            lambda m: setattr(m, "buf", 3),
            TypeError,
            "cannot assign 'int' as buffer 'buf' (torch.nn.Buffer, torch.Tensor or None expected)",
        ),
        (
            lambda m: m.register_parameter("p", 3),
            TypeError,
            "cannot assign 'int' object to parameter 'p' (torch.nn.Parameter or None required)",
        ),
        (lambda m: m.register_parameter("p.q", None), KeyError, 'parameter name can\'t contain "."'),
        (lambda m: m.register_parameter("", None), KeyError, 'parameter name can\'t be empty string ""'),
        (lambda m: m.register_parameter(3, None), TypeError, "parameter name should be a string. Got int"),
        (lambda m: m.register_parameter("training", None), KeyError, "attribute 'training' already exists"),
        (
            lambda m: m.register_buffer("p", 3),
            TypeError,
            "cannot assign 'int' object to buffer 'p' (torch Tensor or None required)",
        ),
        (lambda m: m.register_buffer("weight", None), KeyError, "attribute 'weight' already exists"),
        (lambda m: m.add_module("p", 3), TypeError, "int is not a Module subclass"),
        (lambda m: m.add_module("p.q", None), KeyError, 'module name can\'t contain ".", got: p.q'),
        (lambda m: setattr(m, "p.q", parameter(1)), KeyError, 'parameter name can\'t contain "."'),
        (lambda m: m.nothing, AttributeError, "'Holder' object has no attribute 'nothing'"),
        (lambda m: m(1), NotImplementedError, 'Module [Holder] is missing the required "forward" function'),
        (lambda m: m.train("yes"), ValueError, "training mode is expected to be boolean"),
        (
            lambda m: m.to(torch.int64),
            TypeError,
            "nn.Module.to only accepts floating point or complex dtypes, but got desired dtype=",
        ),
        (lambda m: m.to("cuda"), RuntimeError, "No CUDA GPUs are available"),
        (lambda m: m.cuda(), RuntimeError, "No CUDA GPUs are available"),
        (lambda m: m.get_submodule("sub.nothing"), AttributeError, "ReLU has no attribute `nothing`"),
        (lambda m: m.get_submodule("weight"), AttributeError, "`weight` is not an nn.Module"),
        (lambda m: m.get_parameter("nothing"), AttributeError, "Holder has no attribute `nothing`"),
        (lambda m: m.get_parameter("buf"), AttributeError, "`buf` is not an nn.Parameter"),
        (lambda m: m.get_buffer("weight"), AttributeError, "`weight` is not a buffer"),
        (lambda m: m.set_submodule("", nn.ReLU()), ValueError, "Cannot set the submodule without a target name!"),
        (lambda m: m.set_submodule("weight", nn.ReLU()), AttributeError, "`weight` is not an nn.Module"),
        (lambda m: m.load_state_dict(3), TypeError, "Expected state_dict to be dict-like, got <class 'int'>."),
    ],
)  # fmt: skip
def test_what_a_module_refuses_changes_nothing(wrong, error, message):
    class Holder(nn.Module):
        pass

    module = Holder()
    module.weight = parameter(2)
    module.sub = nn.ReLU()
    module.buf = nn.Buffer(ones(2))
    before = {name: dict(held) for name, held in vars(module).items() if isinstance(held, dict)}
    with pytest.raises(error) as raised:
        wrong(module)
    assert message in (raised.value.args[0] if error is KeyError else str(raised.value))
    assert {name: dict(held) for name, held in vars(module).items() if isinstance(held, dict)} == before


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (nn.ReLU(), "cannot assign module before Module.__init__() call"),
        (nn.Parameter(torch.ones(1)), "cannot assign parameters before Module.__init__() call"),
        (nn.Buffer(torch.ones(1)), "cannot assign buffer before Module.__init__() call"),
    ],
)
def test_assigning_before_init_says_so(value, message):
    class Early(nn.Module):
        def __init__(self):
            self.member = value

    with pytest.raises(AttributeError) as raised:
        Early()
    assert str(raised.value) == message


def test_init_takes_no_arguments():
    class Plain(nn.Module):
        pass

    with pytest.raises(TypeError, match=r"Plain.__init__\(\) takes 1 positional argument but 2 were given"):
        Plain(3)
    with pytest.raises(TypeError, match=r"Plain.__init__\(\) got an unexpected keyword argument 'size'"):
        Plain(size=3)


def test_a_result_is_no_parameter():
    module = nn.Module()
    computed = parameter(2)
    made = computed * 2
    made.__class__ = nn.Parameter
    with pytest.raises(ValueError, match="Cannot assign non-leaf Tensor to parameter 'w'"):
        module.w = made


def test_finding_by_name():
    net = Net()
    assert net.get_submodule("rest.0") is net.rest[0]
    assert net.get_submodule("") is net
    assert net.get_parameter("first.bias") is net.first.bias
    assert net.get_buffer("seen") is net.seen
    net.set_submodule("rest.0", nn.Tanh())
    assert isinstance(net.rest[0], nn.Tanh)
    assert "first" in dir(net)
    assert "0" not in dir(net.rest)


# ---- state ----


def test_the_state_dict_has_what_is_to_be_saved():
    net = Net()
    state = net.state_dict()
    assert list(state) == ["scale", "seen", "first.weight", "first.bias", "rest.1.weight"]
    assert not any(tensor.requires_grad for tensor in state.values())
    assert net.state_dict(keep_vars=True)["scale"] is net.scale
    assert state._metadata["rest.1"] == {"version": 1}
    assert list(net.rest.state_dict(prefix="rest.")) == ["rest.1.weight"]
    with torch.no_grad():
        net.scale.fill_(7)
    assert state["scale"].tolist() == [7, 7]


def test_loading_copies():
    source, target = Net(), Net()
    weight = target.first.weight
    result = target.load_state_dict(source.state_dict())
    assert repr(result) == "<All keys matched successfully>"
    assert result.missing_keys == []
    assert target.first.weight is weight
    assert same(weight, source.first.weight)
    assert weight.data_ptr() != source.first.weight.data_ptr()


def test_loading_can_assign():
    layer = nn.Linear(2, 1)
    layer.weight.requires_grad_(False)
    state = {"weight": torch.ones(1, 2, dtype=torch.float64), "bias": parameter(1)}
    layer.load_state_dict(state, assign=True)
    assert layer.weight.dtype is torch.float64
    assert not layer.weight.requires_grad
    assert layer.bias is state["bias"]


def test_wrong_state_dicts_change_nothing():
    net = Net()
    before = {name: tensor.clone() for name, tensor in net.state_dict().items()}
    versions = [p._version for p in net.parameters()]
    wrong = dict(net.state_dict())
    wrong["scale"] = ones(2) * 9
    wrong["first.bias"] = ones(3)
    wrong["first.extra"] = wrong["other"] = ones(1)
    wrong["rest.1.weight"] = 5
    del wrong["seen"]
    with pytest.raises(RuntimeError) as raised:
        net.load_state_dict(wrong)
    assert str(raised.value) == (
        "Error(s) in loading state_dict for Net:\n"
        '\tMissing key(s) in state_dict: "seen". \n'
        '\tUnexpected key(s) in state_dict: "other", "first.extra". \n'
        "\tsize mismatch for first.bias: copying a param with shape torch.Size([3]) from checkpoint, "
        "the shape in current model is torch.Size([4]).\n"
        '\tWhile copying the parameter named "rest.1.weight", expected torch.Tensor or Tensor-like object from '
        "checkpoint but received <class 'int'>"
    )
    for name, tensor in net.state_dict().items():
        assert same(tensor, before[name])
    assert [p._version for p in net.parameters()] == versions
    with pytest.raises(RuntimeError):
        net.load_state_dict(wrong, assign=True)
    assert same(net.scale, before["scale"])


def test_loading_part_of_a_state():
    net = Net()
    result = net.load_state_dict({"scale": ones(2) * 3, "other": ones(1)}, strict=False)
    assert net.scale.tolist() == [3, 3]
    assert result.unexpected_keys == ["other"]
    assert "first.weight" in result.missing_keys
    assert repr(result).startswith("_IncompatibleKeys(missing_keys=['seen', 'first.weight'")


def test_extra_state():
    class Counting(nn.Module):
        count = 0

        def get_extra_state(self):
            return self.count

        def set_extra_state(self, state):
            self.count = state

    net = nn.Sequential(Counting())
    net[0].count = 4
    state = net.state_dict()
    assert dict(state) == {"0._extra_state": 4}
    other = nn.Sequential(Counting())
    other.load_state_dict(state)
    assert other[0].count == 4
    with pytest.raises(RuntimeError, match=r'Missing key.* "0._extra_state"'):
        other.load_state_dict({})
    with pytest.raises(NotImplementedError, match="ReLU has no extra state"):
        nn.ReLU().get_extra_state()


def test_state_dict_hooks():
    layer = nn.Linear(2, 1)
    calls = []
    layer.register_state_dict_pre_hook(lambda module, prefix, keep_vars: calls.append((prefix, keep_vars)))
    handle = layer.register_state_dict_post_hook(lambda module, state, prefix, meta: state.pop("bias") and None)
    assert list(layer.state_dict()) == ["weight"]
    assert calls == [("", False)]
    handle.remove()
    layer.register_state_dict_post_hook(lambda *args: 3)
    with pytest.raises(RuntimeError, match="state_dict post-hook must return None"):
        layer.state_dict()


def test_load_hooks_rename_and_forgive():
    layer = nn.Linear(2, 1)

    def rename(module, state_dict, prefix, *rest):
        state_dict[prefix + "weight"] = state_dict.pop(prefix + "w")

    layer.register_load_state_dict_pre_hook(rename)
    layer.register_load_state_dict_post_hook(lambda module, keys: keys.missing_keys.clear())
    given = {"w": ones(1, 2)}
    layer.load_state_dict(given)
    assert list(given) == ["w"]
    assert layer.weight.tolist() == [[1, 1]]
    layer.register_load_state_dict_post_hook(lambda module, keys: 3)
    with torch.no_grad():
        layer.weight.fill_(5)
    with pytest.raises(AssertionError, match="are not expected to return new values"):
        layer.load_state_dict(given)
    assert layer.weight.tolist() == [[5, 5]]


def test_positional_arguments_of_state_dict_are_deprecated():
    with pytest.warns(FutureWarning, match="Positional args are being deprecated, use kwargs instead"):
        state = nn.Linear(1, 1).state_dict({}, "a.")
    assert list(state) == ["a.weight", "a.bias"]


# ---- copies ----


def test_copies_are_independent():
    net = Net()
    for made in (copy.deepcopy(net), _pickled(nn.Sequential(nn.Linear(3, 2)))):
        assert isinstance(next(made.parameters()), nn.Parameter)
    made = copy.deepcopy(net)
    with torch.no_grad():
        made.scale.fill_(9)
    assert net.scale.tolist() == [1, 1]
    assert made.training is True


def _pickled(module):
    return pickle.loads(pickle.dumps(module))


def test_a_copied_handle_removes_the_copys_hook():
    layer = nn.Identity()
    layer.handle = layer.register_forward_hook(_plus_one)
    made = copy.deepcopy(layer)
    made.handle.remove()
    assert made(1) == 1
    assert layer(1) == 2


def _plus_one(module, args, output):
    return output + 1


def test_old_pickles_get_what_they_lack():
    layer = nn.Linear(2, 1)
    state = layer.__dict__.copy()
    del state["_forward_hooks"]
    made = nn.Linear.__new__(nn.Linear)
    made.__setstate__(state)
    assert same(made(ones(2)), layer(ones(2)))


# ---- all at once ----


def test_conversions_keep_the_parameter_objects():
    net = Net()
    net.register_buffer("count", torch.tensor(3))
    net.scale.grad = ones(2)
    scale = net.scale
    assert net.double() is net
    assert net.scale is scale
    assert scale.dtype is torch.float64
    assert scale.grad.dtype is torch.float64
    assert net.seen.dtype is torch.float64
    assert net.count.dtype is torch.int64
    assert net.to(torch.float32).seen.dtype is torch.float32
    assert net.to(ones(1).to(torch.float64)).seen.dtype is torch.float64
    assert net.to("cpu", torch.float32).seen.dtype is torch.float32
    assert net.to(device="cpu", dtype=torch.float16).seen.dtype is torch.float16
    assert net.float().half().float().cpu().seen.dtype is torch.float32
    assert net.type(torch.float64).count.dtype is torch.float64


def test_zero_grad_and_requires_grad():
    net = Net()
    for p in net.parameters():
        p.grad = torch.ones_like(p.detach())
    net.zero_grad(set_to_none=False)
    assert net.scale.grad.tolist() == [0, 0]
    net.zero_grad()
    assert net.scale.grad is None
    net.requires_grad_(False)
    assert not any(p.requires_grad for p in net.parameters())


def test_zero_grad_drops_the_history_of_a_gradient():
    net = nn.Linear(1, 1, bias=False)
    (net.weight**3).sum().backward(create_graph=True)
    net.zero_grad(set_to_none=False)
    assert net.weight.grad.grad_fn is None


def test_train_and_eval_reach_all():
    net = Net().eval()
    assert not any(module.training for module in net.modules())
    net.train()
    assert all(module.training for module in net.modules())


def test_apply_goes_from_the_inside_out():
    seen = []
    net = Net()
    assert net.apply(lambda module: seen.append(type(module).__name__)) is net
    assert seen == ["Linear", "ReLU", "Linear", "Sequential", "Net"]


# ---- calls and hooks ----


def test_forward_hooks_see_and_replace():
    layer = nn.Identity()
    log = []
    layer.register_forward_pre_hook(lambda module, args: log.append(("pre", args)))
    layer.register_forward_pre_hook(lambda module, args: args[0] + 1)
    layer.register_forward_hook(lambda module, args, output: log.append(("post", args, output)))
    layer.register_forward_hook(lambda module, args, output: output * 10)
    layer.register_forward_hook(lambda module, args, output: log.append("first"), prepend=True)
    assert layer(1) == 20
    assert log == [("pre", (1,)), "first", ("post", (2,), 2)]


def test_hooks_with_keyword_arguments():
    class Add(nn.Module):
        def forward(self, x, *, by):
            return x + by

    layer = Add()
    layer.register_forward_pre_hook(lambda module, args, kwargs: (args, {"by": kwargs["by"] * 2}), with_kwargs=True)
    layer.register_forward_hook(lambda module, args, kwargs, output: (output, kwargs), with_kwargs=True)
    assert layer(1, by=3) == (7, {"by": 6})
    layer.register_forward_pre_hook(lambda module, args, kwargs: 3, with_kwargs=True)
    with pytest.raises(RuntimeError, match=r"forward pre-hook must return None or a tuple of \(new_args, new_kwargs\)"):
        layer(1, by=3)


def test_hooks_that_are_always_called():
    class Fails(nn.Module):
        def forward(self):
            raise ValueError("no")

    layer = Fails()
    log = []
    layer.register_forward_hook(lambda *args: log.append("never"))
    layer.register_forward_hook(lambda *args: log.append("always"), always_call=True)
    with pytest.raises(ValueError, match="no"):
        layer()
    assert log == ["always"]

    def fails_too(*args):
        raise KeyError("hook")

    layer.register_forward_hook(fails_too, always_call=True)
    with (
        pytest.raises(ValueError, match="no"),
        pytest.warns(UserWarning, match="raised an exception that was silenced"),
    ):
        layer()


def test_handles_remove():
    layer = nn.Identity()
    handle = layer.register_forward_hook(_plus_one, always_call=True)
    assert layer(1) == 2
    handle.remove()
    handle.remove()
    assert layer(1) == 1
    assert not layer._forward_hooks_always_called
    with layer.register_forward_pre_hook(lambda module, args: (5,)):
        assert layer(1) == 5
    assert layer(1) == 1
