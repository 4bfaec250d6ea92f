"""Transforms of functions, as `torch.func` has them: derivatives and batches, composed in any order."""

from chainrule.func.forward import jvp, linearize
from chainrule.func.jacobians import hessian, jacfwd, jacrev
from chainrule.func.mapping import vmap
from chainrule.func.reverse import grad, grad_and_value, vjp

__all__ = ["grad", "grad_and_value", "hessian", "jacfwd", "jacrev", "jvp", "linearize", "vjp", "vmap"]
