"""Models in the ONNX format: PyTorch writes them, chainrule does not."""

from __future__ import annotations

from typing import Any

from chainrule.names import public_name

__all__ = ["OnnxExporterError", "export", "is_in_onnx_export"]


class OnnxExporterError(RuntimeError):
    """What PyTorch's export raises: nothing does here, so that programs may name it."""


def is_in_onnx_export() -> bool:
    """Whether a model is being exported: never.

    >>> torch.onnx.is_in_onnx_export()
    False
    """
    return False


def export(model: Any, *args: Any, **kwargs: Any) -> Any:
    """Raise NotImplementedError: export from PyTorch, which loads the same state dict.

    >>> try:
    ...     torch.onnx.export(torch.nn.Linear(1, 1))
    ... except NotImplementedError as error:
    ...     print(str(error).partition(":")[0])
    chainrule.onnx.export is not supported
    """
    raise NotImplementedError(
        f"{public_name()}.onnx.export is not supported: chainrule records no graph that could be written. Save the "
        f"state_dict() with {public_name()}.save, load it in PyTorch, and export there."
    )
