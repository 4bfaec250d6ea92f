"""Settings that PyTorch programs make, and that change little or nothing here: devices, determinism, precision."""

from __future__ import annotations

import warnings
from typing import Any

from chainrule.devices import CPU, device, require_cpu
from chainrule.dtypes import ALL_DTYPES, dtype, scalar_type_name, set_default_dtype
from chainrule.names import public_name

__all__ = [
    "are_deterministic_algorithms_enabled",
    "get_default_device",
    "get_deterministic_debug_mode",
    "get_float32_matmul_precision",
    "is_deterministic_algorithms_warn_only_enabled",
    "is_vulkan_available",
    "is_warn_always_enabled",
    "set_default_device",
    "set_default_tensor_type",
    "set_deterministic_debug_mode",
    "set_float32_matmul_precision",
    "set_flush_denormal",
    "set_warn_always",
    "use_deterministic_algorithms",
]


class _Settings:
    __slots__ = ("debug_mode", "precision", "warn_always")

    def __init__(self) -> None:
        self.debug_mode = 0
        self.precision = "highest"
        self.warn_always = False


_settings = _Settings()

# ---- where, and of which type ----


def set_default_device(device: Any) -> None:
    """Say where new tensors are made: on the CPU, or wherever that is for None. Other devices are a RuntimeError.

    >>> set_default_device("cpu")
    """
    require_cpu(device)


def get_default_device() -> device:
    """Where new tensors are made: on the CPU.

    >>> get_default_device()
    device(type='cpu')
    """
    return CPU


def set_default_tensor_type(t: Any) -> None:
    """Make the type of elements of a type of tensors (`DoubleTensor`, `"torch.DoubleTensor"`) the default.

    Deprecated: use `set_default_dtype`. Raises TypeError for what is no floating-point type.

    >>> import warnings
    >>> with warnings.catch_warnings(action="ignore"):
    ...     set_default_tensor_type("torch.FloatTensor")
    """
    wanted: Any = getattr(t, "dtype", None)
    if isinstance(t, str):
        names = {f"{scalar_type_name(d.numpy)}Tensor": d for d in ALL_DTYPES}
        wanted = names.get(t.rpartition(".")[2])
    if not isinstance(wanted, dtype):
        raise TypeError("invalid type object: only floating-point types are supported as the default type")
    set_default_dtype(wanted)
    warnings.warn(
        f"{public_name()}.set_default_tensor_type() is deprecated as of PyTorch 2.1, please use "
        f"{public_name()}.set_default_dtype() and {public_name()}.set_default_device() as alternatives.",
        UserWarning,
        stacklevel=2,
    )


# ---- determinism: every operation gives the same bits each time, with any number of threads ----


def use_deterministic_algorithms(mode: bool, *, warn_only: bool = False) -> None:
    """Ask for the same results each time. They always are: this is remembered, and changes nothing.

    >>> use_deterministic_algorithms(True)
    >>> are_deterministic_algorithms_enabled()
    True
    >>> use_deterministic_algorithms(False)
    """
    for position, (name, value) in enumerate((("mode", mode), ("warn_only", warn_only)), 1):
        if not isinstance(value, bool):
            raise TypeError(
                f"_set_deterministic_algorithms(): argument '{name}' (position {position}) must be bool, not "
                f"{type(value).__name__}"
            )
    _settings.debug_mode = (1 if warn_only else 2) if mode else 0


def are_deterministic_algorithms_enabled() -> bool:
    """Whether `use_deterministic_algorithms` was asked for.

    >>> are_deterministic_algorithms_enabled()
    False
    """
    return _settings.debug_mode > 0


def is_deterministic_algorithms_warn_only_enabled() -> bool:
    """Whether it was asked for with `warn_only`.

    >>> is_deterministic_algorithms_warn_only_enabled()
    False
    """
    return _settings.debug_mode == 1


def set_deterministic_debug_mode(debug_mode: int | str) -> None:
    """The same by a number or a name: 0 or "default", 1 or "warn", 2 or "error".

    >>> set_deterministic_debug_mode("default")
    """
    if isinstance(debug_mode, str):
        names = ("default", "warn", "error")
        if debug_mode not in names:
            raise RuntimeError(
                "invalid value of debug_mode, expected one of `default`, `warn`, `error`, but got " + debug_mode
            )
        _settings.debug_mode = names.index(debug_mode)
        return
    if not isinstance(debug_mode, int):
        raise TypeError(f"debug_mode must be str or int, but got {type(debug_mode)}")
    if debug_mode not in (0, 1, 2):
        raise RuntimeError(f"invalid value of debug_mode, expected 0, 1, or 2, but got {debug_mode}")
    _settings.debug_mode = debug_mode


def get_deterministic_debug_mode() -> int:
    """What `set_deterministic_debug_mode` was told, as a number.

    >>> get_deterministic_debug_mode()
    0
    """
    return _settings.debug_mode


# ---- precision ----


def set_float32_matmul_precision(precision: str) -> None:
    """Allow products of `float32` matrices to be less precise. They never are: this is remembered, and changes nothing.

    >>> set_float32_matmul_precision("highest")
    """
    if precision in ("highest", "high", "medium"):
        _settings.precision = precision
        return
    warnings.warn(
        f"{precision} is not one of 'highest', 'high', or 'medium'; the current setFloat32MatmulPrecision call has no "
        "effect.",
        UserWarning,
        stacklevel=2,
    )


def get_float32_matmul_precision() -> str:
    """What `set_float32_matmul_precision` was told.

    >>> get_float32_matmul_precision()
    'highest'
    """
    return _settings.precision


def set_flush_denormal(mode: bool) -> bool:
    """Ask that tiny numbers become 0. Returns False, which says that this is not supported: NumPy keeps them.

    >>> set_flush_denormal(True)
    False
    """
    if not isinstance(mode, bool):
        raise RuntimeError(f"flush_denormal expects a bool, but got {type(mode).__name__}")  # noqa: TRY004 (PyTorch's)
    return False


# ---- warnings, and other hardware ----


def set_warn_always(b: bool, /) -> None:
    """Ask that every warning be given each time. Python's filters decide that here: this is only remembered.

    >>> set_warn_always(False)
    """
    if not isinstance(b, bool):
        raise RuntimeError(f"setWarnOnlyOnce expects a bool, but got {type(b).__name__}")  # noqa: TRY004 (PyTorch's)
    _settings.warn_always = b


def is_warn_always_enabled() -> bool:
    """What `set_warn_always` was told.

    >>> is_warn_always_enabled()
    False
    """
    return _settings.warn_always


def is_vulkan_available() -> bool:
    """Whether tensors can live on a Vulkan device.

    >>> is_vulkan_available()
    False
    """
    return False
