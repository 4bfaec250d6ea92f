"""A graph network tells who went with whom when a karate club split (Zachary, 1977; Kipf and Welling, 2017).

Only the two who fell out are labelled. Messages go along the club's 78 friendships by `index_add_`.
"""

import argparse
import time

import torch
from torch import nn
from torch.nn import functional as F

# For each member the friends with a higher number.
FRIENDS = {
    0: [1, 2, 3, 4, 5, 6, 7, 8, 10, 11, 12, 13, 17, 19, 21, 31],
    1: [2, 3, 7, 13, 17, 19, 21, 30],
    2: [3, 7, 8, 9, 13, 27, 28, 32],
    3: [7, 12, 13],
    4: [6, 10],
    5: [6, 10, 16],
    6: [16],
    8: [30, 32, 33],
    9: [33],
    13: [33],
    14: [32, 33],
    15: [32, 33],
    18: [32, 33],
    19: [33],
    20: [32, 33],
    22: [32, 33],
    23: [25, 27, 29, 32, 33],
    24: [25, 27, 31],
    25: [31],
    26: [29, 33],
    27: [33],
    28: [31, 33],
    29: [32, 33],
    30: [32, 33],
    31: [32, 33],
    32: [33],
}
WITH_THE_INSTRUCTOR = [0, 1, 2, 3, 4, 5, 6, 7, 8, 10, 11, 12, 13, 16, 17, 19, 21]
MEMBERS = 34


class GraphConvolution(nn.Module):
    """Each member gets the weighted sum of what its friends, and itself, have to say."""

    def __init__(self, in_features: int, out_features: int) -> None:
        super().__init__()
        self.linear = nn.Linear(in_features, out_features, bias=False)
        self.bias = nn.Parameter(torch.zeros(out_features))

    def forward(self, x, edge_index, edge_weight):
        """`(members, in_features)` to `(members, out_features)`."""
        source, target = edge_index
        messages = self.linear(x)[source] * edge_weight.unsqueeze(1)
        return torch.zeros(len(x), messages.size(1)).index_add_(0, target, messages) + self.bias


class GCN(nn.Module):
    """Two graph convolutions."""

    def __init__(self, features: int, hidden: int, classes: int) -> None:
        super().__init__()
        self.conv1 = GraphConvolution(features, hidden)
        self.conv2 = GraphConvolution(hidden, classes)

    def forward(self, x, edge_index, edge_weight):
        """Scores of the two groups, for each member."""
        x = F.elu(self.conv1(x, edge_index, edge_weight))
        x = F.dropout(x, 0.2, self.training)
        return self.conv2(x, edge_index, edge_weight)


def main() -> None:
    """Train on two members, test on all."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=200)
    parser.add_argument("--every", type=int, default=20, help="print the loss every so many steps")
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    torch.manual_seed(args.seed)

    edges = torch.tensor([(a, b) for a, friends in FRIENDS.items() for b in friends]).t()
    own = torch.arange(MEMBERS).repeat(2, 1)
    edge_index = torch.cat([edges, edges.flip(0), own], dim=1)
    degree = torch.zeros(MEMBERS).scatter_add_(0, edge_index[1], torch.ones(edge_index.size(1)))
    edge_weight = degree.pow(-0.5)[edge_index].prod(dim=0)
    x = torch.eye(MEMBERS)
    labels = torch.ones(MEMBERS, dtype=torch.long)
    labels[WITH_THE_INSTRUCTOR] = 0
    known = torch.tensor([0, 33])

    model = GCN(MEMBERS, 8, 2)
    print(model)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.02, weight_decay=5e-4)
    start = time.perf_counter()
    for step in range(1, args.steps + 1):
        optimizer.zero_grad()
        scores = model(x, edge_index, edge_weight)
        loss = F.cross_entropy(scores[known], labels[known])
        loss.backward()
        optimizer.step()
        if step % args.every == 0:
            print(f"step {step:4d}  loss {loss.item():.6f}")
    print(f"trained in {time.perf_counter() - start:.1f} s")

    model.eval()
    guess = model(x, edge_index, edge_weight).argmax(dim=1)
    print(f"right about {(guess == labels).sum().item()} of {MEMBERS} members")
    print("wrong about:", (guess != labels).nonzero().flatten().tolist())


if __name__ == "__main__":
    main()
