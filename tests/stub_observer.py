"""Whether calls are as the stubs declare them: functions of the namespaces and methods, watched while tests run."""

import ast
import functools
import inspect

import numpy as np

import chainrule
from chainrule import fft, linalg, special
from chainrule.devices import device
from chainrule.dtypes import dtype
from chainrule.layouts import layout, memory_format
from chainrule.nn import functional
from chainrule.random import Generator
from chainrule.return_types import NamedResults
from chainrule.size import Size
from chainrule.tensor import Tensor
from make_stubs import SPLIT, own_methods, public_functions
from stub_signatures import calls_of

SPACES = {"torch": chainrule, "fft": fft, "linalg": linalg, "nn.functional": functional, "special": special}
PLAIN = {
    "Tensor": Tensor, "Self": Tensor, "Number": (int, float, complex, np.number, np.bool_), "dtype": dtype,
    "layout": layout, "memory_format": memory_format, "Generator": Generator, "Size": Size, "bool": (bool, np.bool_),
    "int": (int, np.integer), "str": str, "float": (int, float), "Device": (device, str, int), "None": type(None),
    "Any": object, "NDArray": np.ndarray, "dict": dict,
}  # fmt: skip


def fits(value, sort):
    """Whether a value is of a declared type, given as text or as the tree that it is parsed to."""
    match ast.parse(sort, mode="eval").body if isinstance(sort, str) else sort:
        case ast.Constant(value=None):
            return value is None
        case ast.BinOp(left=left, right=right):
            return fits(value, left) or fits(value, right)
        case ast.Attribute(attr=name):  # results.topk
            return isinstance(value, NamedResults) and type(value).__name__ == name
        case ast.Name(id="Dims"):
            return fits(value, "int | Sequence[int]")
        case ast.Subscript(value=ast.Name(id=name), slice=ast.Tuple(elts=[*inside]) | inside):
            return fits_inside(value, name, inside if isinstance(inside, list) else [inside])
        case ast.Name(id=name):
            return isinstance(value, PLAIN[name])
    raise ValueError(sort)


def fits_inside(value, name, inside):
    """Whether a value is of a declared type that says what is inside."""
    if name == "Literal":
        return any(value is word.value or value == word.value for word in inside)
    if name == "Sequence":
        return isinstance(value, (list, tuple)) and all(fits(each, inside[0]) for each in value)
    if name == "tuple" and isinstance(inside[-1], ast.Constant) and inside[-1].value is ...:
        return isinstance(value, tuple) and all(fits(each, inside[0]) for each in value)
    if name == "tuple":
        return isinstance(value, tuple) and len(value) == len(inside) and all(map(fits, value, inside))
    return isinstance(value, PLAIN[name])


def accepts(call, args, kwargs):
    """Whether a declared call takes these arguments."""
    empty = inspect.Parameter.empty
    declared = [inspect.Parameter(p.name, p.kind, default=None if p.default else empty) for p in call.parameters]
    try:
        given = inspect.Signature(declared).bind(*args, **kwargs).arguments
    except TypeError:
        return False
    for p in call.parameters:
        if p.name in given and p.type:
            values = given[p.name] if p.kind is inspect.Parameter.VAR_POSITIONAL else [given[p.name]]
            if not all(fits(value, p.type) for value in values):
                return False
    return True


class Observer:
    """Watches what the stubs declare. `wrong`: calls that are none of the declared, and results of another type."""

    def __init__(self):
        self.seen, self.wrong = set(), {}
        self._originals, self._inside = [], False

    def __enter__(self):
        for space in SPLIT:
            for name, function in public_functions(space).items():
                self._watch(SPACES[space], space, name, function)
        for name, method in own_methods().items():
            self._watch(Tensor, "Tensor", name, method)
        return self

    def __exit__(self, *_):
        for owner, name, original in self._originals:
            setattr(owner, name, original)

    def _watch(self, owner, space, name, function):
        if inspect.isclass(function):
            return
        calls = calls_of(space, name, function)

        @functools.wraps(function)
        def watched(*args, **kwargs):
            if self._inside:  # what a function calls itself is nobody's program
                return function(*args, **kwargs)
            self._inside = True
            try:
                result = function(*args, **kwargs)
            finally:
                self._inside = False
            if not any(isinstance(value, np.ndarray) for value in (*args, *kwargs.values())):
                self._check(f"{space}.{name}", calls, args, kwargs, result)
            return result

        self._originals.append((owner, name, function))
        setattr(owner, name, watched)

    def _check(self, name, calls, args, kwargs, result):
        self.seen.add(name)
        fitting = [call for call in calls if accepts(call, args, kwargs)]
        if not fitting:
            said = ", ".join([shown(a) for a in args] + [f"{n}={shown(a)}" for n, a in kwargs.items()])
            self.wrong[name] = f"{name}({said}) is not declared"
        elif kwargs.get("out") is None and not fits(result, fitting[0].result):
            self.wrong[name] = f"{name} gives {shown(result)}, which is not {fitting[0].result}"


def shown(value):
    """An argument in few words."""
    if isinstance(value, Tensor):
        return "Tensor"
    if isinstance(value, NamedResults):
        return type(value).__name__
    if isinstance(value, (list, tuple)):
        return f"{type(value).__name__}[{', '.join(map(shown, value))}]"
    return repr(value)
