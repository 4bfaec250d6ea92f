"""What is saved for backward, and what changing it in place does."""


def sigmoid_then_add(torch, show):
    x = torch.tensor([0.5, -1.0], requires_grad=True)
    y = x.sigmoid()
    y.add_(1)
    show(y)
    y.sum().backward()


def an_input_that_is_not_saved_may_change(torch, show):
    x = torch.tensor([0.5, -1.0], requires_grad=True)
    y = x * 2
    z = y + 1
    y.add_(1)
    (y.sum() + z.sum()).backward()
    show(x.grad, y, z)
