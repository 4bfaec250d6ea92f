"""Arguments in the order of old programs, and types that NumPy has no numbers of."""

import warnings

import pytest

import chainrule

torch = pytest.importorskip("torch")

PROGRAMS = {
    "add_": lambda t, x: x.clone().add_(2, x),
    "add": lambda t, x: t.add(x, 2, x),
    "sub": lambda t, x: x.sub(2, x),
    "addcmul_": lambda t, x: x.clone().addcmul_(2.0, x, x),
    "addcdiv": lambda t, x: x.addcdiv(2, x, x),
    "alpha is a tensor": lambda t, x: x.clone().add_(x, alpha=t.tensor(3.0)),
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_old_orders(name):
    results = []
    for library in (chainrule, torch):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            results.append(PROGRAMS[name](library, library.tensor([1.0, 2.0])).tolist())
    assert results[0] == results[1]


@pytest.mark.parametrize("name", [d.name for d in chainrule.dtypes.NAMES_ONLY])
def test_names_of_types(name):
    ours, theirs = getattr(chainrule, name), getattr(torch, name)
    assert repr(ours) == repr(theirs).replace("torch", "chainrule")
    assert (ours.itemsize, ours.is_floating_point, ours.is_complex) == (
        theirs.itemsize, theirs.is_floating_point, theirs.is_complex,
    )  # fmt: skip
    with pytest.raises(TypeError, match="NumPy has none of this type"):
        chainrule.zeros(2, dtype=ours)
