"""Memory shared with NumPy: what may be done with it, and that gradients are right while it is."""

import copy
import pickle
import struct

import numpy as np


def an_array_and_its_tensor_are_one(torch, show):
    array = np.array([1.0, 2.0, 3.0])
    t = torch.from_numpy(array)
    array[0] = 10
    show(t, t._version)
    t.mul_(2)
    show(array, t._version)
    array += 1
    show(t, t._version)


def a_tensor_and_its_array_are_one(torch, show):
    t = torch.ones(3)
    array = t.numpy()
    array[1] = 5
    show(t, t._version)
    t.add_(1)
    show(array, t.numpy(), np.shares_memory(array, t.numpy()))


def each_array_is_a_new_object(torch, show):
    t = torch.ones(3)
    show(t.numpy() is t.numpy(), np.asarray(t) is t.numpy(), np.shares_memory(np.asarray(t), t.numpy()))
    array = np.ones(3)
    show(torch.from_numpy(array).numpy() is array, np.shares_memory(torch.from_numpy(array).numpy(), array))


def what_requires_grad_gives_no_array(torch, show):
    x = torch.ones(2, requires_grad=True)
    show.error(x.numpy)
    show.error((x * 2).numpy)
    show.error(np.asarray, x)
    show.error(x.__dlpack__)
    show.error(np.from_dlpack, x)
    show(torch.from_dlpack(torch.to_dlpack(x)))
    show(x.detach().numpy(), x.data.numpy(), x.numpy(force=True), (x * 2).numpy(force=True))


def under_no_grad_it_gives_one(torch, show):
    x = torch.ones(2, requires_grad=True)
    with torch.no_grad():
        show(x.numpy(), np.asarray(x), np.shares_memory(x.numpy(), x.detach().numpy()))
        show.error(x.__dlpack__)


def force_shares_memory_too(torch, show):
    x = torch.ones(2, requires_grad=True)
    x.numpy(force=True)[0] = 5
    show(x)


def an_array_lent_while_a_graph_needs_it_may_be_read(torch, show):
    x = torch.tensor([0.5, 1.5], requires_grad=True)
    y = x.exp()
    seen = y.detach().numpy()
    show(seen.sum(), seen * 2)
    y.sum().backward()
    show(x.grad)


def an_array_may_change_when_backward_is_over(torch, show):
    array = np.array([1.0, 2.0])
    w = torch.tensor([3.0, 4.0], dtype=torch.float64, requires_grad=True)
    for _ in range(3):
        (w * torch.from_numpy(array)).sum().backward()
        show(w.grad)
        array *= 2


def a_buffer_is_filled_again_for_each_step(torch, show):
    buffer = np.empty((2, 3), dtype=np.float32)
    batch = torch.from_numpy(buffer)
    layer = torch.nn.Linear(3, 1)
    optimizer = torch.optim.SGD(layer.parameters(), lr=0.1)
    for step in range(4):
        buffer[...] = step + np.arange(6).reshape(2, 3)
        optimizer.zero_grad()
        loss = layer(batch).pow(2).mean()
        loss.backward()
        optimizer.step()
        show(loss)
    show(layer.weight)


def a_buffer_may_change_while_an_old_graph_lives_that_is_not_used(torch, show):
    array = np.array([1.0, 2.0])
    w = torch.ones(2, dtype=torch.float64, requires_grad=True)
    losses = []
    for _ in range(3):
        losses.append((w * torch.from_numpy(array)).sum())
        array += 1
    show(losses)
    losses[-1] = (w * torch.from_numpy(array)).sum()
    losses[-1].backward()
    show(w.grad)


def what_no_derivative_needs_may_change(torch, show):
    array = np.array([1.0, 2.0])
    w = torch.ones(2, dtype=torch.float64, requires_grad=True)
    loss = (w + torch.from_numpy(array)).sum()
    array[:] = 100
    loss.backward()
    show(w.grad, loss)


def another_part_of_the_memory_may_change(torch, show):
    array = np.arange(6.0).reshape(2, 3)
    rows = torch.from_numpy(array)
    w = torch.ones(3, dtype=torch.float64, requires_grad=True)
    loss = (w * rows[0]).sum()
    array[1] = -1
    loss.backward()
    show(w.grad, rows)


def a_value_that_is_put_back_did_not_change(torch, show):
    array = np.array([1.0, 2.0])
    w = torch.ones(2, dtype=torch.float64, requires_grad=True)
    loss = (w * torch.from_numpy(array)).sum()
    array += 1
    array -= 1
    loss.backward()
    show(w.grad)


def a_change_before_the_operation_counts(torch, show):
    array = np.array([1.0, 2.0])
    t = torch.from_numpy(array)
    w = torch.ones(2, dtype=torch.float64, requires_grad=True)
    array[0] = 7
    (w * t).sum().backward()
    show(w.grad)


def initialising_weights_through_numpy(torch, show):
    layer = torch.nn.Linear(2, 1)
    layer.weight.detach().numpy()[...] = [[1, 2]]
    layer.bias.data.numpy()[...] = 3
    show(layer.weight, layer.bias, layer(torch.ones(1, 2)))
    layer(torch.ones(1, 2)).sum().backward()
    show(layer.weight.grad)


def changing_weights_through_numpy_between_steps(torch, show):
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    for _ in range(3):
        w.grad = None
        (w * w).sum().backward()
        values = w.detach().numpy()
        values -= 0.1 * w.grad.numpy()
    show(w, w._version)


def looking_at_weights_and_gradients_while_training(torch, show):
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    optimizer = torch.optim.SGD([w], lr=0.1)
    looks = []
    for _ in range(3):
        optimizer.zero_grad()
        loss = (w**3).sum()
        looks.append(w.detach().numpy().copy())
        loss.backward()
        looks.append(w.grad.numpy().copy())
        optimizer.step()
    show(looks, w)


def keeping_an_array_of_the_weights_while_training(torch, show):
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    kept = w.detach().numpy()
    optimizer = torch.optim.SGD([w], lr=0.1)
    for _ in range(3):
        optimizer.zero_grad()
        (w**3).sum().backward()
        optimizer.step()
    show(kept, w)


def a_change_by_the_tensor_is_an_inplace_change(torch, show):
    array = np.array([1.0, 2.0])
    t = torch.from_numpy(array)
    w = torch.ones(2, dtype=torch.float64, requires_grad=True)
    loss = (w * t).sum()
    t.add_(1)
    loss.backward()


def a_change_by_a_view_of_the_tensor_is_one_too(torch, show):
    t = torch.from_numpy(np.array([1.0, 2.0]))
    w = torch.ones(2, dtype=torch.float64, requires_grad=True)
    loss = (w * t).sum()
    t[0] = 4
    loss.backward()


def an_inplace_change_that_changes_no_value_is_one_too(torch, show):
    t = torch.from_numpy(np.array([1.0, 2.0]))
    w = torch.ones(2, dtype=torch.float64, requires_grad=True)
    loss = (w * t).sum()
    t.add_(0)
    loss.backward()


def a_lent_result_that_is_changed_in_place(torch, show):
    x = torch.tensor([0.5, 1.5], requires_grad=True)
    y = x.exp()
    array = y.detach().numpy()
    y.add_(1)
    show(array)
    y.sum().backward()


def from_numpy_can_be_a_leaf(torch, show):
    array = np.array([1.0, 2.0])
    x = torch.from_numpy(array).requires_grad_()
    show(x)
    (x * x).sum().backward()
    show(x.grad)
    show.error(x.add_, 1)
    with torch.no_grad():
        x.add_(1)
    show(array)


def from_numpy_as_a_parameter(torch, show):
    array = np.array([1.0, 2.0], dtype=np.float32)
    p = torch.nn.Parameter(torch.from_numpy(array))
    (p * p).sum().backward()
    with torch.no_grad():
        p -= p.grad
    show(p, array)


def from_numpy_refuses_what_is_no_array_of_numbers(torch, show):
    show.error(torch.from_numpy, [1.0])
    show.error(torch.from_numpy, 3)
    show.error(torch.from_numpy, np.float32(3))
    show.error(torch.from_numpy, np.array(["a"]))
    show.error(torch.from_numpy, np.array([None]))
    show.error(torch.from_numpy, np.ones(2, dtype=">f4"))
    show.error(torch.from_numpy, np.zeros(2, [("x", np.float64), ("n", np.int8)])["x"])


def from_numpy_keeps_type_shape_and_strides(torch, show):
    for dtype in "?bBhHiIlLefdFD":
        show(torch.from_numpy(np.ones((2, 1), dtype=dtype)))
    array = np.arange(12.0).reshape(3, 4)
    for part in (array.T, array[:, ::2], array[1], np.asfortranarray(array), np.array(2.5), np.empty((0, 3))):
        t = torch.from_numpy(part)
        show(t, t.stride(), t.is_contiguous())


def as_tensor_shares_where_it_can(torch, show):
    array = np.array([1.0, 2.0])
    same, other = torch.as_tensor(array), torch.as_tensor(array, dtype=torch.float32)
    array[0] = 9
    show(same, other)
    t = torch.ones(2, requires_grad=True)
    show(torch.as_tensor(t) is t)


def asarray_shares_unless_it_is_to_copy(torch, show):
    array = np.array([1.0, 2.0])
    same, other = torch.asarray(array), torch.asarray(array, copy=True)
    array[0] = 9
    show(same, other, torch.asarray(array, requires_grad=True))
    x = torch.ones(2, requires_grad=True)
    show(torch.asarray(x * 2, requires_grad=True), torch.asarray(x * 2, requires_grad=False))
    t = torch.ones(2)
    show(torch.asarray(t, requires_grad=True) is t, t)


def tensor_copies_always(torch, show):
    array = np.array([1.0, 2.0])
    x = torch.tensor(array, requires_grad=True)
    loss = (x * x).sum()
    array[:] = 100
    loss.backward()
    show(x, x.grad)


def a_clone_is_safe_from_the_array(torch, show):
    array = np.array([1.0, 2.0])
    w = torch.ones(2, dtype=torch.float64, requires_grad=True)
    loss = (w * torch.from_numpy(array).clone()).sum()
    array[:] = 100
    loss.backward()
    show(w.grad)


def another_type_is_a_copy(torch, show):
    array = np.array([1.0, 2.0])
    w = torch.ones(2, requires_grad=True)
    loss = (w * torch.from_numpy(array).float()).sum()
    array[:] = 100
    loss.backward()
    show(w.grad)


def a_row_chosen_by_an_index_array_is_a_copy(torch, show):
    array = np.arange(6.0).reshape(3, 2)
    w = torch.ones(2, dtype=torch.float64, requires_grad=True)
    batch = torch.from_numpy(array)[torch.tensor([0, 2])]
    loss = (w * batch).sum()
    array[:] = 100
    loss.backward()
    show(w.grad)


def older_constructors_share_the_memory_of_their_type(torch, show):
    array = np.array([1.0, 2.0], dtype=np.float32)
    same, other = torch.Tensor(array), torch.FloatTensor(array)
    doubles = np.array([1.0, 2.0])
    copied = torch.Tensor(doubles)
    array[0] = doubles[0] = 9
    show(same, other, copied)


def frombuffer_shares_the_buffer(torch, show):
    buffer = bytearray(struct.pack("4f", 1, 2, 3, 4))
    t = torch.frombuffer(buffer, dtype=torch.float32)
    show(t, torch.frombuffer(buffer, dtype=torch.float32, offset=4, count=2))
    buffer[0:4] = struct.pack("f", 9)
    show(t)
    t[3] = -1
    show(struct.unpack("4f", buffer))
    x = torch.frombuffer(buffer, dtype=torch.float32, requires_grad=True)
    (x * x).sum().backward()
    show(x.grad)


def frombuffer_refuses_what_does_not_fit(torch, show):
    eight = bytearray(8)
    show.error(torch.frombuffer, eight)
    show.error(torch.frombuffer, 3, dtype=torch.float32)
    show.error(torch.frombuffer, bytearray(), dtype=torch.float32)
    show.error(torch.frombuffer, eight, dtype=torch.float32, count=0)
    show.error(torch.frombuffer, eight, dtype=torch.float32, count=3)
    show.error(torch.frombuffer, eight, dtype=torch.float32, offset=8)
    show.error(torch.frombuffer, eight, dtype=torch.float32, offset=-1)
    show.error(torch.frombuffer, eight, dtype=torch.float32, offset=2)
    show.error(torch.frombuffer, bytearray(7), dtype=torch.float32)
    show.error(torch.frombuffer, eight, dtype=torch.int32, requires_grad=True)


def asarray_of_a_buffer(torch, show):
    buffer = bytearray(struct.pack("2f", 1, 2))
    t = torch.asarray(buffer, dtype=torch.float32)
    buffer[0:4] = struct.pack("f", 9)
    show(t, torch.asarray(memoryview(buffer)), torch.asarray(bytearray(2), dtype=torch.uint8))


def dlpack_of_an_array(torch, show):
    array = np.array([1.0, 2.0])
    t = torch.from_dlpack(array)
    array[0] = 7
    show(t)
    other = torch.from_dlpack(array, copy=True)
    t.add_(1)
    show(array, other)


def dlpack_of_a_tensor(torch, show):
    t = torch.ones(2, 3)
    array = np.from_dlpack(t)
    t[0, 0] = 5
    show(array, t.__dlpack_device__())
    u = torch.from_dlpack(t)
    u.mul_(2)
    show(t, u.data_ptr() == t.data_ptr())
    show(torch.from_dlpack(t.t()).stride(), torch.from_dlpack(torch.tensor(3)), torch.from_dlpack(t > 1))


def a_capsule_is_used_once(torch, show):
    capsule = torch.to_dlpack(torch.ones(2))
    show(torch.from_dlpack(capsule))
    show.error(torch.from_dlpack, capsule)
    show(torch.utils.dlpack.from_dlpack(torch.utils.dlpack.to_dlpack(torch.zeros(1))))


def dlpack_refuses(torch, show):
    show.error(torch.from_dlpack, 3)
    show.error(torch.from_dlpack, [1.0])
    show.error(torch.from_dlpack, np.array(["a"]))
    show.error(torch.from_dlpack, torch.ones(2, requires_grad=True))
    show.error(torch.ones(2).__dlpack__, stream=1)
    show(torch.utils.dlpack.DLDeviceType.kDLCPU, list(torch.utils.dlpack.DLDeviceType))


def numbers_out_of_a_tensor_are_not_shared(torch, show):
    x = torch.tensor([1.5, 2.5], requires_grad=True)
    y = x * 2
    values = y.tolist()
    values[0] = 100
    show(y, values, y[0].item())


def array_functions_on_constant_tensors(torch, show):
    t = torch.tensor([[3.0, 1.0], [2.0, 4.0]])
    show(float(np.linalg.det(t.numpy())), np.sort(t.numpy(), axis=None), np.percentile(t.numpy(), 50))
    show(np.asarray(t, dtype=np.int64), t.numpy().flags.owndata)


def what_is_shared_is_copied_and_pickled_apart(torch, show):
    array = np.array([1.0, 2.0])
    t = torch.from_numpy(array)
    deep, unpickled, shallow = copy.deepcopy(t), pickle.loads(pickle.dumps(t)), copy.copy(t)
    array[0] = 50
    show(deep, unpickled, shallow)


def second_derivatives_of_what_is_shared(torch, show):
    array = np.array([1.0, 2.0])
    x = torch.from_numpy(array).requires_grad_()
    (g,) = torch.autograd.grad((x**3).sum(), x, create_graph=True)
    (h,) = torch.autograd.grad(g.sum(), x)
    show(g, h)
    array[0] = 5
    (g,) = torch.autograd.grad((x**3).sum(), x)
    show(g)


def data_is_the_same_memory(torch, show):
    array = np.array([1.0, 2.0])
    x = torch.from_numpy(array).requires_grad_()
    x.data[0] = 7
    show(x, array, x._version)
    x.data = torch.zeros(2, dtype=torch.float64)
    show(x, array)


def a_gradient_given_as_an_array_of_numpy(torch, show):
    x = torch.ones(2, requires_grad=True)
    weights = np.array([1.0, 10.0], dtype=np.float32)
    (x * 2).backward(torch.from_numpy(weights))
    show(x.grad)
    weights[:] = 0
    show(x.grad)


def a_grad_lent_to_numpy(torch, show):
    x = torch.ones(2, requires_grad=True)
    (x * 3).sum().backward()
    grad = x.grad.numpy()
    (x * 3).sum().backward()
    show(grad, x.grad)
    grad[:] = 0
    show(x.grad)


def a_saved_tensor_is_lent(torch, show):
    x = torch.tensor([0.5, 1.5], requires_grad=True)
    y = x.sigmoid()
    show(y.grad_fn._saved_result.detach().numpy())
    y.sum().backward()
    show(x.grad)


def an_array_outlives_its_tensor(torch, show):
    array = torch.ones(3).mul_(2).numpy()
    part = torch.arange(4.0)[1:].numpy()
    array += 1
    show(array, part)


def a_tensor_outlives_its_array(torch, show):
    t = torch.from_numpy(np.arange(3.0))
    u = torch.from_numpy(np.arange(6.0).reshape(2, 3)[1])
    w = torch.ones(3, dtype=torch.float64, requires_grad=True)
    (w * t + w * u).sum().backward()
    show(t, u, w.grad)
