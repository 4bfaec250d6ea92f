"""What else PyTorch could compute with. There is none of it here: programs that ask are told so, and go on."""

from chainrule.backends import cpu, cuda, cudnn, mha, mkl, mkldnn, mps, nnpack, openmp, opt_einsum, quantized

__all__ = [
    "cpu", "cuda", "cudnn", "fp32_precision", "mha", "mkl", "mkldnn", "mps", "nnpack", "openmp", "opt_einsum",
    "quantized",
]  # fmt: skip

fp32_precision = "none"
