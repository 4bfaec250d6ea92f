"""A tensor's place in the graph: what it requires, how it was made, its gradient, and its ways out of the graph."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from chainrule import dtypes
from chainrule.engine.handles import RemovableHandle
from chainrule.engine.hooks import SAME, NodeHooks, register
from chainrule.engine.inference import NOT_COUNTED, REQUIRED_OUTSIDE, is_inference_mode_enabled
from chainrule.engine.modes import note_leaf, refuse_in_transform
from chainrule.engine.node import GradientEdge, Node, hooks_of, leaf_hooks
from chainrule.engine.shared_memory import counter_aside, share_borrowed
from chainrule.engine.tensor_base import LEAF, TensorBase, new_tensor
from chainrule.engine.versions import INFERENCE, changes
from chainrule.engine.views import NoHistory, renew_history

if TYPE_CHECKING:
    from chainrule.tensor import Tensor

NOT_A_LEAF = (
    "you can only change requires_grad flags of leaf variables. If you want to use a computed variable in a subgraph "
    "that doesn't require differentiation use var_no_grad = var.detach()."
)
CANNOT_REQUIRE_GRAD = "only Tensors of floating point and complex dtype can require gradients"
NON_LEAF_GRAD = (
    "The .grad attribute of a Tensor that is not a leaf Tensor is being accessed. Its .grad attribute won't "
    "be populated during autograd.backward(). If you indeed want the .grad field to be populated for a non-leaf "
    "Tensor, use .retain_grad() on the non-leaf Tensor. If you access the non-leaf Tensor by mistake, make sure you "
    "access the leaf Tensor instead. See github.com/pytorch/pytorch/pull/30531 for more information."
)


class TensorInGraph(TensorBase):
    """The part of `Tensor` that is about gradients."""

    __slots__ = ()

    # Of a dual tensor: its tangent for each level of forward mode (see engine/forward_mode.py).
    _tangents: dict[Any, Any] | None = None

    @property
    def requires_grad(self) -> bool:
        """Whether gradients are computed for this tensor."""
        return self._requires_grad or (self._base is not None and self._base._requires_grad)

    @requires_grad.setter
    def requires_grad(self, requires_grad: bool) -> None:
        if not isinstance(requires_grad, bool):
            msg = "requires_grad must be a bool"
            raise RuntimeError(msg)  # noqa: TRY004 (as PyTorch)
        if not self.is_leaf:
            raise RuntimeError(NOT_A_LEAF.partition(" If ")[0] if requires_grad else NOT_A_LEAF)
        if requires_grad and self._array.dtype.kind not in "fc":
            raise RuntimeError(CANNOT_REQUIRE_GRAD)
        self._set_requires_grad(requires_grad)

    def requires_grad_(self, requires_grad: bool = True) -> Self:
        """Set whether gradients are computed for this leaf; returns the tensor."""
        refuse_in_transform("Tensor.requires_grad_()", " (or perhaps using torch.autograd.functional.* APIs)")
        return self._set_requires_grad(requires_grad)

    def _set_requires_grad(self, requires_grad: bool) -> Self:
        if self._base is not None:
            renew_history(self)
        if isinstance(self._edge, NoHistory) and requires_grad:
            self._edge = None
        if self._edge is not None:
            if requires_grad or isinstance(self._edge, NoHistory):
                return self
            raise RuntimeError(NOT_A_LEAF)
        if requires_grad and self._array.dtype.kind not in "fc":
            msg = "only Tensors of floating point dtype can require gradients"
            raise RuntimeError(msg)
        if requires_grad and self.is_inference() and not is_inference_mode_enabled():
            raise RuntimeError(REQUIRED_OUTSIDE)
        self._requires_grad = bool(requires_grad)
        if requires_grad:
            note_leaf(self)
        return self

    @property
    def is_leaf(self) -> bool:
        """Whether no recorded operation made this tensor."""
        node = self._node()
        return node is None or isinstance(node, NoHistory)

    @property
    def grad_fn(self) -> Node | None:
        """The node of the operation that made this tensor; None for a leaf."""
        node = self._node()
        return None if node is None else node.grad_fn

    def _node(self) -> Any:
        # The engine's own node, which users see as its `grad_fn`.
        if self._base is not None:
            renew_history(self)
        edge = self._edge
        if edge is None or edge.kind == LEAF:  # the latter of a saved leaf's stand-in
            return None
        return edge.node if isinstance(edge, GradientEdge) else edge

    @property
    def output_nr(self) -> int:
        """Which result of its operation this tensor is."""
        return self._edge.output_nr if isinstance(self._edge, GradientEdge) else 0

    @property
    def grad(self) -> Tensor | None:
        """The gradient accumulated so far; None before the first."""
        if self._grad is None and self._edge is not None and not (self.is_leaf or self.retains_grad):
            import warnings

            warnings.warn(NON_LEAF_GRAD, UserWarning, stacklevel=2)
        return self._grad  # type: ignore[return-value]

    @grad.setter
    def grad(self, grad: Tensor | None) -> None:
        if grad is not None:
            if not isinstance(grad, TensorBase):
                msg = f"assigned grad expected to be a Tensor or None but got grad of type {type(grad).__name__}"
                raise TypeError(msg)
            if grad is self:
                msg = "can't assign Variable as its own grad"
                raise RuntimeError(msg)
            if grad._array.shape != self._array.shape:
                given, own = list(grad._array.shape), list(self._array.shape)
                msg = (
                    f"attempting to assign a gradient of size '{given}' to a tensor of size '{own}'. "
                    "Please ensure that the gradient and the tensor are the same size"
                )
                raise RuntimeError(msg)
            allowed = self._array.dtype if self._edge is not None else self._grad_dtype()
            if allowed is not None and grad._array.dtype != allowed:
                msg = (
                    f"attempting to assign a gradient with dtype '{dtypes.c_type_name(grad._array.dtype)}' to a tensor "
                    f"with grad_dtype '{dtypes.scalar_type_name(allowed)}'. The gradient must match the "
                    "tensor's grad_dtype (defaults to the tensor's dtype). You can set the tensor's "
                    "grad_dtype attribute with a specific dtype, or None to allow any dtype. Set grad_dtype "
                    "with caution. Diverging the dtypes of a tensor and its gradient may break "
                    "downstream systems that assume they match."
                )
                raise RuntimeError(msg)
        self._grad = grad

    @grad.deleter
    def grad(self) -> None:
        self._grad = None

    def _grad_dtype(self) -> np.dtype[Any] | None:
        hooks: NodeHooks | None = self._hooks
        kept: np.dtype[Any] | None = self._array.dtype if hooks is None else hooks.grad_dtype
        return self._array.dtype if kept is SAME else kept

    @property
    def grad_dtype(self) -> dtypes.dtype | None:
        """The type that the gradient of this leaf is kept in: its own if nothing else was set; None for any.

        Raises RuntimeError for a tensor that is no leaf, and when set while there is a gradient of another type.

        >>> import chainrule as torch
        >>> x = torch.ones(2, requires_grad=True)
        >>> x.grad_dtype = torch.float64
        >>> (x * 2).sum().backward()
        >>> x.grad
        tensor([2., 2.], dtype=chainrule.float64)
        """
        if self.grad_fn is not None:
            msg = "grad_dtype can only be accessed on leaf tensors."
            raise RuntimeError(msg)
        kept = self._grad_dtype()
        return None if kept is None else dtypes.from_numpy_dtype(kept)

    @grad_dtype.setter
    def grad_dtype(self, grad_dtype: dtypes.dtype | None) -> None:
        if self.grad_fn is not None:
            msg = "grad_dtype can only be set on leaf tensors."
            raise RuntimeError(msg)
        if grad_dtype is not None and not isinstance(grad_dtype, dtypes.dtype):
            msg = f"grad_dtype must be a torch.dtype or None, but got {type(grad_dtype).__name__}"
            raise RuntimeError(msg)
        wanted = None if grad_dtype is None else grad_dtype.numpy
        if self._grad is not None and wanted is not None and wanted != self._grad._array.dtype:
            msg = (
                f"Cannot set grad_dtype to '{dtypes.scalar_type_name(wanted)}' because there is already a gradient "
                f"with dtype '{dtypes.c_type_name(self._grad._array.dtype)}'. Please clear the gradient (.grad = None) "
                "before changing grad_dtype, or ensure the new grad_dtype matches the existing gradient's dtype."
            )
            raise RuntimeError(msg)
        leaf_hooks(self).grad_dtype = wanted

    def register_hook(self, hook: Callable[[Any], Any]) -> RemovableHandle:
        """Call `hook(grad)` whenever the gradient of this tensor has been computed.

        What the hook returns, if anything, takes the gradient's place: a tensor of its shape and type. Hooks run in the
        order of their registration. Returns a handle with `remove()`. Raises RuntimeError for a tensor that does not
        require grad.

        >>> import chainrule as torch
        >>> x = torch.ones(2, requires_grad=True)
        >>> handle = x.register_hook(lambda grad: grad * 10)
        >>> x.sum().backward()
        >>> x.grad
        tensor([10., 10.])
        """
        if not self.requires_grad:
            msg = "cannot register a hook on a tensor that doesn't require gradient"
            raise RuntimeError(msg)
        node = self._node()
        hooks = leaf_hooks(self) if node is None else hooks_of(node)
        return register(hooks.hooks_of_output(self.output_nr), hook)

    def register_post_accumulate_grad_hook(self, hook: Callable[[Any], Any]) -> RemovableHandle:
        """Call `hook(tensor)` whenever a backward pass has written `.grad` of this leaf.

        Returns a handle with `remove()`. Raises RuntimeError for a tensor that does not require grad or is no leaf.

        >>> import chainrule as torch
        >>> x = torch.ones(2, requires_grad=True)
        >>> handle = x.register_post_accumulate_grad_hook(lambda x: print(x.grad))
        >>> x.sum().backward()
        tensor([1., 1.])
        """
        if not self.requires_grad:
            msg = "cannot register a hook on a tensor that doesn't require gradient"
            raise RuntimeError(msg)
        if self.grad_fn is not None:
            msg = "post accumulate grad hooks cannot be registered on non-leaf tensors"
            raise RuntimeError(msg)
        return register(leaf_hooks(self).post_accumulate, hook)

    def retain_grad(self) -> None:
        """Have `backward` write `.grad` of this tensor though it is no leaf."""
        refuse_in_transform("Tensor.retain_grad()")
        if self._base is not None:
            renew_history(self)
        if not self._requires_grad:
            msg = "can't retain_grad on Tensor that has requires_grad=False"
            raise RuntimeError(msg)
        node = self._node()
        if node is None:
            return
        hooks_of(node).retain(self.output_nr, self)

    @property
    def retains_grad(self) -> bool:
        """Whether `backward` writes `.grad` of this tensor though it is no leaf."""
        node = self._node()
        return node is not None and node.hooks is not None and node.hooks.retains(self.output_nr, self)

    def backward(
        self,
        gradient: Any = None,
        retain_graph: bool | None = None,
        create_graph: bool = False,
        inputs: Any = None,
    ) -> None:
        """Add the gradient of this tensor to `.grad` of the leaves it was computed from.

        `gradient`: the gradient of something with respect to this tensor, of its shape; may be left out for a tensor of
        one element. `retain_graph`: keep saved values, so that backward can run again (default: `create_graph`).
        `create_graph`: record the pass itself, for higher derivatives. `inputs`: only these tensors get gradients.

        Raises RuntimeError where nothing requires grad, shapes disagree, or the graph was freed.

        >>> import chainrule as torch
        >>> x = torch.tensor(3.0, requires_grad=True)
        >>> (x ** 2).backward()
        >>> x.grad
        tensor(6.)
        """
        from chainrule import autograd  # autograd is built on tensors

        autograd.backward(self, gradient, retain_graph, create_graph, inputs=inputs)  # type: ignore[arg-type]

    def detach(self) -> Tensor:
        """The same values without history; changes are seen on both sides, and counted."""
        return new_tensor(self._array, None, self._version_counter)  # type: ignore[return-value]

    def detach_(self) -> Self:
        """Take this tensor out of the graph: it becomes a leaf that does not require grad."""
        if self._base is not None:
            msg = (
                "Can't detach views in-place. Use detach() instead. If you are using DistributedDataParallel (DDP) for "
                "training, and gradient_as_bucket_view is set as True, gradients are views of DDP buckets, and hence "
                "detach_() cannot be called on these gradients. To fix this error, please refer to the "
                "Optimizer.zero_grad() function in torch/optim/optimizer.py as the solution."
            )
            raise RuntimeError(msg)
        self._edge = None
        self._requires_grad = False
        self._tangents = None  # type: ignore[misc]  # Tensor has fields of any name
        return self

    @property
    def data(self) -> Tensor:
        """The same values as a tensor of its own: no history, and changes are not counted here."""
        return new_tensor(self._array, None, counter_aside(self._version_counter))  # type: ignore[return-value]

    @data.setter
    def data(self, data: Tensor) -> None:
        if not isinstance(data, TensorBase):
            msg = f"Variable data has to be a tensor, but got {type(data).__name__}"
            raise TypeError(msg)
        if self._requires_grad and data._array.dtype.kind not in "fc":
            msg = "data set to a tensor that requires gradients must be floating point or complex dtype"
            raise RuntimeError(msg)
        self._array = data._array
        share_borrowed(data._version_counter, self._version_counter)

    @property
    def _version(self) -> int:
        if self.is_inference():
            raise RuntimeError(NOT_COUNTED)
        return changes(self._version_counter)

    def is_inference(self) -> bool:
        """Whether this tensor was made in inference mode, or from one that was without copying it.

        >>> import chainrule as torch
        >>> with torch.inference_mode():
        ...     x = torch.ones(2)
        >>> x.is_inference(), x.detach().is_inference(), x.clone().is_inference()
        (True, True, False)
        """
        return bool(self._version_counter[0] & INFERENCE)

    def _is_view(self) -> bool:
        return self._base is not None
