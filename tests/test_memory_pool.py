"""The memory of large tensors: used again, bounded, and in no way different from other memory."""

import copy
import gc
import os
import pickle
import platform
import subprocess
import sys
import threading

import numpy as np
import pytest

import chainrule as torch
from chainrule.kernels.memory import LARGE_PAGE, SMALLEST, Block, Pool, block_size, empty, owns_memory, pool

SIZE = 1 << 19  # of float32 two megabytes
BYTES = 4 * SIZE
FLOAT = np.dtype(np.float32)


@pytest.fixture(autouse=True)
def fresh_pool():
    gc.collect()
    torch.empty_cache()
    torch.reset_peak_memory_stats()
    yield
    torch.set_memory_pool(None)


@pytest.fixture
def own_pool():
    return Pool(1 << 30)


def array_of(pool, nbytes=BYTES):
    return pool.array((nbytes,), np.uint8, nbytes)


def run_program(program, **environment):
    told = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env={**os.environ, **environment},
    )
    assert told.returncode == 0, told.stderr
    assert not told.stderr
    return told.stdout


# ---- the pool ----


def test_memory_comes_back_and_is_used_again(own_pool):
    array = array_of(own_pool)
    address = array.ctypes.data
    assert (own_pool.in_use, own_pool.kept) == (BYTES, 0)
    del array
    assert (own_pool.in_use, own_pool.kept) == (0, BYTES)
    assert array_of(own_pool).ctypes.data == address
    assert (own_pool.hits, own_pool.misses) == (1, 1)


def test_a_view_keeps_the_memory(own_pool):
    array = array_of(own_pool)
    array[:] = 7
    view = array.reshape(2, -1)[1:, ::3].T
    del array
    assert own_pool.in_use == BYTES
    other = array_of(own_pool)
    other[:] = 0
    assert (view == 7).all()
    del view
    assert own_pool.kept == BYTES


@pytest.mark.parametrize("hold", [memoryview, np.asarray, lambda a: a.data.cast("B"), lambda a: a.view(np.int32)])
def test_whatever_looks_at_an_array_keeps_the_memory(own_pool, hold):
    array = array_of(own_pool)
    held = hold(array)
    del array
    assert own_pool.in_use == BYTES
    del held
    assert own_pool.in_use == 0


def test_dlpack_keeps_the_memory(own_pool):
    array = array_of(own_pool)
    other = np.from_dlpack(array)
    del array
    assert own_pool.in_use == BYTES
    del other
    assert own_pool.in_use == 0


def test_memory_comes_back_from_a_cycle(own_pool):
    class Holder:
        pass

    holder = Holder()
    holder.array = array_of(own_pool)
    holder.itself = holder
    del holder
    gc.collect()
    assert own_pool.in_use == 0


def test_no_more_is_kept_than_the_limit(own_pool):
    own_pool.set_limit(3 * BYTES)
    arrays = [array_of(own_pool) for _ in range(5)]
    del arrays
    assert own_pool.kept == 3 * BYTES
    own_pool.set_limit(BYTES)
    assert own_pool.kept == BYTES
    array = array_of(own_pool)
    own_pool.set_limit(0)
    assert own_pool.kept == 0
    del array
    assert (own_pool.in_use, own_pool.kept) == (0, 0)


def test_no_more_is_held_than_was_in_use_at_most(own_pool):
    sizes = [k * BYTES for k in (1, 2, 3, 5, 4, 1, 2)]
    for size in sizes:
        array_of(own_pool, size)  # and is gone
        assert own_pool.in_use + own_pool.kept <= own_pool.most_in_use
    assert own_pool.most_in_use == max(sizes)


def test_the_peak_may_be_forgotten_and_the_memory_kept(own_pool):
    arrays = [array_of(own_pool) for _ in range(3)]
    del arrays[1:]
    own_pool.forget_peak()
    assert (own_pool.peak, own_pool.kept, own_pool.misses) == (BYTES, 2 * BYTES, 0)
    own_pool.release()
    array_of(own_pool)
    assert (own_pool.peak, own_pool.most_in_use) == (2 * BYTES, 2 * BYTES)


def test_what_has_waited_longest_goes_first(own_pool):
    own_pool.set_limit(6 * BYTES)
    arrays = [array_of(own_pool, k * BYTES) for k in (1, 2, 3)]
    first = arrays.pop(0)
    del arrays
    del first
    own_pool.set_limit(4 * BYTES)
    misses = own_pool.misses
    kept = [array_of(own_pool, BYTES), array_of(own_pool, 3 * BYTES)]
    assert own_pool.misses == misses + 1  # of one of those two: blocks of 2 and 3 came back before the one of 1
    del kept


def test_sizes_are_rounded_up_a_little():
    for nbytes in [SMALLEST, SMALLEST + 1, 1_500_000, 4_000_000, 5_000_000, 40_000_000, 10**9 + 7]:
        size = block_size(nbytes)
        assert nbytes <= size < nbytes + max(nbytes // 8 + 1, LARGE_PAGE)
        assert block_size(size) == size


def test_many_threads_take_and_give_back(own_pool):
    wrong = []

    def program(number):
        for i in range(60):
            array = array_of(own_pool, (1 + (i + number) % 3) * BYTES)
            array[::4096] = number
            others = [array_of(own_pool) for _ in range(i % 3)]
            if (array[::4096] != number).any():
                wrong.append(number)
            del others

    threads = [threading.Thread(target=program, args=(n,)) for n in range(6)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert not wrong
    own_pool.release()
    assert (own_pool.in_use, own_pool.kept) == (0, 0)


def test_an_array_may_go_while_its_thread_is_busy_with_the_pool(own_pool):
    array = array_of(own_pool)
    with own_pool.counted():
        del array  # as when garbage is collected just then
        assert own_pool.in_use == BYTES
    own_pool.release()
    assert own_pool.in_use == 0


def test_when_the_system_has_no_more_what_is_kept_is_given_back(own_pool):
    array_of(own_pool)
    assert own_pool.kept == BYTES
    with pytest.raises(MemoryError, match="Unable to allocate"):
        own_pool.array((1 << 60,), np.uint8, 1 << 60)
    assert (own_pool.in_use, own_pool.kept) == (0, 0)


def test_small_arrays_and_objects_are_numpys():
    assert empty((3, 4), FLOAT).base is None
    assert empty((SIZE,), np.dtype(object)).base is None
    assert type(empty((SIZE,), FLOAT).base) is Block
    assert empty((0, SIZE), FLOAT).shape == (0, SIZE)


def test_who_owns_memory():
    array = empty((2, SIZE), FLOAT)
    assert owns_memory(array)
    assert owns_memory(np.ones(3))
    assert not owns_memory(array[0])
    assert not owns_memory(array.T)
    assert not owns_memory(np.ones(3)[1:])


# ---- what it is for: no first touch of a page, again and again ----

TOUCHES = """
import resource
import numpy as np
import chainrule as torch

def touched(work):
    work(), work()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(20):
        work()
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before

x = torch.ones({size}, requires_grad=True)
y = np.ones({size}, np.float32)

def chain():
    x.grad = None
    (x.sin() * x.exp()).tanh().sum().backward()

print(touched(chain), touched(lambda: [y * number for number in range(6)]))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="other systems count otherwise")
def test_no_page_is_touched_first_again_and_again():
    one_round = 10_000_000 * 4 // 4096  # of one array, in small pages
    chain, _ = map(int, run_program(TOUCHES.format(size=10_000_000)).split())
    assert chain < one_round


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="of the C library of Linux")
def test_numpys_own_arrays_are_spared_it_too():
    one_round = 1_000_000 * 4 // 4096
    chain, plain = map(int, run_program(TOUCHES.format(size=1_000_000)).split())
    assert chain < one_round
    assert plain < one_round


# ---- tensors ----


def large():
    tensor = torch.linspace(0, 1, SIZE).exp()
    assert type(tensor._array.base) is Block
    return tensor


def test_results_and_gradients_come_from_the_pool_and_go_back():
    x = torch.ones(SIZE, requires_grad=True)
    for _ in range(3):
        x.grad = None
        (x.sin() * x.exp() + x * x).tanh().sum().backward()
    misses = torch.memory_stats()["misses"]
    for _ in range(5):
        x.grad = None
        (x.sin() * x.exp() + x * x).tanh().sum().backward()
    stats = torch.memory_stats()
    assert stats["misses"] == misses
    assert stats["hits"] > 30
    del x
    torch.empty_cache()
    stats = torch.memory_stats()
    assert stats["reserved_bytes.all.current"] == stats["allocated_bytes.all.current"] == 0
    assert stats["allocated_bytes.all.peak"] >= 4 * BYTES


def test_a_gradient_is_the_leafs_own():
    x = torch.ones(SIZE, requires_grad=True)
    (x * 3).sum().backward()
    first = x.grad
    assert owns_memory(first._array)
    (x * 3).sum().backward()
    assert x.grad is first
    assert (x.grad == 6).all()


def test_one_large_gradient_for_two_leaves():
    x, y = torch.ones(SIZE, requires_grad=True), torch.ones(SIZE, requires_grad=True)
    (x + y).exp().sum().backward()
    x.grad.zero_()
    assert (y.grad != 0).all()


def test_switched_off_arrays_are_numpys():
    torch.set_memory_pool(0)
    x = torch.ones(SIZE).exp()
    assert x._array.base is None
    assert torch.memory_stats()["misses"] == 0


@pytest.mark.parametrize(("given", "error"), [(1.5, TypeError), ("1", TypeError), (-1, ValueError), (True, TypeError)])
def test_a_limit_is_a_number_of_bytes(given, error):
    with pytest.raises(error, match=r"set_memory_pool\(\): limit must"):
        torch.set_memory_pool(given)


def test_the_environment_says_how_much_is_kept():
    program = "import chainrule; print(chainrule.memory_stats()['limit_bytes'])"
    assert run_program(program, CHAINRULE_MEMORY_POOL="0") == "0\n"
    assert run_program(program, CHAINRULE_MEMORY_POOL="64") == f"{64 << 20}\n"
    assert int(run_program(program, CHAINRULE_MEMORY_POOL="")) > 1 << 27
    told = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "CHAINRULE_MEMORY_POOL": "lots"},
    )
    assert "must be a number of megabytes, 0 for no pool; got 'lots'" in told.stderr


def test_copies_and_pickles():
    x = large()
    for other in (pickle.loads(pickle.dumps(x)), copy.deepcopy(x), x.clone(), torch.tensor(x.tolist())):
        assert torch.equal(other, x)
        assert other.data_ptr() != x.data_ptr()


def test_a_pool_tensor_has_storage_as_any():
    x = large()
    assert x.data_ptr() == x._array.ctypes.data
    assert x[1:].data_ptr() == x.data_ptr() + 4
    assert torch.as_strided(x[5:], (3,), (2,), 0).equal(x[0:6:2])
    with pytest.raises(RuntimeError, match="out of bounds for storage of size"):
        torch.as_strided(x, (SIZE + 1,), (1,))  # though the block may be larger
    y = torch.empty(0)
    y.set_(x)
    y[0] = -1
    assert x[0] == -1
    z = large()
    address = z.data_ptr()
    z.resize_(10)
    z.resize_(SIZE)
    assert z.data_ptr() == address
    z.resize_(2 * SIZE)
    assert torch.equal(z[10:SIZE], large()[10:])


def test_a_numpy_array_outlives_its_tensor():
    array = large().numpy()
    part = large()[7:].numpy()
    for _ in range(3):
        large().zero_()
    assert (array != 0).all()
    assert (part != 0).all()


def test_a_change_through_numpy_is_noticed_in_pool_memory():
    x = torch.ones(SIZE, requires_grad=True)
    y = x.exp()
    z = y.sin()
    y.detach().numpy()[3] = 5
    with pytest.raises(RuntimeError, match="modified through NumPy"):
        z.sum().backward()


def test_dlpack_of_a_tensor_keeps_its_memory():
    array = np.from_dlpack(large())
    large().zero_()
    assert (array != 0).all()


def test_live_tensors_at_the_end_of_the_program():
    program = """
import chainrule as torch
x = torch.ones(1 << 19, requires_grad=True)
y = x.exp()
class Holder: pass
holder = Holder()
holder.y, holder.itself = y.sin(), holder
y.sum().backward()
"""
    assert run_program(program) == ""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
def test_a_forked_process_has_a_pool_of_its_own():
    program = """
import os, sys
import chainrule as torch
torch.set_num_threads(1)
x = torch.ones(1 << 19)
y = (x * 2).exp()
before = y.clone()
child = os.fork()
if not child:
    stats = torch.memory_stats()
    assert stats["allocated_bytes.all.current"] == stats["reserved_bytes.all.current"] > 0
    y.zero_()
    for _ in range(4):
        (x * 3).exp()
    os._exit(0)
status = os.waitpid(child, 0)[1]
assert torch.equal(y, before)
sys.exit(os.waitstatus_to_exitcode(status))
"""
    assert run_program(program) == ""


def test_the_pool_of_the_package_is_the_one_asked():
    x = large()
    assert pool.in_use == torch.memory_stats()["allocated_bytes.all.current"] >= x.nbytes
