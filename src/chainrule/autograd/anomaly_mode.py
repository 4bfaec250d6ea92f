"""Anomaly mode: which operation, on which line of the program, gave a gradient or a value that is not finite."""

from __future__ import annotations

import warnings
from typing import Any

from chainrule.engine.anomaly_mode import Settings, anomaly

__all__ = ["detect_anomaly", "is_anomaly_check_nan_enabled", "is_anomaly_enabled", "set_detect_anomaly"]

SLOW = (
    "Anomaly Detection has been enabled. This mode will increase the runtime and should only be enabled for debugging."
)


class detect_anomaly:
    """A context in which backward raises RuntimeError where a gradient is NaN, naming the line of the forward call.

    The error tells where in the gradient, from which values, and the traceback of the forward call, if that was made in
    the context too; what else goes wrong in a backward pass gets this traceback as a note.

    - `check_nan=False`: NaN is no error, and only tracebacks are kept.
    - `check_inf`: infinite gradients are errors too.
    - `check_forward`: values that operations compute are looked at as well, when they are computed. An infinite one is
      an error where all that it was computed from is finite.

    Anomaly mode is one setting for all threads; leaving the context puts the earlier one back.

    >>> import warnings
    >>> import chainrule as torch
    >>> warnings.simplefilter("ignore")  # it warns that it is slow
    >>> x = torch.tensor([-1.0, -2.0], requires_grad=True)
    >>> with torch.autograd.detect_anomaly():
    ...     y = x.sqrt()
    ...     y.sum().backward()
    Traceback (most recent call last):
    ...
    RuntimeError: Function 'SqrtBackward0' returned nan values in its 0th output.
      2 of 2 elements, the first at [0]
      ...
    """

    def __init__(self, check_nan: bool = True, *, check_inf: bool = False, check_forward: bool = False) -> None:
        self.settings = Settings(True, check_nan, check_inf, check_forward)
        self._before: list[Settings] = []
        warnings.warn(SLOW, UserWarning, stacklevel=2)

    def __enter__(self) -> None:
        self._before.append(anomaly.settings)
        anomaly.set(self.settings)

    def __exit__(self, *exception: object) -> None:
        anomaly.set(self._before.pop())


class set_detect_anomaly:
    """Switches anomaly mode on or off at once, and as a context puts the earlier setting back when it ends.

    The arguments behind `mode` are those of `detect_anomaly`.

    >>> import chainrule as torch
    >>> with torch.autograd.set_detect_anomaly(True, check_nan=False):
    ...     torch.is_anomaly_enabled(), torch.is_anomaly_check_nan_enabled()
    (True, False)
    """

    def __init__(
        self, mode: bool, check_nan: bool = True, *, check_inf: bool = False, check_forward: bool = False
    ) -> None:
        self._before = anomaly.settings
        _set(mode, check_nan, check_inf=check_inf, check_forward=check_forward)

    def __enter__(self) -> None:
        pass

    def __exit__(self, *exception: object) -> None:
        anomaly.set(self._before)


def set_anomaly_enabled(enabled: bool, check_nan: bool = True) -> None:
    """Switch anomaly mode on or off.

    >>> import chainrule as torch
    >>> torch.set_anomaly_enabled(False)
    >>> torch.is_anomaly_enabled()
    False
    """
    _set(enabled, check_nan)


def _set(enabled: Any, check_nan: Any, *, check_inf: bool = False, check_forward: bool = False) -> None:
    for position, (name, value) in enumerate((("enabled", enabled), ("check_nan", check_nan)), start=1):
        if not isinstance(value, bool):
            raise TypeError(
                f"set_anomaly_enabled(): argument '{name}' (position {position}) must be bool, not "
                f"{type(value).__name__}"
            )
    anomaly.set(Settings(enabled, check_nan, check_inf, check_forward))


def is_anomaly_enabled() -> bool:
    """Whether anomaly mode is on.

    >>> is_anomaly_enabled()
    False
    """
    return anomaly.enabled


def is_anomaly_check_nan_enabled() -> bool:
    """Whether anomaly mode looks for NaN when it is on.

    >>> is_anomaly_check_nan_enabled()
    True
    """
    return anomaly.settings.check_nan
