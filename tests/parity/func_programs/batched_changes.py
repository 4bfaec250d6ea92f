"""vmap of operations in place, and of whatever else changes a tensor."""

from . import differs, numbers, raises

UNBATCHED = (
    "vmap: inplace arithmetic(self, *extra_args) is not possible because there exists a Tensor `other` in extra_args "
    "that has more elements than `self`."
)


def _changed(change):
    """A program that clones the batched argument, changes the clone, and gives it back."""

    def program(torch):
        def f(x, y):
            z = x.clone()
            change(torch, z, y)
            return z

        return torch.vmap(f)(numbers(torch, 3, 2, 4), numbers(torch, 3, 2, 4, seed=1))

    return program


PROGRAMS = {
    "arithmetic": _changed(lambda torch, z, y: z.mul_(y).add_(1).sub_(y, alpha=2).div_(2)),
    "operators": _changed(lambda torch, z, y: z.__imul__(y).__iadd__(3).__ipow__(2)),
    "functions": _changed(lambda torch, z, y: z.exp_().sqrt_().neg_().tanh_().clamp_(-0.5, 0.5)),
    "filling": _changed(lambda torch, z, y: z.fill_(2.0)),
    "filling with a batched number": _changed(lambda torch, z, y: z.fill_(y.sum())),
    "zeroing a row": _changed(lambda torch, z, y: z[0].zero_()),
    "copying": _changed(lambda torch, z, y: z.copy_(y)),
    "copying what is broadcast": _changed(lambda torch, z, y: z.copy_(y[0])),
    "writing a number": _changed(lambda torch, z, y: z.__setitem__((0, slice(1, 3)), 5.0)),
    "writing a batched value": _changed(lambda torch, z, y: z.__setitem__(0, y[1])),
    "writing by a list": _changed(lambda torch, z, y: z.__setitem__(([0, 1], [2, 3]), y[:, 0])),
    "writing by a tensor": _changed(lambda torch, z, y: z.__setitem__((slice(None), torch.tensor([0, 2])), y[:, :2])),
    "writing by a mask": _changed(lambda torch, z, y: z.masked_fill_(y > 0, 9.0)),
    "index_put_": _changed(lambda torch, z, y: z.index_put_((torch.tensor([0, 0]),), y, accumulate=True)),
    "index_add_ and index_copy_": _changed(
        lambda torch, z, y: z.index_add_(0, torch.tensor([1, 0]), y).index_copy_(1, torch.tensor([3]), y[:, :1])
    ),
    "scatter_": _changed(lambda torch, z, y: z.scatter_(1, torch.tensor([[0], [3]]), y)),
    "scatter_add_": _changed(lambda torch, z, y: z.scatter_add_(0, torch.tensor([[0, 0, 0, 0]]), y)),
    "a view of a view": _changed(lambda torch, z, y: z.T[1:][0].mul_(y[:, 0])),
    "a reshaped view": _changed(lambda torch, z, y: z.view(-1)[::3].add_(1)),
    "a diagonal": _changed(lambda torch, z, y: z.diagonal().fill_(0)),
    "a chunk": _changed(lambda torch, z, y: z.chunk(2, dim=1)[1].mul_(0)),
    "the shape": _changed(lambda torch, z, y: z.t_()),
    "another dimension": _changed(lambda torch, z, y: z.unsqueeze_(0)),
    "addcmul_ and lerp_": _changed(lambda torch, z, y: z.addcmul_(y, y, value=2).lerp_(y, 0.5)),
    "addmm_": _changed(lambda torch, z, y: z.addmm_(torch.ones(2, 2, dtype=y.dtype), y)),
    "triangles": _changed(lambda torch, z, y: z.tril_().triu_(-1)),
    "cumsum_": _changed(lambda torch, z, y: z.cumsum_(1)),
    "sqrt of a sum with out": _changed(lambda torch, z, y: z.add_(y.abs()).abs_().sqrt_()),
}


def of_the_argument_itself(torch):
    x = numbers(torch, 3, 2)
    y = torch.vmap(lambda x: x.mul_(2))(x)
    return x, y


def of_the_argument_along_another_dimension(torch):
    x = numbers(torch, 2, 3)
    y = torch.vmap(lambda x: x.mul_(2).sum(), in_dims=1)(x)
    return x, y


def of_a_view_of_the_argument(torch):
    x = numbers(torch, 3, 2)

    def f(x):
        x[0] = 7.0
        return x.sum()

    return torch.vmap(f)(x), x


def of_a_new_tensor_with_new_zeros(torch):
    def f(x):
        y = x.new_zeros(3)
        y[1:] = x
        return y

    return torch.vmap(f)(numbers(torch, 4, 2))


def of_zeros_like(torch):
    def f(x):
        y = torch.zeros_like(x)
        y.add_(x)
        y[0] += 1
        return y

    return torch.vmap(f)(numbers(torch, 4, 2))


def of_what_is_unbatched_with_what_is(torch):
    y = numbers(torch, 2)
    return torch.vmap(lambda x: y.add_(1))(numbers(torch, 3, 2)), y


def of_a_batched_tensor_by_an_unbatched_one(torch):
    y = numbers(torch, 2)

    def f(x):
        z = x * 1
        z += y
        return z

    return torch.vmap(f)(numbers(torch, 3, 2))


@differs("PyTorch says this for mul_, and for add_ what fails within", raises(RuntimeError, UNBATCHED))
def of_an_unbatched_tensor_by_a_batched_one(torch):
    y = torch.zeros(2)
    return torch.vmap(lambda x: y.add_(x))(numbers(torch, 3, 2))


@differs("PyTorch says this for mul_, and for add_ what fails within", raises(RuntimeError, UNBATCHED))
def of_an_unbatched_tensor_made_within(torch):
    def f(x):
        y = torch.zeros(2)
        y.add_(x)
        return y

    return torch.vmap(f)(numbers(torch, 3, 2))


def of_an_unbatched_tensor_by_index(torch):
    def f(x):
        y = torch.zeros(3, dtype=x.dtype)
        y[0] = x
        return y

    return torch.vmap(f)(numbers(torch, 3))


def of_an_unbatched_tensor_by_copy(torch):
    y = torch.zeros(2)
    return torch.vmap(lambda x: y.copy_(x))(numbers(torch, 3, 2, dtype="float32"))


def of_an_outer_tensor_by_an_inner_one(torch):
    def outer(x):
        return torch.vmap(lambda y: x.mul_(y))(numbers(torch, 4))

    return torch.vmap(outer)(numbers(torch, 3))


def of_an_inner_tensor_by_an_outer_one(torch):
    def outer(x):
        return torch.vmap(lambda y: (y * 1).mul_(x))(numbers(torch, 4, 2))

    return torch.vmap(outer)(numbers(torch, 3))


def with_a_gradient(torch):
    def f(x):
        y = x.clone()
        y.mul_(x)
        y[0] = x[1].sin()
        return y.sum()

    return torch.vmap(torch.func.grad(f))(numbers(torch, 4, 3))


def under_a_gradient(torch):
    def f(x):
        def g(x):
            y = x.clone()
            y[0].mul_(x[1])
            return y.exp()

        return torch.vmap(g)(x).sum()

    return torch.func.grad(f)(numbers(torch, 4, 3))


@differs(
    "the shapes in the message are those of an entry",
    raises(RuntimeError, "output with shape [2] doesn't match the broadcast shape [4, 2]"),
)
def of_a_broadcast_shape(torch):
    def f(x, y):
        z = x.clone()
        z.add_(y)
        return z

    return torch.vmap(f)(numbers(torch, 3, 2), numbers(torch, 3, 4, 2))


def resizing(torch):
    def f(x):
        return x.clone().squeeze_(0).transpose_(0, 1)

    return torch.vmap(f)(numbers(torch, 4, 1, 2, 3))


def detaching(torch):
    def f(x):
        y = x.detach()
        y.mul_(2)
        return x, y

    return torch.vmap(f)(numbers(torch, 4, 2))


@differs("a result may be written into a batch", lambda torch: numbers(torch, 4, 2) + 1)
def with_out(torch):
    def f(x):
        out = torch.empty_like(x)
        torch.add(x, 1, out=out)
        return out

    return torch.vmap(f)(numbers(torch, 4, 2))
