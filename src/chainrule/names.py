"""The name under which the package shows itself in printed text: its own, or PyTorch's inside `python -m chainrule`."""

_name = "chainrule"


def public_name() -> str:
    """The prefix of printed names such as `chainrule.float64`.

    >>> public_name()
    'chainrule'
    """
    return _name


def set_public_name(name: str) -> None:
    """Print names as `name.float64`, `name.Size([3])` and so on from now on."""
    global _name  # noqa: PLW0603 (one process shows one name)
    _name = name
