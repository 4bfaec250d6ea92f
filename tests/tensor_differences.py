"""Where rows of memory, bins and segments differ from PyTorch on purpose (see row_differences.py)."""

NOT_IN_PYTORCH = {
    "index_reduce: complex numbers": "PyTorch refuses complex numbers that require grad",
    "view_as_complex_copy": "PyTorch refuses it where it would need a derivative",
}

DIFFERENT_VALUES = {}

DIFFERENT_GRADIENTS = {
    "ldexp: complex numbers": "PyTorch's backward fails",
    "as_strided_scatter": "PyTorch gives the tensor the gradient of what was written over, not of what stayed",
    "ldexp": "PyTorch's gradient is 0 where the exponent is a negative integer",
    "polar": "PyTorch's gradient has the wrong sign where the distance is negative, and is 0 where it is 0",
    **dict.fromkeys(
        ["segment_reduce sum", "segment_reduce prod", "segment_reduce with zeros", "segment_reduce of rows"]
        + [f"segment_reduce {reduce} by offsets" for reduce in ("sum", "mean", "max", "min")],
        "PyTorch has no second derivative",
    ),
    **dict.fromkeys(
        ["histogram of weights", "histogram of densities of weights", "histogramdd of weights"],
        "PyTorch has no derivative in the weights",
    ),
}
