"""Which version this is, and which parts it was built with, by PyTorch's names.

>>> torch.version.cuda is None
True
"""

from __future__ import annotations

__all__ = ["cuda", "debug", "git_version", "hip", "rocm", "xpu"]

debug = False
cuda: str | None = None
git_version: str | None = None
hip: str | None = None
rocm: str | None = None
xpu: str | None = None


def __getattr__(name: str) -> object:
    # `python -m chainrule` changes what the package says.
    if name == "__version__":
        import chainrule

        return chainrule.__version__
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
