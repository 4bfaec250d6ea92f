"""The shape of the source: who may import whom, how long a file may be, what it may be called.

The layers, from the bottom: `kernels` (arrays only), `engine` (knows no op), `ops` (the table), `tensor.py`, and on top
whatever a user asks for (`autograd`, `nn`, `optim`, ...). A new file needs no change here: its folder says its layer.
"""

import ast
import inspect
import re
import sys
import tomllib
from pathlib import Path
from typing import NamedTuple

import pytest

import chainrule

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "src" / "chainrule"
SOURCES = sorted(PACKAGE.rglob("*.py"))
OWN_FILES = [
    path for folder in ("src", "tests", "benchmarks", "examples") for path in sorted((ROOT / folder).rglob("*.py"))
]

LONGEST_FILE = 650
VAGUE_NAMES = {"utils.py", "misc.py", "base.py", "common.py", "helpers.py"}
NEEDED = {"numpy", "scipy"}
FOR_THE_COMPILER = {"mypy_extensions"}  # marks on classes, needed where mypyc compiles them and nowhere else
OPTIONAL = {"matplotlib", "tqdm", "cupy"} | FOR_THE_COMPILER


class Import(NamedTuple):
    file: Path
    line: int
    module: str
    at_the_top: bool

    def __str__(self):
        return f"{self.file.relative_to(ROOT).as_posix()}:{self.line} imports {self.module}"

    @property
    def package(self):
        return self.module.split(".")[0]


def module_of(path):
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {module_of(path) for path in SOURCES}


def part_of(module):
    # chainrule.engine.node is in the part "engine", chainrule.tensor in "tensor", and chainrule itself in "".
    return module.split(".")[1] if "." in module else ""


def imported_modules(node, package):
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if not isinstance(node, ast.ImportFrom):
        return []
    levels_up = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
    source = ".".join([*levels_up, *filter(None, [node.module])])
    # `from chainrule import dtypes` imports chainrule.dtypes; `from chainrule.size import Size` imports chainrule.size.
    names = [f"{source}.{alias.name}" for alias in node.names]
    return [name if name in MODULES else source for name in names]


def is_for_types_alone(node):
    return isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"


def imports(path):
    package = module_of(path) if path.name == "__init__.py" else module_of(path).rpartition(".")[0]

    def walk(node, at_the_top):
        for module in imported_modules(node, package):
            yield Import(path, node.lineno, module, at_the_top)
        inside = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) or is_for_types_alone(node)
        for child in ast.iter_child_nodes(node):
            yield from walk(child, at_the_top and not inside)

    return list(walk(ast.parse(path.read_text(encoding="utf-8")), at_the_top=True))


IMPORTS = [found for path in SOURCES for found in imports(path)]


def parts_imported_by(part):
    return {part_of(i.module) for i in IMPORTS if i.package == "chainrule" and part_of(module_of(i.file)) == part}


def plain_modules():
    # The files beside tensor.py that know neither Tensor nor op nor graph (dtypes.py, size.py, ...): those that import
    # nothing of chainrule but one another. The layers below tensor.py may use them.
    plain = {path.stem for path in PACKAGE.glob("*.py") if not path.stem.startswith("__")}
    while more := {part for part in plain if not parts_imported_by(part) <= plain}:
        plain -= more
    return plain


PLAIN = plain_modules()
MAY_IMPORT = {
    "kernels": {"kernels"},
    "engine": {"engine", "kernels"} | PLAIN,
    "ops": {"ops", "engine", "kernels"} | PLAIN,
}


def complain(wrong, what):
    assert not wrong, f"{what}:\n" + "\n".join(str(each) for each in wrong)


@pytest.mark.parametrize("layer", MAY_IMPORT)
def test_a_layer_imports_only_what_lies_below_it(layer):
    wrong = [
        i
        for i in IMPORTS
        if part_of(module_of(i.file)) == layer
        and i.package == "chainrule"
        and part_of(i.module) not in MAY_IMPORT[layer]
    ]
    complain(wrong, f"{layer} may import of chainrule only {sorted(MAY_IMPORT[layer])}")


def test_the_plain_modules_are_the_ones_meant():
    # A change that makes one of these know of tensors would quietly lift it out of the layers that rely on it.
    assert {"dtypes", "size", "devices"} <= PLAIN
    assert not {"tensor", "random"} & PLAIN


def test_only_numpy_is_imported_at_the_top():
    at_the_top = sys.stdlib_module_names | {"chainrule", "numpy"} | FOR_THE_COMPILER
    wrong = [i for i in IMPORTS if i.at_the_top and i.package not in at_the_top]
    complain(wrong, "SciPy and the optional packages are imported inside the function that needs them")


def test_only_what_is_declared_is_imported():
    wrong = [i for i in IMPORTS if i.package not in sys.stdlib_module_names | {"chainrule"} | NEEDED | OPTIONAL]
    complain(wrong, f"needed at run time: {sorted(NEEDED)}; optional: {sorted(OPTIONAL)}")


def test_no_file_is_too_long():
    lengths = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in OWN_FILES}
    complain([path for path in OWN_FILES if lengths[path] > LONGEST_FILE], f"over {LONGEST_FILE} lines: cut it in two")


def test_file_names_say_what_is_inside():
    complain([path for path in OWN_FILES if path.name in VAGUE_NAMES], "a name that says nothing")


def test_no_text_names_a_place_on_somebodys_machine():
    place = re.compile(r"(?<![\w.])/(?:home|root|Users|work|opt)/\w")
    texts = [*OWN_FILES, *ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("*.toml"), ROOT / "Makefile"]
    wrong = [
        f"{path}:{number}: {line}"
        for path in texts
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if place.search(line)
    ]
    complain(wrong, "these paths exist on one machine only")


def test_every_public_name_is_there_once_and_says_what_it_is():
    names = chainrule.__all__
    assert sorted(set(names)) == sorted(names)
    complain([name for name in names if not hasattr(chainrule, name)], "in __all__, but not there")
    values = {name: getattr(chainrule, name) for name in names}
    silent = [n for n, value in values.items() if (callable(value) or inspect.ismodule(value)) and not value.__doc__]
    complain(silent, "public, and without a docstring")


def test_the_version_is_the_one_declared():
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    assert chainrule.__version__ == declared
