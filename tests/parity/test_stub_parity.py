"""Calls that PyTorch's own stubs declare are declared here, too: the names of arguments, and which may be left out."""

import ast
import re
from pathlib import Path

import pytest

from make_stubs import own_methods, public_functions
from stub_signatures import calls_of

torch = pytest.importorskip("torch")

FOLDER = Path(torch.__file__).parent / "_C"

# Arguments that are declared there and not here, and why.
NOT_HERE = {
    "out_dtype": "products of half precision on a GPU",
    "names": "there are no named tensors",
    "tensor_indices_or_sections": "called indices_or_sections here, as in PyTorch's documents",
}
_SPLIT = "called indices_or_sections here, as in PyTorch's documents"
# Functions of which some call differs, and why.
DIFFERENT = {
    "adaptive_max_pool1d_with_indices": "return_indices, which is true whatever it is given",
    "dsplit": _SPLIT,
    "hsplit": _SPLIT,
    "vsplit": _SPLIT,
    "embedding_renorm_": "what it changes is called weight here",
    "linspace": "steps must be given, as PyTorch says when it runs",
    "logspace": "steps must be given, as PyTorch says when it runs",
    "new": "declared there as a class method",
    "repeat_interleave": "repeats alone are the first argument here, called input",
    "tril_indices": "requires_grad and pin_memory, which its documents do not name",
    "triu_indices": "requires_grad and pin_memory, which its documents do not name",
    "unsafe_split": "its first argument is called tensor here, as that of split",
}
# Numbers that PyTorch still takes before the tensors that they belong to, and warns.
DEPRECATED_IF_REQUIRED = {"alpha", "beta"}


def declared(file, class_name=""):
    """The functions that a stub of PyTorch declares, each with its calls."""
    body = ast.parse((FOLDER / file).read_text(encoding="utf-8")).body
    if class_name:
        body = next(node for node in body if isinstance(node, ast.ClassDef) and node.name == class_name).body
    found = {}
    for node in body:
        if isinstance(node, ast.FunctionDef) and "Dimname" not in ast.unparse(node.args):
            found.setdefault(node.name, []).append(arguments(node.args))
    return found


def arguments(given):
    """A call's arguments with their types, and which of them have no default."""
    positional = [*given.posonlyargs, *given.args]
    required = positional[: len(positional) - len(given.defaults)]
    required += [a for a, default in zip(given.kwonlyargs, given.kw_defaults, strict=True) if default is None]
    types = {spelled(a): ast.unparse(a.annotation or ast.Name("Any")) for a in [*positional, *given.kwonlyargs]}
    return types, {spelled(a) for a in required}


def spelled(argument):
    """An argument's name, as functions have it."""
    return "input" if argument.arg == "self" else argument.arg


def missing(space, functions, theirs):
    """Which calls there are not here."""
    for name, function in sorted(functions.items()):
        calls = [] if isinstance(function, type) or name in DIFFERENT else calls_of(space, name, function)
        for types, required in theirs.get(name, ()) if calls else ():
            deprecated = required & DEPRECATED_IF_REQUIRED or (name.startswith("addc") and "value" in required)
            if not deprecated and not any(takes(call.parameters, types, required) for call in calls):
                yield f"{space}.{name}({types}), of which must be given: {sorted(required)}"


def takes(parameters, types, required):
    """Whether a call with these arguments is declared, and one with only those that must be given there."""
    if any(p.kind is p.kind.VAR_KEYWORD for p in parameters):  # that it is refused is all there is to say
        return True
    own = {"input" if p.name == "self" else p.name: p.type for p in parameters}
    must = {p.name for p in parameters if not p.default and p.kind is not p.kind.VAR_POSITIONAL} - {"self"}
    named = types.keys() - own.keys() <= {*NOT_HERE, "out"} and must <= required
    # Several results go to several tensors, here in the declaration too.
    return named and all(kinds(sort) <= kinds(own[n]) for n, sort in types.items() if own.get(n) and n != "out")


def kinds(sort):
    """What a type takes, roughly: the two libraries have their own names of types."""
    words = {
        "tensors": r"(?i:sequence|tuple|list)\[Tensor",
        "several": r"(?i:_size|sequence|tuple|list|dims)",
        "text": r"\bstr\b|Literal",
        "type": r"\b_?dtype\b",
    }
    found = {kind for kind, pattern in words.items() if re.search(pattern, sort)}
    bare = re.sub(r"\w+\[.*?\]", "", sort)
    found |= {"tensor"} if "Tensor" in bare else set()
    found |= {"number"} if re.search(r"(?i:\b_?(number|int|float|complex|bool)\b|Dims|SymInt)", bare) else set()
    return set() if "Any" in sort else found


def test_functions_are_declared_as_there():
    wrong = list(missing("torch", public_functions("torch"), declared("_VariableFunctions.pyi")))
    assert not wrong, "\n".join(wrong)


def test_methods_are_declared_as_there():
    wrong = list(missing("Tensor", own_methods(), declared("__init__.pyi", "TensorBase")))
    assert not wrong, "\n".join(wrong)


def test_functions_of_networks_are_declared_as_there():
    wrong = list(missing("nn.functional", public_functions("nn.functional"), declared("../nn/functional.pyi")))
    assert not wrong, "\n".join(wrong)
