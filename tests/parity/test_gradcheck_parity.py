"""gradcheck and gradgradcheck under both libraries: the same verdicts, and the same words where one is against it."""

import importlib
import re
import warnings

import numpy as np
import pytest

theirs = pytest.importorskip("torch")

import chainrule as ours  # noqa: E402


def real(*shape, low=-2.0, high=2.0):
    return lambda torch, rng: torch.tensor(rng.uniform(low, high, shape)).requires_grad_()


def complex_(*shape):
    def make(torch, rng):
        return torch.tensor(rng.uniform(0.3, 2, shape) + 1j * rng.uniform(-1, 1, shape)).requires_grad_()

    return make


def single(*shape):
    return lambda torch, rng: torch.tensor(rng.uniform(-2, 2, shape), dtype=torch.float32).requires_grad_()


def constant(*shape):
    return lambda torch, rng: torch.tensor(rng.uniform(-2, 2, shape))


def every_other(torch, rng):
    return torch.tensor(rng.uniform(size=(4, 4)))[::2, ::2].requires_grad_()


def number(value):
    return lambda torch, rng: value


def functions(torch):
    """Custom functions, most of them wrong."""

    def made(name, forward, backward):
        members = {"forward": staticmethod(forward), "backward": staticmethod(backward)}
        return type(torch.autograd.Function)(name, (torch.autograd.Function,), members)

    def keep(ctx, x):
        ctx.save_for_backward(x)
        return x.sin()

    def keep_two(ctx, x, y):
        ctx.save_for_backward(x, y)
        return x * y, x + y

    def none_for_missing(ctx, x, y):
        ctx.set_materialize_grads(False)
        return keep_two(ctx, x, y)

    def products(ctx, g, h):
        x, y = ctx.saved_tensors
        return g * y + h, g * x + h

    def cosine(ctx, factor=1.0):
        return ctx.saved_tensors[0].cos() * factor

    calls = []

    def jittered(ctx, g):
        calls.append(1)
        return g * cosine(ctx, 1 + 1e-9 * len(calls))

    class Duals(torch.autograd.Function):
        @staticmethod
        def forward(x):
            return x.sin()

        @staticmethod
        def setup_context(ctx, inputs, output):
            ctx.save_for_backward(*inputs)
            ctx.save_for_forward(*inputs)

        @staticmethod
        def backward(ctx, g):
            return g * cosine(ctx)

        @staticmethod
        def jvp(ctx, t):
            return t * cosine(ctx, 1.1)

    return {
        "right": made("Right", keep, lambda ctx, g: g * cosine(ctx)),
        "tenth": made("Tenth", keep, lambda ctx, g: g * cosine(ctx, 1.1)),
        "sign": made("Sign", keep, lambda ctx, g: -g * cosine(ctx)),
        "forgets": made("Forgets", keep, lambda ctx, g: cosine(ctx)),
        "jittered": made("Jittered", keep, jittered),
        "nothing": made("Nothing", keep, lambda ctx, g: None),
        "conjugate": made("Conjugate", keep, lambda ctx, g: g * cosine(ctx).conj()),
        "once": made("Once", keep, lambda ctx, g: g * ctx.saved_tensors[0].detach().cos()),
        "two": made("Two", keep_two, products),
        "undefined": made("Undefined", none_for_missing, products),
        "adds": made("Adds", keep, lambda ctx, g: g * cosine(ctx) + 1e-7),
        "duals": Duals,
    }


# Each takes the library, its custom functions, and inputs.
PROGRAMS = {
    "tanh": (lambda t, f, x: x.tanh(), real(3)),
    "matrix and vector": (lambda t, f, x, y: x @ y, real(2, 3), real(3)),
    "number": (lambda t, f, x, n: x**n, real(3, low=0.5), number(3)),
    "several": (lambda t, f, x: (x.exp(), x.sum(), x * x), real(2, 2)),
    "list": (lambda t, f, x: [x.exp(), x * 2], real(2)),
    "zero-dimensional": (lambda t, f, x: x * x, real()),
    "empty": (lambda t, f, x: x * x, lambda t, rng: t.zeros(0, 3, dtype=t.float64).requires_grad_()),
    "identity": (lambda t, f, x: x, real(2)),
    "view": (lambda t, f, x: x[1:].t(), real(3, 2)),
    "in place": (lambda t, f, x: (x * 2).sin_().mul_(x), real(3)),
    "with a constant": (lambda t, f, x, y: x * y, real(3), constant(3)),
    "not contiguous": (lambda t, f, x: x.exp(), every_other),
    "sum of a broadcast": (lambda t, f, x, y: x * y, real(2, 3), real(3)),
    "linear algebra": (lambda t, f, x: t.linalg.inv(x @ x.mT + t.eye(3, dtype=t.float64)), real(3, 3)),
    "complex": (lambda t, f, z: z * z.exp(), complex_(2)),
    "complex to real": (lambda t, f, z: z.abs(), complex_(2)),
    "real to complex": (lambda t, f, x: t.complex(x, x * x), real(2)),
    "complex and real outputs": (lambda t, f, z: (z.real, z * z, z.abs()), complex_(2)),
    "complex and real inputs": (lambda t, f, z, x: z * x, complex_(2), real(2)),
    "single precision": (lambda t, f, x: x * x * 1000, single(2)),
    "does not require grad": (lambda t, f, x: x * x, constant(2)),
    "no tensor": (lambda t, f, n: n, number(3)),
    "expanded": (lambda t, f, x: x * x, lambda t, rng: t.ones(1, dtype=t.float64).expand(3).requires_grad_()),
    "constant": (lambda t, f, x: t.ones(2, dtype=t.float64), real(2)),
    "detached": (lambda t, f, x: x.detach() * 2, real(2)),
    "detached in part": (lambda t, f, x: x * x.detach(), real(2)),
    "integers": (lambda t, f, x: (x * x, t.arange(3)), real(2)),
    "no derivative": (lambda t, f, x: x.relu(), lambda t, rng: t.tensor([0.0, 1.0], dtype=t.float64).requires_grad_()),
    "jump": (lambda t, f, x: x.round(), lambda t, rng: t.tensor([0.5, 1.0], dtype=t.float64).requires_grad_()),
    "right Function": (lambda t, f, x: f["right"].apply(x), real(3)),
    "a tenth too much": (lambda t, f, x: f["tenth"].apply(x * 2), real(3)),
    "a tenth in the second output": (lambda t, f, x, y: (x.sum(), f["tenth"].apply(y) * x), real(2, 2), real(2)),
    "wrong sign": (lambda t, f, x: f["sign"].apply(x).sum(), real(3)),
    "gradient forgotten": (lambda t, f, x: f["forgets"].apply(x).sum(), real(3)),
    "gradient forgotten by a scalar": (lambda t, f, x: f["forgets"].apply(x), real()),
    "not reentrant": (lambda t, f, x: f["jittered"].apply(x), real(3)),
    "no gradient": (lambda t, f, x: f["nothing"].apply(x), real(3)),
    "conjugate": (lambda t, f, z: f["conjugate"].apply(z), complex_(2)),
    "conjugate forgotten": (lambda t, f, z: f["tenth"].apply(z), complex_(2)),
    "right only once": (lambda t, f, x: f["once"].apply(x), real(3)),
    "two outputs": (lambda t, f, x, y: f["two"].apply(x, y), real(2), real(2)),
    "something added": (lambda t, f, x: f["adds"].apply(x), real(2)),
    "wrong tangent": (lambda t, f, x: f["duals"].apply(x), real(2)),
    "wrong tangent of one part": (lambda t, f, z: f["duals"].apply(z.real) * z, complex_(2)),
}  # fmt: skip

FORWARD = {"check_forward_ad": True}
WAYS = {
    "slow": ("gradcheck", {}),
    "fast": ("gradcheck", {"fast_mode": True}),
    "types": ("gradcheck", {"check_grad_dtypes": True}),
    "loose": ("gradcheck", {"rtol": 0.2, "atol": 0.1, "nondet_tol": 1e-6}),
    "masked": ("gradcheck", {"masked": True, "eps": 1e-5}),
    "verdict": ("gradcheck", {"raise_exception": False}),
    "forward": ("gradcheck", FORWARD),
    "forward alone, fast": ("gradcheck", {**FORWARD, "check_backward_ad": False, "fast_mode": True}),
    "batches": ("gradcheck", {"check_batched_grad": True}),
    "batches of tangents": ("gradcheck", {**FORWARD, "check_batched_forward_grad": True}),
    "twice": ("gradgradcheck", {}),
    "twice, fast": ("gradgradcheck", {"fast_mode": True}),
    "forward over reverse": ("gradgradcheck", {"check_fwd_over_rev": True}),
}


def outcome(torch, name, program, makers, options):
    """What the check says: its verdict, or its error."""
    rng = np.random.default_rng(5)
    own = functions(torch)
    inputs = tuple(make(torch, rng) for make in makers)
    given = [torch.tensor(rng.uniform(-1, 1, 100))]
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        try:
            if name == "gradgradcheck":
                # The random gradients of outputs that the libraries draw are not the same.
                outputs = program(torch, own, *inputs)
                outputs = outputs if isinstance(outputs, (tuple, list)) else (outputs,)
                options = {**options, "grad_outputs": tuple(
                    given[0][: o.numel()].reshape(tuple(o.shape)).to(o.dtype).detach().requires_grad_()
                    for o in outputs
                    if o.requires_grad
                )}  # fmt: skip
            verdict = getattr(torch.autograd, name)(lambda *args: program(torch, own, *args), inputs, **options)
        except Exception as error:  # noqa: BLE001  any error is an outcome
            verdict = type(error).__name__, plain(str(error))
    return verdict, [
        str(w.message) for w in said if issubclass(w.category, UserWarning) and "double prec" in str(w.message)
    ]


def plain(text):
    """A message without what only one library says in it."""
    text = text.replace("chainrule.", "torch.")
    for own in ("\n\nWhat is wrong comes from here", "\n\nNo operation is to blame"):
        text = text.partition(own)[0]
    for advice in (
        "\n\nNOTE: If your op",
        "\n\nIf you are adding a new operator",
        " Please look at",
        " Backward is given None",
    ):
        text = text.partition(advice)[0]
    text = re.sub(r",\s*grad_fn=<\w+>", "", text)
    # Zeros have signs by chance.
    return re.sub(r"-(0\.(0*)(?!\d)j?)", r" \1", text).replace("  ", " ").strip()


OF_TANGENTS = "the tangent of a gradient is the gradient of the tangent, so it is wrong too"
ROUNDING = "rounded otherwise"
UNPACKED = "PyTorch takes the arguments apart wrongly where there is nothing to differentiate, and says something else"
# Where the libraries do not say the same.
EXCUSED = {
    ("single precision", "forward alone, fast"): ROUNDING,
    ("single precision", "twice, fast"): ROUNDING,
    ("constant", "twice"): UNPACKED,
    ("constant", "twice, fast"): UNPACKED,
    ("constant", "forward over reverse"): UNPACKED,
    ("detached", "forward alone, fast"): UNPACKED,
    ("detached", "twice"): UNPACKED,
    ("detached", "twice, fast"): UNPACKED,
    ("detached", "forward over reverse"): UNPACKED,
    ("wrong tangent", "forward over reverse"): OF_TANGENTS,
    ("wrong tangent of one part", "forward over reverse"): OF_TANGENTS,
}
NO_JVP = "You must implement the jvp function for custom autograd.Function to use it with forward mode AD."


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", PROGRAMS)
def test_the_same_is_said(name, way):
    program, *makers = PROGRAMS[name]
    check, options = WAYS[way]
    got, expected = (outcome(torch, check, program, makers, options) for torch in (ours, theirs))
    if (name, way) in EXCUSED:
        assert got != expected, "excused, and the same"
    elif expected[0] == ("NotImplementedError", NO_JVP):
        assert got[0] is True or got[0][0] == "GradcheckError"  # made of its backward
    else:
        assert got == expected


def test_the_function_stands_in_place_of_its_module():
    for torch in (ours, theirs):
        module = importlib.import_module(f"{torch.__name__}.autograd.gradcheck")
        assert torch.autograd.gradcheck is module.gradcheck
        assert torch.autograd.gradgradcheck is module.gradgradcheck
        assert issubclass(module.GradcheckError, RuntimeError)
    own, other = (importlib.import_module(f"{torch.__name__}.autograd.gradcheck").__all__ for torch in (ours, theirs))
    assert own == other
