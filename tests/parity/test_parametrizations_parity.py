"""Parametrizations, weight and spectral norm, lazy modules and the rest of nn beside PyTorch's: what a program sees."""

import copy
import pickle
import warnings

import numpy as np
import pytest

import chainrule

torch = pytest.importorskip("torch")


def seen(library, program):
    """What a program gives, from the same seed: numbers, texts, or the error; and what it warns of."""
    library.manual_seed(3)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            results = program(library)
        except Exception as error:  # noqa: BLE001 (whatever PyTorch raises)
            results = [type(error), str(error)]
    results = results if isinstance(results, (list, tuple)) else [results]
    found = []
    for result in results:
        if isinstance(result, library.Tensor) and not library.nn.parameter.is_lazy(result):
            found.append(result.detach().numpy())
        elif isinstance(result, dict):
            found += [f"{key}: {type(value).__name__}" for key, value in result.items()]
        else:
            found.append(repr(result).replace("chainrule", "torch"))
    return found, [(w.category, str(w.message).replace("chainrule", "torch")) for w in caught]


def assert_the_same(program, **tolerance):
    theirs, their_warnings = seen(torch, program)
    ours, our_warnings = seen(chainrule, program)
    assert len(ours) == len(theirs), (ours, theirs)
    for a, b in zip(ours, theirs, strict=True):
        if isinstance(b, np.ndarray):
            assert isinstance(a, np.ndarray), a
            assert a.dtype == b.dtype
            np.testing.assert_allclose(a, b, **{"rtol": 1e-5, "atol": 1e-6, **tolerance}, strict=True)
        else:
            assert a == b
    assert our_warnings == their_warnings


def layers(lib):
    nn = lib.nn
    return [
        (nn.Linear(3, 2), lib.ones(4, 3)),
        (nn.Conv2d(2, 3, 2), lib.ones(1, 2, 4, 4)),
        (nn.ConvTranspose1d(2, 3, 2), lib.ones(1, 2, 4)),
    ]


def symmetric(lib, inverse=True):
    class Symmetric(lib.nn.Module):
        def forward(self, x):
            return x.triu() + x.triu(1).T

        if inverse:

            def right_inverse(self, a):
                return a.triu()

    return Symmetric()


def made(lib, forward, right_inverse=None):
    members = {"forward": lambda self, *x: forward(*x)}
    if right_inverse is not None:
        members["right_inverse"] = lambda self, x: right_inverse(x)
    return type("Made", (lib.nn.Module,), members)()


def register(lib, parametrization, name="weight", module=None, **keywords):
    module = lib.nn.Linear(3, 3) if module is None else module
    return lib.nn.utils.parametrize.register_parametrization(module, name, parametrization, **keywords)


def trained(module, x):
    """Outputs, gradients by name and state of a module, called twice."""
    first, second = module(x), module(x * 2)
    (first.square().sum() + second.sum()).backward()
    grads = {name: p.grad for name, p in module.named_parameters()}
    return [first, second, module, *grads, *grads.values(), *module.state_dict(), *module.state_dict().values()]


PARAMETRIZATIONS = [
    lambda lib, m: lib.nn.utils.parametrizations.weight_norm(m),
    lambda lib, m: lib.nn.utils.parametrizations.weight_norm(m, dim=None),
    lambda lib, m: lib.nn.utils.parametrizations.weight_norm(m, dim=1),
    lambda lib, m: lib.nn.utils.parametrizations.weight_norm(m, "bias"),
    lambda lib, m: lib.nn.utils.parametrizations.spectral_norm(m),
    lambda lib, m: lib.nn.utils.parametrizations.spectral_norm(m, n_power_iterations=3, eps=1e-6, dim=1),
    lambda lib, m: lib.nn.utils.parametrizations.spectral_norm(m, "bias"),
    lambda lib, m: lib.nn.utils.parametrizations.spectral_norm(m.eval()),
    lambda lib, m: lib.nn.utils.weight_norm(m),
    lambda lib, m: lib.nn.utils.weight_norm(m, dim=None),
    lambda lib, m: lib.nn.utils.weight_norm(m, "weight", 1),
    lambda lib, m: lib.nn.utils.spectral_norm(m),
    lambda lib, m: lib.nn.utils.spectral_norm(m, n_power_iterations=2, dim=1),
]


@pytest.mark.parametrize("number", range(3), ids=["linear", "conv", "transposed"])
@pytest.mark.parametrize("apply", PARAMETRIZATIONS)
def test_norms(apply, number):
    def program(lib):
        module, x = layers(lib)[number]
        return trained(apply(lib, module), x)

    assert_the_same(program, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("trivialization", [True, False])
@pytest.mark.parametrize("name", ["matrix_exp", "cayley", "householder", None])
@pytest.mark.parametrize("sizes", [(3, 3), (2, 4), (4, 2)])
def test_orthogonal(sizes, name, trivialization):
    def program(lib):
        layer = lib.nn.Linear(*sizes).double()
        lib.nn.utils.parametrizations.orthogonal(layer, orthogonal_map=name, use_trivialization=trivialization)
        return trained(layer, lib.ones(2, sizes[0], dtype=lib.float64))

    assert_the_same(program, rtol=1e-6, atol=1e-7)


def assigned(lib, **keywords):
    layer = lib.nn.utils.parametrizations.orthogonal(lib.nn.Linear(3, 3).double(), **keywords)
    layer.weight = lib.linalg.qr(lib.arange(9, dtype=lib.float64).reshape(3, 3) ** 2 + lib.eye(3))[0]
    return [layer.weight, layer.parametrizations.weight.original]


PROGRAMS = {
    "symmetric": lambda lib: trained(register(lib, symmetric(lib)), lib.ones(2, 3)),
    "no inverse": lambda lib: trained(register(lib, symmetric(lib, inverse=False)), lib.ones(2, 3)),
    "twice": lambda lib: trained(
        register(lib, made(lib, lambda x: x * 2), module=register(lib, symmetric(lib))), lib.ones(2, 3)
    ),
    "two tensors": lambda lib: trained(
        register(lib, made(lib, lambda x: x * 2), "bias", register(lib, symmetric(lib))), lib.ones(2, 3)
    ),
    "a buffer": lambda lib: trained(
        register(lib, made(lib, lambda x: x * 2), "running_mean", lib.nn.BatchNorm1d(3)), lib.ones(2, 3)
    ),
    "several originals": lambda lib: trained(
        register(lib, made(lib, lambda x, y: x[:, None] * y, lambda z: (z[:, 0].clone(), z[0].clone()))), lib.ones(2, 3)
    ),
    "assigned": lambda lib: (
        m := register(lib, symmetric(lib)),
        setattr(m, "weight", lib.ones(3, 3)),
        m.weight,
        m.parametrizations.weight.original,
    ),
    "assigned no inverse": lambda lib: setattr(register(lib, symmetric(lib, inverse=False)), "weight", lib.ones(3, 3)),
    "assigned a parameter": lambda lib: setattr(
        register(lib, symmetric(lib)), "weight", lib.nn.Parameter(lib.ones(3, 3))
    ),
    "assigned of another dtype": lambda lib: setattr(register(lib, symmetric(lib)), "weight", lib.ones(3, 3).double()),
    "assigned several": lambda lib: setattr(
        register(lib, made(lib, lambda x, y: x[:, None] * y, lambda z: (z[:, 0].clone(), z[0].double())), unsafe=True),
        "weight",
        lib.ones(3, 3),
    ),
    "removed": lambda lib: (
        m := register(lib, symmetric(lib)),
        lib.nn.utils.parametrize.remove_parametrizations(m, "weight"),
        *m.state_dict().values(),
        type(m).__name__,
    ),
    "removed, original": lambda lib: (
        m := register(lib, symmetric(lib)),
        lib.nn.utils.parametrize.remove_parametrizations(m, "weight", False),
        *m.state_dict().values(),
    ),
    "removed weight norm": lambda lib: (
        m := lib.nn.utils.parametrizations.weight_norm(lib.nn.Linear(2, 3)),
        lib.nn.utils.parametrize.remove_parametrizations(m, "weight"),
        *m.state_dict().values(),
        m.weight.requires_grad,
    ),
    "removed several, original": lambda lib: lib.nn.utils.parametrize.remove_parametrizations(
        lib.nn.utils.parametrizations.weight_norm(lib.nn.Linear(2, 3)), "weight", leave_parametrized=False
    ),
    "nothing to remove": lambda lib: lib.nn.utils.parametrize.remove_parametrizations(lib.nn.Linear(2, 3), "weight"),
    "no such tensor": lambda lib: register(lib, symmetric(lib), "wait"),
    "no tensor": lambda lib: register(lib, made(lib, lambda x: 3)),
    "another dtype": lambda lib: register(lib, made(lib, lambda x: x.double())),
    "another shape": lambda lib: register(lib, made(lib, lambda x: x[0])),
    "another shape, unsafe": lambda lib: register(lib, made(lib, lambda x: x[:2]), unsafe=True).weight,
    "second no tensor": lambda lib: register(lib, made(lib, lambda x: 3), module=register(lib, symmetric(lib))),
    "second of another dtype": lambda lib: register(
        lib, made(lib, lambda x: x.double()), module=register(lib, symmetric(lib))
    ),
    "second of another shape": lambda lib: register(
        lib, made(lib, lambda x: x[0]), module=register(lib, symmetric(lib))
    ),
    "second inverse no tensor": lambda lib: register(
        lib, made(lib, lambda x: x, lambda x: 3), module=register(lib, symmetric(lib))
    ),
    "second inverse of another dtype": lambda lib: register(
        lib, made(lib, lambda x: x, lambda x: x.double()), module=register(lib, symmetric(lib))
    ),
    "second inverse of another shape": lambda lib: register(
        lib, made(lib, lambda x: x, lambda x: x[0]), module=register(lib, symmetric(lib))
    ),
    "inverse no tensor": lambda lib: register(lib, made(lib, lambda x: x, lambda x: 3)),
    "inverse with no tensor": lambda lib: register(lib, made(lib, lambda x: x, lambda x: (x, 3))),
    "inverse of another dtype": lambda lib: register(lib, made(lib, lambda x: x, lambda x: x.double())),
    "cached": lambda lib: (
        m := lib.nn.utils.parametrizations.spectral_norm(lib.nn.Linear(3, 3)),
        *[m.weight for _ in range(2)],
        *[
            w
            for _ in [0]
            for c in [lib.nn.utils.parametrize.cached()]
            for _ in [c.__enter__()]
            for w in (m.weight, m.weight)
        ],
    ),
    "asked": lambda lib: (
        m := register(lib, symmetric(lib)),
        lib.nn.utils.parametrize.is_parametrized(m),
        lib.nn.utils.parametrize.is_parametrized(m, "weight"),
        lib.nn.utils.parametrize.is_parametrized(m, "bias"),
        lib.nn.utils.parametrize.is_parametrized(lib.nn.Linear(1, 1)),
        lib.nn.utils.parametrize.type_before_parametrizations(m).__name__,
        m.parametrizations,
        len(m.parametrizations.weight),
    ),
    "transferred": lambda lib: (
        m := lib.nn.utils.parametrizations.weight_norm(lib.nn.Linear(2, 3)),
        t := lib.nn.utils.parametrize.transfer_parametrizations_and_params(m, lib.nn.Linear(2, 3)),
        t.weight,
        t.parametrizations.weight.original0 is m.parametrizations.weight.original0,
    ),
    "deep copy": lambda lib: (
        m := register(lib, symmetric(lib)),
        c := copy.deepcopy(m),
        c.weight,
        c is m,
        type(c) is type(m),
    ),
    "pickled": lambda lib: pickle.dumps(register(lib, symmetric(lib))),
    "the same original": lambda lib: (
        m := lib.nn.Linear(3, 3),
        w := m.weight,
        register(lib, symmetric(lib), module=m).parametrizations.weight.original is w,
    ),
    "empty list": lambda lib: lib.nn.utils.parametrize.ParametrizationList([], lib.ones(2)),
    "orthogonal of a vector": lambda lib: lib.nn.utils.parametrizations.orthogonal(lib.nn.Linear(3, 3), "bias"),
    "orthogonal of nothing": lambda lib: lib.nn.utils.parametrizations.orthogonal(lib.nn.Linear(3, 3), "wait"),
    "orthogonal by what": lambda lib: lib.nn.utils.parametrizations.orthogonal(
        lib.nn.Linear(3, 3), orthogonal_map="what"
    ),
    "orthogonal assigned": assigned,
    "orthogonal assigned householder": lambda lib: assigned(
        lib, orthogonal_map="householder", use_trivialization=False
    ),
    "orthogonal assigned cayley": lambda lib: assigned(lib, orthogonal_map="cayley", use_trivialization=False),
    "orthogonal assigned another shape": lambda lib: setattr(
        lib.nn.utils.parametrizations.orthogonal(lib.nn.Linear(3, 3)), "weight", lib.ones(2, 3)
    ),
    "spectral norm of nothing": lambda lib: lib.nn.utils.parametrizations.spectral_norm(lib.nn.Linear(3, 3), "wait"),
    "spectral norm without steps": lambda lib: lib.nn.utils.parametrizations.spectral_norm(
        lib.nn.Linear(3, 3), n_power_iterations=0
    ),
    "spectral norm of no dimension": lambda lib: lib.nn.utils.parametrizations.spectral_norm(
        lib.nn.Linear(3, 3), dim=3
    ),
    "old spectral norm without steps": lambda lib: lib.nn.utils.spectral_norm(
        lib.nn.Linear(3, 3), n_power_iterations=0
    ),
    "old norms twice": lambda lib: lib.nn.utils.spectral_norm(lib.nn.utils.spectral_norm(lib.nn.Linear(3, 3))),
    "old weight norm twice": lambda lib: lib.nn.utils.weight_norm(
        lib.nn.utils.weight_norm(lib.nn.Linear(3, 3), "bias"), "bias"
    ),
    "old norms removed": lambda lib: (
        m := lib.nn.utils.remove_spectral_norm(lib.nn.utils.spectral_norm(lib.nn.Linear(3, 3))),
        *trained(m, lib.ones(1, 3)),
        len(m._state_dict_hooks),
        len(m._forward_pre_hooks),
    ),
    "old weight norm removed": lambda lib: trained(
        lib.nn.utils.remove_weight_norm(lib.nn.utils.weight_norm(lib.nn.Linear(3, 3))), lib.ones(1, 3)
    ),
    "nothing to remove, spectral": lambda lib: lib.nn.utils.remove_spectral_norm(lib.nn.Linear(3, 3)),
    "nothing to remove, weight": lambda lib: lib.nn.utils.remove_weight_norm(lib.nn.Linear(3, 3)),
    "old spectral norm without weight": lambda lib: lib.nn.utils.spectral_norm(lib.nn.Linear(3, 3, bias=False), "bias"),
    "old state into new": lambda lib: (
        m := lib.nn.utils.parametrizations.weight_norm(lib.nn.Linear(3, 3)),
        m.load_state_dict(lib.nn.utils.weight_norm(lib.nn.Linear(3, 3)).state_dict()),
        m.weight,
    ),
    "old spectral state": lambda lib: (
        m := lib.nn.utils.spectral_norm(lib.nn.Linear(3, 3).double()),
        m.load_state_dict(
            {"bias": m.bias, "weight": m.weight * 0.5, "weight_orig": m.weight_orig, "weight_u": m.weight_u}
        ),
        m.weight_v,
    ),
    "old spectral state without u": lambda lib: (
        m := lib.nn.utils.spectral_norm(lib.nn.Linear(3, 3)),
        m.load_state_dict({"bias": m.bias, "weight_orig": m.weight_orig}),
    ),
    "spectral version": lambda lib: dict(lib.nn.utils.spectral_norm(lib.nn.Linear(3, 3)).state_dict()._metadata[""])[
        "spectral_norm"
    ].items(),
    "skip_init": lambda lib: (lib.nn.utils.skip_init(lib.nn.Linear, 3, 2), lib.rand(2)),
    "skip_init without device": lambda lib: lib.nn.utils.skip_init(lib.nn.ReLU),
    "skip_init of no module": lambda lib: lib.nn.utils.skip_init(int),
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_programs(name):
    assert_the_same(PROGRAMS[name])


def evaluated(lib, *modules):
    for module in modules:
        module.eval()
        for buffer in module.buffers():
            if buffer.is_floating_point():
                buffer.copy_(lib.linspace(0.5, 2, buffer.numel()))
    return modules


FUSIONS = {
    "conv": lambda lib: (lib.nn.Conv2d(2, 3, 2), lib.nn.BatchNorm2d(3), False),
    "conv without bias": lambda lib: (lib.nn.Conv2d(2, 3, 2, bias=False), lib.nn.BatchNorm2d(3, affine=False), False),
    "transposed": lambda lib: (lib.nn.ConvTranspose2d(2, 3, 2), lib.nn.BatchNorm2d(3), True),
    "no statistics": lambda lib: (lib.nn.Conv2d(2, 3, 2), lib.nn.BatchNorm2d(3, track_running_stats=False), False),
}


@pytest.mark.parametrize("name", FUSIONS)
def test_fused_convolutions(name):
    def program(lib):
        conv, bn, transpose = FUSIONS[name](lib)
        fused = lib.nn.utils.fuse_conv_bn_eval(*evaluated(lib, conv, bn), transpose=transpose)
        return [fused, fused.weight, fused.bias, fused.weight.requires_grad, fused.bias.requires_grad]

    assert_the_same(program)


@pytest.mark.parametrize("features", [2, 1, 3])
@pytest.mark.parametrize("bias", [True, False])
def test_fused_linear_layers(features, bias):
    def program(lib):
        linear, bn = evaluated(lib, lib.nn.Linear(3, 2, bias=bias), lib.nn.BatchNorm1d(features))
        fused = lib.nn.utils.fuse_linear_bn_eval(linear, bn)
        return [fused, fused.weight, fused.bias, fused.weight.requires_grad, fused.bias.requires_grad]

    assert_the_same(program)
    assert_the_same(lambda lib: lib.nn.utils.fuse_linear_bn_eval(lib.nn.Linear(3, 2), lib.nn.BatchNorm1d(2)))


def test_memory_formats():
    def program(lib):
        net = lib.nn.Sequential(lib.nn.Conv2d(2, 3, 2), lib.nn.ConvTranspose2d(3, 2, 2), lib.nn.Conv3d(2, 3, 2))
        net = lib.nn.utils.convert_conv2d_weight_memory_format(net, lib.channels_last)
        net = lib.nn.utils.convert_conv3d_weight_memory_format(net, lib.channels_last_3d)
        return [*[part.weight.stride() for part in net], *net.parameters()]

    assert_the_same(program)
