"""Linear algebra, under PyTorch's names: `torch.linalg`."""

from chainrule.namespaces import functions_in as _functions_in
from chainrule.ops.norms import linalg_norm as norm
from chainrule.ops.norms import matrix_norm, vector_norm
from chainrule.ops.vector_products import matrix_power, multi_dot, vecdot

globals().update(_functions_in("linalg"))
