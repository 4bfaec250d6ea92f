"""`torch.func`, `autograd.functional` and `autograd.forward_ad`: small programs give the same with both libraries.

What a program returns is compared as a whole: containers, types, shapes, values, and whether a tensor requires grad.
One that raises must raise the same class of exception with the same first sentence. See `func_programs` for how they
are written; where chainrule differs deliberately a program says why, and what it must give instead.
"""

import importlib
import inspect
import pkgutil
import re
import warnings

import numpy as np
import pytest

import chainrule

from . import func_programs

torch = pytest.importorskip("torch")

TOLERANCES = {"float16": 1e-3, "float32": 2e-5, "complex64": 2e-5}


def programs_of(module):
    """The programs of a module, by name."""
    functions = {
        name: member
        for name, member in inspect.getmembers(module, inspect.isfunction)
        if not name.startswith("_") and list(inspect.signature(member).parameters) == ["torch"]
    }
    return functions | getattr(module, "PROGRAMS", {})


PROGRAMS = {
    f"{found.name}-{name}": program
    for found in pkgutil.iter_modules(func_programs.__path__)
    for name, program in programs_of(importlib.import_module(f"{func_programs.__name__}.{found.name}")).items()
}


def first_sentence(error):
    """How a message begins, without what differs by design: the library's name."""
    text = str(error).replace("chainrule.", "torch.").replace("torch.tensor.Tensor", "torch.Tensor")
    return re.split(r"(?<=[.!?])\s|\n", text.strip(), maxsplit=1)[0]


def facts(library, value):
    """What can be compared of a value that a program returned."""
    if isinstance(value, library.Tensor):
        plain = value.detach()
        dtype = str(value.dtype).rpartition(".")[2]
        return {
            "type": type(value).__name__,
            "dtype": dtype,
            "shape": tuple(value.shape),
            "requires grad": value.requires_grad,
            "values": Values(plain.tolist(), TOLERANCES.get(dtype, 1e-9)),
        }
    if isinstance(value, dict):
        return [type(value).__name__, *[(key, facts(library, item)) for key, item in value.items()]]
    if isinstance(value, (tuple, list)):
        return [type(value).__name__, *[facts(library, item) for item in value]]
    if callable(value) and not isinstance(value, type):
        return "something to call"
    if isinstance(value, float):
        return Values(value, 1e-9)
    return str(value).replace("chainrule.", "torch.")


class Values:
    """Numbers that are equal when they are nearly so."""

    def __init__(self, values, tolerance):
        self.values = np.array(values)
        self.tolerance = tolerance

    def __eq__(self, other):
        close = {"rtol": self.tolerance, "atol": self.tolerance, "equal_nan": True}
        return self.values.shape == other.values.shape and np.allclose(self.values, other.values, **close)

    __hash__ = None

    def __repr__(self):
        return repr(self.values.tolist())


def outcome(library, program):
    """The facts of what the program returns, or the error that it raises."""
    library.manual_seed(0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return facts(library, program(library))
        except Exception as error:  # noqa: BLE001 (whatever it is, it is compared)
            known = next(c for c in type(error).__mro__ if not c.__module__.startswith("chainrule.engine"))
            return ["raises", known.__name__, first_sentence(error)]


@pytest.mark.parametrize("program", PROGRAMS.values(), ids=PROGRAMS)
def test_a_program_gives_the_same(program):
    expected = outcome(torch, program)
    given = outcome(chainrule, program)

    if hasattr(program, "difference"):
        assert given != expected, f"no difference any more: {program.difference}"
        expected = outcome(torch, program.instead)
    assert given == expected


def test_there_are_many_programs():
    assert len(PROGRAMS) >= 150
