"""Functions that make tensors: which values and types come out of what, and what is refused."""

import numpy as np
import pytest

import chainrule as torch


def same(tensor, values, dtype):
    assert tensor.dtype is dtype
    assert tensor.tolist() == values
    return True


# ---- tensor ----


@pytest.mark.parametrize(
    ("data", "dtype"),
    [
        (3, "int64"),
        (2.5, "float32"),
        (True, "bool"),
        (1 + 2j, "complex64"),
        ([1, 2], "int64"),
        ([1, 2.5], "float32"),
        ([True, False], "bool"),
        ([True, 2], "int64"),
        ([1, 2j], "complex64"),
        ([], "float32"),
        ([[], []], "float32"),
        (((1, 2), [3, 4]), "int64"),
        (range(3), "int64"),
        (np.float64(2), "float64"),
        (np.int16(2), "int16"),
        ([np.float64(2), 1.5], "float64"),
        ([np.float32(2), 1], "float32"),
        (np.arange(3.0), "float64"),
        ([np.arange(3), np.arange(3)], "int64"),
        ([torch.tensor(1), torch.tensor(2.5)], "float32"),
        ([torch.tensor([1]), 2], "int64"),
    ],
)
def test_the_type_that_data_suggests(data, dtype):
    assert torch.tensor(data).dtype is getattr(torch, dtype)


def test_values_and_shapes_of_nested_data():
    assert torch.tensor([[1.5, 2], (3, 4)]).tolist() == [[1.5, 2], [3, 4]]
    assert torch.tensor([[], []]).shape == (2, 0)
    assert torch.tensor([[torch.tensor(1.5), 2], [np.float32(3), 4]]).tolist() == [[1.5, 2], [3, 4]]
    assert torch.tensor([np.eye(2), np.zeros((2, 2))]).shape == (2, 2, 2)


def test_tensor_copies():
    array = np.zeros(3)
    t = torch.tensor(array)
    array[0] = 1
    assert t.tolist() == [0, 0, 0]


def test_a_tensor_of_a_tensor_copies_and_says_how_to_do_better():
    source = torch.ones(2, requires_grad=True)
    with pytest.warns(UserWarning, match="To copy construct from a tensor, it is recommended"):
        made = torch.tensor(source)
    assert made.is_leaf
    assert not made.requires_grad


def test_values_are_cut_or_wrapped_to_the_type_asked_for():
    assert same(torch.tensor([1.7, -1.7], dtype=torch.int64), [1, -1], torch.int64)
    assert same(torch.tensor([-1], dtype=torch.uint8), [255], torch.uint8)
    assert same(torch.tensor([0, 2], dtype=torch.bool), [False, True], torch.bool)
    assert same(torch.tensor(1e40), float("inf"), torch.float32)
    assert same(torch.tensor([1], dtype=float), [1.0], torch.float64)


@pytest.mark.parametrize(
    ("data", "dtype", "error", "text"),
    [
        ([[1, 2], [3]], None, ValueError, r"expected sequence of length 2 at dim 1 \(got 1\)"),
        ([[1.0, 2], [3]], None, ValueError, r"expected sequence of length 2 at dim 1 \(got 1\)"),
        ([[[1, 2], [3]], [[1], [2]]], None, ValueError, r"expected sequence of length 2 at dim 2 \(got 1\)"),
        ([[1, 2], 3], None, TypeError, "not a sequence"),
        ([1, [3]], None, TypeError, "'list' object cannot be interpreted as an integer"),
        ("abc", None, TypeError, "new\\(\\): invalid data type 'str'"),
        (["a"], None, ValueError, "too many dimensions 'str'"),
        (None, None, RuntimeError, "Could not infer dtype of NoneType"),
        ([None], None, RuntimeError, "Could not infer dtype of NoneType"),
        ({}, None, RuntimeError, "Could not infer dtype of dict"),
        ([torch.zeros(2), torch.zeros(2)], None, ValueError, "only one element tensors can be converted"),
        (2**63, None, ValueError, "Overflow when unpacking long long"),
        ([300], "uint8", RuntimeError, "value cannot be converted to type uint8 without overflow"),
        (float("nan"), "int32", RuntimeError, "value cannot be converted to type int32 without overflow"),
        ([1j], "float32", TypeError, "must be real number, not complex"),
        (np.array(["a"]), None, TypeError, "can't convert np.ndarray of type numpy.str_"),
        (np.zeros(2, ">f8"), None, ValueError, "byte order different from the native byte order"),
    ],
)
def test_data_that_makes_no_tensor(data, dtype, error, text):
    with pytest.raises(error, match=text):
        torch.tensor(data, dtype=dtype and getattr(torch, dtype))


# ---- sharing memory ----


def test_from_numpy_shares_memory():
    array = np.zeros(3, np.float32)
    t = torch.from_numpy(array)
    array[0] = 1
    t[1] = 2
    assert t.tolist() == array.tolist() == [1, 2, 0]


def test_from_numpy_takes_arrays_of_tensors_types_only():
    with pytest.raises(TypeError, match=r"expected np.ndarray \(got list\)"):
        torch.from_numpy([1])
    with pytest.raises(TypeError, match=r"can't convert np\.ndarray of type numpy\.object_"):
        torch.from_numpy(np.array([None]))


def test_a_read_only_array_is_announced():
    array = np.zeros(3)
    array.flags.writeable = False
    with pytest.warns(UserWarning, match="The given NumPy array is not writable"):
        torch.from_numpy(array)


def test_as_tensor_copies_only_where_it_must():
    t = torch.ones(2)
    array = np.ones(2)
    assert torch.as_tensor(t) is t
    assert torch.as_tensor(t, dtype=torch.float64).dtype is torch.float64
    assert torch.as_tensor(array).numpy() is array or np.shares_memory(torch.as_tensor(array).numpy(), array)
    assert torch.as_tensor([1, 2]).tolist() == [1, 2]


def test_as_tensor_keeps_the_graph():
    x = torch.ones(2, requires_grad=True)
    torch.as_tensor(x, dtype=torch.float64).sum().backward()
    assert x.grad.tolist() == [1, 1]


def test_asarray():
    array = np.ones(2)
    assert np.shares_memory(torch.asarray(array).numpy(), array)
    assert not np.shares_memory(torch.asarray(array, copy=True).numpy(), array)
    assert torch.asarray([1.0], requires_grad=True).requires_grad
    with pytest.raises(ValueError, match="can't alias tensor with dtype 'Double' into dtype 'Float'"):
        torch.asarray(array, dtype=torch.float32, copy=False)
    with pytest.raises(ValueError, match="can't alias arbitrary sequence into a tensor"):
        torch.asarray([1], copy=False)


# ---- sizes ----


@pytest.mark.parametrize("make", [torch.zeros, torch.ones, torch.empty, torch.rand, torch.randn])
def test_sizes_come_one_by_one_or_together(make):
    for arguments in ((2, 3), ((2, 3),), ([2, 3],), (torch.Size([2, 3]),), ((torch.tensor(2), np.int64(3)),)):
        assert make(*arguments).shape == (2, 3)
    assert make(size=(2, 3)).shape == (2, 3)
    assert make(()).shape == ()


@pytest.mark.parametrize(
    ("size", "error", "text"),
    [
        ((-1,), RuntimeError, "zeros: Dimension size must be non-negative"),
        ((2.0,), TypeError, r"argument 'size' \(position 1\) must be tuple of ints, not float"),
        (((2.0,),), TypeError, "must be tuple of ints, but found element of type float at pos 0"),
        (("a",), TypeError, "must be tuple of ints, not str"),
        ((True,), TypeError, "must be tuple of ints, not bool"),
        ((), TypeError, 'missing 1 required positional arguments: "size"'),
    ],
)
def test_what_is_no_size(size, error, text):
    with pytest.raises(error, match=text):
        torch.zeros(*size)


# ---- options ----


@pytest.mark.parametrize(
    "make",
    [
        lambda **options: torch.tensor([1, 2], **options),
        lambda **options: torch.zeros(2, dtype=torch.int64, **options),
        lambda **options: torch.full((2,), 1, **options),
        lambda **options: torch.arange(3, **options),
        lambda **options: torch.randint(3, (2,), **options),
        lambda **options: torch.ones_like(torch.tensor([1]), **options),
    ],
)
def test_integers_cannot_require_grad(make):
    make(requires_grad=False)
    with pytest.raises(RuntimeError, match="Only Tensors of floating point and complex dtype can require gradients"):
        make(requires_grad=True)


def test_requires_grad_makes_a_leaf():
    for made in (torch.zeros(2, requires_grad=True), torch.rand(2, requires_grad=True), torch.arange(3.0).new_ones(2)):
        assert made.is_leaf
    assert torch.linspace(0, 1, 3, requires_grad=True).requires_grad


def test_options_there_are_not():
    torch.zeros(2, device="cpu", layout=torch.strided, pin_memory=False)
    with pytest.raises(RuntimeError, match="CUDA"):
        torch.zeros(2, device="cuda")
    with pytest.raises(RuntimeError, match="layout sparse_coo is not supported"):
        torch.zeros(2, layout="sparse_coo")
    with pytest.raises(RuntimeError, match="pin_memory=True requires a CUDA or other accelerator backend"):
        torch.zeros(2, pin_memory=True)


def test_memory_formats():
    x = torch.empty(2, 3, 4, 5, memory_format=torch.channels_last)
    assert x.stride() == (60, 1, 15, 3)
    assert torch.zeros_like(x).stride() == (60, 1, 15, 3)
    assert torch.zeros_like(x, memory_format=torch.contiguous_format).stride() == (60, 20, 5, 1)
    with pytest.raises(RuntimeError, match="required rank 4 tensor to use channels_last format"):
        torch.empty(2, memory_format=torch.channels_last)


def test_like_keeps_the_order_of_dimensions():
    assert torch.zeros_like(torch.zeros(2, 3).t()).stride() == (1, 3)
    assert torch.ones_like(torch.zeros(1, 3).expand(4, 3)).stride() == (3, 1)


# ---- out ----


def test_out_is_filled_and_counted():
    out = torch.zeros(3)
    version = out._version
    assert torch.ones(3, out=out) is out
    assert out.tolist() == [1, 1, 1]
    assert out._version > version
    torch.arange(4, out=(longer := torch.empty(0)))
    assert same(longer, [0, 1, 2, 3], torch.float32)


def test_out_of_another_type_or_with_history_is_refused():
    with pytest.raises(RuntimeError, match=r"dtype Double does not match dtype of out parameter \(Float\)"):
        torch.zeros(3, dtype=torch.float64, out=torch.ones(3))
    leaf = torch.ones(3, requires_grad=True)
    with pytest.raises(RuntimeError, match="arguments don't support automatic differentiation"):
        torch.zeros(3, out=leaf)
    assert leaf.tolist() == [1, 1, 1]


# ---- one value everywhere ----


def test_full_takes_the_type_of_its_number():
    assert same(torch.full((2,), 3), [3, 3], torch.int64)
    assert same(torch.full((2,), 3.0), [3, 3], torch.float32)
    assert same(torch.full((2,), True), [True, True], torch.bool)
    assert same(torch.full((2,), 3.7, dtype=torch.int32), [3, 3], torch.int32)
    assert same(torch.full((1,), torch.tensor(2.5)), [2.5], torch.float32)
    assert same(torch.full_like(torch.tensor([1]), 3.7), [3], torch.int64)


@pytest.mark.parametrize(
    ("value", "dtype", "error", "text"),
    [
        (300, torch.uint8, RuntimeError, "value cannot be converted to type uint8_t without overflow"),
        (float("nan"), torch.int32, RuntimeError, "value cannot be converted to type int without overflow"),
        (1j, torch.float32, RuntimeError, "value cannot be converted to type float without overflow"),
        ("a", None, TypeError, r"argument 'fill_value' \(position 2\) must be Number, not str"),
        (torch.zeros(1), None, TypeError, r"argument 'fill_value' \(position 2\) must be Number, not Tensor"),
        (2**70, None, OverflowError, "int too big to convert"),
    ],
)
def test_numbers_that_do_not_fill(value, dtype, error, text):
    with pytest.raises(error, match=text):
        torch.full((2,), value, dtype=dtype)


def test_new_tensors_take_the_type_of_the_old():
    x = torch.ones(1, dtype=torch.float64)
    for made in (x.new_zeros(2), x.new_ones((2,)), x.new_full((2,), 3), x.new_empty(2), x.new_tensor([1, 2])):
        assert made.dtype is torch.float64
        assert made.shape == (2,)
    assert x.new_zeros(2, dtype=torch.int32).dtype is torch.int32


def test_the_constructor_makes_the_default_type():
    assert same(torch.Tensor([1, 2]), [1, 2], torch.float32)
    assert torch.Tensor(2, 3).shape == (2, 3)
    assert torch.Tensor().shape == (0,)
    with pytest.raises(TypeError, match=r"new\(\): data must be a sequence \(got float\)"):
        torch.Tensor(3.5)


# ---- ranges ----


def test_arange():
    assert same(torch.arange(3), [0, 1, 2], torch.int64)
    assert same(torch.arange(3.0), [0, 1, 2], torch.float32)
    assert same(torch.arange(5, 1, -2), [5, 3], torch.int64)
    assert same(torch.arange(1, 2, 0.25), [1, 1.25, 1.5, 1.75], torch.float32)
    assert same(torch.arange(start=1, end=7, step=3), [1, 4], torch.int64)
    assert same(torch.arange(1, end=3), [1, 2], torch.int64)
    assert same(torch.arange(0.5, 3, dtype=torch.int64), [0, 1, 2], torch.int64)
    assert same(torch.arange(torch.tensor(2)), [0, 1], torch.int64)
    assert torch.arange(2**62, 2**62 + 2).tolist() == [2**62, 2**62 + 1]


# The last bits of these PyTorch gets from one fused rounding, and from counting the second half from the end.
def test_ranges_to_the_last_bit():
    assert torch.linspace(0.1, 0.9, 7).tolist() == [
        0.10000000149011612,
        0.23333331942558289,
        0.36666664481163025,
        0.5,
        0.6333333253860474,
        0.7666666507720947,
        0.8999999761581421,
    ]
    assert torch.arange(0.1, 2, 0.1, dtype=torch.float64).numpy()[[2, 6, 16]].tolist() == [
        0.30000000000000004,
        0.7,
        1.7000000000000002,
    ]


def test_linspace_and_logspace():
    assert same(torch.linspace(0, 10, 5, dtype=torch.int64), [0, 2, 5, 7, 10], torch.int64)
    assert same(torch.linspace(3, 9, 1), [3], torch.float32)
    assert torch.linspace(0, 1, 0).shape == (0,)
    assert torch.linspace(0, 1j, 3).dtype is torch.complex64
    assert same(torch.logspace(0, 3, 4), [1, 10, 100, 1000], torch.float32)
    assert same(torch.logspace(0, 3, 4, base=2), [1, 2, 4, 8], torch.float32)


@pytest.mark.parametrize(
    ("call", "error", "text"),
    [
        (lambda: torch.arange(1, 5, 0), RuntimeError, "step must be nonzero"),
        (lambda: torch.arange(5, 1), RuntimeError, "upper bound and lower bound inconsistent with step sign"),
        (lambda: torch.arange(float("inf")), RuntimeError, "unsupported range: 0 -> inf"),
        (lambda: torch.arange("a"), TypeError, r"argument 'end' \(position 1\) must be Number, not str"),
        (lambda: torch.arange(5, dtype=torch.bool), NotImplementedError, "\"arange_cpu\" not implemented for 'Bool'"),
        (lambda: torch.linspace(0, 1, -1), RuntimeError, "number of steps must be non-negative"),
        (lambda: torch.linspace(torch.zeros(1), 1, 3), RuntimeError, "only supports 0-dimensional start and end"),
        (lambda: torch.eye(-1), RuntimeError, "n must be greater or equal to 0, got -1"),
        (lambda: torch.eye(2.5), TypeError, r"argument 'n' \(position 1\) must be int, not float"),
        (lambda: torch.tril_indices(-1, 3), RuntimeError, "row must be non-negative, got-1"),
        (lambda: torch.zeros_like([1]), TypeError, r"argument 'input' \(position 1\) must be Tensor, not list"),
    ],
)
def test_errors(call, error, text):
    with pytest.raises(error, match=text):
        call()


# ---- matrices ----


def test_eye_and_triangles():
    assert torch.eye(2, 3).tolist() == [[1, 0, 0], [0, 1, 0]]
    assert torch.eye(3, 2, dtype=torch.bool).tolist() == [[True, False], [False, True], [False, False]]
    assert torch.eye(0).shape == (0, 0)
    assert torch.tril_indices(2, 3, 1).tolist() == [[0, 0, 1, 1, 1], [0, 1, 0, 1, 2]]
    assert torch.triu_indices(3, 2, -1).tolist() == [[0, 0, 1, 1, 2], [0, 1, 0, 1, 1]]
