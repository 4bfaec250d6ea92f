"""Where rows of memory, bins and segments differ from PyTorch on purpose (see row_differences.py)."""

NOT_IN_PYTORCH = {
    "view_as_complex_copy": "PyTorch refuses it where it would need a derivative",
}

DIFFERENT_VALUES = {}

DIFFERENT_GRADIENTS = {}
