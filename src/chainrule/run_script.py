"""The command `python -m chainrule`: run a script written for PyTorch, with chainrule answering `import torch`.

The script runs as Python itself would run it: as `__main__`, with its own `sys.argv` and `sys.path[0]`, with nothing of
chainrule above its first line in a traceback, and with its own exit code.
"""

from __future__ import annotations

import argparse
import builtins
import importlib.util
import io
import os
import sys
from importlib.abc import InspectLoader
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import CodeType, ModuleType, TracebackType

from chainrule import versions
from chainrule.torch_imports import answer_as_torch


def main() -> None:
    """Run what the command line names; the process ends as the script does."""
    arguments = _parse_arguments(sys.argv[1:])
    answer_as_torch(arguments.torch_version)
    try:
        if arguments.module:
            code, module = _load_module(arguments.module)
        elif arguments.code:
            code, module = _load_code(arguments.code)
        else:
            code, module = _load_file(arguments.script)
        sys.modules["__main__"] = module
        sys.argv[0] = _ScriptName(sys.argv[0])
        exec(code, module.__dict__)  # noqa: S102 (this is what the command is for)
    except SystemExit:
        raise
    except BaseException as error:
        _hide_own_frames(error)
        raise


class _ScriptName(str):
    """The first of `sys.argv`, which `multiprocessing` sends to each process that it starts afresh.

    It arrives before that process imports the script, and makes it answer `import torch` as this one does.
    """

    __slots__ = ()

    def __reduce__(self) -> tuple[object, ...]:
        from multiprocessing import context, set_forkserver_preload

        if context.get_spawning_popen() is None:
            return str, (str(self),)
        # A server of forks would import the script before it hears of this.
        set_forkserver_preload([])
        return _answer_there_too, (str(self), versions.emulated_version())


def _answer_there_too(name: str, version: tuple[int, int]) -> str:
    if "torch" not in sys.modules:
        answer_as_torch(version)
    return _ScriptName(name)


def _parse_arguments(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="chainrule",
        usage="%(prog)s [--torch-version X.Y] (script.py | -m module | -c code) [argument ...]",
        description="Run a script written for PyTorch on chainrule.",
        allow_abbrev=False,
    )
    parser.add_argument(
        "--torch-version",
        type=_version,
        default=versions.TODAY,
        metavar="X.Y",
        help="answer with the defaults of this version of PyTorch; 1.13, for one, leaves zeros after zero_grad()",
    )
    parser.add_argument("-m", dest="module", nargs=argparse.REMAINDER, metavar="module", help="run a module")
    parser.add_argument("-c", dest="code", nargs=argparse.REMAINDER, metavar="code", help="run this code")
    parser.add_argument("script", nargs=argparse.REMAINDER, help="the script and its arguments")
    parsed = parser.parse_args(arguments)
    if not (parsed.module or parsed.code or parsed.script):
        parser.error("name a script to run")
    return parsed


def _version(text: str) -> tuple[int, int]:
    try:
        return versions.parse_version(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _load_file(arguments: list[str]) -> tuple[CodeType, ModuleType]:
    path = os.path.abspath(arguments[0])  # noqa: PTH100 (Path.resolve would follow links, which Python does not)
    try:
        with io.open_code(path) as file:
            source = file.read()
    except OSError as error:
        sys.stderr.write(f"chainrule: can't open file {path!r}: [Errno {error.errno}] {error.strerror}\n")
        raise SystemExit(2) from None
    _set_command_line(arguments, str(Path(path).resolve().parent))
    module = _main_module(__file__=path, __cached__=None, __loader__=SourceFileLoader("__main__", path))
    return compile(source, path, "exec", dont_inherit=True), module


def _load_code(arguments: list[str]) -> tuple[CodeType, ModuleType]:
    source, *rest = arguments
    _set_command_line(["-c", *rest], "")
    return compile(source, "<string>", "exec", dont_inherit=True), _main_module()


def _load_module(arguments: list[str]) -> tuple[CodeType, ModuleType]:
    name, *rest = arguments
    _set_command_line(["-m", *rest], str(Path.cwd()))
    spec = importlib.util.find_spec(name)
    if spec is not None and spec.submodule_search_locations is not None:
        name += ".__main__"
        spec = importlib.util.find_spec(name)
    if spec is None:
        raise ModuleNotFoundError(f"No module named {name!r}", name=name)
    code = spec.loader.get_code(name) if isinstance(spec.loader, InspectLoader) else None
    if code is None:
        raise ImportError(f"{name!r} is no Python source that could be run", name=name)
    sys.argv[0] = str(spec.origin)
    module = _main_module(__file__=spec.origin, __cached__=spec.cached, __loader__=spec.loader)
    module.__spec__ = spec
    module.__package__ = spec.parent
    return code, module


def _set_command_line(arguments: list[str], directory: str) -> None:
    sys.argv = arguments
    if not sys.flags.safe_path:
        # Here Python has put the directory of `chainrule` itself, or the current one.
        sys.path[0] = directory


def _main_module(**attributes: object) -> ModuleType:
    module = ModuleType("__main__")
    vars(module).update(attributes, __annotations__={}, __builtins__=builtins)
    return module


def _hide_own_frames(error: BaseException) -> None:
    # Python prints the error after it has left this module too. Whatever hook the script has set shall print it.
    print_error = sys.excepthook
    script_frames = error.__traceback__
    while script_frames is not None and _is_own(script_frames):
        script_frames = script_frames.tb_next

    def excepthook(kind: type[BaseException], value: BaseException, traceback: TracebackType | None) -> None:
        if value is error:
            value, traceback = error.with_traceback(script_frames), script_frames
        print_error(kind, value, traceback)

    sys.excepthook = excepthook


def _is_own(traceback: TracebackType) -> bool:
    filename = traceback.tb_frame.f_code.co_filename
    return filename == __file__ or filename.startswith("<frozen ")
