"""How many threads work on one operation."""

from __future__ import annotations

from typing import Any

from chainrule.kernels import blas_threads, threads

__all__ = ["get_num_interop_threads", "get_num_threads", "set_num_interop_threads", "set_num_threads"]


def set_num_threads(number: int) -> None:
    """Have up to `number` threads work on one operation, in the whole process.

    That goes for elementwise operations on large tensors, and for the libraries in which NumPy and SciPy multiply
    matrices, where these can be told: OpenBLAS and MKL on Linux and macOS can; Apple's Accelerate, and any library on
    Windows, keep the number that they have. At first it is what the environment variable `OMP_NUM_THREADS` says, or the
    number of processors that this process may use. Elementwise results do not depend on it.

    Raises RuntimeError for what is no positive integer.

    >>> import chainrule as torch
    >>> before = torch.get_num_threads()
    >>> torch.set_num_threads(1)
    >>> torch.get_num_threads()
    1
    >>> torch.set_num_threads(before)
    """
    number = _positive("set_num_threads", number)
    threads.set_count(number)
    blas_threads.set_count(number)


def get_num_threads() -> int:
    """How many threads work on one operation, at most.

    >>> import chainrule as torch
    >>> torch.get_num_threads() > 0
    True
    """
    return threads.count()


_interop_threads: int | None = None


def set_num_interop_threads(number: int) -> None:
    """Say how many threads may run operations side by side. It changes nothing here: operations run in order.

    Raises RuntimeError for what is no positive integer, and when called a second time.
    """
    global _interop_threads  # noqa: PLW0603 (said once)
    number = _positive("set_num_interop_threads", number)
    if _interop_threads is not None:
        raise RuntimeError(
            "Error: cannot set number of interop threads after parallel work has started or set_num_interop_threads "
            "called"
        )
    _interop_threads = number


def get_num_interop_threads() -> int:
    """What `set_num_interop_threads` was told; else as many as `get_num_threads` gives.

    >>> import chainrule as torch
    >>> torch.get_num_interop_threads() > 0
    True
    """
    return threads.count() if _interop_threads is None else _interop_threads


def _positive(function: str, number: Any) -> int:
    if type(number) is not int:
        raise RuntimeError(f"{function} expects an int, but got {type(number).__name__}")
    if number < 1:
        raise RuntimeError(f"{function} expects a positive integer")
    return number
