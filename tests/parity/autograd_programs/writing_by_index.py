"""`x[...] = value`: what is written where, into what, and the gradients of both sides."""


def _leaf(torch, *sizes):
    count = 1
    for size in sizes:
        count *= size
    return torch.arange(1.0, count + 1).view(*sizes).clone().requires_grad_()


def _gradients(torch, show, result, *inputs):
    weights = torch.arange(1.0, result.numel() + 1).view(result.shape)
    show(result)
    show(torch.autograd.grad((result * result * weights).sum(), inputs, allow_unused=True))


def a_slice_of_a_result(torch, show):
    x, v = _leaf(torch, 2, 3), _leaf(torch, 2, 2)
    y = x * 1
    y[:, 1:] = v
    _gradients(torch, show, y, x, v)


def a_number_into_a_row(torch, show):
    x = _leaf(torch, 2, 3)
    y = x * 1
    y[0] = 5
    y[1, 2] = -1.5
    _gradients(torch, show, y, x)


def one_value_into_many_places(torch, show):
    x, v = _leaf(torch, 2, 3), torch.tensor(2.0, requires_grad=True)
    y = x * 1
    y[:, ::2] = v
    _gradients(torch, show, y, x, v)


def a_row_into_all_rows(torch, show):
    x, v = _leaf(torch, 2, 3), _leaf(torch, 3)
    y = x * 1
    y[...] = v
    _gradients(torch, show, y, x, v)


def a_column_with_a_new_dimension(torch, show):
    x, v = _leaf(torch, 2, 3), _leaf(torch, 2)
    y = x * 1
    y[:, 1:2] = v[:, None]
    y[None, 0] = v[0]
    _gradients(torch, show, y, x, v)


def where_a_mask_is_true(torch, show):
    x, v = _leaf(torch, 2, 3), _leaf(torch, 2)
    y = x * 1
    y[torch.tensor([[True, False, False], [False, False, True]])] = v
    y[y > 4] = 0.5
    _gradients(torch, show, y, x, v)


def a_mask_over_rows(torch, show):
    x, v = _leaf(torch, 3, 2), _leaf(torch, 2)
    y = x * 1
    y[torch.tensor([True, False, True])] = v
    _gradients(torch, show, y, x, v)


def index_tensors(torch, show):
    x, v = _leaf(torch, 3, 3), _leaf(torch, 2)
    y = x * 1
    y[torch.tensor([0, 2]), torch.tensor([1, 1])] = v
    y[torch.tensor([1]), :2] = 0.0
    _gradients(torch, show, y, x, v)


def index_lists_behind_a_slice(torch, show):
    x, v = _leaf(torch, 2, 3, 2), _leaf(torch, 2)
    y = x * 1
    y[1, [0, 2]] = v
    y[:, 0, [1]] = 3
    _gradients(torch, show, y, x, v)


def into_a_view(torch, show):
    x, v = _leaf(torch, 2, 3), _leaf(torch, 2)
    base = x * 1
    view = base.t()
    view[1:] = v
    show(view, base.grad_fn.name(), view.grad_fn.name())
    _gradients(torch, show, base, x, v)


def by_a_mask_into_a_view(torch, show):
    x = _leaf(torch, 2, 3)
    base = x * 1
    view = base[:, 1:]
    view[view > 4] = 0
    show(view)
    _gradients(torch, show, base, x)


def into_a_constant(torch, show):
    v = _leaf(torch, 3)
    y = torch.zeros(2, 3)
    y[1] = v * 2
    y[0, [0, 2]] = v[:2]
    show(y.requires_grad, y.is_leaf)
    _gradients(torch, show, y, v)


def into_a_leaf(torch, show):
    x = _leaf(torch, 3)
    show.error(x.__setitem__, 0, 1.0)
    show.error(x.__setitem__, slice(None), torch.zeros(3))
    show.error(x.__setitem__, x > 1, 0.0)
    show.error(x.__setitem__, torch.tensor([0]), 1.0)
    show(x, x._version)
    with torch.no_grad():
        x[0] = 10
        x[x > 2.5] = 0
        x[[1]] = 5
    show(x, x._version, x.requires_grad)


def into_a_copy_of_a_leaf(torch, show):
    x = _leaf(torch, 3)
    y = x.clone()
    y[1] = y[0] * y[2]
    _gradients(torch, show, y, x)


def from_itself(torch, show):
    x = _leaf(torch, 4)
    y = x * 1
    y[:2] = y[2:]
    _gradients(torch, show, y, x)
    z = x * 1
    z[1:] = z[:-1].clone() * 2
    _gradients(torch, show, z, x)


def rows_that_swap(torch, show):
    x = _leaf(torch, 3, 2)
    y = x * 1
    y[[0, 2]] = y[[2, 0]]
    _gradients(torch, show, y, x)


def arithmetic_on_a_part(torch, show):
    x, v = _leaf(torch, 2, 3), _leaf(torch, 3)
    y = x * 1
    y[0] += v
    y[1, 1:] *= 3
    y[:, 0] -= y[:, 2].detach()
    y[[1]] /= 2
    _gradients(torch, show, y, x, v)


def index_put_with_and_without_adding(torch, show):
    x, v = _leaf(torch, 4), _leaf(torch, 3)
    at = (torch.tensor([0, 2, 2]),)
    y = x.index_put(at, v, accumulate=True)
    _gradients(torch, show, y, x, v)
    z = x * 1
    z.index_put_(at, v, accumulate=True)
    show(z.grad_fn.name())
    _gradients(torch, show, z, x, v)
    w = x * 1
    w.index_put_((torch.tensor([True, False, False, True]),), torch.tensor(9.0))
    _gradients(torch, show, w, x)


def scattered(torch, show):
    x, v = _leaf(torch, 2, 3), _leaf(torch, 2, 2)
    at = torch.tensor([[2, 0], [1, 2]])
    for name, *arguments in [
        ("scatter_", 1, at, v), ("scatter_", 1, at, 7.0), ("scatter_add_", 1, at, v), ("index_add_", 1, at[0], v),
        ("index_copy_", 1, at[0], v), ("index_fill_", 1, at[0], 3.0),
        ("masked_fill_", at.new_tensor([[1], [0]]) > 0, 2.0),
    ]:  # fmt: skip
        y = x * 1
        getattr(y, name)(*arguments)
        show(name, y.grad_fn.name())
        _gradients(torch, show, y, x, v)


def another_type_of_value(torch, show):
    y = torch.zeros(3)
    y[0] = torch.tensor(2)
    y[1] = torch.tensor(2.5, dtype=torch.float64)
    y[2] = True
    show(y)
    counts = torch.zeros(3, dtype=torch.int64)
    counts[0] = 2.9
    counts[1:] = torch.tensor([1.5, -1.5])
    show(counts)
    show.error(y.__setitem__, torch.tensor([0]), torch.tensor([1], dtype=torch.int64))


def a_value_of_another_type_with_history(torch, show):
    v = torch.tensor([1.0, 2.0], dtype=torch.float64, requires_grad=True)
    y = torch.zeros(3)
    y[1:] = v * 3
    show(y)
    y.sum().backward()
    show(v.grad)


def what_does_not_fit(torch, show):
    y = _leaf(torch, 2, 3) * 1
    node = y.grad_fn
    show.error(y.__setitem__, 0, torch.zeros(2))
    show.error(y.__setitem__, slice(None), torch.zeros(3, 3))
    show.error(y.__setitem__, (0, 0), torch.zeros(2))
    show.error(y.__setitem__, torch.tensor([0, 1]), torch.zeros(3, 3))
    show.error(y.__setitem__, 2, 1.0)
    show.error(y.__setitem__, (0, 0, 0), 1.0)
    show.error(y.__setitem__, torch.tensor([5]), 1.0)
    show.error(y.__setitem__, torch.tensor([True]), 1.0)
    show.error(y.__setitem__, slice(None, None, -1), 1.0)
    show(y, y._version, y.grad_fn is node)


def empty_places(torch, show):
    x = _leaf(torch, 3)
    y = x * 1
    y[3:] = 5
    y[torch.tensor([], dtype=torch.int64)] = 5
    y[y > 100] = 5
    _gradients(torch, show, y, x)


def saved_values_under_a_write(torch, show):
    x = _leaf(torch, 3)
    y = x * 2
    z = y * y
    y[0] = 0
    show.error(z.sum().backward)
    u = x * 2
    w = u + 1
    u[0] = 0
    show(torch.autograd.grad(w.sum(), x))


def second_derivatives_through_a_write(torch, show):
    x = torch.tensor([0.5, 1.5, 2.5], dtype=torch.float64, requires_grad=True)
    y = x**3
    y[1:] = x[:2] ** 2 * y[0]
    y[torch.tensor([0, 2])] *= x[1:]
    (first,) = torch.autograd.grad(y.sum(), x, create_graph=True)
    (second,) = torch.autograd.grad((first * first).sum(), x)
    show(y, first.detach(), second)


def writing_into_an_out(torch, show):
    base = torch.zeros(2, 3)
    torch.add(torch.ones(3), 1, out=base[0])
    torch.cat([torch.ones(1), torch.zeros(2)], out=base[1])
    show(base, base._version)
    small = torch.zeros(2)
    torch.add(torch.ones(3), 1, out=small)
    show(small)
