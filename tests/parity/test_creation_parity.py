"""Functions that make tensors against PyTorch: values, types, shapes, flags, warnings, error classes and error texts.

Each line is run by both with a freshly seeded generator and the names below.
"""

import warnings

import numpy as np
import pytest

import chainrule
from chainrule.names import public_name, set_public_name

torch = pytest.importorskip("torch")


def names(library):
    """What the lines may use beside `torch`."""
    array = np.arange(3.0)
    return {
        "torch": library,
        "np": np,
        "a": array,
        "x": library.zeros(2, 3),
        "v": library.zeros(3),
        "xi": library.zeros(3, dtype=library.int64),
        "xb": library.zeros(3, dtype=library.bool),
        "xc": library.zeros(2, dtype=library.complex64),
        "xr": library.ones(3, requires_grad=True),
    }


def outcome(line, library):
    """Everything about what a line does that a user can see; and the values, which are compared with a tolerance."""
    given = names(library)
    library.manual_seed(7)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            result = eval(line, given)
        except Exception as error:  # noqa: BLE001 - whatever it is, both must raise it
            return (type(error).__name__, str(error)), None
    # PyTorch adds where in its source a warning comes from, and once what will be in version 1.7.
    texts = [str(w.message).split(" (Triggered")[0].split(" This warning will become")[0] for w in caught]
    if not isinstance(result, (chainrule.Tensor, torch.Tensor)):
        return (repr(result).replace("chainrule.", "torch."), texts), None
    values = result.detach().numpy()
    node = None if result.grad_fn is None else result.grad_fn.name()
    strides = result.stride() if result.numel() else None
    return (str(values.dtype), values.shape, strides, result.requires_grad, node, texts), values


def run_in_both(line):
    ours, our_values = outcome(line, chainrule)
    theirs, their_values = outcome(line, torch)
    assert ours == theirs
    if their_values is not None and "empty" not in line:
        np.testing.assert_allclose(our_values, their_values, rtol=2e-6, atol=1e-6)


CREATION = [
    "torch.tensor(1)",
    "torch.tensor(1.5)",
    "torch.tensor(True)",
    "torch.tensor(1j)",
    "torch.tensor([1, 2.5])",
    "torch.tensor([True, 2])",
    "torch.tensor([1, 2j])",
    "torch.tensor([])",
    "torch.tensor([[]])",
    "torch.tensor([[], []])",
    "torch.tensor(())",
    "torch.tensor([[1, 2], [3]])",
    "torch.tensor([[1, 2], 3])",
    "torch.tensor([1, [3]])",
    "torch.tensor([[[1, 2], [3]], [[1], [2]]])",
    "torch.tensor('abc')",
    "torch.tensor(['a'])",
    "torch.tensor(None)",
    "torch.tensor([None])",
    "torch.tensor({})",
    "torch.tensor(range(3))",
    "torch.tensor({1, 2})",
    "torch.tensor((i for i in range(3)))",
    "torch.tensor(xr)",
    "torch.tensor([xr[0], xr[1]])",
    "torch.tensor([x[0], x[1]])",
    "torch.tensor([x[0, 0], 2])",
    "torch.tensor([torch.tensor(1), torch.tensor(2.5)])",
    "torch.tensor([torch.tensor([1]), torch.tensor([2])])",
    "torch.tensor(np.float32(3))",
    "torch.tensor(np.float64(3))",
    "torch.tensor([np.float64(3)])",
    "torch.tensor([np.float32(3), 1])",
    "torch.tensor([np.int32(3)])",
    "torch.tensor(np.int32(3))",
    "torch.tensor([np.bool_(True)])",
    "torch.tensor(np.bool_(True))",
    "torch.tensor(a)",
    "torch.tensor(a, dtype=torch.int32)",
    "torch.tensor(a.astype('>f8'))",
    "torch.tensor([1, 2], dtype=torch.float64)",
    "torch.tensor([1.7, 2], dtype=torch.int64)",
    "torch.tensor([300], dtype=torch.uint8)",
    "torch.tensor(300, dtype=torch.uint8)",
    "torch.tensor(-1, dtype=torch.uint8)",
    "torch.tensor([1, 2], requires_grad=True)",
    "torch.tensor([1.0, 2], requires_grad=True)",
    "torch.tensor(2 ** 63)",
    "torch.tensor([2 ** 63])",
    "torch.tensor(2 ** 64)",
    "torch.tensor(-2 ** 63)",
    "torch.tensor(1e+40)",
    "torch.tensor(1j, dtype=torch.float32)",
    "torch.tensor([1j], dtype=torch.float32)",
    "torch.tensor(float('nan'), dtype=torch.int32)",
    "torch.tensor([1], dtype=float)",
    "torch.tensor([1], dtype=int)",
    "torch.tensor([1], foo=3)",
    "torch.tensor([1], [2])",
    "torch.tensor(data=[1.0])",
    "torch.as_tensor(x) is x",
    "torch.as_tensor(x, dtype=torch.float64)",
    "torch.as_tensor(a)",
    "torch.as_tensor([1, 2])",
    "torch.as_tensor(3)",
    "torch.from_numpy(a)",
    "torch.from_numpy([1])",
    "torch.from_numpy(np.float32(3))",
    "torch.from_numpy(a.astype('>f8'))",
    "torch.from_numpy(np.zeros(3, 'u4'))",
    "torch.asarray([1, 2])",
    "torch.asarray(a, copy=True)",
    "torch.asarray(a, dtype=torch.float32, copy=False)",
    "torch.asarray([1], copy=False)",
    "torch.asarray([1.0], requires_grad=True)",
    "torch.scalar_tensor(3)",
    "torch.scalar_tensor(3.0, dtype=torch.int64)",
    "torch.Tensor([1, 2])",
    "torch.Tensor(2, 3).shape",
    "torch.Tensor(3.5)",
    "torch.Tensor()",
    "torch.zeros(2, 3)",
    "torch.zeros((2, 3))",
    "torch.zeros([2])",
    "torch.zeros(torch.Size([2]))",
    "torch.zeros(())",
    "torch.zeros()",
    "torch.zeros(2, [3])",
    "torch.zeros(2.0)",
    "torch.zeros((2.0,))",
    "torch.zeros('a')",
    "torch.zeros(-1)",
    "torch.zeros((2, -3))",
    "torch.zeros(torch.tensor(3))",
    "torch.zeros(torch.tensor([3]))",
    "torch.zeros((torch.tensor(3), 2))",
    "torch.zeros(np.int64(3))",
    "torch.zeros(True)",
    "torch.zeros(None)",
    "torch.zeros(2, dtype=torch.int64, requires_grad=True)",
    "torch.zeros(2, requires_grad=True)",
    "torch.zeros(size=(2,))",
    "torch.zeros(2, dtype=int)",
    "torch.zeros(2, dtype=float)",
    "torch.zeros(2, layout=torch.strided)",
    "torch.zeros(2, pin_memory=False)",
    "torch.zeros(2, pin_memory=True)",
    "torch.zeros(2, 3, out=x) is x",
    "torch.zeros(2, 3, out=xi)",
    "torch.zeros(2, dtype=torch.float64, out=xi)",
    "torch.zeros(2, foo=1)",
    "torch.ones(2, dtype=torch.bool)",
    "torch.full((2,), 3)",
    "torch.full((2,), 3.0)",
    "torch.full((2,), True)",
    "torch.full((2,), 1j)",
    "torch.full(2, 3)",
    "torch.full((2,), torch.tensor(3.0))",
    "torch.full((2,), torch.tensor([3.0]))",
    "torch.full((2,), 3.7, dtype=torch.int64)",
    "torch.full((2,), 300, dtype=torch.uint8)",
    "torch.full((2,), 'a')",
    "torch.full(size=(2,), fill_value=1.0)",
    "torch.full((2,), 1j, dtype=torch.float32)",
    "torch.full((2,), 2 ** 70)",
    "torch.full((2,), float('nan'), dtype=torch.int32)",
    "torch.empty(2).shape",
    "torch.empty(2, memory_format=torch.contiguous_format).shape",
    "torch.empty(2, 3, 4, 5, memory_format=torch.channels_last).stride()",
    "torch.eye(3)",
    "torch.eye(2, 3)",
    "torch.eye(-1)",
    "torch.eye(2, -1)",
    "torch.eye(2, dtype=torch.bool)",
    "torch.eye(n=2, m=3)",
    "torch.eye(2.5)",
    "torch.arange(5)",
    "torch.arange(5.0)",
    "torch.arange(1, 5)",
    "torch.arange(1, 5, 2)",
    "torch.arange(0, 1, 0.1)",
    "torch.arange(0, 1, 0.1, dtype=torch.float64)",
    "torch.arange(5, 1)",
    "torch.arange(5, 1, -1)",
    "torch.arange(1, 5, -1)",
    "torch.arange(1, 5, 0)",
    "torch.arange(1, 5, 0.0)",
    "torch.arange(0)",
    "torch.arange(float('inf'))",
    "torch.arange(float('nan'))",
    "torch.arange(1, float('nan'))",
    "torch.arange(True)",
    "torch.arange(5, dtype=torch.bool)",
    "torch.arange(2, dtype=torch.bool)",
    "torch.arange(1j)",
    "torch.arange(torch.tensor(5))",
    "torch.arange(torch.tensor(5.0))",
    "torch.arange(torch.tensor([5]))",
    "torch.arange(end=5)",
    "torch.arange(start=1, end=5)",
    "torch.arange(start=1)",
    "torch.arange(1, end=5, step=2)",
    "torch.arange('a')",
    "torch.arange(3, requires_grad=True)",
    "torch.arange(3.0, requires_grad=True)",
    "torch.arange(0.5, 3, dtype=torch.int64)",
    "torch.arange(0, 3.7, 1.5, dtype=torch.int64)",
    "torch.arange(2 ** 62, 2 ** 62 + 3)",
    "torch.arange(3, out=torch.zeros(1))",
    "torch.arange(3, out=torch.zeros(3))",
    "torch.arange(np.float32(3))",
    "torch.arange(np.int32(3))",
    "torch.arange(1, 2, torch.tensor(0.25))",
    "torch.linspace(0, 1, 5)",
    "torch.linspace(0, 1, 0)",
    "torch.linspace(0, 1, 1)",
    "torch.linspace(3, 1, 1)",
    "torch.linspace(0, 1, -1)",
    "torch.linspace(0, 10, 5, dtype=torch.int64)",
    "torch.linspace(0, 9, 5, dtype=torch.int64)",
    "torch.linspace(0, 1j, 3)",
    "torch.linspace(0, 1j, 3, dtype=torch.float32)",
    "torch.linspace(torch.tensor(0.0), torch.tensor(1.0), 3)",
    "torch.linspace(torch.tensor([0.0]), 1, 3)",
    "torch.linspace(start=0, end=1, steps=3)",
    "torch.linspace(0, 1, steps=3, dtype=torch.float16)",
    "torch.linspace(0, 1, torch.tensor(3))",
    "torch.linspace(0, 1, 3, requires_grad=True)",
    "torch.linspace(0, 1, 3, dtype=torch.bool)",
    "torch.logspace(0, 2, 3)",
    "torch.logspace(0, 2, 3, base=2)",
    "torch.logspace(0, 2, 1)",
    "torch.logspace(0, 2, 0)",
    "torch.logspace(0, 2, -2)",
    "torch.logspace(0, 5, 4, dtype=torch.int64)",
    "torch.logspace(0, 2, 3, 2)",
    "torch.zeros_like(x, dtype=torch.int64)",
    "torch.zeros_like([1])",
    "torch.zeros_like(x.t()).stride()",
    "torch.zeros_like(x.t(), memory_format=torch.contiguous_format).stride()",
    "torch.zeros_like(x[:, ::2]).stride()",
    "torch.zeros_like(x.expand(4, 2, 3)).stride()",
    "torch.zeros_like(torch.zeros(3, 1).expand(3, 5)).stride()",
    "torch.zeros_like(torch.zeros(4, 3, 8).permute(2, 0, 1)[::2]).stride()",
    "torch.zeros_like(xr)",
    "torch.zeros_like(xr, requires_grad=True)",
    "torch.zeros_like(xi, requires_grad=True)",
    "torch.full_like(x, 3.7)",
    "torch.full_like(xi, 3.7)",
    "torch.full_like(xi, 3.7, dtype=torch.float32)",
    "torch.full_like(xi, 'a')",
    "torch.full_like(xi, torch.tensor(2.0))",
    "torch.ones_like(input=x)",
    "torch.ones_like(x, device='cpu')",
    "torch.tril_indices(3, 3)",
    "torch.tril_indices(2, 3, 1)",
    "torch.triu_indices(3, 3)",
    "torch.triu_indices(3, 2, -1)",
    "torch.tril_indices(-1, 3)",
    "torch.triu_indices(3, -1)",
    "torch.triu_indices(3, 3, dtype=torch.float32)",
    "torch.triu_indices(3, 3, dtype=torch.int32)",
    "torch.tril_indices(0, 3)",
    "torch.tril_indices(3.5, 3)",
    "x.new_zeros(2)",
    "x.new_zeros((2,))",
    "xi.new_zeros(2)",
    "xi.new_zeros(2, dtype=torch.float32, requires_grad=True)",
    "x.new_ones(())",
    "x.new_full((2,), 3)",
    "xi.new_full((2,), 3.7)",
    "x.new_full(2, 3)",
    "x.new_empty(2, 3).shape",
    "x.new_empty((2,), requires_grad=True).requires_grad",
    "x.new_tensor([1, 2])",
    "xi.new_tensor([1.5, 2])",
    "x.new_tensor(xi)",
    "xr.new_zeros(2).requires_grad",
    "x.new_zeros(-1)",
    "torch.empty_like(x, pin_memory=True)",
    "torch.zeros(2, generator=None)",
]

RANDOM = [
    "torch.rand_like(x.t()).stride()",
    "torch.rand(2, dtype=torch.int64)",
    "torch.rand(-1)",
    "torch.rand(2, dtype=torch.bool)",
    "torch.rand((2,), generator=torch.Generator())",
    "torch.rand(2, 3, out=x) is x",
    "torch.rand(2, out=torch.zeros(2, dtype=torch.int64))",
    "torch.rand(2, requires_grad=True)",
    "torch.rand(())",
    "torch.rand(size=(1,))",
    "torch.randn(2, dtype=torch.int64)",
    "torch.randint(10, (2,))",
    "torch.randint(1, 10, (2,))",
    "torch.randint(low=1, high=10, size=(2,))",
    "torch.randint(high=10, size=(2,))",
    "torch.randint(10, 2)",
    "torch.randint(0, (2,))",
    "torch.randint(5, 3, (2,))",
    "torch.randint(0, 300, (2,), dtype=torch.uint8)",
    "torch.randint(0, 256, (2,), dtype=torch.uint8).dtype",
    "torch.randint(-1, 5, (2,), dtype=torch.uint8)",
    "torch.randint(0, 2, (3,), dtype=torch.bool)",
    "torch.randint(0, 3, (3,), dtype=torch.bool)",
    "torch.randint(0, 10, (2,), dtype=torch.float32)",
    "torch.randint(0, 2 ** 25, (2,), dtype=torch.float32)",
    "torch.randint(0, 10, (2,), requires_grad=True)",
    "torch.randint(0, 10, (2,), dtype=torch.float32, requires_grad=True)",
    "torch.randint(0, 10, (-2,))",
    "torch.randint(0, 10, (2,), generator=torch.Generator())",
    "torch.randint(torch.tensor(3), (2,))",
    "torch.randint(0, 70000, (2,), dtype=torch.float16)",
    "torch.randperm(4, dtype=torch.float16)",
    "torch.randperm(3000, dtype=torch.float16)",
    "torch.randperm(200, dtype=torch.int8)",
    "torch.randperm(4, requires_grad=True)",
    "torch.randperm(0)",
    "torch.randperm(4, out=torch.zeros(4, dtype=torch.int64))",
    "torch.randperm(4, out=torch.zeros(4))",
    "torch.randperm(n=4)",
    "torch.normal(0, 1, (2,))",
    "torch.normal(0.0, 1.0, size=(2,))",
    "torch.normal(0.0, -1.0, size=(2,))",
    "torch.normal(torch.zeros(2), 1.0)",
    "torch.normal(torch.zeros(2), -1.0)",
    "torch.normal(0.0, torch.ones(2))",
    "torch.normal(torch.zeros(2), torch.ones(3))",
    "torch.normal(torch.zeros(2), torch.ones(3, 1)).shape",
    "torch.normal(torch.zeros(2), -torch.ones(2))",
    "torch.normal(torch.zeros(2, dtype=torch.int64), torch.ones(2))",
    "torch.normal(torch.zeros(2, dtype=torch.int64), 1.0)",
    "torch.normal(torch.zeros(2, dtype=torch.float64), torch.ones(2))",
    "torch.normal(torch.zeros(2), torch.ones(2, dtype=torch.float64))",
    "torch.normal(torch.zeros(2))",
    "torch.normal(mean=torch.zeros(2), std=1)",
    "torch.normal(mean=0.0, std=1.0, size=(2,), dtype=torch.float64)",
    "torch.normal(xr, 1.0)",
    "torch.normal(0.0, xr)",
    "torch.bernoulli(torch.tensor([0.0, 1.0]))",
    "torch.bernoulli(torch.tensor([0, 1]))",
    "torch.bernoulli(torch.zeros(2), 1.0)",
    "torch.bernoulli(torch.zeros(2), p=1.0)",
    "torch.bernoulli(torch.zeros(2, dtype=torch.int64), p=1.0)",
    "torch.bernoulli(torch.zeros(2), p=1.5)",
    "torch.bernoulli(xr * 0)",
    "torch.multinomial(torch.tensor([1.0, 2]), 1)",
    "torch.multinomial(torch.tensor([1.0, 2]), 3)",
    "torch.multinomial(torch.tensor([1.0, 2]), 3, replacement=True).shape",
    "torch.multinomial(torch.tensor([1.0, 2]), 0)",
    "torch.multinomial(torch.tensor([1.0, -2]), 1)",
    "torch.multinomial(torch.tensor([1.0, -2]), 1, True)",
    "torch.multinomial(torch.tensor([0.0, 0]), 1)",
    "torch.multinomial(torch.tensor([0.0, 0]), 1, True)",
    "torch.multinomial(torch.tensor([1.0, float('nan')]), 1)",
    "torch.multinomial(torch.tensor([1.0, float('inf')]), 1, True)",
    "torch.multinomial(torch.tensor([1.0, 0, 0]), 2)",
    "torch.multinomial(torch.tensor([1, 2]), 1)",
    "torch.multinomial(torch.tensor(1.0), 1)",
    "torch.multinomial(torch.ones(2, 2, 2), 1)",
    "torch.multinomial(torch.ones(2, 2, dtype=torch.float16), 1)",
    "torch.multinomial(torch.ones(2, 0), 1)",
    "torch.multinomial(torch.ones(0, 2), 1)",
    "torch.multinomial(torch.ones(2), 1, out=torch.zeros(1))",
    "torch.multinomial(torch.ones(2), 1.5)",
    "torch.multinomial(torch.ones(2), num_samples=1, replacement=True, generator=torch.Generator())",
    "torch.randn_like(x, dtype=torch.float64)",
    "torch.randn_like(xi)",
    "torch.rand_like(xi)",
    "torch.randint_like(x, 5)",
    "torch.randint_like(x, 1, 5)",
    "torch.randint_like(x, low=1, high=5)",
    "torch.randint_like(xi, 5)",
    "torch.randint_like(x, high=5, dtype=torch.int64)",
    "torch.randint_like(x, 5, 1)",
    "torch.rand_like(x, generator=torch.Generator())",
    "torch.rand(2, generator=None)",
]

FILLS = [
    "v.uniform_(3, 1)",
    "v.uniform_(0, 1e+39)",
    "v.uniform_(-3e+38, 3e+38)",
    "v.uniform_(**{'from': 1, 'to': 2})",
    "v.uniform_(1)",
    "xi.uniform_()",
    "xc.uniform_()",
    "xr.uniform_()",
    "y.uniform_()",
    "(xr * 2).normal_()",
    "(xr * 2).bernoulli_()",
    "(xr * 2).exponential_()",
    "(xr * 2).random_()",
    "(xr * 2).cauchy_()",
    "(xr * 2).geometric_(0.5)",
    "(xr * 2).log_normal_()",
    "v.normal_(0, -1)",
    "xi.normal_()",
    "xc.normal_()",
    "v.normal_(mean=1, std=2)",
    "v.bernoulli_(2)",
    "v.bernoulli_(torch.tensor([0.1, 0.2]))",
    "v.bernoulli_(torch.tensor([0, 1, 1]))",
    "xi.bernoulli_(0.5)",
    "xb.bernoulli_(0.5)",
    "xc.bernoulli_(0.5)",
    "v.bernoulli_(p=torch.tensor([0.1, 0.2, 0.1], dtype=torch.float64))",
    "v.bernoulli_(torch.tensor(0.5))",
    "torch.zeros(2, 3).bernoulli_(torch.tensor([0.0, 1, 0]))",
    "v.exponential_(0)",
    "v.exponential_(-1)",
    "v.exponential_(lambd=2)",
    "xi.exponential_()",
    "xc.exponential_()",
    "v.cauchy_(0, 0)",
    "xi.cauchy_()",
    "v.cauchy_(median=0, sigma=1)",
    "v.log_normal_(0, 0)",
    "xi.log_normal_()",
    "v.log_normal_(mean=1, std=2)",
    "v.geometric_(0)",
    "v.geometric_(1)",
    "xi.geometric_(0.5)",
    "xb.geometric_(0.5)",
    "xc.geometric_(0.5)",
    "xi.random_()",
    "xi.random_(10)",
    "xi.random_(2, 10)",
    "xi.random_(10, 2)",
    "xi.random_(0)",
    "xi.random_(-5, None)",
    "xi.random_(2, to=10)",
    "xi.random_(to=10)",
    "xb.random_()",
    "xc.random_()",
    "xi.to(torch.uint8).random_(-1, 3)",
    "xi.to(torch.uint8).random_(3, None)",
    "xb.random_(0, 2)",
    "v.random_(0, 2 ** 24 + 1)",
    "v.random_(0, 2 ** 24 + 3)",
    "v.random_(10, None)",
    "v.expand(2, 3).uniform_()",
    "torch.zeros(1).expand(3).normal_()",
    "torch.zeros(1).expand(3).bernoulli_()",
    "v.normal_(generator=torch.Generator())",
    "torch.empty(0).uniform_(3, 1)",
    "torch.empty(0).normal_(0, -1)",
    "torch.empty(0, dtype=torch.int64).random_(5, 3)",
    "torch.rand(3).bernoulli()",
    "torch.rand(3).bernoulli(0.5)",
    "torch.bernoulli(torch.rand(3).t())",
    "torch.rand(3).multinomial(2)",
    "torch.rand_like(torch.zeros(2, 3).t())",
]


@pytest.fixture(autouse=True)
def _named_torch():
    # Texts of errors name the package; here as they do in `python -m chainrule`.
    before = public_name()
    set_public_name("torch")
    yield
    set_public_name(before)


@pytest.mark.parametrize("line", CREATION)
def test_creation(line):
    run_in_both(line)


@pytest.mark.parametrize("line", RANDOM)
def test_random_creation(line):
    run_in_both(line)


@pytest.mark.parametrize("line", FILLS)
def test_random_fills(line):
    run_in_both(line)


# ---- to the last bit ----

RANGE_TYPES = ["float32", "float64", "int64", "int32"]


@pytest.mark.parametrize("dtype", RANGE_TYPES)
def test_linspace_to_the_last_bit(dtype):
    random = np.random.default_rng(0)
    for _ in range(500):
        start, end = random.normal(size=2) * 10.0 ** random.integers(-2, 3)
        steps = int(random.integers(0, 200))
        ours = chainrule.linspace(start, end, steps, dtype=getattr(chainrule, dtype))
        theirs = torch.linspace(start, end, steps, dtype=getattr(torch, dtype))
        np.testing.assert_array_equal(ours.numpy(), theirs.numpy())


@pytest.mark.parametrize("dtype", RANGE_TYPES)
def test_arange_to_the_last_bit(dtype):
    random = np.random.default_rng(0)
    for _ in range(500):
        start, step = random.normal(size=2) * 10.0 ** random.integers(-1, 3)
        if dtype.startswith("int"):
            step = float(np.sign(step)) * (1 + abs(step))
        end = start + step * (int(random.integers(1, 200)) - 0.5)
        if dtype.startswith("int") and (int(end) - int(start)) * step < 0:
            continue
        ours = chainrule.arange(start, end, step, dtype=getattr(chainrule, dtype))
        theirs = torch.arange(start, end, step, dtype=getattr(torch, dtype))
        np.testing.assert_array_equal(ours.numpy(), theirs.numpy())


def test_half_precision_ranges():
    ours, theirs = (t.linspace(-1.3, 2.2, 77, dtype=t.float16) for t in (chainrule, torch))
    np.testing.assert_allclose(ours.numpy(), theirs.numpy(), rtol=2e-3)


@pytest.mark.parametrize("dtype", ["float32", "float64", "complex64", "int64"])
def test_logspace(dtype):
    for start, end, steps, base in [(-1.2, 2.3, 33, 10), (0, 5, 4, 10), (1, 8, 8, 2), (3, 3, 1, 10), (0.5, -2, 9, 3.5)]:
        ours = chainrule.logspace(start, end, steps, base, dtype=getattr(chainrule, dtype))
        theirs = torch.logspace(start, end, steps, base, dtype=getattr(torch, dtype))
        np.testing.assert_allclose(ours.numpy(), theirs.numpy(), rtol=2e-6)


# ---- default types ----


@pytest.mark.parametrize("default", ["float64", "float16"])
def test_the_default_type_counts(default):
    lines = [
        "torch.tensor(1.5)",
        "torch.tensor([1, 2.5])",
        "torch.zeros(2)",
        "torch.rand(2)",
        "torch.arange(0, 1, 0.25)",
        "torch.linspace(0, 1, 3)",
        "torch.full((2,), 1.5)",
        "torch.eye(2)",
        "torch.Tensor([1, 2])",
        "torch.scalar_tensor(1)",
    ]
    libraries = (chainrule, torch)
    before = [library.get_default_dtype() for library in libraries]
    try:
        for library in libraries:
            library.set_default_dtype(getattr(library, default))
        for line in lines:
            run_in_both(line)
    finally:
        for library, dtype in zip(libraries, before, strict=True):
            library.set_default_dtype(dtype)
