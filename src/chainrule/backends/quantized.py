"""Libraries for numbers of eight bits: there is none.

>>> torch.backends.quantized.supported_engines
[]
"""

__all__ = ["engine", "supported_engines"]

engine = "none"
supported_engines: list[str] = []
