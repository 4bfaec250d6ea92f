"""Builds the wheel: with the engine compiled by mypyc where there is a C compiler, else as plain Python.

Everything else about the package stands in pyproject.toml. The compiled files go into a folder of their own,
`chainrule/engine/compiled`; which of the two an import takes, says `chainrule/engine/__init__.py`.

    python -m build --wheel                     compiled, where that is possible
    CHAINRULE_PURE=1 python -m build --wheel    plain Python
    python setup.py build_ext --inplace         compiles the engine of this checkout
"""

import os
import sys
import tempfile
import warnings
from pathlib import Path
from runpy import run_path

from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext
from setuptools.errors import CompileError

os.chdir(Path(__file__).parent)
ENGINE = Path("src", "chainrule", "engine")
COMPILED = "chainrule.engine.compiled"

# What runs only when something is switched on, or looked at, stays as it is: decorators of coroutines, weak references
# to its objects and reference counts are things that compiled classes and functions do otherwise.
INTERPRETED = {
    "__init__", "anomaly_mode", "batching", "batching_rules", "copy_slices", "dual_levels", "entrywise", "forward_mode",
    "grad_mode", "handles", "interpreters", "linearity", "nested_duals", "nesting", "node_attributes", "numpy_calls",
    "power_series", "second_order", "shared_memory", "sources", "taylor", "taylor_changes", "taylor_products",
    "taylor_transpose", "view_errors",
}  # fmt: skip


class BuildEngine(build_ext):
    """Puts the compiled engine into its folder, and beside it, in a checkout, what it was compiled from."""

    def get_ext_fullname(self, ext_name: str) -> str:
        """Where a compiled module goes, as the name of a module there."""
        package, _, module = super().get_ext_fullname(ext_name).rpartition(".")
        return f"{COMPILED}.{module}" if package == "chainrule.engine" else f"{package}.{module}"

    def run(self) -> None:
        """Compile."""
        if not self.inplace:
            super().run()
            return
        sources = run_path(str(ENGINE / "sources.py"))  # not imported, as the package may not be installed
        digest = sources["digest"]()
        sources["COMPILED"].mkdir(exist_ok=True)
        super().run()
        sources["NOTED"].write_text(digest, encoding="utf-8")


def has_compiler() -> bool:
    """Whether C can be compiled here, against Python's headers."""
    from setuptools._distutils.ccompiler import new_compiler
    from setuptools._distutils.sysconfig import customize_compiler, get_python_inc

    compiler = new_compiler()
    customize_compiler(compiler)
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder, "probe.c")
        source.write_text("#include <Python.h>\n", encoding="utf-8")
        try:
            compiler.compile([str(source)], output_dir=folder, include_dirs=[get_python_inc()])
        except (CompileError, OSError):
            return False
    return True


def compiled_engine() -> list[Extension]:
    """The engine's modules as mypyc makes them of the same source; none where a pure package is wanted."""
    asked = {"build_ext", "bdist_wheel"} & set(sys.argv)
    if not asked or os.environ.get("CHAINRULE_PURE", "0") not in {"", "0"}:
        return []
    if not has_compiler():
        warnings.warn("no C compiler here, so the engine stays plain Python", stacklevel=1)
        return []
    from mypyc.build import mypycify

    modules = [path for path in sorted(ENGINE.glob("*.py")) if path.stem not in INTERPRETED]
    os.environ.setdefault("MYPYPATH", "src")
    # What the engine imports is read for its types; `make types` judges it.
    options = ["--follow-imports=silent", "--no-warn-unused-ignores"]
    return mypycify([*options, *map(str, modules)], debug_level="0", group_name=COMPILED)


setup(ext_modules=compiled_engine(), cmdclass={"build_ext": BuildEngine})
