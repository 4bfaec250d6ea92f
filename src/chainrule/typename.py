"""`typename`: what an object is called in error messages."""

from typing import Any

from chainrule.engine.tensor_base import TensorBase


def typename(obj: Any) -> str:
    """The name of an object's type: a tensor's `type()`, else the qualified name of a class, or of the object's class.

    >>> typename(torch.zeros(2)), typename(3)
    ('torch.FloatTensor', 'int')
    """
    if isinstance(obj, TensorBase):
        return str(obj.type())  # type: ignore[attr-defined]
    named = obj if hasattr(obj, "__qualname__") else type(obj)
    module = getattr(named, "__module__", None)
    name: str = named.__qualname__
    return name if module in (None, "", "builtins") else f"{module}.{name}"
