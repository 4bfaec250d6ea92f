"""Weights by length and direction, worked out before each call: the way before there were parametrizations."""

from __future__ import annotations

import warnings
from typing import Any, TypeVar

from chainrule.names import public_name
from chainrule.nn.modules.module import Module
from chainrule.nn.parameter import Parameter, UninitializedParameter
from chainrule.nn.utils.parametrizations import normed_weight
from chainrule.ops.norms import norm_except_dim

__all__ = ["WeightNorm", "remove_weight_norm", "weight_norm"]

M = TypeVar("M", bound=Module)


class WeightNorm:
    """The hook that works the weight out before `forward`.

    Args:
        name: of the parameter.
        dim: along which each part has a length of its own; None or -1 for one length of all.

    >>> WeightNorm("weight", 0).name
    'weight'
    """

    def __init__(self, name: str, dim: int | None) -> None:
        self.name = name
        self.dim = -1 if dim is None else dim

    def compute_weight(self, module: Module) -> Any:
        """The weight of the length and direction that the module has."""
        return normed_weight(getattr(module, f"{self.name}_v"), getattr(module, f"{self.name}_g"), self.dim)

    @staticmethod
    def apply(module: Module, name: str, dim: int | None) -> WeightNorm:
        """Replace a parameter of the module by its length and direction."""
        return _applied(module, name, dim)

    def remove(self, module: Module) -> None:
        """Make the weight a parameter again."""
        weight = self.compute_weight(module)
        delattr(module, self.name)
        del module._parameters[f"{self.name}_g"]
        del module._parameters[f"{self.name}_v"]
        setattr(module, self.name, Parameter(weight.detach()))

    def __call__(self, module: Module, inputs: Any) -> None:
        """Work the weight out."""
        setattr(module, self.name, self.compute_weight(module))


def _applied(module: Module, name: str, dim: int | None) -> WeightNorm:
    path = f"{public_name()}.nn.utils"
    warnings.warn(
        f"`{path}.weight_norm` is deprecated in favor of `{path}.parametrizations.weight_norm`.",
        FutureWarning,
        stacklevel=3,
    )
    for hook in module._forward_pre_hooks.values():
        if isinstance(hook, WeightNorm) and hook.name == name:
            raise RuntimeError(f"Cannot register two weight_norm hooks on the same parameter {name}")
    norm = WeightNorm(name, dim)
    weight = getattr(module, name)
    if isinstance(weight, UninitializedParameter):
        raise ValueError(  # noqa: TRY004 (PyTorch's class)
            "The module passed to `WeightNorm` can't have uninitialized parameters. "
            "Make sure to run the dummy forward before applying weight normalization"
        )
    length = norm_except_dim(weight, 2, norm.dim)
    del module._parameters[name]
    module.register_parameter(f"{name}_g", Parameter(length.detach()))
    module.register_parameter(f"{name}_v", Parameter(weight.detach()))
    setattr(module, name, norm.compute_weight(module))
    module.register_forward_pre_hook(norm)
    return norm


def weight_norm(module: M, name: str = "weight", dim: int | None = 0) -> M:
    """Learn a weight by its length, `weight_g`, and its direction, `weight_v`; warns that this is the older way.

    `parametrizations.weight_norm` takes its place, and loads states that this one saved.

    Args:
        module: the module.
        name: a parameter of it.
        dim: along which each part has a length of its own; None for one length of all.

    >>> import warnings
    >>> import chainrule as torch
    >>> with warnings.catch_warnings():
    ...     warnings.simplefilter("ignore")
    ...     layer = torch.nn.utils.weight_norm(torch.nn.Linear(3, 2))
    >>> [name for name, _ in layer.named_parameters()]
    ['bias', 'weight_g', 'weight_v']
    """
    _applied(module, name, dim)
    return module


def remove_weight_norm(module: M, name: str = "weight") -> M:
    """Make a weight that `weight_norm` took apart a parameter again; ValueError where it did not."""
    for key, hook in module._forward_pre_hooks.items():
        if isinstance(hook, WeightNorm) and hook.name == name:
            hook.remove(module)
            del module._forward_pre_hooks[key]
            return module
    raise ValueError(f"weight_norm of '{name}' not found in {module}")
