"""Transforms of functions, as `torch.func` has them: derivatives and batches, composed in any order."""

from chainrule.func.effects import debug_unwrap, functionalize
from chainrule.func.forward import jvp, linearize
from chainrule.func.jacobians import hessian, jacfwd, jacrev
from chainrule.func.mapping import vmap
from chainrule.func.per_sample import per_sample_gradients, per_sample_norms, per_sample_second_moments
from chainrule.func.rearranging import rearrange
from chainrule.func.reverse import grad, grad_and_value, vjp
from chainrule.func.second_derivatives import forward_laplacian, hessian_diag, laplacian
from chainrule.func.sparse import sparse_hessian, sparse_jacobian
from chainrule.func.stateless import functional_call, replace_all_batch_norm_modules_, stack_module_state
from chainrule.func.taylor import derivative, directional_derivative, jet

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
    "derivative",
    "directional_derivative",
    "forward_laplacian",
    "hessian_diag",
    "jet",
    "laplacian",
    "per_sample_gradients",
    "per_sample_norms",
    "per_sample_second_moments",
    "sparse_hessian",
    "sparse_jacobian",
]
