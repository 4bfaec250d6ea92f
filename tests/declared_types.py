"""What the stubs say of types where a signature cannot: by the name of an argument, and by the name of a function.

make_stubs.py reads it. A function has an entry only if its row or its signature does not tell: results that are no
tensor, and calls that PyTorch takes in several ways (one line for each; a method's are the same with `input` as `self`
unless there is an entry `Tensor.name`).
"""

# The types of arguments that are annotated Any, or not at all.
ARGUMENTS = {
    "alpha": "Number",
    "args": "Any",
    "atol": "Tensor | float",
    "axis": "Dims",
    "beta": "Number",
    "buffer": "Any",
    "ceil_mode": "bool",
    "col": "int",
    "copy": "bool",
    "device": "Device",
    "dilation": "Dims",
    "dim": "Dims",
    "dims": "Dims",
    "driver": "str",
    "dtype": "dtype",
    "end": "Number | Tensor",
    "exponent": "Tensor | Number",
    "fill_value": "Number",
    "generator": "Generator",
    "high": "int",
    "kernel_size": "Dims",
    "layout": "layout",
    "low": "int",
    "matrices": "Tensor",
    "memory_format": "memory_format",
    "ndarray": "NDArray[Any]",
    "num_samples": "int",
    "ord": "float | str",
    "out": "Tensor",
    "output_size": "int | Sequence[int | None]",
    "p": "float | str",
    "padding": "Dims",
    "q": "Tensor | float",
    "rcond": "Tensor | float",
    "row": "int",
    "rtol": "Tensor | float",
    "running_mean": "Tensor | None",
    "running_var": "Tensor | None",
    "s": "Number",
    "scale_factor": "float | Sequence[float]",
    "shape": "Sequence[int]",
    "size": "Sequence[int]",
    "spacing": "Number | Sequence[Number] | Tensor | Sequence[Tensor]",
    "start": "Number | Tensor",
    "step": "Number",
    "steps": "int",
    "stride": "Dims",
    "tensors": "Sequence[Tensor]",
    "tol": "Tensor | float",
    "value": "Number",
}
# The same where one name says different things.
ARGUMENTS_OF = {
    "interpolate.size": "Dims",
    "upsample.size": "Dims",
    "upsample_nearest.size": "Dims",
    "upsample_bilinear.size": "Dims",
    "as_tensor.data": "Any",
    "tensor.data": "Any",
    "new_tensor.data": "Any",
    "asarray.obj": "Any",
    "from_dlpack.ext_tensor": "Any",
    "arange.start": "Number",
    "arange.end": "Number",
    "narrow.start": "int | Tensor",
    "tensor_split.indices_or_sections": "int | Sequence[int] | Tensor",
    "tensor_split.indices": "Sequence[int] | Tensor",
    "hsplit.indices_or_sections": "Dims",
    "vsplit.indices_or_sections": "Dims",
    "dsplit.indices_or_sections": "Dims",
    "split.split_size_or_sections": "Dims",
    "unsafe_split.split_size": "int",
    "polygamma.n": "int",
    "matrix_norm.ord": "float | str",
    "clamp.min": "Tensor | Number",
    "clamp.max": "Tensor | Number",
    "clip.min": "Tensor | Number",
    "clip.max": "Tensor | Number",
    "eye.n": "int",
    "eye.m": "int",
    "randperm.n": "int",
    "tensordot.dims": "int | Sequence[Sequence[int]] | Tensor",
    "repeat_interleave.repeats": "Tensor | int",
    "bernoulli.p": "Tensor | float",
    "bernoulli_.p": "Tensor | float",
    "full_like.fill_value": "Number",
    "view_copy.size": "Sequence[int]",
    "multigammaln.p": "int",
    "mvlgamma.p": "int",
    "dist.p": "float",
    "cdist.p": "float",
    "pdist.p": "float",
    "renorm.p": "float",
    "cond.p": "float | str",
    "where.condition": "Tensor",
    "index_put.indices": "Sequence[Tensor | None]",
    "ctc_loss.input_lengths": "Tensor | Sequence[int]",
    "ctc_loss.target_lengths": "Tensor | Sequence[int]",
    "scaled_dot_product_attention.value": "Tensor",
    "batch_norm.weight": "Tensor | None",
    "batch_norm.bias": "Tensor | None",
    "instance_norm.weight": "Tensor | None",
    "instance_norm.bias": "Tensor | None",
    "empty_permuted.physical_layout": "Sequence[int]",
    "lstm_cell.hx": "Sequence[Tensor]",
    "full.fill_value": "Tensor | Number",
    "new_full.fill_value": "Tensor | Number",
    "convolution.bias": "Tensor | None",
    "index_fill.value": "Tensor | Number",
    "masked_fill.value": "Tensor | Number",
    "xlogy.input": "Tensor | Number",
    "xlog1py.input": "Tensor | Number",
    "zeta.input": "Tensor | Number",
    "isin.elements": "Tensor | Number | None",
    "isin.test_elements": "Tensor | Number | None",
    "isin.element": "Number | None",
    "isin.test_element": "Number | None",
    "histogram.bins": "int | Tensor",
    "histogram.range": "Sequence[float] | None",
    "from_file.filename": "str",
    "histogram.out": "Sequence[Tensor] | None",
    "histogramdd.bins": "int | Sequence[int] | Sequence[Tensor]",
    "histogramdd.range": "Sequence[float] | None",
    "segment_reduce.axis": "int",
    "segment_reduce.initial": "Number | None",
    "addcmul.value": "Number",
    "addcdiv.value": "Number",
    "resize.size": "int",
    "set.source": "Tensor | TypedStorage | UntypedStorage",
    "set.stride": "Sequence[int]",
    "new.data": "Any",
    "empty_strided.stride": "Sequence[int]",
    "as_strided.stride": "Sequence[int]",
    "unflatten.sizes": "Sequence[int]",
}

# A number may stand first, beside a tensor.
_NUMBER_FIRST = (
    "add bitwise_and bitwise_left_shift bitwise_or bitwise_right_shift bitwise_xor bucketize div divide floor_divide "
    "mul multiply remainder searchsorted sub subtract true_divide"
)
ARGUMENTS_OF |= {f"{name}.input": "Tensor | Number" for name in _NUMBER_FIRST.split()}

# Results that are not a tensor, or a tuple that the row names.
RESULTS = {
    "torch.adaptive_max_pool1d": "tuple[Tensor, Tensor]",
    "align_tensors": "tuple[Tensor, ...]",
    "allclose": "bool",
    "broadcast_shapes": "Size",
    "chunk": "tuple[Tensor, ...]",
    "dsplit": "tuple[Tensor, ...]",
    "hsplit": "tuple[Tensor, ...]",
    "split": "tuple[Tensor, ...]",
    "split_with_sizes": "tuple[Tensor, ...]",
    "to_dlpack": "Any",
    "unbind": "tuple[Tensor, ...]",
    "unbind_copy": "tuple[Tensor, ...]",
    "split_copy": "tuple[Tensor, ...]",
    "split_with_sizes_copy": "tuple[Tensor, ...]",
    "triangular_solve": "results.triangular_solve",
    "geqrf": "results.geqrf",
    "histogram": "results.histogram",
    "histogramdd": "results.histogramdd",
    "linalg.ldl_factor": "results.linalg_ldl_factor",
    "linalg.lstsq": "results.linalg_lstsq",
    "linalg.lu": "results.linalg_lu",
    "linalg.lu_factor": "results.linalg_lu_factor",
    "lu_unpack": "results.lu_unpack",
    "lu": "tuple[Tensor, ...]",
    "qr": "results.qr",
    "linalg.qr": "results.linalg_qr",
    "slogdet": "results.slogdet",
    "linalg.slogdet": "results.linalg_slogdet",
    "svd": "results.svd",
    "linalg.svd": "results.linalg_svd",
    "unsafe_chunk": "tuple[Tensor, ...]",
    "unsafe_split": "tuple[Tensor, ...]",
    "unsafe_split_with_sizes": "tuple[Tensor, ...]",
    "std_mean": "tuple[Tensor, Tensor]",
    "vsplit": "tuple[Tensor, ...]",
    "var_mean": "tuple[Tensor, Tensor]",
}

_OPTIONS = (
    "dtype: dtype | None = None, layout: layout | None = None, device: Device | None = None, "
    "requires_grad: bool = False, pin_memory: bool = False"
)
_OF_SIZE = f"out: Tensor | None = None, {_OPTIONS}"
_DRAWN = f"generator: Generator | None = None, {_OF_SIZE}"
_REDUCED = "dim: Dims | None = None"
_OUT = "out: Tensor | None = None"
_DRAWN_LIKE = f"generator: Generator | None = None, {_OPTIONS}, memory_format: memory_format | None = None"


def _sized(options: str) -> list[str]:
    return [f"(*size: int, {options}) -> Tensor", f"(size: Sequence[int], *, {options}) -> Tensor"]


def _new_sized() -> list[str]:
    return [f"(self, *size: int, {_OPTIONS}) -> Tensor", f"(self, size: Sequence[int], *, {_OPTIONS}) -> Tensor"]


def _extreme(name: str) -> list[str]:
    return [
        "(input: Tensor, *, out: Tensor | None = None) -> Tensor",
        f"(input: Tensor, dim: int, keepdim: bool = False, *, out: Sequence[Tensor] | None = None) -> {name}",
        f"(input: Tensor, *, axis: int, keepdims: bool = False, out: Sequence[Tensor] | None = None) -> {name}",
        "(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor",
    ]


def _middle(name: str) -> list[str]:
    return [
        "(input: Tensor, *, out: Tensor | None = None) -> Tensor",
        f"(input: Tensor, dim: int, keepdim: bool = False, *, out: Sequence[Tensor] | None = None) -> {name}",
        f"(input: Tensor, *, axis: int, keepdim: bool = False, out: Sequence[Tensor] | None = None) -> {name}",
    ]


def _spread(result: str) -> list[str]:
    own = "correction: float | None = None, "
    return [
        f"(input: Tensor, unbiased: bool = True) -> {result}",
        f"(input: Tensor, {_REDUCED}, *, {own}keepdim: bool = False, {_OUT}) -> {result}",
        f"(input: Tensor, dim: Dims | None, unbiased: bool = True, keepdim: bool = False, *, {_OUT}) -> {result}",
        f"(input: Tensor, {_REDUCED}, *, unbiased: bool, keepdim: bool = False, {_OUT}) -> {result}",
        f"(input: Tensor, *, axis: Dims | None, {own}keepdims: bool = False, {_OUT}) -> {result}",
    ]


def _sizes(name: str, result: str = "Tensor", first: str = "input: Tensor") -> list[str]:
    return [f"({first}, *{name}: int) -> {result}", f"({first}, {name}: Sequence[int]) -> {result}"]


def _unique(sort: str) -> list[str]:
    first = f"input: Tensor, {sort}"
    dim = "dim: int | None = None"
    both = "return_inverse: Literal[True], return_counts: Literal[True]"
    neither = "return_inverse: Literal[False] | None = False, return_counts: Literal[False] = False"
    return [
        f"({first}{neither}, {dim}) -> Tensor",
        f"({first}*, {both}, {dim}) -> tuple[Tensor, Tensor, Tensor]",
        f"({first}*, return_inverse: Literal[True], {dim}) -> tuple[Tensor, Tensor]",
        f"({first}*, return_counts: Literal[True], {dim}) -> tuple[Tensor, Tensor]",
        f"({first}return_inverse: bool = False, return_counts: bool = False, {dim}) -> Any",
    ]


def _with_indices(first: str, last: str = "") -> list[str]:
    return [
        f"({first}, return_indices: Literal[False] = False{last}) -> Tensor",
        f"({first}, *, return_indices: Literal[True]{last}) -> tuple[Tensor, Tensor]",
        f"({first}, return_indices: bool = False{last}) -> Any",
    ]


def _recurrent(hx: str, result: str) -> list[str]:
    layers = (
        f"hx: {hx}, params: Sequence[Tensor], has_biases: bool, num_layers: int, dropout: float, train: bool, "
        "bidirectional: bool"
    )
    return [
        f"(input: Tensor, {layers}, batch_first: bool) -> {result}",
        f"(data: Tensor, batch_sizes: Tensor, {layers}) -> {result}",
    ]


_POOLED = (
    "input: Tensor, kernel_size: Dims, stride: Dims | None = None, padding: Dims = 0, dilation: Dims = 1, "
    "ceil_mode: bool = False"
)
_FRACTIONAL = (
    "input: Tensor, kernel_size: Dims, output_size: Dims | None = None, "
    "output_ratio: float | Sequence[float] | None = None"
)
_ADAPTIVE = "input: Tensor, output_size: int | Sequence[int | None]"


_AT_LEAST = ["(tensor: Tensor, /) -> Tensor", "(*tensors: Tensor) -> Any", "(tensors: Sequence[Tensor]) -> Any"]
_TENSORS = ["(*tensors: Tensor) -> tuple[Tensor, ...]", "(tensors: Sequence[Tensor], /) -> tuple[Tensor, ...]"]
_JOINED = [
    "(tensors: Sequence[Tensor], dim: int = 0, *, out: Tensor | None = None) -> Tensor",
    "(tensors: Sequence[Tensor], *, axis: int, out: Tensor | None = None) -> Tensor",
]
_STACKED = ["(tensors: Sequence[Tensor], *, out: Tensor | None = None) -> Tensor"]
_SCATTERED = [
    "(input: Tensor, dim: int, index: Tensor, src: Tensor | Number, *, reduce: str | None = None) -> Tensor",
    "(input: Tensor, dim: int, index: Tensor, *, value: Number, reduce: str | None = None) -> Tensor",
]

# All the ways of a call, where one signature cannot say them.
CALLS = {
    "max": _extreme("results.max"),
    "min": _extreme("results.min"),
    "median": _middle("results.median"),
    "nanmedian": _middle("results.nanmedian"),
    "var": _spread("Tensor"),
    "std": _spread("Tensor"),
    "var_mean": _spread("tuple[Tensor, Tensor]"),
    "std_mean": _spread("tuple[Tensor, Tensor]"),
    **{name: _sized(_OF_SIZE) for name in ("ones", "zeros")},
    "empty": _sized(f"{_OF_SIZE}, memory_format: memory_format | None = None"),
    **{name: _sized(_DRAWN) for name in ("rand", "randn")},
    **{f"Tensor.{name}": _new_sized() for name in ("new_empty", "new_ones", "new_zeros")},
    "arange": [
        f"(end: Number, *, {_OF_SIZE}) -> Tensor",
        f"(start: Number, end: Number, step: Number = 1, *, {_OF_SIZE}) -> Tensor",
    ],
    "randint": [
        f"(high: int, size: Sequence[int], *, {_DRAWN}) -> Tensor",
        f"(low: int, high: int, size: Sequence[int], *, {_DRAWN}) -> Tensor",
    ],
    "randint_like": [
        f"(input: Tensor, high: int | Tensor, *, {_DRAWN_LIKE}) -> Tensor",
        f"(input: Tensor, low: int, high: int, *, {_DRAWN_LIKE}) -> Tensor",
    ],
    "normal": [
        f"(mean: Tensor, std: Tensor | float = 1, *, generator: Generator | None = None, {_OUT}) -> Tensor",
        f"(mean: float, std: Tensor, *, generator: Generator | None = None, {_OUT}) -> Tensor",
        f"(mean: float, std: float, size: Sequence[int], *, {_DRAWN}) -> Tensor",
    ],
    "permute": _sizes("dims"),
    "flip": _sizes("dims"),
    "tile": _sizes("dims"),
    "reshape": _sizes("shape"),
    "broadcast_to": _sizes("size"),
    "expand": [
        "(input: Tensor, *size: int, implicit: bool = False) -> Tensor",
        "(input: Tensor, size: Sequence[int], *, implicit: bool = False) -> Tensor",
    ],
    "repeat": _sizes("repeats"),
    "view": [*_sizes("size"), "(input: Tensor, dtype: dtype) -> Tensor"],
    "view_copy": ["(input: Tensor, size: Sequence[int]) -> Tensor", "(input: Tensor, dtype: dtype) -> Tensor"],
    "resize_as": ["(input: Tensor, the_template: Tensor, *, memory_format: memory_format | None = None) -> Tensor"],
    "Tensor.resize_": [
        "(self, *size: int, memory_format: memory_format | None = None) -> Self",
        "(self, size: Sequence[int], *, memory_format: memory_format | None = None) -> Self",
    ],
    "Tensor.normal_": ["(self, mean: float = 0, std: float = 1, *, generator: Generator | None = None) -> Self"],
    "Tensor.uniform_": ["(self, from_: float = 0, /, to: float = 1, *, generator: Generator | None = None) -> Self"],
    "Tensor.random_": [
        "(self, from_: int, /, to: int, *, generator: Generator | None = None) -> Self",
        "(self, to: int = ..., *, generator: Generator | None = None) -> Self",
    ],
    "unique": _unique("sorted: bool = True, "),
    "unique_consecutive": _unique(""),
    "nonzero": [
        "(input: Tensor, *, as_tuple: Literal[False] = False, out: Tensor | None = None) -> Tensor",
        "(input: Tensor, *, as_tuple: Literal[True]) -> tuple[Tensor, ...]",
    ],
    "where": [
        "(condition: Tensor, input: Tensor | Number, other: Tensor | Number, *, out: Tensor | None = None) -> Tensor",
        "(condition: Tensor) -> tuple[Tensor, ...]",
    ],
    "Tensor.where": ["(self, condition: Tensor, other: Tensor | Number) -> Tensor"],
    "pow": [
        "(input: Tensor, exponent: Tensor | Number, *, out: Tensor | None = None) -> Tensor",
        "(input: Number, exponent: Tensor, *, out: Tensor | None = None) -> Tensor",
    ],
    "float_power": [
        "(input: Tensor, exponent: Tensor | Number) -> Tensor",
        "(input: Number, exponent: Tensor) -> Tensor",
    ],
    "broadcast_shapes": ["(*shapes: int | Sequence[int]) -> Size"],
    "atleast_1d": _AT_LEAST,
    "atleast_2d": _AT_LEAST,
    "atleast_3d": _AT_LEAST,
    "broadcast_tensors": _TENSORS,
    "meshgrid": [
        "(*tensors: Tensor, indexing: Literal['ij', 'xy'] | None = None) -> tuple[Tensor, ...]",
        "(tensors: Sequence[Tensor], /, *, indexing: Literal['ij', 'xy'] | None = None) -> tuple[Tensor, ...]",
    ],
    "cartesian_prod": ["(*tensors: Tensor) -> Tensor", "(tensors: Sequence[Tensor], /) -> Tensor"],
    "block_diag": ["(*tensors: Tensor) -> Tensor"],
    "chain_matmul": ["(*matrices: Tensor, out: Tensor | None = None) -> Tensor"],
    "cat": _JOINED,
    "concat": _JOINED,
    "concatenate": _JOINED,
    "stack": _JOINED,
    **dict.fromkeys(["hstack", "vstack", "dstack", "column_stack", "row_stack"], _STACKED),
    "einsum": [
        "(equation: str, *operands: Tensor) -> Tensor",
        "(equation: str, operands: Sequence[Tensor], /) -> Tensor",
        "(operand: Tensor, sublist: Sequence[Any], /, *more: Any) -> Tensor",
    ],
    "scatter": _SCATTERED,
    "Tensor.scatter_": [line.replace("input: Tensor", "self").replace("-> Tensor", "-> Self") for line in _SCATTERED],
    **{f"nn.functional.max_pool{n}d": _with_indices(_POOLED) for n in (1, 2, 3)},
    **{f"nn.functional.adaptive_max_pool{n}d": _with_indices(_ADAPTIVE) for n in (1, 2, 3)},
    **{
        f"nn.functional.fractional_max_pool{n}d": _with_indices(_FRACTIONAL, ", _random_samples: Tensor | None = None")
        for n in (2, 3)
    },
    **dict.fromkeys(["gru", "rnn_tanh", "rnn_relu"], _recurrent("Tensor", "tuple[Tensor, Tensor]")),
    "lstm": _recurrent("Sequence[Tensor]", "tuple[Tensor, Tensor, Tensor]"),
    "fill": ["(input: Tensor, value: Tensor | Number) -> Tensor"],
    "rsub": ["(input: Tensor, other: Tensor | Number, *, alpha: Number = 1) -> Tensor"],
    "split": ["(tensor: Tensor, split_size_or_sections: Dims, dim: int = 0) -> tuple[Tensor, ...]"],
    "Tensor.split": ["(self, split_size: Dims, dim: int = 0) -> tuple[Tensor, ...]"],
    "Tensor.polygamma": ["(self, n: int) -> Tensor"],
    "Tensor.polygamma_": ["(self, n: int) -> Self"],
}

# Words of which one is meant.
WORDS = {
    "UPLO": ("L", "U"),
    "rounding_mode": ("trunc", "floor"),
    "interpolation": ("linear", "lower", "higher", "midpoint", "nearest"),
    "side": ("left", "right"),
    "indexing": ("ij", "xy"),
}
