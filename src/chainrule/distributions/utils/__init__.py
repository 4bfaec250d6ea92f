"""The functions that distributions are written with, under PyTorch's name: see `parameters.py`."""

from chainrule.distributions.parameters import (
    broadcast_all,
    clamp_probs,
    euler_constant,
    lazy_property,
    logits_to_probs,
    probs_to_logits,
    tril_matrix_to_vec,
    vec_to_tril_matrix,
)
from chainrule.distributions.parameters import standard_normal as _standard_normal
from chainrule.distributions.parameters import sum_rightmost as _sum_rightmost

__all__ = [
    "broadcast_all",
    "logits_to_probs",
    "clamp_probs",
    "probs_to_logits",
    "lazy_property",
    "tril_matrix_to_vec",
    "vec_to_tril_matrix",
    "euler_constant",
    "_standard_normal",
    "_sum_rightmost",
]
