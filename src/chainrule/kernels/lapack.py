"""Factorizations of SciPy's LAPACK, on batches of matrices."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np


def routines(names: tuple[str, ...], dtype: Any) -> Any:
    """The LAPACK routines of these names for matrices of a type."""
    from scipy.linalg.lapack import get_lapack_funcs  # importing SciPy takes longer than importing NumPy

    return get_lapack_funcs(names, (np.empty(0, dtype),))


def for_each_matrix(function: Callable[..., Any], arrays: tuple[Any, ...], ranks: tuple[int, ...]) -> Any:
    """The results of a function of single matrices, for each of the batch.

    `ranks`: how many dimensions belong to the matrix (2), vector (1) or number (0); those before them are the batch's,
    the same for all arrays.
    """
    batch = arrays[0].shape[: arrays[0].ndim - ranks[0]]
    if not batch:
        return tuple([np.asarray(part) for part in function(*arrays)])
    count = math.prod(batch)
    flat = [array.reshape(count, *array.shape[len(batch) :]) for array in arrays]
    if not count:
        # Of no matrices at all: the shapes that one would have.
        parts = function(*[np.ones(a.shape[1:], a.dtype) for a in flat])
        return tuple([np.empty((*batch, *np.shape(part)), np.asarray(part).dtype) for part in parts])
    found = [function(*matrices) for matrices in zip(*flat, strict=True)]
    return tuple([np.stack(parts).reshape(*batch, *np.shape(parts[0])) for parts in zip(*found, strict=True)])


# ---- LU ----


def lu_factor(A: Any) -> Any:
    """`L` below the diagonal and `U` on and above it; LAPACK's row exchanges, counted from 1; and its code."""
    (getrf,) = routines(("getrf",), A.dtype)

    def factor(matrix: Any) -> Any:
        if not matrix.size:
            return matrix.copy(), np.arange(1, min(matrix.shape) + 1, dtype=np.int32), np.int32(0)
        factors, pivots, info = getrf(matrix)
        return np.ascontiguousarray(factors), (pivots + 1).astype(np.int32), np.int32(info)

    return for_each_matrix(factor, (A,), (2,))


def permutation(pivots: Any, rows: int) -> Any:
    """The order that the rows are in after LAPACK's exchanges, one after another."""

    def ordered(exchanges: Any) -> Any:
        order = np.arange(rows)
        for place, other in enumerate(exchanges):
            order[[place, other - 1]] = order[[other - 1, place]]
        return (order,)

    return for_each_matrix(ordered, (pivots,), (1,))[0]


# ---- Householder's reflections ----


def geqrf(A: Any) -> Any:
    """`R` on and above the diagonal and the reflections' vectors below it; and the reflections' factors."""
    (routine,) = routines(("geqrf",), A.dtype)

    def factor(matrix: Any) -> Any:
        if not matrix.size:
            return matrix.copy(), np.zeros(min(matrix.shape), A.dtype)
        reflections, factors, _, _ = routine(matrix)
        return np.ascontiguousarray(reflections), factors

    return for_each_matrix(factor, (A,), (2,))


# ---- symmetric matrices ----


def ldl_factor(A: Any, hermitian: bool) -> Any:
    """The factors of `A = L @ D @ L.T` in one lower triangle, LAPACK's exchanges, and its code."""
    (routine,) = routines(("hetrf" if hermitian and A.dtype.kind == "c" else "sytrf",), A.dtype)

    def factor(matrix: Any) -> Any:
        if not matrix.size:
            return matrix.copy(), np.zeros(0, np.int32), np.int32(0)
        factors, pivots, info = routine(matrix, lower=1)
        return np.tril(factors), pivots.astype(np.int32), np.int32(info)

    return for_each_matrix(factor, (A,), (2,))


def ldl_layout(pivots: Any) -> Any:
    """What LAPACK's exchanges say: the order of the rows, where each multiplier stands, and the blocks of `D`.

    The multiplier of row `i` in column `j` of `L` stands in row `rows[i, j]` of the same column.
    """

    def layout(exchanges: Any) -> Any:
        count = exchanges.shape[0]
        order, rows = np.arange(count), np.tile(np.arange(count)[:, None], (1, count))
        blocks = np.eye(count, dtype=np.bool_)
        place = 0
        while place < count:
            size = 1 if exchanges[place] > 0 else 2
            first, other = place + size - 1, abs(int(exchanges[place])) - 1
            if size == 2 and place + 1 < count:
                blocks[place : place + 2, place : place + 2] = True
            order[[first, other]] = order[[other, first]]
            rows[[first, other], :place] = rows[[other, first], :place]
            place += size
        return order, rows, blocks

    return for_each_matrix(layout, (pivots,), (1,))


# ---- least squares ----


def least_squares(A: Any, B: Any, cutoff: float, driver: str) -> Any:
    """The solution, the rank, the singular values and LAPACK's code, by one of its drivers.

    What a driver does not find is empty.
    """
    names = ("gels",) if driver == "gels" else (driver, driver + "_lwork")
    found = routines(names, A.dtype)
    rows, columns = A.shape[-2:]
    count = B.shape[-1]
    real = A.real.dtype

    def solve(matrix: Any, right: Any) -> Any:
        if not matrix.size or not right.size:
            return np.zeros((columns, count), A.dtype), np.int64(0), np.zeros(min(rows, columns), real), np.int64(0)
        whole = np.zeros((max(rows, columns), count), A.dtype)
        whole[:rows] = right
        if driver == "gels":
            _, solution, info = found[0](matrix, whole)
            return solution[:columns], np.int64(0), np.zeros(0, real), np.int64(info)
        values = np.zeros(0, real)
        if driver == "gelsy":
            size = int(found[1](rows, columns, count, cutoff)[0].real)
            order = np.zeros((columns, 1), np.int32)
            _, solution, _, rank, info = found[0](matrix, whole, order, cutoff, size, False, False)
        elif driver == "gelss":
            size = int(found[1](rows, columns, count, cutoff)[0].real)
            _, solution, values, rank, _, info = found[0](matrix, whole, cutoff, size, False, False)
        else:
            sizes = [int(s.real) for s in found[1](rows, columns, count, cutoff)[:-1]]
            solution, values, rank, info = found[0](matrix, whole, *sizes, cutoff, False, False)
        return solution[:columns], np.int64(rank), values, np.int64(info)

    return for_each_matrix(solve, (A, B), (2, 2))


# ---- Cholesky ----


def cholesky_ex(A: Any) -> Any:
    """The lower triangular factor, as far as LAPACK came, and its code: 0, or the order of the minor it stopped at."""
    (potrf,) = routines(("potrf",), A.dtype)

    def factor(matrix: Any) -> Any:
        if not matrix.size:
            return matrix.copy(), np.int32(0)
        found, info = potrf(matrix, lower=1, clean=1)
        return np.ascontiguousarray(found), np.int32(info)

    return for_each_matrix(factor, (A,), (2,))
