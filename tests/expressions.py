"""What an expression in tensors gives, by PyTorch or by chainrule: values, types, nodes, gradients, or the error.

The names in the expressions are tensors of a few kinds, made anew for each one; see `tensors`.
"""

import warnings

import numpy as np

_RNG = np.random.default_rng(7)
_FLOATS = {
    "x": _RNG.normal(size=(2, 3)),
    "y": _RNG.normal(size=(2, 3)),
    "v": _RNG.normal(size=3),
    "w": _RNG.normal(size=3),
    "w4": _RNG.normal(size=4),
    "A": _RNG.normal(size=(3, 3)),
    "P": np.array([[4.0, 1.0, 0.5], [1.0, 3.0, 0.2], [0.5, 0.2, 2.0]]),  # positive definite
    "B": _RNG.normal(size=(2, 3, 3)),
    "C": _RNG.normal(size=(2, 3, 4)),
    "D": _RNG.normal(size=(2, 1, 2, 3)),
    "z": np.array(1.5),
    "e": np.zeros((0, 3)),
    "ties": np.array([[1.0, 3.0, 3.0], [2.0, 2.0, -1.0]]),
    "zeros": np.array([[1.0, 0.0, 3.0], [0.0, 0.0, -1.0]]),
    "flat": np.full((2, 3), 2.0),
    "nan": np.array([[1.0, np.nan, 3.0], [2.0, 2.0, -1.0]]),
    "positive": _RNG.uniform(0.2, 2, size=(2, 3)),
}
_OTHERS = {
    "f": _RNG.normal(size=(2, 3)).astype(np.float32),
    "h": np.array([[1.0, 2.0, 0.5]], np.float16),
    "i": np.array([[3, 1, 2], [0, 5, 3]]),
    "j": np.array([2, 1, 2, 4]),
    "u": np.array([[1, 0, 200], [100, 5, 3]], np.uint8),
    "b": np.array([[True, False, True], [False, False, True]]),
    "c": (_RNG.normal(size=3) + 1j * _RNG.normal(size=3)),
    "M": (_RNG.normal(size=(3, 3)) + 1j * _RNG.normal(size=(3, 3))),
}


def tensors(torch):
    """The tensors by name; those of float64 and complex128 require grad."""
    made = {}
    for name, array in {**_FLOATS, **_OTHERS}.items():
        tensor = torch.tensor(array.tolist(), dtype=getattr(torch, array.dtype.name)).reshape(array.shape)
        made[name] = tensor.requires_grad_() if array.dtype.kind in "fc" and array.dtype.itemsize >= 8 else tensor
    return made


def outcome(torch, expression, *, orders=2):
    """What the expression gives: a list of facts that PyTorch and chainrule must agree upon.

    Numbers are arrays, everything else is text.
    """
    names = tensors(torch)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            result = eval(expression, {"torch": torch, "inf": float("inf"), **names})
        except Exception as error:  # noqa: BLE001 (that it fails, and how, is the outcome)
            return [type(error).__name__, str(error).partition("\n")[0]]
    results = result if isinstance(result, tuple) else (result,)
    facts = [type(result).__name__ if isinstance(result, tuple) else ""]
    total = None
    for part in results:
        if not isinstance(part, torch.Tensor):
            facts += [type(part).__name__, np.asarray(part)]
            continue
        values = part.detach().numpy()
        facts += [f"{values.dtype} {values.shape}", type(part.grad_fn).__name__, values]
        if part.requires_grad and orders:
            weights = torch.tensor(np.cos(np.arange(values.size)).reshape(values.shape).tolist(), dtype=torch.float64)
            weighted = (part * weights.reshape(values.shape)).sum()
            weighted = weighted.real + 2 * weighted.imag if weighted.is_complex() else weighted
            total = weighted if total is None else total + weighted
    return facts + (_gradients(torch, total, names, orders) if total is not None else [])


def _gradients(torch, total, names, orders):
    facts = []
    leaves = [name for name, tensor in names.items() if tensor.requires_grad]
    for _ in range(orders):
        inputs = [names[name] for name in leaves]
        gradients = torch.autograd.grad(total, inputs, create_graph=True, allow_unused=True)
        total = None
        for name, gradient in zip(leaves, gradients, strict=True):
            if gradient is None:
                continue
            array = gradient.detach().numpy(force=True)
            if array.any():  # a gradient of zeros and none at all are the same here
                facts += [f"gradient of {name}", array]
            if gradient.requires_grad:
                squared = (gradient * gradient * 0.5).sum()
                squared = squared.real + 2 * squared.imag if squared.is_complex() else squared
                total = squared if total is None else total + squared
        if total is None:
            break
    return facts


def differences(facts, expected, *, tolerance=1e-10):
    """What differs between two outcomes, in words; nothing when they agree."""
    if len(facts) != len(expected):
        return [f"{_words(facts)} is not {_words(expected)}"]
    found = []
    for fact, wanted in zip(facts, expected, strict=True):
        if isinstance(fact, str) or isinstance(wanted, str):
            if not isinstance(wanted, str) or fact != wanted:
                found.append(f"{fact} is not {wanted}")
        else:
            close = max(tolerance, 1e-3 if fact.dtype.itemsize < 4 and fact.dtype.kind == "f" else 0)
            close = max(close, 1e-6 if fact.dtype in (np.float32, np.complex64) else 0)
            if fact.shape != wanted.shape or not np.allclose(fact, wanted, rtol=close, atol=close, equal_nan=True):
                found.append(f"{fact} is not {wanted}")
    return found


def _words(facts):
    return [fact if isinstance(fact, str) else "..." for fact in facts]
