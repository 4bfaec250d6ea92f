"""The same seed gives the same numbers, whichever function draws them."""

import random

import numpy as np
import torch
from torch import nn

torch.manual_seed(0)
print(torch.rand(5), torch.randn(3), torch.randn(20), torch.randint(0, 10, (5,)), torch.randperm(7), torch.rand(2, 2))
print(torch.normal(0.0, 1.0, (3,)), torch.normal(torch.arange(3.0), torch.ones(3)), torch.randn(2, dtype=torch.float64))
torch.manual_seed(0)
print(torch.bernoulli(torch.full((8,), 0.5)), torch.multinomial(torch.tensor([0.1, 0.2, 0.7]), 5, replacement=True))
print(torch.multinomial(torch.tensor([0.1, 0.2, 0.7]), 2), torch.rand_like(torch.ones(2)), torch.randint(5, (3,)))
print(torch.randn_like(torch.ones(2)), torch.randint_like(torch.ones(2), 5), torch.randint(-5, 5, (2, 3)))
torch.manual_seed(0)
print(torch.empty(3).uniform_(), torch.empty(3).normal_(), torch.empty(3).uniform_(-1, 1), torch.empty(3).random_(10))
print(torch.empty(3).normal_(mean=2, std=3), torch.empty(5).bernoulli_(0.3), torch.empty(3).exponential_())
torch.manual_seed(0)
print(nn.Linear(3, 2).weight, nn.Linear(3, 2).bias, nn.Embedding(2, 3).weight, nn.Bilinear(2, 2, 1).weight)
torch.manual_seed(0)
print(nn.Dropout(0.5)(torch.ones(10)), nn.functional.dropout(torch.ones(3, 3), 0.2))
torch.manual_seed(123)
print(torch.initial_seed(), torch.rand(1))
g = torch.Generator().manual_seed(5)
print(torch.rand(2, generator=g), torch.randperm(4, generator=g), g.initial_seed(), g.device, torch.manual_seed(1))
state = torch.get_rng_state()
first = torch.rand(2)
torch.set_rng_state(state)
print(torch.equal(first, torch.rand(2)), state.shape, state.dtype)
with torch.random.fork_rng():
    torch.manual_seed(9)
    print(torch.rand(1))
print(torch.rand(1))
torch.manual_seed(7)
x = torch.randn(100, 3)
print(x[:2], x[-1], torch.randn(4, 4), torch.rand(17), torch.randn(17), torch.randn(16), torch.randn(15))
torch.manual_seed(0)
w = torch.empty(3, 5)
for init in (nn.init.uniform_, nn.init.normal_, nn.init.xavier_uniform_, nn.init.xavier_normal_, nn.init.ones_,
             nn.init.kaiming_uniform_, nn.init.kaiming_normal_, nn.init.zeros_, nn.init.eye_):
    print(init(w))
print(nn.init.calculate_gain("relu"))


def set_seed(seed):
    random.seed(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)
    torch.cuda.manual_seed_all(seed)
    torch.backends.cudnn.deterministic = True
    torch.backends.cudnn.benchmark = False


set_seed(3)
print(torch.rand(2), np.random.rand(), random.random())
torch.manual_seed(2)
indices = torch.randperm(10)
print(indices, indices[:7], indices[7:], torch.rand(3, requires_grad=True))
for mistake in (lambda: torch.randint(10, 5, (2,)), lambda: torch.rand(-1), lambda: torch.normal(0, -1.0, (2,)),
                lambda: torch.multinomial(torch.tensor([1.0, 0.0]), 3)):
    try:
        print(mistake())
    except Exception as e:
        print(type(e).__name__, str(e).splitlines()[0])
