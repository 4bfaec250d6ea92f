"""The Array API standard: signatures as it writes them, types and values beside NumPy's, which is such a namespace too.

Text of the standard: https://data-apis.org/array-api/2024.12/
"""

import inspect
import itertools
import pickle

import numpy as np
import pytest

import chainrule as torch
from array_api_samples import CALLS, COMPLEX, KINDS, NUMERIC, REAL, RNG, SIGNED, UNSIGNED, N, X, drawn
from chainrule import array_api as xp

# As the standard writes them, without the annotations; pointwise functions of one and of two are listed below.
SIGNATURES = """
all(x, /, *, axis=None, keepdims=False)
any(x, /, *, axis=None, keepdims=False)
arange(start, /, stop=None, step=1, *, dtype=None, device=None)
argmax(x, /, *, axis=None, keepdims=False)
argmin(x, /, *, axis=None, keepdims=False)
argsort(x, /, *, axis=-1, descending=False, stable=True)
asarray(obj, /, *, dtype=None, device=None, copy=None)
astype(x, dtype, /, *, copy=True, device=None)
broadcast_arrays(*arrays)
broadcast_to(x, /, shape)
can_cast(from_, to, /)
clip(x, /, min=None, max=None)
concat(arrays, /, *, axis=0)
count_nonzero(x, /, *, axis=None, keepdims=False)
cumulative_prod(x, /, *, axis=None, dtype=None, include_initial=False)
cumulative_sum(x, /, *, axis=None, dtype=None, include_initial=False)
diff(x, /, *, axis=-1, n=1, prepend=None, append=None)
empty(shape, *, dtype=None, device=None)
empty_like(x, /, *, dtype=None, device=None)
expand_dims(x, /, axis)
eye(n_rows, n_cols=None, /, *, k=0, dtype=None, device=None)
finfo(type, /)
flip(x, /, *, axis=None)
from_dlpack(x, /, *, device=None, copy=None)
full(shape, fill_value, *, dtype=None, device=None)
full_like(x, /, fill_value, *, dtype=None, device=None)
iinfo(type, /)
isdtype(dtype, kind)
linspace(start, stop, /, num, *, dtype=None, device=None, endpoint=True)
matmul(x1, x2, /)
matrix_transpose(x, /)
max(x, /, *, axis=None, keepdims=False)
mean(x, /, *, axis=None, keepdims=False)
meshgrid(*arrays, indexing='xy')
min(x, /, *, axis=None, keepdims=False)
moveaxis(x, source, destination, /)
nonzero(x, /)
ones(shape, *, dtype=None, device=None)
ones_like(x, /, *, dtype=None, device=None)
permute_dims(x, /, axes)
pow(x1, x2, /)
prod(x, /, *, axis=None, dtype=None, keepdims=False)
repeat(x, repeats, /, *, axis=None)
reshape(x, /, shape, *, copy=None)
result_type(*arrays_and_dtypes)
roll(x, /, shift, *, axis=None)
searchsorted(x1, x2, /, *, side='left', sorter=None)
sort(x, /, *, axis=-1, descending=False, stable=True)
squeeze(x, /, axis)
stack(arrays, /, *, axis=0)
std(x, /, *, axis=None, correction=0.0, keepdims=False)
sum(x, /, *, axis=None, dtype=None, keepdims=False)
take(x, indices, /, *, axis=None)
take_along_axis(x, indices, /, *, axis=-1)
tensordot(x1, x2, /, *, axes=2)
tile(x, repetitions, /)
tril(x, /, *, k=0)
triu(x, /, *, k=0)
unique_all(x, /)
unique_counts(x, /)
unique_inverse(x, /)
unique_values(x, /)
unstack(x, /, *, axis=0)
var(x, /, *, axis=None, correction=0.0, keepdims=False)
vecdot(x1, x2, /, *, axis=-1)
where(condition, x1, x2, /)
zeros(shape, *, dtype=None, device=None)
zeros_like(x, /, *, dtype=None, device=None)
linalg.cholesky(x, /, *, upper=False)
linalg.cross(x1, x2, /, *, axis=-1)
linalg.det(x, /)
linalg.diagonal(x, /, *, offset=0)
linalg.eigh(x, /)
linalg.eigvalsh(x, /)
linalg.inv(x, /)
linalg.matmul(x1, x2, /)
linalg.matrix_norm(x, /, *, keepdims=False, ord='fro')
linalg.matrix_power(x, n, /)
linalg.matrix_rank(x, /, *, rtol=None)
linalg.matrix_transpose(x, /)
linalg.outer(x1, x2, /)
linalg.pinv(x, /, *, rtol=None)
linalg.qr(x, /, *, mode='reduced')
linalg.slogdet(x, /)
linalg.solve(x1, x2, /)
linalg.svd(x, /, *, full_matrices=True)
linalg.svdvals(x, /)
linalg.tensordot(x1, x2, /, *, axes=2)
linalg.trace(x, /, *, offset=0, dtype=None)
linalg.vecdot(x1, x2, /, *, axis=-1)
linalg.vector_norm(x, /, *, axis=None, keepdims=False, ord=2)
fft.fft(x, /, *, n=None, axis=-1, norm='backward')
fft.fftfreq(n, /, *, d=1.0, dtype=None, device=None)
fft.fftn(x, /, *, s=None, axes=None, norm='backward')
fft.fftshift(x, /, *, axes=None)
fft.hfft(x, /, *, n=None, axis=-1, norm='backward')
fft.ifft(x, /, *, n=None, axis=-1, norm='backward')
fft.ifftn(x, /, *, s=None, axes=None, norm='backward')
fft.ifftshift(x, /, *, axes=None)
fft.ihfft(x, /, *, n=None, axis=-1, norm='backward')
fft.irfft(x, /, *, n=None, axis=-1, norm='backward')
fft.irfftn(x, /, *, s=None, axes=None, norm='backward')
fft.rfft(x, /, *, n=None, axis=-1, norm='backward')
fft.rfftfreq(n, /, *, d=1.0, dtype=None, device=None)
fft.rfftn(x, /, *, s=None, axes=None, norm='backward')
"""
OF_ONE = """
abs acos acosh asin asinh atan atanh bitwise_invert ceil conj cos cosh exp expm1 floor imag isfinite isinf isnan
log log10 log1p log2 logical_not negative positive real reciprocal round sign signbit sin sinh sqrt square tan tanh
trunc
"""
OF_TWO = """
add atan2 bitwise_and bitwise_left_shift bitwise_or bitwise_right_shift bitwise_xor copysign divide equal
floor_divide greater greater_equal hypot less less_equal logaddexp logical_and logical_or logical_xor maximum
minimum multiply nextafter not_equal remainder subtract
"""

# For which types the standard defines each function.
ONE_OF = {
    **dict.fromkeys(["abs", "conj", "negative", "positive", "round", "sign", "square", "real"], "numeric"),
    **dict.fromkeys(["ceil", "floor", "trunc"], "real"), "bitwise_invert": "bits", "logical_not": "bool",
    **dict.fromkeys(["isfinite", "isinf", "isnan"], "numeric"), "signbit": "real floating", "imag": "complex",
    **dict.fromkeys(["acos", "acosh", "asin", "asinh", "atan", "atanh", "cos", "cosh", "exp", "expm1"], "floating"),
    **dict.fromkeys(["log", "log1p", "log2", "log10", "reciprocal", "sin", "sinh", "sqrt", "tan", "tanh"], "floating"),
}  # fmt: skip
TWO_OF = {
    **dict.fromkeys(["add", "multiply", "subtract"], "numeric"), **dict.fromkeys(["divide"], "floating"),
    **dict.fromkeys(["equal", "not_equal"], "all"), "pow": "numeric",
    **dict.fromkeys(["greater", "greater_equal", "less", "less_equal", "maximum", "minimum"], "real"),
    **dict.fromkeys(["floor_divide", "remainder"], "real"),
    **dict.fromkeys(["atan2", "copysign", "hypot", "logaddexp", "nextafter"], "real floating"),
    **dict.fromkeys(["bitwise_and", "bitwise_or", "bitwise_xor"], "bits"),
    **dict.fromkeys(["bitwise_left_shift", "bitwise_right_shift"], "integers"),
    **dict.fromkeys(["logical_and", "logical_or", "logical_xor"], "bool"),
}  # fmt: skip


def compare(found, wanted):
    if isinstance(wanted, (tuple, list)):
        assert len(found) == len(wanted)
        for one, other in zip(found, wanted, strict=True):
            compare(one, other)
    elif isinstance(wanted, (np.ndarray, np.generic)):
        assert isinstance(found, torch.Tensor)
        wanted = np.asarray(wanted)
        tolerance = 2e-6 if wanted.dtype in ("float32", "complex64") else 1e-13
        np.testing.assert_allclose(found.numpy(), wanted, rtol=tolerance, atol=tolerance, strict=True)
    else:
        assert found == wanted


def signature(function):
    parameters = [
        p.replace(annotation=inspect.Parameter.empty) for p in inspect.signature(function).parameters.values()
    ]
    return str(inspect.Signature(parameters))


def function_named(name):
    space, _, name = name.rpartition(".")
    return getattr(getattr(xp, space) if space else xp, name)


def test_signatures():
    expected = dict(line.split("(", 1) for line in SIGNATURES.split("\n") if line)
    expected |= dict.fromkeys(OF_ONE.split(), "x, /)") | dict.fromkeys(OF_TWO.split(), "x1, x2, /)")
    spaces = (("", xp), ("linalg.", xp.linalg), ("fft.", xp.fft))
    there = [f"{label}{n}" for label, s in spaces for n in s.__all__ if inspect.isfunction(getattr(s, n))]
    assert sorted(there) == sorted(expected)
    for name, text in expected.items():
        assert signature(function_named(name)) == "(" + text, name


@pytest.mark.parametrize("name", OF_ONE.split())
def test_functions_of_one_element(name):
    for dtype in KINDS[ONE_OF[name]]:
        x = drawn(dtype) + (1 if name == "acosh" else 0)
        wanted = getattr(np, name)(x)
        if name in ("signbit", "isfinite"):
            wanted = np.asarray(wanted)
        compare(function_named(name)(xp.asarray(x)), wanted)


def pairs_of(kinds):
    # Those that the standard promotes: of one kind, or real and complex; int64 and uint64 have nothing in common.
    for first, second in itertools.product(kinds, kinds):
        sets = [first in names and second in names for names in (["bool"], SIGNED + UNSIGNED, REAL + COMPLEX)]
        if any(sets) and not ("uint64" in (first, second) and {first, second} & set(SIGNED)):
            yield first, second


@pytest.mark.parametrize("name", [*OF_TWO.split(), "pow"])
def test_functions_of_two_elements(name):
    function, reference = function_named(name), getattr(np, name)
    for first, second in pairs_of(KINDS[TWO_OF[name]]):
        a, b = drawn(first), drawn(second, (4,))
        compare(function(xp.asarray(a), xp.asarray(b)), reference(a, b))
        # Tensors without dimensions promote as others do.
        compare(function(xp.asarray(a[0, 0]), xp.asarray(b)), reference(a[0, :1], b))
        if first == second:
            number = b[0].item()
            compare(function(xp.asarray(a), number), reference(a, number))
            compare(function(number, xp.asarray(a)), reference(number, a))


SPECIAL = [np.nan, np.inf, -np.inf, 0.0, -0.0, 1.0, -1.0, 0.5, -0.5, 3.0, -2.0, 1e300, -5e-324]


def test_special_cases_are_those_of_the_standard():
    # NumPy's are the standard's; what PyTorch defines otherwise is not taken here.
    x1, x2 = (np.array(x) for x in zip(*itertools.product(SPECIAL, SPECIAL), strict=True))
    with np.errstate(all="ignore"):
        for name in OF_ONE.split():
            if ONE_OF[name] not in ("bits", "bool", "complex"):
                compare(function_named(name)(xp.asarray(x1)), getattr(np, name)(x1))
        for name in [*OF_TWO.split(), "pow"]:
            if TWO_OF[name] not in ("bits", "bool", "integers"):
                found, wanted = function_named(name)(xp.asarray(x1), xp.asarray(x2)), getattr(np, name)(x1, x2)
                compare(found, wanted)
                if wanted.dtype.kind == "f" and name not in ("maximum", "minimum"):
                    number = ~np.isnan(wanted)
                    np.testing.assert_array_equal(np.signbit(found.numpy())[number], np.signbit(wanted)[number], name)


@pytest.mark.parametrize("name", CALLS)
def test_values_and_types(name):
    for call in CALLS[name]:
        compare(call(xp), call(np))


def test_what_numpy_has_otherwise():
    compare(xp.sort(xp.asarray(N), axis=0, descending=True), np.flip(np.sort(N, axis=0), 0))
    compare(xp.argsort(xp.asarray([1, 1, 2]), descending=True), np.array([2, 0, 1]))
    compare(xp.repeat(xp.asarray(N), xp.asarray([2], dtype=xp.uint64)), np.repeat(N, 2))
    with pytest.raises(TypeError, match="Cannot cast"):
        xp.repeat(xp.asarray(N), xp.asarray([2.0]))
    compare(xp.round(xp.asarray([0.5 - 1.5j, complex(np.inf, 2.6)])), np.array([-2j, complex(np.inf, 3)], np.complex64))
    compare(xp.fft.fftfreq(4, d=2.0, dtype=xp.float64), np.fft.fftfreq(4, 2.0))
    compare(xp.fft.rfftfreq(5), np.fft.rfftfreq(5).astype(np.float32))
    assert xp.asarray([1.0, 2.0]).dtype == xp.ones(2).dtype == xp.arange(2.0).dtype == xp.float32
    assert xp.asarray([1, 2]).dtype == xp.arange(3).dtype == xp.full(2, 1).dtype == xp.int64
    assert xp.asarray(1j).dtype == xp.full(2, 1j).dtype == xp.complex64
    assert xp.asarray([True]).dtype == xp.full(2, False).dtype == xp.bool


@pytest.mark.parametrize("dtype", [*NUMERIC, "bool"])
def test_dot_products_have_the_type_of_what_is_multiplied(dtype):
    a, b = drawn(dtype, (2, 5, 3)), drawn(dtype, (5, 1))
    b = np.broadcast_to(b, (5, 3))
    for axis in (-1, -2):
        wanted = np.vecdot(a, b, axis=axis)
        for function in (xp.vecdot, xp.linalg.vecdot, np.vecdot, np.linalg.vecdot):
            compare(function(xp.asarray(a), xp.asarray(b.copy()), axis=axis), wanted)
    compare(np.vecdot(xp.asarray(a), xp.asarray(b.copy())), np.vecdot(a, b))
    compare(xp.vecdot(xp.asarray(a[:, :0]), xp.asarray(b[:0].copy()), axis=-2), np.vecdot(a[:, :0], b[:0], axis=-2))


@pytest.mark.parametrize("requires_grad", [False, True])
def test_dot_products_do_not_broadcast_the_vectors(requires_grad):
    x = torch.ones(2, 3, requires_grad=requires_grad)

    for function in (xp.vecdot, xp.linalg.vecdot, np.vecdot, np.linalg.vecdot):
        with pytest.raises(ValueError, match=r"vecdot.*(equal length|mismatch)"):
            function(x, torch.ones(2, 1))
        with pytest.raises(ValueError, match=r"vecdot.*(equal length|mismatch)"):
            function(x, torch.ones(1, 3), axis=-2)
    assert xp.vecdot(x, torch.ones(1, 3)).shape == (2,)


def test_grids_come_as_a_list():
    x = xp.arange(3)

    assert [type(each) for each in (xp.meshgrid(x, x), xp.meshgrid(x), xp.meshgrid())] == [list] * 3


def test_asarray_copies_as_told():
    x = xp.asarray([1.0, 2.0])
    array = np.ones(2)

    assert xp.asarray(x) is x
    assert xp.asarray(x, copy=True) is not x
    assert xp.asarray(x, dtype=xp.float64, copy=None).dtype == xp.float64
    assert np.shares_memory(xp.asarray(array, copy=False).numpy(), array)
    assert not np.shares_memory(xp.asarray(array, copy=True).numpy(), array)
    for refused in (lambda: xp.asarray(x, dtype=xp.float64, copy=False), lambda: xp.asarray([1, 2], copy=False)):
        with pytest.raises(ValueError, match="copied"):
            refused()


def test_types():
    info = xp.__array_namespace_info__()

    assert set(info.dtypes()) == {"bool", *NUMERIC}
    assert set(info.dtypes(kind="real floating")) == set(REAL)
    assert set(info.dtypes(kind=("bool", "unsigned integer"))) == {"bool", *UNSIGNED}
    assert info.default_dtypes()["real floating"] == xp.float32
    assert info.default_dtypes()["indexing"] == info.default_dtypes()["integral"] == xp.int64
    assert info.default_device() == xp.ones(1).device
    assert info.devices() == [info.default_device()]
    assert info.capabilities()["boolean indexing"]
    assert all(isinstance(getattr(xp, name), torch.dtype) for name in info.dtypes())
    assert xp.isdtype(xp.complex64, "numeric")
    assert not xp.isdtype(xp.bool, "numeric")
    assert xp.isdtype(xp.int8, (xp.int8, "bool"))
    with pytest.raises(ValueError, match="kind must be one of 'bool', 'signed integer'"):
        xp.isdtype(xp.int8, "integer")
    for first, second in itertools.product(KINDS["all"], KINDS["all"]):
        kinds = {np.dtype(first).kind, np.dtype(second).kind}
        mixed = (kinds & set("fc") and kinds & set("iub")) or ("b" in kinds and len(kinds) > 1)
        if not mixed and not ("uint64" in (first, second) and kinds == {"i", "u"}):
            wanted = np.promote_types(first, second)
            assert xp.result_type(getattr(xp, first), xp.asarray(drawn(second))).name == wanted.name
            assert xp.can_cast(getattr(xp, first), getattr(xp, second)) == (wanted == second)
    assert xp.result_type(xp.int8, 1) == xp.int8
    assert xp.result_type(xp.float32, 1, 2.0) == xp.float32
    assert xp.result_type(xp.float64, 1j) == xp.complex128
    with pytest.raises(TypeError, match="at least one argument"):
        xp.result_type(1, 2.0)
    assert xp.finfo(xp.float64) == xp.finfo(xp.ones(1, dtype=xp.complex128))
    assert (xp.finfo(xp.float32).eps, xp.finfo(xp.float32).dtype) == (np.finfo(np.float32).eps, xp.float32)
    assert (xp.iinfo(xp.uint8).max, xp.iinfo(xp.asarray([1])).bits) == (255, 64)
    assert (xp.e, xp.pi, xp.inf, xp.newaxis) == (np.e, np.pi, np.inf, None)
    assert np.isnan(xp.nan)


def test_the_tensor_knows_its_namespace():
    x = torch.ones(2, 3)

    assert x.__array_namespace__() is xp
    assert x.__array_namespace__(api_version="2022.12") is xp
    with pytest.raises(ValueError, match=r"as of 2024\.12, not '1999\.01'"):
        x.__array_namespace__(api_version="1999.01")
    assert x.to_device(x.device) is x
    with pytest.raises(ValueError, match="the CPU has no streams"):
        x.to_device("cpu", stream=1)
    with pytest.raises(RuntimeError, match="CUDA"):
        x.to_device("cuda")
    assert (x.ndim, x.shape, x.mT.shape, x.T.shape) == (2, (2, 3), (3, 2), (3, 2))


def test_gradients_go_through():
    x = torch.tensor(X, requires_grad=True)

    for function in (
        lambda x: xp.concat([x, xp.flip(x)]),
        lambda x: xp.vecdot(x, x),
        lambda x: xp.linalg.svdvals(x),
        lambda x: xp.fft.rfft(x),
        lambda x: xp.where(x > 0.5, xp.sqrt(x), 0.0),
        lambda x: xp.cumulative_sum(xp.sort(x), axis=0, include_initial=True),
        lambda x: xp.take(xp.roll(x, 1), xp.asarray([0, 2]), axis=1),
        lambda x: xp.std(x, axis=0),
        lambda x: xp.pow(x, 3),
    ):
        found = function(x)
        weights = RNG.normal(size=found.shape)
        (slopes,) = torch.autograd.grad((found * torch.tensor(weights)).real.sum(), x)
        direction, step = RNG.normal(size=X.shape), 1e-6
        after, before = (function(torch.tensor(X + s * direction)).numpy() for s in (step, -step))
        change = ((after - before) * weights).real.sum() / (2 * step)
        np.testing.assert_allclose((slopes.numpy() * direction).sum(), change, rtol=1e-6)
    with pytest.raises(TypeError, match=r"np.unique_values: which elements there are once each jumps"):
        xp.unique_values(x)


# ---- values outside: arrays, DLPack, files ----


def test_dlpack_keywords():
    x = torch.arange(4.0)

    assert np.shares_memory(np.from_dlpack(x), x.numpy())
    assert not np.shares_memory(np.from_dlpack(x, copy=True), x.numpy())
    assert x.__dlpack_device__() == (1, 0)
    for keywords in ({"max_version": (1, 0)}, {"dl_device": (1, 0)}, {"copy": False}, {"stream": None}):
        assert "dltensor" in repr(x.__dlpack__(**keywords))
    with pytest.raises(BufferError, match=r"require gradient"):
        torch.ones(1, requires_grad=True).__dlpack__()
    array = np.arange(3.0)
    assert np.shares_memory(xp.from_dlpack(array).numpy(), array)
    assert not np.shares_memory(xp.from_dlpack(array, copy=True).numpy(), array)
    assert xp.from_dlpack(xp.from_dlpack(x)).tolist() == x.tolist()
    for dtype in KINDS["all"]:
        values = drawn(dtype)
        compare(xp.from_dlpack(values), values)
        compare(xp.asarray(np.from_dlpack(xp.asarray(values))), values)


def test_array_keywords():
    x = torch.ones(3)

    assert np.shares_memory(np.asarray(x), x.numpy())
    assert not np.shares_memory(np.array(x), x.numpy())
    assert np.asarray(x, dtype=np.float64).dtype == np.float64
    assert np.array(x, copy=False).dtype == np.float32
    with pytest.raises(ValueError, match="copy"):
        np.array(x, dtype=np.float64, copy=False)
    assert bytes(memoryview(np.asarray(x))) == np.ones(3, np.float32).tobytes()
    with pytest.raises(RuntimeError, match="Can't call numpy"):
        np.asarray(torch.ones(1, requires_grad=True))
    with torch.no_grad():
        assert np.asarray(torch.ones(1, requires_grad=True)) == 1


@pytest.mark.parametrize("dtype", KINDS["all"])
def test_pickles(dtype):
    values = drawn(dtype)
    for protocol in range(2, pickle.HIGHEST_PROTOCOL + 1):
        x = xp.asarray(values)
        again = pickle.loads(pickle.dumps(x, protocol))
        compare(again, values)
        assert again.requires_grad is False
    part = pickle.loads(pickle.dumps(xp.asarray(values)[1:, ::2].T))
    compare(part, values[1:, ::2].T)
