"""What a row of the table is: an operation's forward and its derivatives, read once and checked when the row is made.

A row names for each argument the formula of its gradient. The formula's own parameter names say what it needs:

- first `grad` (the gradient of the result), or `grads` (a tuple, for an operation with several results);
- a parameter of the forward: that argument, as a saved array if a tensor was given for it;
- `result` (or the name of one of the results): the saved result;
- `<parameter>_shape`: the shape of that argument; nothing else of it is kept;
- `needs`: a tuple of bools in a formula for several arguments, which of them need a gradient.

A formula is a plain array expression. In a first-order backward pass it sees arrays, in a differentiable one Tensors.
For complex numbers the same formula serves: where a function is complex differentiable its gradient is the conjugate
of the formula at the conjugate gradient; a row whose formulas see to that themselves says `conjugate=False`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from operator import itemgetter
from typing import Any, Final, overload

import numpy as np

from chainrule.engine.compilation import COMPILED, mypyc_attr
from chainrule.engine.node import (
    DEFERRED,
    FIRST,
    FIRST_AND_PLAIN,
    GROUP,
    NOTHING,
    PLAIN,
    SECOND,
    SELECTING,
    SEVERAL,
    Formula,
    Node,
    Rule,
)
from chainrule.engine.numpy_calls import called_directly, called_from_here, called_from_here_into
from chainrule.kernels.blockwise import blockwise
from chainrule.kernels.selection import nothing_of
from chainrule.return_types import return_type

# Kinds of operation: what the other modes of differentiation may conclude from a row.
GENERAL: Final = "general"
# Each element of the result depends on the elements at its place alone, and formulas broadcast (see batched.py).
ELEMENTWISE: Final = "elementwise"
LINEAR: Final = "linear"  # linear in its tensor arguments taken together
MULTILINEAR: Final = "multilinear"  # linear in each of its tensor arguments, as a product of matrices is

# What happens to the types of tensor arguments before the forward sees them.
AS_GIVEN: Final = "as given"
COMMON: Final = "common"  # cast to their common type, by PyTorch's promotion
FLOATING: Final = "floating"  # the same, and integers become the default floating-point type


class NotDifferentiable:
    """Marks an argument that may be a tensor and has no gradient, by its nature."""

    def __repr__(self) -> str:
        return "NOT_DIFFERENTIABLE"


NOT_DIFFERENTIABLE: Final = NotDifferentiable()

TABLE: Final[dict[str, Op]] = {}

# What each argument of a call was, in the key of a node class.
ABSENT: Final = 0  # no tensor: a number, None, an array
CONSTANT: Final = 1  # a tensor that does not require grad
VARIABLE: Final = 2  # a tensor that requires grad


@mypyc_attr(serializable=True)  # that is, it can be copied
class Op:
    """One operation. `function` records it; everything else is read by the recorder."""

    def __init__(
        self,
        forward: Callable[..., Any],
        derivatives: dict[str, Any],
        *,
        name: str,
        kind: str,
        promotion: str,
        node_name: str | Callable[..., str] | None,
        results: tuple[str, ...],
        view: bool,
        inplace: bool | str,
        overwrite: Callable[..., None] | None,
        conjugate: bool,
        selects: bool,
        spaces: tuple[str, ...],
        adapt: Callable[[Callable[..., Any]], Callable[..., Any]] | None,
        check: Callable[[Any, list[Any]], None] | None,
        aliases: tuple[str, ...],
        saved_names: dict[str, Any],
        tangent: Callable[..., Any] | None,
        batching: Callable[..., Any] | None,
    ) -> None:
        self.name = name
        self.forward = forward
        # What the engine calls, without and with an array for the result.
        self.compute = called_from_here(forward) if COMPILED else forward
        self.compute_into = called_from_here_into(forward) if COMPILED else forward
        self.kind = kind
        # What is called in its place where an array is large.
        self.forward_of_large = blockwise(forward) if kind == ELEMENTWISE and not view else forward
        self.promotion = promotion
        self.results = results
        self.view = view
        self.return_type = return_type(name.removesuffix("_dim"), results) if results else tuple
        self.inplace = bool(inplace)
        self.overwrite = overwrite
        # Whether arrays of one floating-point type may be taken as they are.
        self.takes_floats = check is None or _passes_floats(check)
        # Whether the forward may write over the first of its arrays: `np.add(a, b, a)`.
        self.is_ufunc = isinstance(forward, np.ufunc) and kind == ELEMENTWISE and self.takes_floats
        self.inplace_name = name + "_"
        self.conjugate = conjugate
        self.selects = selects
        self.spaces = spaces
        self.node_name = node_name if node_name is not None else camel_case(name) + "Backward0"
        self.inplace_node_name = inplace if isinstance(inplace, str) else self.node_name
        self.parameters, self.defaults = _signature(forward)
        # What stands for the arguments left out, by how many were given; None where one of them may not be.
        self.tails: list[tuple[Any, ...] | None] = [
            None if MISSING in self.defaults[given:] else self.defaults[given:]
            for given in range(len(self.parameters) + 1)
        ]
        self._bindings: dict[Any, Any] = {}  # by how many arguments were given by position, and the names of the rest
        # The same where that is one argument, the next: by how many were given, by its name, what stands for the rest.
        self._next: list[dict[str, tuple[Any, ...]]] = [{} for _ in self.parameters]
        self.adapt = adapt
        self.check = check
        self.aliases = aliases
        self.saved_names = saved_names
        self.function: Callable[..., Any] = forward
        self.unwatched: Callable[..., Any] = forward  # the same function, for a call that a profiler is timing
        # The same for float tensors in inference mode, where no other mode asks; None for rows that have no short way.
        self.in_inference_mode: Callable[..., Any] | None = None
        # What a profiler calls it: PyTorch's name, which a row that users do not call by name has in its node's name.
        self.watched_name = name if spaces or not isinstance(node_name, str) else snake_case(node_name)
        self.node_classes: dict[Any, type[Node]] = {}
        self.forms: dict[Any, Any] = {}  # of calls (see forms.py)

        # Formulas by the positions they serve: one position each, or several for a joint formula.
        self.formulas: list[tuple[tuple[int, ...], Formula, tuple[str, ...]]] = []
        tensors: set[int] = set()
        for names, formula in derivatives.items():
            positions = tuple(self._position(n.strip(), "an argument of the forward") for n in names.split(","))
            tensors.update(positions)
            if not isinstance(formula, NotDifferentiable):
                self.formulas.append((positions, formula, self._formula_parameters(names, formula)))
        self.tensor_positions: tuple[int, ...] = tuple(sorted(tensors))
        # An operation without formulas has an edge all the same: its in-place twin ends the first argument's history.
        self.edge_positions: tuple[int, ...] = tuple(sorted(p for ps, _, _ in self.formulas for p in ps)) or (0,)
        self.takes_grads = any(names[0] == "grads" for _, _, names in self.formulas)
        if self.takes_grads and any(names[0] == "grad" for _, _, names in self.formulas):
            msg = f"op '{name}': its formulas must take 'grad' or 'grads', all the same"
            raise TypeError(msg)
        self.tangent = tangent
        self.tangent_names: tuple[str, ...] = () if tangent is None else self._tangent_parameters(tangent)
        self.batching = batching
        # The argument that is a sequence of tensors, where there is one: `tensors` of `cat`.
        self.sequence: int = self.parameters.index("tensors") if "tensors" in self.parameters else -1

    def _position(self, parameter: str, expected: str) -> int:
        if parameter not in self.parameters:
            msg = f"op '{self.name}': '{parameter}' is not {expected}; it has {', '.join(self.parameters)}"
            raise TypeError(msg)
        return self.parameters.index(parameter)

    def _formula_parameters(self, argument: str, formula: Formula) -> tuple[str, ...]:
        code = formula.__code__
        names = code.co_varnames[: code.co_argcount]
        if not names or names[0] not in {"grad", "grads"}:
            msg = f"op '{self.name}': the formula for '{argument}' must take 'grad' or 'grads' first"
            raise TypeError(msg)
        for n in names[1:]:
            known = n in {"result", "needs", *self.parameters, *self.results}
            if not known and not (n.endswith("_shape") and n.removesuffix("_shape") in self.parameters):
                msg = (
                    f"op '{self.name}': the formula for '{argument}' asks for '{n}', which is neither an argument "
                    f"({', '.join(self.parameters)}) nor the shape of one (self_shape) nor 'result' nor 'needs'"
                )
                raise TypeError(msg)
        return names

    def _tangent_parameters(self, tangent: Callable[..., Any]) -> tuple[str, ...]:
        code = tangent.__code__
        names = code.co_varnames[: code.co_argcount]
        for n in names:
            of_argument = n.removesuffix("_t").removesuffix("_shape") in self.parameters
            if not of_argument and n not in {"result", *self.results}:
                msg = (
                    f"op '{self.name}': its tangent asks for '{n}', which is neither an argument "
                    f"({', '.join(self.parameters)}) nor the tangent (self_t) or shape (self_shape) of one nor 'result'"
                )
                raise TypeError(msg)
        return names

    def bind(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, ...]:
        """All arguments by position, defaults filled in; PyTorch's and NumPy's spellings of the names are taken."""
        given = len(args)
        if not kwargs:
            if given == len(self.parameters):
                return args
            tail = self.tails[given] if given < len(self.tails) else None
            return self._bound(args, kwargs) if tail is None else args + tail
        if len(kwargs) == 1 and given < len(self._next):
            for name, value in kwargs.items():
                tail = self._next[given].get(name)
                if tail is not None:
                    return args + (value,) + tail  # noqa: RUF005 (compiled, this is quicker)
        names: tuple[Any, ...] = (given, *kwargs)
        plan = self._bindings.get(names)
        if plan is None:
            bound = self._bound(args, kwargs)
            order, tail = self._bindings[names] = self._binding(given, kwargs)
            if order is None and len(kwargs) == 1:
                self._next[given][next(iter(kwargs))] = tail
            return bound
        order, tail = plan
        values = (*args, *kwargs.values(), *tail)
        return values if order is None else order(values)

    def _binding(self, given: int, kwargs: dict[str, Any]) -> tuple[Callable[..., Any] | None, tuple[Any, ...]]:
        # How arguments given so are bound: the defaults to put behind them, and the order to bring all into.
        named = [self.parameters.index(n if n in self.parameters else SYNONYMS[n]) for n in kwargs]
        positions = [*range(given), *named]
        missing = [p for p in range(len(self.parameters)) if p not in positions]
        positions += missing
        in_order = positions == sorted(positions)
        order = None if in_order else itemgetter(*[positions.index(p) for p in range(len(positions))])
        return order, tuple([self.defaults[p] for p in missing])

    def _bound(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, ...]:
        # The same argument by argument, with the errors.
        count = len(self.parameters)
        values = list(args)
        if len(values) > count:
            msg = f"{self.name}() takes {count} positional argument{'s' * (count != 1)} but {len(values)} were given"
            raise TypeError(msg)
        values += [MISSING] * (count - len(values))
        for given, value in kwargs.items():
            parameter = given if given in self.parameters else SYNONYMS.get(given, given)
            if parameter not in self.parameters:
                msg = f"{self.name}() got an unexpected keyword argument '{given}'"
                raise TypeError(msg)
            position = self.parameters.index(parameter)
            if values[position] is not MISSING:
                msg = f"{self.name}() got multiple values for argument '{given}'"
                raise TypeError(msg)
            values[position] = value
        for position, value in enumerate(values):
            if value is MISSING:
                if self.defaults[position] is MISSING:
                    shown = "input" if self.parameters[position] == "self" else self.parameters[position]
                    msg = f'{self.name}() missing 1 required positional arguments: "{shown}"'
                    raise TypeError(msg)
                values[position] = self.defaults[position]
        return tuple(values)

    def node_class(
        self,
        key: tuple[Any, ...],
        is_complex: bool,
        args: tuple[Any, ...],
        *,
        inplace: bool = False,
        large: bool = False,
    ) -> type[Node]:
        """The class of the nodes of this operation, or of its in-place twin, for a call of this form.

        `key` says for each of `tensor_positions` what was given (ABSENT, CONSTANT, VARIABLE; a tuple of these for the
        sequence of tensors). `large`: its formulas may be run block by block.
        """
        naming = self.inplace_node_name if inplace else self.node_name
        name = naming if isinstance(naming, str) else naming(*args)
        full_key = (key, is_complex, name, large)
        found = self.node_classes.get(full_key)
        if found is None:
            found = self.node_classes[full_key] = self._make_node_class(name, key, is_complex, large=large)
        return found

    def _make_node_class(self, name: str, key: tuple[Any, ...], is_complex: bool, *, large: bool) -> type[Node]:
        from chainrule.engine.node_attributes import add_saved_attributes  # it reads rows

        given = dict(zip(self.tensor_positions, key, strict=True))
        save_plan: list[int | tuple[int, int]] = []  # what is saved as a tensor: position, (position, item) or ~result
        argument_plan: list[tuple[str, int]] = []  # what is saved as a plain value: its value, shape or shapes

        def saved_tensor(source: int | tuple[int, int]) -> int:
            if source not in save_plan:
                save_plan.append(source)
            return 3 * save_plan.index(source)

        def argument(what: str, position: int) -> int:
            if (what, position) not in argument_plan:
                argument_plan.append((what, position))
            return ~argument_plan.index((what, position))

        def getter(parameter: str, needs: tuple[bool, ...]) -> Any:
            if parameter == "needs":
                return needs
            if parameter == "result":
                return saved_tensor(~0)
            if parameter in self.results and parameter not in self.parameters:
                return saved_tensor(~self.results.index(parameter))
            if parameter not in self.parameters:
                return argument("shape", self.parameters.index(parameter.removesuffix("_shape")))
            position = self.parameters.index(parameter)
            if position == self.sequence:
                return [saved_tensor((position, i)) for i in range(len(given[position]))]
            if given.get(position, ABSENT) == ABSENT:
                return argument("value", position)
            return saved_tensor(position)

        rules: dict[Any, Rule] = {}
        for positions, formula, names in self.formulas:
            edges: list[Any] = []
            for p in positions:
                edges += [(p, i) for i in range(len(given[p]))] if p == self.sequence else [p]
            needs = tuple((given[e[0]][e[1]] if isinstance(e, tuple) else given[e]) == VARIABLE for e in edges)
            if not any(needs):
                continue
            getters = tuple(getter(n, needs) for n in names[1:])
            run = _conjugated(formula) if is_complex and self.conjugate else called_directly(formula)
            if large:
                run = blockwise(run)
            if len(positions) > 1 or positions[0] == self.sequence:
                for i, e in enumerate(edges):
                    rules[e] = (run, GROUP, (getters, i))
            elif large:
                rules[edges[0]] = (run, DEFERRED, getters)
            elif self.selects:
                rules[edges[0]] = (run, SELECTING, getters)
            elif not getters:
                rules[edges[0]] = (run, NOTHING, 0)
            elif len(getters) == 1 and isinstance(getters[0], int) and getters[0] >= 0:
                rules[edges[0]] = (run, FIRST if getters[0] == 0 else SECOND, getters)
            else:
                rules[edges[0]] = (run, SEVERAL, getters)

        if len(save_plan) > 2:
            # More than two stand one after another, not each in a place of its own.
            rules = {e: (run, SEVERAL if code in (FIRST, SECOND) else code, at) for e, (run, code, at) in rules.items()}
        plain = tuple(range(-1, -len(argument_plan) - 1, -1))
        for e, (run, code, at) in rules.items():
            if code == SEVERAL and at == plain:
                rules[e] = (run, PLAIN, at)
            elif code == SEVERAL and at == (0, *plain) and len(save_plan) <= 2:
                rules[e] = (run, FIRST_AND_PLAIN, at)
        edge_sources: list[Any] = []
        for p in self.edge_positions:
            edge_sources += [(p, i) for i in range(len(given[p]))] if p == self.sequence else [p]
        no_rule: Rule = (_no_gradient, NOTHING, 0)
        # A number in a tensor's place is a saved tensor to PyTorch: such a node is freed as others are.
        holds_number = isinstance(self.node_name, str) and any(
            what == "value" and position in self.tensor_positions for what, position in argument_plan
        )
        node_class = type(
            name,
            (Node,),
            {
                "__slots__": ("__weakref__",),
                "__module__": "builtins",  # as PyTorch shows it: <class 'MulBackward0'>
                "op": self,
                "takes_grads": self.takes_grads,
                "defers": large and all(code == DEFERRED for _, code, _ in rules.values()),
                "rules": tuple(rules.get(e, no_rule) for e in edge_sources),
                "edge_sources": tuple(edge_sources),
                "save_plan": tuple(save_plan),
                "saved_count": len(save_plan) or int(holds_number),
                "argument_plan": tuple(argument_plan),
                # For each saved tensor the edge it came in by (-1: none), or ~number for a result.
                "saved_edges": tuple(
                    s if isinstance(s, int) and s < 0 else edge_sources.index(s) if s in edge_sources else None
                    for s in save_plan
                ),
            },
        )
        add_saved_attributes(node_class)
        return node_class

    @property
    def public(self) -> Callable[..., Any]:
        """The function that users call: `function`, adapted to PyTorch's ways of calling it where the row says how."""
        if self.adapt is None:
            return self.function
        adapted = self.adapt(self.function)
        adapted.__name__ = adapted.__qualname__ = self.function.__name__
        adapted.__doc__ = self.function.__doc__
        return adapted

    def __repr__(self) -> str:
        return f"<op {self.name}({', '.join(self.parameters)})>"


def _passes_floats(check: Callable[[Any, list[Any]], None]) -> bool:
    try:
        check(np.dtype(np.float32), [np.zeros(1, np.float32)])
    except (RuntimeError, NotImplementedError):
        return False
    return True


class _Missing:
    def __repr__(self) -> str:
        return "(required)"


MISSING: Final = _Missing()

# Spellings of argument names beside the forward's own: PyTorch's public one, and NumPy's that PyTorch takes too.
SYNONYMS: Final = {"input": "self", "axis": "dim", "keepdims": "keepdim", "x": "self", "x1": "self", "x2": "other"}


def _signature(forward: Callable[..., Any]) -> tuple[tuple[str, ...], tuple[Any, ...]]:
    if isinstance(forward, np.ufunc):
        names: tuple[str, ...] = ("self", "other")[: forward.nin]
        return names, (MISSING,) * forward.nin
    code = forward.__code__
    count = code.co_argcount + code.co_kwonlyargcount
    defaults: list[Any] = [MISSING] * count
    given = forward.__defaults__ or ()
    for i, value in enumerate(given):
        defaults[code.co_argcount - len(given) + i] = value
    for n, value in (forward.__kwdefaults__ or {}).items():
        defaults[code.co_varnames.index(n)] = value
    return code.co_varnames[:count], tuple(defaults)


def snake_case(node_name: str) -> str:
    """The operation's name in that of its node: `LogSoftmaxBackward0` -> `log_softmax`, `AvgPool2D` -> `avg_pool2d`."""
    words = node_name.rpartition("Backward")[0] or node_name
    found = ""
    for c, before, behind in zip(words, " " + words, words[1:] + "A", strict=False):
        in_a_number = before.isdigit() and behind.isupper()  # the D of 2D
        found += "_" + c.lower() if c.isupper() and found and not in_a_number else c.lower()
    return found


def camel_case(name: str) -> str:
    """PyTorch's spelling of an operation in its nodes' names: `log_softmax` -> `LogSoftmax`."""
    return "".join(part[:1].upper() + part[1:] for part in name.split("_"))


def _no_gradient(grad: Any) -> Any:
    return nothing_of(grad)


def _conjugated(formula: Formula) -> Formula:
    # conj(f'(z)) * g == conj(f'(z) * conj(g)), and so for every formula that is linear in its gradient.
    def conjugated(grad: Any, *saved: Any) -> Any:
        grad = tuple(None if g is None else np.conj(g) for g in grad) if isinstance(grad, tuple) else np.conj(grad)
        gradient = formula(grad, *saved)
        if isinstance(gradient, (tuple, list)):
            return tuple(None if g is None else np.conj(g) for g in gradient)
        return None if gradient is None else np.conj(gradient)

    return conjugated


_any_view: Any = None


def set_any_view(op: Op) -> None:
    """Say which row gives any view of an array, from its layout and the array's; said once, where that row is."""
    global _any_view  # noqa: PLW0603
    _any_view = op


def any_view() -> Any:
    """The row that gives any view of an array: what PyTorch makes the history of a changed view anew with."""
    return _any_view


_make_function: Callable[[Op], Callable[..., Any]] | None = None


def set_function_maker(maker: Callable[[Op], Callable[..., Any]]) -> None:
    """Said once by record.py, which makes the recording function of a row."""
    global _make_function  # noqa: PLW0603
    _make_function = maker


@overload
def op(forward: None = None, **row: Any) -> Callable[[Callable[..., Any]], Callable[..., Any]]: ...
@overload
def op(forward: Callable[..., Any], **row: Any) -> Callable[..., Any]: ...
def op(
    forward: Callable[..., Any] | None = None,
    *,
    name: str | None = None,
    kind: str = GENERAL,
    promotion: str = AS_GIVEN,
    node_name: str | Callable[..., str] | None = None,
    results: Iterable[str] = (),
    view: bool = False,
    inplace: bool | str = False,
    overwrite: Callable[..., None] | None = None,
    conjugate: bool = True,
    selects: bool = False,
    spaces: str = "torch Tensor",
    adapt: Callable[[Callable[..., Any]], Callable[..., Any]] | None = None,
    check: Callable[[Any, list[Any]], None] | None = None,
    aliases: str = "",
    saved_names: dict[str, Any] | None = None,
    tangent: Callable[..., Any] | None = None,
    batching: Callable[..., Any] | None = None,
    derivatives: dict[str, Any] | None = None,
    **formulas: Any,
) -> Callable[..., Any]:
    """Declare an operation: one row of the table. Returns the function that users call; also a decorator.

    - `forward`: a NumPy ufunc or a function of arrays; its parameter names (`self`, `other`, `dim`, ...) are the
      operation's.
    - each further keyword names an argument that may be a tensor and gives the formula of its gradient, or
      NOT_DIFFERENTIABLE; `derivatives={"self, other": formula}` gives one formula for several arguments, whose result
      is a tuple.
    - `kind`: ELEMENTWISE, LINEAR or MULTILINEAR where it is so. `promotion`: AS_GIVEN, COMMON or FLOATING.
    - `node_name`: PyTorch's name of the backward node where it is not the row's name in camel case with `Backward0`; a
      function of the arguments where it depends on them.
    - `results`: the names of the results where there are several. `view`: the result may share the first argument's
      memory. `inplace`: there is a twin that changes its first argument, with an underscore behind its name (and the
      name of its node, where it is not the same). `overwrite`: does its work on the arrays themselves, where a float
      array is changed by arrays of its type and shape, or numbers, and nothing is recorded.
    - `adapt`: turns the function of the forward's arguments into the one that users call, where PyTorch takes them in
      more ways (`permute(1, 0)`, `add(..., alpha=2)`); the in-place twin is adapted the same way.
    - `spaces`: where users find it: `torch`, `Tensor` (as a method), `nn.functional`, `special`, `linalg`; empty for
      operations that only formulas use. `aliases`: further names there.
    - `selects`: elements that are not taken may be anything, NaN among it, and their gradient is zero.
    - `saved_names`: PyTorch's names in `grad_fn._saved_*` for arguments that the row calls otherwise; for an operation
      of several nodes a dictionary by the node's name.
    - `tangent`: the tangent of the result (a tuple for several), from `self_t` and so on, the tangents of the
      arguments, and whatever formulas may ask for. Needed only where `kind` does not say it and to transpose the
      formulas, which is what happens without it, would take long. A tangent with a default is None where the argument
      has none.
    - `batching`: how the operation runs on a batch (see batching_rules.py), where `kind` does not say it; without it,
      once for each entry.
    - `check`: called with the common type and the tensor arguments before they are cast to it; raises for types that
      the operation does not take.

    Raises TypeError, naming the row, when a formula asks for something that is not there.
    """
    if forward is None:

        def decorate(forward: Callable[..., Any]) -> Callable[..., Any]:
            return op(
                forward, name=name, kind=kind, promotion=promotion, node_name=node_name, results=results, view=view,
                inplace=inplace, overwrite=overwrite, conjugate=conjugate, selects=selects, spaces=spaces, adapt=adapt,
                check=check, aliases=aliases, saved_names=saved_names, tangent=tangent, batching=batching,
                derivatives=derivatives, **formulas,
            )  # fmt: skip

        return decorate
    row_name = name or forward.__name__
    if row_name in TABLE:
        msg = f"op '{row_name}': there is a row of this name already"
        raise TypeError(msg)
    row = Op(
        forward,
        {**(derivatives or {}), **formulas},
        name=row_name,
        kind=kind,
        promotion=promotion,
        node_name=node_name,
        results=tuple(results),
        view=view,
        inplace=inplace,
        overwrite=overwrite,
        conjugate=conjugate,
        selects=selects,
        spaces=tuple(spaces.split()),
        adapt=adapt,
        check=check,
        aliases=tuple(aliases.split()),
        saved_names=saved_names or {},
        tangent=tangent,
        batching=batching,
    )
    if _make_function is None:
        msg = "chainrule.engine.record must be imported before rows are made"
        raise RuntimeError(msg)
    row.function = _make_function(row)
    TABLE[row_name] = row
    return row.public
