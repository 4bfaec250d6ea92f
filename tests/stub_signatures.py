"""The signatures that the stubs declare: those of rows and of functions, or as declared_types.py has them."""

import ast
import inspect
import sys
import types
import typing
from typing import Any

from chainrule.engine.op import COMMON, FLOATING, MISSING, TABLE
from chainrule.tensor import Tensor
from declared_types import ARGUMENTS, ARGUMENTS_OF, CALLS, RESULTS, WORDS

# Names that stand for themselves in a stub.
KNOWN = {
    "Any", "Buffer", "Callable", "Device", "Dims", "Generator", "Index", "Iterable", "Literal", "NDArray", "NoReturn",
    "Number", "Operand", "Self", "Sequence", "Size", "Tensor", "TensorBase", "bool", "complex", "dict", "dtype",
    "float", "int", "layout", "list", "memory_format", "results", "slice", "str", "tuple", "type",
}  # fmt: skip
# Where classes of chainrule's own are that signatures name.
WHERE = {}
NUMPY_NAMES = {"dim": "axis", "keepdim": "keepdims"}
BY_NAME = inspect.Parameter.KEYWORD_ONLY
VAGUE = {"", "Any", "TensorBase"}


class Parameter(typing.NamedTuple):
    """An argument as a stub declares it; no default is the empty text."""

    name: str
    type: str
    default: str = ""
    kind: inspect._ParameterKind = inspect.Parameter.POSITIONAL_OR_KEYWORD

    def __str__(self):
        star = {inspect.Parameter.VAR_POSITIONAL: "*", inspect.Parameter.VAR_KEYWORD: "**"}.get(self.kind, "")
        sort = f": {self.type}" if self.type else ""
        equals = (" = " if sort else "=") + self.default if self.default else ""
        return f"{star}{self.name}{sort}{equals}"


class Call(typing.NamedTuple):
    """One way to call a function."""

    parameters: tuple[Parameter, ...]
    result: str

    def words(self):
        """What stands between the parentheses, piece by piece."""
        found, starred, before = [], False, None
        kinds = inspect.Parameter
        for p in self.parameters:
            if p.kind is not kinds.POSITIONAL_ONLY and before is kinds.POSITIONAL_ONLY:
                found.append("/")
            if p.kind is kinds.KEYWORD_ONLY and not starred:
                found.append("*")
            starred = starred or p.kind in {kinds.VAR_POSITIONAL, kinds.KEYWORD_ONLY}
            found.append(str(p))
            before = p.kind
        return [*found, "/"] if before is kinds.POSITIONAL_ONLY else found

    def without_out(self):
        """The same call without `out`."""
        return self._replace(parameters=tuple(p for p in self.parameters if p.name != "out"))

    def of_numbers(self):
        """The same call, whose first argument may be a number if there are others that may be tensors."""
        first, *others = self.parameters
        several = first.type == "Tensor" and any("Tensor" in p.type and p.name != "out" for p in others)
        return self._replace(parameters=(first._replace(type="Tensor | Number"), *others)) if several else self

    def with_out_of_result(self):
        """The same call, whose `out` is one tensor or several as the result is."""
        several = self.result.startswith(("results.", "tuple["))
        return self._replace(
            parameters=tuple(
                p._replace(type="Sequence[Tensor] | None") if p.name == "out" and several else p
                for p in self.parameters
            )
        )

    def as_method(self):
        """The same call of a method."""
        _, *others = self.parameters
        return self._replace(parameters=(Parameter("self", ""), *others)).without_out()


def parsed(text):
    """The call that a line of declared_types.py says."""
    (definition,) = ast.parse(f"def f{text}: ...").body
    arguments, kinds, found = definition.args, inspect.Parameter, []
    in_order = [*arguments.posonlyargs, *arguments.args]
    defaults = [None] * (len(in_order) - len(arguments.defaults)) + arguments.defaults

    def add(argument, default, kind):
        sort = ast.unparse(argument.annotation).replace("'", '"') if argument.annotation else ""
        found.append(Parameter(argument.arg, sort, ast.unparse(default) if default else "", kind))

    for argument, default in zip(in_order, defaults, strict=True):
        first = argument in arguments.posonlyargs
        add(argument, default, kinds.POSITIONAL_ONLY if first else kinds.POSITIONAL_OR_KEYWORD)
    if arguments.vararg:
        add(arguments.vararg, None, kinds.VAR_POSITIONAL)
    for argument, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
        add(argument, default, kinds.KEYWORD_ONLY)
    return Call(tuple(found), ast.unparse(definition.returns))


# ---- what a row or a function says ----


def takes_numbers(op):
    """Whether numbers may stand for its tensors."""
    return op.promotion in (COMMON, FLOATING)


def of_row(name, op):
    """The calls of an operation that is called as its forward is written: with PyTorch's words, and with NumPy's."""
    module = sys.modules.get(getattr(op.forward, "__module__", None) or "")
    hints = getattr(op.forward, "__annotations__", {})
    several = "Tensor | Number" if takes_numbers(op) else "Tensor"
    found = []
    for position, (parameter, default) in enumerate(zip(op.parameters, op.defaults, strict=True)):
        spelled = "input" if parameter == "self" else parameter
        annotation = rendered(hints.get(parameter), module)
        if position in op.tensor_positions and annotation in VAGUE:
            annotation = "Sequence[Tensor]" if parameter == "tensors" else "Tensor" if parameter == "self" else several
        missing = default is MISSING
        sort = type_of(name, spelled, annotation, ... if missing else default, "Any")
        found.append(Parameter(spelled, sort, "" if missing else shown(default)))
    if not op.view and "nn.functional" not in op.spaces:
        many = "Sequence[Tensor]" if op.results else "Tensor"
        found.append(Parameter("out", f"{many} | None", "None", BY_NAME))
    call = Call(tuple(found), result_of(op))
    return [call, *in_numpy_words(call)]


def result_of(op):
    """What an operation gives."""
    return f"results.{op.return_type.__name__}" if op.results else "Tensor"


def in_numpy_words(call):
    """The same call with NumPy's names of dimensions; none if there are no dimensions."""
    names = [p.name for p in call.parameters]
    at = names.index("dim") if "dim" in names else len(names)
    dim, others = call.parameters[at : at + 1], call.parameters[at + 1 :]
    if not dim or any(not p.default for p in others):
        return []
    by_name = [p._replace(name=NUMPY_NAMES.get(p.name, p.name), kind=BY_NAME) for p in (*dim, *others)]
    axis = by_name[0]._replace(default="", kind=inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return [call._replace(parameters=(*call.parameters[:at], axis, *by_name[1:]))]


def _of_one(input: "Any", *, out: "Any" = None) -> "Any": ...


def _of_two(input: "Any", other: "Any", *, out: "Any" = None) -> "Any": ...


def _of_any(*args: "Any", **kwargs: "Any") -> "Any": ...


def signature_of(function):
    """A function's own signature; that of a compiled one, which has none, by what it was made for."""
    try:
        return inspect.signature(function)
    except ValueError:
        kind = type(function).__name__
        return inspect.signature(_of_one if "_unary" in kind else _of_two if "_binary" in kind else _of_any)


def of_function(name, function, several):
    """The call that a function's own signature says; `several`: what its arguments are that nothing is said of."""
    module, found = sys.modules[function.__module__], []
    signature = signature_of(function)
    for position, given in enumerate(signature.parameters.values()):
        if given.kind is given.VAR_KEYWORD and any(p.name == "args" for p in found):
            found.append(Parameter(given.name, "Any", "", given.kind))
            continue
        if given.kind is given.VAR_KEYWORD:
            # What an adapted function hands on to its row.
            found.append(Parameter("out", "Tensor | None", "None", given.KEYWORD_ONLY))
            continue
        spelled = "input" if given.name == "self" and not position else given.name
        missing = given.default is given.empty
        default = ... if missing else given.default
        sort = type_of(name, spelled, rendered(given.annotation, module), default, several if position else "Tensor")
        found.append(Parameter(spelled, sort, "" if missing else shown(default), given.kind))
    result = rendered(signature.return_annotation, module).replace("TensorBase", "Any").replace("Any", "Tensor")
    return Call(tuple(found), result or "Tensor")


def type_of(function, parameter, annotation, default, otherwise):
    """The type of an argument: as declared for this function, as annotated, or by its name."""
    declared = ARGUMENTS_OF.get(f"{function}.{parameter}")
    found = rendered(declared, None) if declared else annotation
    if declared is None and annotation in VAGUE:
        number = isinstance(default, (int, float, str))
        found = ARGUMENTS.get(parameter, type(default).__name__ if number else otherwise)
    if parameter in WORDS:
        found = found.replace("str", "Literal[" + ", ".join(f'"{word}"' for word in WORDS[parameter]) + "]")
    return f"{found} | None" if default is None and not found.endswith("None") and found != "Any" else found


def shown(default):
    """A default as it stands in a stub: itself where it is a plain value."""
    if isinstance(default, str):
        return f'"{default}"'
    if isinstance(default, float) and not abs(default) < float("inf"):
        return "..."
    plain = default is None or isinstance(default, (bool, int, float))
    if plain or (isinstance(default, tuple) and all(type(each) is int for each in default)):
        return repr(default)
    return "..."


def rendered(annotation, module):
    """An annotation as a stub spells it: a module's own names for types are written out."""
    if annotation is None or annotation is inspect.Signature.empty:
        return ""
    if not isinstance(annotation, str):
        return as_text(annotation)

    class WriteOut(ast.NodeTransformer):
        def visit_Name(self, node):
            value = getattr(module, node.id, None)
            if value is None:  # imported for types alone
                value = next(filter(None, (class_in(known, node.id) for known in list(sys.modules.values()))), None)
            plain = node.id in KNOWN or value is None
            return node if plain else ast.parse(as_text(value), mode="eval").body

    return ast.unparse(WriteOut().visit(ast.parse(annotation, mode="eval"))).replace("'", '"')


def class_in(module, name):
    """The class of this name that a module of chainrule defines."""
    found = vars(module).get(name) if module.__name__.startswith("chainrule") else None
    return found if inspect.isclass(found) and found.__module__ == module.__name__ else None


def as_text(sort):
    """A type's text; where classes of chainrule's own are is noted in WHERE."""
    if inspect.isclass(sort) and sort.__module__.startswith("chainrule"):
        WHERE[sort.__name__] = sort.__module__
    if sort is type(None):
        return "None"
    if isinstance(sort, types.UnionType):
        return " | ".join(map(as_text, sort.__args__))
    if typing.get_origin(sort) is not None:
        inside = ", ".join("..." if each is ... else as_text(each) for each in typing.get_args(sort))
        return f"{typing.get_origin(sort).__name__}[{inside}]"
    return getattr(sort, "__name__", None) or str(sort)


# ---- what stands in a namespace ----


def row_at(space, name):
    """The row of which `name` in a namespace is the function or the twin in place; None for a function without one."""
    for op in TABLE.values():
        for place in op.spaces:
            where, _, other = place.partition(":")
            names = {other} if other else {op.name, *op.aliases}
            if where == space and (name in names or (op.inplace and name.removesuffix("_") in names)):
                return op
    return None


def calls_of(space, name, function):
    """All ways to call what stands at `name` in a namespace; `Tensor`: as a method."""
    own = CALLS.get(f"{space}.{name}")
    if own is not None:
        return [parsed(text) for text in own]
    plain = name.removesuffix("_")
    found = undeclared_calls(space, plain, function, in_place=plain != name)
    if space == "special":
        found = [call.of_numbers() for call in found]
    if f"{space}.{name}" in RESULTS or name in RESULTS:
        result = RESULTS.get(f"{space}.{name}") or RESULTS[name]
        found = [call._replace(result=result) for call in found]
    found = [call.with_out_of_result() for call in found]
    if space == "Tensor":
        # The first argument of some functions may be a number; that of a method is the tensor.
        found = [call.as_method() for call in found if "Tensor" in call.parameters[0].type]
    if plain != name:
        found = [call.without_out()._replace(result="Self" if space == "Tensor" else "Tensor") for call in found]
    return found


def undeclared_calls(space, name, function, *, in_place):
    """The ways to call a function, or the one that `function` is the twin of in place."""
    if space in {"torch", "Tensor"} and name in CALLS:
        return [parsed(text) for text in CALLS[name]]
    op = row_at(space, name)
    recorded = function.__module__.startswith("chainrule.engine")
    if op is not None and ((recorded and op.adapt is None) or takes_anything(function)):
        return of_row(name, op)
    if space == "torch" and takes_anything(function) and inspect.isfunction(getattr(Tensor, function.__name__, None)):
        return undeclared_calls("Tensor", name, getattr(Tensor, function.__name__), in_place=in_place)
    numbers = space == "special" if op is None else takes_numbers(op)
    public = op.public if op is not None and in_place and recorded else function
    call = of_function(name, public, "Tensor | Number" if numbers else "Tensor")
    return [call if op is None or not op.results else call._replace(result=result_of(op))]


def takes_anything(function):
    """Whether a function's own signature says nothing."""
    first, *others = [p.kind for p in signature_of(function).parameters.values()]
    free = {inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD}
    return set(others) == free and first is not inspect.Parameter.VAR_POSITIONAL
