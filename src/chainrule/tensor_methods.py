"""The operators and methods of `Tensor` that are rows of the table."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from chainrule import dtypes
from chainrule.engine.call import OPERANDS
from chainrule.engine.inplace import call_inplace, make_inplace
from chainrule.engine.op import TABLE
from chainrule.engine.record import make_operator
from chainrule.engine.tensor_base import new_tensor
from chainrule.ops import MODULES, indexing
from chainrule.ops.powers import pow as power

# Operators with a number, array or tensor on either side, and with a twin that changes the left one (`+=`).
_ARITHMETIC = {
    "add": "add", "sub": "sub", "mul": "mul", "truediv": "div", "floordiv": "floor_divide", "mod": "remainder",
    "and": "bitwise_and", "or": "bitwise_or", "xor": "bitwise_xor", "lshift": "bitwise_left_shift",
    "rshift": "bitwise_right_shift",
}  # fmt: skip
_COMMUTATIVE = {"add", "mul", "and", "or", "xor"}
_COMPARISONS = ("eq", "ne", "lt", "le", "gt", "ge")
_UNARY = {"neg": "neg", "pos": "positive", "abs": "abs"}

# Methods that convert to the type they are named after.
_CONVERSIONS = {
    "half": dtypes.float16, "float": dtypes.float32, "double": dtypes.float64, "bool": dtypes.bool,
    "char": dtypes.int8, "short": dtypes.int16, "int": dtypes.int32, "long": dtypes.int64, "byte": dtypes.uint8,
    "cfloat": dtypes.complex64, "cdouble": dtypes.complex128,
}  # fmt: skip


def install_methods(tensor_class: type[Any]) -> None:
    """Give the class its operators, a method for every row that says so (with its in-place twin), and all `METHODS`."""
    for operator, name in _ARITHMETIC.items():
        function = make_operator(TABLE[name])
        setattr(tensor_class, f"__{operator}__", function)
        # PyTorch's own order of the edges: of `2 * x` the tensor comes first.
        setattr(tensor_class, f"__r{operator}__", function if operator in _COMMUTATIVE else _reflected(function))
        if TABLE[name].inplace:
            setattr(tensor_class, f"__i{operator}__", _inplace(name))
    for name in _COMPARISONS:
        setattr(tensor_class, f"__{name}__", make_operator(TABLE[name]))
    for operator, name in _UNARY.items():
        setattr(tensor_class, f"__{operator}__", TABLE[name].function)
    tensor_class.__matmul__ = _matrix_product
    tensor_class.__rmatmul__ = _matrix_product_with
    tensor_class.__rsub__ = _number_minus
    tensor_class.__rtruediv__ = _number_over
    tensor_class.__invert__ = _inverted
    tensor_class.__pow__ = _to_the_power
    tensor_class.__rpow__ = _power_of
    tensor_class.__ipow__ = _inplace_power
    tensor_class.__getitem__ = indexing.getitem
    tensor_class.__setitem__ = indexing.setitem
    for name, dtype in _CONVERSIONS.items():
        setattr(tensor_class, name, _conversion(name, dtype))
    for module in MODULES:
        for name in getattr(module, "METHODS", ()):
            setattr(tensor_class, name, getattr(module, name))
        for name, getter in getattr(module, "PROPERTIES", {}).items():
            setattr(tensor_class, name, property(getter))
    for name, op in TABLE.items():
        if "Tensor" in op.spaces:
            for method in (name, *op.aliases):
                if method not in tensor_class.__dict__:
                    setattr(tensor_class, method, op.public)
                if op.inplace:
                    setattr(tensor_class, method + "_", make_inplace(op))


def _conversion(name: str, dtype: dtypes.dtype) -> Callable[..., Any]:
    def convert(self: Any, memory_format: Any = None) -> Any:
        del memory_format
        return self.to(dtype)

    convert.__name__ = convert.__qualname__ = name
    convert.__doc__ = f"The tensor as `{dtype.name}`."
    return convert


def _reflected(function: Callable[..., Any]) -> Callable[..., Any]:
    def operator(self: Any, other: Any) -> Any:
        return function(other, self)

    return operator


def _inplace(name: str) -> Callable[..., Any]:
    op = TABLE[name]

    def operator(self: Any, other: Any) -> Any:
        return call_inplace(op, (self, other)) if isinstance(other, OPERANDS) else NotImplemented

    return operator


def _matrix_product(self: Any, other: Any) -> Any:
    if isinstance(other, np.ndarray):
        self, other = _in_one_type(self, other)
    return _product(self, other)


def _matrix_product_with(self: Any, other: Any) -> Any:
    if isinstance(other, np.ndarray):
        self, other = _in_one_type(self, other)
    return _product(other, self)


def _in_one_type(tensor: Any, array: Any) -> tuple[Any, Any]:
    # Two tensors of a product must be of one type; an array beside a tensor is brought to it, as in NumPy.
    common = np.result_type(tensor._array, array)
    return tensor.astype(common), new_tensor(array.astype(common))


_product = make_operator(TABLE["matmul"])


def _number_minus(self: Any, other: Any) -> Any:
    if isinstance(other, np.ndarray):
        return TABLE["sub"].function(other, self)
    return _difference_from_number(self, other)


_difference_from_number = make_operator(TABLE["rsub_scalar"])


def _number_over(self: Any, other: Any) -> Any:
    if isinstance(other, np.ndarray):
        return TABLE["div"].function(other, self)
    return self.reciprocal() * other if isinstance(other, OPERANDS) else NotImplemented


def _inverted(self: Any) -> Any:
    if self.is_floating_point() or self.is_complex():
        msg = "~ (operator.invert) is only implemented on integer and Boolean-type tensors"
        raise TypeError(msg)
    return self.bitwise_not()


def _to_the_power(self: Any, exponent: Any) -> Any:
    return power(self, exponent) if isinstance(exponent, OPERANDS) else NotImplemented


def _power_of(self: Any, base: Any) -> Any:
    return power(base, self) if isinstance(base, OPERANDS) else NotImplemented


def _inplace_power(self: Any, exponent: Any) -> Any:
    return self.pow_(exponent)
