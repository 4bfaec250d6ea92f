"""Small programs about function transforms: each a function of the library that returns what it computed, or raises.

A program stands in a module's dictionary `PROGRAMS`, or is a function of the module whose only parameter is `torch`.
`test_func_parity.py` runs each with both libraries.
"""

import numpy as np


def raises(error, message):
    """A program that raises this."""

    def program(torch):
        raise error(message)

    return program


def numbers(torch, *shape, seed=0, dtype="float64", requires_grad=False):
    """A tensor of normally distributed numbers, the same in both libraries."""
    rng = np.random.default_rng(seed)
    values = rng.normal(size=shape)
    if dtype.startswith("complex"):
        values = values + 1j * rng.normal(size=shape)
    tensor = torch.tensor(values.tolist(), dtype=getattr(torch, dtype)).reshape(shape)
    return tensor.requires_grad_() if requires_grad else tensor


def differs(reason, instead):
    """Declare that chainrule does deliberately what the program `instead` does with PyTorch, and why."""

    def declare(program):
        program.difference = reason
        program.instead = instead
        return program

    return declare
