"""Apple's GPUs, which are not used here."""

__all__ = ["is_available", "is_built"]


def is_available() -> bool:
    """Whether a tensor can be moved to `mps`: no.

    >>> "mps" if torch.backends.mps.is_available() else "cpu"
    'cpu'
    """
    return False


def is_built() -> bool:
    """Whether support for it was built in: no."""
    return False
