"""`copy.copy`, `copy.deepcopy` and pickles of tensors, modules and optimizers."""

import copy
import io
import pickle


class Counting:
    """Pickles its tensor and a number."""

    def __init__(self, tensor):
        self.tensor = tensor
        self.count = 3


def _pickled(value, protocol=None):
    return pickle.loads(pickle.dumps(value, protocol))


def _trained(torch):
    torch.manual_seed(1)
    model = torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.Tanh(), torch.nn.Linear(3, 1))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    model(torch.ones(4, 2)).sum().backward()
    optimizer.step()
    return model, optimizer


def deepcopy_of_a_leaf_has_values_flag_and_grad_of_its_own(torch, show):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    (x * x).sum().backward()
    y = copy.deepcopy(x)
    show(y, y.grad, y.grad is x.grad)
    with torch.no_grad():
        y.add_(1)
        y.grad.zero_()
    show(x, x.grad, y, y.grad)


def deepcopy_of_a_leaf_is_trained_apart(torch, show):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = copy.deepcopy(x)
    (x * 2 + y * y).sum().backward()
    show(x.grad, y.grad)


def deepcopy_of_a_result_refuses(torch, show):
    x = torch.ones(2, requires_grad=True)
    show.error(copy.deepcopy, x * 2)
    show.error(copy.deepcopy, [x, x.exp()])
    show.error(copy.deepcopy, {"loss": (x * x).sum()})


def deepcopy_of_a_detached_result_is_fine(torch, show):
    x = torch.ones(2, requires_grad=True)
    y = x * 2
    show(copy.deepcopy(y.detach()), copy.deepcopy(y.data))
    with torch.no_grad():
        z = x * 3
    show(copy.deepcopy(z))


def deepcopy_of_a_view_of_a_leaf_refuses(torch, show):
    x = torch.ones(2, 3, requires_grad=True)
    show.error(copy.deepcopy, x[0])
    show.error(copy.deepcopy, x.view(6))
    show(copy.deepcopy(x.detach()[0]))


def deepcopy_of_a_module_that_keeps_a_result_refuses(torch, show):
    model = torch.nn.Linear(2, 1)
    model.last = model(torch.ones(2))
    show.error(copy.deepcopy, model)
    model.last = model.last.detach()
    show(copy.deepcopy(model).last.requires_grad)


def deepcopy_keeps_one_tensor_one(torch, show):
    x = torch.ones(2, requires_grad=True)
    a, b = copy.deepcopy([x, x])
    show(a is b, a is x)
    c = copy.deepcopy({"first": x, "nested": ({"second": x},)})
    show(c["first"] is c["nested"][0]["second"])


def deepcopy_uses_the_memo_it_is_given(torch, show):
    x = torch.ones(2, requires_grad=True)
    memo = {}
    a = copy.deepcopy(x, memo)
    b = copy.deepcopy(x, memo)
    show(a is b, id(x) in memo)


def deepcopy_of_views_shares_memory_as_they_do(torch, show):
    base = torch.arange(6.0).reshape(2, 3)
    row, same = copy.deepcopy((base[1], base))
    same.add_(10)
    show(row, same, base)
    show(row.data_ptr() - same.data_ptr(), row.storage_offset(), row._is_view())


def deepcopy_of_a_view_alone_leaves_the_base_alone(torch, show):
    base = torch.arange(6.0)
    part = copy.deepcopy(base[2:4])
    part.zero_()
    show(part, base, part.storage_offset())


def deepcopy_keeps_strides(torch, show):
    base = torch.arange(6.0).reshape(2, 3)
    for view in (base, base.t(), base[:, 1], base[:, ::2], base[:1].expand(4, 3), torch.ones(2, 3, 4).permute(2, 0, 1)):
        made = copy.deepcopy(view)
        show(made, made.stride(), made.is_contiguous())


def deepcopy_keeps_types(torch, show):
    show(copy.deepcopy(torch.tensor([1, 2])), copy.deepcopy(torch.tensor(True)), copy.deepcopy(torch.empty(0, 3)))
    show(copy.deepcopy(torch.tensor([1 + 2j], requires_grad=True)), copy.deepcopy(torch.ones(2, dtype=torch.float16)))


def deepcopy_copies_attributes_deeply(torch, show):
    x = torch.ones(2, requires_grad=True)
    x.history = [1, 2]
    y = copy.deepcopy(x)
    y.history.append(3)
    show(x.history, y.history)


def deepcopy_leaves_hooks_out(torch, show):
    x = torch.ones(2, requires_grad=True)
    x.register_hook(lambda grad: grad * 100)
    y = copy.deepcopy(x)
    (x + y).sum().backward()
    show(x.grad, y.grad)


def deepcopy_leaves_post_accumulate_hooks_out(torch, show):
    seen = []
    x = torch.ones(2, requires_grad=True)
    x.register_post_accumulate_grad_hook(lambda leaf: seen.append(leaf.grad.clone()))
    (copy.deepcopy(x) * 2).sum().backward()
    show(seen)
    (x * 2).sum().backward()
    show(seen)


def deepcopy_of_what_requires_no_grad_but_has_one(torch, show):
    x = torch.ones(2)
    x.grad = torch.full((2,), 7.0)
    y = copy.deepcopy(x)
    show(y, y.grad)


def deepcopy_in_the_middle_of_a_graph_is_outside_it(torch, show):
    w = torch.tensor([2.0], requires_grad=True)
    y = w * w
    v = copy.deepcopy(w)
    z = y * v
    z.backward()
    show(w.grad, v.grad)


def deepcopy_under_no_grad_keeps_the_flag(torch, show):
    x = torch.ones(2, requires_grad=True)
    with torch.no_grad():
        y = copy.deepcopy(x)
    show(y)


def deepcopy_of_an_inference_tensor_is_an_ordinary_one(torch, show):
    with torch.inference_mode():
        x = torch.ones(2)
    y = copy.deepcopy(x)
    show(x.is_inference(), y.is_inference())
    y.requires_grad_()
    (y * y).sum().backward()
    show(y.grad)


def deepcopy_of_a_parameter_leaves_grad_and_attributes_behind(torch, show):
    p = torch.nn.Parameter(torch.tensor([1.0, 2.0]))
    p.note = "mine"
    (p * p).sum().backward()
    q = copy.deepcopy(p)
    show(type(q).__name__, q, q.grad, hasattr(q, "note"), p.grad)


def deepcopy_of_a_module(torch, show):
    model, _ = _trained(torch)
    other = copy.deepcopy(model)
    show([p.grad is None for p in other.parameters()], [p.requires_grad for p in other.parameters()])
    with torch.no_grad():
        for p in other.parameters():
            p.mul_(2)
    x = torch.ones(1, 2)
    show(model(x), other(x))


def deepcopy_of_a_module_keeps_tied_weights_tied(torch, show):
    model = torch.nn.Sequential(torch.nn.Linear(2, 2), torch.nn.Linear(2, 2))
    model[1].weight = model[0].weight
    other = copy.deepcopy(model)
    show(other[0].weight is other[1].weight, other[0].weight is model[0].weight, len(list(other.parameters())))


def deepcopy_of_a_module_keeps_buffers_and_frozen_parameters(torch, show):
    model = torch.nn.BatchNorm1d(2)
    model(torch.randn(4, 2))
    model.weight.requires_grad_(False)
    other = copy.deepcopy(model)
    show(other.running_mean, other.num_batches_tracked, other.weight.requires_grad, other.bias.requires_grad)
    other(torch.randn(4, 2))
    show(model.num_batches_tracked, other.num_batches_tracked)


def deepcopy_of_model_and_optimizer_together_trains_on(torch, show):
    model, optimizer = _trained(torch)
    other, its = copy.deepcopy((model, optimizer))
    show(its.param_groups[0]["params"][0] is next(iter(other.parameters())))
    before = [p.detach().clone() for p in model.parameters()]
    its.zero_grad()
    other(torch.ones(4, 2)).sum().backward()
    its.step()
    show([bool((p == b).all()) for p, b in zip(model.parameters(), before, strict=True)])
    show(list(other.parameters()))


def averaged_weights_in_a_deep_copy(torch, show):
    model, optimizer = _trained(torch)
    average = copy.deepcopy(model).requires_grad_(False)
    for _ in range(3):
        optimizer.zero_grad()
        model(torch.ones(4, 2)).pow(2).sum().backward()
        optimizer.step()
        with torch.no_grad():
            for a, p in zip(average.parameters(), model.parameters(), strict=True):
                a.lerp_(p, 0.5)
    show(list(average.parameters()), average(torch.ones(1, 2)))


def copy_of_a_leaf_shares_memory_but_not_grad(torch, show):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    (x * x).sum().backward()
    y = copy.copy(x)
    show(y, y is x, y.data_ptr() == x.data_ptr(), y.grad)
    with torch.no_grad():
        y.add_(1)
    show(x)
    (y * 3).sum().backward()
    show(x.grad, y.grad)


def copy_of_a_result_is_a_leaf(torch, show):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = copy.copy(x * 2)
    show(y)
    (y * y).sum().backward()
    show(x.grad, y.grad)


def copy_shares_attributes(torch, show):
    x = torch.ones(2)
    x.history = [1]
    y = copy.copy(x)
    y.history.append(2)
    y.more = True
    show(x.history, hasattr(x, "more"))


def copy_of_a_parameter_is_one(torch, show):
    p = torch.nn.Parameter(torch.ones(2))
    p.note = "mine"
    q = copy.copy(p)
    show(type(q).__name__, q, q.note, q.data_ptr() == p.data_ptr())


def copy_of_a_view_lies_where_the_view_does(torch, show):
    base = torch.arange(6.0)
    y = copy.copy(base[2:4])
    y.zero_()
    show(base, y.storage_offset(), y._is_view())


def copy_of_a_module_shares_its_parameters(torch, show):
    model = torch.nn.Linear(2, 1)
    other = copy.copy(model)
    show(other.weight is model.weight, other is model)


def copying_warns_of_hooks(torch, show):
    x = torch.ones(2, requires_grad=True)
    x.register_hook(print)
    show(copy.copy(x))
    show(_pickled(x))
    show(copy.copy(x * 2))


def a_hook_may_say_that_it_is_not_to_be_copied(torch, show):
    x = torch.ones(2, requires_grad=True)

    @torch.utils.hooks.unserializable_hook
    def hook(grad):
        return grad * 2

    x.register_hook(hook)
    show(copy.copy(x), _pickled(x))
    x.sum().backward()
    show(x.grad)


def a_removed_hook_is_not_warned_of(torch, show):
    x = torch.ones(2, requires_grad=True)
    x.register_hook(print).remove()
    show(copy.copy(x), _pickled(x))


def a_hook_of_a_result_is_warned_of(torch, show):
    y = torch.ones(2, requires_grad=True) * 2
    y.register_hook(print)
    show(_pickled(y))


def pickle_of_a_leaf(torch, show):
    x = torch.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        y = _pickled(x, protocol)
        show(y, y.is_leaf)
    (y * y).sum().backward()
    show(x.grad, y.grad)


def pickle_of_a_result_comes_back_as_a_leaf(torch, show):
    x = torch.ones(2, requires_grad=True)
    y = _pickled(x * 2)
    show(y, y.is_leaf)
    y.sum().backward()
    show(x.grad, y.grad)


def pickle_of_a_detached_result_requires_nothing(torch, show):
    x = torch.ones(2, requires_grad=True)
    show(_pickled((x * 2).detach()))


def pickle_keeps_types_and_shapes(torch, show):
    for x in (
        torch.tensor(5),
        torch.tensor([True, False]),
        torch.empty(0, 3),
        torch.tensor(2.5, dtype=torch.float64),
        torch.tensor([1 + 2j], requires_grad=True),
        torch.tensor([1.5, 2.5], dtype=torch.float16),
        torch.zeros(1, 2, 0, 3, dtype=torch.int16),
    ):
        y = _pickled(x)
        show(y, y.shape, y.stride())


def pickle_keeps_strides(torch, show):
    base = torch.arange(6.0).reshape(2, 3)
    for view in (base.t(), base[:, 1], base[:1].expand(4, 3), torch.arange(24.0).reshape(2, 3, 4).permute(2, 0, 1)):
        made = _pickled(view)
        show(made, made.stride(), made.storage_offset())


def pickle_keeps_attributes(torch, show):
    x = torch.ones(2)
    x.name_of_it = "x"
    x.nested = {"y": torch.zeros(1)}
    y = _pickled(x)
    show(y.name_of_it, y.nested["y"])


def pickle_keeps_one_tensor_one(torch, show):
    x = torch.ones(2, requires_grad=True)
    a, b = _pickled([x, (x,)])
    show(a is b[0])


def pickle_of_an_object_with_tensors(torch, show):
    made = _pickled(Counting(torch.ones(2, requires_grad=True)))
    show(made.count, made.tensor)


def pickle_of_a_parameter(torch, show):
    p = torch.nn.Parameter(torch.tensor([1.0, 2.0]), requires_grad=False)
    p.note = "mine"
    q = _pickled(p)
    show(type(q).__name__, q, q.note)
    p = torch.nn.Parameter(torch.tensor([1.0, 2.0]))
    (p * p).sum().backward()
    q = _pickled(p)
    show(q, q.grad)


def pickle_of_a_module(torch, show):
    model, _ = _trained(torch)
    other = _pickled(model)
    x = torch.ones(1, 2)
    show(model(x), other(x), [name for name, _ in other.named_parameters()])
    other(x).sum().backward()
    show([p.grad for p in other.parameters()])


def pickle_of_model_and_optimizer_together_trains_on(torch, show):
    model, optimizer = _trained(torch)
    other, its = _pickled((model, optimizer))
    show(its.param_groups[0]["params"][0] is next(iter(other.parameters())))
    for one, steps in ((model, optimizer), (other, its)):
        steps.zero_grad()
        one(torch.ones(4, 2)).sum().backward()
        steps.step()
        show(list(one.parameters()))


def pickle_of_a_state_dict(torch, show):
    model, optimizer = _trained(torch)
    states = _pickled((model.state_dict(), optimizer.state_dict()))
    other = torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.Tanh(), torch.nn.Linear(3, 1))
    its = torch.optim.SGD(other.parameters(), lr=0.5, momentum=0.5)
    other.load_state_dict(states[0])
    its.load_state_dict(states[1])
    show(list(states[0]), its.param_groups[0]["lr"], list(other.parameters()))


def pickle_into_a_file(torch, show):
    file = io.BytesIO()
    pickle.dump(torch.ones(2, requires_grad=True), file)
    pickle.dump(torch.zeros(1), file)
    file.seek(0)
    show(pickle.load(file), pickle.load(file))


def nodes_cannot_be_copied(torch, show):
    node = (torch.ones(2, requires_grad=True) * 2).grad_fn
    show.error(pickle.dumps, node)
    show.error(copy.copy, node)
    show.error(copy.deepcopy, node)


def what_goes_with_tensors_is_copied_as_itself(torch, show):
    show(copy.deepcopy(torch.float32) is torch.float32, _pickled(torch.int64) is torch.int64)
    show(_pickled(torch.device("cpu")) == torch.device("cpu"), _pickled(torch.Size([1, 2])) == torch.Size([1, 2]))


def clone_remembers_where_it_came_from(torch, show):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x.clone()
    show(y, y.data_ptr() == x.data_ptr())
    (y * y).sum().backward()
    show(x.grad)
    show(x.detach().clone(), x.clone().detach())


def windows_share_their_memory_after_a_deep_copy(torch, show):
    x = torch.arange(6.0)
    base, windows, strided = copy.deepcopy((x, x.unfold(0, 3, 1), x.as_strided((2, 2), (2, 1), 1)))
    base.mul_(2)
    show(windows, strided, windows.stride(), strided.stride(), strided.storage_offset())
    show(copy.deepcopy(x.unfold(0, 2, 1)).stride(), x)
