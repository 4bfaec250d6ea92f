"""Random numbers: PyTorch's for the same seed (recorded from it), in the right distribution, from any thread."""

import copy
import hashlib
import pickle
import threading

import numpy as np
import pytest

import chainrule as torch

# What PyTorch 2.13 gives on the CPU after manual_seed(0). (On Intel's processors it draws the bernoulli_, exponential_
# and multinomial without replacement from a generator of MKL; these are its numbers everywhere else.)
RECORDED = {
    "rand": (lambda: torch.rand(3), [0.49625658988952637, 0.7682217955589294, 0.08847743272781372]),
    "rand of doubles": (
        lambda: torch.rand(3, dtype=torch.float64),
        [0.9700530018065531, 0.707819864399788, 0.45938294312745087],
    ),
    "rand of halves": (
        lambda: torch.rand(3, dtype=torch.float16),
        [0.496337890625, 0.76806640625, 0.0885009765625],
    ),
    "rand of complex numbers": (
        lambda: torch.rand(2, dtype=torch.complex64),
        [0.49625658988952637 + 0.7682217955589294j, 0.08847743272781372 + 0.13203048706054688j],
    ),
    "uniform_": (
        lambda: torch.empty(3).uniform_(-2, 5),
        [1.4737961292266846, 3.3775525093078613, -1.3806579113006592],
    ),
    "randn, from 16 on": (
        lambda: torch.randn(17).numpy()[[0, 7, 8, 15, 16]],
        [-1.1258398294448853, 1.85300612449646, 0.46809640526771545, -0.843676745891571, 0.9318265914916992],
    ),
    "randint": (lambda: torch.randint(100, (6,)), [44, 39, 33, 60, 63, 79]),
    "randint, wide": (lambda: torch.randint(-5, 2**40, (3,)), [741234585336, 506077272957, 291397093751]),
    "random_": (
        lambda: torch.empty(3, dtype=torch.int64).random_(),
        [900450186894289455, 3969543146641149120, 1895649597198586619],
    ),
    "random_ of int32": (
        lambda: torch.empty(3, dtype=torch.int32).random_(),
        [209652396, 398764591, 924231285],
    ),
    "randperm": (lambda: torch.randperm(10), [4, 1, 7, 5, 3, 9, 0, 8, 6, 2]),
    "randperm, long": (lambda: torch.randperm(20000).numpy()[:5], [16044, 15558, 2137, 17756, 6839]),
    "bernoulli_": (lambda: torch.empty(8).bernoulli_(0.5), [0, 0, 1, 0, 0, 0, 1, 1]),
    "bernoulli": (lambda: torch.bernoulli(torch.full((8,), 0.5)), [1, 0, 1, 1, 1, 0, 1, 0]),
    "geometric_": (lambda: torch.empty(6).geometric_(0.3), [1, 1, 3, 1, 2, 1]),
    "multinomial": (lambda: torch.multinomial(torch.tensor([1.0, 2, 3, 4]), 4), [2, 1, 3, 0]),
    "multinomial, repeating": (
        lambda: torch.multinomial(torch.tensor([1.0, 2, 3, 4]), 8, replacement=True),
        [3, 3, 2, 3, 3, 3, 1, 2],
    ),
}
RECORDED_TO_1E_6 = {
    "randn": (lambda: torch.randn(3), [1.5409960746765137, -0.293428897857666, -2.1787893772125244]),
    "randn of doubles": (
        lambda: torch.randn(16, dtype=torch.float64).numpy()[:4],
        [-2.310411800234176, -0.3732508612577643, -1.0608166785462863, 0.9995093547811761],
    ),
    "randn of complex numbers": (
        lambda: torch.randn(2, dtype=torch.complex64),
        [1.0896488428115845 - 0.20748557150363922j, -1.5406367778778076 + 0.40194159746170044j],
    ),
    "normal": (lambda: torch.normal(1.0, 2.0, (3,)), [4.081992149353027, 0.4131421744823456, -3.357578754425049]),
    "log_normal_": (
        lambda: torch.empty(3).log_normal_(),
        [59.2634162902832, 1.5115599632263184, 0.03481946140527725],
    ),
    "exponential_": (
        lambda: torch.empty(3).exponential_(),
        [3.508326292037964, 1.2303847074508667, 0.615044116973877],
    ),
    "cauchy_": (
        lambda: torch.empty(3).cauchy_(),
        [10.597729682922363, 0.7647672891616821, -0.12829934060573578],
    ),
}


@pytest.mark.parametrize("name", RECORDED)
def test_recorded_numbers(name):
    draw, expected = RECORDED[name]
    torch.manual_seed(0)
    assert draw().tolist() == expected


@pytest.mark.parametrize("name", RECORDED_TO_1E_6)
def test_recorded_normal_numbers(name):
    draw, expected = RECORDED_TO_1E_6[name]
    torch.manual_seed(0)
    np.testing.assert_allclose(np.asarray(draw()), expected, rtol=1e-6, atol=1e-6)


def test_recorded_digest_of_many_draws_in_turn():
    torch.manual_seed(123)
    digest = hashlib.sha256()
    for n in (1, 2, 15, 16, 31, 100):
        for drawn in (torch.rand(n), torch.rand(n, dtype=torch.float64), torch.randint(1000, (n,)), torch.randperm(n)):
            digest.update(drawn.numpy().tobytes())
        torch.randn(n)
    assert digest.hexdigest() == "26b5e026529d81b225da4366765e0184401f7f04c71159a0a78df5eb6e27736b"
    state = torch.get_rng_state().numpy()[:5000].tobytes()
    assert hashlib.sha256(state).hexdigest() == "2fe0b994b882016023631ee9ef7b1d7c4fb31247b584eb569d1eef66598f11ee"


# ---- seeds and states ----


def test_seeds_have_64_bits_of_which_the_generator_uses_32():
    assert torch.manual_seed(-1).initial_seed() == 2**64 - 1
    assert torch.rand(2).tolist() == [0.9937993884086609, 0.5713063478469849]
    torch.manual_seed(2**32 + 5)
    assert torch.rand(1).item() == torch.rand(1, generator=torch.Generator().manual_seed(5)).item()
    assert torch.initial_seed() == 2**32 + 5


@pytest.mark.parametrize("seed", [2**64, -(2**63) - 1])
def test_a_seed_of_more_bits_is_refused_and_changes_nothing(seed):
    torch.manual_seed(3)
    with pytest.raises(ValueError, match="Overflow when unpacking long long"):
        torch.manual_seed(seed)
    assert torch.initial_seed() == 3


@pytest.mark.parametrize("seed", [1.5, "1", None, True])
def test_a_generator_takes_integers_for_seeds(seed):
    with pytest.raises(RuntimeError, match=f"manual_seed expected a long, but got {type(seed).__name__}"):
        torch.Generator().manual_seed(seed)


def test_seed_is_unforeseeable_and_returned():
    first, second = torch.seed(), torch.seed()
    assert first != second
    assert torch.initial_seed() == second


def test_a_generator_has_a_stream_of_its_own():
    generator = torch.Generator()
    assert generator.initial_seed() == 67280421310721
    torch.manual_seed(0)
    assert torch.rand(2, generator=generator).tolist() == [0.267295241355896, 0.8725283145904541]
    assert torch.rand(1).item() == 0.49625658988952637


def test_another_object_is_no_generator():
    with pytest.raises(TypeError, match="'generator' must be"):
        torch.rand(2, generator=5)


def numbers():
    return [*torch.rand(3).tolist(), *torch.randn(3).tolist(), *torch.randint(9, (5,)).tolist()]


@pytest.mark.parametrize("draws_before", [0, 1, 3, 623, 624, 700])
def test_states_go_round(draws_before):
    torch.manual_seed(1)
    torch.rand(draws_before)
    torch.randn(1)  # the second normal number of the pair waits for the next draw, and is part of the state
    state = torch.get_rng_state()
    first = numbers()
    torch.set_rng_state(state)
    assert numbers() == first


def test_generators_can_be_cloned_copied_and_pickled():
    generator = torch.Generator().manual_seed(4)
    torch.randn(1, generator=generator)
    others = [generator.clone_state(), copy.deepcopy(generator), pickle.loads(pickle.dumps(generator))]
    expected = torch.randn(20, generator=generator).tolist()
    for other in others:
        assert other.initial_seed() == 4
        assert torch.randn(20, generator=other).tolist() == expected


@pytest.mark.parametrize(
    ("state", "error", "text"),
    [
        (5, TypeError, "expected a .*ByteTensor, but got int"),
        (torch.zeros(3), TypeError, "RNG state must be a .*ByteTensor"),
        (torch.zeros(3, dtype=torch.uint8), RuntimeError, "Expected a CPUGeneratorImplState of size 5056 but found"),
        (torch.zeros(5056, dtype=torch.uint8), RuntimeError, "Invalid mt19937 state"),
    ],
)
def test_what_is_no_state_is_refused_and_changes_nothing(state, error, text):
    torch.manual_seed(0)
    with pytest.raises(error, match=text):
        torch.set_rng_state(state)
    assert torch.rand(1).item() == 0.49625658988952637


def test_fork_rng_leaves_no_trace():
    torch.manual_seed(0)
    with torch.random.fork_rng():
        torch.manual_seed(5)
        torch.rand(10)
    assert torch.rand(1).item() == 0.49625658988952637
    with torch.random.fork_rng(enabled=False):
        torch.rand(1)
    assert torch.rand(1).item() == 0.08847743272781372


def test_fork_rng_knows_no_other_device():
    with pytest.raises(RuntimeError, match="CUDA"), torch.random.fork_rng(devices=[0]):
        pass


def test_cpu_generators_have_no_offset():
    for call in (lambda g: g.get_offset(), lambda g: g.set_offset(1)):
        with pytest.raises(RuntimeError, match="CPU Generator does not use offset"):
            call(torch.Generator())


def test_threads_share_a_stream_without_drawing_a_word_twice():
    torch.manual_seed(0)
    expected = np.sort(torch.rand(80_000).numpy())
    torch.manual_seed(0)
    drawn = []

    def draw():
        drawn.extend(torch.rand(100).numpy() for _ in range(100))

    threads = [threading.Thread(target=draw) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert np.array_equal(np.sort(np.concatenate(drawn)), expected)


# ---- distributions ----

MOMENTS = {
    "rand": (torch.rand, 1 / 2, 1 / 12),
    "randn": (torch.randn, 0, 1),
    "randn of doubles": (lambda n: torch.randn(n, dtype=torch.float64), 0, 1),
    "normal": (lambda n: torch.normal(3.0, 2.0, (n,)), 3, 4),
    "randint": (lambda n: torch.randint(0, 11, (n,)), 5, 10),
    "bernoulli_": (lambda n: torch.empty(n).bernoulli_(0.2), 0.2, 0.16),
    "bernoulli": (lambda n: torch.bernoulli(torch.full((n,), 0.2)), 0.2, 0.16),
    "exponential_": (lambda n: torch.empty(n).exponential_(0.5), 2, 4),
    "geometric_": (lambda n: torch.empty(n).geometric_(0.25), 4, 12),
    "log_normal_": (lambda n: torch.log(torch.empty(n).log_normal_(0, 0.5)), 0, 0.25),
}


@pytest.mark.parametrize("name", MOMENTS)
def test_mean_and_variance(name):
    draw, mean, variance = MOMENTS[name]
    torch.manual_seed(11)
    n = 40_000
    values = draw(n).numpy().astype(np.float64)
    assert abs(values.mean() - mean) < 5 * (variance / n) ** 0.5
    assert abs(values.var() / variance - 1) < 0.1


def test_cauchy_numbers_have_their_quartiles():
    torch.manual_seed(11)
    values = torch.empty(40_000).cauchy_(1.0, 2.0).numpy()
    np.testing.assert_allclose(np.quantile(values, [0.25, 0.5, 0.75]), [-1, 1, 3], atol=0.1)


def test_multinomial_draws_in_proportion():
    torch.manual_seed(11)
    weights = torch.tensor([[1.0, 2.0, 3.0, 4.0], [4.0, 0.0, 0.0, 4.0]])
    drawn = torch.multinomial(weights, 40_000, replacement=True).numpy()
    shares = np.array([np.bincount(row, minlength=4) for row in drawn]) / 40_000
    np.testing.assert_allclose(shares, [[0.1, 0.2, 0.3, 0.4], [0.5, 0, 0, 0.5]], atol=0.015)
    without = torch.multinomial(torch.ones(30, 5), 5).numpy()
    assert (np.sort(without, axis=1) == np.arange(5)).all()


@pytest.mark.parametrize("n", [0, 1, 2, 9_999, 10_000, 30_000])
def test_randperm_is_a_permutation(n):
    assert np.array_equal(np.sort(torch.randperm(n).numpy()), np.arange(n))


def test_uniform_numbers_stay_below_the_bound():
    torch.manual_seed(0)
    values = torch.empty(200_000, dtype=torch.float16).uniform_(0, 1)
    assert values.numpy().max() < 1
    assert torch.empty(3).uniform_(2, 2).tolist() == [2, 2, 2]


# ---- filling what is there ----


def test_a_transposed_tensor_is_filled_in_the_order_of_its_memory():
    torch.manual_seed(0)
    expected = torch.rand(2, 3).t()
    torch.manual_seed(0)
    assert torch.empty(2, 3).t().uniform_().tolist() == expected.tolist()


def test_part_of_a_tensor_is_filled_and_the_rest_is_not():
    x = torch.zeros(4, 4)
    x[1:3, ::2].uniform_(1, 2)
    assert (x.numpy() != 0).tolist() == [[False] * 4, [True, False] * 2, [True, False] * 2, [False] * 4]


def test_filling_counts_as_a_change_and_forgets_history():
    x = torch.ones(3, requires_grad=True)
    y = x * 2
    version = y._version
    y.uniform_()
    assert y._version == version + 1
    assert y.grad_fn.name() == "UniformBackward0"
    y.sum().backward()
    assert x.grad.tolist() == [0, 0, 0]


@pytest.mark.parametrize(
    ("draw", "node"),
    [
        (lambda x: x.uniform_(), "UniformBackward0"),
        (lambda x: x.normal_(), "NormalBackward0"),
        (lambda x: x.log_normal_(), "LogNormalBackward0"),
        (lambda x: x.cauchy_(), "CauchyBackward0"),
        (lambda x: x.exponential_(), "ExponentialBackward0"),
        (lambda x: x.geometric_(0.5), "GeometricBackward0"),
        (lambda x: x.random_(), "RandomBackward2"),
        (lambda x: x.random_(2, 5), "RandomBackward0"),
        (lambda x: x.bernoulli_(), "BernoulliBackward2"),
        (lambda x: x.bernoulli_(torch.tensor(0.5)), "BernoulliBackward1"),
        (torch.bernoulli, "BernoulliBackward0"),
        (lambda x: torch.normal(x, 1.0), "NormalBackward1"),
        (lambda x: torch.normal(0.0, x), "NormalBackward2"),
        (lambda x: torch.normal(x, x), "NormalBackward3"),
    ],
)
def test_what_is_drawn_has_a_gradient_of_zero(draw, node):
    x = torch.full((3,), 0.5, requires_grad=True)
    drawn = draw(x * 1)
    assert drawn.grad_fn.name() == node
    (grad,) = torch.autograd.grad(drawn, x, torch.ones(3))
    assert grad.tolist() == [0, 0, 0]


@pytest.mark.parametrize("fill", ["uniform_", "normal_", "bernoulli_", "exponential_", "random_", "cauchy_"])
def test_a_leaf_that_requires_grad_is_filled_only_under_no_grad(fill):
    x = torch.ones(3, requires_grad=True)
    with pytest.raises(RuntimeError, match="a leaf Variable that requires grad is being used in an in-place operation"):
        getattr(x, fill)()
    assert x.tolist() == [1, 1, 1]
    with torch.no_grad():
        getattr(x, fill)()


def test_an_expanded_tensor_cannot_be_filled():
    with pytest.raises(RuntimeError, match="more than one element of the written-to tensor refers to a single memory"):
        torch.zeros(1).expand(3).uniform_()


@pytest.mark.parametrize(
    ("fill", "text"),
    [
        (lambda x: x.uniform_(3, 1), r"uniform_ expects to return a \[from, to\) range, but found from=3 > to=1"),
        (lambda x: x.uniform_(0, 1e39), "to is out of bounds for float"),
        (lambda x: x.normal_(0, -1), "normal expects std >= 0.0, but found std -1"),
        (lambda x: x.bernoulli_(2), r"bernoulli_ expects p to be in \[0, 1\], but got p=2"),
        (lambda x: x.bernoulli_(torch.tensor([0.5, 0.5, 2])), "Expected p_in >= 0 && p_in <= 1 to be true"),
        (lambda x: x.exponential_(0), "exponential_ expects lambda > 0.0, but found lambda=0"),
        (lambda x: x.cauchy_(0, 0), "cauchy_ expects sigma > 0.0, but found sigma=0"),
        (lambda x: x.log_normal_(0, 0), "log_normal_ expects std > 0.0, but found std=0"),
        (lambda x: x.geometric_(1), r"geometric_ expects p to be in \(0, 1\), but got p=1"),
        (lambda x: x.random_(5, 5), "random_ expects 'from' to be less than 'to', but got from=5 >= to=5"),
    ],
)
def test_wrong_parameters_are_named_and_change_nothing(fill, text):
    x = torch.ones(3)
    torch.manual_seed(0)
    with pytest.raises(RuntimeError, match=text):
        fill(x)
    assert x.tolist() == [1, 1, 1]
    assert torch.rand(1).item() == 0.49625658988952637


@pytest.mark.parametrize(
    ("call", "error", "text"),
    [
        (lambda: torch.rand(2, dtype=torch.int64), NotImplementedError, '"check_uniform_bounds" not implemented for'),
        (lambda: torch.randn(2, dtype=torch.int64), NotImplementedError, '"normal_kernel_cpu" not implemented for'),
        (lambda: torch.rand(-1), RuntimeError, "Trying to create tensor with negative dimension -1"),
        (lambda: torch.randint(0, 300, (2,), dtype=torch.uint8), RuntimeError, "to - 1 is out of bounds for unsigned"),
        (lambda: torch.randint(10, 2), TypeError, "argument 'size' .* must be tuple of ints, not int"),
        (lambda: torch.randperm(-1), RuntimeError, "Trying to create tensor with negative dimension -1"),
        (lambda: torch.randperm(200, dtype=torch.int8), RuntimeError, "cannot be converted to type int8_t without"),
        (lambda: torch.multinomial(torch.ones(2), 3), RuntimeError, "cannot sample n_sample > prob_dist.size"),
        (lambda: torch.multinomial(torch.tensor([1.0, -1]), 1), RuntimeError, "`inf`, `nan` or element < 0"),
        (lambda: torch.multinomial(torch.zeros(2), 1), RuntimeError, "sum of probabilities <= 0"),
        (lambda: torch.normal(torch.zeros(2), -torch.ones(2)), RuntimeError, "normal expects all elements of std >= 0"),
        (lambda: torch.bernoulli(torch.tensor([0, 1])), NotImplementedError, "bernoulli_tensor_cpu_p_"),
    ],
)
def test_errors(call, error, text):
    with pytest.raises(error, match=text):
        call()
