"""The fast path of attention in PyTorch's modules: what is said of it is remembered, and changes nothing."""

__all__ = ["get_fastpath_enabled", "set_fastpath_enabled"]

_allowed = {"enabled": True}


def get_fastpath_enabled() -> bool:
    """Whether it may be taken.

    >>> torch.backends.mha.get_fastpath_enabled()
    True
    """
    return _allowed["enabled"]


def set_fastpath_enabled(value: bool) -> None:
    """Say so.

    >>> torch.backends.mha.set_fastpath_enabled(True)
    """
    _allowed["enabled"] = value
