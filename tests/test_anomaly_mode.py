"""Anomaly mode: what its errors say beyond PyTorch's sentence, and what only chainrule looks for.

tests/parity/autograd_programs/anomaly.py compares with PyTorch.
"""

import threading

import numpy as np
import pytest

import chainrule as torch
from chainrule.engine.profiling import watch

pytestmark = pytest.mark.filterwarnings("ignore:Anomaly Detection has been enabled:UserWarning")

NAN, INF = float("nan"), float("inf")


def leaf(*numbers):
    return torch.tensor(list(numbers), dtype=torch.float64, requires_grad=True)


def error_of(function, *args, **settings):
    with torch.autograd.set_detect_anomaly(True, **settings), pytest.raises(RuntimeError) as raised:
        function(*args)
    assert not torch.is_anomaly_enabled()
    return str(raised.value)


def lines_of(message):
    return [line.strip() for line in message.splitlines()]


def test_the_error_tells_line_element_and_values():
    x = leaf(4, 1, -1, -1)

    def train():
        roots = x.sqrt()  # the culprit
        return (roots * 2).sum().backward()

    lines = lines_of(error_of(train))
    assert lines[:4] == [
        "Function 'SqrtBackward0' returned nan values in its 0th output.",
        "2 of 4 elements, the first at [2]",
        "where the gradient that arrived is 2.0",
        "where the result is nan",
    ]
    assert lines[4].startswith("SqrtBackward0 was recorded at ")
    assert lines[4].endswith("roots = x.sqrt()  # the culprit")
    assert lines[5] == "Traceback of that call (most recent call last):"
    assert lines[-1] == "roots = x.sqrt()  # the culprit"
    assert any(line.endswith("in error_of") for line in lines)
    assert not any("src/chainrule" in line for line in lines)
    assert x.grad is None


def test_a_forward_call_outside_is_known_by_its_line():
    x = leaf(-1)
    y = x.sqrt() * 2
    message = error_of(y.backward)
    assert "y = x.sqrt() * 2" in message
    assert "Traceback" not in message


def test_operands_are_named_as_pytorch_names_them():
    x, y = leaf(1, 0), leaf(1, 0)
    message = error_of(lambda: (x / y).sum().backward())
    assert message.startswith("Function 'DivBackward0' returned nan values in its 1th output.")
    assert "first at [1]" in message
    assert "where input is 0.0" in message
    assert "where other is 0.0" in message


def test_a_scalar_has_no_index():
    x = torch.tensor(-1.0, requires_grad=True)
    assert lines_of(error_of(lambda: (x.sqrt() * 2).backward()))[1] == "the one element"


def test_other_errors_have_the_forward_traceback_as_a_note():
    class Wrong(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 2

        @staticmethod
        def backward(ctx, grad):
            raise ValueError("mine")

    x = leaf(1)
    with torch.autograd.set_detect_anomaly(True), pytest.raises(ValueError, match=r"^mine") as raised:
        Wrong.apply(x).backward()
    notes = "\n".join(raised.value.__notes__)
    assert "WrongBackward was recorded at" in notes
    assert notes.count("Wrong.apply(x).backward()") >= 2


def test_what_a_backward_pass_recorded_leads_to_what_it_ran():
    x = leaf(0)

    def second():
        value = x**1.5  # recorded first
        (gradient,) = torch.autograd.grad(value, x, create_graph=True)
        gradient.backward()

    message = error_of(second, check_inf=True)
    assert "That was in a backward pass, when PowBackward0 ran, which was recorded at" in message
    assert message.rstrip().endswith("value = x**1.5  # recorded first")


def test_infinite_gradients():
    x = leaf(1, 0)
    with torch.autograd.set_detect_anomaly(True):
        x.sqrt().sum().backward()
    assert x.grad.tolist() == [0.5, INF]
    message = error_of(lambda: x.sqrt().sum().backward(), check_inf=True)
    assert message.startswith("Function 'SqrtBackward0' returned inf values in its 0th output.\n  1 of 2 elements")
    assert x.grad.tolist() == [0.5, INF]


def test_infinite_gradients_alone():
    x = leaf(-1)
    with torch.autograd.set_detect_anomaly(True, check_nan=False, check_inf=True):
        (x.sqrt() * 2).backward()
    assert x.grad.isnan().all()


def test_values_are_looked_at_too():
    x = torch.tensor([[1.0, 0.0], [2.0, -1.0]])

    def forward():
        return x.log()  # of a negative number

    lines = lines_of(error_of(forward, check_forward=True))
    assert lines[:3] == ["Operation 'log' returned nan values.", "1 of 4 elements, the first at [1, 1]",
                         "where input is -1.0"]  # fmt: skip
    assert lines[3].startswith("computed at ")
    assert lines[3].endswith("return x.log()  # of a negative number")


def test_two_operands_are_told():
    x, y = torch.tensor([1.0, INF]), torch.tensor([INF])
    message = error_of(lambda: x - y, check_forward=True)
    assert "Operation 'sub' returned nan values.\n  1 of 2 elements, the first at [1]" in message
    assert "where input is inf" in message
    assert "where other is inf" in message
    assert "where other is 0.0" in error_of(lambda: torch.tensor([0.0, 1.0]) / 0.0, check_forward=True)


def test_infinite_values_are_errors_where_they_are_made():
    x = torch.tensor([1.0, 0.0])
    settings = {"check_inf": True, "check_forward": True}
    assert error_of(x.log, **settings).startswith("Operation 'log' returned inf values.")
    with torch.autograd.set_detect_anomaly(True, **settings):
        masked = x.masked_fill(x == 0, -INF)
        assert torch.softmax(masked, 0).tolist() == [1, 0]
    with torch.autograd.set_detect_anomaly(True, check_forward=True):
        assert x.log().tolist() == [0, -INF]


@pytest.mark.parametrize(
    "operation",
    [
        lambda x: x.add(NAN),
        lambda x: x.add_(NAN),
        lambda x: x.sort(),
        lambda x: torch.stack([x, x]),
        lambda x: x.reshape(1, 2),
        lambda x: x @ x,
        lambda x: x.masked_fill_(x == 0, NAN),
    ],
)
@pytest.mark.parametrize("mode", [torch.no_grad, torch.enable_grad, torch.inference_mode])
def test_values_of_every_operation_in_every_mode(operation, mode):
    with mode():
        x = torch.tensor([1.0, NAN])
        before = x.clone()
        assert "returned nan values" in error_of(operation, x, check_forward=True)
        assert torch.equal(x.nan_to_num(), before.nan_to_num())


def test_values_of_a_custom_function_are_its_own():
    class Root(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x, scale):
            return torch.from_numpy(np.sqrt(x.numpy())) * scale

        @staticmethod
        def backward(ctx, grad):
            return grad, None

    class RootInNumPy(Root):
        @staticmethod
        def forward(ctx, x, scale):
            return torch.from_numpy(np.sqrt(x.numpy()) * scale)

    x = torch.tensor([1.0, -1.0])
    with np.errstate(invalid="ignore"):
        assert "Operation 'mul' returned nan values" in error_of(Root.apply, x, 2.0, check_forward=True)
        message = error_of(RootInNumPy.apply, x, 2.0, check_forward=True)
    assert message.startswith("Operation 'RootInNumPy.apply' returned nan values.\n  1 of 2 elements, the first at [1]")
    assert "computed at " in message


def test_data_with_nan_may_be_masked():
    x = torch.tensor([1.0, NAN])
    with torch.autograd.set_detect_anomaly(True, check_forward=True):
        assert torch.where(x.isnan(), torch.zeros(2), x).tolist() == [1, 0]
        assert x.nan_to_num().tolist() == [1, 0]
        assert x[~x.isnan()].tolist() == [1]


def test_gradients_computed_by_recorded_formulas_are_looked_at_as_values():
    x = leaf(0)
    message = error_of(
        lambda: torch.autograd.grad(x.sqrt() * 0, x, create_graph=True), check_nan=True, check_forward=True
    )
    assert "returned nan values" in message


def test_settings_are_put_back():
    with torch.autograd.set_detect_anomaly(True, check_inf=True, check_forward=True):
        with torch.autograd.set_detect_anomaly(False):
            assert torch.tensor([-1.0]).sqrt().isnan().all()
        assert "returned nan values" in error_of_values()
    assert watch.tensor_type is torch.Tensor
    assert torch.tensor([-1.0]).sqrt().isnan().all()


def error_of_values():
    with pytest.raises(RuntimeError) as raised:
        torch.tensor([-1.0]).sqrt()
    return str(raised.value)


def test_refused_settings_change_nothing():
    with torch.autograd.set_detect_anomaly(True, check_nan=False):
        for wrong in (("on",), (True, 1)):
            with pytest.raises(TypeError, match=r"^set_anomaly_enabled\(\): argument"):
                torch.autograd.set_detect_anomaly(*wrong)
        assert torch.is_anomaly_enabled()
        assert not torch.is_anomaly_check_nan_enabled()


def test_threads_that_switch_it():
    def switch():
        for _ in range(100):
            with torch.autograd.set_detect_anomaly(True):
                leaf(1.0).exp().backward()

    threads = [threading.Thread(target=switch) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    torch.autograd.set_detect_anomaly(False)
    assert watch.tensor_type is torch.Tensor


def test_a_graph_is_freed_as_ever():
    x = leaf(1)
    with torch.autograd.set_detect_anomaly(True):
        y = x.exp()
        y.backward()
        with pytest.raises(RuntimeError, match="a second time"):
            y.backward()


def test_it_warns_that_it_is_slow():
    with pytest.warns(UserWarning, match=r"^Anomaly Detection has been enabled") as given:
        torch.autograd.detect_anomaly()
    assert given[0].filename == __file__
    assert not torch.is_anomaly_enabled()
