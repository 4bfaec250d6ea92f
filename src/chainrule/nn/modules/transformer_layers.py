"""The layers of a transformer: attention and a network of two linear layers, each added to its input."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from chainrule.devices import device
from chainrule.dtypes import dtype
from chainrule.nn import functional as F
from chainrule.nn.attention_functions import as_numbers
from chainrule.nn.modules.activation import GELU, ReLU
from chainrule.nn.modules.attention import MultiheadAttention
from chainrule.nn.modules.dropout import Dropout
from chainrule.nn.modules.linear import Linear
from chainrule.nn.modules.module import Layer
from chainrule.nn.modules.normalization import LayerNorm
from chainrule.tensor import Tensor

Activation = str | Callable[[Tensor], Tensor]
OTHER, RELU_, GELU_ = 0, 1, 2  # what PyTorch calls `activation_relu_or_gelu`


def _activation(given: Activation) -> Callable[[Tensor], Tensor]:
    if not isinstance(given, str):
        return given
    if given not in ("relu", "gelu"):
        raise RuntimeError(f"activation should be relu/gelu, not {given}")
    found: Callable[[Tensor], Tensor] = getattr(F, given)
    return found


class TransformerEncoderLayer(Layer):
    """Self-attention and a network of two linear layers, each with dropout, added to its input and normalized.

    Args:
        d_model: the size of inputs and outputs.
        nhead: the number of heads.
        dim_feedforward: the size between the two linear layers.
        dropout: the probability that an element is dropped, in training.
        activation: `"relu"`, `"gelu"`, or a function or module, between the two linear layers.
        layer_norm_eps: what normalization adds to the variance.
        batch_first: inputs and outputs are (batch, length, size), not (length, batch, size).
        norm_first: normalize what goes into attention and network, not what is added up.
        bias: whether linear layers and normalization have biases.
        device: only the CPU.
        dtype: of the parameters; the default dtype unless given.

    >>> torch.nn.TransformerEncoderLayer(4, 2, 8, batch_first=True)(torch.zeros(1, 3, 4)).shape
    chainrule.Size([1, 3, 4])
    """

    activation: Callable[[Tensor], Tensor]

    def __init__(
        self,
        d_model: int,
        nhead: int,
        dim_feedforward: int = 2048,
        dropout: float = 0.1,
        activation: Activation = F.relu,
        layer_norm_eps: float = 1e-5,
        batch_first: bool = False,
        norm_first: bool = False,
        bias: bool = True,
        device: device | str | int | None = None,
        dtype: dtype | None = None,
    ) -> None:
        super().__init__()
        options: dict[str, Any] = {"bias": bias, "device": device, "dtype": dtype}
        self.self_attn = MultiheadAttention(d_model, nhead, dropout, batch_first=batch_first, **options)
        self.linear1 = Linear(d_model, dim_feedforward, **options)
        self.dropout = Dropout(dropout)
        self.linear2 = Linear(dim_feedforward, d_model, **options)
        self.norm_first = norm_first
        self.norm1 = LayerNorm(d_model, layer_norm_eps, **options)
        self.norm2 = LayerNorm(d_model, layer_norm_eps, **options)
        self.dropout1 = Dropout(dropout)
        self.dropout2 = Dropout(dropout)
        activation = _activation(activation)
        if activation is F.relu or isinstance(activation, ReLU):
            self.activation_relu_or_gelu = RELU_
        elif activation is F.gelu or isinstance(activation, GELU):
            self.activation_relu_or_gelu = GELU_
        else:
            self.activation_relu_or_gelu = OTHER
        self.activation = activation

    def forward(
        self,
        src: Tensor,
        src_mask: Tensor | None = None,
        src_key_padding_mask: Tensor | None = None,
        is_causal: bool = False,
    ) -> Any:
        """Apply it to a batch of sequences.

        Args:
            src: the sequences.
            src_mask: (length, length) or (batch * heads, length, length): True for what is not seen, or numbers.
            src_key_padding_mask: (batch, length): True for what is padding, or numbers to add.
            is_causal: `src_mask` is the one of causal attention.
        """
        kind = src._array.dtype
        src_key_padding_mask = as_numbers(src_key_padding_mask, "src_key_padding_mask", kind, src_mask, "src_mask")
        src_mask = as_numbers(src_mask, "src_mask", kind)
        x = src
        if self.norm_first:
            x = x + self._sa_block(self.norm1(x), src_mask, src_key_padding_mask, is_causal=is_causal)
            return x + self._ff_block(self.norm2(x))
        x = self.norm1(x + self._sa_block(x, src_mask, src_key_padding_mask, is_causal=is_causal))
        return self.norm2(x + self._ff_block(x))

    def _sa_block(
        self, x: Tensor, attn_mask: Tensor | None, key_padding_mask: Tensor | None, is_causal: bool = False
    ) -> Tensor:
        attended = self.self_attn(
            x, x, x, attn_mask=attn_mask, key_padding_mask=key_padding_mask, need_weights=False, is_causal=is_causal
        )[0]
        return self.dropout1(attended)

    def _ff_block(self, x: Tensor) -> Tensor:
        return self.dropout2(self.linear2(self.dropout(self.activation(self.linear1(x)))))


class TransformerDecoderLayer(Layer):
    """As `TransformerEncoderLayer`, with attention to what an encoder gave between the two.

    Args:
        d_model: the size of inputs and outputs.
        nhead: the number of heads.
        dim_feedforward: the size between the two linear layers.
        dropout: the probability that an element is dropped, in training.
        activation: `"relu"`, `"gelu"`, or a function or module, between the two linear layers.
        layer_norm_eps: what normalization adds to the variance.
        batch_first: inputs and outputs are (batch, length, size), not (length, batch, size).
        norm_first: normalize what goes into attention and network, not what is added up.
        bias: whether linear layers and normalization have biases.
        device: only the CPU.
        dtype: of the parameters; the default dtype unless given.

    >>> torch.nn.TransformerDecoderLayer(4, 2, 8)(torch.zeros(3, 1, 4), memory=torch.zeros(5, 1, 4)).shape
    chainrule.Size([3, 1, 4])
    """

    activation: Callable[[Tensor], Tensor]

    def __init__(
        self,
        d_model: int,
        nhead: int,
        dim_feedforward: int = 2048,
        dropout: float = 0.1,
        activation: Activation = F.relu,
        layer_norm_eps: float = 1e-5,
        batch_first: bool = False,
        norm_first: bool = False,
        bias: bool = True,
        device: device | str | int | None = None,
        dtype: dtype | None = None,
    ) -> None:
        super().__init__()
        options: dict[str, Any] = {"bias": bias, "device": device, "dtype": dtype}
        self.self_attn = MultiheadAttention(d_model, nhead, dropout, batch_first=batch_first, **options)
        self.multihead_attn = MultiheadAttention(d_model, nhead, dropout, batch_first=batch_first, **options)
        self.linear1 = Linear(d_model, dim_feedforward, **options)
        self.dropout = Dropout(dropout)
        self.linear2 = Linear(dim_feedforward, d_model, **options)
        self.norm_first = norm_first
        self.norm1 = LayerNorm(d_model, layer_norm_eps, **options)
        self.norm2 = LayerNorm(d_model, layer_norm_eps, **options)
        self.norm3 = LayerNorm(d_model, layer_norm_eps, **options)
        self.dropout1 = Dropout(dropout)
        self.dropout2 = Dropout(dropout)
        self.dropout3 = Dropout(dropout)
        self.activation = _activation(activation)

    def forward(
        self,
        tgt: Tensor,
        memory: Tensor,
        tgt_mask: Tensor | None = None,
        memory_mask: Tensor | None = None,
        tgt_key_padding_mask: Tensor | None = None,
        memory_key_padding_mask: Tensor | None = None,
        tgt_is_causal: bool = False,
        memory_is_causal: bool = False,
    ) -> Any:
        """Apply it to a batch of sequences.

        Args:
            tgt: the sequences.
            memory: what the encoder gave for theirs.
            tgt_mask: what sequences do not see of themselves.
            memory_mask: what they do not see of `memory`.
            tgt_key_padding_mask: what of the sequences is padding.
            memory_key_padding_mask: what of `memory` is padding.
            tgt_is_causal: `tgt_mask` is the one of causal attention.
            memory_is_causal: `memory_mask` is the one of causal attention.
        """
        x = tgt
        of_self = (tgt_mask, tgt_key_padding_mask, tgt_is_causal)
        of_memory = (memory, memory_mask, memory_key_padding_mask, memory_is_causal)
        if self.norm_first:
            x = x + self._sa_block(self.norm1(x), *of_self)
            x = x + self._mha_block(self.norm2(x), *of_memory)
            return x + self._ff_block(self.norm3(x))
        x = self.norm1(x + self._sa_block(x, *of_self))
        x = self.norm2(x + self._mha_block(x, *of_memory))
        return self.norm3(x + self._ff_block(x))

    def _sa_block(
        self, x: Tensor, attn_mask: Tensor | None, key_padding_mask: Tensor | None, is_causal: bool = False
    ) -> Tensor:
        attended = self.self_attn(
            x, x, x, attn_mask=attn_mask, key_padding_mask=key_padding_mask, is_causal=is_causal, need_weights=False
        )[0]
        return self.dropout1(attended)

    def _mha_block(
        self,
        x: Tensor,
        mem: Tensor,
        attn_mask: Tensor | None,
        key_padding_mask: Tensor | None,
        is_causal: bool = False,
    ) -> Tensor:
        attended = self.multihead_attn(
            x, mem, mem, attn_mask=attn_mask, key_padding_mask=key_padding_mask, is_causal=is_causal, need_weights=False
        )[0]
        return self.dropout2(attended)

    def _ff_block(self, x: Tensor) -> Tensor:
        return self.dropout3(self.linear2(self.dropout(self.activation(self.linear1(x)))))
