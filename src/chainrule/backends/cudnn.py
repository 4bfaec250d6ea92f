"""NVIDIA's library for neural networks, which is not used here. Its settings can be made, and change nothing.

>>> torch.backends.cudnn.deterministic = True
>>> torch.backends.cudnn.is_available()
False
"""

__all__ = ["allow_tf32", "benchmark", "deterministic", "enabled", "is_available", "version"]

enabled = True
deterministic = False
benchmark = False
allow_tf32 = True


def is_available() -> bool:
    """Whether the library is there: no."""
    return False


def version() -> None:
    """The version of the library: None, as there is none."""
