"""`MultiheadAttention` and transformers: what they compute, by other means; and what else a module must bear."""

import copy
import math
import pickle
import warnings

import pytest

import chainrule as torch
from chainrule import nn


def randn(*shape):
    return torch.randn(*shape, dtype=torch.float64)


def attention(**options):
    torch.manual_seed(0)
    return nn.MultiheadAttention(8, 2, dtype=torch.float64, **options)


def encoder(count=2, **options):
    torch.manual_seed(0)
    layer = nn.TransformerEncoderLayer(8, 2, 16, batch_first=True, dtype=torch.float64, **options)
    return nn.TransformerEncoder(layer, count, enable_nested_tensor=False)


def causal(size):
    return nn.Transformer.generate_square_subsequent_mask(size, dtype=torch.float64)


# ---- attention ----


def test_attention_is_what_its_heads_see():
    module = attention()
    with torch.no_grad():
        module.in_proj_bias.normal_()
    query, memory = randn(3, 8), randn(5, 8)
    output, shares = module(query, memory, memory, average_attn_weights=False)
    weights, biases = module.in_proj_weight.chunk(3), module.in_proj_bias.chunk(3)
    q, k, v = (x @ w.T + b for x, w, b in zip((query, memory, memory), weights, biases, strict=True))
    heads = []
    for head in range(2):
        part = slice(4 * head, 4 * head + 4)
        own = (q[:, part] @ k[:, part].T / math.sqrt(4)).softmax(-1)
        assert torch.allclose(shares[head], own)
        heads.append(own @ v[:, part])
    assert torch.allclose(output, module.out_proj(torch.cat(heads, -1)))


@pytest.mark.parametrize("options", [{}, {"add_bias_kv": True, "add_zero_attn": True}, {"kdim": 3, "vdim": 5}])
def test_weights_or_none_make_no_difference_to_the_output(options):
    module = attention(**options)
    query, key, value = randn(3, 2, 8), randn(4, 2, module.kdim), randn(4, 2, module.vdim)
    padding = torch.tensor([[False, False, False, True], [False] * 4])
    output, shares = module(query, key, value, padding)
    without, nothing = module(query, key, value, padding, need_weights=False)
    assert nothing is None
    assert torch.allclose(output, without)
    assert torch.allclose(shares.sum(-1), torch.ones(2, 3, dtype=torch.float64))
    assert not shares[0, :, 3].any()


def test_padding_is_not_seen():
    module, x = attention(batch_first=True), randn(1, 5, 8)
    padding = torch.tensor([[False, False, False, True, True]])
    short = x[:, :3]
    assert torch.allclose(module(x, x, x, padding)[0][:, :3], module(short, short, short)[0])


@pytest.mark.parametrize("need_weights", [False, True])
@pytest.mark.parametrize("same", [True, False])
def test_gradients_of_attention(need_weights, same):
    module = attention(batch_first=True)
    x, y = randn(1, 3, 8).requires_grad_(), randn(1, 3, 8).requires_grad_()

    def attended(x, y):
        y = x if same else y
        output, weights = module(x, y, y, need_weights=need_weights)
        return (output, weights) if need_weights else output + 0 * y.sum()

    assert torch.autograd.gradcheck(attended, (x, y))
    assert torch.autograd.gradgradcheck(lambda x: attended(x, y), (x,))
    weights = list(module.parameters())
    assert torch.autograd.gradcheck(lambda *_: attended(x, y), weights)


def test_a_mask_is_needed_to_be_causal():
    module, x = attention(), randn(3, 1, 8)
    with pytest.raises(RuntimeError, match="Need attn_mask if specifying the is_causal hint"):
        module(x, x, x, is_causal=True)
    with_hint = module(x, x, x, attn_mask=causal(3), is_causal=True, need_weights=False)[0]
    assert torch.allclose(with_hint, module(x, x, x, attn_mask=causal(3))[0])


def test_what_does_not_fit_is_refused():
    with pytest.raises(AssertionError, match="embed_dim must be divisible by num_heads"):
        nn.MultiheadAttention(8, 3)
    with pytest.raises(ValueError, match="embed_dim and num_heads must be greater than 0, got embed_dim=0"):
        nn.MultiheadAttention(0, 3)
    x = torch.zeros(3, 1, 8)
    with pytest.raises(RuntimeError, match="The shape of the 2D attn_mask is"):
        nn.MultiheadAttention(8, 2)(x, x, x, attn_mask=torch.zeros(2, 3))
    with pytest.raises(AssertionError, match="only bool and floating types of attn_mask are supported"):
        nn.MultiheadAttention(8, 2)(x, x, x, attn_mask=torch.zeros(3, 3, dtype=torch.int64))
    with pytest.warns(UserWarning, match="Support for mismatched key_padding_mask and attn_mask is deprecated"):
        nn.MultiheadAttention(8, 2)(x, x, x, torch.zeros(1, 3, dtype=torch.bool), attn_mask=torch.zeros(3, 3))


# ---- transformers ----


@pytest.mark.parametrize("norm_first", [False, True])
def test_what_comes_later_is_not_seen(norm_first):
    model = encoder(norm_first=norm_first).eval()
    x = randn(1, 5, 8)
    changed = x.clone()
    changed[:, 3:] += 1
    for kwargs in ({"mask": causal(5)}, {"mask": causal(5), "is_causal": True}, {"mask": causal(5) < 0}):
        one, other = model(x, **kwargs), model(changed, **kwargs)
        assert torch.allclose(one[:, :3], other[:, :3])
        assert not torch.allclose(one[:, 3:], other[:, 3:])


def test_layers_are_copies():
    model = encoder(3)
    first, *others = (layer.linear1.weight for layer in model.layers)
    for weight in others:
        assert weight is not first
        assert torch.equal(weight, first)
    assert len(list(model.parameters())) == 3 * 12


def test_a_decoder_sees_its_memory():
    torch.manual_seed(0)
    decoder = nn.TransformerDecoder(nn.TransformerDecoderLayer(8, 2, 16, batch_first=True), 2, nn.LayerNorm(8)).eval()
    tgt, memory = torch.randn(1, 3, 8), torch.randn(1, 4, 8)
    padding = torch.tensor([[False, False, False, True]])
    masked = decoder(tgt, memory, memory_key_padding_mask=padding)
    assert torch.allclose(masked, decoder(tgt, memory[:, :3]), atol=1e-6)
    assert not torch.allclose(masked, decoder(tgt, memory))
    causal_mask = causal(3).float()
    assert torch.allclose(
        decoder(tgt, memory, causal_mask), decoder(tgt, memory, causal_mask, tgt_is_causal=True), atol=1e-6
    )


def test_padding_comes_out_as_zeros_of_an_encoder_in_use():
    torch.manual_seed(0)
    model = nn.TransformerEncoder(nn.TransformerEncoderLayer(8, 2, 16, batch_first=True), 2).eval()
    x, padding = torch.randn(2, 4, 8), torch.tensor([[False, False, True, True], [False] * 4])
    trained = model(x, src_key_padding_mask=padding)
    with torch.no_grad():
        used = model(x, src_key_padding_mask=padding)
    assert torch.allclose(used[~padding], trained[~padding])
    assert not used[padding].any()
    assert trained[padding].all()


def test_copies_files_and_hooks():
    model, x = encoder().eval(), randn(2, 4, 8)
    wanted = model(x)
    assert torch.equal(copy.deepcopy(model)(x), wanted)
    assert torch.equal(pickle.loads(pickle.dumps(model))(x), wanted)
    other = encoder()
    with torch.no_grad():
        for parameter in other.parameters():
            parameter.zero_()
    other.load_state_dict(model.state_dict())
    assert torch.equal(other.eval()(x), wanted)
    seen = []
    for layer in model.layers:
        layer.self_attn.register_forward_hook(lambda module, args, output: seen.append(output[1]))
    with torch.no_grad():
        model(x)
    assert seen == [None, None]


def test_transforms_go_through_an_encoder():
    model, x = encoder(1).eval(), randn(3, 2, 4, 8)
    each = torch.vmap(model)(x)
    assert torch.allclose(each, torch.stack([model(part) for part in x]))
    _, tangent = torch.func.jvp(model, (x[0],), (torch.ones_like(x[0]),))
    step = (model(x[0] + 1e-6) - model(x[0] - 1e-6)) / 2e-6
    assert torch.allclose(tangent, step, atol=1e-6)


def test_activations():
    for activation in ("relu", "gelu", nn.functional.relu, torch.tanh, nn.SiLU()):
        layer = nn.TransformerEncoderLayer(8, 2, 16, activation=activation)
        assert layer(torch.zeros(3, 1, 8)).shape == (3, 1, 8)
        assert isinstance(layer.activation, nn.Module) is ("activation" in dict(layer.named_children()))
    with pytest.raises(RuntimeError, match="activation should be relu/gelu, not tanh"):
        nn.TransformerEncoderLayer(8, 2, 16, activation="tanh")


def test_what_an_encoder_says_of_nested_tensors():
    with pytest.warns(UserWarning, match=r"self_attn.batch_first was not True\(use batch_first for better inference"):
        nn.TransformerEncoder(nn.TransformerEncoderLayer(8, 2, 16), 1)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        nn.TransformerEncoder(nn.TransformerEncoderLayer(8, 2, 16, batch_first=True), 1)
        nn.TransformerEncoder(nn.TransformerEncoderLayer(8, 2, 16), 1, enable_nested_tensor=False)


def test_a_transformer_learns_to_copy():
    torch.manual_seed(0)
    model = nn.Transformer(16, 2, 1, 1, 32, dropout=0.0, batch_first=True)
    embedding, head = nn.Embedding(6, 16), nn.Linear(16, 6)
    parameters = [weight for module in (model, embedding, head) for weight in module.parameters()]
    optimizer = torch.optim.Adam(parameters, lr=0.01)
    tokens = torch.randint(1, 6, (16, 4))
    started = torch.cat([torch.zeros(16, 1, dtype=torch.int64), tokens[:, :-1]], 1)
    mask = nn.Transformer.generate_square_subsequent_mask(4)
    losses = []
    for _ in range(60):
        output = head(model(embedding(tokens), embedding(started), tgt_mask=mask))
        loss = nn.functional.cross_entropy(output.reshape(-1, 6), tokens.reshape(-1))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < 0.2 * losses[0]


def test_a_transformer_refuses_what_does_not_fit():
    model = nn.Transformer(8, 2, 1, 1, 16, batch_first=True)
    with pytest.raises(RuntimeError, match="the batch number of src and tgt must be equal"):
        model(torch.zeros(1, 3, 8), torch.zeros(2, 3, 8))
    with pytest.raises(RuntimeError, match="the feature number of src and tgt must be equal to d_model"):
        model(torch.zeros(1, 3, 6), torch.zeros(1, 3, 6))
