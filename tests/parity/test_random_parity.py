"""Random numbers against PyTorch: the same seed, the same numbers, and the same state afterwards."""

from pathlib import Path

import numpy as np
import pytest

import chainrule

torch = pytest.importorskip("torch")

SEEDS = [0, 1, 42, 5489, 2**32 + 3, 2**64 - 1]
SIZES = [0, 1, 2, 15, 16, 17, 31, 1000]
FLOATS = ["float32", "float64", "float16"]

# On Intel's processors PyTorch draws some numbers from a generator of MKL; everywhere else they are these.
try:
    ON_INTEL = "GenuineIntel" in Path("/proc/cpuinfo").read_text(encoding="utf-8")
except OSError:
    ON_INTEL = False
FROM_MKL = pytest.mark.skipif(ON_INTEL, reason="PyTorch draws these numbers from MKL on Intel's processors")

EXACT = {
    "rand": lambda t, n, d: t.rand(n, dtype=d),
    "uniform_": lambda t, n, d: t.empty(n, dtype=d).uniform_(-0.3, 0.45),
    "bernoulli": lambda t, n, d: t.bernoulli(t.rand(n, dtype=d)),
    "geometric_": lambda t, n, d: t.empty(n, dtype=d).geometric_(0.7),
    "random_": lambda t, n, d: t.empty(n, dtype=d).random_(),
    "randint": lambda t, n, d: t.randint(-3, 1000, (n,), dtype=d),
}
CLOSE = {
    "randn": lambda t, n, d: t.randn(n, dtype=d),
    "normal_": lambda t, n, d: t.empty(n, dtype=d).normal_(2, 0.3),
    "cauchy_": lambda t, n, d: t.empty(n, dtype=d).cauchy_(1, 2),
    "log_normal_": lambda t, n, d: t.empty(n, dtype=d).log_normal_(0.7, 0.4),
    "normal around means": lambda t, n, d: t.normal(t.arange(n).to(d), 2.0),
    "normal with deviations": lambda t, n, d: t.normal(1.0, t.rand(n, dtype=d)),
    "normal with both": lambda t, n, d: t.normal(t.arange(n).to(d), t.rand(n, dtype=d)),
}


def assert_same(ours, theirs, dtype, exact=True):
    assert str(ours.dtype).split(".")[1] == str(theirs.dtype).split(".")[1]
    tolerance = 0 if exact else 2e-3 if dtype == "float16" else 1e-6
    np.testing.assert_allclose(ours.numpy(), theirs.numpy(), rtol=tolerance, atol=tolerance)


def assert_same_state():
    # All but the normal number kept for the next draw, whose last bit depends on the C library's sine.
    ours, theirs = chainrule.get_rng_state().numpy(), torch.get_rng_state().numpy()
    np.testing.assert_array_equal(np.delete(ours, slice(5024, 5032)), np.delete(theirs, slice(5024, 5032)))


def both(call, *arguments):
    ours = call(chainrule, *(getattr(chainrule, a) if isinstance(a, str) else a for a in arguments))
    theirs = call(torch, *(getattr(torch, a) if isinstance(a, str) else a for a in arguments))
    return ours, theirs


def seed(number):
    chainrule.manual_seed(number)
    torch.manual_seed(number)
    assert_same_state()


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("name", [*EXACT, *CLOSE])
def test_one_draw_after_another(name, dtype):
    call = EXACT.get(name) or CLOSE[name]
    for number in SEEDS:
        seed(number)
        for n in SIZES:
            assert_same(*both(call, n, dtype), dtype, name in EXACT)
            assert_same_state()


@FROM_MKL
@pytest.mark.parametrize("dtype", FLOATS)
def test_draws_that_ask_mkl_on_intel(dtype):
    for number in SEEDS:
        seed(number)
        for n in SIZES:
            assert_same(*both(lambda t, n, d: t.empty(n, dtype=d).bernoulli_(0.3), n, dtype), dtype)
            assert_same(*both(lambda t, n, d: t.empty(n, dtype=d).exponential_(1.5), n, dtype), dtype, exact=False)
            assert_same_state()


# On other processors PyTorch has no vector code of its own for logarithm, sine and cosine.
@pytest.mark.skipif(
    torch.backends.cpu.get_cpu_capability() not in {"AVX2", "AVX512"}, reason="PyTorch computes these otherwise here"
)
@pytest.mark.parametrize("dtype", ["float32", "float16"])
def test_normal_numbers_to_the_last_bit(dtype):
    for number in SEEDS:
        seed(number)
        for n in (1, 15, 16, 17, 1000, 50_001):
            assert_same(*both(lambda t, n, d: t.randn(n, dtype=d), n, dtype), dtype)
            assert_same(*both(lambda t, n, d: t.empty(n, dtype=d).normal_(0.3, 1.7), n, dtype), dtype)
        assert_same_state()


def test_interleaved_draws():
    seed(7)
    order = np.random.default_rng(0)
    calls = {**EXACT, **CLOSE}
    for _ in range(300):
        name, dtype = str(order.choice(list(calls))), str(order.choice(FLOATS))
        assert_same(*both(calls[name], int(order.choice(SIZES)), dtype), dtype, name in EXACT)
    assert_same_state()


def test_long_draws():
    seed(3)
    n = 100_003
    for name in ("rand", "randint", "random_", "bernoulli"):
        assert_same(*both(EXACT[name], n, "float32"), "float32")
    for dtype in FLOATS:
        assert_same(*both(CLOSE["randn"], n, dtype), dtype, exact=False)
    assert_same(*both(lambda t: t.randperm(n)), "int64")
    assert_same_state()


@pytest.mark.parametrize("dtype", ["int64", "int32", "int16", "int8", "uint8", "bool"])
def test_integers_of_every_type(dtype):
    seed(5)
    for n in SIZES:
        assert_same(*both(lambda t, n, d: t.empty(n, dtype=d).random_(), n, dtype), dtype)
        assert_same(*both(lambda t, n, d: t.randint(0, 2, (n,), dtype=d), n, dtype), dtype)
        assert_same(*both(lambda t, n, d: t.empty(n, dtype=d).random_(1, None), n, dtype), dtype)
        assert_same(*both(lambda t, n, d: t.empty(n, dtype=d).bernoulli_(t.full((n,), 0.4)), n, dtype), dtype)
    assert_same_state()


@pytest.mark.parametrize(
    "bounds",
    [(0, 2**28 - 1), (0, 2**28), (-5, 2**40), (-(2**63), 2**63 - 1), (-(2**63) + 5, 2**63 - 1), (-(2**63), None)],
)
def test_wide_ranges(bounds):
    seed(5)
    for n in SIZES:
        assert_same(*both(lambda t, n: t.empty(n, dtype=t.int64).random_(*bounds), n), "int64")
    assert_same_state()


@pytest.mark.parametrize("n", [0, 1, 2, 10, 1000, 9_999, 10_000, 50_000])
def test_permutations(n):
    for number in SEEDS:
        seed(number)
        assert_same(*both(lambda t: t.randperm(n)), "int64")
        assert_same_state()


@pytest.mark.parametrize("dtype", FLOATS)
def test_multinomial_with_replacement(dtype):
    for number in SEEDS:
        seed(number)
        for n in (1, 2, 17, 500):
            ours, theirs = both(lambda t, n, d: t.multinomial(t.rand(3, n).to(d), 50, replacement=True), n, dtype)
            assert_same(ours, theirs, "int64")
        assert_same_state()


@FROM_MKL
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_multinomial_without_replacement(dtype):
    for number in SEEDS:
        seed(number)
        for n in (1, 2, 17, 500):
            k = min(n, 9)
            assert_same(*both(lambda t, n, d, k=k: t.multinomial(t.rand(3, n).to(d), k), n, dtype), "int64")
            assert_same(*both(lambda t, n, d: t.multinomial(t.rand(n).to(d), 1), n, dtype), "int64")
        assert_same_state()


@pytest.mark.parametrize("dtype", ["complex64", "complex128"])
def test_complex_numbers(dtype):
    seed(9)
    for n in SIZES:
        assert_same(*both(lambda t, n, d: t.rand(n, dtype=d), n, dtype), dtype)
        assert_same(*both(lambda t, n, d: t.randn(n, dtype=d), n, dtype), dtype, exact=False)
    assert_same_state()


VIEWS = {
    "transposed": lambda t: t.zeros(7, 5).t(),
    "permuted": lambda t: t.zeros(3, 4, 5).permute(2, 0, 1),
    "sliced": lambda t: t.zeros(9, 8)[::2, 1:7],
    "column": lambda t: t.zeros(40, 3)[:, 1],
    "channels last": lambda t: t.empty(2, 3, 4, 5, memory_format=t.channels_last),
}


@pytest.mark.parametrize("view", VIEWS)
def test_views_are_filled_in_the_order_of_memory(view):
    seed(2)
    for fill in (lambda x: x.uniform_(), lambda x: x.normal_(), lambda x: x.random_(100)):
        assert_same(*both(lambda t, fill=fill: fill(VIEWS[view](t))), "float32", exact=False)
    for like in ("rand_like", "randn_like"):
        ours, theirs = both(lambda t, like=like: getattr(t, like)(VIEWS[view](t)))
        assert ours.stride() == theirs.stride()
        assert_same(ours, theirs, "float32", exact=False)
    assert_same(*both(lambda t: t.bernoulli(t.full_like(VIEWS[view](t), 0.5))), "float32")
    assert_same_state()


def test_states_interchange():
    for n in (0, 1, 5, 623, 624, 1000):
        torch.manual_seed(n)
        torch.rand(n)
        torch.randn(3)
        chainrule.set_rng_state(chainrule.from_numpy(torch.get_rng_state().numpy()))
        assert_same(chainrule.rand(5), torch.rand(5), "float32")
        assert_same(chainrule.randn(5), torch.randn(5), "float32", exact=False)
        torch.set_rng_state(torch.from_numpy(chainrule.get_rng_state().numpy()))
        assert_same(chainrule.rand(5), torch.rand(5), "float32")


def test_generators():
    ours, theirs = chainrule.Generator(), torch.Generator()
    assert ours.initial_seed() == theirs.initial_seed()
    assert_same(chainrule.rand(5, generator=ours), torch.rand(5, generator=theirs), "float32")
    ours.manual_seed(-3)
    theirs.manual_seed(-3)
    assert ours.initial_seed() == theirs.initial_seed()
    assert_same(chainrule.randperm(5, generator=ours), torch.randperm(5, generator=theirs), "int64")
