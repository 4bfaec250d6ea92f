"""Where rows of linear algebra differ from PyTorch on purpose: a part of row_differences.py."""

_BY_NAME = "PyTorch takes the options by name only: compared in test_linalg_parity.py and test_decompositions_parity.py"
_LDL = "PyTorch has no derivative"
_BY_NUMPY = "NumPy makes a factor of its sample: compared in test_decompositions_parity.py"

NOT_IN_PYTORCH = {
    **dict.fromkeys(["linalg_cross 2", "linalg_solve", "linalg_solve 2", "linalg_solve 3"], _BY_NAME),
    **dict.fromkeys(["linalg_solve_triangular", "linalg_solve_triangular 2"], _BY_NAME),
    **{
        f"lu_solve({left}, {adjoint}) {dtype}": _BY_NAME
        for left in (True, False)
        for adjoint in (True, False)
        for dtype in ("float64", "complex128")
    },
    **{f"{name}(hermitian=True) {number}": _BY_NUMPY for name in ("ldl_factor", "ldl_solve") for number in range(4)},
}

DIFFERENT_VALUES = {"lstsq, broadcast": "PyTorch broadcasts no batches here"}

DIFFERENT_GRADIENTS = {
    "lstsq, broadcast": "PyTorch broadcasts no batches here",
    "det at rank 2": "PyTorch's second derivative of a singular matrix is wrong",
    "qr: what completes Q": "PyTorch refuses the gradient of the vectors that complete Q",
    "svd: the space that fills U": "PyTorch leaves the gradient of the vectors that fill U out",
    "lobpcg of two": "PyTorch has no derivative with a second matrix",
    "vander": "PyTorch's backward fails: it changes what it saved",
    **dict.fromkeys(
        ["linalg.cond 2", "linalg.cond 4", "linalg.cond 5"], "PyTorch's backward fails: it changes what it saved"
    ),
    **{f"{name}(hermitian=False) {number}": _LDL for name in ("ldl_factor", "ldl_solve") for number in range(4)},
    "ldl_solve, broadcast": _LDL,
}
