"""`MultiheadAttention`."""

from __future__ import annotations

from typing import Any

from chainrule.devices import device
from chainrule.dtypes import dtype
from chainrule.nn import functional as F
from chainrule.nn import init
from chainrule.nn.attention_functions import as_numbers
from chainrule.nn.modules.linear import NonDynamicallyQuantizableLinear, uninitialized
from chainrule.nn.modules.module import Module
from chainrule.nn.parameter import Parameter
from chainrule.tensor import Tensor


class MultiheadAttention(Module):
    """Attention of several heads: each query's mean of values, weighted by how well their keys match it.

    Called as `attention(query, key, value)`: gives the output, and the weights or None.

    Args:
        embed_dim: the size of queries and outputs.
        num_heads: between how many heads it is divided.
        dropout: the probability that a weight is dropped, in training.
        bias: whether to add biases.
        add_bias_kv: learn a key and a value that come behind the others.
        add_zero_attn: add a key and a value of zeros.
        kdim: the size of keys; `embed_dim` unless given.
        vdim: the size of values; `embed_dim` unless given.
        batch_first: inputs and outputs are (batch, length, size), not (length, batch, size).
        device: only the CPU.
        dtype: of the parameters; the default dtype unless given.

    >>> x = torch.zeros(3, 1, 4)
    >>> output, weights = torch.nn.MultiheadAttention(4, 2)(x, x, x)
    >>> output.shape, weights.shape
    (chainrule.Size([3, 1, 4]), chainrule.Size([1, 3, 3]))
    """

    in_proj_weight: Parameter | None
    q_proj_weight: Parameter | None
    k_proj_weight: Parameter | None
    v_proj_weight: Parameter | None
    in_proj_bias: Parameter | None
    bias_k: Parameter | None
    bias_v: Parameter | None

    def __init__(
        self,
        embed_dim: int,
        num_heads: int,
        dropout: float = 0.0,
        bias: bool = True,
        add_bias_kv: bool = False,
        add_zero_attn: bool = False,
        kdim: int | None = None,
        vdim: int | None = None,
        batch_first: bool = False,
        device: device | str | int | None = None,
        dtype: dtype | None = None,
    ) -> None:
        if embed_dim <= 0 or num_heads <= 0:
            raise ValueError(
                f"embed_dim and num_heads must be greater than 0, got embed_dim={embed_dim} and "
                f"num_heads={num_heads} instead"
            )
        super().__init__()
        self.embed_dim = embed_dim
        self.kdim = embed_dim if kdim is None else kdim
        self.vdim = embed_dim if vdim is None else vdim
        self._qkv_same_embed_dim = self.kdim == embed_dim and self.vdim == embed_dim
        self.num_heads = num_heads
        self.dropout = dropout
        self.batch_first = batch_first
        self.head_dim = embed_dim // num_heads
        if self.head_dim * num_heads != embed_dim:
            raise AssertionError("embed_dim must be divisible by num_heads")
        shapes: dict[str, tuple[int, ...] | None] = dict.fromkeys(
            ("in_proj_weight", "q_proj_weight", "k_proj_weight", "v_proj_weight", "in_proj_bias")
        )
        if self._qkv_same_embed_dim:
            shapes["in_proj_weight"] = (3 * embed_dim, embed_dim)
        else:
            for name, size in (("q", embed_dim), ("k", self.kdim), ("v", self.vdim)):
                shapes[f"{name}_proj_weight"] = (embed_dim, size)
        if bias:
            shapes["in_proj_bias"] = (3 * embed_dim,)
        for name, shape in shapes.items():
            self.register_parameter(name, None if shape is None else uninitialized(shape, device, dtype))
        self.out_proj = NonDynamicallyQuantizableLinear(embed_dim, embed_dim, bias, device, dtype)
        self.bias_k = uninitialized((1, 1, embed_dim), device, dtype) if add_bias_kv else None
        self.bias_v = uninitialized((1, 1, embed_dim), device, dtype) if add_bias_kv else None
        self.add_zero_attn = add_zero_attn
        self._reset_parameters()

    def _reset_parameters(self) -> None:
        for weight in (self.in_proj_weight, self.q_proj_weight, self.k_proj_weight, self.v_proj_weight):
            if weight is not None:
                init.xavier_uniform_(weight)
        for bias in (self.in_proj_bias, self.out_proj.bias):
            if bias is not None:
                init.zeros_(bias)
        for bias in (self.bias_k, self.bias_v):
            if bias is not None:
                init.xavier_normal_(bias)

    def forward(
        self,
        query: Tensor,
        key: Tensor,
        value: Tensor,
        key_padding_mask: Tensor | None = None,
        need_weights: bool = True,
        attn_mask: Tensor | None = None,
        average_attn_weights: bool = True,
        is_causal: bool = False,
    ) -> tuple[Any, Any]:
        """The output, and with `need_weights` the weights (else None, which is quicker).

        Args:
            query: (queries, batch, embed_dim), (batch, queries, embed_dim) if `batch_first`, or (queries, embed_dim).
            key: (keys, batch, kdim), and so on.
            value: (keys, batch, vdim), and so on.
            key_padding_mask: (batch, keys): True for keys that are not there, or numbers to add.
            need_weights: whether to return the weights.
            attn_mask: (queries, keys) or (batch * heads, queries, keys): True for what is not seen, or numbers to add.
            average_attn_weights: whether weights are averaged over heads.
            is_causal: `attn_mask` is the one of causal attention.
        """
        dtype = query._array.dtype
        key_padding_mask = as_numbers(key_padding_mask, "key_padding_mask", dtype, attn_mask, "attn_mask")
        attn_mask = as_numbers(attn_mask, "attn_mask", dtype)
        turned = self.batch_first and query.ndim == 3
        if turned:
            # What is the same tensor stays so: its products are one then.
            by_place = {id(x): x.transpose(1, 0) for x in (query, key, value)}
            query, key, value = (by_place[id(x)] for x in (query, key, value))
        output, weights = F.multi_head_attention_forward(
            query, key, value, self.embed_dim, self.num_heads, self.in_proj_weight, self.in_proj_bias, self.bias_k,
            self.bias_v, self.add_zero_attn, self.dropout, self.out_proj.weight, self.out_proj.bias, self.training,
            key_padding_mask, need_weights, attn_mask, not self._qkv_same_embed_dim, self.q_proj_weight,
            self.k_proj_weight, self.v_proj_weight, None, None, average_attn_weights, is_causal,
        )  # fmt: skip
        return output.transpose(1, 0) if turned else output, weights
