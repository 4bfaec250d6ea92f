"""Are these brackets balanced? A bidirectional GRU reads rows of all lengths, packed (`pack_padded_sequence`)."""

import argparse
import time

import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_sequence
from torch.utils.data import DataLoader, Dataset


class Brackets(Dataset):
    """Rows of brackets; about half of them are balanced."""

    def __init__(self, count: int) -> None:
        self.rows = [self._row(2 * torch.randint(2, 9, ()).item(), i % 2 == 0) for i in range(count)]

    @staticmethod
    def _row(length: int, balanced: bool):
        if not balanced:
            return torch.randint(2, (length,))
        row, depth = [], 0
        for left in range(length, 0, -1):
            opens = depth == 0 or (depth < left and torch.rand(()).item() < 0.5)
            row.append(int(opens))
            depth += 1 if opens else -1
        return torch.tensor(row)

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, i: int):
        depth = (2 * self.rows[i] - 1).cumsum(0)
        return self.rows[i], float(depth.min() >= 0 and depth[-1] == 0)


def collate(samples):
    """Rows padded to the same length, their lengths, and whether they are balanced."""
    rows, labels = zip(*samples, strict=True)
    lengths = torch.tensor([len(row) for row in rows])
    return pad_sequence(rows, batch_first=True), lengths, torch.tensor(labels)


class Judge(nn.Module):
    """The score of being balanced."""

    def __init__(self, width: int = 24) -> None:
        super().__init__()
        self.embedding = nn.Embedding(2, 8)
        self.gru = nn.GRU(8, width, bidirectional=True, batch_first=True)
        self.out = nn.Linear(2 * width, 1)

    def forward(self, rows, lengths):
        """`(N, L)` and `(N,)` to `(N,)`."""
        packed = pack_padded_sequence(self.embedding(rows), lengths, batch_first=True, enforce_sorted=False)
        _, last = self.gru(packed)
        return self.out(torch.cat([last[0], last[1]], dim=1)).squeeze(1)


def main() -> None:
    """Train and test."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=300)
    parser.add_argument("--every", type=int, default=50, help="print the loss every so many steps")
    parser.add_argument("--batch-size", type=int, default=32)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    torch.manual_seed(args.seed)

    loader = DataLoader(Brackets(1000), batch_size=args.batch_size, shuffle=True, collate_fn=collate)
    unseen = DataLoader(Brackets(200), batch_size=50, collate_fn=collate)
    model = Judge()
    print(model)
    optimizer = torch.optim.Adamax(model.parameters(), lr=1e-2)
    criterion = nn.BCEWithLogitsLoss()

    start = time.perf_counter()
    step = 0
    while step < args.steps:
        for rows, lengths, labels in loader:
            step += 1
            loss = criterion(model(rows, lengths), labels)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            if step % args.every == 0:
                print(f"step {step:4d}  loss {loss.item():.5f}")
            if step == args.steps:
                break
    print(f"trained in {time.perf_counter() - start:.1f} s")

    model.eval()
    with torch.no_grad():
        right = sum(((model(rows, lengths) > 0) == (labels > 0.5)).sum().item() for rows, lengths, labels in unseen)
    print(f"right: {right} of {len(unseen.dataset)}")


if __name__ == "__main__":
    main()
