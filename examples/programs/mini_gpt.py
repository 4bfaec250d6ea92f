"""A small GPT: causal attention written out, on the characters of a chapter of Alice's Adventures in Wonderland.

Weights decay where they are matrices, the learning rate rises and then falls as a cosine does, and the embedding of
the characters is also the last layer.
"""

import argparse
import math
import time
from pathlib import Path

import torch
from torch import nn
from torch.nn import functional as F

TEXT = Path(__file__).with_name("alice.txt").read_text(encoding="utf-8")


class CausalSelfAttention(nn.Module):
    """Each place looks at those before it, and at itself."""

    def __init__(self, width: int, heads: int, context: int, dropout: float) -> None:
        super().__init__()
        self.heads = heads
        self.qkv = nn.Linear(width, 3 * width)
        self.out = nn.Linear(width, width)
        self.dropout = nn.Dropout(dropout)
        self.register_buffer("mask", torch.tril(torch.ones(context, context)).view(1, 1, context, context))

    def forward(self, x):
        """`(N, L, width)` to `(N, L, width)`."""
        N, L, width = x.size()
        q, k, v = self.qkv(x).split(width, dim=2)
        q = q.view(N, L, self.heads, width // self.heads).transpose(1, 2)
        k = k.view(N, L, self.heads, width // self.heads).transpose(1, 2)
        v = v.view(N, L, self.heads, width // self.heads).transpose(1, 2)
        scores = (q @ k.transpose(-2, -1)) * (1.0 / math.sqrt(k.size(-1)))
        scores = scores.masked_fill(self.mask[:, :, :L, :L] == 0, float("-inf"))
        weights = self.dropout(F.softmax(scores, dim=-1))
        x = (weights @ v).transpose(1, 2).contiguous().view(N, L, width)
        return self.out(x)


class Block(nn.Module):
    """Attention, then a network of its own for each place; each is added to what it got."""

    def __init__(self, width: int, heads: int, context: int, dropout: float) -> None:
        super().__init__()
        self.ln_1 = nn.LayerNorm(width)
        self.attention = CausalSelfAttention(width, heads, context, dropout)
        self.ln_2 = nn.LayerNorm(width)
        self.mlp = nn.Sequential(
            nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width), nn.Dropout(dropout)
        )

    def forward(self, x):
        """`(N, L, width)` to `(N, L, width)`."""
        x = x + self.attention(self.ln_1(x))
        return x + self.mlp(self.ln_2(x))


class GPT(nn.Module):
    """Scores of the next character at each place."""

    def __init__(self, characters: int, context: int, width: int, heads: int, layers: int, dropout: float) -> None:
        super().__init__()
        self.context = context
        self.wte = nn.Embedding(characters, width)
        self.wpe = nn.Embedding(context, width)
        self.dropout = nn.Dropout(dropout)
        self.blocks = nn.ModuleList([Block(width, heads, context, dropout) for _ in range(layers)])
        self.ln_f = nn.LayerNorm(width)
        self.head = nn.Linear(width, characters, bias=False)
        self.head.weight = self.wte.weight
        self.apply(self._init_weights)
        for name, p in self.named_parameters():
            if name.endswith("out.weight"):
                nn.init.normal_(p, mean=0.0, std=0.02 / math.sqrt(2 * layers))

    def _init_weights(self, module: nn.Module) -> None:
        if isinstance(module, (nn.Linear, nn.Embedding)):
            nn.init.normal_(module.weight, mean=0.0, std=0.02)
        if isinstance(module, nn.Linear) and module.bias is not None:
            nn.init.zeros_(module.bias)

    def forward(self, idx, targets=None):
        """Scores of shape `(N, L, characters)`, and the loss where there are targets."""
        places = torch.arange(idx.size(1), device=idx.device)
        x = self.dropout(self.wte(idx) + self.wpe(places))
        for block in self.blocks:
            x = block(x)
        logits = self.head(self.ln_f(x))
        loss = None
        if targets is not None:
            loss = F.cross_entropy(logits.view(-1, logits.size(-1)), targets.view(-1))
        return logits, loss

    @torch.no_grad()
    def generate(self, idx, length: int, temperature: float = 0.8, top_k: int = 10):
        """`idx` and `length` characters more."""
        for _ in range(length):
            logits, _ = self(idx[:, -self.context :])
            logits = logits[:, -1, :] / temperature
            largest, _ = torch.topk(logits, top_k)
            logits[logits < largest[:, [-1]]] = -float("inf")
            idx = torch.cat((idx, torch.multinomial(F.softmax(logits, dim=-1), num_samples=1)), dim=1)
        return idx


def parameter_groups(model: nn.Module, weight_decay: float) -> list[dict]:
    """Matrices decay; biases and the scales of norms do not."""
    decay = [p for p in model.parameters() if p.dim() >= 2]
    no_decay = [p for p in model.parameters() if p.dim() < 2]
    return [{"params": decay, "weight_decay": weight_decay}, {"params": no_decay, "weight_decay": 0.0}]


def main() -> None:
    """Train, test, and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=200)
    parser.add_argument("--every", type=int, default=50, help="print the loss every so many steps")
    parser.add_argument("--batch-size", type=int, default=12)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    torch.manual_seed(args.seed)

    alphabet = sorted(set(TEXT))
    numbers = {c: i for i, c in enumerate(alphabet)}
    text = torch.tensor([numbers[c] for c in TEXT], dtype=torch.long)
    cut = int(0.9 * len(text))
    train, test = text[:cut], text[cut:]
    model = GPT(len(alphabet), context=32, width=64, heads=4, layers=2, dropout=0.1)
    print(f"{sum(p.numel() for p in model.parameters()):,} parameters, {len(alphabet)} characters")

    optimizer = torch.optim.AdamW(parameter_groups(model, 0.1), lr=3e-3, betas=(0.9, 0.95))
    warmup = 10
    scheduler = torch.optim.lr_scheduler.SequentialLR(
        optimizer,
        [
            torch.optim.lr_scheduler.LinearLR(optimizer, start_factor=0.1, total_iters=warmup),
            torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=max(args.steps - warmup, 1), eta_min=3e-4),
        ],
        milestones=[warmup],
    )

    def batch(data):
        starts = torch.randint(len(data) - model.context, (args.batch_size,))
        x = torch.stack([data[i : i + model.context] for i in starts])
        y = torch.stack([data[i + 1 : i + 1 + model.context] for i in starts])
        return x, y

    start = time.perf_counter()
    model.train()
    for step in range(1, args.steps + 1):
        _, loss = model(*batch(train))
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        scheduler.step()
        if step % args.every == 0:
            print(f"step {step:4d}  loss {loss.item():.5f}  lr {scheduler.get_last_lr()[0]:.6f}")
    print(f"trained in {time.perf_counter() - start:.1f} s")

    model.eval()
    with torch.no_grad():
        losses = torch.tensor([model(*batch(test))[1].item() for _ in range(10)])
    print(f"loss on the rest of the text: {losses.mean():.5f}")
    written = model.generate(torch.tensor([[numbers["A"]]]), 120)[0].tolist()
    print("".join(alphabet[i] for i in written))


if __name__ == "__main__":
    main()
