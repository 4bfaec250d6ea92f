"""The memory of large tensors: what is in use, and what is kept to be used again."""

from __future__ import annotations

from chainrule.kernels.memory import limit_at_start, pool

__all__ = ["empty_cache", "memory_stats", "reset_peak_memory_stats", "set_memory_pool"]


def memory_stats() -> dict[str, int]:
    """What the pool of memory for large tensors has and does, in bytes; the names are those of `torch.cuda`'s.

    Large are results of elementwise operations, and what backward computes of them, of a megabyte and more. Their
    memory goes back to the pool when the tensor and its views are gone.

    - `allocated_bytes.all.current`, `allocated_bytes.all.peak`: in use, now and at most.
    - `reserved_bytes.all.current`: what is in use and what is kept to be used again; together never more than was in
      use at most since `empty_cache`.
    - `limit_bytes`: what may be kept; see `set_memory_pool`.
    - `hits`, `misses`: how often memory was used again, and how often it came from the system.

    >>> import chainrule as torch
    >>> x = torch.ones(1 << 20)
    >>> y = (x * 2).exp()  # the product's memory is free again, and kept
    >>> stats = torch.memory_stats()
    >>> stats["reserved_bytes.all.current"] >= stats["allocated_bytes.all.current"] >= y.nbytes
    True
    """
    with pool.counted():
        return {
            "allocated_bytes.all.current": pool.in_use,
            "allocated_bytes.all.peak": pool.peak,
            "reserved_bytes.all.current": pool.in_use + pool.kept,
            "limit_bytes": pool.limit,
            "hits": pool.hits,
            "misses": pool.misses,
        }


def reset_peak_memory_stats() -> None:
    """Begin again with `allocated_bytes.all.peak`, at what is in use now, and with the counts of hits and misses.

    >>> import chainrule as torch
    >>> torch.reset_peak_memory_stats()
    >>> torch.memory_stats()["hits"]
    0
    """
    pool.forget_peak()


def empty_cache() -> None:
    """Give memory that no tensor uses back to the system.

    >>> import chainrule as torch
    >>> torch.empty_cache()
    >>> stats = torch.memory_stats()
    >>> stats["reserved_bytes.all.current"] == stats["allocated_bytes.all.current"]
    True
    """
    pool.release()


def set_memory_pool(limit: int | None) -> None:
    """Keep up to `limit` bytes of memory that no tensor uses; with 0 no pool is used; None for the default.

    That is a quarter of the machine's memory, or what the environment variable `CHAINRULE_MEMORY_POOL` says when the
    program starts, in megabytes.

    >>> import chainrule as torch
    >>> torch.set_memory_pool(0)
    >>> torch.memory_stats()["limit_bytes"]
    0
    >>> torch.set_memory_pool(None)
    """
    if limit is None:
        limit = limit_at_start()
    if type(limit) is not int:
        raise TypeError(f"set_memory_pool(): limit must be a number of bytes or None, not {type(limit).__name__}")
    if limit < 0:
        raise ValueError(f"set_memory_pool(): limit must not be negative, got {limit}")
    pool.set_limit(limit)
