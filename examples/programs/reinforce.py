"""Reinforcement learning: a policy learns to balance a pole on a cart (Williams's REINFORCE, with a baseline).

The environment is the cart and pole of Barto, Sutton and Anderson (1983), a few lines below.
"""

import argparse
import math
import time

import torch
from torch import nn
from torch.distributions import Categorical
from torch.nn import functional as F


class CartPole:
    """A pole on a cart that is pushed left or right, until either has gone too far, or for 200 steps."""

    def __init__(self, seed: int) -> None:
        self.generator = torch.Generator().manual_seed(seed)

    def reset(self) -> list[float]:
        """A new episode; what is seen is position, velocity, angle and angular velocity."""
        self.state = (torch.rand(4, generator=self.generator) * 0.1 - 0.05).tolist()
        self.steps = 0
        return self.state

    def step(self, action: int) -> tuple[list[float], float, bool]:
        """What is seen after the push, the reward, and whether the episode is over."""
        x, x_dot, theta, theta_dot = self.state
        force = 10.0 if action == 1 else -10.0
        costheta, sintheta = math.cos(theta), math.sin(theta)
        temp = (force + 0.05 * theta_dot**2 * sintheta) / 1.1
        thetaacc = (9.8 * sintheta - costheta * temp) / (0.5 * (4.0 / 3.0 - 0.1 * costheta**2 / 1.1))
        xacc = temp - 0.05 * thetaacc * costheta / 1.1
        self.state = [x + 0.02 * x_dot, x_dot + 0.02 * xacc, theta + 0.02 * theta_dot, theta_dot + 0.02 * thetaacc]
        self.steps += 1
        fallen = abs(self.state[0]) > 2.4 or abs(self.state[2]) > 12 * math.pi / 180
        return self.state, 1.0, fallen or self.steps >= 200


class Policy(nn.Module):
    """Probabilities of the two pushes, and how much reward is expected from here."""

    def __init__(self) -> None:
        super().__init__()
        self.affine = nn.Linear(4, 64)
        self.action_head = nn.Linear(64, 2)
        self.value_head = nn.Linear(64, 1)

    def forward(self, x):
        """`(4,)` to `(2,)` and `(1,)`."""
        x = F.relu(self.affine(x))
        return F.softmax(self.action_head(x), dim=-1), self.value_head(x)


def finish_episode(policy: Policy, optimizer, log_probs, values, rewards, gamma: float = 0.99):
    """Learn from an episode: pushes that did better than expected become likelier."""
    returns = []
    R = 0.0
    for r in reversed(rewards):
        R = r + gamma * R
        returns.insert(0, R)
    returns = torch.tensor(returns)
    returns = (returns - returns.mean()) / (returns.std() + 1e-6)
    policy_losses, value_losses = [], []
    for log_prob, value, R in zip(log_probs, values, returns, strict=True):
        advantage = R - value.item()
        policy_losses.append(-log_prob * advantage)
        value_losses.append(F.smooth_l1_loss(value, R.view(1)))
    optimizer.zero_grad()
    loss = torch.stack(policy_losses).sum() + torch.stack(value_losses).sum()
    loss.backward()
    optimizer.step()
    return loss


def main() -> None:
    """Train for so many episodes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=150, help="how many episodes")
    parser.add_argument("--every", type=int, default=25, help="print the loss every so many episodes")
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    torch.manual_seed(args.seed)

    env = CartPole(args.seed)
    policy = Policy()
    print(policy)
    optimizer = torch.optim.Adam(policy.parameters(), lr=1e-2)

    running_reward = 10.0
    start = time.perf_counter()
    for episode in range(1, args.steps + 1):
        state, done = env.reset(), False
        log_probs, values, rewards = [], [], []
        while not done:
            probs, value = policy(torch.tensor(state))
            pushes = Categorical(probs)
            action = pushes.sample()
            log_probs.append(pushes.log_prob(action))
            values.append(value)
            state, reward, done = env.step(action.item())
            rewards.append(reward)
        running_reward = 0.05 * sum(rewards) + 0.95 * running_reward
        loss = finish_episode(policy, optimizer, log_probs, values, rewards)
        if episode % args.every == 0:
            lasted = f"steps {len(rewards):3d}  average {running_reward:.2f}"
            print(f"episode {episode:4d}  loss {loss.item():.5f}  {lasted}")
    print(f"trained in {time.perf_counter() - start:.1f} s")


if __name__ == "__main__":
    main()
