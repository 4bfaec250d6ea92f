"""What a module holds: parameters, buffers and submodules, as attributes, by name and in order."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any, ClassVar

from chainrule.nn.modules.global_hooks import registered_as
from chainrule.nn.parameter import Buffer, Parameter
from chainrule.tensor import Tensor
from chainrule.typename import typename

if TYPE_CHECKING:
    from chainrule.nn.modules.module import Module


class Members:
    """The registry that every `Module` is: assigning to an attribute registers parameters, buffers and submodules."""

    call_super_init: ClassVar[bool] = False

    training: bool
    _parameters: dict[str, Parameter | None]
    _buffers: dict[str, Tensor | None]
    _non_persistent_buffers_set: set[str]
    _modules: dict[str, Module | None]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        name = type(self).__name__
        if not self.call_super_init and kwargs:
            raise TypeError(f"{name}.__init__() got an unexpected keyword argument '{next(iter(kwargs))}'")
        if not self.call_super_init and args:
            raise TypeError(f"{name}.__init__() takes 1 positional argument but {len(args) + 1} were given")
        # Past __setattr__, which looks into the dictionaries that are only now being made.
        self.__dict__.update(self._new_members())
        if self.call_super_init:
            super().__init__(*args, **kwargs)

    @staticmethod
    def _new_members() -> dict[str, Any]:
        return {
            "training": True,
            "_parameters": {},
            "_buffers": {},
            "_non_persistent_buffers_set": set(),
            "_modules": {},
        }

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        for name, empty in self._new_members().items():
            self.__dict__.setdefault(name, empty)

    # Attributes

    def __getattr__(self, name: str) -> Any:
        own = self.__dict__
        # Written out, because each use of a layer or a weight comes by here.
        if "_parameters" in own:
            members = own["_parameters"]
            if name in members:
                return members[name]
        if "_buffers" in own:
            members = own["_buffers"]
            if name in members:
                return members[name]
        if "_modules" in own:
            members = own["_modules"]
            if name in members:
                return members[name]
        raise AttributeError(f"'{type(self).__name__}' object has no attribute '{name}'")

    def __setattr__(self, name: str, value: Any) -> None:
        own = self.__dict__
        if isinstance(value, Parameter):
            if "_parameters" not in own:
                raise AttributeError("cannot assign parameters before Module.__init__() call")
            _check_name("parameter", name)
            self._forget(name, but="_parameters")
            self.register_parameter(name, value)
        elif name in own.get("_parameters", ()):
            if value is not None:
                expected = "torch.nn.Parameter or None expected"
                raise TypeError(f"cannot assign '{typename(value)}' as parameter '{name}' ({expected})")
            self.register_parameter(name, value)
        elif isinstance(value, Members):
            if "_modules" not in own:
                raise AttributeError("cannot assign module before Module.__init__() call")
            self._forget(name, but="_modules")
            own["_modules"][name] = registered_as(self, "module", name, value)
        elif name in own.get("_modules", ()):
            if value is not None:
                expected = "torch.nn.Module or None expected"
                raise TypeError(f"cannot assign '{typename(value)}' as child module '{name}' ({expected})")
            own["_modules"][name] = registered_as(self, "module", name, value)
        elif isinstance(value, Buffer):
            if "_buffers" not in own:
                raise AttributeError("cannot assign buffer before Module.__init__() call")
            _check_name("buffer", name)
            self._forget(name, but="_buffers")
            self.register_buffer(name, value, value.persistent)
        elif name in own.get("_buffers", ()):
            if value is not None and not isinstance(value, Tensor):
                expected = "torch.nn.Buffer, torch.Tensor or None expected"
                raise TypeError(f"cannot assign '{typename(value)}' as buffer '{name}' ({expected})")
            own["_buffers"][name] = registered_as(self, "buffer", name, value)
        else:
            super().__setattr__(name, value)

    def _forget(self, name: str, but: str) -> None:
        # An attribute is one thing at a time: what becomes a parameter is no buffer, submodule or plain value any more.
        self.__dict__.pop(name, None)
        for kind in ("_parameters", "_buffers", "_modules"):
            if kind != but:
                self.__dict__[kind].pop(name, None)
        if but != "_buffers":
            self._non_persistent_buffers_set.discard(name)

    def __delattr__(self, name: str) -> None:
        for kind in ("_parameters", "_buffers", "_modules"):
            if name in self.__dict__.get(kind, ()):
                del self.__dict__[kind][name]
                self._non_persistent_buffers_set.discard(name)
                return
        super().__delattr__(name)

    def __dir__(self) -> list[str]:
        names = {*dir(type(self)), *self.__dict__, *self._parameters, *self._modules, *self._buffers}
        # The numbered children of a Sequential are no names to complete.
        return sorted(name for name in names if not name[0].isdigit())

    # Registering

    def register_parameter(self, name: str, param: Parameter | None) -> None:
        """Add a parameter, or None for one that is absent, under the attribute `name`.

        >>> module = torch.nn.Module()
        >>> module.register_parameter("bias", None)
        >>> module.bias is None
        True
        """
        self._check_new(name, "parameter", "_parameters")
        if param is not None and not isinstance(param, Parameter):
            required = "torch.nn.Parameter or None required"
            raise TypeError(f"cannot assign '{typename(param)}' object to parameter '{name}' ({required})")
        if param is not None and param._edge is not None:
            raise ValueError(
                f"Cannot assign non-leaf Tensor to parameter '{name}'. Model parameters must be created explicitly. "
                f"To express '{name}' as a function of another Tensor, compute the value in the forward() method."
            )
        self._parameters[name] = registered_as(self, "parameter", name, param)

    def register_buffer(self, name: str, tensor: Tensor | None, persistent: bool = True) -> None:
        """Add a tensor that is part of the module's state, but not trained, under the attribute `name`.

        A buffer that is not persistent is left out of `state_dict`.

        >>> module = torch.nn.Module()
        >>> module.register_buffer("mean", torch.zeros(2))
        >>> dict(module.state_dict())
        {'mean': tensor([0., 0.])}
        """
        self._check_new(name, "buffer", "_buffers")
        if tensor is not None and not isinstance(tensor, Tensor):
            required = "torch Tensor or None required"
            raise TypeError(f"cannot assign '{typename(tensor)}' object to buffer '{name}' ({required})")
        self._buffers[name] = registered_as(self, "buffer", name, tensor)
        if persistent:
            self._non_persistent_buffers_set.discard(name)
        else:
            self._non_persistent_buffers_set.add(name)

    def add_module(self, name: str, module: Module | None) -> None:
        """Add a submodule under the attribute `name`.

        >>> module = torch.nn.Module()
        >>> module.add_module("act", torch.nn.ReLU())
        >>> module.act
        ReLU()
        """
        if module is not None and not isinstance(module, Members):
            raise TypeError(f"{typename(module)} is not a Module subclass")
        self._check_new(name, "module", "_modules")
        self._modules[name] = registered_as(self, "module", name, module)

    def register_module(self, name: str, module: Module | None) -> None:
        """The same as `add_module`."""
        self.add_module(name, module)

    def _check_new(self, name: str, what: str, kind: str) -> None:
        if kind not in self.__dict__:
            raise AttributeError(f"cannot assign {what} before Module.__init__() call")
        _check_name(what, name)
        if hasattr(self, name) and name not in self.__dict__[kind]:
            raise KeyError(f"attribute '{name}' already exists")

    # Walking

    def named_modules(
        self, memo: set[Module] | None = None, prefix: str = "", remove_duplicate: bool = True
    ) -> Iterator[tuple[str, Module]]:
        """Each module of the network, itself first, with its dotted name; shared ones once.

        >>> net = torch.nn.Sequential(torch.nn.ReLU())
        >>> list(net.named_modules())
        [('', Sequential(
          (0): ReLU()
        )), ('0', ReLU())]
        """
        memo = set() if memo is None else memo
        if self in memo:
            return
        if remove_duplicate:
            memo.add(self)  # type: ignore[arg-type]
        yield prefix, self  # type: ignore[misc]
        before = f"{prefix}." if prefix else ""
        for name, module in self._modules.items():
            if module is not None:
                yield from module.named_modules(memo, before + name, remove_duplicate)

    def modules(self, remove_duplicate: bool = True) -> Iterator[Module]:
        """Each module of the network, itself first; shared ones once."""
        for _, module in self.named_modules(remove_duplicate=remove_duplicate):
            yield module

    def named_children(self) -> Iterator[tuple[str, Module]]:
        """The immediate submodules with their names; shared ones once.

        >>> dict(torch.nn.Sequential(torch.nn.ReLU()).named_children())
        {'0': ReLU()}
        """
        seen = set()
        for name, module in self._modules.items():
            if module is not None and module not in seen:
                seen.add(module)
                yield name, module

    def children(self) -> Iterator[Module]:
        """The immediate submodules; shared ones once."""
        for _, module in self.named_children():
            yield module

    def _named_members(
        self,
        get_members_fn: Callable[[Module], Iterable[tuple[str, Any]]],
        prefix: str = "",
        recurse: bool = True,
        remove_duplicate: bool = True,
    ) -> Iterator[tuple[str, Any]]:
        seen = set()
        owners: Iterable[tuple[str, Any]] = [(prefix, self)]
        if recurse:
            owners = self.named_modules(prefix=prefix, remove_duplicate=remove_duplicate)
        for owner_prefix, owner in owners:
            before = f"{owner_prefix}." if owner_prefix else ""
            for name, member in get_members_fn(owner):
                if member is None or id(member) in seen:
                    continue
                if remove_duplicate:
                    seen.add(id(member))
                yield before + name, member

    def named_parameters(
        self, prefix: str = "", recurse: bool = True, remove_duplicate: bool = True
    ) -> Iterator[tuple[str, Parameter]]:
        """The parameters with their dotted names; shared ones once.

        >>> [name for name, _ in torch.nn.Sequential(torch.nn.Linear(2, 1)).named_parameters()]
        ['0.weight', '0.bias']
        """
        return self._named_members(lambda module: module._parameters.items(), prefix, recurse, remove_duplicate)

    def parameters(self, recurse: bool = True) -> Iterator[Parameter]:
        """The parameters, as an optimizer takes them; shared ones once."""
        for _, parameter in self.named_parameters(recurse=recurse):
            yield parameter

    def named_buffers(
        self, prefix: str = "", recurse: bool = True, remove_duplicate: bool = True
    ) -> Iterator[tuple[str, Tensor]]:
        """The buffers with their dotted names; shared ones once."""
        return self._named_members(lambda module: module._buffers.items(), prefix, recurse, remove_duplicate)

    def buffers(self, recurse: bool = True) -> Iterator[Tensor]:
        """The buffers; shared ones once."""
        for _, buffer in self.named_buffers(recurse=recurse):
            yield buffer

    # Finding by dotted name

    def get_submodule(self, target: str) -> Module:
        """The submodule with the dotted name `target`; AttributeError when there is none.

        >>> torch.nn.Sequential(torch.nn.ReLU()).get_submodule("0")
        ReLU()
        """
        module: Any = self
        for name in target.split(".") if target else ():
            if not hasattr(module, name):
                raise AttributeError(f"{module._get_name()} has no attribute `{name}`")
            module = getattr(module, name)
            if not isinstance(module, Members):
                raise AttributeError(f"`{name}` is not an nn.Module")  # noqa: TRY004 (PyTorch's class)
        return module  # type: ignore[no-any-return]

    def set_submodule(self, target: str, module: Module, strict: bool = False) -> None:
        """Put `module` in the place with the dotted name `target`; with `strict`, there must be one already."""
        if not target:
            raise ValueError("Cannot set the submodule without a target name!")
        if not isinstance(module, Members):
            raise ValueError(f"`module` is not an nn.Module, found {type(module)}")  # noqa: TRY004 (PyTorch's class)
        path, _, name = target.rpartition(".")
        parent = self.get_submodule(path)
        if strict and not hasattr(parent, name):
            raise AttributeError(f"{parent._get_name()} has no attribute `{name}`")
        if hasattr(parent, name) and not isinstance(getattr(parent, name), Members):
            raise AttributeError(f"`{name}` is not an nn.Module")
        setattr(parent, name, module)

    def get_parameter(self, target: str) -> Parameter:
        """The parameter with the dotted name `target`; AttributeError when there is none."""
        found = self._get_member(target)
        if not isinstance(found, Parameter):
            raise AttributeError(f"`{target.rpartition('.')[2]}` is not an nn.Parameter")  # noqa: TRY004 (PyTorch's class)
        return found

    def get_buffer(self, target: str) -> Tensor:
        """The buffer with the dotted name `target`; AttributeError when there is none."""
        path, _, name = target.rpartition(".")
        found: Tensor = self._get_member(target)
        if name not in self.get_submodule(path)._buffers:
            raise AttributeError(f"`{name}` is not a buffer")
        return found

    def _get_member(self, target: str) -> Any:
        path, _, name = target.rpartition(".")
        module = self.get_submodule(path)
        if not hasattr(module, name):
            raise AttributeError(f"{module._get_name()} has no attribute `{name}`")
        return getattr(module, name)

    def _get_name(self) -> str:
        return type(self).__name__


def _check_name(what: str, name: object) -> None:
    if not isinstance(name, str):
        raise TypeError(f"{what} name should be a string. Got {typename(name)}")
    if "." in name:
        raise KeyError(f'{what} name can\'t contain "."' + (f", got: {name}" if what == "module" else ""))
    if not name:
        raise KeyError(f'{what} name can\'t be empty string ""')
