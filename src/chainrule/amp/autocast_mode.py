"""`autocast` and what asks for its state. It is remembered, and changes no operation: NumPy has no bfloat16."""

from __future__ import annotations

import functools
import warnings
from collections.abc import Callable, Iterable, Mapping
from contextvars import ContextVar
from typing import Any, NamedTuple, Self

import numpy as np

from chainrule.devices import device
from chainrule.dtypes import bfloat16, dtype, float16, float64
from chainrule.names import public_name
from chainrule.tensor import Tensor

__all__ = [
    "autocast",
    "autocast_decorator",
    "custom_bwd",
    "custom_fwd",
    "is_autocast_available",
]


class _State(NamedTuple):
    """What is asked for, by kinds of devices."""

    enabled: frozenset[str] = frozenset()
    dtypes: tuple[tuple[str, dtype], ...] = (("cpu", bfloat16),)
    cache_enabled: bool = True


_state: ContextVar[_State] = ContextVar("autocast", default=_State())  # noqa: B039 (it is immutable)
_AVAILABLE = ("cpu", "cuda", "mps", "xpu", "hpu", "mtia", "xla")


def is_autocast_available(device_type: str) -> bool:
    """Whether `autocast` takes this kind of device.

    >>> torch.amp.is_autocast_available("cpu")
    True
    """
    return device(device_type).type in _AVAILABLE


def is_autocast_enabled(device_type: str = "cuda") -> bool:
    """Whether this runs inside of an `autocast` for this kind of device.

    >>> torch.is_autocast_enabled("cpu")
    False
    """
    return device(device_type).type in _state.get().enabled


def set_autocast_enabled(device_type: Any, enabled: bool | None = None) -> None:
    """Say so, without a `with`.

    >>> torch.set_autocast_enabled("cpu", False)
    """
    if enabled is None:  # the old way, of CUDA alone
        device_type, enabled = "cuda", device_type
    now, kind = _state.get(), device(device_type).type
    _state.set(now._replace(enabled=now.enabled | {kind} if enabled else now.enabled - {kind}))


def get_autocast_dtype(device_type: str) -> dtype:
    """The type that `autocast` asks for.

    >>> torch.get_autocast_dtype("cuda")
    chainrule.float16
    """
    kind = device(device_type).type
    if kind not in _AVAILABLE:
        raise RuntimeError("unsupported scalarType")
    return dict(_state.get().dtypes).get(kind, float16)


def set_autocast_dtype(device_type: str, dtype: dtype) -> None:
    """Say which type that is.

    >>> torch.set_autocast_dtype("cpu", torch.get_autocast_dtype("cpu"))
    """
    now = _state.get()
    _state.set(now._replace(dtypes=tuple((dict(now.dtypes) | {device(device_type).type: dtype}).items())))


def is_autocast_cache_enabled() -> bool:
    """Whether casted weights are kept within an `autocast`: remembered, and changes nothing.

    >>> torch.is_autocast_cache_enabled()
    True
    """
    return _state.get().cache_enabled


def set_autocast_cache_enabled(enabled: bool) -> None:
    """Say so.

    >>> torch.set_autocast_cache_enabled(True)
    """
    _state.set(_state.get()._replace(cache_enabled=enabled))


def clear_autocast_cache() -> None:
    """Forget casted weights: there are none.

    >>> torch.clear_autocast_cache()
    """


def _old_name(old: str, new: str) -> None:
    name = public_name()
    message = f"{name}.{old} is deprecated. Please use {name}.{new} instead."
    warnings.warn(message, DeprecationWarning, stacklevel=3)


def is_autocast_cpu_enabled() -> bool:
    """`is_autocast_enabled("cpu")`, under an older name."""
    _old_name("is_autocast_cpu_enabled()", "is_autocast_enabled('cpu')")
    return is_autocast_enabled("cpu")


def get_autocast_cpu_dtype() -> dtype:
    """`get_autocast_dtype("cpu")`, under an older name."""
    _old_name("get_autocast_cpu_dtype()", "get_autocast_dtype('cpu')")
    return get_autocast_dtype("cpu")


def get_autocast_gpu_dtype() -> dtype:
    """`get_autocast_dtype("cuda")`, under an older name."""
    _old_name("get_autocast_gpu_dtype()", "get_autocast_dtype('cuda')")
    return get_autocast_dtype("cuda")


_said: set[str] = set()
_CHANGES_NOTHING = (
    "autocast is accepted and changes nothing: chainrule computes in the tensors' own types (NumPy has no bfloat16), "
    "so results are more precise than PyTorch's and keep their types. This is said once."
)


class autocast:
    """Accept a request for mixed precision: operations inside compute in the tensors' own types, as outside.

    So a result that is bfloat16 in PyTorch is float32 here, and more precise. A warning says so once. What the region
    asks for can be asked (`torch.is_autocast_enabled`). It is off, with PyTorch's warning, for CUDA and for types that
    PyTorch's autocast does not know either. It may decorate a function.

    >>> import warnings
    >>> with warnings.catch_warnings(action="ignore"), torch.autocast("cpu"):
    ...     (torch.ones(1, 1) @ torch.ones(1, 1)).dtype, torch.is_autocast_enabled("cpu")
    (chainrule.float32, True)
    """

    def __init__(
        self, device_type: str, dtype: dtype | None = None, enabled: bool = True, cache_enabled: bool | None = None
    ) -> None:
        if not isinstance(device_type, str):
            # PyTorch's kind of error
            raise ValueError(f"Expected `device_type` of type `str`, got: `{type(device_type)}`")  # noqa: TRY004
        self.fast_dtype = get_autocast_dtype(device_type) if dtype is None else dtype
        self.device = device_type
        if not is_autocast_available(device_type):
            raise RuntimeError(f"User specified an unsupported autocast device_type '{device_type}'")
        self._cache_enabled = is_autocast_cache_enabled() if cache_enabled is None else cache_enabled
        if enabled and device_type == "cuda":
            warnings.warn("CUDA is not available or torch_xla is imported. Disabling autocast.", stacklevel=2)
            enabled = False
        elif enabled and self.fast_dtype not in (bfloat16, float16):
            name = device_type.upper()
            warnings.warn(
                f"In {name} autocast, but the target dtype is not supported. Disabling autocast.\n"
                f"{name} Autocast only supports dtypes of {bfloat16}, {float16} currently.",
                stacklevel=2,
            )
            enabled = False
        self._enabled = enabled
        self._before: list[_State] = []

    def __enter__(self) -> Self:
        if self._enabled and not _said:
            _said.add("autocast")
            warnings.warn(_CHANGES_NOTHING, stacklevel=2)
        self._before.append(_state.get())
        set_autocast_enabled(self.device, self._enabled)
        set_autocast_dtype(self.device, self.fast_dtype)
        set_autocast_cache_enabled(self._cache_enabled)
        return self

    def __exit__(self, *error: object) -> None:
        _state.set(self._before.pop())

    def __call__(self, func: Any) -> Any:
        """Decorate a function: each call of it is inside."""
        if not callable(func):
            raise TypeError(
                f"autocast()(func) requires a callable, but got {type(func).__name__}. Did you mean to use autocast as "
                f"a context manager? For example:\n    with {public_name()}.autocast(device_type=...):\n"
                "        output = model(input)"
            )
        return autocast_decorator(self, func)


def autocast_decorator(autocast_instance: autocast, func: Callable[..., Any]) -> Callable[..., Any]:
    """`func`, each call of it inside of `autocast_instance`."""

    @functools.wraps(func)
    def decorated(*args: Any, **kwargs: Any) -> Any:
        with autocast_instance:
            return func(*args, **kwargs)

    return decorated


def _cast(value: Any, device_type: str, wanted: dtype) -> Any:
    if isinstance(value, Tensor):
        castable = value.is_floating_point() and value.device.type == device_type and value.dtype is not float64
        return value.to(wanted) if castable else value
    if isinstance(value, (str, bytes, np.ndarray)):
        return value
    if isinstance(value, Mapping):
        return {_cast(k, device_type, wanted): _cast(v, device_type, wanted) for k, v in value.items()}
    if isinstance(value, Iterable):
        casted = (_cast(each, device_type, wanted) for each in value)
        return type(value)(casted) if isinstance(value, (list, tuple)) else casted
    return value


def custom_fwd(fwd: Callable[..., Any] | None = None, *, device_type: str, cast_inputs: dtype | None = None) -> Any:
    """Decorate the `forward` of an `autograd.Function`: within an autocast its inputs are cast to `cast_inputs`.

    >>> class Doubled(torch.autograd.Function):
    ...     @staticmethod
    ...     @torch.amp.custom_fwd(device_type="cpu", cast_inputs=torch.float32)
    ...     def forward(ctx, x):
    ...         return 2 * x
    ...
    ...     @staticmethod
    ...     @torch.amp.custom_bwd(device_type="cpu")
    ...     def backward(ctx, grad):
    ...         return 2 * grad
    >>> Doubled.apply(torch.ones(2))
    tensor([2., 2.])
    """
    _require_text(device_type)
    if fwd is None:
        return functools.partial(custom_fwd, device_type=device_type, cast_inputs=cast_inputs)
    forward = fwd

    @functools.wraps(forward)
    def decorated(*args: Any, **kwargs: Any) -> Any:
        args[0]._dtype = get_autocast_dtype(device_type)
        inside = is_autocast_enabled(device_type)
        args[0]._fwd_used_autocast = inside and cast_inputs is None
        if cast_inputs is None or not inside:
            return forward(*args, **kwargs)
        with autocast(device_type, enabled=False):
            return forward(*_cast(args, device_type, cast_inputs), **_cast(kwargs, device_type, cast_inputs))

    return decorated


def custom_bwd(bwd: Callable[..., Any] | None = None, *, device_type: str) -> Any:
    """Decorate the `backward` that belongs to such a `forward`: it runs in the autocast that the forward ran in."""
    _require_text(device_type)
    if bwd is None:
        return functools.partial(custom_bwd, device_type=device_type)
    backward = bwd

    @functools.wraps(backward)
    def decorated(*args: Any, **kwargs: Any) -> Any:
        with autocast(device_type, enabled=args[0]._fwd_used_autocast, dtype=args[0]._dtype):
            return backward(*args, **kwargs)

    return decorated


def _require_text(device_type: Any) -> None:
    if not isinstance(device_type, str):
        # PyTorch's kind of error
        raise ValueError(f"Expected `device_type` of type `str`, got: `{type(device_type)}`")  # noqa: TRY004
