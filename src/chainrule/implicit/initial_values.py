"""Initial value problems: SciPy integrates them, and they are differentiable for all that their equations used.

The derivative is that of the discrete solution: the steps that SciPy accepted are done again, as plain functions, and
their length is held fixed. A backward pass goes through them from the last to the first, one at a time, so it keeps no
more than the states between them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from chainrule.autograd.function import Function
from chainrule.autograd.function_node import edge_of
from chainrule.engine.grad_flag import is_grad_enabled
from chainrule.engine.grad_mode import is_recording, no_grad
from chainrule.engine.tensor_base import LEAF, TensorBase, new_tensor
from chainrule.implicit.containers import Unknown
from chainrule.implicit.failures import not_solved
from chainrule.implicit.local_graph import Array, LocalGraph, behind_a_join, variable
from chainrule.implicit.solutions import CHANGED
from chainrule.implicit.steps import EXPLICIT, IMPLICIT, step_of
from chainrule.implicit.transforms import (
    among,
    entry_by_entry,
    forward_level,
    in_same_entries,
    own_entry,
    without_tangents,
)
from chainrule.ops.joining import cat
from chainrule.tensor import Tensor

NOT_TAKEN = {"events", "dense_output", "vectorized", "fun", "args"}


@dataclass(frozen=True)
class OdeResult:
    """What `solve_ivp` returns, named as in SciPy: the times, the states there, and what it took to find them.

    >>> import chainrule as torch
    >>> from chainrule import implicit
    >>> found = implicit.solve_ivp(lambda t, y: -y, (0, 1), torch.ones(1, dtype=torch.float64), t_eval=[0, 1])
    >>> found.t
    tensor([0., 1.], dtype=chainrule.float64)
    >>> found.y.shape
    chainrule.Size([1, 2])
    """

    t: Tensor
    y: Any
    nfev: int
    njev: int
    nlu: int
    status: int
    message: str

    @property
    def success(self) -> bool:
        """Whether the end was reached: always, as anything else raises SolverError."""
        return self.status >= 0


def solve_ivp(
    fun: Callable[..., Any],
    t_span: Sequence[Any],
    y0: Any,
    method: str = "RK45",
    t_eval: Any = None,
    args: Any = (),
    **options: Any,
) -> OdeResult:
    """The solution of `dy/dt = fun(t, y, *args)` with `y(t_span[0]) = y0`, found by `scipy.integrate.solve_ivp`.

    `y` of the result has derivatives of every order for `y0` and for everything that `fun` used and that requires grad:
    tensors in `args`, however nested, and tensors that the function captured, such as parameters of a module.

    They are those of the discrete solution, with the steps that SciPy chose held fixed: for `RK23`, `RK45` and `DOP853`
    exact up to rounding. The steps of `Radau`, `BDF` and `LSODA` are differentiated as steps of Radau IIA, of order 5,
    so that derivatives are as near as the solution is: what `rtol` and `atol` ask for.

    - `fun`: takes the time, a tensor without dimensions, the state, a tensor of the shape of `y0`, and `args`. Returns
      a tensor of that shape. It must give the same whenever it is called, until the last backward pass.
    - `t_span`, `t_eval`: numbers; without `t_eval`, the result has the ends of the steps. Times have no derivatives.
    - `y0`: real, or complex for the three explicit methods, of any shape. It may be several tensors, in dicts, lists
      and tuples: then `fun` is given such, and returns such, and so is `y` of the result.
    - `method`: one of SciPy's six. The implicit ones are given the exact Jacobian.
    - `args`: what else `fun` is given: a tuple, or the one argument.
    - `options`: `rtol`, `atol`, `max_step`, `first_step` and so on, as in SciPy. Not `events`, nor `dense_output`.

    `y` of the result has the shape of `y0` and behind it a dimension for the times, as in SciPy. Raises SolverError
    where SciPy does not reach the end.

    >>> import chainrule as torch
    >>> from chainrule import implicit
    >>> rate = torch.tensor(2.0, dtype=torch.float64, requires_grad=True)
    >>> y0 = torch.ones(1, dtype=torch.float64)
    >>> end = implicit.solve_ivp(lambda t, y: -rate * y, (0, 1), y0, t_eval=[1], rtol=1e-9, atol=1e-9).y[0, 0]
    >>> end  # exp(-rate)
    tensor(0.1353, dtype=chainrule.float64, grad_fn=<SelectBackward0>)
    >>> torch.autograd.grad(end, rate)  # -exp(-rate)
    (tensor(-0.1353, dtype=chainrule.float64),)
    """
    if method not in EXPLICIT + IMPLICIT:
        raise ValueError(f"solve_ivp: method must be one of {', '.join(EXPLICIT + IMPLICIT)}, got {method!r}")
    refused = NOT_TAKEN & options.keys()
    if refused:
        raise NotImplementedError(f"solve_ivp: {', '.join(sorted(refused))} of SciPy's solve_ivp: not supported here")
    begin, end = [_time(each) for each in t_span]
    times = None if t_eval is None else np.array([_time(each) for each in t_eval], np.float64)
    unknown = Unknown("solve_ivp", y0)
    start = unknown.whole
    others = args if isinstance(args, tuple) else (args,)

    def right_side(t: Any, y: Any) -> Any:
        return unknown.together(fun(t, unknown.apart(y), *others))

    results: list[Any] = []  # SciPy's, one for each entry of a batch

    def solution() -> list[Any]:
        first = own_entry(start)
        slope = _Slope(right_side, first, explicit=method in EXPLICIT)
        with among(without_tangents()):
            results.append(_found(slope, (begin, end), first._array, method, times, options))
        return [_states(slope, method, first, results[-1], times)]

    try:
        (states,) = entry_by_entry(solution)
    except RuntimeError as error:
        if "stack expects each tensor" in str(error) and len({len(each.t) for each in results}) > 1:
            raise ValueError("solve_ivp: within vmap t_eval says at which times all entries are wanted") from error
        raise
    return _result(results, unknown.apart(states, len(results[-1].t)), start._array.dtype)


def _found(
    slope: _Slope, span: tuple[float, float], first: Array, method: str, times: Array | None, options: dict[str, Any]
) -> Any:
    from scipy.integrate import solve_ivp as scipy_solve_ivp

    given = dict(options)
    if method in IMPLICIT:
        given.setdefault("jac", slope.matrix)
    if isinstance(given.get("atol"), TensorBase):
        given["atol"] = np.broadcast_to(given["atol"]._array, first.shape).ravel()
    flat = first.ravel().astype(np.complex128 if first.dtype.kind == "c" else np.float64)
    found = scipy_solve_ivp(slope.values, span, flat, method=method, t_eval=times, dense_output=True, **given)
    if not found.success:
        raise not_solved("solve_ivp", method, found.message, found)
    return found


def _states(slope: _Slope, method: str, start: Any, found: Any, times: Array | None) -> Any:
    trajectory = _trajectory(slope, method, start, found, times)
    return trajectory.transpose(0, 1).reshape((*slope.shape, len(found.t)))


def _result(results: list[Any], states: Any, dtype: Any) -> OdeResult:
    last = results[-1]
    nfev, njev, nlu = [sum(getattr(each, name) for each in results) for name in ("nfev", "njev", "nlu")]
    times: Any = new_tensor(np.asarray(last.t, np.empty(0, dtype).real.dtype))
    return OdeResult(times, states, nfev, njev, nlu, last.status, last.message)


def _time(value: Any) -> float:
    if isinstance(value, TensorBase) and value._requires_grad:
        raise NotImplementedError(
            "solve_ivp: times have no derivatives here, but one of them requires grad. Scale time instead: integrate "
            "from 0 to 1, with fun multiplied by the length of the interval"
        )
    return float(value)


class _Slope:
    # The right-hand side: of tensors that are vectors, and as SciPy calls it.

    def __init__(self, fun: Callable[..., Any], start: Any, *, explicit: bool) -> None:
        array = start._array
        if array.dtype.kind not in ("fc" if explicit else "f") or array.dtype.itemsize < 4:
            kinds = "real or complex numbers" if explicit else "real numbers, which implicit methods need"
            raise TypeError(f"solve_ivp: expected y0 of {kinds}, got {start.dtype}")
        self.fun = fun
        self.shape = array.shape
        self.dtype = array.dtype
        self.time_dtype = array.real.dtype

    def __call__(self, t: float, y: Any) -> Any:
        time = new_tensor(np.array(t, self.time_dtype))
        result = self.fun(time, y.reshape(self.shape))
        if not isinstance(result, TensorBase):
            raise TypeError(f"solve_ivp: fun must return a tensor, got {type(result).__name__}")
        if result._array.shape != self.shape:
            raise ValueError(
                f"solve_ivp: fun must return a tensor of the shape of y0, {self.shape}, got {result._array.shape}"
            )
        return result.reshape((-1,))  # type: ignore[attr-defined]

    def values(self, t: float, flat: Array) -> Array:
        with no_grad():
            return self(t, new_tensor(np.array(flat, self.dtype)))._array  # type: ignore[no-any-return]

    def matrix(self, t: float, flat: Array) -> Array:
        return LocalGraph.at(lambda y: self(t, y), np.array(flat, self.dtype)).rows()


class _Steps:
    # The steps that SciPy accepted, and which of the times asked for lie in each.

    def __init__(self, slope: _Slope, method: str, found: Any, times: Array | None) -> None:
        self.slope: Any = slope
        self.step = step_of(method)
        self.interpolants = found.sol.interpolants if method in IMPLICIT else None
        self.ends = found.sol.ts
        self.states = found.sol(self.ends).T.astype(slope.dtype)
        self.has_times = times is not None
        count = len(self.ends) - 1
        if times is None:
            self.rows = [slice(i + 1, i + 2) for i in range(count)]  # of the result
            self.fractions = [np.zeros(0)] * count
            return
        direction = np.sign(self.ends[-1] - self.ends[0])
        inside = np.searchsorted(direction * self.ends[1:], direction * times)
        bounds = np.searchsorted(inside, np.arange(count + 1))
        self.rows = [slice(bounds[i], bounds[i + 1]) for i in range(count)]
        lengths = np.diff(self.ends)
        self.fractions = [(times[rows] - self.ends[i]) / lengths[i] for i, rows in enumerate(self.rows)]

    def __len__(self) -> int:
        return len(self.fractions)

    def done(self, number: int, y: Any) -> Any:
        # One step done again, from the state `y`: the state behind it, and those at the times within it.
        t, after = self.ends[number : number + 2]
        guess = None if self.interpolants is None else self.interpolants[number]
        return self.step(self.slope, t, after - t, y, self.fractions[number], guess)

    def all_done(self, y: Any) -> Any:
        # The whole result, recorded.
        parts = [] if self.has_times else [y[None]]
        for number in range(len(self)):
            states = self.done(number, y)
            parts.append(states[1:] if self.has_times else states)
            y = with_values(states[0], self.states[number + 1])
        return cat(parts)


def with_values(tensor: Any, values: Array) -> Any:
    """The tensor with these values, from which it differs by rounding or by the solver's tolerance; its derivatives."""
    same = new_tensor(values, edge_of(tensor))
    same._tangents = tensor._tangents  # type: ignore[attr-defined]
    return same


def _trajectory(slope: _Slope, method: str, start: Any, found: Any, times: Array | None) -> Any:
    # The states at the times of the result, a row each, as a part of the graph.
    if not len(found.t):
        return new_tensor(np.zeros((0, start._array.size), slope.dtype))
    values = np.ascontiguousarray(found.y.T).astype(slope.dtype)
    steps = _Steps(slope, method, found, times)
    flat = start.reshape((-1,))
    if forward_level() is not None:
        return with_values(steps.all_done(flat), values)
    if not is_recording():
        return new_tensor(values)
    steps.slope = in_same_entries(slope)
    with among(without_tangents()):
        local = LocalGraph.at(lambda y: steps.slope(found.sol.ts[0], y), flat._array)
    if not (local.joins or flat.requires_grad):
        return new_tensor(values)
    with among(()):
        return Trajectory.apply(steps, local, values, flat, *local.stand_ins())


class Trajectory(Function):
    """The node of a solution of an initial value problem."""

    @staticmethod
    def forward(ctx: Any, steps: _Steps, local: LocalGraph, values: Array, start: Any, *outside: Any) -> Any:
        """The values themselves."""
        ctx.steps = steps
        ctx.local = local
        ctx.keys = list(local.joins)
        # Leaves, to be told when they are changed.
        ctx.save_for_backward(start, *[each for each in outside if edge_of(each).kind == LEAF])
        return new_tensor(values)

    @staticmethod
    def backward(ctx: Any, grad: Any) -> tuple[Any, ...]:
        """A gradient for the state at the start, and for everything from outside."""
        start = ctx.saved_tensors[0]
        ctx.local.check_versions()

        def gradients() -> list[Any]:
            find = _recorded if is_grad_enabled() else _one_by_one
            at_start, by_key = find(ctx.steps, start, own_entry(grad))
            if not by_key.keys() <= set(ctx.keys):
                raise RuntimeError(CHANGED.format(what="solve_ivp"))
            return [at_start, *[by_key.get(key) for key in ctx.keys]]

        return None, None, None, *entry_by_entry(gradients)


def _recorded(steps: _Steps, start: Any, grad: Any) -> tuple[Any, dict[Any, Any]]:
    local = LocalGraph(steps.all_done, behind_a_join(start))
    at_start, *others = local.pulled_back(grad, [edge_of(local.variables[0]), *local.joins.values()])
    return at_start, dict(zip(local.joins, others, strict=True))


def _one_by_one(steps: _Steps, start: Any, grad: Any) -> tuple[Any, dict[Any, Any]]:
    # Backwards through the steps, the graph of one of them at a time.
    arrived = np.zeros_like(start._array)
    sums: dict[Any, Any] = {}
    for number in range(len(steps) - 1, -1, -1):
        given = grad._array[steps.rows[number]]
        cotangent = np.concatenate([arrived[None], given]) if steps.has_times else arrived[None] + given
        own = variable(steps.states[number])
        local = LocalGraph(lambda y, number=number: steps.done(number, y), own)
        found, *others = local.pulled_back(cotangent, [own, *local.joins.values()])
        arrived = np.zeros_like(arrived) if found is None else found
        for key, gradient in zip(local.joins, others, strict=True):
            if gradient is not None:
                sums[key] = gradient if key not in sums else sums[key] + gradient
    if not steps.has_times:
        arrived = arrived + grad._array[0]
    return new_tensor(arrived), {key: new_tensor(np.asarray(gradient)) for key, gradient in sums.items()}
