"""Mixed precision, as PyTorch programs ask for it. Here everything is computed in the tensors' own types."""

from chainrule.amp.autocast_mode import autocast, custom_bwd, custom_fwd, is_autocast_available
from chainrule.amp.grad_scaler import GradScaler

__all__ = ["GradScaler", "autocast", "custom_bwd", "custom_fwd", "is_autocast_available"]
