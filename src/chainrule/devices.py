"""`device`: where a tensor lives. Arrays of NumPy live on the CPU; other devices come with other array libraries."""

from __future__ import annotations

from enum import IntEnum
from typing import Self

from chainrule.names import public_name

KNOWN_TYPES = ("cpu", "cuda", "mps", "xpu", "meta", "hpu", "mtia", "xla")


class device:
    """The device of a tensor: a type such as `"cpu"` and, where there are several, an index.

    >>> device("cpu")
    device(type='cpu')
    >>> device("cuda:1").index
    1
    """

    __slots__ = ("index", "type")

    type: str
    index: int | None

    def __init__(self, type: str | int | device, index: int | None = None) -> None:
        if isinstance(type, device):
            kind, index = type.type, type.index
        elif isinstance(type, str):
            kind, _, ordinal = type.partition(":")
            if ordinal:
                if index is not None:
                    msg = f"type (string) must not include an index because index was passed explicitly: {type}"
                    raise RuntimeError(msg)
                if not ordinal.isdecimal():
                    msg = f"Invalid device string: '{type}'"
                    raise RuntimeError(msg)
                index = int(ordinal)
            if kind not in KNOWN_TYPES:
                expected = ", ".join(KNOWN_TYPES)
                msg = f"Expected one of {expected} device type at start of device string: {type}"
                raise RuntimeError(msg)
        elif isinstance(type, int):
            kind, index = "cuda", type
        else:
            msg = f"device(): argument 'type' must be a str, an int or a device, not {type.__class__.__name__}"
            raise TypeError(msg)
        self.type, self.index = kind, index

    def __repr__(self) -> str:
        return (
            f"device(type='{self.type}')" if self.index is None else f"device(type='{self.type}', index={self.index})"
        )

    def __str__(self) -> str:
        return self.type if self.index is None else f"{self.type}:{self.index}"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, device) and (self.type, self.index) == (other.type, other.index)

    def __hash__(self) -> int:
        return hash((self.type, self.index))

    def __enter__(self) -> Self:
        require_cpu(self)  # where tensors are made anyway
        return self

    def __exit__(self, *error: object) -> None:
        pass

    def __reduce__(self) -> tuple[object, ...]:
        return device, (self.type, self.index)


CPU = device("cpu")


def require_cpu(where: device | str | int | None) -> None:
    """Raise a clear error when a tensor is asked for on a device that this installation cannot serve.

    >>> require_cpu("cpu")
    """
    if where is None:
        return
    wanted = where if isinstance(where, device) else device(where)
    if wanted.type == "cuda":
        msg = (
            "No CUDA GPUs are available: "
            f"{public_name()} computes on NumPy arrays, on the CPU. Use device='cpu', or ask "
            f"{public_name()}.cuda.is_available() first."
        )
        raise RuntimeError(msg)
    if wanted.type != "cpu":
        msg = (
            f"device '{wanted}' is not supported: {public_name()} computes on NumPy arrays, on the CPU. "
            "Use device='cpu'."
        )
        raise RuntimeError(msg)


# DLPack's numbers for kinds of devices; a tensor's is `kDLCPU`.
DLDeviceType = IntEnum(
    "DLDeviceType",
    {
        "kDLCPU": 1, "kDLCUDA": 2, "kDLCUDAHost": 3, "kDLOpenCL": 4, "kDLVulkan": 7, "kDLMetal": 8, "kDLVPI": 9,
        "kDLROCM": 10, "kDLROCMHost": 11, "kDLExtDev": 12, "kDLCUDAManaged": 13, "kDLOneAPI": 14, "kDLWebGPU": 15,
        "kDLHexagon": 16, "kDLMAIA": 17,
    },
)  # fmt: skip
