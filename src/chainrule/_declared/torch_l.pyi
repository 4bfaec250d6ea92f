# Made by `make stubs` (tests/make_stubs.py).

from collections.abc import Sequence
from typing import overload

from chainrule._declared import results
from chainrule._declared.arguments import Device, Dims, Number
from chainrule.dtypes import dtype
from chainrule.layouts import layout
from chainrule.ops.storages import StorageType
from chainrule.tensor import Tensor

LongStorage: StorageType

def layer_norm(
    input: Tensor,
    normalized_shape: Sequence[int],
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    eps: float = 1e-05,
    cudnn_enable: bool = True,
) -> Tensor:
    """`nn.functional.layer_norm`; `cudnn_enable` has no meaning here."""

def lcm(input: Tensor, other: Tensor | Number, *, out: Tensor | None = None) -> Tensor:
    """See `numpy.lcm`."""

def lcm_(input: Tensor, other: Tensor | Number) -> Tensor:
    """`Tensor.lcm_`, as a function."""

def ldexp(input: Tensor, other: Tensor | Number, *, out: Tensor | None = None) -> Tensor:
    """`input * 2 ** other`, also where the power alone is out of the type's range."""

def ldexp_(input: Tensor, other: Tensor | Number) -> Tensor:
    """`Tensor.ldexp_`, as a function."""

def le(input: Tensor, other: Tensor | Number, *, out: Tensor | None = None) -> Tensor:
    """See `numpy.less_equal`."""

def lerp(input: Tensor, end: Tensor | Number, weight: Tensor | Number, *, out: Tensor | None = None) -> Tensor:
    """`self + weight * (end - self)`."""

def less(input: Tensor, other: Tensor | Number, *, out: Tensor | None = None) -> Tensor:
    """See `numpy.less`."""

def less_equal(input: Tensor, other: Tensor | Number, *, out: Tensor | None = None) -> Tensor:
    """See `numpy.less_equal`."""

def lgamma(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The logarithm of the absolute value of the gamma function (5.2.1)."""

def lgamma_(input: Tensor) -> Tensor:
    """`lgamma`, written into the tensor itself."""

def linspace(
    start: Number | Tensor,
    end: Number | Tensor,
    steps: int,
    *,
    out: Tensor | None = None,
    dtype: dtype | None = None,
    layout: layout | None = None,
    device: Device | None = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
) -> Tensor:
    """`steps` numbers at equal distances from `start` to `end`, both included."""

def lobpcg(
    A: Tensor,
    k: int | None = None,
    B: Tensor | None = None,
    X: Tensor | None = None,
    n: int | None = None,
    iK: Tensor | None = None,
    niter: int | None = None,
    tol: float | None = None,
    largest: bool | None = None,
    method: str | None = None,
    tracker: Tensor | None = None,
    ortho_iparams: dict[str, int] | None = None,
    ortho_fparams: dict[str, float] | None = None,
    ortho_bparams: dict[str, bool] | None = None,
) -> tuple[Tensor, Tensor]:
    """The `k` largest (or smallest) eigenvalues of a symmetric positive-definite matrix, and their vectors as
    columns.
    """

def log(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """See `numpy.log`."""

def log10(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """See `numpy.log10`."""

def log10_(input: Tensor) -> Tensor:
    """`log10`, written into the tensor itself."""

def log1p(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """See `numpy.log1p`."""

def log1p_(input: Tensor) -> Tensor:
    """`log1p`, written into the tensor itself."""

def log2(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """See `numpy.log2`."""

def log2_(input: Tensor) -> Tensor:
    """`log2`, written into the tensor itself."""

def log_(input: Tensor) -> Tensor:
    """`log`, written into the tensor itself."""

def log_softmax(input: Tensor, dim: int, dtype: dtype | None = None) -> Tensor:
    """The logarithm of `softmax`, without overflow."""

def logaddexp(input: Tensor, other: Tensor | Number, *, out: Tensor | None = None) -> Tensor:
    """`log(exp(self) + exp(other))`, without overflow."""

def logaddexp2(input: Tensor, other: Tensor | Number, *, out: Tensor | None = None) -> Tensor:
    """See `numpy.logaddexp2`."""

@overload
def logcumsumexp(input: Tensor, dim: int, *, out: Tensor | None = None) -> Tensor: ...
@overload
def logcumsumexp(input: Tensor, axis: int, *, out: Tensor | None = None) -> Tensor:
    """`log(cumsum(exp(x)))` along `dim`, without overflow."""

def logdet(input: Tensor) -> Tensor:
    """The logarithm of the determinant; NaN where that is negative."""

def logical_and(input: Tensor, other: Tensor | Number, *, out: Tensor | None = None) -> Tensor:
    """See `numpy.logical_and`."""

def logical_not(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """See `numpy.logical_not`."""

def logical_not_(input: Tensor) -> Tensor:
    """`logical_not`, written into the tensor itself."""

def logical_or(input: Tensor, other: Tensor | Number, *, out: Tensor | None = None) -> Tensor:
    """See `numpy.logical_or`."""

def logical_xor(input: Tensor, other: Tensor | Number, *, out: Tensor | None = None) -> Tensor:
    """See `numpy.logical_xor`."""

def logit(input: Tensor, eps: float | None = None, *, out: Tensor | None = None) -> Tensor:
    """`log(x / (1 - x))`, with `x` first clamped to `[eps, 1 - eps]`."""

def logit_(input: Tensor, eps: float | None = None) -> Tensor:
    """`logit`, written into the tensor itself."""

def logspace(
    start: Number | Tensor,
    end: Number | Tensor,
    steps: int,
    base: float = 10.0,
    *,
    out: Tensor | None = None,
    dtype: dtype | None = None,
    layout: layout | None = None,
    device: Device | None = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
) -> Tensor:
    """`steps` powers of `base`, from `base**start` to `base**end`, with exponents at equal distances."""

@overload
def logsumexp(input: Tensor, dim: Dims, keepdim: bool = False, *, out: Tensor | None = None) -> Tensor: ...
@overload
def logsumexp(input: Tensor, axis: Dims, *, keepdims: bool = False, out: Tensor | None = None) -> Tensor:
    """`log(sum(exp(x)))` along `dim`, without overflow."""

@overload
def lstm(
    input: Tensor,
    hx: Sequence[Tensor],
    params: Sequence[Tensor],
    has_biases: bool,
    num_layers: int,
    dropout: float,
    train: bool,
    bidirectional: bool,
    batch_first: bool,
) -> tuple[Tensor, Tensor, Tensor]: ...
@overload
def lstm(
    data: Tensor,
    batch_sizes: Tensor,
    hx: Sequence[Tensor],
    params: Sequence[Tensor],
    has_biases: bool,
    num_layers: int,
    dropout: float,
    train: bool,
    bidirectional: bool,
) -> tuple[Tensor, Tensor, Tensor]:
    """Layers of long short-term memory: outputs, last outputs, last cells; the arguments are those of `rnn_tanh`."""

def lstm_cell(
    input: Tensor,
    hx: Sequence[Tensor],
    w_ih: Tensor,
    w_hh: Tensor,
    b_ih: Tensor | None = None,
    b_hh: Tensor | None = None,
) -> tuple[Tensor, Tensor]:
    """The next output and cell of long short-term memory; `hx` is the pair before."""

def lstsq(input: Tensor, A: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Removed: see `linalg.lstsq`, which takes its arguments the other way round."""

def lt(input: Tensor, other: Tensor | Number, *, out: Tensor | None = None) -> Tensor:
    """See `numpy.less`."""

def lu(
    A: Tensor, pivot: bool = True, get_infos: bool = False, out: Sequence[Tensor] | None = None
) -> tuple[Tensor, ...]:
    """Both factors of LU in one matrix, and the row exchanges; with `get_infos`, LAPACK's code too."""

def lu_solve(input: Tensor, LU_data: Tensor, LU_pivots: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The solution of `A @ X = b` from A's LU, as `linalg.lu_solve`."""

def lu_unpack(
    LU_data: Tensor,
    LU_pivots: Tensor,
    unpack_data: bool = True,
    unpack_pivots: bool = True,
    *,
    out: Sequence[Tensor] | None = None,
) -> results.lu_unpack:
    """`P`, `L` and `U` from what `lu_factor` gives; those that are not asked for are empty."""
