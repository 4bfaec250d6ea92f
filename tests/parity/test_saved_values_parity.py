"""`grad_fn._saved_*` against PyTorch: for every operation of which both have the node, the saved tensors and names.

Nodes of operations that are put together of others in one of the libraries are left out: they have other names.
"""

import functools
import warnings

import numpy as np
import pytest

import chainrule
from both_libraries import to_numpy
from op_samples import Input, all_samples, drawn

torch = pytest.importorskip("torch")

# What one of the libraries saves and the other has no need of, by the name of the node.
NOT_HERE = {
    "AdaptiveAvgPool2DBackward0": "self", "AdaptiveAvgPool3DBackward0": "self", "AdaptiveMaxPool2DBackward0": "self",
    "AdaptiveMaxPool3DBackward0": "self", "AvgPool2DBackward0": "self", "AvgPool3DBackward0": "self",
    "ConvTbcBackward0": "bias", "FftR2CBackward0": "self",
    "CummaxBackward0": "self", "CumminBackward0": "self",
    "DivBackward2": "self other", "ErfinvBackward0": "self", "GatherBackward0": "self", "IndexAddBackward0": "source",
    "IndexCopyBackward0": "source", "CholeskySolveBackward0": "self", "LinalgLuBackward0": "P",
    "LinalgSolveExBackward0": "LU pivots", "OrmqrBackward0": "input3", "TriangularSolveBackward0": "self",
    "LinalgDetBackward0": "LU pivots result", "LinalgSlogdetBackward0": "LU pivots",
    "LogSigmoidBackward0": "buffer", "MaskedSelectBackward0": "self",
    "MaxPool2DWithIndicesBackward0": "self result1", "MaxPool3DWithIndicesBackward0": "self result1",
    "NativeGroupNormBackward0": "result1 result2",
    "NativeLayerNormBackward0": "bias result1 result2", "NllLoss2DBackward0": "self total_weight",
    "NllLossBackward0": "self total_weight",
    "ProdBackward0": "result", "ProdBackward1": "result", "PutBackward0": "source", "ReflectionPad1DBackward0": "self",
    "SpecialI1Backward0": "result", "TakeBackward0": "self", "ComplexBackward0": "real imag",
    "PolarBackward0": "result",
    "EmbeddingBagBackward0": "result1 result2 result3", "LdexpBackward0": "result",
    "MultilabelMarginLossBackward0": "is_target", "RreluWithNoiseBackward0": "noise",
    "ScaledDotProductFlashAttentionForCpuBackward0": "output logsumexp",
}  # fmt: skip
ONLY_HERE = {
    "CopysignBackward0": "other", "ErfinvBackward0": "result", "MaxPool2DWithIndicesBackward0": "taps",
    "MaxPool3DWithIndicesBackward0": "taps", "LinalgSlogdetBackward0": "logabsdet", "LinalgLuBackward0": "pivots",
    "GeqrfBackward0": "self tau a", "EmbeddingBagBackward0": "weight", "PolarBackward0": "abs angle",
    "RreluWithNoiseBackward0": "slopes", "ScaledDotProductFlashAttentionForCpuBackward0": "result",
}  # fmt: skip
# Rows that are one operation here and several in PyTorch, or the other way round, with the same last node.
COMPOSED = {"matmul", "real", "inner", "tensordot", "nanmean", "cov", "ndtr", "kron", "nn.functional.linear"}
COMPOSED |= {"ldexp", "rms_norm", "nn.functional.rms_norm"}
COMPOSED |= {f"{name}{cell}" for name in ("rnn_tanh", "rnn_relu", "gru", "lstm") for cell in ("", "_cell")}
# Broadcast, or of another shape, before they are saved.
OTHER_SHAPE = {
    "ScaledDotProductFlashAttentionForCpuBackward0",
    "MseLossBackward0",
    "HuberLossBackward0",
    "PreluKernelBackward0",
    "NllLoss2DBackward0",
}


def in_torch(name):
    spaces = (torch, torch.nn.functional, torch.special, torch.linalg, torch.Tensor)
    for space in spaces:
        if hasattr(space, name):
            return getattr(space, name)
    try:
        return functools.reduce(getattr, name.replace("linalg_", "linalg.").split("."), torch)
    except AttributeError:
        return None


def as_tensors(library, argument):
    if isinstance(argument, Input):
        argument = drawn(argument, np.random.default_rng(0))
    if isinstance(argument, np.ndarray):
        tensor = library.from_numpy(argument.copy())
        return tensor.requires_grad_() if tensor.is_floating_point() or tensor.is_complex() else tensor
    if isinstance(argument, (list, tuple)):
        return type(argument)(as_tensors(library, each) for each in argument)
    return argument


def first_node(library, function, row):
    arguments = [as_tensors(library, each) for each in row.inputs]
    result = function(*arguments, **{key: as_tensors(library, each) for key, each in row.kwargs.items()})
    results = result if isinstance(result, (tuple, list)) else (result,)
    return next((r.grad_fn for r in results if getattr(r, "grad_fn", None) is not None), None)


def saved_tensors(node, tensor_type):
    saved = {name.removeprefix("_saved_"): getattr(node, name) for name in dir(node) if name.startswith("_saved_")}
    return {name: value for name, value in saved.items() if isinstance(value, tensor_type)}


def nodes_of_both(row):
    """The nodes that the call of a row records in both; None where PyTorch takes the arguments in another form."""
    function = in_torch(row.op)
    if function is None:
        return None, None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            theirs = first_node(torch, function, row)
        except (TypeError, RuntimeError, NotImplementedError, IndexError, ValueError):
            return None, None
        return theirs, first_node(chainrule, row.function, row)


CANDIDATES = [row for row in all_samples() if isinstance(row.op, str) and row.op not in COMPOSED]
NODES = [(row, *nodes_of_both(row)) for row in CANDIDATES]
RECORDED = [row for row, theirs, _ in NODES if theirs is not None]
ROWS = [row for row, theirs, ours in NODES if theirs is not None and ours is not None and ours.name() == theirs.name()]
del NODES


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_the_same_tensors_are_saved_under_the_same_names(row):
    theirs, ours = nodes_of_both(row)
    given = saved_tensors(ours, chainrule.Tensor)
    expected = saved_tensors(theirs, torch.Tensor)

    assert set(expected) - set(given) == set(NOT_HERE.get(ours.name(), "").split()) & set(expected)
    assert set(given) - set(expected) == set(ONLY_HERE.get(ours.name(), "").split()) & set(given)
    if ours.name() not in OTHER_SHAPE:
        for name in set(given) & set(expected):
            np.testing.assert_allclose(to_numpy(given[name]), to_numpy(expected[name]), rtol=1e-6, atol=1e-12)
            assert given[name].requires_grad == expected[name].requires_grad, name
            assert given[name].is_leaf == expected[name].is_leaf, name


def test_most_operations_have_the_same_node():
    assert len(ROWS) > 0.95 * len(RECORDED)
    assert {"mul", "exp", "pow", "sum", "amax", "gather", "cat", "where", "softmax", "mm", "linalg_det"} <= {
        row.op for row in ROWS
    }
