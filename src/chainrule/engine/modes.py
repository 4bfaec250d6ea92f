"""What a thread (or an asyncio task) may have switched on that every operation asks for.

Operations ask only on the general way, so each of these closes the short ways of record.py while it is on anywhere: an
operation costs nothing for it while none is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar

from chainrule.engine.profiling import close_short_way, reopen_short_way

T = TypeVar("T")

# (pack hook, unpack hook) of what is saved for backward; the last are asked.
saved_tensors_hooks: ContextVar[tuple[tuple[Callable[..., Any], Callable[..., Any]], ...]] = ContextVar(
    "saved_tensors_hooks", default=()
)
# Called with each node that is recorded, the last first.
node_creation_hooks: ContextVar[tuple[Callable[[Any], object], ...]] = ContextVar("node_creation_hooks", default=())
# intercept(op, args, run): calls run(op, args), or not, and returns the operation's result; the last first.
op_interceptors: ContextVar[tuple[Callable[..., Any], ...]] = ContextVar("op_interceptors", default=())
# While a function that was given to a transform is running (vmap, grad, vjp, jvp and what is made of them): the leaves
# that it has made.
leaves_in_transform: ContextVar[list[Any] | None] = ContextVar("leaves_in_transform", default=None)


@contextmanager
def transforming(leaves: list[Any] | None = None) -> Iterator[None]:
    """Within the `with` block a transformed function is running; `leaves`: where those that it makes are noted."""
    around = leaves_in_transform.get()
    token = leaves_in_transform.set(leaves if leaves is not None else [] if around is None else around)
    try:
        yield
    finally:
        leaves_in_transform.reset(token)


def note_leaf(leaf: Any) -> None:
    """Note a tensor that requires grad from now on, where a transformed function makes it."""
    leaves = leaves_in_transform.get()
    if leaves is not None:
        leaves.append(leaf)


def refuse_in_transform(call: str, or_else: str = "") -> None:
    """Raise RuntimeError where a function calls what it may not while it is transformed."""
    if leaves_in_transform.get() is not None:
        raise RuntimeError(
            f"You are attempting to call {call}{or_else} inside of a function being transformed by a functorch "
            "transform. This is unsupported, please attempt to use the functorch transforms (e.g. grad, vjp, jacrev, "
            f"jacfwd, hessian) or call {call.removeprefix('Tensor.')} outside of a function being transformed instead."
        )


@contextmanager
def pushed(variable: ContextVar[tuple[T, ...]], item: T) -> Iterator[None]:
    """`item` on top of what the variable has, and the short ways closed, within a `with` block."""
    close_short_way()
    try:
        token = variable.set((*variable.get(), item))
        try:
            yield
        finally:
            variable.reset(token)
    finally:
        reopen_short_way()


def intercepted(run: Callable[..., Any], op: Any, args: tuple[Any, ...], method: str = "__call__") -> Any:
    """`run(op, args)`, by way of the interceptors of this thread.

    `method`: what they are asked by: "change" for an operation that changes its first argument, "apply" for a custom
    function; interceptors that have no such method are passed over.
    """
    interceptors = op_interceptors.get()
    if not interceptors:
        return run(op, args)

    def run_below(op: Any, args: tuple[Any, ...]) -> Any:
        # An interceptor sees neither its own operations nor, again, the one that it runs.
        token = op_interceptors.set(interceptors[:-1])
        try:
            return intercepted(run, op, args, method)
        finally:
            op_interceptors.reset(token)

    intercept = getattr(interceptors[-1], method, None)
    if intercept is None:
        return run_below(op, args)
    token = op_interceptors.set(interceptors[:-1])
    try:
        # Below the last there is nobody, who would ask for more.
        return intercept(op, args, run if len(interceptors) == 1 else run_below)
    finally:
        op_interceptors.reset(token)
