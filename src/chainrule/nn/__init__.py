"""Networks: parameters, modules, layers and losses."""

from chainrule.nn import attention, common_types, functional, grad, init, modules, parallel, parameter, utils
from chainrule.nn.keyword_arguments import factory_kwargs
from chainrule.nn.modules import *  # noqa: F403 (those in its __all__)
from chainrule.nn.parallel import DataParallel
from chainrule.nn.parameter import Buffer, Parameter, UninitializedBuffer, UninitializedParameter

__all__ = ["Buffer", "DataParallel", "Parameter", "UninitializedBuffer", "UninitializedParameter", "factory_kwargs"]
__all__ += ["attention", "common_types", "functional", "grad", "init", "modules", "parallel", "parameter", "utils"]
__all__ += modules.__all__
