"""In-place operations: what they write, count and record, what they refuse, and what backward says of them."""


def _leaf(torch, *numbers):
    return torch.tensor(numbers or (0.2, 0.5, 0.8), requires_grad=True)


def each_change_counts_once(torch, show):
    x = torch.ones(3)
    for name, *arguments in [
        ("add_", 1), ("mul_", 2), ("zero_",), ("fill_", 3), ("copy_", torch.arange(3.0)), ("clamp_", 0, 1), ("exp_",),
        ("masked_fill_", torch.tensor([True, False, True]), 5.0), ("uniform_",), ("unsqueeze_", 0), ("squeeze_", 0),
        ("index_fill_", 0, torch.tensor([1]), 2.0), ("index_add_", 0, torch.tensor([1]), torch.ones(1)),
        ("put_", torch.tensor([0]), torch.ones(1)), ("scatter_", 0, torch.tensor([0]), 1.0), ("neg_",),
    ]:  # fmt: skip
        getattr(x, name)(*arguments)
        show((name, x._version))
    x[0] = 1
    x[torch.tensor([1])] = 2
    x[x > 1] = 3
    x += 1
    x -= 1
    show(x._version)


def arithmetic_twins(torch, show):
    x, w = _leaf(torch), _leaf(torch, 2.0, 3.0, 4.0)
    for name in ("add_", "sub_", "mul_", "div_", "pow_", "atan2_", "true_divide_", "multiply_", "subtract_"):
        y = x * 1
        result = getattr(y, name)(w)
        show(name, y, result is y)
        show(torch.autograd.grad(y.sum(), (x, w)))


def python_operators_in_place(torch, show):
    x, w = _leaf(torch), _leaf(torch, 2.0, 3.0, 4.0)
    y = x * 1
    same = y
    y += w
    y *= 2
    y -= 1
    y /= w
    y **= 2
    show(y, same is y)
    show(torch.autograd.grad(y.sum(), (x, w)))


def function_twins(torch, show):
    for name in (
        "exp_", "log_", "sin_", "cos_", "tanh_", "sigmoid_", "sqrt_", "rsqrt_", "neg_", "abs_", "reciprocal_",
        "square_", "relu_", "floor_", "ceil_", "round_", "trunc_", "sign_", "log1p_", "expm1_", "erf_", "frac_", "tan_",
        "asin_", "acos_", "atan_", "sinh_", "cosh_", "log2_", "log10_", "exp2_", "logit_",
    ):  # fmt: skip
        x = _leaf(torch)
        y = x * 1
        getattr(y, name)()
        show(name, y)
        show(torch.autograd.grad((y * torch.tensor([1.0, 2.0, 3.0])).sum(), x))


def twins_with_arguments(torch, show):
    for name, *arguments in [
        ("clamp_", 0.3, 0.6), ("clamp_min_", 0.5), ("clamp_max_", 0.5), ("clip_", 0.3, 0.6),
        ("lerp_", torch.ones(3), 0.2),
        ("addcmul_", torch.ones(3), torch.full((3,), 2.0)), ("addcdiv_", torch.ones(3), torch.full((3,), 2.0)),
        ("masked_fill_", torch.tensor([True, False, True]), 5.0), ("cumsum_", 0), ("cumprod_", 0), ("fmod_", 0.3),
        ("remainder_", 0.3), ("index_fill_", 0, torch.tensor([1]), 2.0), ("hypot_", torch.ones(3)),
        ("masked_scatter_", torch.tensor([True, False, True]), torch.tensor([7.0, 8.0])),
        ("index_add_", 0, torch.tensor([1, 1]), torch.ones(2)), ("index_copy_", 0, torch.tensor([2]), torch.ones(1)),
    ]:  # fmt: skip
        x = _leaf(torch)
        y = x * 1
        show(name)
        show.error(getattr(y, name), *arguments)
        show(y)
        show(torch.autograd.grad((y * torch.tensor([1.0, 2.0, 3.0])).sum(), x))


def a_change_is_a_node(torch, show):
    x = _leaf(torch)
    y = x * 2
    before = y.grad_fn
    y.sin_()
    show(y.grad_fn.name(), y.grad_fn.next_functions[0][0] is before, y.is_leaf)


def what_is_not_differentiable_has_no_gradient(torch, show):
    for name, *arguments in [("eq_", 0.5), ("lt_", 0.5), ("ge_", 0.5), ("sign_",), ("ceil_",), ("bernoulli_",)]:
        x = _leaf(torch)
        y = x * 1
        getattr(y, name)(*arguments)
        show(name, y.requires_grad, y.shape)
        show(torch.autograd.grad(y.sum(), x))


def random_changes_end_the_history(torch, show):
    for name in ("uniform_", "normal_"):
        x = _leaf(torch)
        y = x * 1
        getattr(y, name)()
        show(y.grad_fn.name(), y._version)
        show(torch.autograd.grad(y.sum(), x))


def a_constant_that_takes_in_a_variable(torch, show):
    x = _leaf(torch)
    y = torch.ones(3)
    y.mul_(x)
    show(y)
    y.add_(x)
    y.sum().backward()
    show(x.grad)


def a_constant_that_a_variable_is_copied_into(torch, show):
    x = _leaf(torch)
    y = torch.zeros(2, 3)
    y.copy_(x)
    show(y)
    (y * torch.arange(6.0).view(2, 3)).sum().backward()
    show(x.grad)


def copying_between_types(torch, show):
    x = _leaf(torch)
    y = torch.zeros(3, dtype=torch.float64)
    y.copy_(x)
    show(y)
    y.sum().backward()
    show(x.grad)
    whole = torch.zeros(3, dtype=torch.int64)
    whole.copy_(torch.tensor([1.7, -1.7, 3.0]))
    show(whole, whole.requires_grad)


def copying_over_a_history(torch, show):
    x, w = _leaf(torch), _leaf(torch, 5.0, 6.0, 7.0)
    y = x * 2
    y.copy_(w)
    show(y)
    show(torch.autograd.grad(y.prod(), (x, w), allow_unused=True))


def filling_with_a_variable(torch, show):
    value = torch.tensor(3.0, requires_grad=True)
    y = torch.zeros(2, 2)
    y.fill_(value)
    show(y)
    (y * torch.arange(4.0).view(2, 2)).sum().backward()
    show(value.grad)
    show.error(y.fill_, torch.ones(2))


def filling_over_a_history(torch, show):
    x = _leaf(torch)
    for change in ("zero_", "fill_"):
        y = x * 2
        getattr(y, change)(*([] if change == "zero_" else [4.0]))
        show(y)
        show(torch.autograd.grad(y.sum(), x))


def changing_by_itself(torch, show):
    x = _leaf(torch)
    y = x * 1
    y.mul_(y)
    show(y)
    show(torch.autograd.grad(y.sum(), x))
    z = x * 1
    z.add_(z).sub_(z.detach())
    show(z)
    show(torch.autograd.grad(z.sum(), x))


def changing_by_a_copy_of_its_own_view(torch, show):
    x = _leaf(torch)
    y = x * 1
    y.mul_(y[1].clone())
    show(y)
    show(torch.autograd.grad(y.sum(), x))


def a_result_that_was_changed_after_it_was_saved(torch, show):
    x = _leaf(torch)
    for name in ("sigmoid", "exp", "tanh", "sqrt", "relu", "softmax"):
        y = getattr(x, name)(*([0] if name == "softmax" else []))
        y.add_(1)
        show.error(y.sum().backward)


def a_factor_that_was_changed_after_it_was_saved(torch, show):
    x, w = _leaf(torch), torch.ones(3)
    y = x * w
    w.add_(1)
    show.error(y.sum().backward)
    z = x * 2
    product = z * z
    z.zero_()
    show.error(product.sum().backward)


def what_nobody_needs_may_change(torch, show):
    x, w = _leaf(torch), torch.ones(3)
    y = x + w
    w.add_(1)
    y.sum().backward()
    z = x * 2
    z.relu_()
    z.add_(5)
    z.sum().backward()
    show(x.grad)
    factor = _leaf(torch)
    product = x.detach() * factor
    factor.data.mul_(10)
    with torch.no_grad():
        factor.mul_(2)
    product.sum().backward()
    show(factor.grad)


def version_errors_name_the_node(torch, show):
    def error(change):
        x = _leaf(torch)
        base = x * 1
        view = base[:2]
        products = base * base, view * view
        change(base, view)
        for product in products:
            try:
                product.sum().backward()
            except RuntimeError as raised:
                show(str(raised).split("which is ")[-1].split(".")[0])

    error(lambda base, view: base.add_(1))
    error(lambda base, view: view.add_(1))
    error(lambda base, view: view.add_(1).mul_(3))
    error(lambda base, view: base.__setitem__(0, 1.0))
    error(lambda base, view: view.exp_())


def version_errors_of_leaves_and_constants(torch, show):
    def error(product):
        try:
            product.sum().backward()
        except RuntimeError as raised:
            show(str(raised).split("Hint")[0])

    x = _leaf(torch)
    square = x * x
    with torch.no_grad():
        x.add_(1)
    error(square)
    c = torch.ones(2, 3, dtype=torch.float64)
    product = c * x.double()
    c[0] = 0
    error(product)
    matrix = torch.ones(2, 2, requires_grad=True)
    result = matrix @ matrix
    with torch.no_grad():
        matrix.zero_()
    error(result)


def steps_of_an_optimizer_between_forward_and_backward(torch, show):
    w = _leaf(torch)
    optimizer = torch.optim.SGD([w], lr=0.1)
    loss = (w * w).sum()
    loss.backward(retain_graph=True)
    optimizer.step()
    show.error(loss.backward)


def a_change_under_no_grad_is_not_recorded(torch, show):
    x = _leaf(torch)
    y = x * 2
    node = y.grad_fn
    with torch.no_grad():
        y.mul_(100)
    show(y, y.grad_fn is node, y._version)
    show(torch.autograd.grad(y.sum(), x))


def a_change_of_whole_numbers(torch, show):
    counts = torch.tensor([1, 2, 3])
    counts.add_(1).mul_(2)
    counts[counts > 4] = 0
    show(counts, counts._version)
    show.error(counts.add_, 0.5)
    show.error(counts.div_, 2)
    show.error(counts.mul_, torch.ones(3))
    show.error(counts.exp_)
    show(counts)


def shapes_that_do_not_fit(torch, show):
    y = _leaf(torch) * 1
    show.error(y.add_, torch.ones(2))
    show.error(y.add_, torch.ones(2, 3))
    show.error(y.copy_, torch.ones(4))
    show.error(y.copy_, torch.ones(2, 3))
    show.error(torch.ones(1).add_, torch.ones(3))
    show.error(y.lerp_, torch.ones(2), 0.5)
    show(y, y._version)


def tensors_written_to_by_out(torch, show):
    a, b = torch.arange(3.0), torch.ones(3)
    out = torch.zeros(3)
    show(torch.add(a, b, out=out) is out, out, out._version)
    torch.mul(out, 2, out=out)
    show(out, out._version)
    base = torch.zeros(2, 3)
    torch.exp(a, out=base[1])
    show(base, base._version)


def out_and_history(torch, show):
    x = _leaf(torch)
    out = torch.zeros(3)
    show.error(torch.add, x, 1, out=out)
    show.error(torch.sin, torch.ones(3), out=x)
    show.error(torch.mul, torch.ones(3), 2, out=x * 1)
    show.error(torch.matmul, torch.ones(3, 3), x, out=out)
    with torch.no_grad():
        torch.mul(x, 2, out=out)
    show(out, out.requires_grad)


def out_that_does_not_fit(torch, show):
    out = torch.zeros(2, dtype=torch.int64)
    show.error(torch.add, torch.ones(2), 1.5, out=out)
    empty = torch.empty(0)
    torch.add(torch.ones(3), 1, out=empty)
    show(out, empty)


def put_by_number(torch, show):
    x, source = _leaf(torch, 1.0, 2.0, 3.0, 4.0), _leaf(torch, 5.0, 7.0)
    y = (x * 1).view(2, 2)
    y.put_(torch.tensor([1, -1]), source)
    show(y)
    show(torch.autograd.grad((y * y).sum(), (x, source)))
    z = x * 1
    z.put_(torch.tensor([[1], [1]]), source, accumulate=True)
    show(z)
    show(torch.autograd.grad((z**3).sum(), (x, source)))
    show(x.put(torch.tensor([0]), torch.tensor([9.0])), torch.zeros(2, 2).t().put_(torch.tensor([1]), torch.ones(1)))


def put_by_number_refused(torch, show):
    x = torch.zeros(2, 3)
    show.error(x.put_, torch.tensor([6]), torch.ones(1))
    show.error(x.put_, torch.tensor([0]), torch.ones(2))
    show.error(x.put_, torch.tensor([0.0]), torch.ones(1))
    show.error(x.put_, torch.tensor([0]), torch.ones(1, dtype=torch.int64))
    show(x, x._version)


def the_memory_of_another(torch, show):
    x, memory = torch.zeros(3), torch.arange(6.0)
    show(x.set_(memory) is x, x, x.data_ptr() == memory.data_ptr())
    x.add_(1)
    show(memory)
    show(torch.zeros(3).set_(memory, 1, (2, 2)), torch.zeros(3).set_(memory, 1, (2, 2), (1, 2)))
    show(x.set_(), x.shape)


def the_memory_of_another_refused(torch, show):
    x = _leaf(torch)
    show.error(x.set_, torch.ones(2))
    show.error(torch.zeros(3).set_, torch.arange(4))
    with torch.no_grad():
        x.set_(torch.ones(2))
    show(x, x.is_leaf)
    (x * 3).sum().backward()
    show(x.grad)


def resizing(torch, show):
    x = torch.arange(6.0)
    show(x.resize_(2, 2), x.resize_((3,)), x.resize_as_(torch.ones(2, 3)), x)
    part = torch.arange(6.0)[2:4]
    show(part.resize_(3), torch.arange(6.0).view(2, 3).t().resize_(2, 2))
    grown = torch.ones(2).resize_(4)
    show(grown[:2], grown.shape)


def resizing_refused(torch, show):
    x = _leaf(torch)
    show.error(x.resize_, 2)
    show.error((x * 2).resize_, 2)
    show.error(x.resize_as_, torch.ones(2))
    with torch.no_grad():
        show.error(x.resize_, 2)
    show(x)


def retained_gradients_follow_the_tensor(torch, show):
    x = _leaf(torch)
    y = x * 2
    y.retain_grad()
    y.register_hook(lambda grad: show("hook", grad))
    y.mul_(3)
    show(y.retains_grad)
    (y * y).sum().backward()
    show(y.grad, x.grad)


def hooks_stay_with_the_values_that_were(torch, show):
    x = _leaf(torch)
    y = x * 2
    y.register_hook(lambda grad: show("before", grad))
    y.mul_(10)
    y.register_hook(lambda grad: show("after", grad))
    y.sum().backward()


def hooks_of_a_constant_that_became_a_variable(torch, show):
    w = _leaf(torch)
    y = torch.ones(3)
    show.error(y.register_hook, print)
    y.mul_(w)
    y.register_hook(lambda grad: grad * 2)
    y.retain_grad()
    y.sum().backward()
    show(y.grad, w.grad)


def second_derivatives_through_changes(torch, show):
    x = torch.tensor([0.3, 0.6], dtype=torch.float64, requires_grad=True)
    y = x * 1
    y.mul_(x).sin_().add_(x).exp_().div_(x)
    (first,) = torch.autograd.grad(y.sum(), x, create_graph=True)
    (second,) = torch.autograd.grad((first**2).sum(), x, create_graph=True)
    (third,) = torch.autograd.grad(second.sum(), x)
    show(y, first.detach(), second.detach(), third)


def gradients_themselves_changed_in_place(torch, show):
    x = _leaf(torch)
    (x * x).sum().backward()
    x.grad.zero_()
    x.grad += 1
    x.grad[0] = 5
    x.grad.clamp_(max=3)
    show(x.grad)
    (x * 2).sum().backward()
    show(x.grad)


def a_graph_that_was_freed_and_a_change(torch, show):
    x = _leaf(torch)
    y = x.exp()
    y.sum().backward()
    y.add_(1)
    show(y)
    show.error(y.sum().backward)


def accumulating_in_place_over_a_loop(torch, show):
    x = _leaf(torch)
    total = torch.zeros(3)
    for power in range(1, 4):
        total += x**power
        total *= 0.5
    show(total)
    total.sum().backward()
    show(x.grad)


def where_a_mask_says(torch, show):
    x = _leaf(torch, -1.0, 2.0, -3.0)
    y = x * 1
    y[y < 0] *= 0.1
    show(y)
    show(torch.autograd.grad(y.sum(), x))
    z = x * 1
    z.masked_fill_(z < 0, torch.tensor(0.5))
    z.masked_scatter_(torch.tensor([False, True, False]), x * 3)
    show(z)
    show(torch.autograd.grad((z * z).sum(), x))


def float_power_into_doubles_only(torch, show):
    x = torch.tensor([1.0, 2.0], dtype=torch.float64, requires_grad=True)
    y = x * 1
    show(y.float_power_(2), y._version)
    y[:1].float_power_(torch.tensor([3.0]))
    y.sum().backward()
    show(y, x.grad)
    for start in (torch.ones(2), torch.tensor([1, 2]), torch.ones(2, dtype=torch.complex64)):
        show.error(start.float_power_, 2)
        show(start._version)
    show.error(torch.ones(2, dtype=torch.float64).float_power_, 2j)
