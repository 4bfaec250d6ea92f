# Sequences: an LSTM by hand learns to add, attention looks back, CTC reads, and bags of words find their class.
import torch
import torch.nn.functional as F

torch.manual_seed(0)

# ---- an LSTM learns the mean of a sequence ----
hidden = 8
params = [0.3 * torch.randn(4 * hidden, 1), 0.3 * torch.randn(4 * hidden, hidden)]
params += [torch.zeros(4 * hidden), torch.zeros(4 * hidden)]
readout = 0.3 * torch.randn(1, hidden)
for p in [*params, readout]:
    p.requires_grad_()
optimizer = torch.optim.Adam([*params, readout], lr=0.02)
x = torch.rand(12, 16, 1)
for step in range(30):
    start = (torch.zeros(1, 16, hidden), torch.zeros(1, 16, hidden))
    output, last, cell = torch.lstm(x, start, params, True, 1, 0.0, True, False, False)
    loss = F.mse_loss(F.linear(last[0], readout), x.mean(0))
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    if step % 10 == 0:
        print(step, f"{loss.item():.4f}")
print(output.shape, last.shape, cell.shape)

# ---- packed sequences, both ways, through two layers of gated units ----
weights = []
for size in (3, 3, 8, 8):
    weights += [0.3 * torch.randn(12, size), 0.3 * torch.randn(12, 4), 0.1 * torch.randn(12), 0.1 * torch.randn(12)]
output, last = torch.gru(
    torch.randn(6, 3), torch.tensor([3, 2, 1]), torch.zeros(4, 3, 4), weights, True, 2, 0.0, False, True
)
print(output)
print(last.shape)

# ---- attention ----
q, k, v = (torch.randn(1, 2, 4, 3) for _ in range(3))
print(F.scaled_dot_product_attention(q, k, v, is_causal=True))
mask = torch.tensor([[True, False, False, True]]).expand(4, 4)
print(F.scaled_dot_product_attention(q, k, v, attn_mask=mask).sum())
words = torch.randn(5, 1, 4, requires_grad=True)
projections = torch.randn(12, 4)
attended, shares = F.multi_head_attention_forward(
    words, words, words, 4, 2, projections, torch.zeros(12), None, None, False, 0.0, torch.eye(4), None
)
print(shares)
attended.tanh().sum().backward()
print(words.grad[:, 0])

# ---- connectionist temporal classification ----
logits = torch.randn(10, 2, 4, requires_grad=True)
loss = F.ctc_loss(logits.log_softmax(2), torch.tensor([[1, 2, 3], [2, 2, 0]]), (10, 8), (3, 2))
loss.backward()
print(loss, logits.grad.abs().sum(2)[:, 1])
print(F.ctc_loss(logits.log_softmax(2), torch.tensor([1, 2, 2, 2]), (3, 2), (2, 2), reduction="none"))

# ---- bags of words ----
bag = torch.nn.EmbeddingBag(10, 4, mode="mean", padding_idx=0)
print(bag)
documents, offsets = torch.tensor([1, 2, 3, 0, 0, 4, 4, 5]), torch.tensor([0, 3, 5])
print(bag(documents, offsets))
bag(documents, offsets).sum().backward()
print(bag.weight.grad[:6, 0])

# ---- losses ----
scores = torch.randn(3, 4, requires_grad=True)
print(F.multi_margin_loss(scores, torch.tensor([0, 3, 1])))
print(F.multilabel_margin_loss(scores, torch.tensor([[0, 1, -1, 2], [3, -1, 0, 0], [1, 2, 3, -1]])))
print(F.triplet_margin_loss(scores, scores.roll(1, 0), scores.roll(2, 0), reduction="none"))
print(F.poisson_nll_loss(scores, torch.tensor([1.0, 2.0, 3.0, 4.0]), full=True))
print(F.gaussian_nll_loss(scores, torch.zeros(3, 4), torch.ones(3, 1)))
print(torch.nn.MarginRankingLoss(0.5)(scores[0], scores[1], torch.tensor([1, -1, 1, -1])))
print(torch.nn.CosineEmbeddingLoss()(scores[:2], scores[1:], torch.tensor([1, -1])))

# ---- dropout of all kinds, seed for seed ----
torch.manual_seed(1)
x = torch.ones(2, 3, 4)
for layer in (torch.nn.Dropout1d(), torch.nn.AlphaDropout(0.3), torch.nn.FeatureAlphaDropout(), torch.nn.RReLU()):
    print(layer, layer(x - 1.5)[0])
print(F.gumbel_softmax(torch.zeros(2, 3), hard=True))
try:
    torch.nn.TripletMarginLoss(margin=0)
except ValueError as error:
    print(error)
