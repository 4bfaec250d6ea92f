"""DLPack: memory handed from one array library to another without a copy."""

from chainrule.devices import DLDeviceType
from chainrule.ops.from_data import from_dlpack, to_dlpack

__all__ = ["DLDeviceType", "from_dlpack", "to_dlpack"]
