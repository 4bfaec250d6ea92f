"""Layers that add margins: of one value, or of the input's own elements."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from chainrule.nn import functional as F
from chainrule.nn.modules.module import Layer
from chainrule.tensor import Tensor

Margins = int | Sequence[int]


class _Pad(Layer):
    # `rank`: how many dimensions get margins; `mode`: as `nn.functional.pad` calls it.
    rank = 1
    mode = "constant"

    def __init__(self, padding: Margins) -> None:
        super().__init__()
        self.padding = (padding,) * (2 * self.rank) if isinstance(padding, int) else tuple(padding)

    def forward(self, input: Tensor) -> Any:
        """Apply it to a tensor."""
        return F.pad(input, self.padding, self.mode)

    def extra_repr(self) -> str:
        """The margins."""
        return f"{self.padding}"


class _CircularPad(_Pad):
    mode = "circular"

    def forward(self, input: Tensor) -> Any:
        """Apply it to a tensor, with a batch or without."""
        if input.dim() not in {self.rank + 1, self.rank + 2}:
            raise ValueError(f"expected {self.rank + 1}D or {self.rank + 2}D input (got {input.dim()}D input)")
        return super().forward(input)


class _ConstantPad(_Pad):
    def __init__(self, padding: Margins, value: float) -> None:
        super().__init__(padding)
        self.value = value

    def forward(self, input: Tensor) -> Any:
        """Apply it to a tensor."""
        return F.pad(input, self.padding, "constant", self.value)

    def extra_repr(self) -> str:
        """The margins and the value."""
        return f"padding={self.padding}, value={self.value}"


class ReflectionPad1d(_Pad):
    """Its mirror image, without the edge, around the last dimension.

    `padding`: how many elements on each side, or one number for all: `(left, right)`.

    >>> torch.nn.ReflectionPad1d(1)(torch.ones(1, 1, 3)).shape
    chainrule.Size([1, 1, 5])
    """

    rank = 1
    mode = "reflect"


class ReflectionPad2d(_Pad):
    """Its mirror image, without the edge, around the last two dimensions.

    `padding`: how many elements on each side, or one number for all: `(left, right, top, bottom)`.

    >>> torch.nn.ReflectionPad2d(1)(torch.ones(1, 1, 3, 3)).shape
    chainrule.Size([1, 1, 5, 5])
    """

    rank = 2
    mode = "reflect"


class ReflectionPad3d(_Pad):
    """Its mirror image, without the edge, around the last three dimensions.

    `padding`: how many elements on each side, or one number for all: `(left, right, top, bottom, front, back)`.

    >>> torch.nn.ReflectionPad3d(1)(torch.ones(1, 1, 3, 3, 3)).shape
    chainrule.Size([1, 1, 5, 5, 5])
    """

    rank = 3
    mode = "reflect"


class ReplicationPad1d(_Pad):
    """The edge again and again, around the last dimension.

    `padding`: how many elements on each side, or one number for all: `(left, right)`.

    >>> torch.nn.ReplicationPad1d(1)(torch.ones(1, 1, 3)).shape
    chainrule.Size([1, 1, 5])
    """

    rank = 1
    mode = "replicate"


class ReplicationPad2d(_Pad):
    """The edge again and again, around the last two dimensions.

    `padding`: how many elements on each side, or one number for all: `(left, right, top, bottom)`.

    >>> torch.nn.ReplicationPad2d(1)(torch.ones(1, 1, 3, 3)).shape
    chainrule.Size([1, 1, 5, 5])
    """

    rank = 2
    mode = "replicate"


class ReplicationPad3d(_Pad):
    """The edge again and again, around the last three dimensions.

    `padding`: how many elements on each side, or one number for all: `(left, right, top, bottom, front, back)`.

    >>> torch.nn.ReplicationPad3d(1)(torch.ones(1, 1, 3, 3, 3)).shape
    chainrule.Size([1, 1, 5, 5, 5])
    """

    rank = 3
    mode = "replicate"


class CircularPad1d(_CircularPad):
    """Elements of the other end before and behind the last dimension.

    `padding`: how many elements on each side, or one number for all: `(left, right)`.

    >>> torch.nn.CircularPad1d(1)(torch.ones(1, 1, 3)).shape
    chainrule.Size([1, 1, 5])
    """

    rank = 1
    mode = "circular"


class CircularPad2d(_CircularPad):
    """Elements of the other end before and behind the last two dimensions.

    `padding`: how many elements on each side, or one number for all: `(left, right, top, bottom)`.

    >>> torch.nn.CircularPad2d(1)(torch.ones(1, 1, 3, 3)).shape
    chainrule.Size([1, 1, 5, 5])
    """

    rank = 2
    mode = "circular"


class CircularPad3d(_CircularPad):
    """Elements of the other end before and behind the last three dimensions.

    `padding`: how many elements on each side, or one number for all: `(left, right, top, bottom, front, back)`.

    >>> torch.nn.CircularPad3d(1)(torch.ones(1, 1, 3, 3, 3)).shape
    chainrule.Size([1, 1, 5, 5, 5])
    """

    rank = 3
    mode = "circular"


class ConstantPad1d(_ConstantPad):
    """`value` around the last dimension.

    `padding`: how many elements on each side, or one number for all: `(left, right)`.

    >>> torch.nn.ConstantPad1d(1, 3.5)(torch.ones(1, 1, 3)).shape
    chainrule.Size([1, 1, 5])
    """

    rank = 1


class ConstantPad2d(_ConstantPad):
    """`value` around the last two dimensions.

    `padding`: how many elements on each side, or one number for all: `(left, right, top, bottom)`.

    >>> torch.nn.ConstantPad2d(1, 3.5)(torch.ones(1, 1, 3, 3)).shape
    chainrule.Size([1, 1, 5, 5])
    """

    rank = 2


class ConstantPad3d(_ConstantPad):
    """`value` around the last three dimensions.

    `padding`: how many elements on each side, or one number for all: `(left, right, top, bottom, front, back)`.

    >>> torch.nn.ConstantPad3d(1, 3.5)(torch.ones(1, 1, 3, 3, 3)).shape
    chainrule.Size([1, 1, 5, 5, 5])
    """

    rank = 3


class ZeroPad1d(ConstantPad1d):
    """Zeros around the last dimension.

    `padding`: how many on each side, or one number for all: `(left, right)`.

    >>> torch.nn.ZeroPad1d(1)(torch.ones(1, 1, 3)).shape
    chainrule.Size([1, 1, 5])
    """

    def __init__(self, padding: Margins) -> None:
        super().__init__(padding, 0.0)

    def extra_repr(self) -> str:
        """The margins."""
        return f"{self.padding}"


class ZeroPad2d(ConstantPad2d):
    """Zeros around the last two dimensions.

    `padding`: how many on each side, or one number for all: `(left, right, top, bottom)`.

    >>> torch.nn.ZeroPad2d(1)(torch.ones(1, 1, 3, 3)).shape
    chainrule.Size([1, 1, 5, 5])
    """

    def __init__(self, padding: Margins) -> None:
        super().__init__(padding, 0.0)

    def extra_repr(self) -> str:
        """The margins."""
        return f"{self.padding}"


class ZeroPad3d(ConstantPad3d):
    """Zeros around the last three dimensions.

    `padding`: how many on each side, or one number for all: `(left, right, top, bottom, front, back)`.

    >>> torch.nn.ZeroPad3d(1)(torch.ones(1, 1, 3, 3, 3)).shape
    chainrule.Size([1, 1, 5, 5, 5])
    """

    def __init__(self, padding: Margins) -> None:
        super().__init__(padding, 0.0)

    def extra_repr(self) -> str:
        """The margins."""
        return f"{self.padding}"
