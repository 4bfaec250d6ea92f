"""The state of a module as a flat dictionary, and back."""

from __future__ import annotations

import warnings
from collections import OrderedDict
from collections.abc import Callable, Mapping
from itertools import chain
from typing import Any, NamedTuple

from chainrule.engine.grad_mode import no_grad
from chainrule.engine.handles import RemovableHandle
from chainrule.nn.modules.members import Members
from chainrule.nn.parameter import Parameter, is_lazy
from chainrule.tensor import Tensor

EXTRA_STATE = "_extra_state"

HOOKS = ("_state_dict_hooks", "_state_dict_pre_hooks", "_load_state_dict_pre_hooks", "_load_state_dict_post_hooks")


class IncompatibleKeys(NamedTuple):
    """What `load_state_dict` returns: keys that the state dict lacks, and keys that the module does not have."""

    missing_keys: list[str]
    unexpected_keys: list[str]

    def __repr__(self) -> str:
        if not self.missing_keys and not self.unexpected_keys:
            return "<All keys matched successfully>"
        return f"_IncompatibleKeys(missing_keys={self.missing_keys}, unexpected_keys={self.unexpected_keys})"


class StateDict(Members):
    """A registry that can be saved to a state dict and loaded from one."""

    _version: int = 1

    _state_dict_hooks: OrderedDict[int, tuple[Callable[..., Any], bool]]
    _state_dict_pre_hooks: OrderedDict[int, Callable[..., Any]]
    _load_state_dict_pre_hooks: OrderedDict[int, tuple[Callable[..., Any], bool]]
    _load_state_dict_post_hooks: OrderedDict[int, Callable[..., Any]]

    @staticmethod
    def _new_members() -> dict[str, Any]:
        return Members._new_members() | {name: OrderedDict() for name in HOOKS}

    # What a subclass may give beside its parameters and buffers

    def get_extra_state(self) -> Any:
        """Return what else belongs to the state dict; a class that overrides this overrides `set_extra_state` too."""
        raise NotImplementedError(f"{self._get_name()} has no extra state: override get_extra_state to give it one")

    def set_extra_state(self, state: Any) -> None:
        """Take back what `get_extra_state` returned."""
        raise NotImplementedError(f"{self._get_name()} has no extra state: override set_extra_state to take it")

    def _overrides(self, method: str) -> bool:
        return getattr(type(self), method) is not getattr(StateDict, method)

    # Saving

    def state_dict(
        self, *args: Any, destination: dict[str, Any] | None = None, prefix: str = "", keep_vars: bool = False
    ) -> dict[str, Any]:
        """Parameters and persistent buffers under their dotted names, sharing memory with the module.

        Args:
            args: deprecated way to pass the following by position.
            destination: the dictionary to add to, instead of a new one.
            prefix: what all names begin with.
            keep_vars: keep the parameters themselves, not detached tensors.

        >>> torch.nn.Linear(3, 2).state_dict().keys()
        odict_keys(['weight', 'bias'])
        """
        if args:
            warnings.warn(
                "Positional args are being deprecated, use kwargs instead. Refer to "
                "https://pytorch.org/docs/main/generated/torch.nn.Module.html#torch.nn.Module.state_dict for details.",
                FutureWarning,
                stacklevel=2,
            )
            if len(args) > 3:
                raise TypeError(f"state_dict() takes at most 3 arguments by position, but {len(args)} were given")
            given = dict(zip(("destination", "prefix", "keep_vars"), args, strict=False))
            destination = given.get("destination", destination)
            prefix = given.get("prefix", prefix)
            keep_vars = given.get("keep_vars", keep_vars)
        if destination is None:
            destination = OrderedDict()
            destination._metadata = OrderedDict()  # type: ignore[attr-defined]
        local_metadata = {"version": self._version}
        if hasattr(destination, "_metadata"):
            destination._metadata[prefix[:-1]] = local_metadata
        for pre_hook in self._state_dict_pre_hooks.values():
            pre_hook(self, prefix, keep_vars)
        self._save_to_state_dict(destination, prefix, keep_vars)
        for name, module in self._modules.items():
            if module is not None:
                module.state_dict(destination=destination, prefix=f"{prefix}{name}.", keep_vars=keep_vars)
        for hook, may_replace in self._state_dict_hooks.values():
            replaced = hook(self, destination, prefix, local_metadata)
            if replaced is not None:
                if not may_replace:
                    raise RuntimeError("state_dict post-hook must return None")
                destination = replaced
        return destination

    def _save_to_state_dict(self, destination: dict[str, Any], prefix: str, keep_vars: bool) -> None:
        for name, tensor in self._own_state().items():
            destination[prefix + name] = tensor if keep_vars or is_lazy(tensor) else tensor.detach()
        if self._overrides("get_extra_state"):
            destination[prefix + EXTRA_STATE] = self.get_extra_state()

    def _own_state(self) -> dict[str, Tensor]:
        # Without what the submodules hold.
        return {
            name: tensor
            for name, tensor in chain(self._parameters.items(), self._buffers.items())
            if tensor is not None and name not in self._non_persistent_buffers_set
        }

    # Loading

    def load_state_dict(
        self, state_dict: Mapping[str, Any], strict: bool = True, assign: bool = False
    ) -> IncompatibleKeys:
        """Copy the values of `state_dict` into the parameters and buffers; on any error, change nothing.

        Args:
            state_dict: what `state_dict` of a module of the same structure returned.
            strict: refuse missing and unexpected keys, instead of returning them.
            assign: take the tensors themselves, with their dtypes, instead of copying their values.

        >>> torch.nn.Linear(3, 2).load_state_dict(torch.nn.Linear(3, 2).state_dict())
        <All keys matched successfully>
        """
        if not isinstance(state_dict, Mapping):
            raise TypeError(f"Expected state_dict to be dict-like, got {type(state_dict)}.")
        metadata = getattr(state_dict, "_metadata", None)
        # A copy, which the hooks of modules may change.
        state_dict = OrderedDict(state_dict)
        if metadata is not None:
            state_dict._metadata = metadata  # type: ignore[attr-defined]
        missing_keys: list[str] = []
        unexpected_keys: list[str] = []
        error_msgs: list[str] = []

        def load(module: StateDict, local_state: dict[str, Any], prefix: str) -> None:
            local_metadata = {} if metadata is None else metadata.get(prefix[:-1], {})
            if assign:
                local_metadata["assign_to_params_buffers"] = assign
            module._load_from_state_dict(
                local_state, prefix, local_metadata, True, missing_keys, unexpected_keys, error_msgs
            )
            for name, child in module._modules.items():
                if child is not None:
                    child_prefix = f"{prefix}{name}."
                    child_state = {key: value for key, value in local_state.items() if key.startswith(child_prefix)}
                    load(child, child_state, child_prefix)
            incompatible_keys = IncompatibleKeys(missing_keys, unexpected_keys)
            for hook in module._load_state_dict_post_hooks.values():
                if hook(module, incompatible_keys) is not None:
                    raise AssertionError(
                        "Hooks registered with ``register_load_state_dict_post_hook`` are not expected to return new "
                        "values, if incompatible_keys need to be modified, it should be done inplace."
                    )

        put_back = self._remember()
        try:
            load(self, state_dict, "")
            if strict:
                for what, keys in (("Unexpected", unexpected_keys), ("Missing", missing_keys)):
                    if keys:
                        listed = ", ".join(f'"{key}"' for key in keys)
                        error_msgs.insert(0, f"{what} key(s) in state_dict: {listed}. ")
            if error_msgs:
                listed = "\n\t".join(error_msgs)
                raise RuntimeError(f"Error(s) in loading state_dict for {self._get_name()}:\n\t{listed}")
        except BaseException:
            put_back()
            raise
        return IncompatibleKeys(missing_keys, unexpected_keys)

    def _remember(self) -> Callable[[], None]:
        # What is needed to undo a load that fails halfway, whatever hooks and overridden methods have done.
        members: list[tuple[dict[str, Any], dict[str, Any]]] = [
            (held, dict(held)) for module in self.modules() for held in (module._parameters, module._buffers)
        ]
        tensors = [t for _, held in members for t in held.values() if t is not None]
        lazy = [(t, type(t), t._array) for t in tensors if is_lazy(t)]
        values = [(t, t._array, t._array.copy(), bytes(t._version_counter)) for t in tensors if not is_lazy(t)]

        def put_back() -> None:
            for held, before in members:
                held.clear()
                held.update(before)
            for tensor, array, copy, version in values:
                array[...] = copy
                tensor._array = array
                tensor._version_counter[:] = version
            for tensor, kind, array in lazy:
                tensor._array = array
                tensor.__class__ = kind

        return put_back

    def _load_from_state_dict(
        self,
        state_dict: dict[str, Any],
        prefix: str,
        local_metadata: dict[str, Any],
        strict: bool,
        missing_keys: list[str],
        unexpected_keys: list[str],
        error_msgs: list[str],
    ) -> None:
        # This module's own part; subclasses override it to read what older versions saved.
        for pre_hook, with_module in self._load_state_dict_pre_hooks.values():
            first = (self,) if with_module else ()
            pre_hook(
                *first, state_dict, prefix, local_metadata, strict, missing_keys, unexpected_keys, error_msgs
            )  # fmt: skip
        own = self._own_state()
        assign = local_metadata.get("assign_to_params_buffers", False)
        for name, tensor in own.items():
            key = prefix + name
            if key in state_dict:
                error = self._load_tensor(name, tensor, key, state_dict[key], assign)
                if error:
                    error_msgs.append(error)
            elif strict:
                missing_keys.append(key)
        if self._overrides("set_extra_state"):
            if prefix + EXTRA_STATE in state_dict:
                self.set_extra_state(state_dict[prefix + EXTRA_STATE])
            elif strict:
                missing_keys.append(prefix + EXTRA_STATE)
            own[EXTRA_STATE] = None  # type: ignore[assignment]
        if strict:
            for key in state_dict:
                if key.startswith(prefix):
                    name, dot, _ = key[len(prefix) :].partition(".")
                    if name not in (self._modules if dot else own):
                        unexpected_keys.append(key)

    def _load_tensor(self, name: str, tensor: Tensor, key: str, value: Any, assign: bool) -> str | None:
        # Returns what is wrong, as load_state_dict reports it.
        if not isinstance(value, Tensor):
            return (
                f'While copying the parameter named "{key}", expected torch.Tensor or Tensor-like object '
                f"from checkpoint but received {type(value)}"
            )
        if is_lazy(tensor) and is_lazy(value):
            return None
        if not is_lazy(tensor) and tensor.ndim == 0 and value.shape == (1,):
            # So were scalars saved before PyTorch 0.4.
            value = value[0]
        if not is_lazy(tensor) and value.shape != tensor.shape:
            return (
                f"size mismatch for {key}: copying a param with shape torch.Size({list(value.shape)}) from checkpoint, "
                f"the shape in current model is torch.Size({list(tensor.shape)})."
            )
        if not assign:
            with no_grad():
                tensor.copy_(value)
            return None
        if isinstance(tensor, Parameter):
            if isinstance(value, Parameter):
                value.requires_grad_(tensor.requires_grad)
            else:
                value = Parameter(value, requires_grad=tensor.requires_grad)
        setattr(self, name, value)
        return None

    # Hooks

    def register_state_dict_post_hook(
        self, hook: Callable[[Any, dict[str, Any], str, dict[str, Any]], None]
    ) -> RemovableHandle:
        """Call `hook(module, state_dict, prefix, local_metadata)` when `state_dict` is done; it may change the dict."""
        return _register(self._state_dict_hooks, (hook, False))

    def _register_state_dict_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        return _register(self._state_dict_hooks, (hook, True))

    def register_state_dict_pre_hook(self, hook: Callable[[Any, str, bool], None]) -> RemovableHandle:
        """Call `hook(module, prefix, keep_vars)` before `state_dict` collects this module's part."""
        return _register(self._state_dict_pre_hooks, hook)

    def register_load_state_dict_pre_hook(self, hook: Callable[..., None]) -> RemovableHandle:
        """Call a hook before this module's part is loaded, for example to rename keys of `state_dict`.

        It is called as `hook(module, state_dict, prefix, local_metadata, strict, missing_keys, unexpected_keys,
        error_msgs)`.
        """
        return self._register_load_state_dict_pre_hook(hook, with_module=True)

    def _register_load_state_dict_pre_hook(
        self, hook: Callable[..., None], with_module: bool = False
    ) -> RemovableHandle:
        return _register(self._load_state_dict_pre_hooks, (hook, with_module))

    def register_load_state_dict_post_hook(self, hook: Callable[[Any, IncompatibleKeys], None]) -> RemovableHandle:
        """Call `hook(module, incompatible_keys)` after this module is loaded; it may change the lists of keys."""
        return _register(self._load_state_dict_post_hooks, hook)


def _register(hooks: OrderedDict[int, Any], hook: Any) -> RemovableHandle:
    handle = RemovableHandle(hooks)
    hooks[handle.id] = hook
    return handle
