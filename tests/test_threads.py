"""Several threads, one graph."""

import threading

import chainrule as torch
from chainrule.autograd import grad


def leaf(*numbers):
    return torch.tensor(list(numbers), dtype=torch.float64, requires_grad=True)


def in_threads(count, work):
    errors = []

    def guarded(number):
        try:
            work(number)
        except BaseException as error:  # noqa: BLE001 (to be raised where the test sees it)
            errors.append(error)

    threads = [threading.Thread(target=guarded, args=(n,)) for n in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]


def test_eight_threads_lose_no_gradient():
    shared = leaf(1, 2, 3)

    def work(number):
        for _ in range(200):
            (shared * (number + 1)).backward(torch.ones(3))

    in_threads(8, work)
    assert shared.grad.tolist() == [200 * 36] * 3


def test_threads_that_share_a_graph():
    x = leaf(1, 2)
    y = x.exp() * x
    expected = grad(y, x, torch.ones(2), retain_graph=True)[0].tolist()

    def work(number):
        for _ in range(100):
            assert grad(y, x, torch.ones(2), retain_graph=True)[0].tolist() == expected

    in_threads(4, work)
