"""`utils.data` beside PyTorch's: the same orders under a seed, the same batches, the same refusals."""

import collections
import re
import warnings

import numpy as np
import pytest

import chainrule
import chainrule.utils.data

torch = pytest.importorskip("torch")

BOTH = (torch, chainrule)
Point = collections.namedtuple("Point", ["x", "y"])  # noqa: PYI024 (what collation meets, without types)


def in_torchs_words(text):
    return text.replace("chainrule.", "torch.")


def outcome(function, library):
    # What a call gives, as text: its result, or the error and its message; and what it warns of.
    library.manual_seed(12)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            result = repr(function(library, library.utils.data))
        except Exception as error:  # noqa: BLE001 (whatever PyTorch raises)
            result = f"{type(error).__name__}: {error}"
        # Whether the stream of random numbers is where PyTorch's is.
        result += f"; then {library.rand(1).item():.4f}"
    said = {(w.category, in_torchs_words(str(w.message))) for w in caught}
    return re.sub(r"0x[0-9a-f]+", "0x", in_torchs_words(result)), said


def assert_same(function):
    theirs, ours = (outcome(function, library) for library in BOTH)
    assert ours == theirs


# ---- samplers ----

SAMPLERS = [
    lambda t, d: list(d.SequentialSampler("abc")),
    lambda t, d: [list(d.RandomSampler(range(20))) for _ in range(3)],
    lambda t, d: list(d.RandomSampler(range(20), generator=t.Generator().manual_seed(3))),
    lambda t, d: list(d.RandomSampler(range(5), num_samples=13)),
    lambda t, d: list(d.RandomSampler(range(50), num_samples=7)),
    lambda t, d: list(d.RandomSampler(range(5), replacement=True)),
    lambda t, d: list(d.RandomSampler(range(70), replacement=True)),
    lambda t, d: list(d.RandomSampler(range(5), True, 64)),
    lambda t, d: list(d.RandomSampler(range(5), True, 100, t.Generator().manual_seed(3))),
    lambda t, d: len(d.RandomSampler(range(5), num_samples=9)),
    lambda t, d: d.RandomSampler(range(5), replacement=1),
    lambda t, d: d.RandomSampler(range(5), num_samples=0),
    lambda t, d: d.RandomSampler(range(5), num_samples=2.5),
    lambda t, d: d.RandomSampler([]),
    lambda t, d: list(d.SubsetRandomSampler([3, 5, 8, 13])),
    lambda t, d: list(d.SubsetRandomSampler([3, 5, 8, 13], t.Generator().manual_seed(3))),
    lambda t, d: list(d.WeightedRandomSampler([0.1, 0.9, 0.4], 10)),
    lambda t, d: list(d.WeightedRandomSampler([0.1, 0.9, 0.4], 10, generator=t.Generator().manual_seed(3))),
    lambda t, d: list(d.WeightedRandomSampler(t.tensor([1, 2, 3]), 2)),
    lambda t, d: d.WeightedRandomSampler([[0.1, 0.9]], 2),
    lambda t, d: d.WeightedRandomSampler([0.1, 0.9], 0),
    lambda t, d: d.WeightedRandomSampler([0.1, 0.9], True),
    lambda t, d: d.WeightedRandomSampler([0.1, 0.9], 2, replacement=1),
    lambda t, d: list(d.WeightedRandomSampler([0.1, 0.9], 3, replacement=False)),
    lambda t, d: list(d.BatchSampler(range(10), 3, False)),
    lambda t, d: list(d.BatchSampler(range(10), 3, True)),
    lambda t, d: list(d.BatchSampler(d.RandomSampler(range(10)), 4, False)),
    lambda t, d: [len(d.BatchSampler(range(10), 3, drop_last)) for drop_last in (False, True)],
    lambda t, d: d.BatchSampler(range(10), 0, False),
    lambda t, d: d.BatchSampler(range(10), True, False),
    lambda t, d: d.BatchSampler(range(10), 2, 1),
    lambda t, d: next(iter(d.Sampler())),
    lambda t, d: len(d.Sampler()),
    lambda t, d: [list(d.DistributedSampler(range(11), 3, rank)) for rank in range(3)],
    lambda t, d: [list(d.DistributedSampler(range(11), 3, rank, seed=2, drop_last=True)) for rank in range(3)],
    lambda t, d: [list(d.DistributedSampler(range(2), 5, rank, shuffle=False)) for rank in range(5)],
    lambda t, d: [len(d.DistributedSampler(range(12), 5, 0, drop_last=drop)) for drop in (False, True)],
    lambda t, d: d.DistributedSampler(range(11), 3, 3),
]


@pytest.mark.parametrize("function", SAMPLERS)
def test_samplers(function):
    assert_same(function)


# ---- datasets ----


def stream(d, *items):
    class Stream(d.IterableDataset):
        def __iter__(self):
            return iter(items)

        def __len__(self):
            return len(items)

    return Stream()


def half_overridden(d):
    class Part(d.Subset):
        def __getitem__(self, index):
            return 1

    return Part("abc", [1])


def parts(splits):
    return [(list(part), part.indices) for part in splits]


DATASETS = [
    lambda t, d: d.TensorDataset(t.arange(3), t.arange(6).reshape(3, 2))[1],
    lambda t, d: d.TensorDataset(t.arange(3), t.arange(6).reshape(3, 2))[1:],
    lambda t, d: len(d.TensorDataset(t.arange(3))),
    lambda t, d: d.TensorDataset(t.arange(3), t.arange(4)),
    lambda t, d: d.Dataset()[0],
    lambda t, d: d.Dataset() + d.Dataset() and None,
    lambda t, d: list(d.StackDataset([1, 2], "ab")),
    lambda t, d: d.StackDataset(x=[1, 2], y="ab")[1],
    lambda t, d: d.StackDataset(x=[1, 2], y=d.Subset("abc", [2, 1])).__getitems__([1, 0]),
    lambda t, d: d.StackDataset([1, 2], d.Subset("abc", [2, 1])).__getitems__([1, 0]),
    lambda t, d: len(d.StackDataset([1, 2], "ab")),
    lambda t, d: d.StackDataset([1, 2], "abc"),
    lambda t, d: d.StackDataset([1, 2], y="ab"),
    lambda t, d: d.StackDataset(),
    lambda t, d: [d.ConcatDataset([range(3), range(10, 12)])[i] for i in (0, 2, 3, 4, -1, -5)],
    lambda t, d: d.ConcatDataset([range(3), range(10, 12)])[-6],
    lambda t, d: d.ConcatDataset([range(3), range(10, 12)])[5],
    lambda t, d: d.ConcatDataset([range(3), range(2)]).cumulative_sizes,
    lambda t, d: d.ConcatDataset([range(3), range(2)]).cummulative_sizes,
    lambda t, d: d.ConcatDataset([]),
    lambda t, d: d.ConcatDataset([stream(d, 1)]),
    lambda t, d: list(d.Subset("abcd", [0, 2]) + d.Subset("xyz", [1])),
    lambda t, d: list(stream(d, 1, 2) + stream(d, 3)),
    lambda t, d: len(stream(d, 1, 2) + stream(d, 3)),
    lambda t, d: list(d.ChainDataset([stream(d, 1), [2]])),
    lambda t, d: len(d.ChainDataset([stream(d, 1), [2]])),
    lambda t, d: d.Subset(t.arange(10), [5, 1, 7])[[0, 2]],
    lambda t, d: d.Subset("abc", [5])[0],
    lambda t, d: half_overridden(d),
    lambda t, d: parts(d.random_split(range(10), [3, 7])),
    lambda t, d: parts(d.random_split(range(10), [0.3, 0.3, 0.4])),
    lambda t, d: parts(d.random_split(range(11), [0.5, 0.25, 0.25])),
    lambda t, d: parts(d.random_split(range(10), [0.5, 0.5], t.Generator().manual_seed(42))),
    lambda t, d: parts(d.random_split(range(2), [0.9, 0.1])),
    lambda t, d: parts(d.random_split(range(1), [0.5, 0.5])),
    lambda t, d: parts(d.random_split(range(10), [3, 3])),
    lambda t, d: parts(d.random_split(range(10), [1.5, -0.5])),
    lambda t, d: parts(d.random_split(range(10), [0.5, 0.4])),
    lambda t, d: parts(d.random_split(range(10), [0, 10])),
    lambda t, d: d.Dataset[int] and d.DataLoader[int] and d.Sampler[int] and None,
]


@pytest.mark.parametrize("function", DATASETS)
def test_datasets(function):
    assert_same(function)


# ---- collation ----


class Ordered(collections.UserList):
    pass


SAMPLES = [
    lambda t: [1, 2, 3],
    lambda t: [1.5, 2.5],
    lambda t: [True, False],
    lambda t: [1, 2.5],
    lambda t: ["a", "bc"],
    lambda t: [b"a", b"bc"],
    lambda t: [None, None],
    lambda t: [1j, 2j],
    lambda t: [t.tensor([1, 2]), t.tensor([3, 4])],
    lambda t: [t.tensor(1.5), t.tensor(2.5)],
    lambda t: [t.tensor([1, 2]), t.tensor([3])],
    lambda t: [t.ones(2, requires_grad=True), t.zeros(2)],
    lambda t: [np.array([1.0, 2.0]), np.array([3.0, 4.0])],
    lambda t: [np.array(["a"]), np.array(["b"])],
    lambda t: [np.array([b"a"]), np.array([b"b"])],
    lambda t: [np.array([None]), np.array([None])],
    lambda t: [np.array([[1, 2]], np.int16)],
    lambda t: [np.array([1, 2], np.int16), np.array([1.5, 2.5])],
    lambda t: [np.array([1, 2]), np.array([3])],
    lambda t: [np.arange(4)[::2], np.arange(2)],
    lambda t: [np.arange(6).reshape(2, 3).T] * 2,
    lambda t: [np.array([1, 2], ">i4")] * 2,
    lambda t: [np.array(1.5), np.array(2.5)],
    lambda t: [np.zeros((0, 2))] * 2,
    lambda t: [np.float32(1.5), np.float32(2.5)],
    lambda t: [np.float64(1.5), np.float64(2.5)],
    lambda t: [np.int64(1), np.int64(2)],
    lambda t: [np.bool_(True), np.bool_(False)],
    lambda t: [np.str_("a"), np.str_("b")],
    lambda t: [(1, 2.5, "a"), (3, 4.5, "b")],
    lambda t: [[1, 2], [3, 4]],
    lambda t: [[1, 2], [3]],
    lambda t: [(1, 2), (3,)],
    lambda t: [[], []],
    lambda t: [{"a": 1, "b": [2, 3]}, {"b": [5, 6], "a": 4}],
    lambda t: [{"a": 1}, {"b": 2}],
    lambda t: [{}, {}],
    lambda t: [collections.OrderedDict(a=1), collections.OrderedDict(a=2)],
    lambda t: [collections.defaultdict(int, a=1), collections.defaultdict(int, a=2)],
    lambda t: [collections.Counter(a=1), collections.Counter(a=2)],
    lambda t: [Point(1, t.zeros(2)), Point(2, t.ones(2))],
    lambda t: [Point({"a": 1}, "x"), Point({"a": 2}, "y")],
    lambda t: [Ordered([1, 2]), Ordered([3, 4])],
    lambda t: [collections.deque([1, 2]), collections.deque([3, 4])],
    lambda t: [range(2), range(2)],
    lambda t: [bytearray(b"ab"), bytearray(b"cd")],
    lambda t: [{1, 2}, {3}],
    lambda t: [object],
    lambda t: [],
    lambda t: (1, 2),
]


@pytest.mark.parametrize("samples", SAMPLES)
def test_collation(samples):
    assert_same(lambda t, d: d.default_collate(samples(t)))


@pytest.mark.parametrize("samples", SAMPLES)
def test_conversion(samples):
    assert_same(lambda t, d: d.default_convert(samples(t)))
    assert_same(lambda t, d: [(type(each).__name__, d.default_convert(each)) for each in samples(t)])


def test_collation_with_functions_of_ones_own():
    def evens(batch, *, collate_fn_map=None):
        return sum(batch)

    def collated(t, d):
        module = d._utils.collate
        known = {int: evens, (float, str): lambda batch, *, collate_fn_map: batch}
        return [
            module.collate([{"a": 1, "b": 2.5}, {"a": 2, "b": 3.5}], collate_fn_map=known),
            module.collate([[True], [True]], collate_fn_map=known),
            module.collate([(1, "a"), (2, "b")], collate_fn_map=module.default_collate_fn_map),
        ]

    assert_same(collated)
    assert_same(lambda t, d: d._utils.collate.collate([1, 2]))


# ---- loaders ----


def rows(t, d):
    return d.TensorDataset(t.arange(10), t.arange(20.0).reshape(10, 2))


def noisy(t, d):
    class Noisy(d.Dataset):
        def __len__(self):
            return 5

        def __getitem__(self, index):
            return index, t.rand(1)

    return Noisy()


def once_for_all(t, d):
    class OnceForAll(d.Dataset):
        def __len__(self):
            return 5

        def __getitems__(self, indices):
            return [tuple(indices), (0,) * len(indices)]

    return OnceForAll()


def two_passes(loader):
    return [list(loader), list(loader)]


LOADERS = [
    lambda t, d: two_passes(d.DataLoader(rows(t, d))),
    lambda t, d: two_passes(d.DataLoader(rows(t, d), 3)),
    lambda t, d: two_passes(d.DataLoader(rows(t, d), 3, shuffle=True)),
    lambda t, d: two_passes(d.DataLoader(rows(t, d), 3, True, drop_last=True)),
    lambda t, d: two_passes(d.DataLoader(rows(t, d), 4, shuffle=True, generator=t.Generator().manual_seed(5))),
    lambda t, d: two_passes(d.DataLoader(noisy(t, d), 2, shuffle=True)),
    lambda t, d: two_passes(d.DataLoader(rows(t, d), None)),
    lambda t, d: two_passes(d.DataLoader(range(5), None, shuffle=True)),
    lambda t, d: two_passes(d.DataLoader(range(5), 2, sampler=[4, 0, 2])),
    lambda t, d: two_passes(d.DataLoader(range(5), batch_sampler=[[4, 0], [2]])),
    lambda t, d: two_passes(d.DataLoader(range(5), 2, collate_fn=list)),
    lambda t, d: two_passes(d.DataLoader(range(5), 2, pin_memory=True)),
    lambda t, d: two_passes(d.DataLoader(range(5), 2, pin_memory=True, pin_memory_device="cuda")),
    lambda t, d: two_passes(d.DataLoader(once_for_all(t, d), 2)),
    lambda t, d: two_passes(d.DataLoader(d.Subset(rows(t, d), [8, 1, 5]), 2, shuffle=True)),
    lambda t, d: two_passes(d.DataLoader(d.random_split(rows(t, d), [0.5, 0.5])[1], 2, shuffle=True)),
    lambda t, d: two_passes(d.DataLoader(d.ConcatDataset([rows(t, d), rows(t, d)]), 7, shuffle=True)),
    lambda t, d: two_passes(d.DataLoader(d.StackDataset(a=range(5), b=range(5)), 2, shuffle=True)),
    lambda t, d: two_passes(d.DataLoader({"a": 1, "b": 2}, sampler=["b", "a"])),
    lambda t, d: two_passes(d.DataLoader(range(5), sampler=d.WeightedRandomSampler([1, 1, 0, 0, 1], 6))),
    lambda t, d: two_passes(d.DataLoader(stream(d, 1, 2, 3, 4, 5), 2)),
    lambda t, d: two_passes(d.DataLoader(stream(d, 1, 2, 3, 4, 5), 2, drop_last=True)),
    lambda t, d: two_passes(d.DataLoader(stream(d, 1, 2, 3), None)),
    lambda t, d: two_passes(d.DataLoader(stream(d, 1, 2, 3), 2, shuffle=False)),
    lambda t, d: [len(d.DataLoader(range(10), 3, drop_last=drop)) for drop in (False, True)],
    lambda t, d: [len(d.DataLoader(stream(d, *range(10)), 3, drop_last=drop)) for drop in (False, True)],
    lambda t, d: len(d.DataLoader(stream(d, 1, 2), None)),
    lambda t, d: len(iter(d.DataLoader(range(10), 3))),
    lambda t, d: list(d.DataLoader([1, None], 2)),
    lambda t, d: next(iter(d.DataLoader(d.IterableDataset()))),
    lambda t, d: next(iter(d.DataLoader([], 2))),
    lambda t, d: d.DataLoader([], 2, shuffle=True),
    lambda t, d: d.DataLoader(range(3), num_workers=-1),
    lambda t, d: d.DataLoader(range(3), timeout=-1),
    lambda t, d: next(iter(d.DataLoader(range(3), timeout=1))),
    lambda t, d: d.DataLoader(range(3), prefetch_factor=2),
    lambda t, d: d.DataLoader(range(3), num_workers=1, prefetch_factor=-2),
    lambda t, d: d.DataLoader(range(3), persistent_workers=True),
    lambda t, d: d.DataLoader(range(3), shuffle=True, sampler=[1]),
    lambda t, d: d.DataLoader(range(3), 2, batch_sampler=[[1]]),
    lambda t, d: d.DataLoader(range(3), batch_sampler=[[1]], drop_last=True),
    lambda t, d: d.DataLoader(range(3), None, drop_last=True),
    lambda t, d: d.DataLoader(range(3), 0),
    lambda t, d: d.DataLoader(range(3), 2.5),
    lambda t, d: d.DataLoader(stream(d, 1), shuffle=True),
    lambda t, d: d.DataLoader(stream(d, 1), sampler=[1]),
    lambda t, d: d.DataLoader(stream(d, 1), batch_sampler=[[1]]),
    lambda t, d: d.DataLoader(range(3), multiprocessing_context="fork"),
    lambda t, d: d.DataLoader(range(3), num_workers=1, multiprocessing_context="thread"),
    lambda t, d: d.DataLoader(range(3), num_workers=1, multiprocessing_context=3),
    lambda t, d: d.DataLoader(range(3), num_workers=100) and None,
    lambda t, d: setattr(d.DataLoader(range(3)), "batch_size", 2),
    lambda t, d: setattr(d.DataLoader(range(3)), "dataset", 2),
    lambda t, d: setattr(d.DataLoader(range(3)), "timeout", 2),
    lambda t, d: d.get_worker_info(),
    lambda t, d: sorted(name for name in vars(d.DataLoader(range(3), 2, num_workers=1)) if not name.startswith("_")),
]


@pytest.mark.parametrize("function", LOADERS)
def test_loaders(function):
    assert_same(function)


def test_a_stream_longer_than_it_said():
    def passed(t, d):
        class Liar(d.IterableDataset):
            def __iter__(self):
                return iter(range(3))

            def __len__(self):
                return 2

            def __repr__(self):
                return "Liar"

        loader = d.DataLoader(Liar(), None)
        return len(loader), list(loader)

    assert_same(passed)


# ---- worker processes ----


def seeded(t, d):
    class Seeded(d.Dataset):
        def __len__(self):
            return 7

        def __getitem__(self, index):
            info = d.get_worker_info()
            import random

            return index, t.rand(2), np.random.rand(), random.random(), info.id, info.num_workers, info.seed  # noqa: NPY002

    return Seeded()


def counting(t, d, *lengths):
    class Counting(d.IterableDataset):
        def __iter__(self):
            info = d.get_worker_info()
            return iter(range(100 * info.id, 100 * info.id + lengths[info.id]))

    return Counting()


def tells(t, d):
    # As `worker_init_fn` sees itself.
    class Told(d.Dataset):
        told = None

        def __len__(self):
            return 3

        def __getitem__(self, index):
            return self.told

    def tell(worker):
        info = d.get_worker_info()
        info.dataset.told = (worker, info.id, t.initial_seed() == info.seed, t.get_num_threads(), t.rand(1).item())

    return list(d.DataLoader(Told(), 2, num_workers=2, worker_init_fn=tell))


WORKERS = [
    lambda t, d: two_passes(d.DataLoader(seeded(t, d), 2, num_workers=2)),
    lambda t, d: two_passes(d.DataLoader(seeded(t, d), 2, shuffle=True, num_workers=2)),
    lambda t, d: two_passes(d.DataLoader(seeded(t, d), 2, True, num_workers=1, prefetch_factor=1, drop_last=True)),
    lambda t, d: two_passes(d.DataLoader(seeded(t, d), 2, True, num_workers=2, persistent_workers=True)),
    lambda t, d: two_passes(d.DataLoader(seeded(t, d), 3, True, num_workers=2, generator=t.Generator().manual_seed(4))),
    lambda t, d: two_passes(d.DataLoader(range(5), None, sampler=d.RandomSampler(range(5)), num_workers=2)),
    lambda t, d: two_passes(d.DataLoader(counting(t, d, 5, 1), 2, num_workers=2)),
    lambda t, d: two_passes(d.DataLoader(counting(t, d, 0, 7), 2, num_workers=2)),
    lambda t, d: two_passes(d.DataLoader(counting(t, d, 5, 9), 2, num_workers=2, persistent_workers=True)),
    lambda t, d: two_passes(d.DataLoader(counting(t, d, 5, 4), 2, num_workers=2, drop_last=True)),
    lambda t, d: two_passes(d.DataLoader(rows(t, d), 4, True, num_workers=2, pin_memory=True)),
    tells,
]


@pytest.mark.parametrize("function", WORKERS)
def test_worker_processes(function):
    assert_same(function)


class PickyError(Exception):
    def __init__(self, one, two):
        super().__init__(one, two)


@pytest.mark.parametrize(
    "error", [ValueError("no 3"), KeyError("no 3"), StopIteration("no 3"), PickyError(1, 2), ZeroDivisionError()]
)
def test_errors_in_workers_are_raised_again(error):
    def passed(t, d):
        class Failing(d.Dataset):
            def __len__(self):
                return 8

            def __getitem__(self, index):
                if index == 3:
                    raise error
                return index

        iterator = iter(d.DataLoader(Failing(), 2, num_workers=2))
        got = [next(iterator).tolist()]
        with pytest.raises(Exception, match="Original Traceback") as caught:
            next(iterator)
        got += [batch.tolist() for batch in iterator]
        lines = str(caught.value).splitlines()
        return got, type(caught.value), lines[:2], lines[-3:]

    (theirs, _), (ours, _) = (outcome(passed, library) for library in BOTH)
    assert ours == theirs


def test_errors_of_what_sets_a_worker_up():
    def passed(t, d):
        def refuse(worker):
            raise ValueError(f"not {worker}")

        with pytest.raises(ValueError, match="Caught") as caught:
            next(iter(d.DataLoader(range(8), 2, num_workers=2, worker_init_fn=refuse)))
        lines = str(caught.value).splitlines()
        return lines[:2], lines[-3:]

    (theirs, _), (ours, _) = (outcome(passed, library) for library in BOTH)
    assert ours == theirs
