"""Small programs about autograd, run by PyTorch and by chainrule: they show the same, and end in the same error.

A program is a function `name(torch, show)` in a module of `autograd_programs`. `show(...)` notes values, tensors
(values, type, flags, node), errors and anything with a repr; `show.error(function)` notes the error that calling
`function` raises: its class and the leading sentence of its text. Warnings are noted as they are given. An error that
leaves the program is noted too, so a program may end with the line that must fail.
"""

import importlib
import inspect
import pkgutil
import re
import warnings

import numpy as np
import pytest

import chainrule

from . import autograd_programs

torch = pytest.importorskip("torch")

# Warnings about a leak that chainrule does not have, and with what its errors say themselves: see
# docs/coming-from-pytorch.md.
NOT_GIVEN_HERE = (
    "Using backward() with create_graph=True will create a reference cycle",
    "Error detected in ",
    "Previous calculation was induced by ",
)

PROGRAMS = {
    f"{module.name}-{name}": program
    for module in pkgutil.iter_modules(autograd_programs.__path__)
    for name, program in inspect.getmembers(
        importlib.import_module(f"{autograd_programs.__name__}.{module.name}"), inspect.isfunction
    )
    if not name.startswith("_") and list(inspect.signature(program).parameters) == ["torch", "show"]
}


def leading_sentence(text):
    """The first sentence of a message, without what differs by design: addresses and the library's name."""
    text = re.sub(r"0x[0-9a-f]+", "0x", str(text)).replace("chainrule.", "torch.")
    return re.split(r"(?<=[.!?:;])\s|\n", text.strip(), maxsplit=1)[0]


class Show:
    """Notes what a program shows."""

    def __init__(self, library):
        self.library = library
        self.notes = []

    def __call__(self, *values):
        self.notes += [self._facts(value) for value in values]

    def error(self, function, *args, **kwargs):
        """Note how calling the function fails, or that it does not."""
        try:
            function(*args, **kwargs)
        except Exception as error:  # noqa: BLE001 (whatever it is, it is compared)
            self.notes.append(("raises", type(error).__name__, leading_sentence(error)))
        else:
            self.notes.append(("raises", None, ""))

    def _facts(self, value):
        if isinstance(value, self.library.Tensor):
            node = value.grad_fn
            detached = value.detach()
            facts = (str(value.dtype).split(".")[-1], tuple(value.shape), value.requires_grad, value.is_leaf)
            name = None if node is None else leading_sentence(node.name())
            return ("tensor", facts, name, np.array(detached.tolist()))
        if isinstance(value, np.ndarray):
            return ("array", value.dtype.name, value.shape, value)
        if isinstance(value, (tuple, list)):
            return [type(value).__name__, *map(self._facts, value)]
        if isinstance(value, dict):
            return {key: self._facts(item) for key, item in value.items()}
        if isinstance(value, BaseException):
            return ("error", type(value).__name__, leading_sentence(value))
        if isinstance(value, float):
            return ("number", np.array(value))
        return re.sub(r"0x[0-9a-f]+", "0x", str(value)).replace("chainrule.", "torch.")


def notes_of(library, program):
    show = Show(library)
    library.manual_seed(0)
    torch.set_warn_always(True)  # else some warnings come once per process, whichever program is first
    with warnings.catch_warnings(record=True) as given:
        warnings.simplefilter("always")
        warnings.filterwarnings("ignore", category=RuntimeWarning, module=r"chainrule\.")  # as the package does
        try:
            program(library, show)
        except Exception as error:  # noqa: BLE001 (whatever it is, it is compared)
            show.notes.append(("ends with", type(error).__name__, leading_sentence(error)))
        finally:
            torch.set_warn_always(False)
    said = [(w.category.__name__, leading_sentence(w.message)) for w in given]
    show.notes.append(["warnings", *(warning for warning in said if not warning[1].startswith(NOT_GIVEN_HERE))])
    return show.notes


def assert_same(ours, theirs, where):
    if isinstance(theirs, np.ndarray):
        assert ours.shape == theirs.shape, (where, ours, theirs)
        np.testing.assert_allclose(ours, theirs, rtol=2e-6, atol=1e-9, err_msg=where)
    elif isinstance(theirs, (tuple, list)):
        assert isinstance(ours, type(theirs)), (where, ours, theirs)
        assert len(ours) == len(theirs), (where, ours, theirs)
        for position, (one, other) in enumerate(zip(ours, theirs, strict=True)):
            assert_same(one, other, f"{where}[{position}]")
    elif isinstance(theirs, dict):
        assert list(ours) == list(theirs), (where, ours, theirs)
        for key in theirs:
            assert_same(ours[key], theirs[key], f"{where}[{key!r}]")
    else:
        assert ours == theirs, (where, ours, theirs)


@pytest.mark.parametrize("program", PROGRAMS.values(), ids=PROGRAMS)
def test_a_small_program_shows_the_same(program):
    expected = notes_of(torch, program)
    given = notes_of(chainrule, program)

    assert len(expected) > 1, "a program that shows nothing proves nothing"
    for number, (ours, theirs) in enumerate(zip(given, expected, strict=False)):
        assert_same(ours, theirs, f"note {number}")
    assert len(given) == len(expected)


def test_there_are_many():
    assert len(PROGRAMS) >= 300
