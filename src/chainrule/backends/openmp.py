"""OpenMP, with which PyTorch runs its threads: chainrule runs its own."""

__all__ = ["is_available"]


def is_available() -> bool:
    """Whether it is used: no.

    >>> torch.backends.openmp.is_available()
    False
    """
    return False
