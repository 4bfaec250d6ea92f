"""Backward passes from several threads, in several tasks, and within one another."""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor


def _in_threads(count, work):
    with ThreadPoolExecutor(count) as threads:
        return list(threads.map(work, range(count)))


def threads_add_to_one_leaf(torch, show):
    w = torch.tensor([1.0, 2.0], requires_grad=True)

    def work(number):
        for _ in range(20):
            (w * (number + 1)).sum().backward()

    _in_threads(4, work)
    show(w.grad)


def threads_that_share_a_graph(torch, show):
    x = torch.tensor([0.5, 1.0], requires_grad=True)
    y = (x * x).sum()

    def work(number):
        for _ in range(10):
            y.backward(retain_graph=True)
        return torch.autograd.grad(y, x, retain_graph=True)

    show(_in_threads(4, work), x.grad)


def threads_with_graphs_of_their_own_over_a_shared_part(torch, show):
    w = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    shared = w + w

    def work(number):
        (shared * number).sum().backward()

    _in_threads(4, work)
    show(w.grad)


def a_graph_made_in_another_thread(torch, show):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    made = _in_threads(2, lambda number: (x ** (number + 2)).sum())
    for loss in made:
        show(loss)
        loss.backward()
    show(x.grad)


def a_training_in_each_thread(torch, show):
    def train(number):
        w = torch.full((2,), float(number), requires_grad=True)
        optimizer = torch.optim.SGD([w], lr=0.1)
        for _ in range(5):
            optimizer.zero_grad()
            ((w - 1) ** 2).sum().backward()
            optimizer.step()
        return w.detach()

    show(_in_threads(3, train))


def an_error_in_a_thread_stays_there(torch, show):
    x = torch.tensor([1.0, 2.0], requires_grad=True)

    def work(number):
        y = (x * x).sum() if number else x * x
        try:
            y.backward()
        except RuntimeError as error:
            return str(error)
        return None

    show(_in_threads(2, work), x.grad)


def hooks_run_in_the_thread_that_asked(torch, show):
    x = torch.ones(2, requires_grad=True)
    y = x * 2
    seen = []
    y.register_hook(lambda grad: seen.append(threading.get_ident()))
    y.grad_fn.register_hook(lambda inputs, outputs: seen.append(threading.get_ident()))
    x.register_post_accumulate_grad_hook(lambda leaf: seen.append(threading.get_ident()))

    def work():
        y.sum().backward()
        show([ident == threading.get_ident() for ident in seen])

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()


def grad_mode_is_of_a_thread(torch, show):
    x = torch.ones(2, requires_grad=True)
    with torch.no_grad():
        show(_in_threads(2, lambda number: (torch.is_grad_enabled(), (x * 2).requires_grad)), (x * 2).requires_grad)
    entered, leave = threading.Event(), threading.Event()

    def off():
        with torch.no_grad():
            entered.set()
            leave.wait(10)

    thread = threading.Thread(target=off)
    thread.start()
    entered.wait(10)
    show(torch.is_grad_enabled(), (x * 2).requires_grad)
    leave.set()
    thread.join()


def saved_tensor_hooks_are_of_a_thread(torch, show):
    x = torch.ones(2, requires_grad=True)
    packed = []

    def pack(tensor):
        packed.append(threading.current_thread() is threading.main_thread())
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        made = _in_threads(2, lambda number: (x.exp() * number).sum())
        show(packed)
        made.append((x.exp() * 3).sum())
        show(packed)
    sum(made).backward()
    show(x.grad)


def multithreading_is_of_a_thread(torch, show):
    with torch.autograd.set_multithreading_enabled(False):
        show(_in_threads(2, lambda number: torch.autograd.is_multithreading_enabled()))
        show(torch.autograd.is_multithreading_enabled())


def tasks_take_turns(torch, show):
    w = torch.tensor([1.0, 2.0], requires_grad=True)

    async def work(number):
        for _ in range(3):
            loss = (w * number).sum()
            await asyncio.sleep(0)
            loss.backward()

    async def main():
        await asyncio.gather(*[work(number) for number in range(4)])

    asyncio.run(main())
    show(w.grad)


def backward_in_a_hook(torch, show):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    z = torch.tensor([3.0, 4.0], requires_grad=True)

    def hook(grad):
        with torch.enable_grad():
            (z * z).sum().backward()
        return grad * 10

    y = x * 2
    y.register_hook(hook)
    y.sum().backward()
    show(x.grad, z.grad)


def the_same_leaf_in_a_hooks_backward(torch, show):
    x = torch.tensor([1.0, 2.0], requires_grad=True)

    def hook(grad):
        with torch.enable_grad():
            (x * 100).sum().backward()

    y = x * 2
    y.register_hook(hook)
    (y * y).sum().backward()
    show(x.grad)


def grad_in_a_hook(torch, show):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x**3
    total = y.sum()

    def hook(grad):
        (inner,) = torch.autograd.grad(total, x, retain_graph=True)
        show(inner)
        return inner

    x.register_hook(lambda grad: grad + 1)
    handle = y.register_hook(lambda grad: hook(grad) if handle.remove() is None else None)
    total.backward()
    show(x.grad)


def grad_mode_in_hooks(torch, show):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * x
    y.register_hook(lambda grad: show(torch.is_grad_enabled(), grad.requires_grad))
    y.sum().backward(retain_graph=True)
    torch.autograd.grad(y.sum(), x, create_graph=True)
    with torch.no_grad():
        y.backward(torch.ones(2), retain_graph=True)
        show(torch.is_grad_enabled())
    show(torch.is_grad_enabled())


def backward_in_a_custom_function(torch, show):
    class Recomputed(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x.exp() * x

        @staticmethod
        def backward(ctx, grad):
            (x,) = ctx.saved_tensors
            with torch.enable_grad():
                again = x.detach().requires_grad_()
                result = again.exp() * again
            result.backward(grad)
            return again.grad

    x = torch.tensor([0.5, 1.0], requires_grad=True)
    (Recomputed.apply(Recomputed.apply(x)) * 2).sum().backward()
    show(x.grad)


def _deep(torch, at_the_bottom):
    # A Function whose backward starts a pass through itself, `depth` times.
    class Deep(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x, depth):
            ctx.depth = depth
            return x * 1

        @staticmethod
        def backward(ctx, grad):
            if not ctx.depth:
                return at_the_bottom(grad), None
            with torch.enable_grad():
                leaf = torch.ones(1, requires_grad=True)
                Deep.apply(leaf, ctx.depth - 1).sum().backward()
            return grad + leaf.grad, None

    return Deep


def passes_within_passes(torch, show):
    function = _deep(torch, lambda grad: grad)
    for depth in (1, 5, 50, 150):
        x = torch.ones(1, requires_grad=True)
        function.apply(x, depth).sum().backward()
        show(x.grad)


def an_error_deep_within(torch, show):
    def fails(grad):
        raise ValueError("at the bottom. Here.")

    x = torch.ones(1, requires_grad=True)
    show.error(_deep(torch, fails).apply(x, 5).sum().backward)
    show(x.grad)
    (x * 2).sum().backward()
    show(x.grad)


def a_second_backward_in_a_hook(torch, show):
    x = torch.ones(2, requires_grad=True)
    loss = (x * x).sum()
    y = x * 3
    y.register_hook(lambda grad: loss.backward())
    loss.backward()
    show.error(y.sum().backward)


def callbacks_after_a_pass(torch, show):
    queue_callback = torch.autograd.Variable._execution_engine.queue_callback
    x = torch.ones(2, requires_grad=True)
    y = x * 2

    def hook(grad):
        queue_callback(lambda: show("first", x.grad))
        queue_callback(lambda: queue_callback(lambda: show("third")))
        queue_callback(lambda: show("second"))
        show("hook", x.grad)

    y.register_hook(hook)
    y.sum().backward()
    show("behind")
    show.error(queue_callback, print)


def callbacks_of_passes_within_passes(torch, show):
    queue_callback = torch.autograd.Variable._execution_engine.queue_callback
    x, z = torch.ones(2, requires_grad=True), torch.ones(2, requires_grad=True)
    y = x * 2

    def hook(grad):
        queue_callback(lambda: show("of the outer"))
        with torch.enable_grad():
            inner = (z * 3).sum()
        inner.register_hook(lambda grad: queue_callback(lambda: show("of the inner", z.grad)))
        inner.backward()
        show("inner pass over")

    y.register_hook(hook)
    y.sum().backward()
    show(x.grad)


def a_callback_that_raises(torch, show):
    queue_callback = torch.autograd.Variable._execution_engine.queue_callback
    x = torch.ones(2, requires_grad=True)
    y = x * 2
    y.register_hook(lambda grad: queue_callback(lambda: 1 / 0))
    show.error(y.sum().backward)
    show(x.grad)


def a_lock_held_in_hooks_of_two_threads(torch, show):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    lock = threading.Lock()
    counted = []

    def hook(grad):
        with lock:
            counted.append(1)
        return grad * 2

    x.register_hook(hook)

    def work(number):
        for _ in range(10):
            (x * (number + 1)).sum().backward()

    _in_threads(2, work)
    show(len(counted), x.grad)
