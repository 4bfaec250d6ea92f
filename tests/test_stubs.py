"""The stubs declare what the namespaces and the class Tensor have, as it is called, and nothing else."""

import ast
import inspect
import warnings

import numpy as np
import pytest

import chainrule
import make_stubs
from chainrule.engine.compilation import COMPILED
from chainrule.namespaces import functions_in
from chainrule.nn import functional
from chainrule.tensor import Tensor
from chainrule.tensor_methods import _CONVERSIONS
from op_samples import Input, all_samples, drawn
from stub_observer import SPACES, Observer
from test_layers import LONGEST_FILE

if COMPILED:
    pytest.skip("compiled functions have no signatures: the stubs are made of the others", allow_module_level=True)

MADE = make_stubs.stubs()


def names_in(path):
    """The public names that a stub defines."""
    body = ast.parse(path.read_text(encoding="utf-8")).body
    imported = {alias.asname for node in body if isinstance(node, ast.ImportFrom) for alias in node.names} - {None}
    assigned = {node.target.id for node in body if isinstance(node, ast.AnnAssign)}
    assigned |= {node.targets[0].id for node in body if isinstance(node, ast.Assign)}
    return imported | assigned | {node.name for node in body if isinstance(node, (ast.FunctionDef, ast.ClassDef))}


def members_in(path):
    """The names in the classes of a stub."""
    classes = [node for node in ast.parse(path.read_text(encoding="utf-8")).body if isinstance(node, ast.ClassDef)]
    return {node.name for found in classes for node in found.body if isinstance(node, ast.FunctionDef)}


def files_of(space):
    begin = make_stubs.file_name(space)
    return [path for path in MADE if path.parent == make_stubs.FOLDER and path.stem.startswith(begin)]


def test_the_stubs_are_up_to_date():
    there = {path: path.read_text(encoding="utf-8") for path in make_stubs.PACKAGE.rglob("*.pyi")}
    changed = [path.name for path in MADE.keys() | there.keys() if MADE.get(path) != there.get(path)]
    assert not changed, f"run `make stubs`: these are not what the table says: {sorted(changed)}"


def test_no_stub_is_too_long():
    long = [path.name for path, text in MADE.items() if len(text.splitlines()) > LONGEST_FILE]
    assert not long, "give these letters a file of their own in make_stubs.py"


@pytest.mark.parametrize("space", SPACES)
def test_every_public_name_of_a_namespace_is_declared(space):
    declared = set().union(*(names_in(path) for path in files_of(space)))
    if space == "torch":
        declared |= names_in(make_stubs.PACKAGE / "__init__.pyi")
        # A submodule is public where __init__.py says so; Python adds each that was imported.
        modules = {name for name in chainrule.__all__ if inspect.ismodule(getattr(chainrule, name))}
        assert declared - {"__version__"} == set(chainrule.__all__) - (modules - imported_modules())
    elif space == "nn.functional":  # which imports other functions to call them
        assert declared == {*functional.__all__, *functions_in(space)}
    else:
        assert declared | names_in(make_stubs.PACKAGE / f"{space}.pyi") == set(SPACES[space].__all__)


def imported_modules():
    tree = ast.parse((make_stubs.PACKAGE / "__init__.py").read_text(encoding="utf-8"))
    froms = [node for node in tree.body if isinstance(node, ast.ImportFrom) and node.module == "chainrule"]
    return {alias.asname or alias.name for node in froms for alias in node.names}


def test_every_method_is_declared():
    declared = set().union(*(members_in(path) for path in files_of("methods") if path.stem != "methods"))
    declared |= members_in(make_stubs.FOLDER / "operators.pyi")
    by_hand = {name for kind in Tensor.__mro__[1:] for name in vars(kind)} | class_body(Tensor)
    assert declared - by_hand == {name for name in vars(Tensor) if not name.startswith("__array")} - by_hand


def class_body(kind):
    tree = ast.parse(inspect.getsource(kind)).body[0]
    targets = {target.id for node in tree.body if isinstance(node, ast.Assign) for target in node.targets}
    return (
        targets
        | {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
        | {"__module__", "__doc__", "__dict__", "__weakref__"}
    )


def test_conversions_are_declared():
    assert members_in(make_stubs.FOLDER / "operators.pyi") >= set(_CONVERSIONS)


def test_samples_are_called_as_declared():
    with Observer() as observer, warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        for row in all_samples():
            call(row)
    assert not observer.wrong, "\n".join(observer.wrong.values())
    assert len(observer.seen) > 400


def call(row):
    """Call a sample's function on tensors, by its name in a namespace where it has one."""
    function = row.function
    if row.row is not None and row.row.spaces:
        place, _, other = row.row.spaces[0].partition(":")
        name = other or row.row.name
        owner = Tensor if place == "Tensor" else SPACES[place]
        # What users call is a function of another way in some namespaces, so the sample is for the row alone.
        same = getattr(getattr(owner, name), "__wrapped__", None)
        if same is not None and same.__code__ is function.__code__:
            function = getattr(owner, name)
    rng = row.rng()
    function(*(given(each, drawn(each, rng)) for each in row.inputs), **row.kwargs)


def given(sample, array):
    """What a function is called with: tensors where the sample draws numbers."""
    if isinstance(sample, Input):
        return chainrule.tensor(array)
    if isinstance(sample, (list, tuple)):
        return type(sample)(given(s, a) for s, a in zip(sample, array, strict=True))
    return array
