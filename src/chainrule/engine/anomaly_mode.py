"""Anomaly mode: whether backward looks for values that are not finite."""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.engine.node import Node
from chainrule.engine.tensor_base import TensorBase


class Anomaly:
    """Whether anomaly mode is on, and what it looks for."""

    __slots__ = ("check_nan", "enabled")

    def __init__(self) -> None:
        self.enabled = False
        self.check_nan = True

    def check(self, node: Node, gradients: list[Any]) -> None:
        """Raise RuntimeError where a gradient that this node computed is not a number."""
        if not self.check_nan:
            return
        for number, gradient in enumerate(gradients):
            array = gradient._array if isinstance(gradient, TensorBase) else gradient
            if array is not None and np.isnan(array).any():
                msg = f"Function '{node.name()}' returned nan values in its {number}th output."
                raise RuntimeError(msg)


anomaly = Anomaly()
