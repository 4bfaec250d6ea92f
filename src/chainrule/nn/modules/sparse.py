"""Vectors looked up by number: one by one, or in bags."""

from __future__ import annotations

from typing import Any, Self

from chainrule.devices import device
from chainrule.dtypes import dtype
from chainrule.engine.grad_mode import no_grad
from chainrule.nn import functional as F
from chainrule.nn import init
from chainrule.nn.modules.linear import uninitialized
from chainrule.nn.modules.module import Layer
from chainrule.nn.parameter import Parameter
from chainrule.tensor import Tensor


class Embedding(Layer):
    """A table of `num_embeddings` vectors of size `embedding_dim`.

    Args:
        num_embeddings: the number of vectors.
        embedding_dim: the size of each.
        padding_idx: a number whose vector begins with zeros and gets no gradient.
        max_norm: vectors looked up are scaled down to this norm at most, in place.
        norm_type: the exponent of that norm.
        scale_grad_by_freq: divide gradients by how often a number occurs in the batch.
        sparse: not supported: gradients are dense.
        _weight: the vectors to begin with.
        _freeze: make no gradient for them.
        device: only the CPU.
        dtype: of the vectors; the default dtype unless given.

    >>> torch.nn.Embedding(10, 3)(torch.tensor([[1, 2], [4, 5]])).shape
    chainrule.Size([2, 2, 3])
    """

    weight: Parameter

    def __init__(
        self,
        num_embeddings: int,
        embedding_dim: int,
        padding_idx: int | None = None,
        max_norm: float | None = None,
        norm_type: float = 2.0,
        scale_grad_by_freq: bool = False,
        sparse: bool = False,
        _weight: Tensor | None = None,
        _freeze: bool = False,
        device: device | str | int | None = None,
        dtype: dtype | None = None,
    ) -> None:
        super().__init__()
        if padding_idx is not None:
            if not -num_embeddings <= padding_idx < num_embeddings:
                raise AssertionError("Padding_idx must be within num_embeddings")
            padding_idx %= num_embeddings
        self.num_embeddings = num_embeddings
        self.embedding_dim = embedding_dim
        self.padding_idx = padding_idx
        self.max_norm = max_norm
        self.norm_type = norm_type
        self.scale_grad_by_freq = scale_grad_by_freq
        self.sparse = sparse
        if _weight is None:
            self.weight = uninitialized((num_embeddings, embedding_dim), device, dtype)
            self.reset_parameters()
        else:
            if _weight.shape != (num_embeddings, embedding_dim):
                raise AssertionError("Shape of weight does not match num_embeddings and embedding_dim")
            self.weight = Parameter(_weight)
        self.weight.requires_grad_(not _freeze)

    def reset_parameters(self) -> None:
        """Draw the initial vectors anew."""
        init.normal_(self.weight)
        if self.padding_idx is not None:
            with no_grad():
                self.weight[self.padding_idx].fill_(0)

    def forward(self, input: Tensor) -> Any:
        """The vectors of the numbers in `input`, in one more dimension."""
        return F.embedding(
            input,
            self.weight,
            self.padding_idx,
            self.max_norm,
            self.norm_type,
            self.scale_grad_by_freq,
            self.sparse,
        )

    def extra_repr(self) -> str:
        """The sizes, and what differs from the defaults."""
        options = {
            "padding_idx": (self.padding_idx, None),
            "max_norm": (self.max_norm, None),
            "norm_type": (self.norm_type, 2),
            "scale_grad_by_freq": (self.scale_grad_by_freq, False),
            "sparse": (self.sparse, False),
        }
        changed = [f", {name}={value}" for name, (value, default) in options.items() if value != default]
        return f"{self.num_embeddings}, {self.embedding_dim}" + "".join(changed)

    @classmethod
    def from_pretrained(cls, embeddings: Tensor, freeze: bool = True, **options: Any) -> Self:
        """An embedding of the vectors in a matrix, not trained unless `freeze=False`.

        >>> torch.nn.Embedding.from_pretrained(torch.ones(2, 3))(torch.tensor(1))
        tensor([1., 1., 1.])
        """
        if embeddings.ndim != 2:
            raise AssertionError("Embeddings parameter is expected to be 2-dimensional")
        rows, columns = embeddings.shape
        return cls(rows, columns, _weight=embeddings, _freeze=freeze, **options)


class EmbeddingBag(Layer):
    """A table of `num_embeddings` vectors of size `embedding_dim`, of which sums, means or maxima are looked up.

    Args:
        num_embeddings: the number of vectors.
        embedding_dim: the size of each.
        max_norm: vectors looked up are scaled down to this norm at most, in place.
        norm_type: the exponent of that norm.
        scale_grad_by_freq: divide gradients by how often a number occurs in the batch.
        mode: `"sum"`, `"mean"` or `"max"`.
        sparse: not supported: gradients are dense.
        _weight: the vectors to begin with.
        include_last_offset: offsets end with where the last bag ends.
        padding_idx: a number that does not count, whose vector begins with zeros.
        device: only the CPU.
        dtype: of the vectors; the default dtype unless given.

    >>> torch.nn.EmbeddingBag(10, 3)(torch.tensor([[1, 2], [4, 5]])).shape
    chainrule.Size([2, 3])
    """

    weight: Parameter

    def __init__(
        self,
        num_embeddings: int,
        embedding_dim: int,
        max_norm: float | None = None,
        norm_type: float = 2.0,
        scale_grad_by_freq: bool = False,
        mode: str = "mean",
        sparse: bool = False,
        _weight: Tensor | None = None,
        include_last_offset: bool = False,
        padding_idx: int | None = None,
        device: device | str | int | None = None,
        dtype: dtype | None = None,
    ) -> None:
        super().__init__()
        self.num_embeddings = num_embeddings
        self.embedding_dim = embedding_dim
        self.max_norm = max_norm
        self.norm_type = norm_type
        self.scale_grad_by_freq = scale_grad_by_freq
        if padding_idx is not None:
            if not -num_embeddings <= padding_idx < num_embeddings:
                raise AssertionError("padding_idx must be within num_embeddings")
            padding_idx %= num_embeddings
        self.padding_idx = padding_idx
        if _weight is None:
            self.weight = uninitialized((num_embeddings, embedding_dim), device, dtype)
            self.reset_parameters()
        else:
            if _weight.shape != (num_embeddings, embedding_dim):
                raise AssertionError("Shape of weight does not match num_embeddings and embedding_dim")
            self.weight = Parameter(_weight)
        self.mode = mode
        self.sparse = sparse
        self.include_last_offset = include_last_offset

    def reset_parameters(self) -> None:
        """Draw the initial vectors anew."""
        init.normal_(self.weight)
        if self.padding_idx is not None:
            with no_grad():
                self.weight[self.padding_idx].fill_(0)

    def forward(self, input: Tensor, offsets: Tensor | None = None, per_sample_weights: Tensor | None = None) -> Any:
        """The bags of the numbers in `input`: its rows, or from one of `offsets` to the next."""
        return F.embedding_bag(
            input,
            self.weight,
            offsets,
            self.max_norm,
            self.norm_type,
            self.scale_grad_by_freq,
            self.mode,
            self.sparse,
            per_sample_weights,
            self.include_last_offset,
            self.padding_idx,
        )

    def extra_repr(self) -> str:
        """The sizes, and what differs from the defaults."""
        norm = "" if self.max_norm is None else f", max_norm={self.max_norm}"
        exponent = "" if self.norm_type == 2 else f", norm_type={self.norm_type}"
        scale = f", scale_grad_by_freq={self.scale_grad_by_freq}" if self.scale_grad_by_freq else ""
        padding = "" if self.padding_idx is None else f", padding_idx={self.padding_idx}"
        return f"{self.num_embeddings}, {self.embedding_dim}{norm}{exponent}{scale}, mode={self.mode!r}{padding}"

    @classmethod
    def from_pretrained(cls, embeddings: Tensor, freeze: bool = True, **options: Any) -> Self:
        """Bags of the vectors in a matrix, not trained unless `freeze=False`.

        >>> torch.nn.EmbeddingBag.from_pretrained(torch.ones(2, 3))(torch.tensor([[1, 0]]))
        tensor([[1., 1., 1.]])
        """
        if embeddings.ndim != 2:
            raise AssertionError("Embeddings parameter is expected to be 2-dimensional")
        rows, columns = embeddings.shape
        bags = cls(rows, columns, _weight=embeddings, **options)
        bags.weight.requires_grad_(not freeze)
        return bags
