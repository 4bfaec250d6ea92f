"""Transforms of functions, as `torch.func` has them: derivatives and batches, composed in any order."""

from chainrule.func.effects import debug_unwrap, functionalize
from chainrule.func.forward import jvp, linearize
from chainrule.func.jacobians import hessian, jacfwd, jacrev
from chainrule.func.mapping import vmap
from chainrule.func.rearranging import rearrange
from chainrule.func.reverse import grad, grad_and_value, vjp
from chainrule.func.sparse import sparse_hessian, sparse_jacobian
from chainrule.func.stateless import functional_call, replace_all_batch_norm_modules_, stack_module_state

__all__ = [
    "grad",
    "grad_and_value",
    "vmap",
    "replace_all_batch_norm_modules_",
    "functionalize",
    "hessian",
    "jacfwd",
    "jacrev",
    "jvp",
    "linearize",
    "rearrange",
    "vjp",
    "functional_call",
    "stack_module_state",
    "debug_unwrap",
    # Beyond PyTorch.
    "sparse_hessian",
    "sparse_jacobian",
]
