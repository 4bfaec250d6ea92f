"""`finfo` and `iinfo`: the limits of a type."""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule import dtypes


class finfo:
    """The limits of a floating-point type: `eps`, `max`, `min`, `tiny`, `smallest_normal`, `resolution`, `bits`.

    >>> finfo(dtypes.float32).eps
    1.1920928955078125e-07
    """

    __slots__ = ("bits", "dtype", "eps", "max", "min", "resolution", "smallest_normal", "tiny")

    def __init__(self, type: dtypes.dtype | None = None) -> None:
        chosen = dtypes.get_default_dtype() if type is None else type
        if chosen.kind not in "fc":
            msg = "torch.finfo() requires a floating point input type. Use torch.iinfo to handle 'torch.finfo'"
            raise TypeError(msg)
        info: Any = np.finfo(chosen.numpy)
        self.dtype = info.dtype.name
        self.bits = int(info.bits)
        self.eps, self.max, self.min = float(info.eps), float(info.max), float(info.min)
        self.tiny = self.smallest_normal = float(info.smallest_normal)
        self.resolution = 10.0**-info.precision

    def __repr__(self) -> str:
        return (
            f"finfo(resolution={self.resolution:g}, min={self.min:g}, max={self.max:g}, eps={self.eps:g}, "
            f"smallest_normal={self.smallest_normal:g}, tiny={self.tiny:g}, dtype={self.dtype})"
        )


class iinfo:
    """The limits of an integer type: `max`, `min`, `bits`.

    >>> iinfo(dtypes.int8).max
    127
    """

    __slots__ = ("bits", "dtype", "max", "min")

    def __init__(self, type: dtypes.dtype) -> None:
        if type.kind not in "iu":
            msg = "torch.iinfo() requires an integer input type. Use torch.finfo to handle 'torch.iinfo'"
            raise TypeError(msg)
        info: Any = np.iinfo(type.numpy)
        self.dtype = type.name
        self.bits, self.max, self.min = int(info.bits), int(info.max), int(info.min)

    def __repr__(self) -> str:
        return f"iinfo(min={self.min:g}, max={self.max:g}, dtype={self.dtype})"
