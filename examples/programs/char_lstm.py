"""A character model: an LSTM reads the first chapter of Alice's Adventures in Wonderland, and then writes on.

Its state is carried from one piece of the text to the next, cut off from the graph (truncated backpropagation
through time), and the gradient's norm is clipped.
"""

import argparse
import time
from pathlib import Path

import torch
from torch import nn

TEXT = Path(__file__).with_name("alice.txt").read_text(encoding="utf-8")


class CharacterModel(nn.Module):
    """Scores of the next character, after each character of a text."""

    def __init__(self, characters: int, width: int, layers: int) -> None:
        super().__init__()
        self.embedding = nn.Embedding(characters, width)
        self.lstm = nn.LSTM(width, width, num_layers=layers, batch_first=True, dropout=0.1)
        self.head = nn.Linear(width, characters)

    def forward(self, x, state=None):
        """For characters of shape `(N, L)`: scores of shape `(N, L, characters)`, and the state to go on from."""
        x, state = self.lstm(self.embedding(x), state)
        return self.head(x), state


@torch.no_grad()
def sample(model: CharacterModel, start: str, alphabet: list[str], length: int) -> str:
    """What the model writes after `start`."""
    model.eval()
    text, state = start, None
    x = torch.tensor([[alphabet.index(c) for c in start]])
    for _ in range(length):
        scores, state = model(x, state)
        x = torch.multinomial(torch.softmax(scores[:, -1] / 0.5, dim=-1), num_samples=1)
        text += alphabet[x.item()]
    model.train()
    return text


def main() -> None:
    """Train, and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=300)
    parser.add_argument("--every", type=int, default=50, help="print the loss every so many steps")
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    torch.manual_seed(args.seed)

    alphabet = sorted(set(TEXT))
    numbers = {c: i for i, c in enumerate(alphabet)}
    length, rows = 40, 16
    # Each row of the batch reads a part of its own, piece by piece.
    text = torch.tensor([numbers[c] for c in TEXT])
    text = text[: len(text) // rows * rows].view(rows, -1)

    model = CharacterModel(len(alphabet), width=64, layers=2)
    optimizer = torch.optim.Adam(model.parameters(), lr=5e-3)
    criterion = nn.CrossEntropyLoss()
    print(model)

    start = time.perf_counter()
    state, position = None, 0
    for step in range(1, args.steps + 1):
        if position + length + 1 > text.size(1):
            state, position = None, 0
        x, y = text[:, position : position + length], text[:, position + 1 : position + length + 1]
        position += length
        scores, state = model(x, state)
        state = tuple(s.detach() for s in state)
        loss = criterion(scores.flatten(0, 1), y.flatten())
        optimizer.zero_grad()
        loss.backward()
        norm = nn.utils.clip_grad_norm_(model.parameters(), max_norm=1.0)
        optimizer.step()
        if step % args.every == 0:
            print(f"step {step:4d}  loss {loss.item():.5f}  gradient's norm {norm:.4f}")
    print(f"trained in {time.perf_counter() - start:.1f} s")
    print(sample(model, "Alice ", alphabet, 120))


if __name__ == "__main__":
    main()
