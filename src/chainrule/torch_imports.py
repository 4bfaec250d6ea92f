"""Answer `import torch` with chainrule, in a process that runs a script written for PyTorch.

`torch` and `torch.nn` become further names of the modules `chainrule` and `chainrule.nn`: the same objects, never
second copies. A PyTorch that is installed is not imported. What chainrule does not have is refused with the nearest
name that it has.
"""

from __future__ import annotations

import contextlib
import difflib
import importlib
import pkgutil
import sys
from collections.abc import Callable, Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType
from typing import Any

import chainrule
from chainrule import names, random, versions

# How much of a name must agree to be offered instead (difflib's measure, from 0 to 1).
_NEAR = 0.6
# Where a name that is missing in one module may be found instead, in this order.
_SEARCHED = (
    "torch",
    "torch.nn.functional",
    "torch.nn",
    "torch.autograd",
    "torch.autograd.functional",
    "torch.optim",
    "torch.utils.data",
)


def answer_as_torch(version: tuple[int, int] = versions.TODAY) -> None:
    """Make this process's `import torch` mean chainrule, with the defaults and the printed names of that version."""
    if "torch" in sys.modules:
        raise RuntimeError("torch is imported already: chainrule can answer in its place only before that")
    versions.emulate(version)
    names.set_public_name("torch")
    chainrule.__version__ = versions.TorchVersion(f"{version[0]}.{version[1]}.0")
    _answer_for_what_is_imported()
    sys.meta_path.insert(0, _TorchFinder())
    sys.meta_path.append(_LastFinder())
    for name in ("Tensor", "Size", "dtype", "device"):
        getattr(chainrule, name).__module__ = "torch"
    random.Generator.__module__ = "torch._C"


def _answer_for_what_is_imported() -> None:
    # What is imported when asked for, and brings others with it, is named like the rest.
    for name, module in list(sys.modules.items()):
        if _is_ours(name) and _torch_name(name) not in sys.modules:
            sys.modules[_torch_name(name)] = _speak_as_torch(module)


class _TorchFinder(MetaPathFinder):
    """Finds `torch.x` as `chainrule.x`, and never elsewhere."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname != "torch" and not fullname.startswith("torch."):
            return None
        own_name = _own_name(fullname)
        if own_name not in sys.modules and PathFinder.find_spec(own_name, _path_of_parent(own_name)) is None:
            missing = _missing(f"module {fullname}", _modules_beside(own_name))
            raise ModuleNotFoundError(f"No module named {fullname!r}: {missing}", name=fullname)
        return ModuleSpec(fullname, _SameModule(importlib.import_module(own_name)), is_package=True)


class _SameModule(Loader):
    """Loads nothing: hands out a module that is loaded already."""

    def __init__(self, module: ModuleType) -> None:
        self.module = module
        self.spec = module.__spec__

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        return self.module

    def exec_module(self, module: ModuleType) -> None:
        # The import system has just written the spec of `torch.x` over the module's own.
        module.__spec__ = self.spec
        _speak_as_torch(module)
        _answer_for_what_is_imported()


class _LastFinder(MetaPathFinder):
    """Refuses a name of chainrule that nobody has found: one asked for by `from torch.nn import x`."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if not _is_ours(fullname):
            return None
        module, _, name = fullname.rpartition(".")
        raise ImportError(
            f"cannot import name {name!r} from {_torch_name(module)!r}: "
            + _missing(_torch_name(fullname), _public_names(sys.modules[module])),
            name=_torch_name(module),
        )


def _speak_as_torch(module: ModuleType) -> ModuleType:
    torch_name = _torch_name(module.__name__)
    module.__getattr__ = _missing_attribute(module, module.__dict__.get("__getattr__"))  # type: ignore[method-assign]
    # `from m import x` asks the finders for a missing x only if m looks like a package.
    if not hasattr(module, "__path__"):
        module.__path__ = []
    # print(type(layer)) shows <class 'torch.nn.modules.linear.Linear'>.
    for value in vars(module).values():
        if isinstance(value, type) and value.__module__ == module.__name__:
            value.__module__ = torch_name
    return module


def _missing_attribute(module: ModuleType, lazy: Callable[[str], Any] | None) -> Callable[[str], Any]:
    module_name = _torch_name(module.__name__)

    def __getattr__(name: str) -> Any:  # noqa: N807 (PEP 562's name)
        if lazy is not None:
            with contextlib.suppress(AttributeError):
                found = lazy(name)
                _answer_for_what_is_imported()
                return found
        message = f"module {module_name!r} has no attribute {name!r}"
        if not name.startswith("__"):
            message += ": " + _missing(f"{module_name}.{name}", _public_names(module))
        # Without obj: with it, Python would add a suggestion of its own.
        raise AttributeError(message, name=name)

    return __getattr__


def _missing(what: str, neighbours: dict[str, str]) -> str:
    nearest = _nearest(what.rpartition(".")[2], neighbours)
    offer = f"; the nearest it has is {nearest}" if nearest else ""
    return f"chainrule does not have {what}{offer}"


def _nearest(name: str, neighbours: dict[str, str]) -> str | None:
    elsewhere: dict[str, str] = {}
    for module_name in _SEARCHED:
        module = sys.modules.get(_own_name(module_name))
        if module is not None:
            elsewhere = _public_names(module) | elsewhere
    if name in elsewhere:
        return elsewhere[name]
    for candidates in (neighbours, elsewhere):
        in_lower_case = {candidate.lower(): full_name for candidate, full_name in candidates.items()}
        close = difflib.get_close_matches(name.lower(), in_lower_case, n=1, cutoff=_NEAR)
        if close:
            return in_lower_case[close[0]]
    return None


def _public_names(module: ModuleType) -> dict[str, str]:
    prefix = _torch_name(module.__name__)
    public = vars(module).get("__all__") or [
        name for name, value in vars(module).items() if not name.startswith("_") and not isinstance(value, ModuleType)
    ]
    return {name: f"{prefix}.{name}" for name in public}


def _modules_beside(own_name: str) -> dict[str, str]:
    parent = own_name.rpartition(".")[0]
    names = (module.name for module in pkgutil.iter_modules(_path_of_parent(own_name)))
    return {name: f"{_torch_name(parent)}.{name}" for name in names}


def _path_of_parent(own_name: str) -> Sequence[str]:
    # The import system imports a.b before a.b.c.
    return sys.modules[own_name.rpartition(".")[0]].__path__


def _is_ours(name: str) -> bool:
    return name == "chainrule" or name.startswith("chainrule.")


def _torch_name(own_name: str) -> str:
    return "torch" + own_name.removeprefix("chainrule")


def _own_name(torch_name: str) -> str:
    return "chainrule" + torch_name.removeprefix("torch")
