"""Modules under transforms: functional_call, gradients of each sample, ensembles, stack_module_state."""

from . import numbers


def _mlp(torch, *, seed=0, dtype="float64"):
    torch.manual_seed(seed)
    model = torch.nn.Sequential(torch.nn.Linear(3, 8), torch.nn.Tanh(), torch.nn.Linear(8, 4))
    return model.to(getattr(torch, dtype))


def _convnets(torch, n):
    """That many small networks of convolutions."""

    class Net(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.conv1 = torch.nn.Conv2d(1, 4, 3, padding=1)
            self.norm = torch.nn.GroupNorm(2, 4)
            self.conv2 = torch.nn.Conv2d(4, 6, 3)
            self.out = torch.nn.Linear(6, 3)

        def forward(self, x):
            x = torch.nn.functional.max_pool2d(self.norm(self.conv1(x)).relu(), 2)
            x = self.conv2(x).relu()
            return self.out(x.mean((-1, -2)))

    torch.manual_seed(0)
    return [Net().double() for _ in range(n)]


def _parameters(model):
    return {name: p.detach() for name, p in model.named_parameters()}


def _batch(torch, n=5):
    return numbers(torch, n, 3, seed=3), torch.arange(n) % 4


def functional_call_with_other_parameters(torch):
    model = _mlp(torch)
    doubled = {name: p * 2 for name, p in _parameters(model).items()}
    x, _ = _batch(torch)
    return torch.func.functional_call(model, doubled, (x,)), torch.func.functional_call(model, doubled, x), model(x)


def functional_call_with_some_parameters(torch):
    model = _mlp(torch)
    x, _ = _batch(torch)
    return torch.func.functional_call(model, {"0.bias": torch.zeros(8, dtype=torch.float64)}, (x,))


def functional_call_with_several_dictionaries(torch):
    model = torch.nn.BatchNorm1d(3).double()
    parameters = {"weight": numbers(torch, 3), "bias": numbers(torch, 3, seed=1)}
    buffers = {"running_mean": numbers(torch, 3, seed=2), "running_var": torch.ones(3, dtype=torch.float64)}
    model.eval()
    return torch.func.functional_call(model, (parameters, buffers), (numbers(torch, 5, 3),))


def functional_call_with_keywords(torch):
    class Scaled(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.weight = torch.nn.Parameter(torch.ones(3))

        def forward(self, x, *, scale=1.0):
            return self.weight * x * scale

    return torch.func.functional_call(Scaled(), {"weight": torch.full((3,), 2.0)}, (torch.ones(3),), {"scale": 3.0})


def functional_call_leaves_the_module_as_it_was(torch):
    model = _mlp(torch)
    before = model[0].weight
    torch.func.functional_call(model, {"0.weight": torch.zeros(8, 3, dtype=torch.float64)}, (_batch(torch)[0],))
    return model[0].weight is before, before, [name for name, _ in model.named_parameters()]


def functional_call_that_fails_leaves_the_module_as_it_was(torch):
    model = _mlp(torch)
    before = model[0].weight
    try:
        torch.func.functional_call(model, {"0.weight": torch.zeros(8, 2, dtype=torch.float64)}, (_batch(torch)[0],))
    except RuntimeError:
        return model[0].weight is before
    return "no error"


def functional_call_with_tied_weights(torch):
    class Tied(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.a = torch.nn.Parameter(torch.ones(2))
            self.b = self.a

        def forward(self, x):
            return self.a * x + self.b

    model = Tied()
    x, new = torch.ones(2), torch.full((2,), 3.0)
    call = torch.func.functional_call
    return (
        call(model, {"a": new}, (x,)),
        call(model, {"a": new}, (x,), tie_weights=False),
        call(model, {"b": new}, (x,)),
    )


def functional_call_with_tied_weights_given_twice(torch):
    class Tied(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.a = torch.nn.Parameter(torch.ones(2))
            self.b = self.a

        def forward(self, x):
            return self.a * x + self.b

    return torch.func.functional_call(Tied(), {"a": torch.zeros(2), "b": torch.ones(2)}, (torch.ones(2),))


def functional_call_strict_with_a_missing_parameter(torch):
    model = _mlp(torch)
    return torch.func.functional_call(model, {"0.bias": torch.zeros(8)}, (_batch(torch)[0],), strict=True)


def functional_call_strict_with_one_too_many(torch):
    model = torch.nn.Linear(2, 2)
    given = {**_parameters(model), "other": torch.zeros(2)}
    return torch.func.functional_call(model, given, (torch.ones(2),), strict=True)


def functional_call_with_a_name_that_is_none(torch):
    return torch.func.functional_call(torch.nn.Linear(2, 2), {"other": torch.zeros(2)}, (torch.ones(2),))


def functional_call_with_a_key_twice(torch):
    model = torch.nn.Linear(2, 2)
    return torch.func.functional_call(
        model, ({"weight": torch.ones(2, 2)}, {"weight": torch.ones(2, 2)}), (torch.ones(2),)
    )


def functional_call_with_no_dictionary(torch):
    return torch.func.functional_call(torch.nn.Linear(2, 2), 3, (torch.ones(2),))


def functional_call_and_gradients_of_the_given(torch):
    model = _mlp(torch)
    given = {name: p.requires_grad_() for name, p in _parameters(model).items()}
    x, _ = _batch(torch)
    torch.func.functional_call(model, given, (x,)).square().sum().backward()
    return {name: p.grad for name, p in given.items()}, [p.grad for p in model.parameters()]


def gradients_of_each_sample_of_an_mlp(torch):
    model = _mlp(torch)
    x, y = _batch(torch)

    def loss(parameters, x, y):
        output = torch.func.functional_call(model, parameters, (x.unsqueeze(0),))
        return torch.nn.functional.cross_entropy(output, y.unsqueeze(0))

    return torch.vmap(torch.func.grad(loss), in_dims=(None, 0, 0))(_parameters(model), x, y)


def gradients_of_each_sample_of_a_convnet(torch):
    (model,) = _convnets(torch, 1)
    images, labels = numbers(torch, 4, 1, 8, 8), torch.tensor([0, 2, 1, 1])

    def loss(parameters, image, label):
        output = torch.func.functional_call(model, parameters, (image.unsqueeze(0),))
        return torch.nn.functional.cross_entropy(output, label.unsqueeze(0))

    return torch.vmap(torch.func.grad(loss), in_dims=(None, 0, 0))(_parameters(model), images, labels)


def gradients_of_each_sample_are_those_of_a_loop(torch):
    model = _mlp(torch)
    x, y = _batch(torch)

    def loss(parameters, x, y):
        return torch.nn.functional.cross_entropy(torch.func.functional_call(model, parameters, (x,)), y)

    parameters = _parameters(model)
    each = [torch.func.grad(loss)(parameters, a, b) for a, b in zip(x, y)]  # noqa: B905
    together = torch.vmap(torch.func.grad(loss), (None, 0, 0))(parameters, x, y)
    return {name: torch.stack([g[name] for g in each]) - g for name, g in together.items()}


def gradient_norms_of_each_sample_in_chunks(torch):
    model = _mlp(torch)
    x, y = _batch(torch)

    def loss(parameters, x, y):
        return torch.nn.functional.cross_entropy(torch.func.functional_call(model, parameters, (x,)), y)

    def norm(x, y):
        gradients = torch.func.grad(loss)(_parameters(model), x, y)
        return sum(g.square().sum() for g in gradients.values()).sqrt()

    return torch.vmap(norm, chunk_size=2)(x, y)


def gradients_of_an_mlp_with_dropout_off(torch):
    torch.manual_seed(0)
    model = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.Dropout(0.5), torch.nn.Linear(4, 1)).double().eval()
    loss = lambda p, x: torch.func.functional_call(model, p, (x,)).sum()
    return torch.vmap(torch.func.grad(loss), in_dims=(None, 0))(_parameters(model), numbers(torch, 4, 3))


def gradients_of_an_mlp_with_dropout(torch):
    torch.manual_seed(0)
    model = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.Dropout(0.5), torch.nn.Linear(4, 1)).double()
    loss = lambda p, x: torch.func.functional_call(model, p, (x,)).sum()
    return torch.vmap(torch.func.grad(loss), in_dims=(None, 0))(_parameters(model), numbers(torch, 4, 3))


def stack_module_state_of_several_models(torch):
    models = [_mlp(torch, seed=seed) for seed in range(3)]
    parameters, buffers = torch.func.stack_module_state(models)
    return (
        {name: tuple(p.shape) for name, p in parameters.items()},
        parameters["0.weight"][1] - models[1][0].weight,
        buffers,
    )


def stack_module_state_with_buffers(torch):
    models = [torch.nn.BatchNorm1d(3) for _ in range(2)]
    return torch.func.stack_module_state(models)


def stack_module_state_makes_leaves(torch):
    parameters, _ = torch.func.stack_module_state([_mlp(torch), _mlp(torch, seed=1)])
    return [(p.is_leaf, p.requires_grad) for p in parameters.values()]


def stack_module_state_of_no_models(torch):
    return torch.func.stack_module_state([])


def stack_module_state_of_different_classes(torch):
    return torch.func.stack_module_state([torch.nn.Linear(2, 2), torch.nn.BatchNorm1d(2)])


def stack_module_state_of_different_modes(torch):
    return torch.func.stack_module_state([torch.nn.Linear(2, 2), torch.nn.Linear(2, 2).eval()])


def an_ensemble_on_one_batch(torch):
    models = [_mlp(torch, seed=seed) for seed in range(3)]
    parameters, buffers = torch.func.stack_module_state(models)
    x, _ = _batch(torch)
    call = lambda p, b, x: torch.func.functional_call(models[0], (p, b), (x,))
    outputs = torch.vmap(call, in_dims=(0, 0, None))(parameters, buffers, x)
    return outputs, outputs - torch.stack([model(x) for model in models])


def an_ensemble_on_a_batch_each(torch):
    models = [_mlp(torch, seed=seed) for seed in range(3)]
    parameters, buffers = torch.func.stack_module_state(models)
    x = numbers(torch, 3, 5, 3)
    return torch.vmap(lambda p, b, x: torch.func.functional_call(models[0], (p, b), (x,)))(parameters, buffers, x)


def an_ensemble_of_convnets(torch):
    models = _convnets(torch, 2)
    parameters, buffers = torch.func.stack_module_state(models)
    images = numbers(torch, 3, 1, 8, 8)
    call = lambda p, b: torch.func.functional_call(models[0], (p, b), (images,))
    return torch.vmap(call)(parameters, buffers)


def an_ensemble_trained_by_backward(torch):
    models = [_mlp(torch, seed=seed) for seed in range(3)]
    parameters, buffers = torch.func.stack_module_state(models)
    x, y = _batch(torch)

    def loss(p, b):
        return torch.nn.functional.cross_entropy(torch.func.functional_call(models[0], (p, b), (x,)), y)

    torch.vmap(loss)(parameters, buffers).sum().backward()
    return {name: p.grad for name, p in parameters.items()}


def an_ensemble_trained_by_gradients_within(torch):
    models = [_mlp(torch, seed=seed) for seed in range(3)]
    parameters, buffers = torch.func.stack_module_state(models)
    x, y = _batch(torch)

    def step(p, b):
        loss = lambda p: torch.nn.functional.cross_entropy(torch.func.functional_call(models[0], (p, b), (x,)), y)
        gradients, value = torch.func.grad_and_value(loss)(p)
        return {name: p[name] - 0.1 * g for name, g in gradients.items()}, value

    return torch.vmap(step)(parameters, buffers)


def batch_norm_in_training_keeps_its_statistics(torch):
    model = torch.nn.BatchNorm1d(3).double()
    return torch.vmap(lambda x: model(x))(numbers(torch, 4, 5, 3))


def batch_norm_without_statistics(torch):
    model = torch.nn.BatchNorm1d(3, track_running_stats=False).double()
    return torch.vmap(lambda x: model(x))(numbers(torch, 4, 5, 3)).detach()


def batch_norm_replaced(torch):
    model = torch.nn.Sequential(torch.nn.Linear(3, 3), torch.nn.BatchNorm1d(3)).double()
    same = torch.func.replace_all_batch_norm_modules_(model)
    norm = model[1]
    return same is model, norm.running_mean, norm.running_var, norm.num_batches_tracked, norm.track_running_stats


def an_attention_layer_of_each_sample(torch):
    class Attention(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.inner, self.outer = torch.nn.Linear(4, 12), torch.nn.Linear(4, 4)

        def forward(self, x):
            q, k, v = (part.unflatten(-1, (2, 2)).transpose(-2, -3) for part in self.inner(x).chunk(3, -1))
            mixed = torch.nn.functional.scaled_dot_product_attention(q, k, v, is_causal=True)
            return self.outer(mixed.transpose(-2, -3).flatten(-2))

    torch.manual_seed(0)
    layer = Attention().double()
    loss = lambda p, x: torch.func.functional_call(layer, p, (x,)).square().sum()
    return torch.vmap(torch.func.grad(loss), in_dims=(None, 0))(_parameters(layer), numbers(torch, 2, 3, 4))


def an_embedding_of_each_sample(torch):
    torch.manual_seed(0)
    model = torch.nn.Sequential(torch.nn.Embedding(6, 4), torch.nn.Flatten(0), torch.nn.Linear(12, 1)).double()
    loss = lambda p, x: torch.func.functional_call(model, p, (x,)).sum()
    tokens = torch.tensor([[0, 1, 2], [5, 5, 5]])
    return torch.vmap(torch.func.grad(loss), in_dims=(None, 0))(_parameters(model), tokens)


def a_layer_norm_of_each_sample(torch):
    model = torch.nn.LayerNorm(4).double()
    loss = lambda p, x: torch.func.functional_call(model, p, (x,)).square().sum()
    return torch.vmap(torch.func.grad(loss), in_dims=(None, 0))(_parameters(model), numbers(torch, 3, 4))


def hessian_of_a_small_model(torch):
    torch.manual_seed(0)
    model = torch.nn.Linear(2, 1).double()
    x = numbers(torch, 4, 2)
    loss = lambda p: torch.func.functional_call(model, p, (x,)).tanh().square().mean()
    return torch.func.hessian(loss)(_parameters(model))


def jvp_of_a_model_in_its_parameters(torch):
    model = _mlp(torch)
    parameters = _parameters(model)
    tangents = {name: p.cos() for name, p in parameters.items()}
    x, _ = _batch(torch)
    return torch.func.jvp(lambda p: torch.func.functional_call(model, p, (x,)), (parameters,), (tangents,))


def linearize_a_model(torch):
    model = _mlp(torch)
    parameters = _parameters(model)
    x, _ = _batch(torch)
    output, push = torch.func.linearize(lambda p: torch.func.functional_call(model, p, (x,)), parameters)
    return output, push({name: p.cos() for name, p in parameters.items()})


def a_gradient_of_the_parameters_by_a_closure(torch):
    model = _mlp(torch)
    x, _ = _batch(torch)
    gradient = torch.func.grad(lambda x: model(x).square().sum())(x)
    return gradient, [p.grad for p in model.parameters()], [p.requires_grad for p in model.parameters()]


def a_recurrent_layer_in_an_ensemble(torch):
    class Recurrent(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.input, self.state = torch.nn.Linear(3, 2), torch.nn.Linear(2, 2)

        def forward(self, x):
            state = torch.zeros(2, dtype=x.dtype)
            for row in x:
                state = (self.input(row) + self.state(state)).tanh()
            return state

    torch.manual_seed(0)
    model = Recurrent().double()
    call = lambda p, x: torch.func.functional_call(model, p, (x,))
    stacked = {name: torch.stack([p, p * 2]) for name, p in _parameters(model).items()}
    return torch.vmap(call, in_dims=(0, None))(stacked, numbers(torch, 4, 3))


def an_ensemble_of_batch_norms_in_training(torch):
    models = [torch.nn.BatchNorm1d(3).double() for _ in range(2)]
    parameters, buffers = torch.func.stack_module_state(models)
    x = numbers(torch, 2, 5, 3)
    call = lambda p, b, x: torch.func.functional_call(models[0], (p, b), (x,))
    return torch.vmap(call)(parameters, buffers, x).detach(), buffers
