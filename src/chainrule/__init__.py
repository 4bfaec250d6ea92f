"""chainrule: PyTorch's autograd, in Python, on NumPy arrays."""

import warnings as _warnings

# PyTorch does not warn of a division by zero or an overflow in a tensor; NumPy would, from these modules.
_warnings.filterwarnings("ignore", category=RuntimeWarning, module=r"chainrule\.")

from chainrule import autograd
from chainrule.tensor import Tensor
