"""Memory shared with NumPy that changes behind the graph is an error that names both lines, and costs nobody else."""

import gc
import os
import subprocess
import sys
import threading
import weakref
from pathlib import Path

import numpy as np
import pytest

import chainrule as torch
from chainrule.engine import shared_memory
from chainrule.engine.shared_memory import (
    MOST_KEPT,
    MOST_KEPT_EACH_TIME,
    SharedStamp,
    are_values_of,
    set_check_shared_memory,
    values_of,
)
from chainrule.engine.versions import SHARED

CHANGED = r"has been modified through NumPy, which shares its memory"


def leaf(*values):
    return torch.tensor(values or [1.0, 2.0], dtype=torch.float64, requires_grad=True)


def is_shared(tensor):
    return bool(tensor._version_counter[0] & SHARED)


@pytest.fixture(autouse=True)
def nothing_is_left():
    before = set(shared_memory._sharings)
    yield
    if not set(shared_memory._sharings) <= before:
        gc.collect()  # what pytest.raises caught holds frames
    assert set(shared_memory._sharings) <= before


# ---- arrays that tensors are made of ---------------------------------------------------------------------------------

MAKERS = {
    "from_numpy": torch.from_numpy,
    "as_tensor": torch.as_tensor,
    "asarray": torch.asarray,
    "from_dlpack": torch.from_dlpack,
    "a capsule": lambda array: torch.from_dlpack(array.__dlpack__()),
    "another library's DLPack": lambda array: torch.from_dlpack(Exporter(array)),
    "frombuffer": lambda array: torch.frombuffer(array, dtype=torch.float64),
    "asarray of a buffer": lambda array: torch.asarray(memoryview(array), dtype=torch.float64),
    "DoubleTensor": torch.DoubleTensor,
    "a Parameter": lambda array: torch.nn.Parameter(torch.from_numpy(array)),
    "a leaf": lambda array: torch.from_numpy(array).requires_grad_(),
    "detach": lambda array: torch.from_numpy(array).detach(),
    "data": lambda array: torch.from_numpy(array).data,
    "data of a view": lambda array: torch.from_numpy(array)[:].data,
    "data that is set": lambda array: set_data(torch.zeros(2, dtype=torch.float64), torch.from_numpy(array)),
    "a view": lambda array: torch.from_numpy(array)[:],
    "a reversed view": lambda array: torch.from_numpy(array[::-1]),
    "a tensor of a tensor": lambda array: torch.DoubleTensor(torch.from_numpy(array)),
    "an array of a tensor of an array": lambda array: torch.from_numpy(torch.from_numpy(array).numpy()),
    "the array itself": lambda array: array,
}


class Exporter:
    def __init__(self, array):
        self.array = array

    def __dlpack__(self, **options):
        return self.array.__dlpack__(**options)

    def __dlpack_device__(self):
        return self.array.__dlpack_device__()


def set_data(tensor, data):
    tensor.data = data
    return tensor


@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
def test_an_array_that_changes_behind_the_graph_is_an_error(make):
    array = np.array([1.0, 2.0])
    w = leaf()
    loss = (w * make(array)).sum()
    array[1] = 9
    with pytest.raises(RuntimeError, match=CHANGED):
        loss.backward()
    assert w.grad is None


@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
def test_an_array_that_does_not_change_is_none(make):
    array = np.array([1.0, 2.0])
    w = leaf()
    made = make(array)
    (w * made).sum().backward()
    assert w.grad.tolist() == np.asarray(made.detach() if isinstance(made, torch.Tensor) else made).tolist()
    array[:] = 9
    w.grad = None
    (w * made).sum().backward()
    assert w.grad.tolist() == [9, 9]


@pytest.mark.parametrize("kind", ["matrix", "masked array", "memmap", "unaligned"])
def test_arrays_of_other_kinds(kind, tmp_path):
    array = np.array([[1.0, 2.0]])
    if kind == "matrix":
        array = array.view(np.matrix)
    elif kind == "masked array":
        array = np.ma.masked_array(array, [[False, True]])
    elif kind == "memmap":
        array = np.memmap(tmp_path / "numbers", np.float64, "w+", shape=(1, 2))
        array[:] = [[1, 2]]
    else:
        array = np.frombuffer(bytearray(17), np.float64, offset=1).reshape(1, 2)
        array[:] = [[1, 2]]
    w = torch.ones(1, 2, dtype=torch.float64, requires_grad=True)
    row = torch.from_numpy(array)[0]
    (w * row).sum().backward()
    assert w.grad.tolist() == [[1, 2]]
    loss = (w * row).sum()
    array[0, 0] = 9
    assert row.tolist() == [9, 2]
    with pytest.raises(RuntimeError, match=CHANGED):
        loss.backward()


def test_a_function_of_numpy_watches_its_array_too():
    array, w = np.array([1.0, 2.0]), leaf()
    for loss in (np.multiply(array, w).sum(), np.dot(w, array), np.einsum("i,i->", w, array)):
        array[0] += 1
        with pytest.raises(RuntimeError, match=CHANGED):
            loss.backward()


# ---- arrays that NumPy is lent ---------------------------------------------------------------------------------------

LENDERS = {
    "numpy": lambda y: y.detach().numpy(),
    "numpy of data": lambda y: y.data.numpy(),
    "numpy of a view of data": lambda y: y.data[:].numpy(),
    "force": lambda y: y.numpy(force=True),
    "asarray": lambda y: np.asarray(y.detach()),
    "array without a copy": lambda y: np.array(y.detach(), copy=False),
    "from_dlpack": lambda y: np.from_dlpack(y.detach()),
    "a capsule": lambda y: torch.from_dlpack(torch.to_dlpack(y.detach())),
    "a slice of an array": lambda y: y.detach().numpy()[1:][::-1],
    "a memoryview of an array": lambda y: np.asarray(memoryview(y.detach().numpy())),
    "a reshaped slice of a view": lambda y: y.detach()[1:].numpy().reshape(1, 1),
    "another type of its bytes": lambda y: y.detach().numpy().view(np.int64),
    "a function of NumPy": lambda y: np.lib.stride_tricks.as_strided(y.detach(), (1, 2)),
    "another tensor": lambda y: torch.from_numpy(y.detach().numpy()),
}


@pytest.mark.parametrize("lend", LENDERS.values(), ids=LENDERS)
@pytest.mark.parametrize("kept", [True, False], ids=["kept", "let go"])
def test_an_array_lent_after_values_were_saved_and_changed_is_an_error(lend, kept):
    x = leaf()
    y = x.exp()
    array = lend(y)
    array[...] = 9
    if not kept:
        del array
    with pytest.raises(RuntimeError, match=CHANGED):
        y.sum().backward()
    assert x.grad is None


@pytest.mark.parametrize("lend", LENDERS.values(), ids=LENDERS)
def test_an_array_lent_before_values_were_saved_and_changed_is_an_error(lend):
    x = leaf()
    with torch.no_grad():
        y = x.exp()
    array = lend(y)
    w = leaf()
    loss = (w * y).sum()
    array[...] = 9
    with pytest.raises(RuntimeError, match=CHANGED):
        loss.backward()


@pytest.mark.parametrize("lend", LENDERS.values(), ids=LENDERS)
def test_an_array_changed_before_values_are_saved_is_none(lend):
    x = leaf()
    with torch.no_grad():
        y = x.exp()
    array = lend(y)
    array[...] = 9
    w = leaf()
    loss = (w * y).sum()
    del array
    loss.backward()
    assert w.grad.tolist() == y.tolist()


def test_functions_of_numpy_that_write_are_noticed():
    for write in (
        lambda y: np.copyto(y, 0),
        lambda y: np.put(y, [0], 5),
        lambda y: np.place(y, np.array([True, False]), [7]),
    ):
        y = leaf().exp()
        write(y.detach())
        with pytest.raises(RuntimeError, match="modified by an inplace operation"):
            y.sum().backward()


def test_what_was_saved_before_and_after_a_change_is_told_apart():
    w = leaf(1.0, 2.0)
    before = (w * w).sum()
    w.detach().numpy()[0] = 5
    after = (w * w).sum()
    after.backward()
    assert w.grad.tolist() == [10, 4]
    with pytest.raises(RuntimeError, match=CHANGED):
        before.backward()


def test_values_that_are_put_back_are_as_good_as_unchanged():
    x = leaf()
    y = x.exp()
    array = y.detach().numpy()
    array += 1
    array -= 1
    y.sum().backward()
    np.testing.assert_array_equal(x.grad, y.detach())


def test_a_change_of_another_part_of_a_borrowed_array_is_none():
    array = np.ones(4)
    w = leaf()
    loss = (w * torch.from_numpy(array)[:2]).sum()
    array[2:] = 9
    loss.backward()
    assert w.grad.tolist() == [1, 1]


# ---- what the error says ---------------------------------------------------------------------------------------------


def test_the_error_names_the_lines_that_saved_and_shared():
    array = np.array([1.0, 2.0])
    t = torch.from_numpy(array)
    shared = sys._getframe().f_lineno - 1
    w = leaf()
    loss = (w * t).sum()
    saved = sys._getframe().f_lineno - 1
    array *= 2
    with pytest.raises(RuntimeError) as error:
        loss.backward()
    sentence, *lines = str(error.value).splitlines()
    assert sentence == (
        "one of the variables needed for gradient computation has been modified through NumPy, which shares its "
        "memory: [torch.DoubleTensor [2]]."
    )
    assert lines[0].startswith(f"  MulBackward0 needs the values as they were at {__file__}:{saved}: loss = ")
    assert lines[1] == f"  memory shared with NumPy by from_numpy() at {__file__}:{shared}: t = torch.from_numpy(array)"
    assert "torch.tensor(array)" in lines[2]


def test_the_error_names_the_line_of_an_array_that_is_gone():
    y = leaf().exp()
    y.detach().numpy()[:] = 0
    shared = sys._getframe().f_lineno - 1
    with pytest.raises(RuntimeError) as error:
        y.sum().backward()
    assert "[torch.DoubleTensor [2]], which is output 0 of Exp." in str(error.value)
    assert f"by numpy() at {__file__}:{shared}: y.detach().numpy()[:] = 0" in str(error.value)


def test_a_change_in_place_is_told_as_one():
    array = np.array([1.0, 2.0])
    t = torch.from_numpy(array)
    loss = (leaf() * t).sum()
    t.add_(1)
    with pytest.raises(RuntimeError, match=r"modified by an inplace operation.* is at version 1; expected version 0"):
        loss.backward()


def test_changes_in_place_are_counted_as_ever_after_numpy_made_one():
    w = leaf()
    loss = (w * w).sum()
    w.detach().numpy()[0] = 5
    assert w._version == 0
    with torch.no_grad():
        w.add_(1)
    assert w._version == 1
    with pytest.raises(RuntimeError, match=r"is at version 1; expected version 0 instead(.|\n)*add_"):
        loss.backward()


# ---- every derivative, every order -----------------------------------------------------------------------------------


def test_a_recorded_backward_watches_too():
    array = np.array([1.0, 2.0])
    x = torch.from_numpy(array).requires_grad_()
    (g,) = torch.autograd.grad((x**3).sum(), x, create_graph=True)
    array[0] = 9
    with pytest.raises(RuntimeError, match=CHANGED):
        g.sum().backward()


def test_a_graph_kept_for_a_second_backward_is_checked_again():
    array = np.array([1.0, 2.0])
    w = leaf()
    loss = (w * torch.from_numpy(array)).sum()
    loss.backward(retain_graph=True)
    array[0] = 9
    with pytest.raises(RuntimeError, match=CHANGED):
        loss.backward()
    assert w.grad.tolist() == [1, 2]


def test_several_operands_and_linear_layers():
    array = np.ones((4, 2), dtype=np.float32)
    layer = torch.nn.Linear(2, 3)
    loss = layer(torch.from_numpy(array)).relu().sum()
    array[3, 1] = 5
    with pytest.raises(RuntimeError, match=CHANGED):
        loss.backward()
    array, w = np.ones((2, 2)), torch.ones(2, 2, dtype=torch.float64, requires_grad=True)
    loss = torch.cat([w, torch.from_numpy(array)]).pow(2).sum() + torch.einsum("ij,jk->", w, torch.from_numpy(array))
    array[0, 0] = 5
    with pytest.raises(RuntimeError, match=CHANGED):
        loss.backward()


# ---- fingerprints ----------------------------------------------------------------------------------------------------

KINDS = [np.float32, np.float64, np.float16, np.int64, np.uint8, np.complex64, np.bool_]
COUNTS = [1, 7, MOST_KEPT_EACH_TIME // 8 + 1, 70_001]


def changes_of(array):
    yield "one element", lambda a: a.put(a.size // 2, not a.flat[a.size // 2])
    yield "the last bit", lambda a: a.view(np.uint8).reshape(-1).__setitem__(-1, a.view(np.uint8).reshape(-1)[-1] ^ 1)
    if array.size > 1:
        yield "two elements swapped", lambda a: a.put([0, a.size - 1], [a.flat[a.size - 1], a.flat[0]])
        yield "neighbours swapped", lambda a: a.put([0, 1], [a.flat[1], a.flat[0]])
        yield "reversed", lambda a: a.__setitem__(slice(None), a[::-1].copy())
        yield "rolled", lambda a: a.__setitem__(slice(None), np.roll(a, 1))
        if array.dtype.kind in "fic":
            yield "signs", lambda a: np.negative(a, out=a)
            yield "two signs", lambda a: a.put([1, -1], [-a.flat[1], -a.flat[-1]])


@pytest.mark.parametrize("count", COUNTS)
@pytest.mark.parametrize("kind", KINDS)
def test_any_change_is_seen(kind, count):
    original = (np.arange(count) % 251 + 1).astype(kind)
    if kind is np.bool_:
        original[: count // 2] = False
    for stamped in (values_of(original), SharedStamp(0, original, ("", None)).values):
        assert are_values_of(original, stamped)
        assert are_values_of(original.copy(), stamped)
        for name, change in changes_of(original):
            array = original.copy()
            change(array)
            assert are_values_of(array, stamped) == (array.tobytes() == original.tobytes()), name


@pytest.mark.parametrize("part", [np.s_[:], np.s_[::2, 1:], np.s_[::-1], np.s_[:, 3], np.s_[5]])
@pytest.mark.parametrize("turned", [False, True])
def test_arrays_that_are_not_in_one_piece(part, turned):
    whole = np.random.default_rng(0).random((300, 40))
    array = whole.T[part] if turned else whole[part]
    stamped = SharedStamp(0, array, ("", None)).values
    hashed = values_of(array)
    assert are_values_of(array, stamped)
    array[...] = array[::-1].copy()
    assert not are_values_of(array, stamped)
    assert not are_values_of(array, hashed)


def test_values_that_are_no_numbers_and_signed_zeros():
    array = np.array([np.nan, np.inf, 0.0])
    w = leaf(1.0, 2.0, 3.0)
    loss = (w * torch.from_numpy(array)).sum()
    loss.backward(retain_graph=True)
    array[2] = -0.0
    with pytest.raises(RuntimeError, match=CHANGED):
        loss.backward()


def test_what_is_too_large_to_keep_is_hashed():
    array = np.zeros(MOST_KEPT // 8 + 1)
    stamp = SharedStamp(0, array, ("", None))
    assert isinstance(stamp.values, int)
    array[-1] = 1
    assert not are_values_of(array, stamp.values)


def test_of_all_that_is_lent_only_so_much_is_kept():
    result = torch.ones(1 << 20, requires_grad=True).exp()
    assert shared_memory.kept.bytes == 0
    arrays = [result.detach().numpy() for _ in range(30)]
    assert result.numel() * 4 * 10 < shared_memory.kept.bytes <= shared_memory.MOST_KEPT_OF_LENT
    arrays[25][-1] = 0  # one that is only hashed
    del arrays
    assert shared_memory.kept.bytes == 0
    with pytest.raises(RuntimeError, match=CHANGED):
        result.sum().backward()


def test_the_same_values_are_kept_once():
    array = np.ones((100, 100))
    w, x = torch.from_numpy(array), torch.ones(100, 100, dtype=torch.float64, requires_grad=True)
    y = x
    for _ in range(3):
        y = w @ y
    nodes = [y.grad_fn]
    while nodes[-1].next_functions[-1][0].name().startswith("Mm"):
        nodes.append(nodes[-1].next_functions[-1][0])
    stamps = [node.saved[2] for node in nodes]
    assert len(stamps) == 3
    assert len({id(stamp.values) for stamp in stamps}) == 1
    array[0, 0] = 2
    other = (w @ x).grad_fn.saved[2]
    assert other.values != stamps[0].values


# ---- who does not share does not pay ---------------------------------------------------------------------------------


def test_an_array_that_nobody_else_holds_is_not_watched():
    for made in (
        torch.from_numpy(np.ones(2)),
        torch.from_numpy(np.ones((2, 2))[0]),
        torch.from_numpy(np.ones(4).reshape(2, 2).T[1]),
        torch.as_tensor(np.ones(2)),
    ):
        (leaf() * made).sum()
        assert not is_shared(made)


def test_an_array_that_somebody_holds_in_any_way_is_watched():
    array = np.ones((2, 2))
    holders = [array[0], memoryview(np.ones(2)), torch.from_numpy(np.ones(2)).numpy()]
    watched = np.ones(2)
    reference = weakref.ref(watched)
    made = [torch.from_numpy(array[0]), torch.from_numpy(np.asarray(holders[1])), torch.from_numpy(holders[2])]
    made.append(torch.from_numpy(watched))
    del watched
    for tensor in made:
        (leaf() * tensor).sum()
        assert is_shared(tensor)
    assert reference() is not None


def test_a_tensor_is_not_watched_when_numpy_has_given_its_array_back():
    w = leaf()
    array = w.detach().numpy()
    assert is_shared(w)
    part = array[1:]
    del array
    assert is_shared(w)
    del part
    assert not is_shared(w)
    assert (w * w).grad_fn.saved[2] == 0


def test_a_tensor_that_is_not_shared_has_a_bare_counter():
    w = leaf()
    (w * torch.ones(2, dtype=torch.float64)).sum().backward()
    assert w._version_counter == bytearray(1)


def test_arrays_that_were_lent_do_not_hold_what_they_should_not():
    w = torch.ones(1000)
    array = w.numpy()
    reference = weakref.ref(w)
    del w
    assert reference() is None
    assert array.sum() == 1000
    borrowed = np.ones(10)
    reference = weakref.ref(borrowed)
    tensor = torch.from_numpy(borrowed)
    del borrowed
    assert reference() is not None
    del tensor
    assert reference() is None


def test_empty_tensors_and_inference_tensors_are_lent_too():
    assert torch.empty(0, 3).numpy().shape == (0, 3)
    assert torch.from_numpy(np.empty((2, 0))).shape == (2, 0)
    with torch.inference_mode():
        x = torch.ones(2)
    assert x.numpy().tolist() == [1, 1]
    assert not is_shared(x)


@pytest.mark.parametrize("dtype", ["?", "b", "B", "h", "i", "l", "e", "f", "d", "F", "D"])
def test_layout_and_flags_survive(dtype):
    whole = np.arange(24).reshape(4, 6).astype(dtype)
    for array in (whole, whole.T, whole[::2, ::-3], whole[0, 0:1].reshape(()), np.broadcast_to(whole[0], (3, 6))):
        t = torch.from_numpy(array) if array.flags.writeable else torch.tensor(whole[:1]).expand(3, 6)
        for lent in (t.numpy(), np.asarray(t)):
            assert lent.dtype == array.dtype
            assert lent.strides == array.strides
            assert lent.tolist() == array.tolist()
            assert np.shares_memory(lent, t._array)


# ---- the switch ------------------------------------------------------------------------------------------------------


def test_the_switch_as_a_block():
    array = np.array([1.0, 2.0])
    w = leaf()
    with set_check_shared_memory(False):
        unchecked = (w * torch.from_numpy(array)).sum()
    checked = (w * torch.from_numpy(array)).sum()
    array *= 2
    unchecked.backward(retain_graph=True)
    assert w.grad.tolist() == [2, 4]
    with pytest.raises(RuntimeError, match=CHANGED):
        checked.backward()
    with set_check_shared_memory(False):
        checked.backward()


def test_the_switch_as_a_function():
    switched = set_check_shared_memory(False)
    try:
        y = leaf().exp()
        y.detach().numpy()[:] = 0
        y.sum().backward()
    finally:
        set_check_shared_memory(True)
    assert switched.before
    y = leaf().exp()
    y.detach().numpy()[:] = 0
    with pytest.raises(RuntimeError, match=CHANGED):
        y.sum().backward()


def test_the_switch_is_its_threads_own():
    failed = []

    def check():
        y = leaf().exp()
        y.detach().numpy()[:] = 0
        try:
            y.sum().backward()
        except RuntimeError:
            failed.append(True)

    with set_check_shared_memory(False):
        thread = threading.Thread(target=check)
        thread.start()
        thread.join()
    assert failed == [True]


# ---- in the large ----------------------------------------------------------------------------------------------------


def test_sharing_in_several_threads():
    w = leaf()
    errors = []

    def share(seed):
        rng = np.random.default_rng(seed)
        try:
            for _ in range(300):
                array = rng.random(2)
                v = torch.tensor([1.0, 2.0], dtype=torch.float64, requires_grad=True)
                (v * torch.from_numpy(array) * w.detach()).sum().backward()
                assert w.detach().numpy().tolist() == [1, 2]
        except BaseException as error:  # noqa: BLE001 (told below, in the thread that asserts)
            errors.append(error)

    threads = [threading.Thread(target=share, args=(seed,)) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not errors
    assert not is_shared(w)


def test_nothing_is_left_behind():
    w = leaf()

    def step():
        array = np.ones(2)
        (w * torch.from_numpy(array) * torch.tensor(array)).sum().backward()
        w.detach().numpy()[:] = 1
        w.grad = None

    step()
    gc.collect()
    before = len(gc.get_objects())
    for _ in range(200):
        step()
    gc.collect()
    assert len(gc.get_objects()) - before < 50


def test_a_program_that_ends_while_it_shares_says_nothing():
    program = (
        "import numpy as np, chainrule as torch; w = torch.ones(2, requires_grad=True); y = w.exp();"
        "array = y.detach().numpy(); t = torch.from_numpy(np.ones(3)); kept = np.ones(3); u = torch.from_numpy(kept)"
    )
    environment = os.environ | {"PYTHONPATH": str(Path(torch.__file__).parents[1])}
    run = subprocess.run(
        [sys.executable, "-W", "error", "-c", program], env=environment, capture_output=True, text=True, check=False
    )
    assert (run.returncode, run.stdout, run.stderr) == (0, "", "")
