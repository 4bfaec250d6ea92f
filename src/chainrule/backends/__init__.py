"""What else PyTorch could compute with. There is none of it here: programs that ask are told so, and go on."""

from chainrule.backends import cudnn, mps

__all__ = ["cudnn", "mps"]
