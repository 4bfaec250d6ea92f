"""What runs here: which engine, which libraries, how many threads."""

from __future__ import annotations

import platform
from typing import Any, Literal

import numpy as np

from chainrule import engine
from chainrule.kernels import blas_threads
from chainrule.kernels.memory import pool
from chainrule.threads import get_num_threads

__all__ = ["show_config"]


def show_config(mode: Literal["stdout", "dicts"] = "stdout") -> dict[str, Any] | None:
    """Print which engine runs and why, with the versions of Python and NumPy, NumPy's BLAS, threads and memory.

    `mode="dicts"` returns the same as a dictionary instead, as in `numpy.show_config`. The engine is `compiled` or
    `python`: the same source, compiled by mypyc or as it is. The environment variable CHAINRULE_ENGINE chooses.

    Raises ValueError for another mode.

    >>> import chainrule as torch
    >>> torch.show_config("dicts")["engine"] in {"compiled", "python"}
    True
    """
    if mode not in {"stdout", "dicts"}:
        raise ValueError(f"mode must be 'stdout' or 'dicts', not {mode!r}")
    from chainrule import __version__

    blas = np.show_config(mode="dicts")["Build Dependencies"]["blas"]  # type: ignore[call-overload, unused-ignore]
    config: dict[str, Any] = {
        "chainrule": __version__,
        "engine": engine.ENGINE,
        "reason": engine.WHY or "this installation has it",
        "python": f"{platform.python_version()} ({platform.python_implementation()}, {platform.machine()})",
        "numpy": np.__version__,
        "blas": f"{blas['name']} {blas['version']}",
        "blas threads": blas_threads.counts().get("numpy"),
        "threads": get_num_threads(),
        "memory pool limit": pool.limit,
    }
    if mode == "dicts":
        return config
    width = max(map(len, config))
    for name, value in config.items():
        print(f"{name:{width}}  {'not known' if value is None else value}")  # noqa: T201 (what it is for)
    return None
