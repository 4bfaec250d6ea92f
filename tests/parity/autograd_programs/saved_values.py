"""What is saved for backward: what changing it does, and how it is seen on the nodes."""


def sigmoid_then_add(torch, show):
    x = torch.tensor([0.5, -1.0], requires_grad=True)
    y = x.sigmoid()
    y.add_(1)
    show(y)
    y.sum().backward()


def an_input_that_is_not_saved_may_change(torch, show):
    x = torch.tensor([0.5, -1.0], requires_grad=True)
    y = x * 2
    z = y + 1
    y.add_(1)
    (y.sum() + z.sum()).backward()
    show(x.grad, y, z)


def _names(node):
    return [name for name in dir(node) if name.startswith(("_saved_", "_raw_saved_"))]


def names_of_elementwise_functions(torch, show):
    x = torch.tensor([0.5, 0.25], requires_grad=True)
    for name in ("exp", "log", "sin", "tanh", "sqrt", "neg", "abs", "sigmoid", "relu", "erf", "rsqrt", "sgn"):
        node = getattr(torch, name)(x).grad_fn
        show(name, _names(node))
        for saved in _names(node):
            if saved.startswith("_saved_"):
                show(getattr(node, saved))


def names_of_functions_of_two_tensors(torch, show):
    a = torch.tensor([0.5, 0.25], requires_grad=True)
    b = torch.tensor([2.0, 3.0], requires_grad=True)
    for name in ("mul", "div", "maximum", "minimum", "atan2", "hypot", "logaddexp", "xlogy", "pow", "fmod"):
        node = getattr(torch, name)(a, b).grad_fn
        show(name, _names(node))
        for saved in _names(node):
            if saved.startswith("_saved_"):
                show(getattr(node, saved))


def only_what_is_needed_is_saved(torch, show):
    a = torch.tensor([0.5, 0.25], requires_grad=True)
    b = torch.tensor([2.0, 3.0])
    node = (a * b).grad_fn
    show(node._saved_self, node._saved_other)
    node = (b * a).grad_fn
    show(node._saved_self, node._saved_other)
    node = torch.mm(a.reshape(1, 2), b.reshape(2, 1)).grad_fn
    show(node._saved_self, node._saved_mat2)


def numbers_among_the_saved(torch, show):
    x = torch.tensor([0.5, 0.25], requires_grad=True)
    show((x * 3).grad_fn._saved_other, (x * 3).grad_fn._saved_self, (x / 2.5).grad_fn._saved_other)
    show((x**3).grad_fn._saved_exponent, (x**3).grad_fn._saved_self)
    show((2.5**x).grad_fn._saved_self, (2.5**x).grad_fn._saved_exponent)
    show(torch.clamp(x, 0.3, 2).grad_fn._saved_min, torch.clamp(x, 0.3).grad_fn._saved_max)
    show(torch.lerp(x, x, 0.3).grad_fn._saved_weight)
    show(torch.nn.functional.leaky_relu(x, 0.2).grad_fn._saved_negative_slope)
    show(torch.nn.functional.gelu(x).grad_fn._saved_approximate)


def shapes_and_dimensions_among_the_saved(torch, show):
    x = torch.ones(2, 3, requires_grad=True)
    show(x.sum().grad_fn._saved_self_sym_sizes, x.sum(1).grad_fn._saved_self_sym_sizes)
    show(x.mean().grad_fn._saved_self_sym_sizes)
    show(x.softmax(1).grad_fn._saved_dim, x.softmax(1).grad_fn._saved_result)
    show(x.cumsum(0).grad_fn._saved_dim)
    show(x.reshape(3, 2).grad_fn._saved_self_sym_sizes, x.select(1, 2).grad_fn._saved_index)
    show(x.select(1, 2).grad_fn._saved_dim, x.select(1, 2).grad_fn._saved_self_sym_sizes)
    show(x.permute(1, 0).grad_fn._saved_dims, x.transpose(0, 1).grad_fn._saved_dim0)
    show(torch.cat([x, x], 1).grad_fn._saved_dim, torch.stack([x, x]).grad_fn._saved_dim)
    show(x.unbind(1)[0].grad_fn._saved_dim, x.diagonal().grad_fn._saved_offset)
    show(x.gather(1, torch.zeros(2, 1, dtype=torch.int64)).grad_fn._saved_index)


def names_of_matrix_products(torch, show):
    a = torch.ones(2, 3, requires_grad=True)
    b = torch.full((3, 4), 2.0, requires_grad=True)
    show((a @ b).grad_fn._saved_self, (a @ b).grad_fn._saved_mat2)
    show((a @ b[:, 0]).grad_fn._saved_vec, (a[0] @ b[:, 0]).grad_fn._saved_tensor)
    show(torch.bmm(a[None], b[None]).grad_fn._saved_mat2)
    node = torch.addmm(torch.zeros(2, 4, requires_grad=True), a, b, alpha=2).grad_fn
    show(node._saved_mat1, node._saved_mat2, node._saved_alpha, node._saved_beta)


def names_of_several_results(torch, show):
    x = torch.tensor([[3.0, 1.0], [2.0, 5.0]], requires_grad=True)
    show(x.sort().values.grad_fn._saved_indices, x.max(1).values.grad_fn._saved_indices)
    show(x.topk(1).values.grad_fn._saved_indices, x.cummax(0).values.grad_fn._saved_indices)


def what_is_not_there(torch, show):
    x = torch.ones(2, requires_grad=True)
    show.error(lambda: x.exp().grad_fn._saved_self)
    show.error(lambda: x.exp().grad_fn._raw_saved_other)
    show.error(lambda: (x + 1).grad_fn._saved_self)
    show.error(lambda: x.exp().grad_fn.nonsense)
    show.error(lambda: (x + 1).grad_fn.next_functions[0][0]._saved_self)
    show.error(lambda: x.sum().grad_fn._raw_saved_self_sym_sizes)
    show(hasattr(x.exp().grad_fn, "_saved_result"), hasattr(x.exp().grad_fn, "_saved_self"))


def a_saved_leaf_is_the_leaf(torch, show):
    x = torch.ones(2, requires_grad=True)
    y = torch.full((2,), 2.0, requires_grad=True)
    node = (x * y).grad_fn
    show(node._saved_self is x, node._saved_other is y)
    saved = x.exp().log().grad_fn._saved_self
    show(saved, saved.grad_fn.name())


def a_saved_result_has_its_node(torch, show):
    x = torch.ones(2, requires_grad=True)
    y = x.exp()
    saved = y.grad_fn._saved_result
    show(saved, saved is y, saved.grad_fn is y.grad_fn, saved._version)
    torch.autograd.backward(saved.sum())
    show(x.grad)


def saved_values_after_backward(torch, show):
    x = torch.ones(2, requires_grad=True)
    y = x.exp()
    y.sum().backward(retain_graph=True)
    show(y.grad_fn._saved_result)
    raw = y.grad_fn._raw_saved_result
    y.sum().backward()
    show.error(lambda: y.grad_fn._saved_result)
    y.grad_fn._raw_saved_result
    show.error(lambda: raw.unpack())
    node = x.sum().grad_fn
    node(torch.tensor(1.0))
    show(node._saved_self_sym_sizes)


def saved_values_that_changed(torch, show):
    x = torch.ones(2, requires_grad=True)
    y = x * 2
    z = y.sin()
    y.add_(1)
    show.error(lambda: z.grad_fn._saved_self)
    z = y.exp()
    node = z.grad_fn
    z.zero_()
    show.error(lambda: node._saved_result)


def values_saved_by_an_inplace_operation(torch, show):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * 1
    y.exp_()
    show(y.grad_fn._saved_result, y.grad_fn.name())
    y = x * 1
    y.mul_(torch.tensor([2.0, 3.0]))
    show(y.grad_fn._saved_other)


# Hooks of one saved value


def hooks_of_one_saved_value(torch, show):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * 3
    z = y * y
    raw = z.grad_fn._raw_saved_self
    show(raw.data, raw.unpack_hook)

    def pack(tensor):
        show("pack", tensor, torch.is_grad_enabled())
        return (tensor * 10).tolist()

    def unpack(packed):
        show("unpack", packed)
        return torch.tensor(packed)

    raw.register_hooks(pack, unpack)
    show(raw.unpack_hook is unpack, z.grad_fn._saved_self.detach(), z.grad_fn._saved_other.detach())
    z.sum().backward()
    show(x.grad)


def hooks_of_one_saved_result(torch, show):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x.exp()
    y.grad_fn._raw_saved_result.register_hooks(lambda t: t.detach() + 1, lambda t: t)
    show(y, y.grad_fn._saved_result)
    y.sum().backward()
    show(x.grad)


def hooks_that_cannot_be_registered(torch, show):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    z = x * x.exp()
    raw = z.grad_fn._raw_saved_self
    raw.register_hooks(lambda t: t.detach(), lambda t: t)
    show.error(raw.register_hooks, lambda t: t, lambda t: t)
    none = (x * 2).grad_fn._raw_saved_self
    show(none.data)
    show.error(none.register_hooks, lambda t: t, lambda t: t)
    y = x.exp()
    raw = y.grad_fn._raw_saved_result
    y.sum().backward()
    show.error(lambda: y.grad_fn._saved_result)
    show.error(raw.register_hooks, lambda t: t, lambda t: t)


def a_hook_that_changes_its_input(torch, show):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    z = x * x.exp()
    show.error(z.grad_fn._raw_saved_other.register_hooks, lambda t: t.mul_(2), lambda t: t)


def an_unpack_hook_that_gives_no_tensor(torch, show):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    z = x.exp().sin()
    z.grad_fn._raw_saved_self.register_hooks(lambda t: 5, lambda packed: packed)
    show.error(lambda: z.grad_fn._saved_self)
    show(z.grad_fn._raw_saved_self.data)
    z.sum().backward()


def saved_tensors_of_a_custom_function(torch, show):
    class Product(torch.autograd.Function):
        @staticmethod
        def forward(ctx, a, b):
            ctx.save_for_backward(a, b)
            return a * b

        @staticmethod
        def backward(ctx, grad):
            a, b = ctx.saved_tensors
            return grad * b, grad * a

    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = torch.tensor([3.0, 4.0], requires_grad=True)
    z = Product.apply(x, y)
    raw = z.grad_fn._raw_saved_tensors
    show(len(raw), raw[0].data is x, z.grad_fn.saved_tensors[1] is y)
    raw[1].register_hooks(lambda t: t * 10, lambda t: t)
    z.sum().backward()
    show(x.grad, y.grad)
    show.error(lambda: z.grad_fn._raw_saved_tensors)
