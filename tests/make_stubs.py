"""The stubs in src/chainrule/_declared and beside the namespaces: what type checkers and editors see of the table.

    make stubs        # writes them anew

Functions and Tensor methods are put into their namespaces when chainrule is imported, where no type checker looks. The
stubs declare them: signatures are those of the rows and of the public functions, types what these say and otherwise
what declared_types.py says. test_stubs.py holds that the stubs are what this makes.
"""

import ast
import inspect
import re
import sys
import textwrap
from pathlib import Path

import chainrule
from chainrule import fft, linalg, special
from chainrule.engine.op import TABLE
from chainrule.namespaces import functions_in
from chainrule.nn import functional
from chainrule.return_types import NamedResults
from chainrule.tensor import Tensor
from chainrule.tensor_methods import _ARITHMETIC, _COMPARISONS, _CONVERSIONS, _UNARY
from stub_signatures import WHERE, calls_of, parsed

PACKAGE = Path(chainrule.__file__).parent
FOLDER = PACKAGE / "_declared"
WIDTH = 120

# The files of a large namespace: the letters that names in it begin with.
RANGES = ("a", "b-c", "d-e", "f-h", "i-k", "l", "m", "n-p", "q-r", "s", "t-z")
SPLIT = {
    "torch": RANGES,
    "fft": ("",),
    "linalg": ("",),
    "nn.functional": ("a-b", "c-l", "m-z"),
    "special": ("a-d", "e-h", "i-l", "m-z"),
}

HEAD = "# Made by `make stubs` (tests/make_stubs.py).\n"
# What a stub may need, and where it is.
IMPORTS = {
    "Any": "typing",
    "Literal": "typing",
    "NoReturn": "typing",
    "Self": "typing",
    "overload": "typing",
    "Callable": "collections.abc",
    "Iterable": "collections.abc",
    "Sequence": "collections.abc",
    "NDArray": "numpy.typing",
    "Device": "chainrule._declared.arguments",
    "Dims": "chainrule._declared.arguments",
    "Index": "chainrule._declared.arguments",
    "Number": "chainrule._declared.arguments",
    "Operand": "chainrule._declared.arguments",
    "results": "chainrule._declared",
    "dtype": "chainrule.dtypes",
    "layout": "chainrule.layouts",
    "memory_format": "chainrule.layouts",
    "Generator": "chainrule.random",
    "Size": "chainrule.size",
    "Tensor": "chainrule.tensor",
}

# ---- text ----


def says(name, function):
    """What the docstring says first."""
    found = inspect.cleandoc(function.__doc__ or "").partition("\n\n")[0]
    if not found and name.endswith("_"):
        return f"`{name[:-1]}`, written into the tensor itself."
    return " ".join(found.split()).replace("\\", "\\\\").partition(" >>>")[0]


def definition(name, calls, doc, indent=""):
    """The definition of a function of these signatures, laid out as the formatter does."""
    lines = []
    for position, call in enumerate(calls):
        if len(calls) > 1:
            lines.append(f"{indent}@overload")
        last = position == len(calls) - 1
        body = quoted(doc, indent + "    ") if doc and last else None
        lines += headed(f"{indent}def {name}", call, ":" if body else ": ...", indent)
        lines += [*body, ""] if body else []
    return lines


def headed(start, call, end, indent):
    """The first line of a definition, or several where it is too long for one."""
    arguments = call.words()
    whole = f"{start}({', '.join(arguments)}) -> {call.result}{end}"
    if len(whole) <= WIDTH:
        return [whole]
    if len(indent) + 4 + len(", ".join(arguments)) <= WIDTH:
        return [f"{start}(", f"{indent}    {', '.join(arguments)}", f"{indent}) -> {call.result}{end}"]
    return [f"{start}(", *(f"{indent}    {argument}," for argument in arguments), f"{indent}) -> {call.result}{end}"]


def quoted(doc, indent):
    """A docstring, on one line if it fits."""
    if len(indent) + len(doc) + 6 <= WIDTH:
        return [f'{indent}"""{doc}"""']
    folded = textwrap.wrap(doc, WIDTH - len(indent) - 6, break_long_words=False, break_on_hyphens=False)
    if len(folded) == 1:
        return [f'{indent}"""{doc}"""']
    return [f'{indent}"""{folded[0]}', *(indent + line for line in folded[1:]), f'{indent}"""']


def with_imports(lines, but=()):
    """The text of a stub: its head, what its lines need, and they."""
    needed = {}
    words = set(re.findall(r"(?<![\w.\"])[A-Za-z_]\w*", "\n".join(line for line in lines if '"""' not in line)))
    places = WHERE | IMPORTS
    for name in sorted(words & places.keys() - set(but)):
        needed.setdefault(places[name], []).append(name)
    groups = [[], [], []]
    for module, names in sorted(needed.items()):
        group = 2 if module.startswith("chainrule") else 1 if module.startswith("numpy") else 0
        groups[group].append(f"from {module} import {', '.join(sorted(names, key=import_order))}")
    head = "\n\n".join("\n".join(group) for group in groups if group)
    return HEAD + ("\n" + head + "\n" if head else "") + "\n" + "\n".join(lines).strip("\n") + "\n"


def import_order(name):
    """The order of imported names: constants, classes, the rest."""
    return (0 if name.isupper() and len(name) > 1 else 1 if name[0].isupper() else 2, name)


# ---- what there is ----


def in_range(name, letters):
    """Whether a name begins with one of the letters `a-c`."""
    first, _, last = letters.partition("-")
    return first <= name.lower()[0] <= (last or first)


def file_name(space, letters=""):
    """The file of a part of a namespace."""
    words = [space.lower().replace(".", "_"), letters.replace("-", "_to_")]
    return "_".join(filter(None, words))


def public_functions(space):
    """The functions of a namespace that are put there when chainrule is imported."""
    found = functions_in(space)
    if space == "nn.functional":  # whose own functions go before those of the table
        found |= {name: getattr(functional, name) for name in (*found, *functional.__all__)}
    return found


def own_methods():
    """The methods that the class Tensor is given when chainrule is imported."""
    ours = {"chainrule.tensor", "chainrule.tensor_graph", "chainrule.engine.tensor_base"}
    return {
        name: method
        for name, method in vars(Tensor).items()
        if not name.startswith("__") and inspect.isfunction(method) and method.__module__ not in ours
        and name not in _CONVERSIONS
    }  # fmt: skip


def own_properties():
    """The properties it is given."""
    return {
        name: value
        for name, value in vars(Tensor).items()
        if isinstance(value, property) and value.fget.__module__.startswith("chainrule.ops")
    }


def function_lines(space, functions):
    """The definitions of functions, behind those of classes."""
    lines = [class_line(name, kind) for name, kind in sorted(functions.items()) if inspect.isclass(kind)]
    lines += [""] if lines else []
    for name, function in sorted(functions.items()):
        if not inspect.isclass(function):
            lines += definition(name, calls_of(space, name, function), says(name, function))
    return lines


def class_line(name, kind):
    """The declaration of a class: its import, or what it is where no file has it."""
    if kind.__module__ != "chainrule":
        return public_import(kind.__module__, kind.__name__, name)
    WHERE[type(kind).__name__] = type(kind).__module__
    return f"{name}: {type(kind).__name__}"


def method_lines(methods):
    """The definitions of methods."""
    lines = []
    for name, method in sorted(methods.items()):
        lines += definition(name, calls_of("Tensor", name, method), says(name, method), "    ")
    return lines


CONVERSION = parsed("(self, memory_format: memory_format | None = None) -> Tensor")


def operator_lines():
    """The operators, the conversions and the properties."""
    lines = [
        "class Operators(TensorInGraph):",
        '    """The operators of `Tensor`, its conversions and properties."""',
        "",
    ]
    for operator, row in _ARITHMETIC.items():
        names = [f"__{operator}__", f"__r{operator}__"]
        lines += [f"    def {name}(self, other: Operand) -> Tensor: ..." for name in names]
        if TABLE[row].inplace:
            lines.append(f"    def __i{operator}__(self, other: Operand) -> Self: ...")
    for name in ("matmul", "rmatmul"):
        lines.append(f"    def __{name}__(self, other: Tensor | NDArray[Any]) -> Tensor: ...")
    lines += [f"    def __{name}__(self, exponent: Operand) -> Tensor: ..." for name in ("pow", "rpow")]
    lines.append("    def __ipow__(self, exponent: Operand) -> Self: ...")
    for name in _COMPARISONS:
        ignored = "  # type: ignore[override]" if name in {"eq", "ne"} else ""
        lines.append(f"    def __{name}__(self, other: Operand) -> Tensor: ...{ignored}")
    lines += [f"    def __{name}__(self) -> Tensor: ..." for name in (*_UNARY, "invert")]
    lines.append("    def __getitem__(self, index: Index) -> Tensor: ...")
    lines.append("    def __setitem__(self, index: Index, value: Operand) -> None: ...")
    for name, dtype in _CONVERSIONS.items():
        lines += definition(name, [CONVERSION], f"The tensor as `{dtype.name}`.", "    ")
    for name, value in sorted(own_properties().items()):
        lines += ["    @property", *definition(name, [parsed("(self) -> Tensor")], says(name, value.fget), "    ")]
    return lines


def method_classes():
    """The classes that declare methods, by their file."""
    found = {}
    methods = own_methods()
    for letters in RANGES:
        chosen = {name: method for name, method in methods.items() if in_range(name, letters)}
        if chosen:
            found[file_name("methods", letters)] = "Methods" + letters.upper().replace("-", "To"), chosen
    return found


def result_lines(used):
    """The classes of results that have names, those that are used."""
    lines = ['"""The results of operations that have several: tuples with names."""', ""]
    for kind in sorted(
        {kind.__name__: kind for kind in NamedResults.__subclasses__() if kind.__name__ in used}.values(),
        key=lambda kind: kind.__name__,
    ):
        lines.append(f"class {kind.__name__}(tuple[{', '.join(['Tensor'] * len(kind._fields))}]):")
        for field in kind._fields:
            lines += ["    @property", f"    def {field}(self) -> Tensor: ..."]
        lines.append("")
    return lines


ARGUMENTS_STUB = '''"""The types of arguments."""

from collections.abc import Sequence
from types import EllipsisType
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from chainrule.devices import device
from chainrule.tensor import Tensor

# A number of Python's or NumPy's. (To a type checker an int is a float, and a float is complex.)
Number: TypeAlias = complex | np.number[Any] | np.bool
# What may stand beside a tensor at an operator.
Operand: TypeAlias = Tensor | Number | NDArray[Any]
# One dimension, or several.
Dims: TypeAlias = int | Sequence[int]
Device: TypeAlias = device | str | int
OneIndex: TypeAlias = int | slice | EllipsisType | Tensor | NDArray[Any] | list[Any] | np.integer[Any] | None
# What may stand between the brackets of `x[...]`.
Index: TypeAlias = OneIndex | tuple[OneIndex, ...]
'''


def public_import(module, name, public):
    """An import that makes a name public."""
    line = f"from {module} import {name} as {public}"
    return line if len(line) <= WIDTH else f"from {module} import (\n    {name} as {public},\n)"


def namespace_stub(path, parts):
    """The stub beside a namespace's file: what the file imports to be public, its own names, and the declared ones."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    imports, others = [], []
    for node in tree.body:
        if path.stem != "functional" and isinstance(node, ast.ImportFrom):
            names = [alias.asname or alias.name for alias in node.names]
            pairs = zip(node.names, names, strict=True)
            imports += [public_import(node.module, a.name, n) for a, n in pairs if not n.startswith("_")]
        elif path.stem == "__init__" and isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            name, value = node.targets[0].id, ast.unparse(node.value)
            if name == "__version__":
                others.append("__version__: str")
            elif name != "__all__" and not name.startswith("_"):
                others.append(f"{name} = {value}")
    imports += [f"from chainrule._declared.{part} import *" for part in parts]
    says, _, _ = ast.get_docstring(tree).partition("\n")
    head = [HEAD.strip(), f'"""{says}"""', ""]
    return "\n".join([*head, *imports, *([""] if others else []), *others]) + "\n"


def stubs():
    """The text of every stub, by its path."""
    found = {FOLDER / "__init__.pyi": HEAD + '"""What the table puts into the namespaces, for type checkers."""\n'}
    found[FOLDER / "arguments.pyi"] = HEAD + "\n" + ARGUMENTS_STUB
    parts = {}
    for space, ranges in SPLIT.items():
        functions = public_functions(space)
        for letters in ranges:
            chosen = {n: f for n, f in functions.items() if not letters or in_range(n, letters)}
            if chosen:
                part = file_name(space, letters)
                parts.setdefault(space, []).append(part)
                found[FOLDER / f"{part}.pyi"] = with_imports(function_lines(space, chosen), chosen)
    bases = ["Operators"]
    imports = ["from chainrule._declared.operators import Operators"]
    for name, (kind, methods) in method_classes().items():
        lines = [f"class {kind}:", '    """Methods of `Tensor`."""', "", *method_lines(methods)]
        found[FOLDER / f"{name}.pyi"] = with_imports(lines)
        bases.insert(-1, kind)
        imports.insert(-1, f"from chainrule._declared.{name} import {kind}")
    used = {name for text in found.values() for name in re.findall(r"\bresults\.(\w+)", text)}
    found[FOLDER / "results.pyi"] = with_imports(result_lines(used))
    found[FOLDER / "operators.pyi"] = with_imports(operator_lines()).replace(
        "from chainrule.tensor import Tensor\n",
        "from chainrule.tensor import Tensor\nfrom chainrule.tensor_graph import TensorInGraph\n",
    )
    found[FOLDER / "methods.pyi"] = "\n".join([
        HEAD, *imports, "", "class InstalledMethods(", *(f"    {base}," for base in bases), "):",
        '    """All that the class `Tensor` is given when chainrule is imported."""', "",
    ])  # fmt: skip
    found[PACKAGE / "__init__.pyi"] = namespace_stub(PACKAGE / "__init__.py", parts["torch"])
    for module, space in ((fft, "fft"), (linalg, "linalg"), (functional, "nn.functional"), (special, "special")):
        path = Path(module.__file__)
        found[path.with_suffix(".pyi")] = namespace_stub(path, parts[space])
    return found


def write():
    """Write all stubs, and remove those that are no longer made."""
    made = stubs()
    FOLDER.mkdir(exist_ok=True)
    for path in set(FOLDER.glob("*.pyi")) - set(made):
        path.unlink()
    for path, text in made.items():
        path.write_text(text, encoding="utf-8")
    return made


if __name__ == "__main__":
    sys.stdout.write(f"{len(write())} stubs\n")
