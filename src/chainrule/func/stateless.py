"""Modules called with other parameters than their own, and many modules of one kind as one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from chainrule.names import public_name
from chainrule.nn.modules.batchnorm import _BatchNorm
from chainrule.nn.modules.module import Module
from chainrule.ops.joining import stack
from chainrule.tensor import Tensor

_ABSENT: Any = object()  # what an attribute is swapped for that was not there


def functional_call(
    module: Module,
    parameter_and_buffer_dicts: dict[str, Tensor] | Sequence[dict[str, Tensor]],
    args: Any = None,
    kwargs: dict[str, Any] | None = None,
    *,
    tie_weights: bool = True,
    strict: bool = False,
) -> Any:
    """What the module gives with these tensors in place of its parameters and buffers.

    Args:
        module: is as it was, afterwards.
        parameter_and_buffer_dicts: tensors by their dotted names in the module, in one dict or several. What the module
            assigns to them while it runs is assigned in the dict.
        args: its arguments, a tuple, or the only one.
        kwargs: its keyword arguments.
        tie_weights: a parameter that the module has under several names is replaced under all of them.
        strict: raise RuntimeError where a name is missing, or is none of the module's.

    Raises ValueError for a name that stands in several dicts, or for names of one parameter with different tensors.

    >>> import chainrule as torch
    >>> layer = torch.nn.Linear(2, 1)
    >>> tensors = {"weight": torch.tensor([[1.0, 10.0]]), "bias": torch.tensor([0.5])}
    >>> torch.func.functional_call(layer, tensors, torch.tensor([2.0, 3.0]))
    tensor([32.5000])
    """
    tensors = _one_dict(parameter_and_buffer_dicts)
    args = () if args is None else args if isinstance(args, tuple) else (args,)
    with _tensors_in_place(module, tensors, tie_weights=tie_weights, strict=strict):
        return module(*args, **(kwargs or {}))


def _one_dict(dicts: Any) -> dict[str, Any]:
    if isinstance(dicts, dict):
        return dicts
    if not isinstance(dicts, Sequence):
        raise ValueError(  # noqa: TRY004 (PyTorch's)
            f"Expected parameter_and_buffer_dicts to be a dict, or a list/tuple of dicts, but got {type(dicts)}"
        )
    if not all(isinstance(each, dict) for each in dicts):
        raise ValueError("Expected all elements of parameter_and_buffer_dicts to be dictionaries")
    names = [name for each in dicts for name in each]
    repeated = [name for name in dict.fromkeys(names) if names.count(name) > 1]
    if repeated:
        raise ValueError(f"{repeated} appeared in multiple dictionaries; behavior of functional call is ambiguous")
    return {name: tensor for each in dicts for name, tensor in each.items()}


@contextmanager
def _tensors_in_place(module: Module, tensors: dict[str, Any], *, tie_weights: bool, strict: bool) -> Iterator[None]:
    wanted = _under_all_names(module, tensors) if tie_weights else tensors
    if strict:
        _check_names(module, wanted)
    before: dict[str, Any] = {}
    try:
        for name, tensor in wanted.items():
            before[name] = _swapped(module, name, tensor)
        yield
    finally:
        after = {name: _swapped(module, name, tensor) for name, tensor in before.items()}
        tensors.update((name, after[name]) for name in tensors if name in after and after[name] is not _ABSENT)


def _swapped(module: Module, name: str, tensor: Any) -> Any:
    # Put a tensor in the place of this name, and give what was there.
    if tensor is not _ABSENT and tensor is not None and not isinstance(tensor, Tensor):
        raise TypeError(f"{tensor} is not an instance of {public_name()}.Tensor")
    *path, attribute = name.split(".")
    owner: Any = module
    for i, part in enumerate(path):
        inner = getattr(owner, part, _ABSENT)
        if inner is _ABSENT:
            raise AttributeError(f"{owner._get_name()} has no attribute `{part}`")
        if not isinstance(inner, Module):
            here = ".".join(path[: i + 1])
            raise TypeError(f"submodule `{here}`: {inner} is not an instance of {public_name()}.nn.Module")
        owner = inner
    for members in (owner._parameters, owner._buffers):
        if attribute in members:
            found = members[attribute]
            if tensor is _ABSENT:
                del members[attribute]
            else:
                members[attribute] = tensor
            return found
    found = getattr(owner, attribute, _ABSENT)
    if not (found is _ABSENT or found is None or isinstance(found, Tensor)):
        raise TypeError(f"attribute `{attribute}`: {found} is not an instance of {public_name()}.Tensor")
    if tensor is not _ABSENT:
        setattr(owner, attribute, tensor)
    elif found is not _ABSENT:
        delattr(owner, attribute)
    return found


def _own_tensors(module: Module) -> Iterator[tuple[str, Any]]:
    yield from module.named_parameters(remove_duplicate=False)
    yield from module.named_buffers(remove_duplicate=False)


def _under_all_names(module: Module, tensors: Mapping[str, Any]) -> dict[str, Any]:
    # The same tensors, and each under all names of the parameter that it replaces.
    names_of: dict[int, set[str]] = {}
    for name, own in _own_tensors(module):
        names_of.setdefault(id(own), set()).add(name)
    tied = {name: names for names in names_of.values() if len(names) > 1 for name in names}
    wanted = dict(tensors)
    for name in tensors:
        names = tied.get(name, {name})
        if len({id(tensors[each]) for each in names if each in tensors}) > 1:
            raise ValueError(
                f"functional_call got multiple values for keys {sorted(names)}, which are tied. Consider using "
                "tie_weights=False"
            )
        wanted.update(dict.fromkeys(names, tensors[name]))
    return wanted


def _check_names(module: Module, tensors: Mapping[str, Any]) -> None:
    known = {name for name, _ in _own_tensors(module)}
    missing, unexpected = sorted(known - tensors.keys()), sorted(tensors.keys() - known)
    errors = [f"Unexpected key(s): {', '.join(map(repr, unexpected))}."] if unexpected else []
    errors += [f"Missing key(s): {', '.join(map(repr, missing))}."] if missing else []
    if errors:
        raise RuntimeError(f"Error(s) in reparametrizing for {module._get_name()}:\n\t" + "\n\t".join(errors))


def stack_module_state(models: Sequence[Module]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The parameters and the buffers of modules of one class, each stacked along a new first dimension.

    With `functional_call` and `vmap` they are one module for each entry: an ensemble. The parameters are new leaves.
    Raises RuntimeError for no modules, modules of different classes or modes, or of which some parameters require grad.

    >>> import chainrule as torch
    >>> models = [torch.nn.Linear(2, 3) for _ in range(5)]
    >>> parameters, buffers = torch.func.stack_module_state(models)
    >>> {name: tuple(parameter.shape) for name, parameter in parameters.items()}
    {'weight': (5, 3, 2), 'bias': (5, 3)}
    """
    if len(models) == 0:
        raise RuntimeError("stack_module_state: Expected at least one model, got 0.")
    if len({bool(model.training) for model in models}) > 1:
        raise RuntimeError("stack_module_state: Expected all models to have the same training/eval mode.")
    if len({type(model) for model in models}) > 1:
        raise RuntimeError("stack_module_state: Expected all models to be of the same class.")
    return (
        _stacked([dict(model.named_parameters()) for model in models]),
        _stacked([dict(model.named_buffers()) for model in models]),
    )


def _stacked(states: list[dict[str, Any]]) -> dict[str, Any]:
    found = {}
    for name in states[0]:
        tensors = [state[name] for state in states]
        requires_grad = {bool(tensor.requires_grad) for tensor in tensors}
        if len(requires_grad) > 1:
            raise RuntimeError(f"Expected {name} from each model to have the same .requires_grad")
        stacked = stack(tensors)
        found[name] = stacked.detach().requires_grad_() if True in requires_grad else stacked
    return found


def replace_all_batch_norm_modules_(root: Module) -> Module:
    """Have the batch norms of a network use the statistics of their batch only, as `vmap` and `grad` need it.

    >>> import chainrule as torch
    >>> torch.func.replace_all_batch_norm_modules_(torch.nn.BatchNorm1d(3)).running_mean is None
    True
    """
    for module in root.modules():
        if isinstance(module, _BatchNorm) and module.track_running_stats:
            module.running_mean = module.running_var = module.num_batches_tracked = None
            module.track_running_stats = False
    return root
