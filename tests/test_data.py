"""`utils.data`: what comes out of a loader, in which order, from which process; and how its processes end."""

import gc
import os
import signal
import subprocess
import sys
import textwrap
import time

import numpy as np
import pytest

import chainrule as torch
from chainrule.utils.data import DataLoader, Dataset, IterableDataset, TensorDataset, get_worker_info

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="datasets within tests cannot be pickled")


class Rows(Dataset):
    """Calls `of` for each index."""

    def __init__(self, length, of):
        self.length = length
        self.of = of

    def __len__(self):
        return self.length

    def __getitem__(self, index):
        return self.of(index)


def children():
    import multiprocessing

    return multiprocessing.active_children()


def test_a_pass_in_order_and_shuffled():
    data = TensorDataset(torch.arange(5), torch.arange(10.0).reshape(5, 2))
    assert [x.tolist() for x, y in DataLoader(data, 2)] == [[0, 1], [2, 3], [4]]
    assert [y.tolist() for x, y in DataLoader(data, 2, drop_last=True)][1] == [[4.0, 5.0], [6.0, 7.0]]
    torch.manual_seed(0)
    assert [x.tolist() for x, y in DataLoader(data, 2, shuffle=True)] == [[1, 4], [2, 3], [0]]


def test_the_default_generator_is_drawn_from_as_in_pytorch():
    torch.manual_seed(0)
    list(DataLoader(range(3)))
    after_one_draw = torch.rand(1)
    torch.manual_seed(0)
    torch.empty((), dtype=torch.int64).random_()
    assert torch.equal(torch.rand(1), after_one_draw)


def test_batches_of_workers_come_in_order_however_long_each_takes():
    def slow_at_first(index):
        time.sleep(0.2 if index == 0 else 0)
        return index

    loader = DataLoader(Rows(6, slow_at_first), 1, num_workers=2)
    assert [batch.item() for batch in loader] == [0, 1, 2, 3, 4, 5]
    free = DataLoader(Rows(6, slow_at_first), 1, num_workers=2, in_order=False)
    got = [batch.item() for batch in free]
    assert sorted(got) == [0, 1, 2, 3, 4, 5]
    assert got[0] == 1


def test_large_batches_and_many_indices_do_not_block_each_other():
    # More than a pipe holds, both ways at once.
    data = Rows(200_000, lambda index: np.zeros(1, np.float32))
    assert [len(batch) for batch in DataLoader(data, 100_000, num_workers=1)] == [100_000] * 2
    rows = Rows(8, lambda index: torch.full((1 << 18,), index))
    batches = list(DataLoader(rows, 2, num_workers=2))
    assert [batch[:, 0].tolist() for batch in batches] == [[0, 1], [2, 3], [4, 5], [6, 7]]


def test_what_tensors_of_workers_keep():
    base = torch.arange(12.0).reshape(3, 4)
    made = {
        "empty": torch.zeros(0, 3),
        "number": torch.tensor(2.5),
        "turned": base.T,
        "row": base[1],
        "flags": torch.tensor([True, False]),
        "leaf": torch.ones(2, requires_grad=True),
        "weight": torch.nn.Parameter(torch.ones(2)),
        "array": np.arange(3),
        "text": "x",
    }
    made["twice"] = made["row"]
    (got,) = DataLoader(Rows(1, lambda index: made), None, num_workers=1)
    for name in ("empty", "number", "turned", "row", "flags", "leaf", "weight"):
        assert torch.equal(got[name], made[name]), name
        assert (got[name].dtype, got[name].requires_grad) == (made[name].dtype, made[name].requires_grad)
    assert got["twice"] is got["row"]
    assert type(got["weight"]) is torch.nn.Parameter
    assert got["text"] == "x"
    got["row"][0] = 9.0  # is the receiver's own
    assert got["row"].tolist() == [9.0, 5.0, 6.0, 7.0]


def test_large_and_small_batches_arrive_alike():
    of_each_kind = [
        (torch.full((length,), 3.0), torch.full((2, length), 7), torch.zeros(0)) for length in (1, 1000, 300_000)
    ]
    loader = DataLoader(Rows(3, of_each_kind.__getitem__), None, num_workers=1)
    for sent, got in zip(of_each_kind, loader, strict=True):
        assert all(torch.equal(a, b) and a.dtype == b.dtype for a, b in zip(sent, got, strict=True))


def test_arrays_become_tensors_of_their_own():
    arrays = [np.ones(3), np.zeros(3)[::-1]]
    batch = torch.utils.data.default_collate(arrays)
    arrays[0][:] = 9.0
    assert batch.tolist() == [[1.0] * 3, [0.0] * 3]


def test_a_row_goes_without_the_tensor_it_is_a_row_of():
    from multiprocessing import Pipe

    from chainrule.utils.data._utils.transfer import receive, send

    big = torch.zeros(1000, 1000)
    ours, its = Pipe()
    with ours, its:
        send(its, big[3, :4])
        assert receive(ours)._array.base is None


def test_a_graph_does_not_cross_processes():
    weight = torch.ones(1, requires_grad=True)
    loader = DataLoader(Rows(2, lambda index: weight * index), num_workers=1)
    with pytest.raises(RuntimeError, match="Cowardly refusing to serialize non-leaf tensor which requires_grad"):
        list(loader)


def test_what_cannot_be_pickled_is_an_error_not_a_hang():
    loader = DataLoader(Rows(2, lambda index: lambda: index), None, num_workers=1)
    with pytest.raises(Exception, match="in DataLoader worker process 0"):
        list(loader)

    class Local(Exception):  # noqa: N818 (an error that only this function knows)
        pass

    def fail(index):
        raise Local("here")

    with pytest.raises(RuntimeError, match=r"Caught Local in DataLoader worker process 0\.(.|\n)*Local: here"):
        list(DataLoader(Rows(2, fail), None, num_workers=1))


def test_the_pass_goes_on_after_an_error():
    def fail_at_one(index):
        return 1 // (index - 1)

    batches = iter(DataLoader(Rows(4, fail_at_one), None, num_workers=2))
    assert next(batches) == -1
    with pytest.raises(ZeroDivisionError, match="Original Traceback"):
        next(batches)
    assert list(batches) == [1, 0]


def test_a_worker_that_dies_is_noticed():
    def die_at_three(index):
        if index == 3:
            os.kill(os.getpid(), signal.SIGKILL)
        return index

    with pytest.raises(RuntimeError, match=r"DataLoader worker \(pid\(s\) \d+\) exited unexpectedly") as caught:
        list(DataLoader(Rows(8, die_at_three), 2, num_workers=2))
    assert "is killed by signal: Killed" in str(caught.value.__cause__)


def test_timeout():
    loader = DataLoader(Rows(2, time.sleep), None, sampler=[0, 60], num_workers=1, timeout=0.5)
    batches = iter(loader)
    assert next(batches) is None
    with pytest.raises(RuntimeError, match=r"DataLoader timed out after 0\.5 seconds"):
        next(batches)
    for process in batches._workers:
        process.terminate()


def test_workers_end_with_the_pass():
    before = set(children())
    list(DataLoader(range(4), num_workers=2))
    assert set(children()) <= before
    batches = iter(DataLoader(range(100), num_workers=2))
    next(batches)
    assert len(set(children()) - before) == 2
    del batches
    gc.collect()
    assert set(children()) <= before


def test_persistent_workers_stay():
    loader = DataLoader(Rows(4, lambda index: os.getpid()), 1, num_workers=2, persistent_workers=True)
    first, second = ([batch.item() for batch in loader] for _ in range(2))
    assert first == second
    assert len(set(first)) == 2
    # A pass that is given up leaves nothing behind for the next.
    counted = DataLoader(range(50), 1, num_workers=2, persistent_workers=True)
    for _ in range(3):
        batches = iter(counted)
        assert [next(batches).item() for _ in range(3)] == [0, 1, 2]
    assert [batch.item() for batch in counted] == list(range(50))


class Part(IterableDataset):
    def __iter__(self):
        info = get_worker_info()
        return iter(range(info.id, 7, info.num_workers))


def test_workers_share_a_stream():
    assert [batch.tolist() for batch in DataLoader(Part(), 2, num_workers=2)] == [[0, 2], [1, 3], [4, 6], [5]]
    loader = DataLoader(Part(), 2, num_workers=2, persistent_workers=True)
    passes = [sorted(x for batch in loader for x in batch.tolist()) for _ in range(2)]
    assert passes == [list(range(7))] * 2


def test_spawned_workers():
    loader = DataLoader(Part(), 4, num_workers=2, multiprocessing_context="spawn")
    assert sorted(x for batch in loader for x in batch.tolist()) == list(range(7))


def test_two_loaders_at_once():
    pairs = zip(DataLoader(range(20), 2, num_workers=2), DataLoader(range(20), 2, num_workers=2), strict=True)
    assert all(torch.equal(a, b) for a, b in pairs)


def run(program, *arguments, **options):
    code = textwrap.dedent(program)
    command = [sys.executable, "-c", code, *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, **options)


def test_a_program_may_end_in_the_middle_of_a_pass():
    program = """
        import chainrule as torch
        batches = iter(torch.utils.data.DataLoader(range(100), num_workers=2, persistent_workers=True))
        print(next(batches))
    """
    ended = run(program)
    assert (ended.stdout, ended.stderr, ended.returncode) == ("tensor([0])\n", "", 0)


def test_workers_end_when_the_main_process_is_killed():
    program = """
        import os, signal
        import chainrule as torch
        batches = iter(torch.utils.data.DataLoader(range(100), num_workers=3))
        next(batches)
        print(*[process.pid for process in batches._workers], flush=True)
        os.kill(os.getpid(), signal.SIGKILL)
    """
    pids = [int(pid) for pid in run(program).stdout.split()]
    assert len(pids) == 3
    deadline = time.monotonic() + 20
    while any(alive(pid) for pid in pids):
        assert time.monotonic() < deadline, "a worker goes on without its main process"
        time.sleep(0.05)


def alive(pid):
    try:
        with open(f"/proc/{pid}/stat") as file:  # noqa: PTH123 (a zombie is not alive)
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_a_loader_of_a_script_for_pytorch(tmp_path):
    script = tmp_path / "script.py"
    script.write_text(
        textwrap.dedent("""
            import sys
            import torch
            from torch.utils.data import DataLoader, Dataset

            class Squares(Dataset):
                def __len__(self):
                    return 4
                def __getitem__(self, index):
                    return torch.tensor(index) ** 2

            if __name__ == "__main__":
                loader = DataLoader(Squares(), 2, num_workers=1, multiprocessing_context=sys.argv[1])
                print(list(loader), type(loader))
        """)
    )
    for context in ("fork", "spawn", "forkserver"):
        command = [sys.executable, "-m", "chainrule", str(script), context]
        ended = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        shown = "[tensor([0, 1]), tensor([4, 9])] <class 'torch.utils.data.dataloader.DataLoader'>\n"
        assert (ended.stdout, ended.stderr) == (shown, ""), context
