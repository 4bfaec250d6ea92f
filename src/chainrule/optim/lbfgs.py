"""LBFGS."""

from __future__ import annotations

from itertools import accumulate, pairwise
from typing import Any

import numpy as np

from chainrule.engine.grad_mode import no_grad
from chainrule.optim.array_updates import check_lr, number
from chainrule.optim.line_search import MOST_TRIALS, Array, Trial, strong_wolfe
from chainrule.optim.optimizer import Closure, Optimizer, Params, loss_of
from chainrule.tensor import Tensor, wrap

# Below this a pair of changes says nothing about curvature.
LEAST_CURVATURE = 1e-10


class LBFGS(Optimizer):
    """Steps as Newton's method does, with curvature guessed from the last gradients (Liu and Nocedal, 1989).

    There is one group of parameters. A step computes the loss many times, so it takes a closure, which forgets the
    gradients, computes the loss, calls `backward` and returns the loss.

    Args:
        params: the parameters.
        lr: how much of each step to go; the first step of a line search.
        max_iter: how many steps are made in one call of `step`.
        max_eval: how often the loss may be computed in one call; by default 1.25 times `max_iter`.
        tolerance_grad: where no gradient is larger, the end is reached.
        tolerance_change: where neither parameters nor loss change more, the end is reached.
        history_size: how many gradients are kept.
        line_search_fn: `"strong_wolfe"` or None.

    >>> w = torch.tensor([3.0, -2.0], requires_grad=True)
    >>> optimizer = torch.optim.LBFGS([w], line_search_fn="strong_wolfe")
    >>> def closure():
    ...     optimizer.zero_grad()
    ...     loss = (w - 1).pow(4).sum() + w.pow(2).sum()
    ...     loss.backward()
    ...     return loss
    >>> optimizer.step(closure)
    tensor(110., grad_fn=<AddBackward0>)
    >>> w
    tensor([0.4102, 0.4102], requires_grad=True)
    """

    def __init__(
        self,
        params: Params,
        lr: float | Tensor = 1,
        max_iter: int = 20,
        max_eval: int | None = None,
        tolerance_grad: float = 1e-7,
        tolerance_change: float = 1e-9,
        history_size: int = 100,
        line_search_fn: str | None = None,
    ) -> None:
        check_lr(lr)
        defaults = {
            "lr": lr,
            "max_iter": max_iter,
            "max_eval": max_iter * 5 // 4 if max_eval is None else max_eval,
            "tolerance_grad": tolerance_grad,
            "tolerance_change": tolerance_change,
            "history_size": history_size,
            "line_search_fn": line_search_fn,
        }
        super().__init__(params, defaults)
        if len(self.param_groups) != 1:
            raise ValueError("LBFGS doesn't support per-parameter options (parameter groups)")

    def step(self, closure: Closure) -> Any:  # type: ignore[override]
        """Make up to `max_iter` steps, and return the loss that the closure computed first."""
        with no_grad(), np.errstate(all="ignore"):
            return self._iterate(closure)

    def _iterate(self, closure: Closure) -> Any:
        group = self.param_groups[0]
        params: list[Tensor] = group["params"]
        state = self.state[params[0]]
        state.setdefault("func_evals", 0)
        state.setdefault("n_iter", 0)
        first_loss = loss_of(closure)
        loss, grad = float(number(first_loss)), _gradient(params)
        evaluations = 1
        state["func_evals"] += 1
        if _largest(grad) <= group["tolerance_grad"]:
            return first_loss
        lr, most, tolerance = number(group["lr"]), group["max_iter"], group["tolerance_change"]
        for iteration in range(1, most + 1):
            state["n_iter"] += 1
            is_first = state["n_iter"] == 1
            direction = _first_direction(state, grad) if is_first else _direction(state, grad, group["history_size"])
            state.update(d=wrap(direction), prev_flat_grad=wrap(grad.copy()), prev_loss=loss)
            before = loss
            step = min(1.0, 1.0 / float(np.abs(grad).sum())) * lr if is_first else lr
            state["t"] = step
            slope = float(grad @ direction)
            if slope > -tolerance:
                break
            if group["line_search_fn"] is None:
                _move(params, direction, step)
                # After the last step nobody asks for the loss.
                done = int(iteration < most)
                if done:
                    loss, grad = float(number(loss_of(closure))), _gradient(params)
            elif group["line_search_fn"] == "strong_wolfe":
                start = Trial(0.0, loss, grad, slope)
                found, done = self._search(closure, direction, start, step, group["max_eval"] - evaluations)
                loss, grad, step = found.loss, found.grad, found.step
                state["t"] = step
                _move(params, direction, step)
            else:
                raise RuntimeError("only 'strong_wolfe' is supported")
            evaluations += done
            state["func_evals"] += done
            if (
                evaluations >= group["max_eval"]
                or _largest(grad) <= group["tolerance_grad"]
                or _largest(direction) * abs(step) <= tolerance
                or abs(loss - before) < tolerance
            ):
                break
        return first_loss

    def _search(self, closure: Closure, direction: Array, start: Trial, step: float, left: int) -> tuple[Trial, int]:
        group = self.param_groups[0]
        params: list[Tensor] = group["params"]
        origin = [param.clone() for param in params]

        def evaluate(step: float) -> Trial:
            _move(params, direction, step)
            try:
                loss = float(number(loss_of(closure)))
                grad = _gradient(params)
            finally:
                for param, value in zip(params, origin, strict=True):
                    param.copy_(value)
            return Trial(step, loss, grad, float(grad @ direction))

        most = min(MOST_TRIALS, left)
        return strong_wolfe(evaluate, start, step, _largest(direction), group["tolerance_change"], most)


def _first_direction(state: dict[str, Any], grad: Array) -> Array:
    state.update(old_dirs=[], old_stps=[], ro=[], H_diag=1)
    return -grad


def _direction(state: dict[str, Any], grad: Array, history_size: int) -> Array:
    # `old_dirs` has the changes of the gradient, `old_stps` those of the parameters: the names of PyTorch's state.
    changes, steps, inverses = state["old_dirs"], state["old_stps"], state["ro"]
    change = grad - state["prev_flat_grad"]._array
    step = state["d"]._array * change.dtype.type(state["t"])
    curvature = change @ step
    if curvature > LEAST_CURVATURE:
        if len(changes) == history_size:
            for kept in (changes, steps, inverses):
                kept.pop(0)
        changes.append(wrap(change))
        steps.append(wrap(step))
        inverses.append(wrap(np.asarray(1 / curvature)))
        state["H_diag"] = wrap(np.asarray(curvature / (change @ change)))
    factors = state.setdefault("al", [None] * history_size)
    # The two loops: back through the history, then forth again.
    direction = -grad
    for index in reversed(range(len(changes))):
        factor = (steps[index]._array @ direction) * inverses[index]._array
        factors[index] = wrap(np.asarray(factor))
        direction -= changes[index]._array * factor
    direction *= number(state["H_diag"])
    for index in range(len(changes)):
        back = (changes[index]._array @ direction) * inverses[index]._array
        direction += steps[index]._array * (factors[index]._array - back)
    return direction


def _gradient(params: list[Tensor]) -> Array:
    # Of complex parameters the real and the imaginary parts in turn.
    pieces = []
    for param in params:
        array = param._array
        grad = np.zeros_like(array) if param._grad is None else param._grad._array
        pieces.append(_as_real(np.ravel(grad)))
    return np.concatenate(pieces)


def _move(params: list[Tensor], direction: Array, step: float) -> None:
    ends = accumulate((param.numel() * (1 + param.is_complex()) for param in params), initial=0)
    for param, (start, end) in zip(params, pairwise(ends), strict=True):
        piece = direction[start:end] * direction.dtype.type(step)
        if param.is_complex():
            piece = piece.view(param._array.dtype)
        param.add_(wrap(piece.reshape(param._array.shape).astype(param._array.dtype, copy=False)))


def _as_real(array: Array) -> Array:
    return np.ascontiguousarray(array).view(array.real.dtype) if array.dtype.kind == "c" else array


def _largest(array: Array) -> float:
    return float(np.abs(array).max())
