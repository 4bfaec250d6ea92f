"""Where rows of samples differ from PyTorch on purpose, by the row's name, each with its reason.

A declaration whose reason is gone fails its test. docs/ops.md shows these reasons.
"""

import linalg_differences
import special_differences
import tensor_differences

# Samples that PyTorch's function of the name does not take; where the same is compared instead.
NOT_IN_PYTORCH = {
    **linalg_differences.NOT_IN_PYTORCH,
    **special_differences.NOT_IN_PYTORCH,
    **tensor_differences.NOT_IN_PYTORCH,
    **dict.fromkeys(
        ["tanh_backward", "tanh_backward 2", "sigmoid_backward", "elu_backward(alpha=0.7)",
         "softplus_backward(beta=2.0,threshold=5.0)"],
        "the row behind a derivative: compared as the second derivative of its function",
    ),
    **dict.fromkeys(
        ["scatter_reduce 4", "scatter_reduce 6"], "the row has an argument more: compared in test_indexing_parity.py"
    ),
    **dict.fromkeys(
        [f"binary_cross_entropy_with_logits(reduction={reduction}) 2" for reduction in ("mean", "sum", "none")],
        "the row has another order of arguments: compared in test_nn_functional_parity.py",
    ),
    "conv_tbc(pad=-1)": "PyTorch refuses complex numbers that require grad",
    "permute 2": "takes the dimensions one by one as a method only: compared in test_shapes_parity.py",
}  # fmt: skip

_REDUCTIONS = ("mean", "sum", "none")

# Values, or types or shapes of results.
DIFFERENT_VALUES = {
    **linalg_differences.DIFFERENT_VALUES,
    "soft_margin_loss, far(reduction=none)": "PyTorch's power overflows",
    **special_differences.DIFFERENT_VALUES,
    **tensor_differences.DIFFERENT_VALUES,
    **dict.fromkeys(
        ["convolution: complex numbers", "transposed convolution: complex numbers"],
        "PyTorch has no convolution of complex numbers on the CPU",
    ),
}

# Gradients, first or second.
_NOT_TWICE = "PyTorch has no second derivative"
DIFFERENT_GRADIENTS = {
    **linalg_differences.DIFFERENT_GRADIENTS,
    **dict.fromkeys(
        [f"nn.functional.multi_margin_loss(reduction={r},p={p})" for r in _REDUCTIONS for p in (1, 2)]
        + [f"multi_margin_loss of one(reduction={r},p=2)" for r in _REDUCTIONS]
        + [f"nn.functional.multilabel_margin_loss(reduction={r})" for r in _REDUCTIONS]
        + [f"multilabel_margin_loss of one(reduction={r})" for r in _REDUCTIONS]
        + [f"ctc_after_softmax(reduction={r})" for r in _REDUCTIONS]
        + ["multi_margin_loss with weights", "ctc_after_softmax(blank=2)"]
        + ["nn.functional.scaled_dot_product_attention(enable_gqa=True)"],
        _NOT_TWICE,
    ),
    "soft_margin_loss, far(reduction=none)": "PyTorch's power overflows",
    **special_differences.DIFFERENT_GRADIENTS,
    **tensor_differences.DIFFERENT_GRADIENTS,
    **dict.fromkeys(
        ["convolution: complex numbers", "transposed convolution: complex numbers"],
        "PyTorch has no convolution of complex numbers on the CPU",
    ),
    "scatter of a corner": "PyTorch refuses the gradient of a source that is larger than the index",
    "hardsigmoid": "PyTorch has no second derivative",
}

# What a row refuses, `row-number`.
DIFFERENT_ERRORS = {
    "nn.functional.embedding_bag-2": "PyTorch's sentence for float32, which is another for float64",
    "nn.functional.conv2d(stride=2)-7": "PyTorch lists its signatures",
    "nn.functional.conv2d(stride=2)-8": "PyTorch lists its signatures",
    **dict.fromkeys(["constant_pad_nd-0", "constant_pad_nd-1"], "the sentences are those of nn.functional.pad"),
    "gelu-0": "PyTorch takes the argument by name only",
    "flip-0": "PyTorch takes one dimension that is no tuple as a method only",
}
