"""Bad input: PyTorch's exception class and leading sentence, and nothing changed afterwards."""

import numpy as np
import pytest

import chainrule as torch


class State:
    """What a failed operation must leave as it was: values, gradients, versions, flags."""

    def __init__(self):
        self.x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
        self.y = self.x * self.x
        self.integers = torch.tensor([1, 2])
        self.matrix = torch.ones(2, 3)
        self.layer = torch.nn.Linear(2, 3)
        (self.x * 5).sum().backward()

    def tensors(self):
        return [self.x, self.y, self.integers, self.matrix, *self.layer.parameters()]

    def snapshot(self):
        return [
            (
                t.detach().numpy().copy(),
                None if not t.is_leaf or t.grad is None else t.grad.numpy().copy(),
                t._version,
                t.requires_grad,
                type(t.grad_fn),
            )
            for t in self.tensors()
        ]


def second_backward(s):
    total = s.y.sum()
    torch.autograd.grad(total, s.x)  # frees the graph, and touches no .grad
    total.backward()


CASES = [
    ("shapes in matmul", lambda s: s.matrix @ s.matrix, RuntimeError,
     "mat1 and mat2 shapes cannot be multiplied (2x3 and 2x3)"),
    ("shapes in broadcasting", lambda s: s.x + torch.ones(4), RuntimeError,
     "The size of tensor a (3) must match the size of tensor b (4) at non-singleton dimension 0"),
    ("shapes in a layer", lambda s: s.layer(torch.ones(1, 5)), RuntimeError,
     "mat1 and mat2 shapes cannot be multiplied (1x5 and 2x3)"),
    ("integers made to require grad", lambda s: torch.tensor([1, 2], requires_grad=True), RuntimeError,
     "Only Tensors of floating point and complex dtype can require gradients"),
    ("integers told to require grad", lambda s: s.integers.requires_grad_(), RuntimeError,
     "only Tensors of floating point dtype can require gradients"),
    ("numpy() with grad", lambda s: s.x.numpy(), RuntimeError,
     "Can't call numpy() on Tensor that requires grad. Use tensor.detach().numpy() instead."),
    ("an array of what requires grad", lambda s: np.asarray(s.x), RuntimeError,
     "Can't call numpy() on Tensor that requires grad. Use tensor.detach().numpy() instead."),
    ("a second backward", second_backward, RuntimeError,
     ("Trying to backward through the graph a second time (or directly access saved tensors after they have already "
     "been freed).")),
    ("backward of several elements", lambda s: s.y.backward(), RuntimeError,
     "grad can be implicitly created only for scalar outputs"),
    ("backward without a graph", lambda s: s.matrix.sum().backward(), RuntimeError,
     "element 0 of tensors does not require grad and does not have a grad_fn"),
    ("a gradient of another shape", lambda s: s.y.backward(torch.ones(4)), RuntimeError,
     "Mismatch in shape: grad_output[0] has a shape of torch.Size([4]) and output[0] has a shape of torch.Size([3])."),
    ("a complex gradient of a real tensor", lambda s: s.y.backward(torch.ones(3, dtype=torch.complex64)), RuntimeError,
     "For complex Tensors, both grad_output and output are required to have the same dtype."),
    ("a gradient assigned in another shape", lambda s: setattr(s.x, "grad", torch.ones(4)), RuntimeError,
     "attempting to assign a gradient of size '[4]' to a tensor of size '[3]'."),
    ("a gradient assigned in another dtype", lambda s: setattr(s.x, "grad", torch.ones(3).double()), RuntimeError,
     "attempting to assign a gradient with dtype 'double' to a tensor with grad_dtype 'Float'."),
    ("a number as gradient", lambda s: setattr(s.x, "grad", 3), TypeError,
     "assigned grad expected to be a Tensor or None but got grad of type int"),
    ("in place on a leaf", lambda s: s.x.add_(1), RuntimeError,
     "a leaf Variable that requires grad is being used in an in-place operation."),
    ("in place on a leaf by a function", lambda s: torch.sin_(s.x), RuntimeError,
     "a leaf Variable that requires grad is being used in an in-place operation."),
    ("in place on a part of a leaf", lambda s: s.x.__setitem__(0, 5.0), RuntimeError,
     "a view of a leaf Variable that requires grad is being used in an in-place operation."),
    ("in place into too small a tensor", lambda s: s.matrix.add_(torch.ones(4, 2, 3)), RuntimeError,
     "output with shape [2, 3] doesn't match the broadcast shape [4, 2, 3]"),
    ("in place into integers", lambda s: s.integers.add_(1.5), RuntimeError,
     "result type Float can't be cast to the desired output type Long"),
    ("no parameters", lambda s: torch.optim.SGD([], lr=0.1), ValueError, "optimizer got an empty parameter list"),
    ("a negative learning rate", lambda s: torch.optim.SGD([s.x], lr=-1), ValueError, "Invalid learning rate: -1"),
    ("a computed tensor to optimize", lambda s: torch.optim.SGD([s.y], lr=1), ValueError,
     "can't optimize a non-leaf Tensor"),
    ("Nesterov without momentum", lambda s: torch.optim.SGD([s.x], lr=1, nesterov=True), ValueError,
     "Nesterov momentum requires a momentum and zero dampening"),
    ("keys that a state dict lacks", lambda s: s.layer.load_state_dict({"weight": torch.zeros(3, 2)}), RuntimeError,
     'Error(s) in loading state_dict for Linear:\n\tMissing key(s) in state_dict: "bias".'),
    ("keys that a layer lacks",
     lambda s: s.layer.load_state_dict({"weight": torch.zeros(3, 2), "bias": torch.zeros(3), "more": torch.zeros(1)}),
     RuntimeError, 'Error(s) in loading state_dict for Linear:\n\tUnexpected key(s) in state_dict: "more".'),
    ("a state of another size",
     lambda s: s.layer.load_state_dict({"bias": torch.zeros(3), "weight": torch.zeros(3, 3)}), RuntimeError,
     ("Error(s) in loading state_dict for Linear:\n\tsize mismatch for weight: copying a param with shape "
     "torch.Size([3, 3]) from checkpoint, the shape in current model is torch.Size([3, 2]).")),
    ("CUDA where there is none", lambda s: s.x.to("cuda"), RuntimeError, "No CUDA GPUs are available"),
]  # fmt: skip


@pytest.mark.parametrize(("wrong", "error", "sentence"), [c[1:] for c in CASES], ids=[c[0] for c in CASES])
def test_bad_input_is_refused_and_changes_nothing(wrong, error, sentence):
    state = State()
    before = state.snapshot()

    with pytest.raises(error) as raised:
        wrong(state)

    assert str(raised.value).startswith(sentence)
    for was, now in zip(before, state.snapshot(), strict=True):
        np.testing.assert_array_equal(was[0], now[0])
        assert (was[1] is None) == (now[1] is None)
        if was[1] is not None:
            np.testing.assert_array_equal(was[1], now[1])
        assert was[2:] == now[2:]
