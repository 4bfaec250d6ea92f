"""Random arrays of every dtype, scale and shape print the same on PyTorch and on chainrule."""

import numpy as np
import pytest

import chainrule
from chainrule.names import set_public_name
from chainrule.tensor import wrap

torch = pytest.importorskip("torch")

REAL = (np.float16, np.float32, np.float64)
INTEGER = (np.int8, np.int16, np.int32, np.int64, np.uint8, np.uint16, np.uint32, np.uint64)
COMPLEX = (np.complex64, np.complex128)
DTYPES = (*REAL, *INTEGER, *COMPLEX, np.bool_)
SPECIAL = [0, -0.0, 1, -3, np.nan, np.inf, -np.inf, 0.5, 1e-4, 1e8, 1e9, 1000, 999.99995, 0.00005]
OPTIONS = (
    {},
    {"precision": 2},
    {"precision": 8},
    {"precision": 0},
    {"sci_mode": True},
    {"sci_mode": False},
    {"threshold": 5, "edgeitems": 1},
    {"threshold": 20, "edgeitems": 2},
    {"threshold": 0, "edgeitems": 0},
    {"edgeitems": 0},
    {"linewidth": 3},
    {"linewidth": 40},
    {"linewidth": 200},
    {"profile": "short"},
    {"profile": "full"},
)


@pytest.fixture(autouse=True)
def _default_options():
    # A longer name would break lines elsewhere.
    set_public_name("torch")
    yield
    set_public_name("chainrule")
    for package in (torch, chainrule):
        package.set_printoptions(profile="default")
    torch.set_default_dtype(torch.float32)
    chainrule.set_default_dtype(chainrule.float32)


def random_reals(rng, shape):
    kinds = (
        lambda: rng.standard_normal(shape),
        lambda: rng.standard_normal(shape) * 10.0 ** rng.integers(-12, 12),
        lambda: rng.standard_normal(shape) * 10.0 ** rng.uniform(-5, 5, shape),
        lambda: rng.standard_normal(shape) * 10.0 ** rng.uniform(-320, 300, shape),
        lambda: rng.uniform(0.9999, 1.0001, shape) * 10.0 ** rng.integers(-5, 9, shape),
        lambda: np.round(rng.standard_normal(shape) * 10.0 ** rng.integers(0, 6)),
        lambda: rng.choice(SPECIAL, shape),
    )
    return kinds[rng.integers(len(kinds))]()


def random_array(rng, dtype):
    ndim = rng.integers(5)
    lengths = [0, 1, 2, 3, 6, 7, 13, 40, 1100] if ndim == 1 else [1, 2, 3, 7, 30] if ndim == 2 else [1, 2, 3, 7, 8]
    shape = tuple(rng.choice(lengths, ndim))
    array = np.empty(shape, dtype)
    with np.errstate(all="ignore"):
        if dtype in INTEGER:
            limits = np.iinfo(dtype)
            high = min(limits.max, 10 ** int(rng.integers(20)))
            array[...] = rng.integers(max(limits.min, -high), high, shape, dtype=dtype, endpoint=True)
        elif dtype in COMPLEX:
            array.real, array.imag = random_reals(rng, shape), random_reals(rng, shape)
        else:
            array[...] = random_reals(rng, shape)
    return array


def both_texts(array):
    theirs = repr(torch.from_numpy(array.copy()))
    return theirs, repr(wrap(array))


@pytest.mark.parametrize("options", OPTIONS, ids=str)
@pytest.mark.parametrize("dtype", DTYPES, ids=lambda dtype: dtype.__name__)
def test_random_arrays_print_the_same(dtype, options):
    rng = np.random.default_rng([DTYPES.index(dtype), OPTIONS.index(options)])
    for package in (torch, chainrule):
        package.set_printoptions(**options)
    for _ in range(25):
        array = random_array(rng, dtype)
        theirs, ours = both_texts(array)
        assert ours == theirs, (array.dtype, array.shape)


@pytest.mark.parametrize("default", ["float16", "float32", "float64"])
def test_the_dtype_is_shown_in_the_same_cases(default):
    torch.set_default_dtype(getattr(torch, default))
    chainrule.set_default_dtype(getattr(chainrule, default))
    for dtype in DTYPES:
        for shape in ((), (2,), (0,), (0, 3)):
            theirs, ours = both_texts(np.zeros(shape, dtype))
            assert ours == theirs


def test_strided_views_print_the_same():
    array = np.arange(24.0).reshape(2, 3, 4) / 7
    for view in (array.T, array[:, ::2], array[..., None], np.broadcast_to(array[0], (2, 3, 4))):
        theirs, ours = both_texts(view)
        assert ours == theirs


@pytest.mark.parametrize("linewidth", [20, 40, 60, 80])
def test_lines_break_before_the_same_suffixes(linewidth):
    for package in (torch, chainrule):
        package.set_printoptions(linewidth=linewidth)
    for length in range(30):
        texts = []
        for package in (torch, chainrule):
            for dtype in (package.float32, package.float64):
                x = package.zeros(length, dtype=dtype, requires_grad=True)
                texts.append([repr(x), repr(x.sin()), repr(package.nn.Parameter(x.detach()))])
        theirs, ours = texts[:2], texts[2:]
        assert ours == theirs


@pytest.mark.parametrize("spec", ["", ".2f", "10", ".3e", ">12", "d"])
@pytest.mark.parametrize("value", [1.5, 3, True, 1 + 2j, [1.5]])
def test_formatting_is_the_same(value, spec):
    results = []
    for package in (torch, chainrule):
        try:
            results.append(format(package.tensor(value), spec))
        except (TypeError, ValueError) as error:
            results.append((type(error), str(error)))
    assert results[0] == results[1]
