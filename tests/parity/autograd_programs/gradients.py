"""`.grad` itself: assigning it, its type, and asking for gradients."""


def the_type_of_a_gradient(torch, show):
    x = torch.ones(2, requires_grad=True)
    show(x.grad_dtype)
    x.grad_dtype = torch.float64
    (x * 2).sum().backward()
    show(x.grad, x.grad_dtype)
    show.error(setattr, x, "grad_dtype", torch.float16)
    x.grad = None
    show.error(setattr, x, "grad", torch.ones(2))
    x.grad_dtype = None
    x.grad = torch.ones(2, dtype=torch.float64)
    (x * 2).sum().backward()
    show(x.grad, x.grad_dtype)


def the_type_of_a_gradient_belongs_to_leaves(torch, show):
    y = torch.ones(2, requires_grad=True) * 2
    show.error(lambda: y.grad_dtype)
    show.error(setattr, torch.ones(2), "grad_dtype", 3)
    show(torch.ones(2).grad_dtype, torch.ones(2, dtype=torch.int64).grad_dtype)


def gradients_of_another_type_by_grad(torch, show):
    x = torch.ones(2, requires_grad=True)
    x.grad_dtype = torch.float64
    x.register_hook(lambda grad: show(grad.dtype))
    (x * 2).sum().backward()
    show(x.grad)


def assigning_a_gradient(torch, show):
    x = torch.ones(3, requires_grad=True)
    x.grad = torch.tensor([1.0, 2.0, 3.0])
    x.sum().backward()
    show(x.grad)
    for wrong in (torch.ones(4), torch.ones(3, dtype=torch.float64), 1, x):
        show.error(setattr, x, "grad", wrong)
    show(x.grad)
    del x.grad
    show(x.grad)


def a_gradient_that_requires_grad_is_replaced(torch, show):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    (x**3).sum().backward(create_graph=True)
    first = x.grad
    show(first)
    (first * first).sum().backward()
    show(x.grad, x.grad is first)


def gradients_accumulate_into_the_same_tensor(torch, show):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    (x * x).sum().backward()
    first = x.grad
    (x * x).sum().backward()
    show(x.grad is first, first)


def unused_inputs(torch, show):
    x, y = torch.ones(2, requires_grad=True), torch.ones(2, requires_grad=True)
    show.error(torch.autograd.grad, (x * x).sum(), [x, y])
    show(torch.autograd.grad((x * x).sum(), [x, y], allow_unused=True))
    show(torch.autograd.grad((x * x).sum(), [x, y], materialize_grads=True))
    show(torch.autograd.grad((x * x).sum(), {"x": x, "y": y}, allow_unused=True))
    torch.autograd.grad((x * x).sum(), y, allow_unused=False, materialize_grads=True)


def what_cannot_be_differentiated(torch, show):
    x = torch.ones(2, requires_grad=True)
    show.error(torch.ones(2).sum().backward)
    show.error((x * x).backward)
    show.error(torch.autograd.grad, (x * x).sum(), torch.ones(2))
    show.error(torch.autograd.grad, (x * x).sum(), [])
    show.error((x * x).sum().backward, inputs=[])
    show.error((x * x).backward, torch.ones(3))
    show.error((x * x).backward, torch.ones(2, dtype=torch.complex64))
    show.error((x * x).backward, 2)


def inputs_of_backward(torch, show):
    x, y = torch.tensor(2.0, requires_grad=True), torch.tensor(3.0, requires_grad=True)
    between = x * y
    result = between * x
    result.backward(inputs=[y], retain_graph=True)
    show(x.grad, y.grad, between.retains_grad)
    result.backward(inputs=[between, x], retain_graph=True)
    show(x.grad, y.grad, between.grad, between.retains_grad)
    show.error(result.backward, inputs=[torch.ones(2)])


def roots_that_share(torch, show):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * 2
    torch.autograd.backward([y.sum(), y.prod(), y], [None, torch.tensor(2.0), torch.ones(2)])
    show(x.grad)


def a_second_backward(torch, show):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    loss = (x * x).sum()
    loss.backward(retain_graph=True)
    loss.backward()
    show(x.grad)
    show.error(loss.backward)
    show(x.grad)
    total = (x + x).sum()
    total.backward()
    total.backward()
    show(x.grad)


def the_layout_of_a_gradient(torch, show):
    x = torch.ones(2, 3).t().requires_grad_()
    (x * torch.ones(3, 2)).sum().backward()
    show(x.grad, x.grad.stride(), x.stride())
    x.grad = None
    with torch.autograd.enforce_grad_layout_policy(False):
        (x * torch.ones(3, 2)).sum().backward()
    show(x.grad)
    torch.autograd.enforce_grad_layout_policy(True)
    x.grad = None
    x.backward(torch.ones(3, 2))
    show(x.grad, x.grad.stride())


def a_policy_about_layouts_decorates(torch, show):
    @torch.autograd.enforce_grad_layout_policy(False)
    def gradient():
        x = torch.ones(2, 3).t().requires_grad_()
        x.sum().backward()
        return x.grad

    show(gradient())
    y = torch.ones(2, 3).t().requires_grad_()
    y.backward(torch.ones(3, 2))
    show(y.grad.stride())


def numbers_are_saved_too(torch, show):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    for function in (lambda: x * 2, lambda: 2 * x, lambda: x / 2, lambda: x + 2, lambda: 3 - x, lambda: x**1):
        y = function().sum()
        y.backward()
        show.error(y.backward)
    y = x.clone()
    y.mul_(2)
    z = y.sum()
    z.backward()
    show.error(z.backward)
    show(x.grad)


def a_number_under_create_graph(torch, show):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    (first,) = torch.autograd.grad((x * 3 / 2).sum() * 2, x, create_graph=True)
    show(first)
    show(torch.autograd.grad(((x * 2) ** 2 * first.sum()).sum(), x))
    y = x * 2
    y.sum().backward()
    show.error(lambda: y.grad_fn._saved_other)


def what_has_no_derivative(torch, show):
    x = torch.tensor([5.0, 7.0], requires_grad=True)
    for y in (x // 2, 7 // x, x.floor_divide(2), torch.heaviside(x, torch.ones(2))):
        show(y)
        show.error(y.sum().backward)
    y = torch.div(x, 2, rounding_mode="floor")
    y.sum().backward()
    show(y, x.grad)
