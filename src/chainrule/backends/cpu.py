"""What the CPU can do."""

__all__ = ["get_cpu_capability"]


def get_cpu_capability() -> str:
    """The widest instructions that PyTorch would use: NumPy chooses its own, so none is named.

    >>> torch.backends.cpu.get_cpu_capability()
    'DEFAULT'
    """
    return "DEFAULT"
