"""Gradients that wait for others, where several edges lead to one node or leaf."""

from __future__ import annotations

from typing import Any

from numpy import ndarray

from chainrule.engine.node import GROUP, GradientEdge
from chainrule.kernels.memory import Block


class Arrivals:
    """What has arrived at a node or leaf that several edges lead to; `waiting` more gradients are to come.

    `total`: their sum so far, for a node of several results a list with one for each. `owned`: whether it is an array
    that nobody else may hold, and so can be added to.
    """

    __slots__ = ("owned", "total", "waiting")

    def __init__(self) -> None:
        self.waiting = 2
        self.total: Any = None
        self.owned = False


def wait_for_one_more(shared: dict[Any, Arrivals], target: Any) -> None:
    """Note in `shared` one more edge to what one edge leads to already."""
    arrivals = shared.get(target)
    if arrivals is None:
        shared[target] = Arrivals()
    else:
        arrivals.waiting += 1


def arrived_at_output(edge: GradientEdge, gradient: Any, shared: dict[Any, Arrivals]) -> list[Any] | None:
    """The gradients of a node with several results, which is given a list, with this one in it.

    None where there is none, and where several edges lead to the node: then its arrivals have the list.
    """
    if gradient is None:
        return None
    arrivals = shared.get(edge.node)
    gradients: list[Any] | None = None if arrivals is None else arrivals.total
    if gradients is None:
        gradients = [None] * len(edge.node.shape)
    present = gradients[edge.output_nr]
    gradients[edge.output_nr] = gradient if present is None else present + gradient
    if arrivals is None:
        return gradients
    arrivals.total = gradients
    return None


def is_borrowed(gradient: Any, grad: Any, code: int) -> bool:
    """Whether somebody else may hold what a formula, of a rule with this code, has made of `grad`."""
    # A fresh array is no view, nor what came in, nor one of several, which may be the same array twice (and for the
    # root are the arrays that the user gave).
    if code == GROUP or gradient is grad or type(gradient) is not ndarray:
        return True
    memory: Any = gradient.base
    return not (memory is None or type(memory) is Block)
