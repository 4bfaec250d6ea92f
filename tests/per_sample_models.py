"""Small networks, of every kind of layer that has parameters, written for PyTorch and chainrule alike.

Each is a function of the library, and gives the model, its samples and their number. They are in float64.
"""

import numpy as np


def module(torch, build, forward):
    """A module that `build(self)` gives its members, and `forward(self, x)` computes."""

    class Network(torch.nn.Module):
        def __init__(self):
            super().__init__()
            build(self)

        def forward(self, x):
            return forward(self, x)

    return Network()


def numbers(torch, *shape):
    """Numbers that are the same in both libraries."""
    values = np.random.default_rng(sum(shape)).standard_normal(shape)
    return torch.tensor(values, dtype=torch.float64)


def indices(torch, below, *shape):
    """Whole numbers, likewise."""
    return torch.tensor(np.random.default_rng(sum(shape)).integers(0, below, shape))


def layer(name, *args, shape, **kwargs):
    """A layer of `nn` on its own."""
    return lambda torch: (getattr(torch.nn, name)(*args, **kwargs), numbers(torch, *shape))


def of_parameters(shapes, forward, shape):
    """A module with bare parameters w0, w1, ... of these shapes."""

    def make(torch):
        def build(self):
            for i, each in enumerate(shapes):
                setattr(self, f"w{i}", torch.nn.Parameter(numbers(torch, *each) * 0.5))

        return module(torch, build, lambda self, x: forward(torch, self, x)), numbers(torch, *shape)

    return make


def with_linear(forward, shape, sizes=(3, 3)):
    """A module with one linear layer."""

    def make(torch):
        def build(self):
            self.linear = torch.nn.Linear(*sizes)

        return module(torch, build, lambda self, x: forward(torch, self, x)), numbers(torch, *shape)

    return make


def recurrent(kind, layers, two, gates, reads):
    """A recurrent network from the function, which takes its weights as a list; 3 numbers in, 4 out."""

    def make(torch):
        ways = 2 if two else 1

        def build(self):
            shapes = [
                shape
                for number in range(layers)
                for _ in range(ways)
                for shape in ((4 * gates, 4 * ways if number else 3), (4 * gates, 4), (4 * gates,), (4 * gates,))
            ]
            self.weights = torch.nn.ParameterList(
                [torch.nn.Parameter(numbers(torch, *shape, i + 1)[..., 0] * 0.5) for i, shape in enumerate(shapes)]
            )

        def forward(self, x):
            state = torch.zeros(layers * ways, x.shape[0], 4, dtype=x.dtype)
            first = (state, state) if kind == "lstm" else state
            found = getattr(torch, kind)(x, first, list(self.weights), True, layers, 0.0, False, two, True)
            return found[reads]

        return module(torch, build, forward), numbers(torch, 5, 6, 3)

    return make


def masked(torch, self, x):
    """Rows picked by a mask and put back: each sample has as many as it has."""
    hidden = self.linear(x)
    mask = x[..., 0] > 0
    found = torch.zeros_like(hidden)
    found[mask] = hidden[mask].sin()
    return found + hidden


def numbered(torch, self, x):
    """Elements picked by their numbers, of each sample others."""
    hidden = self.linear(x)
    rows = torch.arange(x.shape[0])
    picked = hidden[rows, x[..., 0].argmax(1)]
    return picked * hidden.gather(1, hidden.argmax(1, keepdim=True)).squeeze(1)


def bare_tables(torch):
    """Factors of a matrix, with a number beside each row: parameters that samples pick from."""

    def build(self):
        self.rows = torch.nn.Parameter(numbers(torch, 7, 3))
        self.columns = torch.nn.Parameter(numbers(torch, 6, 3))
        self.beside = torch.nn.Parameter(numbers(torch, 7))
        self.more = torch.nn.Parameter(numbers(torch, 1, 7))

    def forward(self, pairs):
        i, j = pairs[:, 0], pairs[:, 1]
        products = (self.rows[i] * self.columns.index_select(0, j)).sum(1) + self.beside[i]
        return products[:, None] + self.more.expand(len(pairs), 7).gather(1, i[:, None])

    return module(torch, build, forward), indices(torch, 6, 5, 2)


def two_views(torch, self, x):
    """All samples twice, one after another."""
    both = self.linear(torch.cat([x, x * 2]))
    return both[: len(x)] * both[len(x) :].sin()


def embeddings(torch):
    """A table of words and one of their places, which no sample chooses."""

    def build(self):
        self.words = torch.nn.Embedding(7, 3, padding_idx=2)
        self.places = torch.nn.Embedding(4, 3)

    def forward(self, x):
        return self.words(x) * self.places(torch.arange(x.shape[1]))

    return module(torch, build, forward), indices(torch, 7, 5, 4)


def tied(torch):
    """A table that is used as the weight of a linear layer as well."""

    def build(self):
        self.words = torch.nn.Embedding(7, 3)

    def forward(self, x):
        return torch.nn.functional.linear(self.words(x).tanh(), self.words.weight)

    return module(torch, build, forward), indices(torch, 7, 5, 4)


def convolutional(torch):
    """A small network as for images."""
    nn = torch.nn
    model = nn.Sequential(
        nn.Conv2d(1, 3, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(27, 4), nn.LogSoftmax(1)
    )
    return model, numbers(torch, 4, 1, 8, 8)


def transforming(torch):
    """Layers that move, scale and drop."""
    nn = torch.nn
    model = nn.Sequential(
        nn.Conv2d(2, 4, 3, padding=1), nn.GELU(), nn.AdaptiveAvgPool2d(2), nn.PixelShuffle(2),
        nn.Upsample(scale_factor=2), nn.AvgPool2d(2), nn.Dropout(0.0), nn.ZeroPad2d(1), nn.Conv2d(1, 2, 2),
    )  # fmt: skip
    return model, numbers(torch, 5, 2, 5, 5)


def gated(torch):
    """Activations that look at several elements."""
    nn = torch.nn
    model = nn.Sequential(nn.Linear(3, 8), nn.GLU(), nn.Softmax(1), nn.Unflatten(1, (2, 2)), nn.CELU(), nn.Flatten())
    return model, numbers(torch, 5, 3)


def attentive(torch):
    """One head of attention, with a token of its own in front and learned places."""

    def build(self):
        self.token = torch.nn.Parameter(numbers(torch, 1, 1, 4))
        self.places = torch.nn.Parameter(numbers(torch, 5, 4))
        self.both = torch.nn.Linear(4, 12)
        self.norm = torch.nn.LayerNorm(4)

    def forward(self, x):
        x = torch.cat([self.token.expand(x.shape[0], -1, -1), x], dim=1) + self.places
        query, key, value = self.both(self.norm(x)).split(4, dim=-1)
        return x + torch.nn.functional.scaled_dot_product_attention(query, key, value)

    return module(torch, build, forward), numbers(torch, 6, 4, 4)


MODELS = {
    "linear": layer("Linear", 3, 4, shape=(5, 3)),
    "linear, several rows a sample": layer("Linear", 3, 4, shape=(5, 6, 3)),
    "linear, many rows a sample": layer("Linear", 2, 2, shape=(5, 9, 2)),
    "bilinear": lambda torch: (
        module(
            torch,
            lambda self: setattr(self, "inner", torch.nn.Bilinear(3, 3, 2)),
            lambda self, x: self.inner(x, x.cos()),
        ),
        numbers(torch, 5, 3),
    ),
    "conv1d": layer("Conv1d", 4, 6, 3, stride=2, padding=1, groups=2, shape=(5, 4, 9)),
    "conv2d": layer("Conv2d", 3, 4, 3, dilation=2, padding=2, shape=(5, 3, 7, 8)),
    "conv2d same": layer("Conv2d", 2, 3, 4, padding="same", shape=(3, 2, 6, 6)),
    "conv2d reflect": layer("Conv2d", 2, 3, 3, padding=1, padding_mode="reflect", shape=(3, 2, 6, 6)),
    "conv3d": layer("Conv3d", 2, 4, 2, bias=False, shape=(3, 2, 4, 5, 4)),
    "conv_transpose1d": layer(
        "ConvTranspose1d", 4, 6, 3, stride=2, padding=1, output_padding=1, groups=2, shape=(5, 4, 5)
    ),
    "conv_transpose2d": layer("ConvTranspose2d", 3, 4, 3, stride=2, shape=(5, 3, 4, 4)),
    "conv_transpose3d": layer("ConvTranspose3d", 2, 4, 2, shape=(3, 2, 3, 3, 3)),
    "layer_norm": layer("LayerNorm", [3, 4], shape=(5, 2, 3, 4)),
    "group_norm": layer("GroupNorm", 2, 4, shape=(5, 4, 3, 3)),
    "instance_norm": layer("InstanceNorm2d", 4, affine=True, shape=(5, 4, 3, 3)),
    "rms_norm": layer("RMSNorm", 4, shape=(5, 3, 4)),
    "prelu": layer("PReLU", 4, shape=(5, 4, 3)),
    "prelu of one": layer("PReLU", shape=(5, 4, 3)),
    "batch_norm, evaluating": lambda torch: (torch.nn.BatchNorm1d(4).eval(), numbers(torch, 5, 4)),
    "lstm": recurrent("lstm", 2, True, 4, 0),
    "gru": recurrent("gru", 1, False, 3, 0),
    "gru, last state": recurrent("gru", 1, False, 3, 1),
    "rnn": recurrent("rnn_relu", 2, False, 1, 0),
    "embeddings": embeddings,
    "tied weights": tied,
    "convolutional": convolutional,
    "transforming": transforming,
    "gated": gated,
    "attentive": attentive,
    "weight used twice": with_linear(lambda torch, self, x: self.linear(torch.tanh(self.linear(x))), (5, 3)),
    "weight used in every step": with_linear(
        lambda torch, self, x: torch.stack([self.linear(each) for each in x.unbind(1)], 1), (5, 4, 3)
    ),
    "rows of all samples": with_linear(
        lambda torch, self, x: self.linear(x.reshape(-1, 3)).reshape(x.shape[0], -1), (5, 4, 3)
    ),
    "time first": with_linear(
        lambda torch, self, x: self.linear(x.transpose(0, 1).reshape(-1, 3)).reshape(4, -1, 3).transpose(0, 1),
        (5, 4, 3),
    ),
    "two views of a sample": with_linear(two_views, (5, 3)),
    "bare parameters": of_parameters(
        [(3, 4), (4,)], lambda torch, self, x: torch.exp(x @ self.w0 * 0.1) + self.w1 * self.w1, (5, 3)
    ),
    "transposed": of_parameters([(4, 3)], lambda torch, self, x: x @ self.w0.t(), (5, 3)),
    "weight on the left": of_parameters([(4, 3)], lambda torch, self, x: self.w0 @ x, (5, 3, 2)),
    "heads": of_parameters(
        [(2, 3, 4)], lambda torch, self, x: x.view(-1, 5, 2, 3).transpose(1, 2) @ self.w0, (5, 5, 6)
    ),
    "vector": of_parameters([(3,)], lambda torch, self, x: (x @ self.w0)[:, None], (5, 3)),
    "einsum": of_parameters([(2, 3, 4)], lambda torch, self, x: torch.einsum("btd,hde->bhte", x, self.w0), (5, 6, 3)),
    "einsum of three": of_parameters(
        [(3, 3)], lambda torch, self, x: torch.einsum("bi,ij,bj->b", x, self.w0, x)[:, None], (5, 3)
    ),
    "bare tables": bare_tables,
    "picked by masks": with_linear(lambda torch, self, x: masked(torch, self, x), (5, 4, 3)),
    "picked by numbers": with_linear(lambda torch, self, x: numbered(torch, self, x), (5, 4, 3)),
    "form": of_parameters([(3, 3)], lambda torch, self, x: torch.einsum("bi,ij,bj->bi", x, self.w0, x), (5, 3)),
    "repeated": of_parameters([(1, 3)], lambda torch, self, x: x * self.w0.repeat(x.shape[0], 1), (6, 3)),
    "where": of_parameters([(3,)], lambda torch, self, x: torch.where(x > 0, x, self.w0), (5, 3)),
    "maximum": of_parameters([(3,)], lambda torch, self, x: torch.maximum(x, self.w0), (5, 3)),
    "factors": of_parameters(
        [(4, 2), (2, 3)],
        lambda torch, self, x: torch.nn.functional.linear(x, (self.w0 @ self.w1).tanh()),
        (5, 3),
    ),
}


def made(torch, name):
    """The model of this name, in float64, with its samples."""
    torch.manual_seed(0)
    model, x = MODELS[name](torch)
    return model.to(torch.float64), x


def losses(output):
    """A loss for each sample."""
    rows = output.reshape(output.shape[0], -1)
    return (rows * rows).mean(1) + rows.sin().mean(1)
