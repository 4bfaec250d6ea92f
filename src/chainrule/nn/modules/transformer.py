"""Transformers: stacks of the layers of encoder and decoder, and both together."""

from __future__ import annotations

import copy
import warnings
from typing import Any

import numpy as np

from chainrule.devices import device, require_cpu
from chainrule.dtypes import as_numpy_dtype, default_float, dtype
from chainrule.engine.grad_flag import is_grad_enabled
from chainrule.nn import functional as F
from chainrule.nn import init
from chainrule.nn.attention_functions import as_numbers
from chainrule.nn.modules.container import ModuleList
from chainrule.nn.modules.module import Layer, Module
from chainrule.nn.modules.normalization import LayerNorm
from chainrule.nn.modules.transformer_layers import (
    OTHER,
    Activation,
    TransformerDecoderLayer,
    TransformerEncoderLayer,
)
from chainrule.tensor import Tensor, wrap

__all__ = [
    "Transformer", "TransformerDecoder", "TransformerDecoderLayer", "TransformerEncoder", "TransformerEncoderLayer",
]  # fmt: skip


def _square_subsequent_mask(size: int, kind: Any) -> Tensor:
    return wrap(np.triu(np.full((size, size), -np.inf, kind), 1))


def _is_causal(mask: Any, is_causal: bool | None, length: int) -> bool:
    # Whether the mask is that of causal attention, where the user does not say.
    if is_causal is not None or mask is None:
        return bool(is_causal)
    kind = mask._array.dtype
    if tuple(mask.shape) != (length, length) or kind.kind not in "bf":
        return False
    return bool((mask._array == _square_subsequent_mask(length, kind)._array).all())


def _length(x: Tensor, batch_first: bool) -> int:
    return x.shape[1 if batch_first and x.ndim != 2 else 0]


def _clones(layer: Module, count: int) -> ModuleList:
    return ModuleList([copy.deepcopy(layer) for _ in range(count)])


class TransformerEncoder(Layer):
    """A stack of encoder layers.

    In use (`eval` and `no_grad`), where PyTorch packs what is no padding, padding comes out as zeros here too: with
    `enable_nested_tensor`, a `src_key_padding_mask` and no `mask`.

    Args:
        encoder_layer: a layer, which is copied.
        num_layers: how many copies.
        norm: a module behind the last one.
        enable_nested_tensor: see above; there is nothing to be gained from it here.
        mask_check: leave padding as it is where it is not behind the sequences.

    >>> layer = torch.nn.TransformerEncoderLayer(4, 2, 8, batch_first=True)
    >>> torch.nn.TransformerEncoder(layer, 2)(torch.zeros(1, 3, 4)).shape
    chainrule.Size([1, 3, 4])
    """

    def __init__(
        self,
        encoder_layer: Module,
        num_layers: int,
        norm: Module | None = None,
        enable_nested_tensor: bool = True,
        mask_check: bool = True,
    ) -> None:
        super().__init__()
        self.layers = _clones(encoder_layer, num_layers)
        self.num_layers = num_layers
        self.norm = norm
        self.enable_nested_tensor = enable_nested_tensor
        self.use_nested_tensor = enable_nested_tensor
        self.mask_check = mask_check
        why_not = _why_not_nested(encoder_layer)
        if enable_nested_tensor and why_not:
            warnings.warn(
                f"enable_nested_tensor is True, but self.use_nested_tensor is False because {why_not}", stacklevel=2
            )
            self.use_nested_tensor = False

    def forward(
        self,
        src: Tensor,
        mask: Tensor | None = None,
        src_key_padding_mask: Tensor | None = None,
        is_causal: bool | None = None,
    ) -> Any:
        """Apply the layers one after another.

        Args:
            src: a batch of sequences.
            mask: (length, length) or (batch * heads, length, length): True for what is not seen, or numbers to add.
            src_key_padding_mask: (batch, length): True for what is padding, or numbers to add.
            is_causal: `mask` is the one of causal attention; found out unless given.
        """
        kind = src._array.dtype
        src_key_padding_mask = as_numbers(src_key_padding_mask, "src_key_padding_mask", kind, mask, "mask")
        mask = as_numbers(mask, "mask", kind)
        padding = self._padding(src, mask, src_key_padding_mask)
        is_causal = _is_causal(mask, is_causal, _length(src, self.layers[0].self_attn.batch_first))
        output = src
        for layer in self.layers:
            output = layer(output, src_mask=mask, is_causal=is_causal, src_key_padding_mask=src_key_padding_mask)
        if padding is not None:
            output = output.masked_fill(padding, 0)
        return output if self.norm is None else self.norm(output)

    def _padding(self, src: Tensor, mask: Tensor | None, padding_mask: Tensor | None) -> Tensor | None:
        # What is to be zeros.
        first = self.layers[0]
        if not self.use_nested_tensor or first.training or src.ndim != 3 or mask is not None or padding_mask is None:
            return None
        if is_grad_enabled() and any(x.requires_grad for x in (src, *first.parameters())):
            return None
        is_padding = padding_mask._array != 0
        if self.mask_check and (is_padding[:, :-1] & ~is_padding[:, 1:]).any():
            return None
        return wrap(is_padding[:, :, None])


def _why_not_nested(layer: Any) -> str:
    if not isinstance(layer, TransformerEncoderLayer):
        return "encoder_layer was not TransformerEncoderLayer"
    attention = layer.self_attn
    reasons = {
        ".norm_first was True": layer.norm_first,
        ".self_attn.batch_first was not True(use batch_first for better inference performance)":
            not attention.batch_first,
        ".self_attn._qkv_same_embed_dim was not True": not attention._qkv_same_embed_dim,
        ".self_attn was passed bias=False": attention.in_proj_bias is None,
        ".activation_relu_or_gelu was not True": layer.activation_relu_or_gelu == OTHER,
        ".norm1.eps was not equal to encoder_layer.norm2.eps": layer.norm1.eps != layer.norm2.eps,
        ".self_attn.num_heads is odd": attention.num_heads % 2 == 1,
    }  # fmt: skip
    return next((f"encoder_layer{reason}" for reason, holds in reasons.items() if holds), "")


class TransformerDecoder(Layer):
    """A stack of decoder layers.

    Args:
        decoder_layer: a layer, which is copied.
        num_layers: how many copies.
        norm: a module behind the last one.

    >>> decoder = torch.nn.TransformerDecoder(torch.nn.TransformerDecoderLayer(4, 2, 8), 2)
    >>> decoder(torch.zeros(3, 1, 4), torch.zeros(5, 1, 4)).shape
    chainrule.Size([3, 1, 4])
    """

    def __init__(self, decoder_layer: Module, num_layers: int, norm: Module | None = None) -> None:
        super().__init__()
        self.layers = _clones(decoder_layer, num_layers)
        self.num_layers = num_layers
        self.norm = norm

    def forward(
        self,
        tgt: Tensor,
        memory: Tensor,
        tgt_mask: Tensor | None = None,
        memory_mask: Tensor | None = None,
        tgt_key_padding_mask: Tensor | None = None,
        memory_key_padding_mask: Tensor | None = None,
        tgt_is_causal: bool | None = None,
        memory_is_causal: bool = False,
    ) -> Any:
        """Apply the layers one after another; the arguments are those of `TransformerDecoderLayer`.

        Args:
            tgt: a batch of sequences.
            memory: what the encoder gave for theirs.
            tgt_mask: what sequences do not see of themselves.
            memory_mask: what they do not see of `memory`.
            tgt_key_padding_mask: what of the sequences is padding.
            memory_key_padding_mask: what of `memory` is padding.
            tgt_is_causal: `tgt_mask` is the one of causal attention; found out unless given.
            memory_is_causal: `memory_mask` is the one of causal attention.
        """
        tgt_is_causal = _is_causal(tgt_mask, tgt_is_causal, _length(tgt, self.layers[0].self_attn.batch_first))
        output = tgt
        for layer in self.layers:
            output = layer(
                output, memory, tgt_mask=tgt_mask, memory_mask=memory_mask, tgt_key_padding_mask=tgt_key_padding_mask,
                memory_key_padding_mask=memory_key_padding_mask, tgt_is_causal=tgt_is_causal,
                memory_is_causal=memory_is_causal,
            )  # fmt: skip
        return output if self.norm is None else self.norm(output)


class Transformer(Layer):
    """An encoder for one batch of sequences, and a decoder for another one that attends to it.

    Args:
        d_model: the size of inputs and outputs.
        nhead: the number of heads.
        num_encoder_layers: the number of layers of the encoder.
        num_decoder_layers: the number of layers of the decoder.
        dim_feedforward: the size between the two linear layers within a layer.
        dropout: the probability that an element is dropped, in training.
        activation: `"relu"`, `"gelu"`, or a function or module, between the two linear layers.
        custom_encoder: a module to use as encoder.
        custom_decoder: a module to use as decoder.
        layer_norm_eps: what normalization adds to the variance.
        batch_first: inputs and outputs are (batch, length, size), not (length, batch, size).
        norm_first: normalize what goes into attention and network, not what is added up.
        bias: whether linear layers and normalization have biases.
        device: only the CPU.
        dtype: of the parameters; the default dtype unless given.

    >>> model = torch.nn.Transformer(4, 2, 1, 1, 8, batch_first=True)
    >>> model(torch.zeros(1, 3, 4), torch.zeros(1, 5, 4)).shape
    chainrule.Size([1, 5, 4])
    """

    def __init__(
        self,
        d_model: int = 512,
        nhead: int = 8,
        num_encoder_layers: int = 6,
        num_decoder_layers: int = 6,
        dim_feedforward: int = 2048,
        dropout: float = 0.1,
        activation: Activation = F.relu,
        custom_encoder: Module | None = None,
        custom_decoder: Module | None = None,
        layer_norm_eps: float = 1e-5,
        batch_first: bool = False,
        norm_first: bool = False,
        bias: bool = True,
        device: device | str | int | None = None,
        dtype: dtype | None = None,
    ) -> None:
        super().__init__()
        options: dict[str, Any] = {"bias": bias, "device": device, "dtype": dtype}
        sizes = (d_model, nhead, dim_feedforward, dropout, activation, layer_norm_eps, batch_first, norm_first)
        if custom_encoder is None:
            encoder_layer = TransformerEncoderLayer(*sizes, **options)
            norm = LayerNorm(d_model, layer_norm_eps, **options)
            custom_encoder = TransformerEncoder(encoder_layer, num_encoder_layers, norm)
        self.encoder = custom_encoder
        if custom_decoder is None:
            decoder_layer = TransformerDecoderLayer(*sizes, **options)
            norm = LayerNorm(d_model, layer_norm_eps, **options)
            custom_decoder = TransformerDecoder(decoder_layer, num_decoder_layers, norm)
        self.decoder = custom_decoder
        self._reset_parameters()
        self.d_model = d_model
        self.nhead = nhead
        self.batch_first = batch_first

    def _reset_parameters(self) -> None:
        for parameter in self.parameters():
            if parameter.ndim > 1:
                init.xavier_uniform_(parameter)

    @staticmethod
    def generate_square_subsequent_mask(
        sz: int, device: device | str | int | None = None, dtype: dtype | None = None
    ) -> Tensor:
        """The mask of causal attention: minus infinity above the diagonal, else zero.

        >>> torch.nn.Transformer.generate_square_subsequent_mask(2)
        tensor([[0., -inf],
                [0., 0.]])
        """
        require_cpu(device)
        return _square_subsequent_mask(sz, default_float() if dtype is None else as_numpy_dtype(dtype))

    def forward(
        self,
        src: Tensor,
        tgt: Tensor,
        src_mask: Tensor | None = None,
        tgt_mask: Tensor | None = None,
        memory_mask: Tensor | None = None,
        src_key_padding_mask: Tensor | None = None,
        tgt_key_padding_mask: Tensor | None = None,
        memory_key_padding_mask: Tensor | None = None,
        src_is_causal: bool | None = None,
        tgt_is_causal: bool | None = None,
        memory_is_causal: bool = False,
    ) -> Any:
        """What the decoder gives for `tgt` and what the encoder gives for `src`.

        Args:
            src: sequences for the encoder.
            tgt: sequences for the decoder.
            src_mask: what `src` does not see of itself.
            tgt_mask: what `tgt` does not see of itself.
            memory_mask: what `tgt` does not see of what the encoder gave.
            src_key_padding_mask: what of `src` is padding.
            tgt_key_padding_mask: what of `tgt` is padding.
            memory_key_padding_mask: what of what the encoder gave is padding.
            src_is_causal: `src_mask` is the one of causal attention; found out unless given.
            tgt_is_causal: `tgt_mask` is the one of causal attention; found out unless given.
            memory_is_causal: `memory_mask` is the one of causal attention.
        """
        at = 0 if self.batch_first else 1
        if src.ndim == 3 and src.size(at) != tgt.size(at):
            raise RuntimeError("the batch number of src and tgt must be equal")
        if src.size(-1) != self.d_model or tgt.size(-1) != self.d_model:
            raise RuntimeError("the feature number of src and tgt must be equal to d_model")
        memory = self.encoder(src, mask=src_mask, src_key_padding_mask=src_key_padding_mask, is_causal=src_is_causal)
        return self.decoder(
            tgt, memory, tgt_mask=tgt_mask, memory_mask=memory_mask, tgt_key_padding_mask=tgt_key_padding_mask,
            memory_key_padding_mask=memory_key_padding_mask, tgt_is_causal=tgt_is_causal,
            memory_is_causal=memory_is_causal,
        )  # fmt: skip
