"""The opt_einsum library, which PyTorch asks in which order to multiply: chainrule finds the order itself."""

__all__ = ["enabled", "get_opt_einsum", "is_available", "strategy"]

enabled = False
strategy: str | None = None


def is_available() -> bool:
    """Whether it is used: no.

    >>> torch.backends.opt_einsum.is_available()
    False
    """
    return False


def get_opt_einsum() -> None:
    """The library, if it is used: None.

    >>> torch.backends.opt_einsum.get_opt_einsum() is None
    True
    """
