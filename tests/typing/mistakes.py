"""Calls that are wrong: each line marked so must be reported by mypy and pyright, and no other."""

from __future__ import annotations

import chainrule as torch
import chainrule.nn.functional as F
from chainrule import Tensor, nn, optim


def mistakes(x: Tensor) -> None:
    torch.sinn(x)  # expect: no such function
    x.sinn()  # expect: no such method
    x.sin(1)  # expect: takes nothing
    x.tanh_(out=x)  # expect: methods have no out
    torch.sin("x")  # expect: not a tensor
    torch.sum(x, dimension=0)  # expect: its name is dim
    x.sum(dim="first")  # expect: not a dimension
    x.softmax(dim=[0])  # expect: one dimension only
    torch.cat(x)  # expect: not a sequence of tensors
    torch.zeros(2, dtype="float32")  # expect: not a dtype
    torch.zeros(2.5)  # expect: not a size
    x.reshape("2, 3")  # expect: not a shape
    x @ 2  # expect: no product of matrices with a number
    x + "1"  # expect: not a number
    x["column"]  # expect: not an index
    x.max(0).value  # expect: its name is values
    torch.topk(x)  # expect: how many?
    torch.linalg.inverse(x)  # expect: its name is inv
    torch.linalg.eigh(x, UPLO="X")  # expect: L or U
    torch.fft.fft(x, length=4)  # expect: its name is n
    torch.div(x, x, rounding_mode="up")  # expect: trunc or floor
    torch.special.erff(x)  # expect: no such function
    F.reluu(x)  # expect: no such function
    F.dropout(x, probability=0.5)  # expect: its name is p
    nn.Lineer(3, 4)  # expect: no such layer
    nn.Linear(3)  # expect: and how many outputs?
    nn.Linear("3", 4)  # expect: not a number
    optim.Adam(x, learning_rate=0.1)  # expect: its name is lr
    size: str = x.shape[0]  # expect: an int
    x.requires_grad = "yes"  # expect: a bool
    del size
