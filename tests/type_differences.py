"""Types for which rows of samples differ from PyTorch on purpose, by the types and the row's name, with the reason."""

DIFFERENT_TYPES: dict[str, dict[str, str]] = {}


def _declare(reason: str, types: str, *names: str) -> None:
    DIFFERENT_TYPES.setdefault(types, {}).update(dict.fromkeys(names, reason))


_declare(
    "the refusal of clamp",
    "complex64 complex128",
    "clamp_min 2",
    "clamp_max 2",
)
_declare(
    "PyTorch's kernel has no half precision",
    "float16",
    "local_response_norm of 1 channels, 4",
    "local_response_norm of 2 channels, 4",
    "local_response_norm of 3 channels, 4",
    "nn.functional.avg_pool3d",
    "nn.functional.lp_pool3d(ceil_mode=True)",
    "special_erfcx",
    "special_erfcx 2",
    "special_ndtri",
    "special_log_ndtr",
    "special_zeta",
    "special_zeta 2",
    "special_zeta 3",
    "special_bessel_j0",
    "special_bessel_j1",
    "special_bessel_j1 2",
    "special_bessel_y0",
    "special_bessel_y1",
    "special_modified_bessel_i0",
    "special_modified_bessel_i1",
    "special_modified_bessel_k0",
    "special_modified_bessel_k1",
    "special_scaled_modified_bessel_k0",
    "special_scaled_modified_bessel_k1",
    "special_spherical_bessel_j0",
    "special_spherical_bessel_j0 2",
    "special_chebyshev_polynomial_t",
    "special_chebyshev_polynomial_t 2",
    "special_chebyshev_polynomial_u",
    "special_chebyshev_polynomial_u 2",
    "special_chebyshev_polynomial_v",
    "special_chebyshev_polynomial_w",
    "special_shifted_chebyshev_polynomial_t",
    "special_shifted_chebyshev_polynomial_u",
    "special_shifted_chebyshev_polynomial_v",
    "special_shifted_chebyshev_polynomial_w",
    "special_hermite_polynomial_h",
    "special_hermite_polynomial_he",
    "special_laguerre_polynomial_l",
    "special_legendre_polynomial_p",
    "special_legendre_polynomial_p 2",
    "complex",
    "polar",
    "polar 2",
    "histogram",
    "histogram of weights",
)
_declare(
    "PyTorch's refusal comes after the random numbers",
    "uint8 int32 int64 bool",
    "rrelu",
)
_declare(
    "PyTorch's convolution on the CPU takes floating-point numbers, of integers some",
    "complex64 complex128",
    "convolution: plain",
    "convolution: padding, stride",
    "convolution: groups",
    "convolution: each channel alone",
    "convolution: kernel of one",
    "convolution: kernel of one, stride",
    "convolution: more padding than kernel",
    "convolution: many pictures",
    "convolution: three dimensions",
    "convolution: complex numbers",
    "convolution: integers",
)
_declare(
    "PyTorch's convolution on the CPU takes floating-point numbers, of integers some",
    "complex64 complex128 uint8 int32",
    "convolution: padding, dilation",
    "convolution: one dimension",
    "transposed convolution: plain",
    "transposed convolution: stride, padding",
    "transposed convolution: groups, dilation",
    "transposed convolution: kernel of one",
    "transposed convolution: kernel of one, output padding",
    "transposed convolution: one dimension",
    "transposed convolution: complex numbers",
)
_declare(
    "PyTorch's convolution on the CPU takes floating-point numbers, of integers some",
    "uint8 int32",
    "nn.functional.conv_transpose1d(stride=2)",
    "nn.functional.conv_transpose2d(stride=2,output_padding=1)",
    "nn.functional.conv_transpose3d",
)
_declare(
    "PyTorch computes in half precision, and loses what chainrule keeps",
    "float16",
    "nn.functional.grid_sample(mode=bicubic,padding_mode=border,align_corners=False)",
    "nn.functional.grid_sample(mode=bicubic,padding_mode=reflection,align_corners=True)",
    "matrix_exp",
    "matrix_exp 2",
    "exp at equal eigenvalues",
)
_declare(
    "PyTorch has no kernel for these types",
    "complex64 complex128 uint8 int32 int64 bool",
    "nn.functional.fractional_max_pool2d",
    "nn.functional.fractional_max_pool2d 2",
    "nn.functional.fractional_max_pool3d",
)
_declare(
    "PyTorch's loss is made of steps that take other types",
    "complex64 complex128",
    "nn.functional.soft_margin_loss(reduction=mean)",
    "nn.functional.soft_margin_loss(reduction=sum)",
    "nn.functional.soft_margin_loss(reduction=none)",
)
_declare(
    "PyTorch's loss overflows",
    "float16 float32 float64 complex64 complex128",
    "soft_margin_loss, far(reduction=none)",
)
_declare(
    "PyTorch's loss is made of steps that take other types",
    "uint8 int32 int64",
    "nn.functional.hinge_embedding_loss(reduction=mean,margin=0.7)",
    "nn.functional.hinge_embedding_loss(reduction=sum,margin=0.7)",
    "nn.functional.hinge_embedding_loss(reduction=none,margin=0.7)",
    "gaussian_nll_loss of a number(reduction=mean)",
    "gaussian_nll_loss of a number(reduction=sum)",
    "gaussian_nll_loss of a number(reduction=none)",
)
_declare(
    "one sentence for all of them",
    "uint8 int32 int64 bool",
    "var_mean",
    "std_mean",
)
_declare(
    "what PyTorch makes of these types hangs on which step of its own fails first",
    "uint8 int32 int64 bool",
    "rnn_tanh of one layer",
    "rnn_tanh without biases",
    "rnn_tanh both ways",
    "gru of one layer",
    "gru without biases",
    "gru both ways",
    "lstm of one layer",
    "lstm without biases",
    "lstm both ways",
    "rnn_tanh_cell",
    "gru_cell",
    "lstm_cell",
    "rnn_tanh_cell without biases",
)
_declare(
    "what PyTorch makes of these types hangs on which step of its own fails first",
    "complex64 complex128 bool",
    "rnn_relu of one layer",
    "rnn_relu without biases",
    "rnn_relu both ways",
    "rnn_relu_cell",
)
_declare(
    "what PyTorch makes of these types hangs on which step of its own fails first",
    "complex64 complex128 uint8 int32 int64 bool",
    "attention of no queries",
)
_declare(
    "PyTorch's refusal is about a number of its own",
    "uint8",
    "histc",
)
_declare(
    "PyTorch's kernel has no half precision, and 8 digits in double precision",
    "float16 float64",
    "special_airy_ai",
)
_declare(
    "PyTorch has no kernel for these types",
    "float16 uint8 int32 int64",
    "linalg_householder_product",
    "linalg_householder_product 2",
    "linalg_householder_product 3",
)
_declare(
    "another order of equal absolute values",
    "complex64",
    "projection of eig",
)
_declare(
    "PyTorch does not broadcast so, nor take half precision",
    "float16 float32 float64 complex64 complex128",
    "lstsq, broadcast",
)
_declare(
    "PyTorch does not broadcast so, nor take half precision",
    "float16",
    "lstsq at rank 1",
)
_declare(
    "PyTorch has no kernel for these types",
    "float16 bool",
    "linalg.vander",
    "linalg.vander(N=5)",
)
_declare(
    "PyTorch has no kernel for these types",
    "float16 uint8 int32 int64 bool",
    "lobpcg",
    "vectors of lobpcg",
)
_declare(
    "PyTorch has no kernel for these types",
    "complex64 complex128 bool",
    "index_reduce(include_self=False)",
    "index_reduce 5",
)
_declare(
    "PyTorch has no kernel for these types",
    "bool",
    "index_reduce(include_self=False) 2",
)
_declare(
    "PyTorch's power of two overflows",
    "uint8",
    "ldexp 2",
    "ldexp: complex numbers",
)
_declare(
    "PyTorch's power of two overflows",
    "uint8 int32 int64",
    "ldexp 3",
)
