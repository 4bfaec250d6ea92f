"""How a `DataLoader` works inside: fetching, collating, worker processes. PyTorch's names for those who import them."""

from chainrule.utils.data._utils import collate, fetch, worker

__all__ = ["collate", "fetch", "worker"]
