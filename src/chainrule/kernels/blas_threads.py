"""The libraries of matrix products, NumPy's and SciPy's: how many threads they use, and for which processor.

Neither NumPy nor SciPy says. Both are linked with OpenBLAS as a rule, whose own function is looked up among what their
modules are linked with. A library that has none of the functions known here keeps the number it has.
"""

from __future__ import annotations

import contextlib
import ctypes
import functools
import importlib.util
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

__all__ = ["counts", "has_small_products", "set_count"]

# What the functions are called: as built for wheels of NumPy and SciPy, and as built otherwise.
GETTERS_AND_SETTERS: Final = (
    ("scipy_openblas_get_num_threads64_", "scipy_openblas_set_num_threads64_"),
    ("scipy_openblas_get_num_threads", "scipy_openblas_set_num_threads"),
    ("openblas_get_num_threads64_", "openblas_set_num_threads64_"),
    ("openblas_get_num_threads", "openblas_set_num_threads"),
    ("MKL_Get_Max_Threads", "MKL_Set_Num_Threads"),
)
CORE_GETTERS: Final = (
    "scipy_openblas_get_corename64_", "scipy_openblas_get_corename",
    "openblas_get_corename64_", "openblas_get_corename",
)  # fmt: skip
# What OpenBLAS calls processors with AVX-512, for which it does small products in a way of their own.
WITH_SMALL_PRODUCTS: Final = frozenset({b"SkylakeX", b"Cooperlake", b"SapphireRapids"})


def set_count(number: int) -> None:
    """Have both libraries use `number` threads, for the whole process."""
    for functions in _functions().values():
        if functions is not None:
            functions[1](number)


def counts() -> dict[str, int | None]:
    """How many threads each library uses, by who calls it; None where it cannot be asked."""
    return {caller: None if found is None else int(found[0]()) for caller, found in _functions().items()}


@functools.cache
def has_small_products() -> bool:
    """Whether NumPy's library multiplies small matrices without bringing them into its own order first."""
    for library in _libraries("numpy", "_core/_multiarray_umath"):
        for getter in CORE_GETTERS:
            if hasattr(library, getter):
                name = getattr(library, getter)
                name.restype = ctypes.c_char_p
                return name() in WITH_SMALL_PRODUCTS
    return False


@functools.cache
def _functions() -> dict[str, tuple[Callable[[], Any], Callable[[int], Any]] | None]:
    return {"numpy": _found_in("numpy", "_core/_multiarray_umath"), "scipy": _found_in("scipy", "linalg/_fblas")}


def _found_in(package: str, module: str) -> tuple[Callable[[], Any], Callable[[int], Any]] | None:
    for library in _libraries(package, module):
        for getter, setter in GETTERS_AND_SETTERS:
            if hasattr(library, setter):
                return getattr(library, getter), getattr(library, setter)
    return None


def _libraries(package: str, module: str) -> Iterator[ctypes.CDLL]:
    # Looked for without importing: SciPy may not be needed.
    spec = importlib.util.find_spec(package)
    for folder in () if spec is None else spec.submodule_search_locations or ():
        for path in Path(folder).glob(f"{module}.*"):
            with contextlib.suppress(OSError):
                yield ctypes.CDLL(str(path))
