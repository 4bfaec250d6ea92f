"""Inference mode, beside grad mode: what it is within what, and what its tensors may be used for afterwards."""

import asyncio
import copy
import pickle
import threading


def _modes(torch):
    return torch.is_inference_mode_enabled(), torch.is_grad_enabled()


def it_switches_recording_off(torch, show):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    show(*_modes(torch))
    with torch.inference_mode():
        show(*_modes(torch))
        y = x * 3
        show(y, y.is_inference())
    show(*_modes(torch), y.is_inference(), y)


def switched_off_within_itself(torch, show):
    x = torch.ones(2, requires_grad=True)
    with torch.inference_mode():
        made_inside = torch.ones(2)
        with torch.inference_mode(False):
            show(*_modes(torch))
            normal = torch.ones(2)
            y = normal * x
            show(y, y.is_inference(), normal.is_inference(), made_inside.is_inference())
        show(*_modes(torch))
        normal.add_(1)
        show(normal.is_inference(), normal._version)
    show(*_modes(torch))


def switched_off_within_no_grad_it_records(torch, show):
    with torch.no_grad():
        with torch.inference_mode(False):
            show(*_modes(torch), torch.ones(2, requires_grad=True) * 2)
        show(*_modes(torch))
        with torch.inference_mode():
            show(*_modes(torch))
        show(*_modes(torch))


def grad_mode_within_it(torch, show):
    x = torch.ones(2, requires_grad=True)
    with torch.inference_mode():
        with torch.enable_grad():
            show(*_modes(torch))
            y = x * x
            show(y, y.is_inference())
        show(*_modes(torch))
        with torch.no_grad():
            show(*_modes(torch), torch.ones(2).is_inference())
        with torch.set_grad_enabled(True):
            show(*_modes(torch), (x * x).requires_grad)
        show(*_modes(torch))
    show(*_modes(torch))


def an_exception_leaves_it(torch, show):
    show.error(torch.inference_mode()(lambda: 1 / 0))
    show(*_modes(torch))
    try:
        with torch.no_grad(), torch.inference_mode():
            raise KeyError
    except KeyError:
        show(*_modes(torch))


def as_a_decorator(torch, show):
    @torch.inference_mode
    def bare():
        return _modes(torch)

    @torch.inference_mode()
    def called():
        return _modes(torch)

    @torch.inference_mode(mode=False)
    def off():
        return _modes(torch)

    @torch.inference_mode()
    def produce():
        yield _modes(torch)
        yield _modes(torch)

    show(bare(), called(), off(), bare.__name__)
    for modes in produce():
        show(modes, _modes(torch))
    with torch.inference_mode():
        show(off(), called())
    show(_modes(torch))


def a_decorated_method(torch, show):
    class Model(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.weight = torch.nn.Parameter(torch.tensor([2.0, 3.0]))

        @torch.inference_mode()
        def predict(self, x):
            return self.weight * x

        def forward(self, x):
            return self.weight * x

    model = Model()
    prediction = model.predict(torch.ones(2))
    show(prediction, prediction.is_inference(), model(torch.ones(2)))


def what_a_new_tensor_is(torch, show):
    normal = torch.ones(3)
    with torch.inference_mode():
        made = {
            "ones": torch.ones(3),
            "tensor": torch.tensor([1.0, 2.0]),
            "arange": torch.arange(3),
            "like": torch.zeros_like(normal),
            "clone": normal.clone(),
            "other type": normal.to(torch.float64),
            "sum": normal.sum(),
            "comparison": normal > 0,
            "product": normal @ normal,
            "parts joined": torch.cat([normal, normal]),
            "picked": normal[torch.tensor([0, 1])],
            "largest": normal.max(0).values,
        }
        show({name: tensor.is_inference() for name, tensor in made.items()})


def what_stays_normal(torch, show):
    normal = torch.ones(2, 3)
    with torch.inference_mode():
        same = {
            "itself": normal,
            "same type": normal.to(torch.float32),
            "contiguous": normal.contiguous(),
            "view": normal.view(3, 2),
            "transpose": normal.t(),
            "row": normal[0],
            "slice": normal[:, 1:],
            "expand": normal[0].expand(2, 3),
            "detach": normal.detach(),
            "part": normal.split(1)[0],
            "unbind": normal.unbind(0)[1],
        }
        show({name: tensor.is_inference() for name, tensor in same.items()})
        show(normal[0]._is_view(), normal[0]._base is normal)


def operations_outside_make_normal_tensors(torch, show):
    with torch.inference_mode():
        a = torch.tensor([1.0, 4.0])
    made = {"product": a * 2, "clone": a.clone(), "sum": a.sum(), "other type": a.double(), "mask": a > 1}
    show({name: tensor.is_inference() for name, tensor in made.items()})
    show(a.view(2, 1).is_inference(), a[:1].is_inference(), a.detach().is_inference(), a.data.is_inference())
    show(a.float() is a, a.contiguous() is a, a)


def no_version_is_counted(torch, show):
    with torch.inference_mode():
        a = torch.ones(2)
        show.error(lambda: a._version)
        a.add_(1)
        show(a)
    show.error(lambda: a._version)
    show(torch.ones(2)._version)


def they_cannot_be_saved_for_backward(torch, show):
    x = torch.ones(2, requires_grad=True)
    with torch.inference_mode():
        a = torch.tensor([3.0, 4.0])
    show.error(lambda: x * a)
    show.error(lambda: a * x)
    show.error(lambda: torch.atan2(x, a))
    show.error(lambda: torch.outer(x, a))
    show(x + a, x - a, torch.cat([x, a]))


def a_clone_can_be_saved(torch, show):
    x = torch.ones(2, requires_grad=True)
    with torch.inference_mode():
        a = torch.tensor([3.0, 4.0])
    (x * a.clone()).sum().backward()
    show(x.grad)


def adding_one_saves_nothing(torch, show):
    x = torch.ones(2, requires_grad=True)
    with torch.inference_mode():
        a = torch.tensor([3.0, 4.0])
    y = (x + a) * 2
    y.sum().backward()
    show(y, x.grad)


def they_cannot_be_changed_outside(torch, show):
    with torch.inference_mode():
        a = torch.ones(2, 2)
    for change in (
        lambda: a.add_(1),
        lambda: a.mul_(a),
        lambda: a.zero_(),
        lambda: a.fill_(2),
        lambda: a.copy_(torch.zeros(2, 2)),
        lambda: a.view(4).add_(1),
        lambda: a[0].mul_(2),
        lambda: a.t_(),
        lambda: a.unsqueeze_(0),
        lambda: torch.nn.init.ones_(a),
    ):
        show.error(change)
    with torch.no_grad():
        show.error(a.add_, 1)
    show(a.is_inference())


def items_cannot_be_set_outside(torch, show):
    with torch.inference_mode():
        a = torch.zeros(3)
    show.error(a.__setitem__, 0, 1.0)
    show.error(a.__setitem__, slice(0, 2), torch.ones(2))
    with torch.inference_mode():
        a[0] = 1.0
        a[1:] = torch.tensor([2.0, 3.0])
        show(a)


def as_out(torch, show):
    n = torch.ones(2)
    with torch.inference_mode():
        refuses, a = torch.zeros(2), torch.zeros(2)
    show.error(lambda: torch.add(n, n, out=refuses))
    show(torch.add(a, a, out=n), n.is_inference())
    with torch.inference_mode():
        torch.add(n, 1, out=a)
        torch.add(a, 1, out=n)
    show(n, n.is_inference(), n._version, a)


def they_cannot_require_grad_outside(torch, show):
    with torch.inference_mode():
        a = torch.ones(2)
        a.requires_grad_()
        a.requires_grad_(False)
    show.error(a.requires_grad_)
    show.error(setattr, a, "requires_grad", True)
    show.error(torch.nn.Parameter, a)
    show(a.requires_grad_(False), torch.nn.Parameter(a, requires_grad=False).is_inference())


def one_that_required_grad_inside(torch, show):
    with torch.inference_mode():
        a = torch.ones(2, requires_grad=True)
        show(a, a.is_inference(), (a * 2).requires_grad)
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    (a + x).sum().backward()
    show(a.grad, x.grad, a.grad.is_inference())
    show.error(lambda: a * x)
    show.error(a.add_, 1)


def a_model_made_inside(torch, show):
    torch.manual_seed(1)
    with torch.inference_mode():
        model = torch.nn.Linear(3, 2)
        show(model.weight.is_inference(), model.weight.requires_grad, model(torch.ones(1, 3)).requires_grad)
    result = model(torch.ones(1, 3))
    show(result.requires_grad, result.is_inference())


def normal_tensors_changed_inside(torch, show):
    n = torch.ones(3)
    x = torch.ones(3, requires_grad=True)
    y = x * 2
    with torch.inference_mode():
        n.add_(1)
        n[0] = 5
        show(n, n._version)
        x.mul_(3)
        y.mul_(4)
        show(x, x._version, y._version)
    y.sum().backward()
    show(x.grad)


def what_was_saved_is_changed_inside(torch, show):
    x = torch.ones(3, requires_grad=True)
    y = x.exp()
    with torch.inference_mode():
        y.add_(1)
    y.sum().backward()


def views_of_normal_tensors_made_inside(torch, show):
    x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    y = x * 2
    with torch.inference_mode():
        of_leaf, of_result = x[:2], y[:2]
        show(of_leaf.requires_grad, of_leaf.is_leaf, of_leaf._is_view(), of_leaf._base is x)
        show(of_result.requires_grad, of_result.is_leaf, of_result.grad_fn)
    show(of_leaf * 2, of_result.sin(), (of_leaf[:1]).requires_grad)
    (of_leaf * 3).sum().backward()
    show(x.grad)


def changing_a_view_made_inside(torch, show):
    x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    y = x * 2
    with torch.inference_mode():
        of_leaf, of_result, one_of_several = x[:2], y[:2], y.split(1)[0]
    show.error(of_leaf.add_, 1)
    show.error(of_result.mul_, 2)
    show.error(one_of_several.mul_, 2)
    show(y)


def a_view_made_inside_whose_base_was_changed(torch, show):
    x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    y = x * 2
    with torch.inference_mode():
        view = y[:2]
    y.mul_(3)
    show.error(lambda: view * 2)
    show.error(lambda: view.grad_fn)
    y.sum().backward()
    show(x.grad)


def changing_a_view_of_what_needs_no_gradient(torch, show):
    n = torch.ones(3)
    x = torch.ones(2, requires_grad=True)
    with torch.inference_mode():
        view = n[:2]
    view.add_(1)
    show(n, n._version, view._version)
    show.error(view.mul_, x)
    show(n)


def views_of_inference_tensors(torch, show):
    with torch.inference_mode():
        a = torch.zeros(2, 3)
        row = a[0]
        show(row.is_inference(), row._is_view())
        row.add_(1)
        a.view(6)[5] = 7
        show(a)
    show.error(row.add_, 1)
    show(a.t().is_inference(), a.reshape(3, 2).is_inference(), a.t().contiguous().is_inference())


def backward_of_an_outside_graph(torch, show):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    loss = (x * x).sum()
    with torch.inference_mode():
        loss.backward()
        show(x.grad, x.grad.is_inference())
    show.error((x * 3).sum().backward)
    x.grad = None
    (x * 3).sum().backward()
    show(x.grad, x.grad.is_inference())


def grad_of_an_outside_graph(torch, show):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    loss = (x**3).sum()
    with torch.inference_mode():
        (gradient,) = torch.autograd.grad(loss, x, retain_graph=True)
        show(gradient, gradient.is_inference())
        (gradient,) = torch.autograd.grad(loss, x, create_graph=True)
        show(gradient, gradient.is_inference())


def backward_inside_of_what_was_made_inside(torch, show):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    with torch.inference_mode():
        loss = (x * x).sum()
        show.error(loss.backward)
    show.error(loss.backward)
    show(x.grad)


def gradients_go_into_a_graph_by_an_inference_tensor(torch, show):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    with torch.inference_mode():
        seed = torch.tensor([10.0, 20.0])
    (x + 1).backward(seed)
    (x + 1).backward(seed)
    show(x.grad, x.grad.is_inference(), seed)


def in_place_with_an_inference_operand(torch, show):
    x = torch.ones(2, requires_grad=True)
    n = torch.ones(2)
    with torch.inference_mode():
        a = torch.tensor([3.0, 4.0])
    y = x * 1
    show.error(y.mul_, a)
    show(y.add_(a), n.mul_(a), n.copy_(a), n.is_inference())
    y.sum().backward()
    show(x.grad)


def copies_made_outside_are_normal(torch, show):
    with torch.inference_mode():
        a = torch.tensor([1.0, 2.0])
    loaded = pickle.loads(pickle.dumps(a))
    show(copy.deepcopy(a).is_inference(), loaded.is_inference(), torch.tensor(a.tolist()).is_inference())
    show(a.numpy(), a.numpy().flags.writeable, a.tolist(), a[1].item())


def the_data_of_an_inference_tensor(torch, show):
    n, x = torch.ones(2), torch.ones(2, requires_grad=True)
    with torch.inference_mode():
        a = torch.zeros(2)
        show(n.data.is_inference(), x.data.is_inference(), a.data.is_inference())
    show(a.data.is_inference(), a.detach_().is_inference(), a.is_leaf, a.grad)
    show.error(a.register_hook, print)
    show.error(a.retain_grad)


def an_optimizer_inside(torch, show):
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    optimizer = torch.optim.SGD([w], lr=0.5)
    (w * w).sum().backward()
    with torch.inference_mode():
        optimizer.step()
        show(w, w._version, w.is_inference())
        optimizer.zero_grad()
    (w * w).sum().backward()
    show(w.grad)


def custom_functions_inside(torch, show):
    class Double(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            show(*_modes(torch))
            ctx.save_for_backward(x)
            return x * 2

        @staticmethod
        def backward(ctx, grad):
            (x,) = ctx.saved_tensors
            return grad * 2 + x * 0

    x = torch.ones(2, requires_grad=True)
    with torch.inference_mode():
        y = Double.apply(x)
        show(y, y.is_inference())
        a = torch.ones(2)
    show(Double.apply(a), Double.apply(a).is_inference())
    Double.apply(x).sum().backward()
    show(x.grad)


def new_threads_begin_outside(torch, show):
    seen = []
    with torch.inference_mode():
        thread = threading.Thread(target=lambda: seen.append((*_modes(torch), torch.ones(1).is_inference())))
        thread.start()
        thread.join()
        seen.append((*_modes(torch), torch.ones(1).is_inference()))
    show(seen)


def a_coroutine_keeps_its_own(torch, show):
    async def inside():
        with torch.inference_mode():
            return _modes(torch)

    async def main():
        return await inside(), _modes(torch)

    show(asyncio.run(main()))


def multithreading_is_a_mode_too(torch, show):
    enabled = torch.autograd.is_multithreading_enabled
    x = torch.ones(2, requires_grad=True)
    show(enabled())
    with torch.autograd.set_multithreading_enabled(False):
        show(enabled())
        with torch.autograd.set_multithreading_enabled(True):
            show(enabled())
        (x * 2).sum().backward()
    show(enabled(), x.grad)
    torch.autograd.set_multithreading_enabled(False)
    show(enabled())
    torch.autograd.set_multithreading_enabled(True)
    show(enabled())


def hooks_of_saved_tensors(torch, show):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    packed = []

    def pack(tensor):
        packed.append(tensor.is_inference())
        return tensor.clone()

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        with torch.inference_mode():
            a = x * x
        show(packed)
        show.error(lambda: x * a)
        (x * x).sum().backward()
    show(packed, x.grad)


def versions_are_not_counted_up(torch, show):
    with torch.inference_mode():
        a = torch.ones(2)
        torch.autograd.graph.increment_version(a)
    show.error(torch.autograd.graph.increment_version, a)


def anomaly_mode_inside(torch, show):
    x = torch.full((2,), -1.0, requires_grad=True)
    with torch.autograd.set_detect_anomaly(True), torch.inference_mode():
        y = x.sqrt() * 2
        show(y, y.is_inference(), torch.is_inference(y), torch.is_inference(x))
    with torch.autograd.set_detect_anomaly(True):
        loss = (x.sqrt() * 2).sum()
        with torch.inference_mode():
            show.error(loss.backward)


def modules_inside(torch, show):
    torch.manual_seed(0)
    model = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.BatchNorm1d(4), torch.nn.ReLU(), torch.nn.Linear(4, 1))
    batch = torch.arange(6.0).reshape(2, 3)
    with torch.inference_mode():
        result = model(batch)
        show(result.is_inference(), result.requires_grad)
    mean = model[1].running_mean
    show(mean.is_inference(), model[1].num_batches_tracked, mean.requires_grad)
    model(batch).sum().backward()
    show(model[0].weight.grad.is_inference(), model[1].num_batches_tracked)
