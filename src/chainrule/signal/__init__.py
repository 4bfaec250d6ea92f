"""Signals, as `torch.signal` has them: `windows`."""

from chainrule.signal import windows

__all__ = ["windows"]
