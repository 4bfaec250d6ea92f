"""Linear algebra, under PyTorch's names: `torch.linalg`."""

from chainrule.ops.decompositions import LinAlgError, det, eigh, eigvalsh, inv, pinv, solve, solve_triangular, svdvals
from chainrule.ops.decompositions import linalg_cholesky as cholesky
from chainrule.ops.decompositions import linalg_qr as qr
from chainrule.ops.decompositions import linalg_slogdet as slogdet
from chainrule.ops.decompositions import linalg_svd as svd
from chainrule.ops.norms import linalg_norm as norm
from chainrule.ops.norms import matrix_norm, vector_norm
from chainrule.ops.products import matmul
from chainrule.ops.vector_products import linalg_cross as cross
from chainrule.ops.vector_products import matrix_power, multi_dot, vecdot

__all__ = [
    "LinAlgError", "cholesky", "cross", "det", "eigh", "eigvalsh", "inv", "matmul", "matrix_norm", "matrix_power",
    "multi_dot", "norm", "pinv", "qr", "slogdet", "solve", "solve_triangular", "svd", "svdvals", "vecdot",
    "vector_norm",
]  # fmt: skip
