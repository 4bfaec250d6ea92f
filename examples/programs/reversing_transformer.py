"""A transformer learns to write a row of digits backwards (Vaswani et al., Attention is all you need, 2017)."""

import argparse
import math
import time

import torch
from torch import nn

START = 10
LENGTH = 6


class Positions(nn.Module):
    """Adds sines and cosines that say where each digit stands."""

    def __init__(self, width: int, length: int) -> None:
        super().__init__()
        position = torch.arange(length).unsqueeze(1)
        div_term = torch.exp(torch.arange(0, width, 2) * (-math.log(10000.0) / width))
        pe = torch.zeros(length, width)
        pe[:, 0::2] = torch.sin(position * div_term)
        pe[:, 1::2] = torch.cos(position * div_term)
        self.register_buffer("pe", pe)

    def forward(self, x):
        """`(N, L, width)` to `(N, L, width)`."""
        return x + self.pe[: x.size(1)]


class Reverser(nn.Module):
    """Scores of the next digit, from the row and what is written so far."""

    def __init__(self, width: int = 32) -> None:
        super().__init__()
        self.width = width
        self.embedding = nn.Embedding(11, width)
        self.positions = Positions(width, LENGTH + 1)
        self.transformer = nn.Transformer(
            d_model=width, nhead=4, num_encoder_layers=1, num_decoder_layers=1, dim_feedforward=64, dropout=0.0,
            batch_first=True,
        )  # fmt: skip
        self.head = nn.Linear(width, 10)

    def embed(self, digits):
        """`(N, L)` to `(N, L, width)`."""
        return self.positions(self.embedding(digits) * math.sqrt(self.width))

    def forward(self, row, written):
        """`(N, L)` and `(N, M)` to `(N, M, 10)`."""
        mask = nn.Transformer.generate_square_subsequent_mask(written.size(1))
        return self.head(self.transformer(self.embed(row), self.embed(written), tgt_mask=mask, tgt_is_causal=True))

    @torch.no_grad()
    def write(self, row):
        """The row backwards, digit by digit."""
        written = torch.full((len(row), 1), START)
        for _ in range(row.size(1)):
            written = torch.cat([written, self(row, written)[:, -1:].argmax(dim=-1)], dim=1)
        return written[:, 1:]


def main() -> None:
    """Train, and write rows that were not seen."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=800)
    parser.add_argument("--every", type=int, default=100, help="print the loss every so many steps")
    parser.add_argument("--batch-size", type=int, default=64)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    torch.manual_seed(args.seed)

    model = Reverser()
    print(model)
    optimizer = torch.optim.RAdam(model.parameters(), lr=1e-2)
    scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: min(1.0, (step + 1) / 20))
    criterion = nn.CrossEntropyLoss(label_smoothing=0.05)
    start = time.perf_counter()
    for step in range(1, args.steps + 1):
        row = torch.randint(10, (args.batch_size, LENGTH))
        target = row.flip(1)
        written = torch.cat([torch.full((args.batch_size, 1), START), target[:, :-1]], dim=1)
        loss = criterion(model(row, written).transpose(1, 2), target)
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_value_(model.parameters(), 1.0)
        optimizer.step()
        scheduler.step()
        if step % args.every == 0:
            print(f"step {step:4d}  loss {loss.item():.5f}")
    print(f"trained in {time.perf_counter() - start:.1f} s")

    model.eval()
    row = torch.randint(10, (200, LENGTH))
    written = model.write(row)
    print(f"right: {(written == row.flip(1)).all(dim=1).sum().item()} of 200")
    print(row[0].tolist(), "->", written[0].tolist())


if __name__ == "__main__":
    main()
