"""Parametrizations: a parameter or buffer of a module that is computed from others each time it is asked for."""

from __future__ import annotations

import copy
import copyreg
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NoReturn

from chainrule.engine.grad_mode import no_grad
from chainrule.nn.modules.container import ModuleDict, ModuleList
from chainrule.nn.modules.module import Module
from chainrule.nn.parameter import Parameter
from chainrule.tensor import Tensor

__all__ = [
    "ParametrizationList",
    "cached",
    "is_parametrized",
    "register_parametrization",
    "remove_parametrizations",
    "transfer_parametrizations_and_params",
    "type_before_parametrizations",
]


class _Cache:
    # What was computed inside `cached`, by module and name; `depth` counts how many of them are open.

    def __init__(self) -> None:
        self.depth = 0
        self.tensors: dict[tuple[int, str], Any] = {}


_CACHE = _Cache()


@contextmanager
def cached() -> Iterator[None]:
    """Compute each parametrized tensor once while this is open, as for a weight that a loop uses many times.

    >>> import chainrule as torch
    >>> from chainrule.nn.utils import parametrizations, parametrize
    >>> layer = parametrizations.weight_norm(torch.nn.Linear(3, 2))
    >>> layer.weight is layer.weight
    False
    >>> with parametrize.cached():
    ...     layer.weight is layer.weight
    True
    """
    _CACHE.depth += 1
    try:
        yield
    finally:
        _CACHE.depth -= 1
        if not _CACHE.depth:
            _CACHE.tensors.clear()


def _register(module: Module, name: str, tensor: Any) -> None:
    if isinstance(tensor, Parameter):
        module.register_parameter(name, tensor)
    else:
        module.register_buffer(name, tensor)


class ParametrizationList(ModuleList):
    """The parametrizations of one tensor, in order, and what the first of them is computed from.

    That is `original` where `right_inverse` gives one tensor, or where there is none; `original0`, `original1`, ...
    where it gives several. `register_parametrization` makes these lists.

    Args:
        modules: the parametrizations.
        original: the parameter or buffer.
        unsafe: let the dtype and the shape change, and check nothing.

    >>> import chainrule as torch
    >>> layer = torch.nn.utils.parametrizations.weight_norm(torch.nn.Linear(3, 2))
    >>> layer.parametrizations.weight
    ParametrizationList(
      (0): _WeightNorm()
    )
    """

    original: Any
    unsafe: bool

    def __init__(self, modules: Sequence[Module], original: Tensor, unsafe: bool = False) -> None:
        if len(modules) == 0:
            raise ValueError("ParametrizationList requires one or more modules.")
        super().__init__(modules)
        self.unsafe = unsafe
        shape, kind = original.shape, original.dtype
        new = self._inverted(original)
        if not isinstance(new, Tensor | Sequence):
            raise ValueError(  # noqa: TRY004 (PyTorch's class, here and below)
                "'right_inverse' must return a Tensor or a Sequence of tensors (list, tuple...). "
                f"Got {type(new).__name__}"
            )
        self.is_tensor = isinstance(new, Tensor)
        self.ntensors = 1 if isinstance(new, Tensor) else len(new)
        if isinstance(new, Tensor):
            self._keep_one(original, new)
        else:
            self._keep_several(original, new)
        if not unsafe:
            _check_result(
                self(), kind, shape, "unless `unsafe` flag is enabled.", "unparametrized {}: ", "parametrized {}: "
            )

    def _inverted(self, value: Any) -> Any:
        with no_grad():
            for module in reversed(list(self)):
                if hasattr(module, "right_inverse"):
                    try:
                        value = module.right_inverse(value)
                    except NotImplementedError:
                        continue
        return value

    def _keep_one(self, original: Tensor, new: Tensor) -> None:
        if original.dtype != new.dtype:
            raise ValueError(
                "When `right_inverse` outputs one tensor, it may not change the dtype.\n"
                f"original.dtype: {original.dtype}\n"
                f"right_inverse(original).dtype: {new.dtype}"
            )
        # The parameter stays the object it is, as optimizers hold it.
        with no_grad():
            original.set_(new)
        _register(self, "original", original)

    def _keep_several(self, original: Tensor, new: Sequence[Any]) -> None:
        for place, part in enumerate(new):
            if not isinstance(part, Tensor):
                raise ValueError(  # noqa: TRY004
                    "'right_inverse' must return a Tensor or a Sequence of tensors (list, tuple...). "
                    f"Got element {place} of the sequence with type {type(part).__name__}."
                )
            kept = Parameter(part, original.requires_grad) if isinstance(original, Parameter) else part
            kept.requires_grad_(original.requires_grad)
            _register(self, f"original{place}", kept)

    def _originals(self) -> list[Any]:
        return [getattr(self, f"original{place}") for place in range(self.ntensors)]

    def right_inverse(self, value: Any) -> None:
        """Store what gives `value`: `right_inverse` of each parametrization, the last first."""
        with no_grad():
            for module in reversed(list(self)):
                if not hasattr(module, "right_inverse"):
                    raise RuntimeError(f"parametrization {type(module).__name__} does not implement right_inverse.")
                value = module.right_inverse(value)
            if self.is_tensor:
                self._store_one(value)
            else:
                self._store_several(value)

    def _store_one(self, value: Any) -> None:
        if not isinstance(value, Tensor):
            raise ValueError(  # noqa: TRY004
                f"`right_inverse` should return a tensor. Got {type(value).__name__}"
            )
        if value.dtype != self.original.dtype:
            raise ValueError(
                f"The tensor returned by `right_inverse` has dtype {value.dtype} "
                f"while `original` has dtype {self.original.dtype}"
            )
        self.original.set_(value)

    def _store_several(self, value: Any) -> None:
        if not isinstance(value, Sequence):
            raise ValueError(  # noqa: TRY004
                f"'right_inverse' must return a sequence of tensors. Got {type(value).__name__}."
            )
        if len(value) != self.ntensors:
            raise ValueError(
                f"'right_inverse' must return a sequence of tensors of length {self.ntensors}. "
                f"Got a sequence of length {len(value)}."
            )
        originals = self._originals()
        # All are looked at before one is changed.
        for place, (part, original) in enumerate(zip(value, originals, strict=True)):
            if not isinstance(part, Tensor):
                raise ValueError(  # noqa: TRY004
                    "'right_inverse' must return a sequence of tensors or reference-type opaques. "
                    f"Got element {place} of type {type(part).__name__}."
                )
            if part.dtype != original.dtype:
                raise ValueError(
                    f"Tensor {place} returned by `right_inverse` has dtype {part.dtype} "
                    f"while `original{place}` has dtype {original.dtype}"
                )
        for part, original in zip(value, originals, strict=True):
            original.set_(part)

    def forward(self) -> Any:
        """The parametrized tensor."""
        first, *others = list(self)
        value = first(self.original) if self.is_tensor else first(*self._originals())
        for parametrization in others:
            value = parametrization(value)
        return value


def _check_result(value: Any, kind: Any, shape: Any, unless: str, before: str, after: str) -> None:
    # That a parametrization gives a tensor like the one it stands for.
    if not isinstance(value, Tensor):
        raise ValueError(  # noqa: TRY004
            f"A parametrization must return a tensor. Got {type(value).__name__}."
        )
    for what, old, new in (("dtype", kind, value.dtype), ("shape", shape, value.shape)):
        if old != new:
            raise ValueError(
                f"Registering a parametrization may not change the {what} of the tensor, {unless}\n"
                f"{before.format(what)}{old}\n{after.format(what)}{new}"
            )


def _deepcopied(self: Any, memo: dict[int, Any]) -> Any:
    # A copy made as `copy.deepcopy` makes it where a class has no method for it.
    if id(self) in memo:
        return memo[id(self)]
    replica = self.__new__(type(self))
    memo[id(self)] = replica
    replica.__dict__ = copy.deepcopy(self.__dict__, memo)
    for slot in copyreg._slotnames(type(self)):  # type: ignore[attr-defined]
        if hasattr(self, slot):
            setattr(replica, slot, copy.deepcopy(getattr(self, slot), memo))
    return replica


def _not_pickled(self: Any) -> NoReturn:
    raise RuntimeError(
        "Serialization of parametrized modules is only supported through state_dict(). See:\n"
        "https://pytorch.org/tutorials/beginner/saving_loading_models.html"
        "#saving-loading-a-general-checkpoint-for-inference-and-or-resuming-training"
    )


def _give_own_class(module: Module) -> None:
    # A class for this module alone, on which the tensors can be properties.
    cls = type(module)
    methods: dict[str, Any] = {"__getstate__": _not_pickled}
    if not hasattr(cls, "__deepcopy__"):
        methods["__deepcopy__"] = _deepcopied
    module.__class__ = type(f"Parametrized{cls.__name__}", (cls,), methods)


def _add_property(module: Module, name: str) -> None:
    def get(self: Any) -> Any:
        parametrization = self.parametrizations[name]
        if not _CACHE.depth:
            return parametrization()
        key = (id(self), name)
        if key not in _CACHE.tensors:
            _CACHE.tensors[key] = parametrization()
        return _CACHE.tensors[key]

    def store(self: Any, value: Any) -> None:
        self.parametrizations[name].right_inverse(value)

    setattr(type(module), name, property(get, store))


def register_parametrization(
    module: Module, tensor_name: str, parametrization: Module, *, unsafe: bool = False
) -> Module:
    """Let `module.tensor_name` be `parametrization(original)`, computed each time it is asked for.

    The tensor it is computed from moves to `module.parametrizations.<tensor_name>.original`, and stays the object it
    is. Where the parametrization has a method `right_inverse`, the original is what this gives for the tensor, or
    `original0`, `original1`, ... where it gives several; and assigning to the tensor then sets them. Several
    parametrizations of one tensor are applied one after the other.

    Args:
        module: the module that has the tensor.
        tensor_name: a parameter or buffer of it.
        parametrization: the module to apply; it is put into the module's training mode.
        unsafe: let the dtype and the shape change, and check nothing.

    >>> import chainrule as torch
    >>> class Symmetric(torch.nn.Module):
    ...     def forward(self, x):
    ...         return x.triu() + x.triu(1).T
    >>> layer = torch.nn.utils.parametrize.register_parametrization(torch.nn.Linear(3, 3), "weight", Symmetric())
    >>> bool((layer.weight == layer.weight.T).all())
    True
    """
    parametrization.train(module.training)
    lists: Any = getattr(module, "parametrizations", None)
    if is_parametrized(module, tensor_name):
        if not unsafe:
            _check_further(getattr(module, tensor_name), tensor_name, parametrization)
        lists[tensor_name].append(parametrization)
        lists[tensor_name].unsafe |= unsafe
        return module
    if tensor_name not in module._buffers and tensor_name not in module._parameters:
        raise ValueError(
            f"Module '{module}' does not have a parameter, a buffer, or a parametrized element with name "
            f"'{tensor_name}'"
        )
    # First what may fail.
    parametrizations = ParametrizationList([parametrization], getattr(module, tensor_name), unsafe=unsafe)
    delattr(module, tensor_name)
    if not is_parametrized(module):
        _give_own_class(module)
        module.parametrizations = ModuleDict()
    _add_property(module, tensor_name)
    lists = module.parametrizations
    lists[tensor_name] = parametrizations
    return module


def _check_further(tensor: Tensor, name: str, parametrization: Any) -> None:
    # That one more parametrization, and its right_inverse, give tensors like the one they are given.
    value = parametrization(tensor)
    _check_result(
        value,
        tensor.dtype,
        tensor.shape,
        "unless the `unsafe` flag is enabled.",
        f"module.{name}.{{}}: ",
        f"parametrization(module.{name}).{{}}: ",
    )
    if not hasattr(parametrization, "right_inverse"):
        return
    try:
        back = parametrization.right_inverse(value)
    except NotImplementedError:
        return
    if not isinstance(back, Tensor):
        raise ValueError(  # noqa: TRY004
            f"parametrization.right_inverse must return a tensor. Got: {type(back).__name__}"
        )
    for what, old, new in (("dtype", tensor.dtype, back.dtype), ("shape", tensor.shape, back.shape)):
        if old != new:
            raise ValueError(
                f"The tensor returned by parametrization.right_inverse must have the same {what} "
                f"as module.{name}, unless the `unsafe` flag is enabled.\n"
                f"module.{name}.{what}: {old}\nreturned {what}: {new}"
            )


def is_parametrized(module: Module, tensor_name: str | None = None) -> bool:
    """Whether a tensor of the module has parametrizations; without a name, whether any has.

    >>> import chainrule as torch
    >>> torch.nn.utils.parametrize.is_parametrized(torch.nn.Linear(3, 2))
    False
    """
    parametrizations = getattr(module, "parametrizations", None)
    if not isinstance(parametrizations, ModuleDict):
        return False
    return len(parametrizations) > 0 if tensor_name is None else tensor_name in parametrizations


def remove_parametrizations(module: Module, tensor_name: str, leave_parametrized: bool = True) -> Module:
    """Make a parametrized tensor a parameter or buffer again.

    Args:
        module: the module.
        tensor_name: the tensor.
        leave_parametrized: with the value that the parametrizations give, not with the original one. Must be so where
            there are several originals; what comes of them is a new parameter, that optimizers do not know.

    >>> import chainrule as torch
    >>> layer = torch.nn.utils.parametrizations.weight_norm(torch.nn.Linear(3, 2))
    >>> torch.nn.utils.parametrize.remove_parametrizations(layer, "weight")
    Linear(in_features=3, out_features=2, bias=True)
    """
    if not is_parametrized(module, tensor_name):
        raise ValueError(f"Module {module} does not have a parametrization on {tensor_name}")
    lists: Any = module.parametrizations
    parametrizations = lists[tensor_name]
    if parametrizations.is_tensor:
        original = parametrizations.original
        if leave_parametrized:
            with no_grad():
                original.set_(getattr(module, tensor_name))
    elif leave_parametrized:
        # Recorded, to know whether one of the originals requires grad.
        value = getattr(module, tensor_name)
        original = Parameter(value) if value.requires_grad else value
    else:
        raise ValueError(
            "Cannot leave unparametrized (`leave_parametrized=False`) a tensor "
            "that is parametrized in terms of a sequence of tensors."
        )
    delattr(type(module), tensor_name)
    del lists[tensor_name]
    _register(module, tensor_name, original)
    if not is_parametrized(module):
        del module.parametrizations
        module.__class__ = type(module).__bases__[0]
    return module


def type_before_parametrizations(module: Module) -> type:
    """The class that the module had before any of its tensors was parametrized.

    >>> import chainrule as torch
    >>> layer = torch.nn.utils.parametrizations.weight_norm(torch.nn.Linear(3, 2))
    >>> type(layer).__name__, torch.nn.utils.parametrize.type_before_parametrizations(layer).__name__
    ('ParametrizedLinear', 'Linear')
    """
    return type(module).__bases__[0] if is_parametrized(module) else type(module)


def transfer_parametrizations_and_params(
    from_module: Module, to_module: Module, tensor_name: str | None = None
) -> Module:
    """Give `to_module` the parametrizations of `from_module` and what they are computed from: of one tensor, or of all.

    >>> import chainrule as torch
    >>> layer = torch.nn.utils.parametrizations.weight_norm(torch.nn.Linear(3, 2))
    >>> other = torch.nn.utils.parametrize.transfer_parametrizations_and_params(layer, torch.nn.Linear(3, 2))
    >>> bool((other.weight == layer.weight).all())
    True
    """
    if not is_parametrized(from_module):
        return to_module
    lists: Any = from_module.parametrizations
    names: Iterable[str] = list(lists) if tensor_name is None else [tensor_name]
    for name in names:
        if not hasattr(to_module, name):
            setattr(to_module, name, Parameter(getattr(from_module, name)))
        for parametrization in lists[name]:
            register_parametrization(to_module, name, parametrization)
        taken: Any = to_module.parametrizations
        for held in ("_parameters", "_buffers"):
            for place, original in getattr(lists[name], held).items():
                setattr(taken[name], place, original)
    return to_module
