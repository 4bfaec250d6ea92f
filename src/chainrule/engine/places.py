"""Places in the user's program: which line recorded an operation, changed a tensor, or freed a graph.

A place is kept as a code object and an offset into it, which costs one look at the stack; the line is worked out only
when somebody asks. Frames of this package itself are passed over: what counts is the line of the program that called.
"""

from __future__ import annotations

import linecache
import os
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from types import CodeType
from typing import Any, ClassVar, Final

from chainrule import engine
from chainrule.engine.compilation import CALLER

# Up to the separator: a program beside the package may have a name that begins like its.
PACKAGE = str(Path(engine.__file__).parents[1]) + os.sep


class _OwnFiles(dict[str, bool]):
    # Whether a file, as code objects name it, is one of this package.
    def __missing__(self, filename: str) -> bool:
        own = self[filename] = filename.startswith(PACKAGE)
        return own


own_files: Final = _OwnFiles()


class Place:
    """A line of the user's program."""

    __slots__ = ("code", "lasti")

    def __init__(self, code: CodeType, lasti: int) -> None:
        self.code = code
        self.lasti = lasti

    @property
    def file(self) -> str:
        """The file, as Python names it."""
        return self.code.co_filename

    @property
    def line(self) -> int:
        """The number of the line, from 1; 0 where it is not known."""
        return line_of(self.code, self.lasti)

    @property
    def function(self) -> str:
        """The function that the line stands in; `<module>` outside of all."""
        return self.code.co_qualname

    @property
    def source(self) -> str:
        """The text of the line, empty where it cannot be had."""
        return linecache.getline(self.file, self.line).strip()

    def __str__(self) -> str:
        return described(self.file, self.line)

    def __repr__(self) -> str:
        return f"<Place {self.file}:{self.line}>"


def line_of(code: CodeType, lasti: int) -> int:
    """The line of the instruction at this offset of a code object."""
    for start, end, line in code.co_lines():
        if start <= lasti < end and line is not None:
            return line
    return 0


def described(file: str, line: int) -> str:
    """A line as messages show it: `train.py:12: y.add_(1)`."""
    source = linecache.getline(file, line).strip()
    return f"{file}:{line}: {source}" if source else f"{file}:{line}"


class _NoFrame:
    # Stands for the caller's frame where there is none, and while places are not recorded.
    f_code: ClassVar[CodeType] = compile("", "", "exec")
    f_lasti: ClassVar[int] = -1
    f_lineno: ClassVar[int] = 0
    f_back: ClassVar[Any] = None


NO_FRAME: Final[Any] = _NoFrame()


class Frames:
    """Where frames come from: Python's stack, or nowhere while places are not recorded.

    `user_code`: the code of the user's program that called last; most calls come from the code that the one before came
    from, and then nothing has to be looked up. `entry_code`: the code of this package that it called, where it called
    the engine by way of some.
    """

    __slots__ = ("entry_code", "get", "user_code")

    get: Callable[[int], Any]
    user_code: CodeType
    entry_code: CodeType | None

    def __init__(self) -> None:
        self.get = sys._getframe
        self.user_code = NO_FRAME.f_code
        self.entry_code = None


frames: Final = Frames()


def _no_frame(depth: int) -> Any:
    del depth
    return NO_FRAME


def record_places(enabled: bool) -> None:
    """Switch on or off whether the lines that record operations are kept."""
    frames.get = sys._getframe if enabled else _no_frame


def places_are_recorded() -> bool:
    """Whether they are."""
    return frames.get is not _no_frame


def users_frame(frame: Any) -> Any:
    """The first frame from this one outwards that is not of this package."""
    known = frames.user_code
    entry = frames.entry_code
    code = frame.f_code
    while code is not known:
        if code is not entry and not own_files[code.co_filename]:
            frames.user_code = code
            break
        frames.entry_code = code
        frame = frame.f_back or NO_FRAME
        code = frame.f_code
    return frame


def stack_of(frame: Any) -> tuple[tuple[CodeType, int], ...]:
    """The program's instructions that are running, outermost first: those of this frame and all around it."""
    stack = []
    while frame is not None:
        if not own_files[frame.f_code.co_filename] and frame is not NO_FRAME:
            stack.append((frame.f_code, frame.f_lasti))
        frame = frame.f_back
    return tuple(stack[::-1])


def formatted_stack(stack: tuple[tuple[CodeType, int], ...]) -> list[str]:
    """A stack as tracebacks show it, one text for each call."""
    lines = [(code.co_filename, line_of(code, lasti), code.co_name, None) for code, lasti in stack]
    return traceback.StackSummary.from_list(lines).format()


def here() -> Place | None:
    """The line of the user's program that is running; None where there is none, or places are not recorded."""
    frame = users_frame(frames.get(CALLER))
    return place_of(frame.f_code, frame.f_lasti)


def place_of(code: CodeType, lasti: int) -> Place | None:
    """The place of what keeps its code and offset; None where nothing was recorded."""
    return Place(code, lasti) if lasti >= 0 else None
