"""Tensors of every kind, with a graph and without, print the same under every option of `set_printoptions`."""

import numpy as np
import pytest

import chainrule
from chainrule.names import set_public_name

torch = pytest.importorskip("torch")

BOTH = (torch, chainrule)
DTYPES = (
    "float16", "float32", "float64", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "bool",
    "complex64", "complex128",
)  # fmt: skip
SHAPES = [(), (1,), (5,), (2, 3), (0,), (0, 3), (2, 0, 3), (2, 2, 3), (1100,), (40, 40), (3, 400, 2), (1, 1, 1, 1)]
NUMBERS = [
    [np.nan], [np.inf, 1], [-np.inf, 2.5], [np.nan, np.inf, -np.inf], [1e-10, 1], [1e10, 1], [1e-45], [0.1, np.nan],
    [1e5, 1e-5], [99999.5], [0.99999], [1e38, 1], [123456789.0], [1.0, 2.0], [1000000.0, 1.5], [-0.0, 0.0],
    [1e-5, 1e-5], [0.00012, 0.5], [5e-324], [complex(np.nan, 1)], [complex(1, np.inf)], [complex(-1, -np.inf), 1],
    [1e10 + 1j, 1], [1e-10j], [0j], [1.5 - 2.25j, 100j],
]  # fmt: skip
OPTIONS = [
    {}, {"precision": 0}, {"precision": 1}, {"precision": 2}, {"precision": 6}, {"precision": 17}, {"threshold": 5},
    {"threshold": 0}, {"threshold": 5, "edgeitems": 1}, {"threshold": 5, "edgeitems": 0},
    {"threshold": 100, "edgeitems": 5}, {"threshold": float("inf")}, {"edgeitems": 500}, {"linewidth": 20},
    {"linewidth": 1}, {"linewidth": 0}, {"linewidth": 40}, {"linewidth": 200}, {"profile": "default"},
    {"profile": "short"}, {"profile": "full"}, {"profile": "short", "precision": 7, "sci_mode": True},
    {"sci_mode": True}, {"sci_mode": False}, {"sci_mode": True, "precision": 1},
    {"sci_mode": False, "precision": 8, "linewidth": 50, "threshold": 10, "edgeitems": 2},
]  # fmt: skip


@pytest.fixture(autouse=True)
def _default_options():
    # A longer name would break lines elsewhere.
    set_public_name("torch")
    yield
    set_public_name("chainrule")
    for t in BOTH:
        t.set_printoptions(profile="default")


def of_every_type(t):
    rng = np.random.default_rng(0)
    for name in DTYPES:
        for shape in SHAPES:
            array = np.asarray(rng.normal(size=shape) * 10)
            if name.startswith("c"):
                array = array + 1j * rng.normal(size=shape)
            elif name.startswith("u"):
                array = np.abs(array)
            yield t.from_numpy(np.array(array > 0 if name == "bool" else array).astype(name))


def of_numbers(t):
    for numbers in NUMBERS:
        for name in ("complex64", "complex128") if isinstance(numbers[0], complex) else ("float32", "float64"):
            yield t.tensor(numbers, dtype=getattr(t, name))
    yield from (t.linspace(0, 1, 7), t.logspace(-6, 6, 7), t.eye(3), t.full((3, 3), 1e-3), t.arange(-1000, 1000))
    yield from (t.tensor([[1e-3, 1], [1000, 1e4]]), t.tensor([2**63 - 1, -(2**63)]), t.arange(10**12, 10**12 + 3))
    yield from (t.tensor(True), t.tensor([[]]), t.tensor([[True, False], [False, True]]))
    yield t.ones(2, 3, dtype=t.bool).expand(4, 2, 3)


def of_graphs(t):
    x = t.arange(6.0).reshape(2, 3).requires_grad_()
    yield from (x, x * 2, x.sum(), x.t(), x[0], x.detach(), x.double(), x * (1 + 0j), x.view(-1).clone())
    yield from (x.max(0).values, x.split(1)[0], x.unbind()[0], t.zeros(2000, requires_grad=True))
    changed = t.ones(3, requires_grad=True) * 1
    changed.add_(1)
    yield changed
    pasted = t.zeros(2, 3)
    pasted[0] = x[0]
    yield pasted
    yield t.nn.Parameter(t.ones(2, 2))
    yield t.nn.Parameter(t.ones(3, dtype=t.float64), requires_grad=False)
    yield from (t.ones(1200, requires_grad=True) * 2, t.ones(3, 400).half().requires_grad_())
    yield from (t.empty(0, requires_grad=True), t.tensor(3.5, requires_grad=True) * 2)
    # What holds tensors, and what stands beside them.
    yield from ([x, x], (x.detach(), 1), {"a": x}, t.max(x, 0), x.shape, t.Size([2, 3]), t.float32, t.device("cpu"))
    yield from (t.iinfo(t.int8), t.strided, t.contiguous_format)
    yield from (t.finfo(kind) for kind in (t.float16, t.float32, t.float64, t.complex64, t.complex128))


@pytest.mark.parametrize("options", OPTIONS, ids=str)
@pytest.mark.parametrize("kind", [of_every_type, of_numbers, of_graphs])
def test_they_print_the_same(kind, options):
    for t in BOTH:
        t.set_printoptions(profile="default")
        t.set_printoptions(**options)
    for theirs, ours in zip(*[kind(t) for t in BOTH], strict=True):
        assert repr(ours) == repr(theirs)
        assert str(ours) == str(theirs)
