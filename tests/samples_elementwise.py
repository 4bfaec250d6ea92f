"""Samples for the functions of one number (ops/elementwise.py) and for copies (ops/copies.py)."""

import numpy as np
import scipy.special

from chainrule.ops.elementwise import sigmoid_backward, tanh_backward
from op_samples import between_integers, complexes, integers, nonzero, positive, real, refuses, sample, values

SAMPLES = [
    # powers and roots
    sample("sqrt", [positive(3, 4)], np.sqrt),
    sample("sqrt", [complexes(3)], np.sqrt),
    sample("rsqrt", [positive(3, 4)], lambda x: 1 / np.sqrt(x)),
    # exponentials and logarithms
    sample("exp", [real(3, 4)], np.exp, must_raise=[refuses(TypeError, "must be Tensor, not str", "one")]),
    sample("exp", [complexes(3)], np.exp),
    sample("exp2", [real(3, 4)], np.exp2),
    sample("expm1", [real(3, 4)], np.expm1),
    sample("log", [positive(3, 4)], np.log),
    sample("log", [complexes(3)], np.log),
    sample("log2", [positive(3, 4)], np.log2),
    sample("log10", [positive(3, 4)], np.log10),
    sample("log1p", [positive(3, 4)], np.log1p),
    # trigonometric and hyperbolic
    sample("sin", [real(3, 4)], np.sin),
    sample("sin", [complexes(3)], np.sin),
    sample("sin", [integers(3)], lambda x: np.sin(x).astype(np.float32)),
    sample("cos", [real(3, 4)], np.cos),
    sample("tan", [real(3, 4, low=-1, high=1)], np.tan),
    sample("asin", [real(3, 4, low=-0.9, high=0.9)], np.arcsin),
    sample("acos", [real(3, 4, low=-0.9, high=0.9)], np.arccos),
    sample("atan", [real(3, 4)], np.arctan),
    sample("sinh", [real(3, 4)], np.sinh),
    sample("cosh", [real(3, 4)], np.cosh),
    sample("tanh", [real(3, 4)], np.tanh),
    sample("tanh", [complexes(3)], np.tanh),
    sample(tanh_backward, [real(3, 4), real(3, 4)], lambda g, y: g * (1 - y * y), covers=("tanh_backward",)),
    sample(tanh_backward, [complexes(3), complexes(3)], lambda g, y: g * (1 - y * y)),
    sample("asinh", [real(3, 4)], np.arcsinh),
    sample("acosh", [real(3, 4, low=1.2, high=3)], np.arccosh),
    sample("atanh", [real(3, 4, low=-0.9, high=0.9)], np.arctanh),
    sample("sinc", [nonzero(3, 4)], np.sinc),
    sample("sinc", [values([0, 1, 2])], lambda x: np.array([1, 0, 0], np.float32), tolerance=1e-6),
    # activations that are plain functions
    sample("sigmoid", [real(3, 4)], scipy.special.expit),
    sample(sigmoid_backward, [real(3, 4), real(3, 4)], lambda g, y: g * y * (1 - y), covers=("sigmoid_backward",)),
    sample("relu", [nonzero(3, 4)], lambda x: np.maximum(x, 0)),
    sample("logit", [real(3, 4, low=0.1, high=0.9)], scipy.special.logit),
    sample("logit", [values([0.02, 0.3, 0.99])], lambda x, eps: scipy.special.logit(x.clip(eps, 1 - eps)), eps=0.1),
    # magnitude, sign and rounding
    sample("abs", [nonzero(3, 4)], np.abs),
    sample("abs", [complexes(3)], np.abs),
    sample("abs", [integers(3)], np.abs),
    sample("sign", [nonzero(3, 4)], np.sign),
    sample("sgn", [nonzero(3, 4)], np.sign),
    sample("sgn", [complexes(3)], np.sign),
    sample("floor", [between_integers(3, 4)], np.floor),
    sample("ceil", [between_integers(3, 4)], np.ceil),
    sample("trunc", [between_integers(3, 4)], np.trunc),
    sample("round", [between_integers(3, 4)], np.round),
    sample("round", [values([1.234, -5.678])], np.round, decimals=1),
    sample("frac", [between_integers(3, 4)], lambda x: x - np.trunc(x)),
    sample("signbit", [nonzero(3, 4)], np.signbit, orders=0),
    sample("positive", [real(3, 4)], np.positive),
    sample("deg2rad", [real(3, 4, low=-180, high=180)], np.deg2rad),
    sample("rad2deg", [real(3, 4)], np.rad2deg),
    sample("nan_to_num", [real(3, 4)], np.nan_to_num),
    # complex numbers
    sample("conj", [complexes(3)], np.conj),
    sample("conj", [real(3, 4)], np.conj),
    sample("real", [complexes(3)], np.real),
    sample("imag", [complexes(3)], np.imag, must_raise=[refuses(RuntimeError, "non-complex dtypes", real(3))]),
    sample("angle", [complexes(3)], np.angle),
    # copies
    sample("clone", [real(3, 4)], np.copy),
    sample("to_copy", [real(3, 4), np.dtype(np.float64)], np.asarray),
]
