"""Modules that see the sizes of their parameters from the first input."""

from __future__ import annotations

from itertools import chain
from typing import Any, ClassVar

from chainrule.engine.grad_mode import no_grad
from chainrule.engine.handles import RemovableHandle
from chainrule.nn.modules.module import Module
from chainrule.nn.parameter import is_lazy

__all__ = ["LazyModuleMixin"]


class LazyModuleMixin(Module):
    """A module whose parameters get their shapes at the first call, after which it is of the class `cls_to_become`.

    Until then its parameters are of `UninitializedParameter`, which can be moved to another dtype, saved and loaded,
    and nothing else. A state whose parameters have shapes gives them to the module. A subclass says in
    `initialize_parameters`, which gets what `forward` gets, what the shapes are.

    >>> net = torch.nn.Sequential(torch.nn.LazyLinear(4), torch.nn.ReLU(), torch.nn.LazyLinear(1))
    >>> net[0]
    LazyLinear(in_features=0, out_features=4, bias=True)
    >>> _ = net(torch.ones(2, 3))
    >>> net[0]
    Linear(in_features=3, out_features=4, bias=True)
    """

    cls_to_become: ClassVar[type[Module] | None] = None

    _load_hook: RemovableHandle
    _initialize_hook: RemovableHandle

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._load_hook = self._register_load_state_dict_pre_hook(self._lazy_load_hook)
        self._initialize_hook = self.register_forward_pre_hook(self._infer_parameters, with_kwargs=True)

    def _lazy_load_hook(self, state_dict: dict[str, Any], prefix: str, *_: Any) -> None:
        # What is loaded has shapes: so have the parameters from now on.
        for name, tensor in chain(self._parameters.items(), self._buffers.items()):
            given = state_dict.get(prefix + name)
            if given is not None and is_lazy(tensor) and not is_lazy(given):
                with no_grad():
                    tensor.materialize(given.shape)  # type: ignore[union-attr]

    def initialize_parameters(self, *args: Any, **kwargs: Any) -> None:
        """Give the parameters their shapes and values; a subclass says which."""
        raise NotImplementedError(f"initialize_parameters is not implemented for {self._get_name()}")

    def has_uninitialized_params(self) -> bool:
        """Whether a parameter or buffer has no shape yet."""
        return any(is_lazy(tensor) for tensor in chain(self._parameters.values(), self._buffers.values()))

    def _infer_parameters(self, module: Any, args: tuple[Any, ...], kwargs: dict[str, Any] | None = None) -> None:
        # Called once, before the first `forward`.
        module.initialize_parameters(*args, **kwargs or {})
        if module.has_uninitialized_params():
            raise RuntimeError(f"module {self._get_name()} has not been fully initialized")
        module._initialize_hook.remove()
        module._load_hook.remove()
        del module._initialize_hook
        del module._load_hook
        if module.cls_to_become is not None:
            module.__class__ = module.cls_to_become
