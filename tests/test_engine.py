"""The graph and the walk through it: leaves, nodes, edges, accumulation, freeing, errors, higher order."""

import gc
import math
import re
import warnings
import weakref

import numpy as np
import pytest

import chainrule as torch
from chainrule.autograd import grad

SECOND = "Trying to backward through the graph a second time"
CANNOT = "element 0 of tensors does not require grad and does not have a grad_fn"


def leaf(*numbers, dtype=torch.float64):
    return torch.tensor(list(numbers), dtype=dtype, requires_grad=True)


def scalar(number, dtype=torch.float64):
    return torch.tensor(float(number), dtype=dtype, requires_grad=True)


# ---- leaves ----


def test_a_leaf():
    x = scalar(2)
    assert x.is_leaf
    assert x.requires_grad
    assert x.grad is None
    assert x.grad_fn is None
    assert x.output_nr == 0
    assert not x.retains_grad


def test_what_is_computed_is_no_leaf_unless_nothing_needs_a_gradient():
    x, constant = scalar(2), torch.tensor(3.0)
    assert not (x * constant).is_leaf
    assert (x * constant).requires_grad
    assert (constant * constant).is_leaf
    assert not (constant * constant).requires_grad


def test_requires_grad_can_be_set_on_leaves_only():
    x = torch.tensor(1.0)
    x.requires_grad = True
    assert x.requires_grad
    assert x.requires_grad_(False) is x
    assert not x.requires_grad
    y = scalar(2) * 3
    y.requires_grad_()
    with pytest.raises(RuntimeError, match="you can only change requires_grad flags of leaf variables"):
        y.requires_grad_(False)
    for flag in (True, False):
        with pytest.raises(RuntimeError, match="you can only change requires_grad flags of leaf variables"):
            y.requires_grad = flag
    assert y.requires_grad


@pytest.mark.parametrize("dtype", [torch.int64, torch.bool, torch.uint8])
def test_integers_cannot_require_grad(dtype):
    with pytest.raises(RuntimeError, match="Only Tensors of floating point and complex dtype can require gradients"):
        torch.tensor([1], dtype=dtype, requires_grad=True)
    with pytest.raises(RuntimeError, match="only Tensors of floating point dtype can require gradients"):
        torch.tensor([1], dtype=dtype).requires_grad_()


def test_integer_results_never_require_grad():
    x = leaf(1.5, 2.5)
    assert not (x > 2).requires_grad
    assert not x.to(torch.int64).requires_grad
    assert x.to(torch.float32).requires_grad


def test_accumulation():
    x = scalar(3)
    (x * 2).backward()
    first = x.grad
    (x * 5).backward()
    assert x.grad is first
    assert x.grad.item() == 7
    x.grad = None
    (x * x).backward()
    assert x.grad.item() == 6
    x.grad.zero_()
    assert x.grad.item() == 0
    del x.grad
    assert x.grad is None


def test_accumulation_in_place_counts_as_a_change():
    x = scalar(3)
    (x * 2).backward()
    version = x.grad._version
    (x * 2).backward()
    assert x.grad._version > version


def test_the_same_tensor_twice_makes_two_edges():
    x = scalar(3)
    y = x * x
    assert [node.variable is x for node, _ in y.grad_fn.next_functions] == [True, True]
    y.backward()
    assert x.grad.item() == 6


def test_grad_must_fit_its_tensor():
    x = leaf(1, 2, 3)
    with pytest.raises(RuntimeError, match=re.escape("assign a gradient of size '[4]' to a tensor of size")):
        x.grad = torch.zeros(4)
    with pytest.raises(RuntimeError, match="attempting to assign a gradient with dtype 'float'"):
        x.grad = torch.zeros(3)
    with pytest.raises(TypeError, match="assigned grad expected to be a Tensor or None but got grad of type int"):
        x.grad = 1
    with pytest.raises(RuntimeError, match="can't assign Variable as its own grad"):
        x.grad = x
    assert x.grad is None
    x.grad = torch.ones(3, dtype=torch.float64)
    (x * 2).backward(torch.ones(3))
    assert x.grad.tolist() == [3, 3, 3]


def test_grad_of_what_is_no_leaf_warns():
    y = scalar(2) * 2
    with pytest.warns(UserWarning, match="The .grad attribute of a Tensor that is not a leaf Tensor is being accessed"):
        assert y.grad is None


# ---- nodes and edges ----


def test_next_functions_of_a_first_lesson():
    a, b = scalar(2), scalar(3)
    product = a * b
    result = product + 1
    assert [(type(node).__name__, number) for node, number in result.grad_fn.next_functions] == [
        ("MulBackward0", 0),
        ("NoneType", 0),
    ]
    mul = result.grad_fn.next_functions[0][0]
    assert mul is product.grad_fn
    (left, left_nr), (right, right_nr) = mul.next_functions
    assert left.variable is a
    assert right.variable is b
    assert (left_nr, right_nr) == (0, 0)
    assert left.name() == "torch::autograd::AccumulateGrad"
    assert type(left).__name__ == "AccumulateGrad"
    assert left.next_functions == ()


def test_one_accumulator_for_each_leaf():
    a = scalar(2)
    first = (a * 2).grad_fn.next_functions[0][0]
    second = (a + 1).grad_fn.next_functions[0][0]
    assert first is second
    other = (scalar(2) + 1).grad_fn.next_functions[0][0]
    assert other is not first


def test_constants_have_no_edge():
    a, constant = scalar(2), torch.tensor(3.0)
    assert (constant * a).grad_fn.next_functions[0] == (None, 0)
    assert (a - constant).grad_fn.next_functions[1] == (None, 0)


def test_results_of_one_node_are_numbered():
    x = leaf(1, 2, 3)
    a, b, c = x.unbind()
    assert [t.output_nr for t in (a, b, c)] == [0, 1, 2]
    assert a.grad_fn is b.grad_fn is c.grad_fn
    assert a.grad_fn.name() == "UnbindBackward0"
    assert (a * c).grad_fn.next_functions == ((a.grad_fn, 0), (a.grad_fn, 2))
    (a * b * c).backward()
    assert x.grad.tolist() == [6, 3, 2]


def test_results_of_one_node_that_get_no_gradient():
    x = leaf(1, 2, 3)
    _, b, _ = x.unbind()
    (b * b).backward()
    assert x.grad.tolist() == [0, 4, 0]
    y = leaf(1, 2, 3, 4)
    first, second = y.split([3, 1])
    (found,) = grad(second, y)
    assert found.tolist() == [0, 0, 0, 1]
    assert first.output_nr == 0


def test_the_chain_of_a_first_lesson():
    a, b = torch.tensor(2.0), torch.tensor(2.0)
    d, f, h = (scalar(2) for _ in range(3))
    c = a * b
    c.requires_grad = True
    e = c * d
    g = e * f
    i = g / h
    j = i + h
    k = j * i
    k.backward()
    assert h.grad.item() == -64
    assert c.grad.item() == 36
    assert a.grad is None


def test_retain_grad():
    x = scalar(2)
    y = x * 3
    y.retain_grad()
    y.retain_grad()
    assert y.retains_grad
    (y * y).backward()
    assert y.grad.item() == 12
    assert x.grad.item() == 36
    x.retain_grad()
    assert not x.retains_grad
    with pytest.raises(RuntimeError, match="can't retain_grad on Tensor that has requires_grad=False"):
        torch.tensor(1.0).retain_grad()


def test_retain_grad_of_the_root_and_of_a_numbered_result():
    x = leaf(1, 2)
    a, b = x.unbind()
    b.retain_grad()
    loss = a * b
    loss.retain_grad()
    loss.backward()
    assert loss.grad.item() == 1
    assert b.grad.item() == 1
    assert not a.retains_grad


def test_detach():
    x = leaf(1, 2)
    y = x * 2
    z = y.detach()
    assert not z.requires_grad
    assert z.grad_fn is None
    assert z._version == y._version
    z.add_(1)
    assert y.tolist() == [3, 5]
    assert y._version == 1
    y.detach_()
    assert y.is_leaf
    assert not y.requires_grad
    view = (x * 2)[0]
    with pytest.raises(RuntimeError, match="Can't detach views in-place"):
        view.detach_()


def test_data_is_not_counted():
    x = leaf(1, 2)
    y = x * x
    x.data.mul_(10)
    assert x.tolist() == [10, 20]
    assert x._version == 0
    y.backward(torch.ones(2))
    assert x.grad.tolist() == [20, 40]  # as in PyTorch: what happens behind the graph's back is not noticed
    x.data = torch.zeros(2, dtype=torch.float64)
    assert x.tolist() == [0, 0]


def test_values_outside():
    x = leaf(1, 2)
    with pytest.raises(RuntimeError, match=re.escape("Can't call numpy() on Tensor that requires grad.")):
        x.numpy()
    with pytest.raises(RuntimeError, match=re.escape("Can't call numpy() on Tensor that requires grad.")):
        np.asarray(x)
    assert x.detach().numpy().tolist() == [1, 2]
    assert x.numpy(force=True).tolist() == [1, 2]
    with torch.no_grad():
        assert np.asarray(x).tolist() == [1, 2]
    with pytest.raises(RuntimeError, match="a Tensor with 2 elements cannot be converted to Scalar"):
        x.item()
    with pytest.raises(RuntimeError, match="Boolean value of Tensor with more than one value is ambiguous"):
        bool(x)
    with pytest.warns(UserWarning, match="Converting a tensor with requires_grad=True to a scalar"):
        assert float(scalar(2)) == 2.0


# ---- backward ----


def test_the_arguments_of_backward():
    x = leaf(1, 2)
    (x * x).backward(torch.tensor([1.0, 10.0]))
    assert x.grad.tolist() == [2, 40]
    torch.autograd.backward([x[0] * 3, x[1] * 4])
    assert x.grad.tolist() == [5, 44]
    torch.autograd.backward((x * 1, x[0] * 2), (torch.ones(2), None))
    assert x.grad.tolist() == [8, 45]
    with pytest.warns(FutureWarning, match="`grad_variables` is deprecated. Use `grad_tensors` instead."):
        torch.autograd.backward(x * 1, grad_variables=torch.ones(2))
    assert x.grad.tolist() == [9, 46]


def test_backward_from_a_leaf():
    x = scalar(3)
    x.backward()
    assert x.grad.item() == 1
    seed = torch.tensor(5.0, dtype=torch.float64)
    x.backward(seed)
    assert x.grad.item() == 6
    assert seed.item() == 5


def test_backward_with_inputs():
    x, y = scalar(2), scalar(3)
    between = x * y
    result = between * x
    result.backward(inputs=[y], retain_graph=True)
    assert y.grad.item() == 4
    assert x.grad is None
    result.backward(inputs=x, retain_graph=True)
    assert x.grad.item() == 12
    assert y.grad.item() == 4
    result.backward(inputs=[between])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert between.grad.item() == 2
    with pytest.raises(RuntimeError, match=re.escape("`inputs` argument to `backward()` cannot be empty.")):
        result.backward(inputs=[])


def test_gradients_are_cast_to_the_type_of_what_they_belong_to():
    x, y = leaf(1, dtype=torch.float32), leaf(2)
    (x * y).backward()
    assert x.grad.dtype == torch.float32
    assert y.grad.dtype == torch.float64
    (x * 1).backward(torch.ones(1, dtype=torch.float64))
    assert x.grad.dtype == torch.float32


@pytest.mark.parametrize(
    ("run", "exception", "message"),
    [
        (lambda x: (x * 2).backward(), RuntimeError, "grad can be implicitly created only for scalar outputs"),
        (lambda x: torch.tensor(1.0).backward(), RuntimeError, CANNOT),
        (lambda x: torch.autograd.backward([x[0], torch.tensor(1.0)]), RuntimeError, CANNOT.replace("0", "1")),
        (
            lambda x: (x * 2).backward(torch.ones(4)),
            RuntimeError,
            "Mismatch in shape: grad_output[0] has a shape of torch.Size([4]) and output[0] has a shape of torch.Size(",
        ),
        (
            lambda x: torch.autograd.backward([x * 2], [3.0]),
            TypeError,
            "gradients can be either Tensors or None, but got float",
        ),
        (lambda x: torch.autograd.backward([x[0], x[1]], [None]), RuntimeError, "got 2 tensors and 1 gradients"),
        (
            lambda x: (x * 2).backward(torch.ones(3, dtype=torch.complex128)),
            RuntimeError,
            "For complex Tensors, both grad_output and output are required to have the same dtype.",
        ),
        (
            lambda x: (x[0] * 1j).backward(),
            RuntimeError,
            "grad can be implicitly created only for real scalar outputs but got torch.complex128",
        ),
        (lambda x: grad(x[0], []), RuntimeError, "`inputs` argument to `grad()` cannot be empty."),
        (
            lambda x: grad(x[0], torch.ones(1)),
            RuntimeError,
            "One of the differentiated Tensors does not require grad",
        ),
        (
            lambda x: grad(x[0], scalar(1)),
            RuntimeError,
            "The differentiated Tensor at index 0 appears to not have been used in the graph. Set allow_unused=True",
        ),
        (
            lambda x: grad(x[0], x, allow_unused=False, materialize_grads=True),
            ValueError,
            "Expected allow_unused to be True or not passed when materialize_grads=True, but got: allow_unused=False.",
        ),
        (lambda x: grad(x[0], 3), TypeError, "int"),
    ],
)
def test_misuse(run, exception, message):
    x = leaf(1, 2, 3)
    with pytest.raises(exception, match=re.escape(message)):
        run(x)
    assert x.grad is None


def test_a_second_backward():
    x = scalar(2)
    y = x * x
    y.backward()
    with pytest.raises(RuntimeError, match=SECOND):
        y.backward()
    assert x.grad.item() == 4
    z = x * x
    z.backward(retain_graph=True)
    z.backward()
    assert x.grad.item() == 12
    with pytest.raises(RuntimeError, match=SECOND):
        grad(z, x)


def test_a_second_backward_through_what_saves_nothing():
    x = scalar(2)
    y = x + 1
    y.backward()
    y.backward()
    assert x.grad.item() == 2


def test_a_part_that_was_freed():
    x = scalar(2)
    shared = x.exp()
    (shared * 2).backward()
    with pytest.raises(RuntimeError, match=SECOND):
        (shared * 3).backward()


def test_saved_values_are_freed_as_the_walk_goes():
    x = leaf(*range(1000))
    y = x * 2
    z = y.tanh()
    saved = weakref.ref(z._array)
    loss = z * 1
    del y, z
    assert saved() is not None
    loss.backward(torch.ones(1000))
    assert saved() is None


def test_grad_touches_no_grad_attribute():
    x, y = scalar(2), scalar(3)
    z = x * x * y
    assert [g.item() for g in grad(z, [x, y], retain_graph=True)] == [12, 4]
    assert x.grad is None
    assert y.grad is None
    assert isinstance(grad(z, x, retain_graph=True), tuple)
    assert grad(z, {"x": x}, retain_graph=True)["x"].item() == 12
    assert grad(z, [x, x], retain_graph=True)[1].item() == 12
    assert grad(z, z, retain_graph=True)[0].item() == 1


def test_grad_of_what_lies_between():
    x = scalar(2)
    a = x * 3
    b = a * a
    found_b, found_a, found_x = grad(b * x, [b, a, x])
    assert (found_b.item(), found_a.item(), found_x.item()) == (2, 24, 108)


def test_grad_of_unused_inputs():
    x, y = leaf(1, 2), leaf(3)
    assert grad(x[0], [x, y], allow_unused=True)[1] is None
    assert grad(x[0], [x, y], materialize_grads=True)[1].tolist() == [0]


def test_grad_of_several_outputs():
    x = leaf(1, 2)
    (found,) = grad([x * 2, x[0] * 3], [x], [torch.ones(2), None])
    assert found.tolist() == [5, 2]


def test_grad_runs_only_what_leads_to_its_inputs():
    x, y = scalar(2), scalar(3)
    a = x.exp()
    b = y.exp()
    grad(a * b, x)
    # The other branch was not run, and so not freed.
    b.backward()
    assert y.grad.item() == pytest.approx(math.exp(3))


def test_only_inputs_is_a_word_of_the_past():
    x = scalar(2)
    with pytest.warns(FutureWarning, match="only_inputs argument is deprecated"):
        grad(x * 1, x, only_inputs=False)


def test_nodes_run_latest_first(monkeypatch):
    order = []

    def noting(name, formula):
        def noted(grad, *saved):
            order.append(name)
            return formula(grad, *saved)

        return noted

    x = scalar(1)
    first, second = x.exp(), x.sin()
    third = second * 2
    total = third + first
    for tensor, name in ((first, "exp"), (second, "sin"), (third, "mul"), (total, "add")):
        node_class = type(tensor.grad_fn)
        rules = tuple((noting(name, formula), code, at) for formula, code, at in node_class.rules)
        monkeypatch.setattr(node_class, "rules", rules)
    total.backward()
    assert list(dict.fromkeys(order)) == ["add", "mul", "sin", "exp"]


def test_sequence_numbers_grow():
    x = scalar(1)
    a = x * 2
    b = x * 3
    assert a.grad_fn.sequence_nr < b.grad_fn.sequence_nr


# ---- gradients belong to their tensor alone ----


def shares(a, b):
    return np.shares_memory(a._array, b._array)


def test_gradients_share_no_memory():
    x, y = leaf(1, 2), leaf(3, 4)
    seed = torch.ones(2, dtype=torch.float64)
    (x + y).backward(seed)
    assert not shares(x.grad, y.grad)
    assert not shares(x.grad, seed)
    assert not shares(y.grad, seed)
    x.backward(seed)
    assert seed.tolist() == [1, 1]
    z = leaf(1, 2)
    z.backward(seed)
    assert not shares(z.grad, seed)
    w = leaf(1, 2)
    w.view(2).backward(seed)
    assert not shares(w.grad, seed)


def test_gradients_given_are_not_added_to():
    x = leaf(1, 2)
    first, second = leaf(1, 2).detach(), leaf(10, 20).detach()
    torch.autograd.backward([x, x, x * 1, x + 0], [first, second, first, second])
    assert first.tolist() == [1, 2]
    assert second.tolist() == [10, 20]
    assert x.grad.tolist() == [22, 44]
    (found,) = grad([x, x], [x], [first, second])
    assert found.tolist() == [11, 22]
    assert first.tolist() == [1, 2]
    (same,) = grad(x, x, first)
    assert not shares(same, first)


def test_results_of_grad_share_no_memory():
    x, y = leaf(1, 2), leaf(3, 4)
    found_x, found_y = grad(x + y, [x, y], torch.ones(2))
    assert not shares(found_x, found_y)


def test_retained_gradients_share_no_memory():
    x = leaf(1, 2)
    y = x + 0
    y.retain_grad()
    (y + 0).backward(torch.ones(2))
    assert not shares(x.grad, y.grad)
    x.grad.add_(5)
    assert y.grad.tolist() == [1, 1]


def test_the_gradient_has_the_layout_of_its_tensor():
    x = torch.tensor(np.asfortranarray(np.ones((3, 4)))).t().requires_grad_()
    (x * 2).backward(torch.ones(4, 3))
    assert x.grad.stride() == x.stride()


# ---- a failure changes nothing ----


def test_a_failed_backward_writes_no_gradient():
    x, y = leaf(1, 2), leaf(1, 2)
    x.grad = torch.full((2,), 7.0, dtype=torch.float64)
    saved = y * 1
    product = saved * saved
    total = product + x
    saved.add_(1)
    with pytest.raises(RuntimeError, match="has been modified by an inplace operation"):
        total.backward(torch.ones(2))
    assert x.grad.tolist() == [7, 7]
    assert y.grad is None


def test_a_failed_operation_records_nothing():
    x = leaf(1, 2)
    before = x._version
    with pytest.raises(RuntimeError, match="The size of tensor a"):
        x + leaf(1, 2, 3)
    with pytest.raises(RuntimeError, match="a leaf Variable"):
        x.add_(1)
    assert x._version == before
    assert x.is_leaf
    assert x.tolist() == [1, 2]


# ---- memory ----


def test_nothing_is_kept_without_a_reference_and_without_a_collection():
    gc.disable()
    try:
        x = leaf(1, 2)
        y = x.exp()
        z = (y * x).sum()
        z.backward()
        nodes = [weakref.ref(z.grad_fn), weakref.ref(y.grad_fn)]
        arrays = [weakref.ref(y._array), weakref.ref(z._array)]
        accumulator = weakref.ref(x.grad_fn or y.grad_fn.next_functions[0][0])
        del y, z
        assert not any(r() for r in nodes)
        assert all(r() is None for r in arrays)
        assert accumulator() is None
    finally:
        gc.enable()
