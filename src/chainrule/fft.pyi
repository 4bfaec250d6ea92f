# Made by `make stubs` (tests/make_stubs.py).
"""Discrete Fourier transforms, as `torch.fft` has them."""

from chainrule._declared.fft import *
