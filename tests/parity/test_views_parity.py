"""Random programs of views and in-place changes, step by step the same as in PyTorch: values, gradients, refusals."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import chainrule

torch = pytest.importorskip("torch")


def is_expanded(x):
    return any(stride == 0 and size > 1 for stride, size in zip(x.stride(), x.shape, strict=True))


# Each step takes tensors by number, and gives a new one or changes one.
VIEWS = {
    "first row": lambda x: x[0],
    "last rows": lambda x: x[1:],
    "turned": lambda x: x.t() if x.dim() == 2 else x,
    "flat": lambda x: x.reshape(-1),
    "every other": lambda x: x[::2],
    "with a dimension more": lambda x: x.unsqueeze(0),
    "narrow": lambda x: x.narrow(0, 0, 1),
    "the same": lambda x: x.view_as(x) if x.is_contiguous() else x,
    "detached": lambda x: x.detach(),
    "diagonal": lambda x: x.diagonal() if x.dim() == 2 else x,
    "expanded": lambda x: x.expand(2, *x.shape),
    "last of several": lambda x: x.split(1)[-1],
    "first of unbound": lambda x: x.unbind()[0],
}
COPIES = {
    "doubled": lambda x, y: x * 2,
    "sine": lambda x, y: x.sin(),
    "sum with": lambda x, y: x + y.sum(),
    "product with": lambda x, y: x * y.sum(),
    "cloned": lambda x, y: x.clone(),
}
CHANGES = {
    "add_": lambda x, y: x.add_(1),
    "mul_": lambda x, y: x.mul_(0.5),
    "sin_": lambda x, y: x.sin_(),
    "zero_": lambda x, y: x.zero_(),
    "mul_ by": lambda x, y: x.mul_(y.sum()),
    "add_ the sum of": lambda x, y: x.add_(y.sum()),
    "copy_ the sum of": lambda x, y: x.copy_(y.sum()),
    "write into": lambda x, y: x.__setitem__(0, y.sum()),
    "clamp_": lambda x, y: x.clamp_(-1, 1),
    "t_": lambda x, y: x.t_() if x.dim() <= 2 else x.transpose_(0, 1),
    "unsqueeze_": lambda x, y: x.unsqueeze_(0),
    "squeeze_": lambda x, y: x.squeeze_(),
    "fill_ with the sum of": lambda x, y: x.fill_(y.sum()),
    # PyTorch still takes expanded tensors here, and says that it will not for ever.
    "pick and write": lambda x, y: x.__setitem__([0], 2.0) if not is_expanded(x) else x,
    "mask and write": lambda x, y: x.__setitem__(x > 0.3, 0.25) if not is_expanded(x) else x,
    "copy_ itself": lambda x, y: x.copy_(x.clone() * 2),
    "relu_": lambda x, y: x.relu_(),
}
SHAPE_CHANGES = ("t_", "unsqueeze_", "squeeze_")


@st.composite
def programs(draw):
    steps = []
    for _ in range(draw(st.integers(1, 9))):
        kind = draw(st.sampled_from(["view", "copy", "change", "change"]))
        table = {"view": VIEWS, "copy": COPIES, "change": CHANGES}[kind]
        name = draw(st.sampled_from(sorted(table)))
        # What changes the shape of a leaf leaves the nodes that lead to it with a shape that it no longer has.
        recorded = draw(st.integers(0, 9)) > 0 or name in SHAPE_CHANGES
        steps.append((kind, name, draw(st.integers(0, 99)), draw(st.integers(0, 99)), recorded))
    return steps


def outcome(function):
    try:
        return function()
    except RuntimeError as error:
        return str(error)[:60]


def run(library, steps):
    """What a program sees: the outcome of each step, and the gradients at the end."""
    leaf = library.tensor([[0.1, 0.2, 0.3], [0.4, 0.5, 0.6]], dtype=library.float64, requires_grad=True)
    tensors = [leaf, leaf * 1]
    seen = []
    for kind, name, first, second, recorded in steps:
        x, y = tensors[first % len(tensors)], tensors[second % len(tensors)]
        try:
            with library.set_grad_enabled(recorded):
                if kind == "view":
                    tensors.append(VIEWS[name](x))
                elif kind == "copy":
                    tensors.append(COPIES[name](x, y))
                else:
                    # PyTorch takes a view of a constant that became a variable for a leaf, until its node is asked for.
                    outcome(lambda x=x: x.grad_fn)
                    CHANGES[name](x, y)
        except (RuntimeError, IndexError) as error:
            seen.append((type(error).__name__, str(error)[:40]))
        else:
            seen.append(None)
    seen += [
        (t.requires_grad, t._version, tuple(t.shape), outcome(lambda t=t: t.is_leaf), t._is_view()) for t in tensors
    ]
    arrays = [t.detach().numpy().copy() for t in tensors]
    total = None
    for t in tensors[1:]:
        part = outcome(lambda t=t: (t * t).sum())
        if isinstance(part, str):
            seen.append(part)
        else:
            total = part if total is None else total + part
    if total is not None and total.requires_grad:
        try:
            total.backward()
        except RuntimeError:
            # Of a saved view that may not follow a change PyTorch says so, chainrule which line changed it.
            seen.append("backward fails")
    arrays.append(np.zeros((2, 3)) if leaf.grad is None else leaf.grad.numpy())
    return seen, arrays


@given(programs())
@settings(deadline=None, max_examples=400, derandomize=True)
def test_programs_of_views_and_changes(steps):
    expected, their_arrays = run(torch, steps)
    seen, arrays = run(chainrule, steps)
    assert seen == expected
    for actual, wanted in zip(arrays, their_arrays, strict=True):
        np.testing.assert_allclose(actual, wanted, rtol=1e-12, atol=1e-12)
