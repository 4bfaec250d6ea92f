"""Checkpoints: functions whose intermediate values are computed again in backward rather than kept until then.

There are two kinds. With `use_reentrant=False` the function is recorded as ever, but what its nodes save is replaced by
slots (see checkpointed_region.py): everything that works without a checkpoint works with it. With `use_reentrant=True`
it runs without recording, as the forward of a custom Function, whose backward runs it again, recording, and then a
backward pass through what was recorded.
"""

from __future__ import annotations

import functools
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar
from typing import Any, NamedTuple

from chainrule import autograd
from chainrule.autograd.function import Function
from chainrule.devices import require_cpu
from chainrule.engine.backward import current_pass
from chainrule.engine.grad_flag import is_grad_enabled
from chainrule.engine.grad_mode import enable_grad
from chainrule.random import default_generator
from chainrule.tensor import Tensor
from chainrule.utils.checkpoint_log import Log
from chainrule.utils.checkpointed_region import (
    CheckpointError,
    GraphExecGroup,
    Metadata,
    Region,
    drawing_from,
    nothing,
    shape_and_dtype,
)
from chainrule.utils.selective_checkpoint import (
    SAC_IGNORED_OPS,
    CheckpointPolicy,
    SelectiveCheckpointContext,
    create_selective_checkpoint_contexts,
)

__all__ = [
    "checkpoint",
    "checkpoint_sequential",
    "CheckpointError",
    "CheckpointFunction",
    "check_backward_validity",
    "detach_variable",
    "get_device_states",
    "set_device_states",
    "noop_context_fn",
    "set_checkpoint_early_stop",
    "DefaultDeviceType",
    "set_checkpoint_debug_enabled",
    "CheckpointPolicy",
    "SelectiveCheckpointContext",
    "create_selective_checkpoint_contexts",
    "SAC_IGNORED_OPS",
    "GraphExecGroup",
]

Contexts = Callable[[], tuple[AbstractContextManager[Any], AbstractContextManager[Any]]]

DETERMINISM_CHECKS: dict[str, Metadata] = {"default": shape_and_dtype, "none": nothing}

WITHOUT_KIND = (
    "torch.utils.checkpoint: the use_reentrant parameter should be passed explicitly. Starting in PyTorch 2.9, calling "
    "checkpoint without use_reentrant will raise an exception. use_reentrant=False is recommended, but if you need to "
    "preserve the current default behavior, you can pass use_reentrant=True. Refer to docs for more details on the "
    "differences between the two variants."
)
WITHOUT_KIND_SEQUENTIAL = (
    "torch.utils.checkpoint.checkpoint_sequential: the use_reentrant parameter should be passed explicitly. "
    "In version 2.9 we will raise an exception if use_reentrant is not passed. use_reentrant=False is recommended, but "
    "if you need to preserve the current default behavior, you can pass use_reentrant=True. Refer to docs for more "
    "details on the differences between the two variants."
)
SUPPRESSED = (
    "torch.utils.checkpoint: the forward context provided by context_fn suppressed an exception raised during the "
    "checkpointed forward. This is not supported because checkpoint cannot return a value for a failed forward."
)
NOT_BY_GRAD = (
    "When use_reentrant=True, torch.utils.checkpoint is incompatible with .grad() or passing an `inputs` parameter to "
    ".backward(). To resolve this error, you can either set use_reentrant=False, or call .backward() without passing "
    "the `inputs` argument."
)

# What the two contexts below have set; None leaves it to the arguments of `checkpoint`.
_debug_enabled: ContextVar[bool | None] = ContextVar("checkpoint_debug_enabled", default=None)
_early_stop_enabled: ContextVar[bool | None] = ContextVar("checkpoint_early_stop_enabled", default=None)


@contextmanager
def set_checkpoint_debug_enabled(enabled: bool | None) -> Iterator[None]:
    """Have every checkpoint inside take this for its `debug`; None leaves it to each.

    >>> with set_checkpoint_debug_enabled(True):
    ...     y = checkpoint(torch.sin, torch.ones(2, requires_grad=True), use_reentrant=False)
    """
    token = _debug_enabled.set(enabled)
    try:
        yield
    finally:
        _debug_enabled.reset(token)


@contextmanager
def set_checkpoint_early_stop(enable: bool) -> Iterator[None]:
    """Have every checkpoint that is called inside take this for its `early_stop`, wherever its backward runs.

    >>> with set_checkpoint_early_stop(False):
    ...     y = checkpoint(torch.sin, torch.ones(2, requires_grad=True), use_reentrant=False)
    """
    token = _early_stop_enabled.set(enable)
    try:
        yield
    finally:
        _early_stop_enabled.reset(token)


def noop_context_fn() -> tuple[AbstractContextManager[Any], AbstractContextManager[Any]]:
    """Two contexts that do nothing: the default of `context_fn`.

    >>> forward, recompute = noop_context_fn()
    """
    return nullcontext(), nullcontext()


class _Options(NamedTuple):
    use_reentrant: bool | None
    preserve_rng_state: bool
    context_fn: Contexts
    determinism_check: str
    debug: bool
    early_stop: bool


def checkpoint(
    function: Callable[..., Any] | None = None,
    *args: Any,
    use_reentrant: bool | None = None,
    preserve_rng_state: bool = True,
    context_fn: Contexts = noop_context_fn,
    determinism_check: str = "default",
    debug: bool = False,
    early_stop: bool = True,
    **kwargs: Any,
) -> Any:
    """Return `function(*args, **kwargs)`, whose intermediate values backward computes again.

    Without a function it is a decorator. `use_reentrant` says which kind (see above); without it there is a warning,
    and the kind is True, which takes no keyword arguments for the function and works with `backward()` only, not with
    `grad()` or `inputs=`.

    `preserve_rng_state`: whether the function finds the same random numbers when it runs again. For
    `use_reentrant=False` only: `context_fn` returns two contexts, for forward and for recomputation;
    `determinism_check`: "default" compares shapes and types of what is saved, "none" does not; `debug`: an error of
    that check says which operations ran; `early_stop`: whether recomputation ends as soon as it has all that is needed.

    Raises CheckpointError in backward where the function did something else when it ran again.

    >>> from chainrule.utils.checkpoint import checkpoint
    >>> x = torch.tensor([0.0, 1.0], requires_grad=True)
    >>> y = checkpoint(lambda x: x.exp().sin(), x, use_reentrant=False)
    >>> y.sum().backward()
    >>> x.grad
    tensor([ 0.5403, -2.4784])
    """
    options = _Options(use_reentrant, preserve_rng_state, context_fn, determinism_check, debug, early_stop)
    if function is None and not args:
        if kwargs:
            raise ValueError(_unexpected(kwargs))
        return functools.partial(_decorated, options)
    return _call(options, function, args, kwargs)


def _decorated(options: _Options, function: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(function)
    def checkpointed(*args: Any, **kwargs: Any) -> Any:
        return _call(options, function, args, kwargs)

    return checkpointed


def _unexpected(kwargs: dict[str, Any]) -> str:
    return "Unexpected keyword arguments: " + ",".join(kwargs)


def _call(options: _Options, function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    use_reentrant = options.use_reentrant
    if use_reentrant is None:
        warnings.warn(WITHOUT_KIND, stacklevel=3)
        use_reentrant = True
    if not use_reentrant:
        return _recorded(options, function, args, kwargs)
    if kwargs:
        raise ValueError(_unexpected(kwargs))
    if options.context_fn is not noop_context_fn or options.debug is not False:
        raise ValueError("Passing `context_fn` or `debug` is only supported when use_reentrant=False.")
    return CheckpointFunction.apply(function, options.preserve_rng_state, *args)


def _recorded(options: _Options, function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    debug = _debug_enabled.get()
    log = Log() if (options.debug if debug is None else debug) else None
    if log is not None and options.context_fn is not noop_context_fn:
        raise ValueError("debug=True is incompatible with non-default context_fn")
    if options.determinism_check not in DETERMINISM_CHECKS:
        raise ValueError(
            f"determinism_check should be one of {list(DETERMINISM_CHECKS)}, but got {options.determinism_check}"
        )
    forward_context, recompute_context = options.context_fn() if log is None else log.contexts()
    if not is_grad_enabled():
        return function(*args, **kwargs)
    early_stop = _early_stop_enabled.get()
    region = Region(
        function,
        args,
        kwargs,
        preserve_rng_state=options.preserve_rng_state,
        context=recompute_context,
        metadata_of=DETERMINISM_CHECKS[options.determinism_check],
        early_stop=options.early_stop if early_stop is None else early_stop,
        log=log,
    )
    with region.hooks(), forward_context:
        result = function(*args, **kwargs)
        region.forward_completed = True
    if not region.forward_completed:
        raise RuntimeError(SUPPRESSED)
    return result


def checkpoint_sequential(
    functions: Any,
    segments: int,
    input: Any,
    use_reentrant: bool | None = None,
    **kwargs: Any,
) -> Any:
    """Run a Sequential, or a list of functions, in segments, all of which but the last are checkpointed.

    `preserve_rng_state` and `use_reentrant` are those of `checkpoint`; other keywords raise ValueError.

    >>> layers = [torch.sin, torch.exp, torch.cos, torch.tanh]
    >>> x = torch.ones(2, requires_grad=True)
    >>> y = checkpoint_sequential(layers, 2, x, use_reentrant=False)
    """
    from chainrule.nn import Sequential  # which needs this package itself

    if use_reentrant is None:
        warnings.warn(WITHOUT_KIND_SEQUENTIAL, stacklevel=2)
        use_reentrant = True
    preserve_rng_state = kwargs.pop("preserve_rng_state", True)
    if kwargs:
        raise ValueError(_unexpected(kwargs))
    layers: Sequence[Any] = list(functions.children()) if isinstance(functions, Sequential) else functions
    length = len(layers) // segments
    starts = range(0, length * (segments - 1), length)
    for start in starts:
        run = functools.partial(_run_in_turn, layers[start : start + length])
        input = checkpoint(run, input, use_reentrant=use_reentrant, preserve_rng_state=preserve_rng_state)
    return _run_in_turn(layers[len(starts) * length :], input)


def _run_in_turn(functions: Sequence[Callable[..., Any]], value: Any) -> Any:
    for function in functions:
        value = function(value)
    return value


class CheckpointFunction(Function):
    """The kind of checkpoint that runs a backward pass of its own within backward: `use_reentrant=True`.

    >>> CheckpointFunction.apply(torch.exp, True, torch.zeros(2, requires_grad=True))
    tensor([1., 1.], grad_fn=<CheckpointFunctionBackward>)
    """

    @staticmethod
    def forward(ctx: Any, run_function: Callable[..., Any], preserve_rng_state: bool, *args: Any) -> Any:
        """What `run_function(*args)` returns; only the arguments are kept."""
        check_backward_validity(args)
        ctx.run_function = run_function
        ctx.random_state = default_generator._stream.snapshot() if preserve_rng_state else None
        # Tensors among the arguments are saved, and checked, as every Function's are.
        ctx.tensor_indices = [i for i, arg in enumerate(args) if isinstance(arg, Tensor)]
        ctx.inputs = [None if isinstance(arg, Tensor) else arg for arg in args]
        ctx.save_for_backward(*[args[i] for i in ctx.tensor_indices])
        return run_function(*args)

    @staticmethod
    def backward(ctx: Any, *args: Any) -> Any:
        """The gradients of the arguments, by a backward pass through what `run_function` records when it runs again."""
        running = current_pass()
        if running is not None and running.captures is not None:
            raise RuntimeError(NOT_BY_GRAD)
        inputs = list(ctx.inputs)
        for index, tensor in zip(ctx.tensor_indices, ctx.saved_tensors, strict=True):
            inputs[index] = tensor
        detached = detach_variable(tuple(inputs))
        with drawing_from(ctx.random_state), enable_grad():
            outputs = ctx.run_function(*detached)
        if isinstance(outputs, Tensor):
            outputs = (outputs,)
        pairs = [
            (output, gradient)
            for output, gradient in zip(outputs, args, strict=False)
            if isinstance(output, Tensor) and output.requires_grad
        ]
        if not pairs:
            raise RuntimeError("none of output has requires_grad=True, this checkpoint() is not necessary")
        autograd.backward([output for output, _ in pairs], [gradient for _, gradient in pairs])
        return (None, None, *(arg.grad if isinstance(arg, Tensor) else None for arg in detached))


def detach_variable(inputs: tuple[Any, ...]) -> tuple[Any, ...]:
    """The same values, tensors among them as leaves of their own that require grad where those given do.

    >>> detach_variable((torch.ones(1, requires_grad=True) * 2, "a"))
    (tensor([2.], requires_grad=True), 'a')
    """
    if not isinstance(inputs, tuple):
        raise RuntimeError(  # noqa: TRY004 (PyTorch's class)
            f"Only tuple of tensors is supported. Got Unsupported input type: {type(inputs).__name__}"
        )
    detached: list[Any] = []
    for value in inputs:
        leaf = value
        if isinstance(value, Tensor):
            leaf = value.detach()
            leaf.requires_grad = value.requires_grad
        detached.append(leaf)
    return tuple(detached)


def check_backward_validity(inputs: Iterable[Any]) -> None:
    """Warn where no tensor among the inputs requires grad.

    >>> check_backward_validity([torch.ones(1, requires_grad=True), 3])
    """
    if not any(value.requires_grad for value in inputs if isinstance(value, Tensor)):
        warnings.warn("None of the inputs have requires_grad=True. Gradients will be None", stacklevel=2)


class DefaultDeviceType:
    """The type of device whose random state a checkpoint preserves where its tensors are on none but the CPU.

    >>> DefaultDeviceType.get_device_type()
    'cpu'
    """

    _default_device_type: str | None = None

    @staticmethod
    def set_device_type(device: str = "cuda") -> None:
        """Say which type it is. Tensors are on the CPU here, whose random state is always preserved."""
        DefaultDeviceType._default_device_type = device

    @staticmethod
    def get_device_type() -> str:
        """The type that was set, else the CPU."""
        return DefaultDeviceType._default_device_type or "cpu"


def get_device_states(*args: Any) -> tuple[list[int], list[Tensor]]:
    """The devices other than the CPU among the tensors given, and their random states: none.

    >>> get_device_states(torch.ones(2))
    ([], [])
    """
    del args
    return [], []


def set_device_states(devices: Sequence[int], states: Sequence[Tensor], *, device_type: str | None = None) -> None:
    """Set the random states of devices other than the CPU; raises RuntimeError where there is one to be set.

    >>> set_device_states([], [])
    """
    for device, _ in zip(devices, states, strict=False):
        require_cpu(f"{device_type or DefaultDeviceType.get_device_type()}:{device}")
