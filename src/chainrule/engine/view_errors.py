"""PyTorch's errors for a view that may not follow an in-place change, and the line that made the view.

How a view was made (`creation`) says which: such a view may neither be changed in place itself while that is recorded,
nor be used in a recorded operation once its base, or another view of it, has been changed.
"""

from __future__ import annotations

from typing import Any, Final

from chainrule.engine.node import GradientEdge
from chainrule.engine.places import place_of
from chainrule.engine.saved import function_name
from chainrule.engine.tensor_base import TensorBase

NORMAL: Final = 0  # a view that may be changed
IN_NO_GRAD: Final = 1
IN_INFERENCE_MODE: Final = 2
IN_CUSTOM_FUNCTION: Final = 3
ONE_OF_SEVERAL: Final = 4  # results of one operation

_CLARIFY = (
    "Given that this use case is ambiguous and error-prone, it is forbidden. You can clarify your code by moving both "
    "the view and the inplace either both inside the {} block (if you don't want the inplace to be tracked) or both "
    "outside (if you want the inplace to be tracked)."
)
_REASONS = {
    IN_NO_GRAD: _CLARIFY.format("no_grad"),
    IN_INFERENCE_MODE: _CLARIFY.format("inference_mode"),
    IN_CUSTOM_FUNCTION: (
        "This view was created inside a custom Function (or because an input was returned as-is) and the autograd "
        "logic to handle view+inplace would override the custom backward associated with the custom Function, leading "
        "to incorrect gradients. This behavior is forbidden. You can fix this by cloning the output of the custom "
        "Function."
    ),
    ONE_OF_SEVERAL: (
        "This view is the output of a function that returns multiple views. Such functions do not allow the output "
        "views to be modified inplace. You should replace the inplace operation by an out-of-place one."
    ),
}


def changed_view_error(tensor: TensorBase) -> RuntimeError:
    """The error for changing this view in place."""
    return _error(tensor, "is being")


def stale_view_error(tensor: TensorBase) -> RuntimeError:
    """The error for using this view after its base, or another view of it, was changed in place."""
    return _error(tensor, "its base or another view of its base has been")


def _error(tensor: TensorBase, happens: str) -> RuntimeError:
    view: Any = tensor._view
    creation = view.creation
    edge: Any = tensor._edge
    node = edge.node if isinstance(edge, GradientEdge) else edge
    has_history = node is not None and node.grad_fn is not None
    what, mode = "A view was created in", ""
    if has_history:
        output_nr = edge.output_nr if isinstance(edge, GradientEdge) else 0
        what = f"Output {output_nr} of {function_name(node.name())} is a view"
    if creation == IN_INFERENCE_MODE:
        mode, in_mode = " inference mode", " in normal mode"
    elif creation == IN_NO_GRAD or not has_history:
        mode, in_mode = " no_grad mode", " with grad mode enabled"
    else:
        in_mode = ""
    if mode and has_history:
        what += " of a view which was created in"
    place = place_of(view.code, view.lasti)
    told = f"\n  The view was made at {place}" if place else ""
    return RuntimeError(f"{what}{mode} and {happens} modified inplace{in_mode}. {_REASONS[creation]}{told}")
