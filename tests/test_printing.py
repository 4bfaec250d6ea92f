"""How tensors print. The expected texts are PyTorch's own, character for character."""

import math

import numpy as np
import pytest

import chainrule as torch
from chainrule.tensor_text import array_text, get_printoptions, printoptions, set_printoptions

nan, inf = math.nan, math.inf


@pytest.fixture(autouse=True)
def _default_options():
    yield
    set_printoptions(profile="default")
    torch.set_default_dtype(torch.float32)


def text(values, dtype=None, indent=0):
    return array_text(np.array(values, dtype), indent)


# Elements


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([1.0, 20.0], "[ 1., 20.]"),
        ([1.5, -20.0], "[  1.5000, -20.0000]"),
        ([0.0, -0.0], "[0., -0.]"),
        ([-0.0, 1.0], "[-0., 1.]"),
        ([nan], "[nan]"),
        ([inf, 1.0], "[inf, 1.]"),
        ([inf, -1.5], "[    inf, -1.5000]"),
        ([0.1, nan, -inf], "[0.1000,    nan,   -inf]"),
        ([1e-4, 2e-4], "[0.0001, 0.0002]"),
        ([9e-5], "[9.0000e-05]"),
        ([1e8], "[100000000.]"),
        ([100000001.0], "[1.0000e+08]"),
        ([99999999.0], "[99999999.]"),
        ([1.0, 1000.0], "[   1., 1000.]"),
        ([1.0, 1001.0], "[1.0000e+00, 1.0010e+03]"),
        ([0.0, 1e-100, -1e100], "[  0.0000e+00,  1.0000e-100, -1.0000e+100]"),
        ([0.00005, 0.04], "[5.0000e-05, 4.0000e-02]"),
    ],
)
def test_floats_choose_one_style_for_all(values, expected):
    assert text(values) == expected


@pytest.mark.parametrize(
    ("values", "dtype", "expected"),
    [
        ([0.1, inf], np.float16, "[0.1000,    inf]"),
        ([60000, 1.5], np.float16, "[6.0000e+04, 1.5000e+00]"),
        ([1e-4], np.float32, "[1.0000e-04]"),
        ([16777217], np.float32, "[16777216.]"),
        ([True, False], np.bool_, "[ True, False]"),
        ([1, -20, 300], np.int64, "[  1, -20, 300]"),
        ([255, 0], np.uint8, "[255,   0]"),
        ([2**64 - 1], np.uint64, "[18446744073709551615]"),
        ([1 + 2j, 3.5 - 1j], np.complex64, "[1.0000+2.j, 3.5000-1.j]"),
        ([1 + 20j, -30 + 4j], np.complex128, "[  1.+20.j, -30.+4.j]"),
        ([complex(nan, nan), complex(-0.0, -0.0)], np.complex64, "[nan+nanj, -0.-0.j]"),
        (complex(inf, -2.5), np.complex64, "inf-2.5000j"),
        (True, np.bool_, "True"),
        (7, np.int32, "7"),
        (1.5, np.float64, "1.5000"),
    ],
)
def test_each_dtype_has_its_text(values, dtype, expected):
    assert text(values, dtype) == expected


# Lines and blocks


def test_lines_break_at_the_line_width():
    assert text(np.arange(20) / 4, indent=7) == (
        "[0.0000, 0.2500, 0.5000, 0.7500, 1.0000, 1.2500, 1.5000, 1.7500, 2.0000,\n"
        "        2.2500, 2.5000, 2.7500, 3.0000, 3.2500, 3.5000, 3.7500, 4.0000, 4.2500,\n"
        "        4.5000, 4.7500]"
    )
    with printoptions(linewidth=10):
        assert text([1, 2, 3, 4]) == "[1, 2, 3,\n 4]"
    with printoptions(linewidth=0):
        assert text([1, 2]) == "[1,\n 2]"


def test_blocks_are_parted_by_blank_lines():
    assert text(np.arange(8).reshape(2, 2, 2), indent=7) == (
        "[[[0, 1],\n         [2, 3]],\n\n        [[4, 5],\n         [6, 7]]]"
    )
    assert text(np.arange(2).reshape(2, 1, 1, 1)) == "[[[[0]]],\n\n\n [[[1]]]]"


def test_large_tensors_show_their_edges():
    assert text(np.arange(1001)) == "[   0,    1,    2,  ...,  998,  999, 1000]"
    assert text(np.arange(1000)).count(",") == 999
    with printoptions(threshold=5, edgeitems=1):
        assert text(np.arange(27).reshape(3, 3, 3)) == (
            "[[[ 0,  ...,  2],\n  ...,\n  [ 6,  ...,  8]],\n\n ...,\n\n [[18,  ..., 20],\n  ...,\n  [24,  ..., 26]]]"
        )
        assert text([0.5, 1e9, 0.25, 1, 1, 2]) == "[0.5000,  ..., 2.0000]"


def test_without_edge_items_only_the_size_is_left():
    with printoptions(threshold=3, edgeitems=0):
        assert repr(torch.zeros(2, 5)) == "tensor([...], size=(2, 5))"
        assert repr(torch.tensor(2.0)) == "tensor(2., size=())"


# What follows the elements


def test_empty_tensors_say_their_size_and_dtype():
    assert repr(torch.zeros(0)) == "tensor([])"
    assert repr(torch.zeros(0, 3)) == "tensor([], size=(0, 3))"
    assert repr(torch.zeros(0, dtype=torch.int64)) == "tensor([], dtype=chainrule.int64)"
    assert repr(torch.zeros(2, 0, dtype=torch.bool)) == "tensor([], size=(2, 0), dtype=chainrule.bool)"


def test_the_dtype_is_shown_unless_python_would_choose_it():
    shown = [dtype for dtype in ALL_DTYPES if "dtype" in repr(torch.zeros(1, dtype=dtype))]
    assert set(ALL_DTYPES) - set(shown) == {torch.float32, torch.complex64, torch.int64, torch.bool}
    assert repr(torch.zeros(2, dtype=torch.float64)) == "tensor([0., 0.], dtype=chainrule.float64)"
    torch.set_default_dtype(torch.float64)
    shown = [dtype for dtype in ALL_DTYPES if "dtype" in repr(torch.zeros(1, dtype=dtype))]
    assert set(ALL_DTYPES) - set(shown) == {torch.float64, torch.complex128, torch.int64, torch.bool}


ALL_DTYPES = (
    torch.float16, torch.float32, torch.float64, torch.complex64, torch.complex128,
    torch.uint8, torch.int8, torch.int16, torch.int32, torch.int64, torch.bool,
)  # fmt: skip


def test_gradients_are_announced():
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    assert repr(x) == "tensor([1., 2.], requires_grad=True)"
    assert repr(x * 2) == "tensor([2., 4.], grad_fn=<MulBackward0>)"
    assert repr(x.detach()) == "tensor([1., 2.])"
    y = torch.tensor([[1.0, 2.0]], dtype=torch.float64, requires_grad=True)
    assert repr(y) == "tensor([[1., 2.]], dtype=chainrule.float64, requires_grad=True)"


def test_a_suffix_that_does_not_fit_begins_a_line():
    x = torch.zeros(17, requires_grad=True)
    assert repr(x) == (
        "tensor([0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0.],\n       requires_grad=True)"
    )
    assert repr(torch.zeros(12, requires_grad=True)).endswith("0.], requires_grad=True)")
    assert repr(torch.zeros(13, requires_grad=True)).endswith("0.],\n       requires_grad=True)")


def test_parameters_and_subclasses():
    parameter = torch.nn.Parameter(torch.tensor([1.5]))
    assert repr(parameter) == "Parameter containing:\ntensor([1.5000], requires_grad=True)"
    frozen = torch.nn.Parameter(torch.tensor([1.5]), requires_grad=False)
    assert repr(frozen) == "Parameter containing:\ntensor([1.5000])"

    class Scale(torch.nn.Parameter):
        pass

    assert repr(Scale(torch.tensor([1.5]))) == ("Parameter containing:\nParameter(Scale([1.5000], requires_grad=True))")
    assert repr(torch.nn.Buffer(torch.tensor([1.5]))) == "tensor([1.5000])"


def test_str_is_repr_and_printing_leaves_no_trace():
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    before = x._version
    assert str(x) == repr(x)
    assert (x._version, x.grad, x.grad_fn) == (before, None, None)


# Formatting


def test_a_tensor_without_dimensions_formats_as_its_number():
    loss = torch.tensor(1.23456, requires_grad=True)
    assert f"{loss:.2f}" == "1.23"
    assert f"{torch.tensor(1.5)}" == "1.5"
    assert f"{torch.tensor(3):>4d}" == "   3"
    assert f"{torch.tensor(True)}" == "True"
    assert f"{torch.tensor(1 + 2j):.1f}" == "1.0+2.0j"


def test_any_other_tensor_formats_as_an_object():
    assert f"{torch.tensor([1.5])}" == "tensor([1.5000])"
    with pytest.raises(TypeError, match=r"unsupported format string passed to Tensor\.__format__"):
        format(torch.tensor([1.5]), ".2f")
    with pytest.raises(TypeError, match=r"unsupported format string passed to Parameter\.__format__"):
        format(torch.nn.Parameter(torch.tensor(1.5)), ".2f")


# Options


def test_options_are_set_and_come_back():
    assert get_printoptions() == {
        "precision": 4, "threshold": 1000, "edgeitems": 3, "linewidth": 80, "sci_mode": None,
    }  # fmt: skip
    set_printoptions(precision=2, sci_mode=True)
    assert text([1.5]) == "[1.50e+00]"
    set_printoptions(edgeitems=5)
    assert get_printoptions() == {
        "precision": 2, "threshold": 1000, "edgeitems": 5, "linewidth": 80, "sci_mode": None,
    }  # fmt: skip
    set_printoptions(profile="short")
    assert text(np.arange(1001) / 4) == "[  0.00,   0.25,  ..., 249.75, 250.00]"
    set_printoptions(profile="full", precision=1)
    assert get_printoptions()["threshold"] == inf
    assert text([1.25], indent=3) == "[1.2]"


def test_the_context_restores_what_was_before():
    set_printoptions(precision=3)
    with printoptions(precision=1, sci_mode=False):
        assert text([1.25e-9]) == "[0.0]"
    assert get_printoptions()["precision"] == 3
    assert get_printoptions()["sci_mode"] is None


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"precision": -1}, ValueError, "precision must not be negative, but got -1"),
        ({"precision": 2.5}, TypeError, "precision must be an integer, but got 2.5"),
        ({"edgeitems": -3}, ValueError, "edgeitems must not be negative, but got -3"),
        ({"linewidth": "wide"}, TypeError, "linewidth must be an integer, but got 'wide'"),
        ({"threshold": nan}, ValueError, "threshold must be a number"),
        ({"profile": "long"}, ValueError, "profile must be one of 'default', 'short', 'full', but got 'long'"),
    ],
)
def test_a_wrong_option_is_refused_and_changes_nothing(options, error, message):
    before = get_printoptions()
    with pytest.raises(error, match=message):
        set_printoptions(**({"sci_mode": True, "linewidth": 100} | options))
    assert get_printoptions() == before
