"""Networks: parameters, modules, layers and losses."""

from chainrule.nn import functional, init, modules, parameter, utils
from chainrule.nn.modules import *  # noqa: F403 (those in its __all__)
from chainrule.nn.parameter import Buffer, Parameter, UninitializedBuffer, UninitializedParameter

__all__ = ["Buffer", "Parameter", "UninitializedBuffer", "UninitializedParameter"]
__all__ += ["functional", "init", "modules", "parameter", "utils"]
__all__ += modules.__all__
