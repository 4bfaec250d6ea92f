"""An expression evaluated by both libraries, with everything compared that a program could see.

`X`, `Y`, ... in an expression are tensors made of the same numbers in each; `t` is the library.
"""

import numpy as np

import chainrule

SHAPES = {"X": (2, 3), "Y": (2, 3, 4), "V": (4,), "W": (3,), "S": (3, 3), "Z": (), "U": (2, 1, 3, 1), "E": (0, 3)}


def names(library, dtype="float64", wrap=None):
    """What an expression may use: the library, tensors that require grad, indices, masks, and NumPy."""
    rng = np.random.default_rng(1)
    leaves = {}
    for name, shape in SHAPES.items():
        values = rng.uniform(0.5, 2.0, shape)
        leaves[name] = library.tensor(values.tolist(), dtype=getattr(library, dtype)).reshape(shape).detach()
        leaves[name].requires_grad_()
    others = {
        "t": library, "np": np,
        "i": library.tensor([0, 1]), "j": library.tensor([1, 0, 1]), "n": library.tensor([-1, 0]),
        "ij": library.tensor([[0, 1, 1], [1, 0, 0]]), "row": library.tensor([[0, 1, 0]]),
        "m": library.tensor([True, False]), "M": library.tensor([[True, False, True], [False, True, True]]),
        "L": library.tensor([3, 1, 2]), "B": library.tensor([1, 2], dtype=library.uint8),
    }  # fmt: skip
    if wrap is not None:
        others |= {name: wrap(leaf) for name, leaf in leaves.items()}
    else:
        others |= leaves
    return leaves, others


def evaluate(library, expression, **kwargs):
    """The leaves, and the result of the expression; statements before a last expression are separated by semicolons."""
    leaves, scope = names(library, **kwargs)
    *statements, last = expression.split("; ")
    for statement in statements:
        exec(statement, scope)
    return leaves, eval(last, scope)


def flat(result):
    """The tensors of a result that may be one, or a tuple of them."""
    return list(result) if isinstance(result, (tuple, list)) else [result]


def to_numpy(tensor):
    tensor = tensor.detach()
    return (tensor.resolve_conj() if hasattr(tensor, "resolve_conj") else tensor).numpy()


def second_order(library, leaves, results):
    """Gradients of the results, and gradients of those, all with weights that are the same in both libraries."""
    rng = np.random.default_rng(2)

    def weights_like(tensors):
        return [
            library.tensor(rng.uniform(-1, 1, tuple(r.shape)).tolist(), dtype=r.dtype).reshape(tuple(r.shape))
            .detach().requires_grad_()
            for r in tensors
        ]  # fmt: skip

    outputs = [r for r in results if r.requires_grad]
    if not outputs:
        return [], []
    weights = weights_like(outputs)
    inputs = list(leaves.values())
    first = library.autograd.grad(outputs, inputs, weights, create_graph=True, allow_unused=True)
    again = [g for g in first if g is not None and g.requires_grad]
    if not again:
        return list(first), []
    second = library.autograd.grad(again, [*inputs, *weights], weights_like(again), allow_unused=True)
    return list(first), list(second)


def assert_equal(ours, theirs, what):
    """Two lists of tensors (or None, or numbers) of the two libraries are the same."""
    assert len(ours) == len(theirs), what
    for a, b in zip(ours, theirs, strict=True):
        if b is None or a is None:
            # PyTorch leaves out a gradient, or gives zeros, more by its implementation than by rule.
            left = b if a is None else a
            assert left is None or not np.any(to_numpy(left)), what
            continue
        assert tuple(a.shape) == tuple(b.shape), what
        assert str(a.dtype).split(".")[-1] == str(b.dtype).split(".")[-1], what
        np.testing.assert_allclose(to_numpy(a), to_numpy(b), rtol=1e-10, atol=1e-12, err_msg=what)


def compare(torch, expression):
    """Value, type, shape, name of the node, gradients and their gradients are PyTorch's."""
    _, ours = evaluate(chainrule, expression)
    _, theirs = evaluate(torch, expression)
    assert type(ours).__name__ == type(theirs).__name__
    if not hasattr(flat(theirs)[0], "shape"):
        assert ours == theirs
        return
    assert_equal(flat(ours), flat(theirs), expression)
    for a, b in zip(flat(ours), flat(theirs), strict=True):
        assert a.requires_grad == b.requires_grad
        assert type(a.grad_fn).__name__ == type(b.grad_fn).__name__, (a.grad_fn, b.grad_fn)
        # PyTorch conjugates lazily, in a view, and forgets that another dtype's view is one.
        assert a._is_view() == b._is_view() or "H" in expression or "view(t." in expression

    def squared(leaf):
        return leaf * leaf

    leaves, ours = evaluate(chainrule, expression, wrap=squared)
    our_first, our_second = second_order(chainrule, leaves, flat(ours))
    leaves, theirs = evaluate(torch, expression, wrap=squared)
    their_first, their_second = second_order(torch, leaves, flat(theirs))
    assert_equal(our_first, their_first, "gradients of " + expression)
    assert_equal(our_second, their_second, "second gradients of " + expression)


def refusal(library, expression):
    try:
        evaluate(library, expression, dtype="float32")
    except Exception as error:  # noqa: BLE001 (whatever it is, both must raise it)
        # Behind PyTorch's words chainrule says, on lines of their own, which lines of the program it is about.
        return type(error), str(error).split("\n  The view was made at")[0]
    return None


def compare_refusals(torch, expression):
    """Both refuse, with the same kind of exception and the same words."""
    theirs = refusal(torch, expression)
    assert theirs is not None, "PyTorch does not refuse this"
    assert refusal(chainrule, expression) == theirs
