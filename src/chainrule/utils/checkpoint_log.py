"""What `checkpoint(..., debug=True)` tells: which operations ran, in forward and in recomputation, and where."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

from chainrule.engine.modes import op_interceptors, pushed
from chainrule.engine.op import Op
from chainrule.engine.places import Place, here
from chainrule.engine.tensor_base import TensorBase
from chainrule.ops.aten import overload_of

ABOUT = """\
An error happened while unpacking tensors; dumping logs of latest computation
because you passed `debug=True` to `torch.utils.checkpoint.checkpoint()`.
Scroll all the way down for guidance on how to navigate these logs.

1. Operations of the original forward, and the lines that called them
{forward}

2. Operations of the recomputation, and the lines that called them
{recomputation}

3. ERROR: Detected non-determinism while running activation checkpointing

{error}
The function of the checkpoint did not do the same when it ran again: compare 1 and 2, operation by operation. (2 ends
earlier than 1 where recomputation stopped because everything was saved.)
"""

Entry = tuple[str, Place | None]


class Log:
    """The operations of a checkpointed function, each time it ran."""

    def __init__(self) -> None:
        self.forward: list[Entry] = []
        self.recomputation: list[Entry] = []

    def contexts(self) -> tuple[AbstractContextManager[Any], AbstractContextManager[Any]]:
        """The contexts for forward and recomputation."""
        return _Listening(self.forward), _Listening(self.recomputation)

    def explain(self, error: Exception) -> str:
        """The text of an error with everything that was noted."""
        return ABOUT.format(
            forward=_listed(self.forward, "original"),
            recomputation=_listed(self.recomputation, "recompute"),
            error=str(error).partition("\n\nTip:")[0].rstrip(),
        )


class _Listening:
    # A context that notes every operation; entered again, it starts again.

    def __init__(self, entries: list[Entry]) -> None:
        self.entries = entries
        self._pushed: list[AbstractContextManager[None]] = []

    def __enter__(self) -> None:
        self.entries.clear()
        context = pushed(op_interceptors, self.note)
        self._pushed.append(context)
        context.__enter__()

    def __exit__(self, *exception: object) -> None:
        self._pushed.pop().__exit__(*exception)  # type: ignore[arg-type]

    def note(self, op: Op, args: tuple[Any, ...], run: Callable[..., Any]) -> Any:
        """Note the operation and run it."""
        self.entries.append((f"{overload_of(op, args)}({', '.join(map(_shown, args))})", here()))
        return run(op, args)


def _listed(entries: list[Entry], when: str) -> str:
    return "\n".join(
        f"  {text}   ({number} of {len(entries)} in {when})\n    at {place or 'a line that was not recorded'}"
        for number, (text, place) in enumerate(entries, 1)
    )


def _shown(value: Any) -> str:
    if isinstance(value, TensorBase):
        return f"{value._array.dtype}{list(value._array.shape)}"
    if isinstance(value, (tuple, list)):
        return f"({', '.join(map(_shown, value))})"
    return repr(value)
