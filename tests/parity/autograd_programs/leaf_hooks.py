"""Hooks of leaves, run when their gradient has been written."""


def _noting(show, name, change=None):
    def hook(grad):
        show(name, grad)
        return None if change is None else change(grad)

    return hook


def post_accumulate_hooks_and_grad(torch, show):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    x.register_post_accumulate_grad_hook(lambda leaf: show("post", leaf.grad))
    show(torch.autograd.grad((x * 2).sum(), x))
    show(x.grad)


def backward_for_some_inputs(torch, show):
    x, w = torch.tensor([1.0, 2.0], requires_grad=True), torch.tensor([3.0, 4.0], requires_grad=True)
    y = x * w
    for name, tensor in {"x": x, "w": w, "y": y}.items():
        tensor.register_hook(_noting(show, name))
    w.register_post_accumulate_grad_hook(lambda leaf: show("post w"))
    x.register_post_accumulate_grad_hook(lambda leaf: show("post x", leaf.grad))
    y.sum().backward(inputs=[x], retain_graph=True)
    show(x.grad, w.grad)
    y.sum().backward(inputs=[y])
    show(x.grad, w.grad, y.grad)


def the_order_of_leaves(torch, show):
    leaves = [torch.tensor([float(number)], requires_grad=True) for number in range(4)]
    for number, leaf in enumerate(leaves):
        leaf.register_hook(_noting(show, number))
        leaf.register_post_accumulate_grad_hook(lambda leaf, number=number: show("post", number, leaf.grad))
    total = leaves[0] * leaves[1] + leaves[2].exp() * leaves[3]
    total.backward()


def leaves_are_written_before_older_nodes_run(torch, show):
    x, w, v = (torch.tensor([float(number)], requires_grad=True) for number in (1, 2, 3))
    first = x * w
    second = first * v
    first.register_hook(lambda grad: show("first", v.grad, x.grad))
    v.register_post_accumulate_grad_hook(lambda leaf: show("v", leaf.grad, x.grad))
    x.register_post_accumulate_grad_hook(lambda leaf: show("x", leaf.grad, v.grad))
    second.backward()


def post_accumulate_hooks_in_order(torch, show):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    x.register_post_accumulate_grad_hook(lambda leaf: show("first", leaf.grad))
    x.register_post_accumulate_grad_hook(lambda leaf: show(leaf.grad.mul_(10)))
    x.register_post_accumulate_grad_hook(lambda leaf: show("last", leaf.grad))
    (x * 2 + x).sum().backward()
    show(x.grad)


def what_a_post_accumulate_hook_may_return(torch, show):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    returned = None, x, 5, torch.ones(3), torch.ones(2, dtype=torch.float64), x.detach() * 2
    for value in returned:
        with x.register_post_accumulate_grad_hook(lambda leaf, value=value: value):
            show.error(x.sum().backward)


def a_post_accumulate_hook_may_take_the_gradient_away(torch, show):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    taken = []

    def take(leaf):
        taken.append(leaf.grad)
        leaf.grad = None

    x.register_post_accumulate_grad_hook(take)
    for factor in (2, 3):
        (x * factor).sum().backward()
    show(x.grad, taken)


def optimizers_in_the_backward_pass(torch, show):
    layers = torch.nn.Sequential(torch.nn.Linear(3, 2), torch.nn.Tanh(), torch.nn.Linear(2, 1))
    with torch.no_grad():
        for parameter in layers.parameters():
            parameter.fill_(0.5)
    optimizers = {p: torch.optim.SGD([p], lr=0.1, momentum=0.9) for p in layers.parameters()}

    def step(parameter):
        optimizers[parameter].step()
        optimizers[parameter].zero_grad()

    for parameter in layers.parameters():
        parameter.register_post_accumulate_grad_hook(step)
    for _ in range(3):
        layers(torch.tensor([[1.0, -2.0, 0.5]])).pow(2).sum().backward()
    show([p.grad for p in layers.parameters()], list(layers.parameters()))


def optimizers_in_the_backward_pass_that_keep_gradients(torch, show):
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    optimizer = torch.optim.Adam([w], lr=0.1)
    w.register_post_accumulate_grad_hook(lambda leaf: optimizer.step())
    for _ in range(3):
        (w * w).sum().backward()
    show(w, w.grad)


def post_accumulate_hooks_with_create_graph(torch, show):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    x.register_post_accumulate_grad_hook(lambda leaf: show(leaf.grad))
    (x**3).sum().backward(create_graph=True)
    x.grad = None


def a_post_accumulate_hook_removed(torch, show):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    handle = x.register_post_accumulate_grad_hook(lambda leaf: show("post"))
    x.sum().backward()
    handle.remove()
    x.sum().backward()
    show(x.grad)
