"""Parametrizations ready to use: orthogonal matrices, weights by length and direction, and of spectral norm 1."""

from __future__ import annotations

from enum import Enum, auto
from typing import Any

from chainrule import linalg
from chainrule.engine.grad_mode import no_grad
from chainrule.nn import functional as F
from chainrule.nn.modules.conv import ConvTranspose1d, ConvTranspose2d, ConvTranspose3d
from chainrule.nn.modules.module import Module
from chainrule.nn.utils.parametrize import register_parametrization
from chainrule.ops.comparisons import allclose
from chainrule.ops.creation import eye, zeros_like
from chainrule.ops.joining import cat
from chainrule.ops.norms import norm_except_dim
from chainrule.ops.orthogonal import geqrf
from chainrule.ops.products import mv, vdot
from chainrule.ops.random_creation import randn
from chainrule.tensor import Tensor
from chainrule.type_info import finfo

__all__ = ["orthogonal", "spectral_norm", "weight_norm"]


class _OrthMaps(Enum):
    matrix_exp = auto()
    cayley = auto()
    householder = auto()


def _is_orthogonal(matrix: Any) -> bool:
    rows, columns = matrix.shape[-2:]
    tolerance = 10.0 * rows * finfo(matrix.dtype).eps
    return allclose(matrix.mH @ matrix, eye(columns, dtype=matrix.dtype), atol=tolerance)


def _made_orthogonal(matrix: Any) -> Any:
    # Q of the QR decomposition whose R has no negative number on its diagonal.
    reflections, tau = geqrf(matrix)
    q = linalg.householder_product(reflections, tau)
    return q * reflections.diagonal(dim1=-2, dim2=-1).sgn().unsqueeze(-2)


class _Orthogonal(Module):
    base: Any

    def __init__(self, weight: Tensor, orthogonal_map: _OrthMaps, *, use_trivialization: bool = True) -> None:
        super().__init__()
        if weight.is_complex() and orthogonal_map == _OrthMaps.householder:
            raise ValueError("The householder parametrization does not support complex tensors.")
        self.shape = weight.shape
        self.orthogonal_map = orthogonal_map
        if use_trivialization:
            self.register_buffer("base", None)

    def forward(self, X: Any) -> Any:
        rows, columns = X.shape[-2:]
        transposed = rows < columns
        if transposed:
            X = X.mT
        q = self._reflected(X) if self.orthogonal_map == _OrthMaps.householder else self._rotated(X)
        if hasattr(self, "base"):
            q = self.base @ q
        return q.mT if transposed else q

    def _rotated(self, X: Any) -> Any:
        # The first columns of the image of a skew-Hermitian matrix, whose lower triangle holds the numbers.
        rows, columns = X.shape[-2:]
        lower = X.tril()
        if rows != columns:
            lower = cat([lower, lower.new_zeros(*lower.shape[:-1], rows - columns)], dim=-1)
        skew = lower - lower.mH
        if self.orthogonal_map == _OrthMaps.matrix_exp:
            q = linalg.matrix_exp(skew)
        else:
            one = eye(rows, dtype=skew.dtype)
            q = linalg.solve(one - skew * 0.5, one + skew * 0.5)
        return q[..., :columns]

    def _reflected(self, X: Any) -> Any:
        below = X.tril(diagonal=-1)
        tau = 2.0 / (1.0 + (below * below).sum(dim=-2))
        # The diagonal holds signs, which are not learned.
        return linalg.householder_product(below, tau) * X.diagonal(dim1=-2, dim2=-1).int().unsqueeze(-2)

    def right_inverse(self, Q: Any) -> Any:
        if Q.shape != self.shape:
            raise ValueError(
                f"Expected a matrix or batch of matrices of shape {self.shape}. Got a tensor of shape {Q.shape}."
            )
        rows, columns = Q.shape[-2:]
        transposed = rows < columns
        with no_grad():
            tall = Q.mT if transposed else Q
            if not hasattr(self, "base"):
                reflections = self._reflections(tall)
                return reflections.mT if transposed else reflections
            self.base = self._completed(tall)
            # What all three maps take to the identity: the signs of the reflections are on the diagonal.
            identity = zeros_like(Q)
            identity.diagonal(dim1=-2, dim2=-1).fill_(-1.0)
            return identity

    def _reflections(self, tall: Any) -> Any:
        if self.orthogonal_map != _OrthMaps.householder:
            raise NotImplementedError(
                "It is not possible to assign to the matrix exponential "
                "or the Cayley parametrizations when use_trivialization=False."
            )
        reflections, tau = geqrf(tall)
        diagonal = reflections.diagonal(dim1=-2, dim2=-1)
        diagonal.sign_()
        # LAPACK says by an exact zero that it does not reflect.
        diagonal[tau == 0.0] *= -1
        return reflections

    def _completed(self, tall: Any) -> Any:
        rows, columns = tall.shape[-2:]
        if rows == columns:
            return tall.clone() if _is_orthogonal(tall) else _made_orthogonal(tall)
        more = randn(*tall.shape[:-2], rows, rows - columns, dtype=tall.dtype)
        return _made_orthogonal(cat([tall, more], dim=-1))


def orthogonal(
    module: Module, name: str = "weight", orthogonal_map: str | None = None, *, use_trivialization: bool = True
) -> Module:
    """Keep a weight orthogonal, or unitary: its columns orthonormal, or its rows where it has more columns.

    Args:
        module: the module.
        name: a parameter or buffer: a matrix or a batch of them.
        orthogonal_map: what makes a matrix orthogonal: `"matrix_exp"`, `"cayley"` or `"householder"`; unless given,
            the first for square and complex matrices, and the last for others.
        use_trivialization: learn the difference from a matrix `base` that is a buffer of the parametrization.

    >>> import chainrule as torch
    >>> layer = torch.nn.utils.parametrizations.orthogonal(torch.nn.Linear(2, 4))
    >>> bool(torch.dist(layer.weight.T @ layer.weight, torch.eye(2)) < 1e-6)
    True
    """
    weight = getattr(module, name, None)
    if not isinstance(weight, Tensor):
        raise ValueError(  # noqa: TRY004 (PyTorch's class)
            f"Module '{module}' has no parameter or buffer with name '{name}'"
        )
    if weight.ndim < 2:
        raise ValueError(f"Expected a matrix or batch of matrices. Got a tensor of {weight.ndim} dimensions.")
    if orthogonal_map is None:
        square = weight.shape[-2] == weight.shape[-1]
        orthogonal_map = "matrix_exp" if square or weight.is_complex() else "householder"
    chosen = getattr(_OrthMaps, orthogonal_map, None)
    if chosen is None:
        raise ValueError(
            f'orthogonal_map has to be one of "matrix_exp", "cayley", "householder". Got: {orthogonal_map}'
        )
    parametrization = _Orthogonal(weight, chosen, use_trivialization=use_trivialization)
    return register_parametrization(module, name, parametrization, unsafe=True)


def normed_weight(direction: Any, length: Any, dim: int) -> Any:
    """The weight whose parts along `dim` have these lengths and directions."""
    return direction * (length / norm_except_dim(direction, 2, dim))


class _WeightNorm(Module):
    def __init__(self, dim: int | None = 0) -> None:
        super().__init__()
        self.dim = -1 if dim is None else dim

    def forward(self, weight_g: Any, weight_v: Any) -> Any:
        return normed_weight(weight_v, weight_g, self.dim)

    def right_inverse(self, weight: Any) -> tuple[Any, Any]:
        return norm_except_dim(weight, 2, self.dim), weight


def weight_norm(module: Module, name: str = "weight", dim: int | None = 0) -> Module:
    """Learn a weight by its length, `original0`, and its direction, `original1`.

    States that the older `nn.utils.weight_norm` saved can be loaded.

    Args:
        module: the module.
        name: a parameter of it.
        dim: along which each part has a length of its own; None for one length of all.

    >>> import chainrule as torch
    >>> layer = torch.nn.utils.parametrizations.weight_norm(torch.nn.Linear(3, 2))
    >>> layer.parametrizations.weight.original0.shape
    chainrule.Size([2, 1])
    """
    register_parametrization(module, name, _WeightNorm(dim), unsafe=True)

    def read_older(state_dict: dict[str, Any], prefix: str, *_: Any) -> None:
        olds = [f"{prefix}{name}_g", f"{prefix}{name}_v"]
        if all(old in state_dict for old in olds):
            for place, old in enumerate(olds):
                state_dict[f"{prefix}parametrizations.{name}.original{place}"] = state_dict.pop(old)

    module._register_load_state_dict_pre_hook(read_older)
    return module


class _SpectralNorm(Module):
    _u: Any
    _v: Any

    def __init__(self, weight: Any, n_power_iterations: int = 1, dim: int = 0, eps: float = 1e-12) -> None:
        super().__init__()
        dims = weight.ndim
        if not -dims <= dim < dims:
            raise IndexError(f"Dimension out of range (expected to be in range of [-{dims}, {dims - 1}] but got {dim})")
        if n_power_iterations <= 0:
            raise ValueError(
                f"Expected n_power_iterations to be positive, but got n_power_iterations={n_power_iterations}"
            )
        self.dim = dim % dims
        self.eps = eps
        if dims > 1:
            self.n_power_iterations = n_power_iterations
            matrix = self._as_matrix(weight)
            u, v = [matrix.new_empty(size).normal_(0, 1) for size in matrix.shape]
            self.register_buffer("_u", F.normalize(u, dim=0, eps=eps))
            self.register_buffer("_v", F.normalize(v, dim=0, eps=eps))
            self._iterate(matrix, 15)

    def _as_matrix(self, weight: Any) -> Any:
        return weight.movedim(self.dim, 0).flatten(1)

    def _iterate(self, matrix: Any, n_power_iterations: int) -> None:
        # In place, so that copies of the module that share the buffers go on with what was found.
        with no_grad():
            for _ in range(n_power_iterations):
                self._u.copy_(F.normalize(mv(matrix, self._v), dim=0, eps=self.eps))
                self._v.copy_(F.normalize(mv(matrix.mH, self._u), dim=0, eps=self.eps))

    def forward(self, weight: Any) -> Any:
        if weight.ndim == 1:
            return F.normalize(weight, dim=0, eps=self.eps)
        matrix = self._as_matrix(weight)
        if self.training:
            self._iterate(matrix, self.n_power_iterations)
        # Copies, as the next call changes the buffers, and backward may yet need these values.
        sigma = vdot(self._u.clone(), mv(matrix, self._v.clone()))
        return weight / sigma

    def right_inverse(self, value: Any) -> Any:
        return value


def outputs_dim(module: Module) -> int:
    """The dimension of a module's weight that numbers its outputs."""
    return 1 if isinstance(module, ConvTranspose1d | ConvTranspose2d | ConvTranspose3d) else 0


def spectral_norm(
    module: Module, name: str = "weight", n_power_iterations: int = 1, eps: float = 1e-12, dim: int | None = None
) -> Module:
    """Divide a weight by its largest singular value, as for the critic of a GAN; a vector by its length.

    The singular vectors are buffers of the parametrization, and are improved each time the weight is asked for in
    training.

    Args:
        module: the module.
        name: a parameter or buffer of it; where it has more than two dimensions, all but one are taken together.
        n_power_iterations: how many steps of the power method to take each time.
        eps: the least length of a vector, against division by zero.
        dim: the one that numbers outputs: 0, or 1 for transposed convolutions, unless given.

    >>> import chainrule as torch
    >>> _ = torch.manual_seed(0)
    >>> layer = torch.nn.utils.parametrizations.spectral_norm(torch.nn.Linear(3, 2))
    >>> bool(abs(torch.linalg.matrix_norm(layer.weight, 2) - 1) < 1e-3)
    True
    """
    weight = getattr(module, name, None)
    if not isinstance(weight, Tensor):
        raise ValueError(  # noqa: TRY004 (PyTorch's class)
            f"Module '{module}' has no parameter or buffer with name '{name}'"
        )
    if dim is None:
        dim = outputs_dim(module)
    return register_parametrization(module, name, _SpectralNorm(weight, n_power_iterations, dim, eps))
