"""`rearrange`: dimensions moved, merged and split as a pattern of names says."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import Any

from chainrule.ops.joining import stack
from chainrule.tensor import Tensor

# A name for each dimension, or the names that are merged there: none where it is of size 1.
Side = list[str | tuple[str, ...]]

ELLIPSIS = "…"


def rearrange(tensor: Any, pattern: str, **axes_lengths: int) -> Any:
    """The tensor with its dimensions moved, merged and split as the pattern says.

    Args:
        tensor: a tensor, or a sequence of tensors of one shape, which are stacked.
        pattern: names of its dimensions, an arrow, and the dimensions of the result. Parentheses merge dimensions, `1`
            or `()` is one of size 1, and `...` stands for any that are not named.
        axes_lengths: the sizes of named dimensions, where these do not follow.

    Raises ValueError for a pattern that says nothing, or does not fit the tensor.

    >>> import chainrule as torch
    >>> images = torch.zeros(10, 32, 24, 3)
    >>> torch.func.rearrange(images, "b h w c -> b c h w").shape
    chainrule.Size([10, 3, 32, 24])
    >>> torch.func.rearrange(images, "b (h h2) (w w2) c -> b h w (c h2 w2)", h2=2, w2=2).shape
    chainrule.Size([10, 16, 12, 12])
    """
    if not isinstance(tensor, Tensor):
        tensor = stack(tensor)
    left, right = _sides(pattern)
    _check_names(left, right, axes_lengths)
    unnamed = _unnamed(left, tensor.ndim)
    given = _groups(left, unnamed)
    wanted = _groups(right, unnamed)
    sizes = _sizes(given, tensor.shape, axes_lengths)
    apart = [name for names in given for name in names]
    split = tensor.reshape([sizes[name] for name in apart])
    moved = split.permute([apart.index(name) for names in wanted for name in names])
    return moved.reshape([math.prod(sizes[name] for name in names) for names in wanted])


def _sides(pattern: str) -> tuple[Side, Side]:
    parts = pattern.split("->")
    if len(parts) != 2:
        raise ValueError("Pattern must contain a single '->' separator")
    left, right = map(_dimensions, parts)
    if ELLIPSIS in right and ELLIPSIS not in _names(left):
        raise ValueError(f"Ellipsis found in right side, but not left side of a pattern {pattern}")
    if any(ELLIPSIS in dimension for dimension in left if isinstance(dimension, tuple)):
        raise ValueError(f"Ellipsis is parenthesis in the left side is not allowed: {pattern}")
    return left, right


def _dimensions(expression: str) -> Side:
    if "." in expression.replace("...", "", 1):
        raise ValueError("Expression may contain dots only inside ellipsis (...)")
    found: Side = []
    merged: tuple[str, ...] | None = None
    for word in re.findall(r"\w+|\S", expression.replace("...", f" {ELLIPSIS} ")):
        if word == "(":
            if merged is not None:
                raise ValueError("Axis composition is one-level (brackets inside brackets not allowed)")
            merged = ()
        elif word == ")":
            if merged is None:
                raise ValueError("Brackets are not balanced")
            found.append(merged)
            merged = None
        elif merged is not None:
            merged += () if word == "1" else (_checked(word),)
        else:
            found.append(() if word == "1" else _checked(word))
    if merged is not None:
        raise ValueError(f"Imbalanced parentheses in expression: '{expression}'")
    names = _names(found)
    for name in names:
        if names.count(name) > 1:
            raise ValueError(f"Indexing expression contains duplicate dimension '{name}'")
    return found


def _checked(word: str) -> str:
    if word == ELLIPSIS:
        return word
    if word.isdecimal():
        raise ValueError("rearrange only supports unnamed axes of size 1")
    if not re.match(r"\w", word):
        raise ValueError(f"Unknown character '{word}'")
    if not word.isidentifier():
        raise ValueError(f"Invalid axis identifier: {word}\nnot a valid python identifier")
    if word.startswith("_") or word.endswith("_"):
        raise ValueError(f"Invalid axis identifier: {word}\naxis name should should not start or end with underscore")
    return word


def _names(side: Side) -> list[str]:
    return [name for names in _groups(side, [ELLIPSIS]) for name in names]


def _groups(side: Side, unnamed: list[str]) -> list[list[str]]:
    # The names in each dimension, with those of the dimensions that are not named in place of the ellipsis.
    found: list[list[str]] = []
    for dimension in side:
        if dimension == ELLIPSIS:
            found += [[name] for name in unnamed]
        elif isinstance(dimension, str):
            found.append([dimension])
        else:
            found.append([each for name in dimension for each in (unnamed if name == ELLIPSIS else [name])])
    return found


def _unnamed(left: Side, ndim: int) -> list[str]:
    # Numbers for the dimensions that have no name.
    open_ended = ELLIPSIS in left
    named = len(left) - open_ended
    if ndim < named or (ndim > named and not open_ended):
        how = "less than or equal to" if open_ended else "equal to"
        raise ValueError(
            f"Number of dimensions in pattern ({named}) must be {how} the number of dimensions in the tensor ({ndim})"
        )
    return [str(i) for i in range(ndim - named)]


def _check_names(left: Side, right: Side, lengths: dict[str, int]) -> None:
    for length in lengths.values():
        if not isinstance(length, int):
            raise TypeError(f"rearrange axis lengths must be integers, got: {type(length)}")
    difference = set(_names(left)) ^ set(_names(right))
    if difference:
        raise ValueError(f"Identifiers only on one side of rearrange expression (should be on both): {difference}")
    unknown = lengths.keys() - _names(left)
    if unknown:
        raise ValueError(f"Identifiers not found in rearrange expression: {unknown}")


def _sizes(given: list[list[str]], shape: Sequence[int], lengths: dict[str, int]) -> dict[str, int]:
    sizes = dict(lengths)
    for names, size in zip(given, shape, strict=True):
        open_names = [name for name in names if name not in sizes]
        known = math.prod(sizes[name] for name in names if name in sizes)
        if len(open_names) > 1:
            raise ValueError(f"cannot infer the sizes of {' and '.join(open_names)} at once: give one of them")
        if open_names and known and size % known == 0:
            sizes[open_names[0]] = size // known
        elif open_names or known != size:
            raise ValueError(f"a dimension of size {size} cannot be ({' '.join(names)}): {known} does not fit into it")
    return sizes
