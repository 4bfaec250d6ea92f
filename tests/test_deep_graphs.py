"""Graphs a million operations deep: walked and freed without recursion, at a price that does not grow."""

import time

import chainrule as torch


def chain(x, length):
    y = x
    for _ in range(length):
        y = y + x
    return y


def test_a_million_nodes():
    x = torch.tensor([1.0], dtype=torch.float64, requires_grad=True)
    y = chain(x, 1_000_000)
    y.backward()
    assert x.grad.item() == 1_000_001
    del y


def test_a_deep_graph_is_freed_without_being_walked():
    x = torch.tensor([1.0], requires_grad=True)
    y = chain(x, 300_000)
    del y


def test_a_deep_graph_of_what_saves_its_results():
    x = torch.tensor([0.5], requires_grad=True)
    y = x
    for _ in range(100_000):
        y = y.tanh()
    y.backward()
    assert 0 <= x.grad.item() < 1
    del y


def test_a_deep_graph_with_create_graph():
    x = torch.tensor([1.0], dtype=torch.float64, requires_grad=True)
    y = x
    for _ in range(20_000):
        y = y * x
    (first,) = torch.autograd.grad(y, x, create_graph=True)
    (second,) = torch.autograd.grad(first, x)
    assert first.item() == 20_001
    assert second.item() == 20_001 * 20_000


def test_a_deep_graph_for_chosen_inputs():
    x = torch.tensor([1.0], requires_grad=True)
    start = x * 1
    y = start
    for _ in range(100_000):
        y = y + 1
    (found,) = torch.autograd.grad(y, start)
    assert found.item() == 1


def test_the_price_of_a_node_does_not_grow():
    def per_node(length):
        x = torch.tensor([1.0], requires_grad=True)
        best = float("inf")
        for _ in range(3):
            start = time.perf_counter()
            chain(x, length).backward()
            best = min(best, time.perf_counter() - start)
        return best / length

    # Three times would be a walk that looks at more than it must; a third more is memory that is no longer in cache.
    assert per_node(200_000) < 3 * per_node(10_000)
