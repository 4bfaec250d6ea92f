"""What every test leaves as it found it."""

import gc

import pytest

import chainrule
from chainrule import tensor_text


def _settings():
    return {
        "grad mode": chainrule.is_grad_enabled(),
        "default dtype": chainrule.get_default_dtype(),
        "print options": tensor_text.get_printoptions(),
        "garbage collection": gc.isenabled(),
    }


@pytest.fixture(autouse=True)
def _settings_are_left_as_found():
    found = _settings()
    yield
    assert _settings() == found
