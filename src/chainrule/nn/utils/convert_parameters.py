"""Parameters as one vector, and back."""

from __future__ import annotations

from collections.abc import Iterable

from chainrule.ops.joining import cat
from chainrule.tensor import Tensor
from chainrule.typename import typename


def parameters_to_vector(parameters: Iterable[Tensor]) -> Tensor:
    """All elements of all parameters in one vector; gradients go through.

    >>> parameters_to_vector([torch.zeros(2, 2), torch.ones(1)])
    tensor([0., 0., 0., 0., 1.])
    """
    vector: Tensor = cat([parameter.reshape(-1) for parameter in parameters])
    return vector


def vector_to_parameters(vec: Tensor, parameters: Iterable[Tensor]) -> None:
    """Give the parameters the elements of a vector, in order: each becomes a view of it.

    >>> a, b = torch.zeros(2), torch.zeros(1)
    >>> vector_to_parameters(torch.tensor([1.0, 2.0, 3.0]), [a, b])
    >>> a, b
    (tensor([1., 2.]), tensor([3.]))
    """
    if not isinstance(vec, Tensor):
        raise TypeError(f"expected torch.Tensor, but got: {typename(vec)}")
    parameters = list(parameters)
    needed = sum(parameter.numel() for parameter in parameters)
    if vec.numel() < needed:
        raise RuntimeError(f"the vector has {vec.numel()} elements, but the parameters need {needed}")
    start = 0
    for parameter in parameters:
        stop = start + parameter.numel()
        parameter.data = vec.detach()[start:stop].reshape(parameter.shape)
        start = stop
