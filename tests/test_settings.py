"""Settings that are remembered, refused, or change nothing."""

import re

import pytest

import chainrule as torch


@pytest.fixture(autouse=True)
def _as_before():
    yield
    torch.use_deterministic_algorithms(False)
    torch.set_default_dtype(torch.float32)
    torch.set_float32_matmul_precision("highest")
    torch.set_warn_always(False)


def determinism():
    return (
        torch.are_deterministic_algorithms_enabled(),
        torch.is_deterministic_algorithms_warn_only_enabled(),
        torch.get_deterministic_debug_mode(),
    )


def test_determinism_is_remembered():
    assert determinism() == (False, False, 0)
    torch.use_deterministic_algorithms(True)
    assert determinism() == (True, False, 2)
    torch.use_deterministic_algorithms(True, warn_only=True)
    assert determinism() == (True, True, 1)
    torch.set_deterministic_debug_mode("error")
    assert determinism() == (True, False, 2)
    torch.set_deterministic_debug_mode(0)
    assert determinism() == (False, False, 0)


def test_the_default_type_by_a_type_of_tensors():
    with pytest.warns(UserWarning, match="deprecated"):
        torch.set_default_tensor_type(torch.DoubleTensor)
    assert torch.ones(1).dtype == torch.float64
    with pytest.warns(UserWarning, match="deprecated"):
        torch.set_default_tensor_type("torch.FloatTensor")
    assert torch.ones(1).dtype == torch.float32


def test_other_settings():
    torch.set_default_device("cpu")
    torch.set_default_device(None)
    assert torch.get_default_device() == torch.device("cpu")
    torch.set_float32_matmul_precision("high")
    assert torch.get_float32_matmul_precision() == "high"
    with pytest.warns(UserWarning, match="foo is not one of 'highest', 'high', or 'medium'"):
        torch.set_float32_matmul_precision("foo")
    assert torch.get_float32_matmul_precision() == "high"
    torch.set_warn_always(True)
    assert torch.is_warn_always_enabled()
    assert torch.set_flush_denormal(True) is False
    assert torch.is_vulkan_available() is False


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: torch.set_default_device("cuda"), RuntimeError, "No CUDA GPUs are available"),
        (
            lambda: torch.set_default_tensor_type("torch.LongTensor"),
            TypeError,
            "only floating-point types are supported",
        ),
        (lambda: torch.set_default_tensor_type(1), TypeError, "invalid type object: only floating-point types are"),
        (
            lambda: torch.use_deterministic_algorithms(1),
            TypeError,
            "argument 'mode' (position 1) must be bool, not int",
        ),
        (lambda: torch.set_deterministic_debug_mode(5), RuntimeError, "expected 0, 1, or 2, but got 5"),
        (lambda: torch.set_deterministic_debug_mode("x"), RuntimeError, "`default`, `warn`, `error`, but got x"),
        (
            lambda: torch.set_deterministic_debug_mode(1.0),
            TypeError,
            "debug_mode must be str or int, but got <class 'fl",
        ),
        (lambda: torch.set_flush_denormal(1), RuntimeError, "flush_denormal expects a bool, but got int"),
        (lambda: torch.set_warn_always(1), RuntimeError, "setWarnOnlyOnce expects a bool, but got int"),
    ],
)
def test_what_settings_refuse(call, error, message):
    with pytest.raises(error, match=re.escape(message)):
        call()
