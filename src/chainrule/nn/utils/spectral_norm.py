"""Weights divided by their largest singular value, before each call: the way before there were parametrizations."""

from __future__ import annotations

from typing import Any, TypeVar

from chainrule import linalg
from chainrule.engine.grad_mode import no_grad
from chainrule.nn import functional as F
from chainrule.nn.modules.module import Module
from chainrule.nn.parameter import Parameter, UninitializedParameter
from chainrule.nn.utils.parametrizations import outputs_dim
from chainrule.ops.products import dot, mv

__all__ = [
    "SpectralNorm",
    "SpectralNormLoadStateDictPreHook",
    "SpectralNormStateDictHook",
    "remove_spectral_norm",
    "spectral_norm",
]

M = TypeVar("M", bound=Module)


class SpectralNorm:
    """The hook that works the weight out before `forward`, and improves the singular vectors in training.

    Args:
        name: of the parameter.
        n_power_iterations: how many steps of the power method to take each time.
        dim: the one that numbers outputs.
        eps: the least length of a vector, against division by zero.

    >>> SpectralNorm(dim=1).n_power_iterations
    1
    """

    # Of the state: since 1 both vectors are buffers, and the weight itself is none.
    _version = 1

    def __init__(self, name: str = "weight", n_power_iterations: int = 1, dim: int = 0, eps: float = 1e-12) -> None:
        self.name = name
        self.dim = dim
        if n_power_iterations <= 0:
            raise ValueError(
                f"Expected n_power_iterations to be positive, but got n_power_iterations={n_power_iterations}"
            )
        self.n_power_iterations = n_power_iterations
        self.eps = eps

    def reshape_weight_to_matrix(self, weight: Any) -> Any:
        """The weight with one row for each output."""
        return weight.movedim(self.dim, 0).flatten(1)

    def compute_weight(self, module: Module, do_power_iteration: bool) -> Any:
        """The weight divided by its largest singular value, as far as the vectors know it."""
        weight, u, v = [getattr(module, self.name + suffix) for suffix in ("_orig", "_u", "_v")]
        matrix = self.reshape_weight_to_matrix(weight)
        if do_power_iteration:
            with no_grad():
                for _ in range(self.n_power_iterations):
                    # In place, so that copies of the module that share the buffers go on with what was found.
                    v.copy_(F.normalize(mv(matrix.t(), u), dim=0, eps=self.eps))
                    u.copy_(F.normalize(mv(matrix, v), dim=0, eps=self.eps))
                # Copies, as the next call changes the buffers, and backward may yet need these values.
                u, v = u.clone(), v.clone()
        return weight / dot(u, mv(matrix, v))

    @staticmethod
    def apply(module: Module, name: str, n_power_iterations: int, dim: int, eps: float) -> SpectralNorm:
        """Replace a parameter of the module by what it is before it is divided, and the two vectors."""
        for hook in module._forward_pre_hooks.values():
            if isinstance(hook, SpectralNorm) and hook.name == name:
                raise RuntimeError(f"Cannot register two spectral_norm hooks on the same parameter {name}")
        norm = SpectralNorm(name, n_power_iterations, dim, eps)
        weight: Any = module._parameters[name]
        if weight is None:
            raise ValueError(f"`SpectralNorm` cannot be applied as parameter `{name}` is None")
        if isinstance(weight, UninitializedParameter):
            raise ValueError(  # noqa: TRY004 (PyTorch's class)
                "The module passed to `SpectralNorm` can't have uninitialized parameters. "
                "Make sure to run the dummy forward before applying spectral normalization"
            )
        with no_grad():
            sizes = norm.reshape_weight_to_matrix(weight).shape
            u, v = [F.normalize(weight.new_empty(size).normal_(0, 1), dim=0, eps=eps) for size in sizes]
        delattr(module, name)
        module.register_parameter(f"{name}_orig", weight)
        # No parameter, but there before the first call, as for code that sets initial weights.
        setattr(module, name, weight.detach())
        module.register_buffer(f"{name}_u", u)
        module.register_buffer(f"{name}_v", v)
        module.register_forward_pre_hook(norm)
        module._register_state_dict_hook(SpectralNormStateDictHook(norm))
        module._register_load_state_dict_pre_hook(SpectralNormLoadStateDictPreHook(norm))
        return norm

    def remove(self, module: Module) -> None:
        """Make the weight a parameter again."""
        with no_grad():
            weight = self.compute_weight(module, do_power_iteration=False)
        for suffix in ("", "_u", "_v", "_orig"):
            delattr(module, self.name + suffix)
        module.register_parameter(self.name, Parameter(weight.detach()))

    def __call__(self, module: Module, inputs: Any) -> None:
        """Work the weight out."""
        setattr(module, self.name, self.compute_weight(module, do_power_iteration=module.training))

    def solve_v(self, weight: Any, u: Any, sigma: Any) -> Any:
        """The right vector for which the left one is `u` and the singular value is `sigma`."""
        matrix = self.reshape_weight_to_matrix(weight)
        v = linalg.pinv(matrix.t() @ matrix) @ (matrix.t() @ u)
        return v * (sigma / dot(u, mv(matrix, v)))


class SpectralNormStateDictHook:
    """Notes in a state dict how the state of a `SpectralNorm` is kept.

    >>> SpectralNormStateDictHook(SpectralNorm()).fn.name
    'weight'
    """

    def __init__(self, fn: SpectralNorm) -> None:
        self.fn = fn

    def __call__(self, module: Module, state_dict: dict[str, Any], prefix: str, local_metadata: dict[str, Any]) -> None:
        """Add the version to the module's metadata."""
        versions = local_metadata.setdefault("spectral_norm", {})
        key = f"{self.fn.name}.version"
        if key in versions:
            raise RuntimeError(f"Unexpected key in metadata['spectral_norm']: {key}")
        versions[key] = self.fn._version


class SpectralNormLoadStateDictPreHook:
    """Reads states from before both vectors were saved: works out the second of them.

    >>> SpectralNormLoadStateDictPreHook(SpectralNorm()).fn.name
    'weight'
    """

    def __init__(self, fn: SpectralNorm) -> None:
        self.fn = fn

    def __call__(
        self,
        state_dict: dict[str, Any],
        prefix: str,
        local_metadata: dict[str, Any],
        strict: bool,
        missing_keys: list[str],
        unexpected_keys: list[str],
        error_msgs: list[str],
    ) -> None:
        """Put into the state dict what is missing."""
        name = self.fn.name
        version = local_metadata.get("spectral_norm", {}).get(f"{name}.version")
        if version is not None and version >= 1:
            return
        weight, orig, u, v = [f"{prefix}{name}{suffix}" for suffix in ("", "_orig", "_u", "_v")]
        if version is None and weight not in state_dict and all(key in state_dict for key in (orig, u, v)):
            # Put together by hand, as it is kept today.
            return
        missing = [key for key in (orig, weight, u) if key not in state_dict]
        if missing:
            if strict:
                missing_keys.extend(missing)
            return
        with no_grad():
            sigma = (state_dict[orig] / state_dict.pop(weight)).mean()
            state_dict[v] = self.fn.solve_v(state_dict[orig], state_dict[u], sigma)


def spectral_norm(
    module: M, name: str = "weight", n_power_iterations: int = 1, eps: float = 1e-12, dim: int | None = None
) -> M:
    """Divide a weight by its largest singular value before each call, as for the critic of a GAN.

    The weight before it is divided is the parameter `weight_orig`; `weight_u` and `weight_v` are buffers.
    `parametrizations.spectral_norm` does the same in the newer way.

    Args:
        module: the module.
        name: a parameter of it.
        n_power_iterations: how many steps of the power method to take each time.
        eps: the least length of a vector, against division by zero.
        dim: the one that numbers outputs: 0, or 1 for transposed convolutions, unless given.

    >>> import chainrule as torch
    >>> layer = torch.nn.utils.spectral_norm(torch.nn.Linear(3, 2))
    >>> list(layer.state_dict())
    ['bias', 'weight_orig', 'weight_u', 'weight_v']
    """
    SpectralNorm.apply(module, name, n_power_iterations, outputs_dim(module) if dim is None else dim, eps)
    return module


def remove_spectral_norm(module: M, name: str = "weight") -> M:
    """Make a weight that `spectral_norm` divides a parameter again; ValueError where it does not."""
    for key, hook in module._forward_pre_hooks.items():
        if isinstance(hook, SpectralNorm) and hook.name == name:
            hook.remove(module)
            del module._forward_pre_hooks[key]
            break
    else:
        raise ValueError(f"spectral_norm of '{name}' not found in {module}")
    for hooks, kind in (
        (module._state_dict_hooks, SpectralNormStateDictHook),
        (module._load_state_dict_pre_hooks, SpectralNormLoadStateDictPreHook),
    ):
        for key, (entry, _) in list(hooks.items()):
            if isinstance(entry, kind) and entry.fn.name == name:
                del hooks[key]
                break
    return module
