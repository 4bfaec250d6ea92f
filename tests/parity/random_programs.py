"""Programs put together by chance, run by PyTorch and by chainrule alike: what every step gives, or how it fails.

A program is a list of steps, each four small numbers: which line of STEPS, and which tensors it is about. `x`, `y` and
`z` stand for tensors that are there: those at the start (see `START`) and the results of the steps before. A step that
fails changes nothing and the program goes on; that it failed, and how, is compared as values are.
"""

import re
import warnings

import numpy as np
from program_steps import CAREFUL_STEPS, CONSTANT, START, STEPS

CODE = [(line, compile(line, line, "eval"), line in CAREFUL_STEPS) for line in [*STEPS, *CAREFUL_STEPS]]

# What writes all of `x` at once, with `y` element by element.
WHOLE = frozenset(
    line
    for line in [*STEPS, *CAREFUL_STEPS]
    if re.match(r"x\.(add|sub|mul|div|copy|addcmul|lerp|clamp)_\(", line) and "y.mT" not in line
)
# What PyTorch saves a whole tensor for that chainrule needs less of, or an index that chainrule copies: there fewer
# changes afterwards are errors.
SAVING_LESS = frozenset(
    line
    for line in [*STEPS, *CAREFUL_STEPS]
    if re.search(r"x\.(prod|gather|take|masked_select|index_\w+|cummax|copysign)\(|x\.__setitem__\(|x\[.*[jk]", line)
)
# What depends on a tensor's layout.
LAYOUT = re.compile(r".*x\.(view|reshape|flatten|contiguous|stride|is_contiguous|as_strided|to|float|double)\(")
# Views that may not be looked at any more: chainrule may find something else wrong, or need not look.
FORBIDDEN_CHANGES = ("is a view and is being modified", "A view was created in", "is a view and its base or another")
# What PyTorch's formulas do not work for, mostly for numbers of a type that was mixed with a complex one.
OWN_ERRORS = (
    "Expected isFloatingType(grad.scalar_type())",
    "Subtraction, the `-` operator, with",
    "expected scalar type",
    "detached in-place",  # of a saved tensor, whose values are still there
    "ScatterAddBackward0 returned an invalid gradient",  # of a source larger than the index
    "not implemented for",
)

# Nearer than this to a corner, and not on it.
NEAR = 1e-5
# Larger numbers are not worked on, as differences of them would not have the digits that are compared; nor are more.
LARGE = 1e4
MANY = 200


def start(library):
    """The tensors that a program begins with, and the leaves among them that gradients are asked for."""
    leaves, tensors = {}, {}
    for name, array in START.items():
        made = library.from_numpy(array.copy())
        if name not in CONSTANT:
            leaves[name] = made.requires_grad_()
            made = made.clone()
        tensors[name] = made
    return leaves, tensors


def is_left_out(line, chosen, scope):
    """Whether PyTorch's answer to a step is an accident of its own that nobody builds on."""
    x, y, z = (given[1] for given in chosen)
    used = [given for name, given in zip("yz", (y, z), strict=True) if re.search(rf"\b{name}\b", line)]
    named = [scope[name] for name in "jkd" if re.search(rf"\b{name}\b", line)]
    if re.search(r"[a-z_]_\(|accumulate", line):
        # PyTorch refuses to write into a tensor what shares some of its memory; chainrule reads all before it writes.
        others = named + [given for given in used if given is not x or line not in WHOLE]
        if any(other is x or np.may_share_memory(x._array, other._array) for other in others):
            return True
        # What one step does to elements that lie in one place twice hangs on the order in which they are looked at.
        if overlaps_itself(x._array):
            return True
        # PyTorch makes integers require grad here, which it refuses elsewhere.
        if not is_floating(x) and any(other.requires_grad for other in named + used):
            return True
    # PyTorch's formula squares integers, which wrap.
    if "atan2" in line and not (is_floating(x) and is_floating(y)):
        return True
    # Nothing says which mistake is reported first, or PyTorch speaks of a step of its own.
    if any(condition(x, y, scope) for start, condition in UNCLEAR if line.startswith(start)):
        return True
    # chainrule orders complex numbers as NumPy does, and does not keep the strides of empty arrays, as NumPy does not.
    return (line == "x.unique()" and x.is_complex()) or (line == "x.stride()" and not x.numel())


def is_floating(x):
    return x.is_floating_point() or x.is_complex()


def mismatched_product(x, y, scope):
    if "bool" in f"{x.dtype} {y.dtype}":
        return True
    return max(x.dim(), y.dim()) > 2 and (x.dtype != y.dtype or x.dim() != y.dim())


def beyond(dim):
    def condition(x, y, scope):
        j = scope["j"]
        return j.dim() != 1 or int(j.min()) < 0 or (x.dim() and x.shape[dim] <= int(j.max()))

    return condition


def empty(x, y, scope):
    return not x.numel()


def differing(x, y, scope):
    return x.dtype != y.dtype or "bool" in str(x.dtype)


def is_complex(x, y, scope):
    return x.is_complex()


def empty_inside(x, y, scope):
    return not x.numel() and bool(x.shape[0])


UNCLEAR = [
    ("x.index_fill", lambda x, y, scope: not x.numel() or beyond(0)(x, y, scope)),
    *[(start, empty) for start in ("x.index_add", "x.index_copy", "x[:, j")],
    *[(start, lambda x, y, scope: not x.dim()) for start in ("x[5]", "x[-1]")],
    *[
        (start, lambda x, y, scope: x.is_complex())
        for start in ("x.kthvalue", "x.median", "x.softmax", "x.log_softmax")
    ],
    *[(start, lambda x, y, scope: scope["j"].dim() != 1) for start in ("x.index_", "x.take(", "x[j", "x[:, j")],
    ("x.median(0)", lambda x, y, scope: overlaps_itself(x._array)),
    ("x.as_strided", lambda x, y, scope: x.numel() < 3 or not x.is_contiguous() or overlaps_itself(x._array)),
    ("x.median()", empty),
    *[(start, empty) for start in ("x[..., 0]", "x.__setitem__((Ellipsis, 0)")],
    ("x.__setitem__((slice", empty),
    *[(start, empty_inside) for start in ("x[j", "x[[", "x[k", "x.__setitem__(j", "x.index_put")],
    *[(start, lambda x, y, scope: not x.is_floating_point()) for start in ("x.clamp_(-1", "x.cumsum_", "x.lerp_")],
    *[(start, is_complex) for start in ("x.cummax", "x.amax", "x.amin")],
    ("x.index_add", lambda x, y, scope: not y.dim()),
    ("x.scatter_add", lambda x, y, scope: y.dim() != 2),
    ("x.index_select(-1", beyond(-1)),
    ("x.index_select(0", beyond(0)),
    ("x.masked_fill", lambda x, y, scope: not (is_floating(x) and expands(scope["k"].shape, x.shape))),
    ("x.t_()", lambda x, y, scope: x.dim() > 2),
    ("x.expand(2, -1, -1)", lambda x, y, scope: x.dim() < 2),
    *[(f"torch.{name}", differing) for name in ("einsum", "nn.functional.linear", "dot", "addmm")],
    ("x.index_add", lambda x, y, scope: x.dim() < 2 or int(scope["j"].max()) > 2),
    ("x.median", lambda x, y, scope: not x.is_floating_point()),
    *[(start, mismatched_product) for start in ("x.matmul", "x @", "torch.nn.functional.linear")],
]


def overlaps_itself(array):
    places = np.zeros(array.shape, np.intp)
    for axis, (size, stride) in enumerate(zip(array.shape, array.strides, strict=True)):
        places += (np.arange(size) * stride).reshape([-1 if d == axis else 1 for d in range(array.ndim)])
    return len(np.unique(places)) < array.size


def expands(given, shape):
    if len(given) > len(shape):
        return False
    return all(n in (1, m) for n, m in zip(reversed(given), reversed(shape), strict=False))


def no_grad(library):
    """What the steps call so."""

    def run(step):
        with library.no_grad():
            return step()

    return run


class Run:
    """A program in the making, in both libraries: `run(step)` takes one step in both."""

    def __init__(self, *libraries):
        self.libraries = libraries
        self.leaves, named = zip(*map(start, libraries), strict=True)
        self.scopes = [
            {"torch": library, "no_grad": no_grad(library), **tensors}
            for library, tensors in zip(libraries, named, strict=True)
        ]
        self.tensors = [tuple(tensors[name] for tensors in named) for name in START]
        self.lines = []
        self.used = set()
        self.diverged = False  # from then on the program is not compared
        self.coarse = False  # whether half of the digits may have been lost
        self.grown = [0] * len(self.tensors)

    def step(self, number, *operands):
        """Take a step; the differences between what came out, in words."""
        line, code, careful = CODE[number % len(CODE)]
        numbers = [n % len(self.tensors) for n in operands]
        chosen = [self.tensors[n] for n in numbers]
        arrays = [
            to_numpy(pair[0]) for pair, name in zip(chosen, "xyz", strict=True) if re.search(rf"\b{name}\b", line)
        ]
        if self.diverged or is_left_out(line, chosen, self.scopes[1]):
            return []
        if LAYOUT.match(line) and chosen[0][0].is_contiguous() != chosen[0][1].is_contiguous():
            return []  # NumPy keeps the order of dimensions in more results than PyTorch does
        if line == "x.detach_()" and any(ours._base is chosen[0][1] for _, ours in self.tensors):
            return []  # PyTorch's views keep a node that leads nowhere
        if any(array.size > MANY or not within(array) for array in arrays) or (careful and near_a_corner(arrays)):
            return []
        named = ", ".join(f"{name} = t{n}" for name, n in zip("xyz", numbers, strict=True))
        self.used.add(line)
        self.coarse = self.coarse or any(is_coarse(array.dtype) for array in arrays)
        self.lines.append(f"t{len(self.tensors)} = {line}    # {named}")
        theirs, ours = (
            outcome(code, scope | dict(zip("xyz", (pair[i] for pair in chosen), strict=True)), library)
            for i, (scope, library) in enumerate(zip(self.scopes, self.libraries, strict=True))
        )
        if (
            isinstance(theirs, str)
            and "a leaf Variable that" in theirs
            and (isinstance(ours, str) or chosen[0][1]._base is not None)
        ):
            # Something else is wrong too; or PyTorch takes a view for a leaf whose base has a history by now.
            self.diverged = not isinstance(ours, str)
            return []
        found = different(theirs, ours, self.coarse)
        if not found and isinstance(theirs, list):
            made = [pair for pair in zip(theirs, ours, strict=True) if is_tensor(pair[0])]
            self.tensors += made
            self.coarse = self.coarse or any(is_coarse(ours._array.dtype) for _, ours in made)
            # PyTorch fills some results in several steps.
            self.grown += [theirs._version - ours._version for theirs, ours in made]
        return found

    def end(self):
        """The differences between all tensors, and between the gradients of a sum of them."""
        found = []
        if self.diverged:
            return found
        for number, (theirs, ours) in enumerate(self.tensors):
            found += [f"t{number}, {what}" for what in different([theirs], [ours], self.coarse)]
            if theirs._version != ours._version + self.grown[number]:
                found.append(f"t{number} is of version {ours._version}, not {theirs._version}")
        if found:
            return found
        theirs, ours = (
            gradients(*run) for run in zip(self.libraries, self.leaves, zip(*self.tensors, strict=True), strict=True)
        )
        if isinstance(theirs, list) and isinstance(ours, list):
            for name, a, b in zip(self.leaves[0], theirs, ours, strict=True):
                # Where PyTorch's gradient is infinite or NaN, chainrule may know a finite one.
                finite = np.isfinite(a)
                if not close(a[finite], b[finite], self.coarse):
                    found.append(f"gradient of {name}: {b} is not {a}")
            return found
        if isinstance(ours, str) and isinstance(theirs, str):
            return []  # which node is looked at first is up to the walk
        if isinstance(ours, list) and self.is_pytorchs_own(theirs):
            return []
        return different(theirs, ours, self.coarse)

    def is_pytorchs_own(self, error):
        """Whether only PyTorch's formulas have this error."""
        if "modified by an inplace operation" in error:
            return bool(self.used & SAVING_LESS)
        return any(text in error for text in OWN_ERRORS)


def gradients(library, leaves, tensors):
    """The gradients of all leaves of a sum of all tensors, as arrays; or the error."""
    total = 0
    for tensor in tensors:
        if isinstance(facts(tensor)[2], tuple) and tensor.requires_grad and tensor.numel():
            finite = tensor.isfinite()
            parts = [tensor.real, tensor.imag] if tensor.is_complex() else [tensor]
            for part in parts:
                weights = np.cos(np.arange(part.numel())).reshape(tuple(part.shape))
                weighted = part * library.from_numpy(weights)
                total = total + library.where(finite & weighted.isfinite(), weighted, 0.0).sum()
    if not is_tensor(total):
        return []
    try:
        found = library.autograd.grad(total, list(leaves.values()), allow_unused=True)
    except RuntimeError as error:
        return failure(error)
    return [np.zeros(leaf.shape) if g is None else to_numpy(g) for leaf, g in zip(leaves.values(), found, strict=True)]


def outcome(code, scope, library):
    """A list of results, or the text of an error."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        try:
            result = eval(code, scope)
        except Exception as error:  # noqa: BLE001 (that it fails, and how, is compared)
            return failure(error)
    del library
    return list(result) if isinstance(result, (tuple, list)) and any(map(is_tensor, result)) else [result]


def failure(error):
    text = str(error).partition("\n")[0]
    if "modified by an inplace operation" in text:
        # Which node is looked at first is up to the walk.
        text = "modified by an inplace operation"
    return f"{type(error).__name__}: {text}"


def is_tensor(value):
    return hasattr(type(value), "grad_fn")


def to_numpy(tensor):
    return tensor.numpy(force=True)


def within(array):
    return not array.size or not np.any(np.abs(array.astype(complex)) > LARGE)


def near_a_corner(arrays):
    """Whether a number is near a half of an integer and not there, or two numbers are nearly the same."""
    numbers = np.concatenate([array.ravel().astype(complex) for array in arrays])
    numbers = np.concatenate([numbers.real, numbers.imag])
    if not np.all(np.isfinite(numbers)):
        return True
    from_halves = np.abs(2 * numbers - np.round(2 * numbers))
    gaps = np.diff(np.sort(np.append(numbers, np.abs(numbers))))
    return bool(np.any((from_halves > 0) & (from_halves < NEAR)) or np.any((gaps > 0) & (gaps < NEAR)))


def is_coarse(dtype):
    """Whether a type has half of the digits."""
    return dtype in (np.float32, np.complex64)


def close(a, b, coarse):
    tolerance = 1e-3 if coarse or is_coarse(a.dtype) else 1e-8
    scale = max(1.0, float(np.max(np.abs(a[np.isfinite(a)]), initial=0.0)))
    return np.allclose(b, a, rtol=tolerance, atol=tolerance * scale, equal_nan=True)


def facts(tensor):
    """What is exact about a tensor. A view that may not be looked at any more says so."""
    try:
        tracked = tensor.requires_grad, tensor.is_leaf, tensor.grad_fn is None
    except RuntimeError as error:
        tracked = failure(error)
    return str(tensor.dtype).rpartition(".")[2], tuple(tensor.shape), tracked


def different(theirs, ours, coarse):
    """What differs between two outcomes, in words."""
    if isinstance(theirs, str) or isinstance(ours, str):
        same = theirs == ours or (isinstance(theirs, str) and any(text in theirs for text in FORBIDDEN_CHANGES))
        return [] if same else [f"{ours} is not {theirs}"]
    if len(theirs) != len(ours):
        return [f"{len(ours)} results are not {len(theirs)}"]
    found = []
    for a, b in zip(theirs, ours, strict=True):
        if not is_tensor(a):
            same = np.allclose(b, a, equal_nan=True) if isinstance(a, (float, list)) else a == b
            found += [] if same else [f"{b} is not {a}"]
            continue
        known, ours_known = facts(a), facts(b)
        if known != ours_known:
            found.append(f"{ours_known} is not {known} (type, shape, requires_grad, is_leaf)")
        elif not close(to_numpy(a), to_numpy(b), coarse):
            found.append(f"{to_numpy(b)} is not {to_numpy(a)}")
    return found
