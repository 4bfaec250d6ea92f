"""Modules called with other tensors than their own, ensembles of modules, and `rearrange`."""

import pytest

import chainrule as torch
from chainrule.func import (
    functional_call,
    grad,
    rearrange,
    replace_all_batch_norm_modules_,
    stack_module_state,
    vmap,
)

nn = torch.nn
X = torch.tensor([[0.5, -1.0], [2.0, 0.3]])


class Tied(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = nn.Parameter(torch.ones(2))
        self.second = self.first
        self.register_buffer("offset", torch.zeros(2))
        self.plain = torch.ones(2)

    def forward(self, x, scale=1.0):
        self.offset = self.offset + 1
        return (x * self.first + x * self.second + self.offset) * self.plain * scale


def test_a_module_is_called_with_other_tensors_and_keeps_its_own():
    layer = nn.Linear(2, 3)
    before = dict(layer.named_parameters())
    tensors = {"weight": torch.ones(3, 2), "bias": torch.zeros(3)}
    assert functional_call(layer, tensors, X).tolist() == (X @ torch.ones(2, 3)).tolist()
    assert functional_call(layer, ({"weight": tensors["weight"]}, {"bias": tensors["bias"]}), (X,)).shape == (2, 3)
    assert all(before[name] is p for name, p in layer.named_parameters())
    assert torch.equal(functional_call(layer, {}, X), layer(X))
    with pytest.raises(RuntimeError, match=r"shapes cannot be multiplied|must match|size"):
        functional_call(layer, {"weight": torch.ones(3, 5)}, X)
    assert all(before[name] is p for name, p in layer.named_parameters())


def test_tied_parameters_are_replaced_together():
    module = Tied()

    def call(tensors, **options):
        return functional_call(module, tensors | {"offset": torch.zeros(2)}, X, **options)

    assert call({"first": torch.zeros(2)}).tolist() == [[1, 1], [1, 1]]
    assert call({"first": torch.zeros(2)}, tie_weights=False).tolist() == (X + 1).tolist()
    both = {"first": torch.zeros(2), "second": torch.ones(2)}
    with pytest.raises(ValueError, match=r"got multiple values for keys \['first', 'second'\], which are tied"):
        call(both)
    assert call(both, tie_weights=False).tolist() == (X + 1).tolist()
    assert call(dict.fromkeys(both, torch.zeros(2))).tolist() == [[1, 1], [1, 1]]


def test_what_the_module_assigns_goes_into_the_dict():
    module = Tied()
    tensors = {"offset": torch.full((2,), 10.0)}
    functional_call(module, tensors, X)
    assert tensors["offset"].tolist() == [11, 11]
    assert module.offset.tolist() == [0, 0]


def test_attributes_that_are_no_parameters_are_replaced_too():
    module = Tied()
    assert functional_call(module, {"plain": torch.zeros(2)}, X).tolist() == [[0, 0], [0, 0]]
    assert module.plain.tolist() == [1, 1]
    assert functional_call(module, {"new": torch.zeros(2)}, X, {"scale": 0.0}).tolist() == [[0, 0], [0, 0]]
    assert not hasattr(module, "new")
    with pytest.raises(TypeError, match="attribute `forward`"):
        functional_call(module, {"forward": torch.zeros(2)}, X)
    with pytest.raises(AttributeError, match="Tied has no attribute `nothing`"):
        functional_call(module, {"nothing.weight": torch.zeros(2)}, X)
    with pytest.raises(TypeError, match=r"is not an instance of chainrule\.Tensor"):
        functional_call(module, {"first": 3.0}, X)


def test_names_may_have_to_be_all_of_the_modules():
    layer = nn.Linear(2, 3)
    wrong = {"weight": torch.ones(3, 2), "more": torch.ones(1)}
    with pytest.raises(RuntimeError, match=r"(?s)reparametrizing for Linear.*Unexpected key.*'more'.*Missing.*'bias'"):
        functional_call(layer, wrong, X, strict=True)
    with pytest.raises(ValueError, match=r"\['weight'\] appeared in multiple dictionaries"):
        functional_call(layer, ({"weight": X}, {"weight": X}), X)
    with pytest.raises(ValueError, match="Expected all elements of parameter_and_buffer_dicts to be dictionaries"):
        functional_call(layer, (wrong, 3), X)
    with pytest.raises(ValueError, match="Expected parameter_and_buffer_dicts to be a dict, or a list/tuple of dicts"):
        functional_call(layer, 3, X)
    with pytest.warns(FutureWarning, match="nn.utils.stateless.functional_call` is deprecated"):
        torch.nn.utils.stateless.functional_call(layer, {}, X)


def test_gradients_by_parameters():
    model = nn.Sequential(nn.Linear(2, 3), nn.Tanh(), nn.Linear(3, 1))
    parameters = dict(model.named_parameters())
    gradients = grad(lambda p: functional_call(model, p, X).square().mean())(parameters)
    model(X).square().mean().backward()
    assert all(torch.allclose(gradients[name], p.grad) for name, p in parameters.items())


def test_an_ensemble_is_one_module_for_each_entry():
    models = [nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3)).eval() for _ in range(4)]
    parameters, buffers = stack_module_state(models)
    assert all(p.requires_grad and p.is_leaf for p in parameters.values())
    assert buffers["1.running_mean"].shape == (4, 3)
    call = lambda p, b, x: functional_call(models[0], (p, b), (x,))
    found = vmap(call, in_dims=(0, 0, None))(parameters, buffers, X)
    assert torch.allclose(found, torch.stack([model(X) for model in models]))
    with pytest.raises(RuntimeError, match="Expected at least one model, got 0"):
        stack_module_state([])
    with pytest.raises(RuntimeError, match="same training/eval mode"):
        stack_module_state([nn.Linear(1, 1), nn.Linear(1, 1).eval()])
    with pytest.raises(RuntimeError, match="all models to be of the same class"):
        stack_module_state([nn.Linear(1, 1), nn.ReLU()])
    frozen = nn.Linear(1, 1)
    frozen.weight.requires_grad_(False)
    with pytest.raises(RuntimeError, match=r"Expected weight from each model to have the same .requires_grad"):
        stack_module_state([nn.Linear(1, 1), frozen])


def test_batch_norms_forget_their_statistics():
    model = nn.Sequential(nn.BatchNorm1d(2), nn.Sequential(nn.BatchNorm1d(2)))
    assert replace_all_batch_norm_modules_(model) is model
    assert model[1][0].running_mean is None
    assert not model[0].track_running_stats
    vmap(lambda x: functional_call(model, {}, x), randomness="error")(torch.stack([X, 2 * X]))


T = torch.arange(24.0).reshape(2, 3, 4)


@pytest.mark.parametrize(
    ("pattern", "lengths", "expected"),
    [
        ("a b c -> c a b", {}, T.permute(2, 0, 1)),
        ("a b c -> (a b) c 1", {}, T.reshape(6, 4, 1)),
        ("a b (c d) -> a c b d", {"c": 2}, T.reshape(2, 3, 2, 2).transpose(1, 2)),
        ("a b (c d) -> (c d) (b a)", {"d": 2}, T.permute(2, 1, 0).reshape(4, 6)),
        ("... -> ...", {}, T),
        ("a ... -> ... a", {}, T.permute(1, 2, 0)),
        ("a ... -> a (...)", {}, T.reshape(2, 12)),
        ("a b c->(a b c)", {}, T.flatten()),
        ("a b c -> a () b c", {}, T.unsqueeze(1)),
    ],
)
def test_dimensions_are_rearranged(pattern, lengths, expected):
    assert torch.equal(rearrange(T, pattern, **lengths), expected)


def test_rearranging_several_or_few():
    assert torch.equal(rearrange([T, T], "n a b c -> a b c n"), torch.stack([T, T], -1))
    assert rearrange(T[:1], "1 b c -> b c").shape == (3, 4)
    assert rearrange(torch.ones(0, 3), "(a b) c -> a b c", a=2).shape == (2, 0, 3)
    assert torch.equal(grad(lambda t: rearrange(t, "a b c -> (c a) b").square().sum())(T), 2 * T)


@pytest.mark.parametrize(
    ("pattern", "message"),
    [
        ("a b c", "must contain a single '->'"),
        ("a b c -> c", "only on one side"),
        ("a b -> b a", r"in pattern \(2\) must be equal to the number of dimensions in the tensor \(3\)"),
        ("a b c d ... -> a b c d ...", r"must be less than or equal to"),
        ("a (b e) c -> a b e c", "cannot infer the sizes of b and e"),
        ("a (...) -> a ...", "in the left side is not allowed"),
        ("a b c -> a b c ...", "right side, but not left side"),
        ("a a c -> a c", "duplicate dimension 'a'"),
        ("a b c -> a 2 b c", "unnamed axes of size 1"),
        ("a b! c -> a b c", "Unknown character '!'"),
        ("a (b c -> a b c", "Imbalanced parentheses"),
        ("a b) c -> a b c", "Brackets are not balanced"),
        ("a (b (c)) d -> a", "brackets inside brackets"),
        ("a b_ c -> c b_ a", "start or end with underscore"),
        ("a b. c -> a", "dots only inside ellipsis"),
        ("1 b c -> b c", "a dimension of size 2 cannot be"),
        ("2b a c -> a c", "Invalid axis identifier: 2b"),
    ],
)
def test_patterns_that_say_nothing_are_refused(pattern, message):
    with pytest.raises(ValueError, match=message):
        rearrange(T, pattern)


def test_lengths_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match=r"not found in rearrange expression: \{'d'\}"):
        rearrange(T, "a b c -> a b c", d=3)
    with pytest.raises(ValueError, match="a dimension of size 2 cannot be"):
        rearrange(T, "a b c -> a b c", a=3)
    with pytest.raises(TypeError, match="axis lengths must be integers, got: <class 'float'>"):
        rearrange(T, "a b c -> a b c", a=2.0)
