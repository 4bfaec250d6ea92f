"""How alike vectors are."""

from __future__ import annotations

from typing import Any

from chainrule.dtypes import as_numpy_dtype, promote_types, scalar_type_name
from chainrule.engine.grad_mode import no_grad
from chainrule.ops.expanding import broadcast_tensors

__all__ = ["cosine_similarity"]
SPACE = "torch nn.functional"


def cosine_similarity(x1: Any, x2: Any, dim: int = 1, eps: float = 1e-8) -> Any:
    """The cosine of the angle between vectors along `dim`; the norm of each counts as `eps` at least.

    >>> torch.cosine_similarity(torch.tensor([1.0, 0.0]), torch.tensor([1.0, 1.0]), dim=0)
    tensor(0.7071)
    """
    common = promote_types(x1.dtype, x2.dtype)
    if not common.is_floating_point:
        name = scalar_type_name(as_numpy_dtype(common))
        raise RuntimeError(f"expected common dtype to be floating point, yet common dtype is {name}")
    x1, x2 = broadcast_tensors(x1.to(common), x2.to(common))
    return (_unit(x1, dim, eps) * _unit(x2, dim, eps)).sum(dim)


def _unit(x: Any, dim: int, eps: float) -> Any:
    norm = x.norm(2, dim, keepdim=True).clone()
    # The gradient is that of the norm, also where eps takes its place.
    with no_grad():
        norm.clamp_min_(eps)
    return x / norm
