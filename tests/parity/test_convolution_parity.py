"""Convolution gives what PyTorch gives: values, nodes, gradients to second order, layers, texts and errors."""

import re

import numpy as np
import pytest

import chainrule
from expressions import differences

torch = pytest.importorskip("torch")

RNG = np.random.default_rng(3)
INPUTS = {
    "s": RNG.normal(size=(2, 4, 9)),  # sequences
    "x": RNG.normal(size=(2, 4, 6, 7)),  # pictures
    "v": RNG.normal(size=(2, 4, 4, 3, 5)),  # volumes
    "ws": RNG.normal(size=(6, 4, 3)),
    "w": RNG.normal(size=(6, 4, 3, 2)),
    "w2": RNG.normal(size=(6, 2, 3, 3)),
    "w1": RNG.normal(size=(4, 1, 3, 3)),
    "point": RNG.normal(size=(5, 4, 1, 1)),
    "even": RNG.normal(size=(2, 4, 2, 4)),
    "wv": RNG.normal(size=(2, 4, 2, 2, 3)),
    "ts": RNG.normal(size=(4, 3, 3)),
    "t": RNG.normal(size=(4, 3, 3, 2)),
    "tv": RNG.normal(size=(4, 2, 2, 1, 2)),
    "b": RNG.normal(size=6),
    "b3": RNG.normal(size=3),
    "columns": RNG.normal(size=(2, 12, 20)),
}
CONSTANTS = {
    "f": RNG.normal(size=(1, 2, 4, 4)).astype(np.float32),
    "wf": RNG.normal(size=(3, 2, 2, 2)).astype(np.float32),
    "h": RNG.normal(size=(1, 2, 4, 4)).astype(np.float16),
    "wh": RNG.normal(size=(3, 2, 2, 2)).astype(np.float16),
    "c": RNG.normal(size=(1, 2, 4, 4)) + 1j * RNG.normal(size=(1, 2, 4, 4)),
    "wc": RNG.normal(size=(3, 2, 2, 2)) + 1j * RNG.normal(size=(3, 2, 2, 2)),
    "i": RNG.integers(-5, 5, (1, 2, 4, 4)),
    "wi": RNG.integers(-5, 5, (3, 2, 2, 2)),
    "u": RNG.integers(0, 255, (1, 2, 4, 4)).astype(np.uint8),
    "wu": RNG.integers(0, 255, (3, 2, 2, 2)).astype(np.uint8),
    "none": np.zeros((0, 4, 6, 7)),
    "flags": RNG.random((1, 2, 4, 4)) < 0.5,
}

SAME = """
F.conv1d(s, ws)
F.conv1d(s, ws, b, 2, 1)
F.conv1d(s, ws, None, (3,), (2,), (2,))
F.conv1d(s[0], ws, b)
F.conv1d(s, ws, padding="same")
F.conv1d(s, ws, padding="same", dilation=3)
torch.conv1d(s, ws, b)
F.conv2d(x, w)
F.conv2d(x, w, b)
F.conv2d(x[1], w, b)
F.conv2d(x, w, b, stride=2, padding=1)
F.conv2d(x, w, b, stride=(1, 3), padding=(2, 0), dilation=(1, 2))
F.conv2d(x, w, dilation=2)
F.conv2d(x, w2, b, groups=2)
F.conv2d(x, w1, padding=1, groups=4)
F.conv2d(x, w, padding="same")
F.conv2d(x, w, padding="valid")
F.conv2d(x, even, padding="same")
F.conv2d(x[0], even, padding="same", dilation=(2, 1))
F.conv2d(x, point)
F.conv2d(x, point, stride=2)
F.conv2d(x, point, padding=1)
F.conv2d(x, w[:, :, :1], b, padding=(4, 3))
F.conv2d(x.transpose(2, 3), w)
F.conv2d(x[:, :, ::2, ::2], w)
F.conv2d(x.detach(), w, b)
F.conv2d(x, w.detach(), b)
F.conv2d(x, w, b.detach())
F.conv2d(x[:1].expand(3, 4, 6, 7), w)
F.conv2d(none, w, b)
F.conv2d(f, wf)
F.conv2d(h, wh)
F.conv2d(c, wc)
F.conv2d(i, wi)
F.conv2d(u, wu)
torch.conv2d(input=x, weight=w, bias=None, stride=2, padding=1, dilation=1, groups=1)
F.conv3d(v, wv)
F.conv3d(v, wv, stride=(1, 2, 2), padding=(1, 0, 1))
F.conv3d(v[0], wv, dilation=(2, 1, 1))
F.conv_transpose1d(s, ts)
F.conv_transpose1d(s[0], ts, b3, 2, 1, 1)
F.conv_transpose2d(x, t)
F.conv_transpose2d(x, t, b3, stride=2, padding=1, output_padding=1)
F.conv_transpose2d(x, t, b, groups=2)
F.conv_transpose2d(x, t, stride=(1, 3), dilation=(2, 1))
F.conv_transpose2d(x[0], t, b3, padding=1)
F.conv_transpose2d(none, t.detach())
F.conv_transpose3d(v, tv, stride=2)
F.conv_transpose3d(v[0], tv, padding=(1, 0, 1))
torch.convolution(x, w, b, [2], [1], [1], False, [0], 1)
torch.convolution(x, t, b3, (1, 2), (0, 1), (1, 1), True, (0, 1), 1)
F.unfold(x, 3)
F.unfold(x, (2, 3), dilation=2, padding=(1, 2), stride=(2, 1))
F.unfold(x[0], [3, 2])
F.unfold(flags, 2)
F.fold(columns, (5, 6), 2)
F.fold(columns[0], (5, 6), (2, 2))
F.fold(columns, 4, (2, 3), dilation=(1, 1), padding=(1, 1), stride=1)
""".strip().splitlines()

REFUSED = """
F.conv2d(x, w2)
F.conv2d(x, w, groups=2)
F.conv2d(x, w2[:5], groups=2)
F.conv2d(x, w2[:1], groups=2)
F.conv2d(x, w, groups=0)
F.conv2d(x[0, :3], w)
F.conv2d(x[0, 0], w)
F.conv2d(x[None], w)
F.conv1d(x, ws)
F.conv1d(s[0, 0], ws)
F.conv3d(x[0, 0], wv)
F.conv3d(x, w)
F.conv2d(x, w[0])
F.conv2d(x, w[None])
F.conv2d(x, w[0, 0, 0, 0])
F.conv2d(x, w, b3)
F.conv2d(x, w, b[None])
F.conv2d(x, w[:, :, [0, 1, 2, 0, 1, 2, 0]])
F.conv2d(x, w, dilation=(3, 1))
F.conv2d(x, w, dilation=-1)
F.conv2d(x, w, stride=0)
F.conv2d(x, w, padding=-1)
F.conv2d(x, w, stride=())
F.conv2d(x, w, stride=(1, 2, 3))
F.conv2d(x, w, padding=(1, 2, 3))
F.conv2d(x, w, dilation=(1, 2, 3))
F.conv2d(x, w, stride=[1, "a"])
F.conv2d(x, w, padding="same", stride=2)
F.conv2d(x, w, padding="full")
F.conv2d(x[:, :, :0], w)
F.conv2d(x[:, :, :0], w, padding=3)
F.conv2d(x, w[:, :, :0])
F.conv2d(x, w.float())
F.conv2d(x, w, b.float())
F.conv2d(x.float(), w)
F.conv2d(x.float(), w.long())
F.conv2d(i, wf)
F.conv2d(flags, flags)
F.conv2d(c, wf)
F.conv_transpose2d(x, ts)
F.conv_transpose2d(x, w)
F.conv_transpose2d(x, t, b)
F.conv_transpose2d(x, t, groups=3)
F.conv_transpose2d(x, t, stride=2, output_padding=2)
F.conv_transpose2d(x, t, output_padding=-1)
F.conv_transpose1d(s, ts, output_padding=1)
F.conv_transpose3d(v, tv, output_padding=(0, 1, 0))
F.conv_transpose2d(x, t, padding=5)
F.conv_transpose2d(x, t, padding="same")
F.conv_transpose2d(x, t, stride="a")
F.conv_transpose2d(x[0, 0], t)
F.conv_transpose2d(3, t)
F.conv_transpose2d(x, 3)
F.conv_transpose2d(x, t, 3)
torch.convolution(x[0], w, None, [1], [0], [1], False, [0], 1)
F.unfold(x, 8)
F.unfold(x, 0)
F.unfold(i, 2)
F.unfold(x, (1, 2, 3))
F.unfold(x, 2, stride=0)
F.unfold(x, 2, dilation=0)
F.unfold(x, 2, padding=-1)
F.unfold(x[:, :0], 2)
F.unfold(3, 2)
F.fold(columns[0, 0], 6, 2)
F.fold(columns, (5, 7), 2)
F.fold(columns, (5, 6), 5)
F.fold(columns, (5, 6), 2, stride=0)
F.fold(columns, (5, 6, 7), 2)
F.fold(columns, (5, 6), 2, padding=-1)
F.fold(columns[:, :, :0], (5, 6), 2)
""".strip().splitlines()


def scope(library):
    leaves = {name: library.from_numpy(array.copy()).requires_grad_() for name, array in INPUTS.items()}
    others = {name: library.from_numpy(array.copy()) for name, array in CONSTANTS.items()}
    return leaves, {"torch": library, "F": library.nn.functional, **leaves, **others}


def arrays(tensors):
    return [tensor.numpy(force=True) for tensor in tensors]


def facts(library, expression):
    """What an expression gives: its values, node and gradients, first and second; or the error."""
    leaves, names = scope(library)
    try:
        result = eval(expression, names)
    except Exception as error:  # noqa: BLE001 (that it fails, and how, is the outcome)
        return [type(error).__name__, str(error).partition("\n")[0]]
    node = result.grad_fn
    found = [str(result.dtype).rpartition(".")[2], type(node).__name__, *arrays([result])]
    if node is None:
        return found
    found += [str([None if edge is None else type(edge).__name__ for edge, _ in node.next_functions])]
    rng = np.random.default_rng(1)

    def weighted(tensors):
        return sum((t * library.from_numpy(rng.standard_normal(tuple(t.shape)))).sum() for t in tensors)

    inputs = list(leaves.values())
    first = library.autograd.grad(weighted([result**2 + result]), inputs, create_graph=True, allow_unused=True)
    second = library.autograd.grad(weighted([g for g in first if g is not None]), inputs, allow_unused=True)
    # Strict about which there are only at first order.
    found += [str([g is None for g in first]), *arrays(g for g in (*first, *second) if g is not None)]
    return found


@pytest.mark.filterwarnings("ignore:Using padding='same'")
@pytest.mark.parametrize("expression", SAME)
def test_same(expression):
    assert not differences(facts(chainrule, expression), facts(torch, expression))


@pytest.mark.parametrize("expression", REFUSED)
def test_refused(expression):
    expected = facts(torch, expression)
    assert expected[0].endswith("Error")
    assert facts(chainrule, expression) == expected


def test_what_a_node_shows():
    for library in (torch, chainrule):
        _, names = scope(library)
        plain = library.conv2d(names["x"], names["w"], names["b"], stride=(2, 1)).grad_fn
        shown = (plain._saved_stride, plain._saved_padding, plain._saved_dilation, plain._saved_groups)
        assert shown == ((2, 1), (0, 0), (1, 1), 1), library
        assert plain._saved_transposed is False
        assert plain._saved_input is names["x"]
        assert plain._saved_weight is names["w"]
        gradient = library.autograd.grad(library.conv2d(names["x"], names["w"]).sum(), names["w"], create_graph=True)
        assert gradient[0].grad_fn.name() == "ConvolutionBackwardBackward0"


# ---- layers ----

LAYERS = [
    lambda nn: nn.Conv1d(4, 6, 3),
    lambda nn: nn.Conv1d(4, 6, 4, 2, 1, 1, 2, False, "circular"),
    lambda nn: nn.Conv2d(4, 6, 3),
    lambda nn: nn.Conv2d(4, 6, (3, 2), stride=2, padding=(1, 0), dilation=(1, 2), groups=2, bias=False),
    lambda nn: nn.Conv2d(4, 6, [3, 2], padding="same"),
    lambda nn: nn.Conv2d(4, 6, 3, padding="valid"),
    lambda nn: nn.Conv2d(4, 6, 3, padding=2, padding_mode="reflect"),
    lambda nn: nn.Conv2d(4, 6, (2, 4), padding="same", padding_mode="replicate"),
    lambda nn: nn.Conv2d(4, 6, 3, padding=(1, 2), padding_mode="circular"),
    lambda nn: nn.Conv3d(4, 2, 2, padding=1),
    lambda nn: nn.ConvTranspose1d(4, 6, 3, stride=2),
    lambda nn: nn.ConvTranspose2d(4, 6, 3, 2, 1, 1, 2),
    lambda nn: nn.ConvTranspose2d(4, 6, 3, bias=False, dilation=2),
    lambda nn: nn.ConvTranspose3d(4, 2, (1, 2, 2)),
    lambda nn: nn.Unfold(3),
    lambda nn: nn.Unfold((3, 2), dilation=2, padding=1, stride=(1, 2)),
]


@pytest.mark.filterwarnings("ignore:Using padding='same'")
@pytest.mark.parametrize("make", LAYERS)
def test_layers(make):
    found = []
    for library in (torch, chainrule):
        library.manual_seed(5)
        layer = make(library.nn)
        parameters = list(layer.parameters())
        rank = parameters[0].ndim - 2 if parameters else 2
        x = library.from_numpy(INPUTS[" sxv"[rank]].astype(np.float32)).requires_grad_()
        result = layer(x)
        (result * result).sum().backward()
        text = [repr(layer), str(list(layer.state_dict())), str(x.ndim)]
        found.append([*text, *arrays([*parameters, result, layer(x[0]), x.grad, *[p.grad for p in parameters]])])
        if parameters:
            assert found[-1][3].shape == found[0][3].shape
            np.testing.assert_array_equal(found[-1][3], found[0][3])  # the same weights from the same seed
    assert not differences(found[1], found[0], tolerance=1e-3)


def test_the_size_of_a_transposed_result():
    for size in [(13, 14), (2, 6, 14, 13), None]:
        shapes = [
            tuple(lib.nn.ConvTranspose2d(4, 6, 3, 2)(lib.zeros(2, 4, 6, 6), size).shape) for lib in (torch, chainrule)
        ]
        assert shapes[0] == shapes[1]


REFUSED_LAYERS = [
    lambda lib: lib.nn.Conv2d(4, 6, 3, groups=0),
    lambda lib: lib.nn.Conv2d(4, 6, 3, groups=3),
    lambda lib: lib.nn.Conv2d(6, 4, 3, groups=3),
    lambda lib: lib.nn.Conv2d(4, 6, 3, padding="same", stride=2),
    lambda lib: lib.nn.ConvTranspose2d(4, 6, 3, padding_mode="reflect"),
    lambda lib: lib.nn.Conv2d(4, 6, 3)(lib.zeros(1, 3, 6, 6)),
    lambda lib: lib.nn.Conv2d(4, 6, 3)(lib.zeros(6, 6)),
    lambda lib: lib.nn.ConvTranspose2d(4, 6, 3, stride=2)(lib.zeros(2, 4, 6, 6), (12, 14)),
    lambda lib: lib.nn.ConvTranspose2d(4, 6, 3, stride=2)(lib.zeros(2, 4, 6, 6), (13,)),
]


@pytest.mark.parametrize("build", REFUSED_LAYERS)
def test_layers_refuse(build):
    with pytest.raises(Exception, match=r".") as theirs:
        build(torch)
    with pytest.raises(theirs.type, match=re.escape(str(theirs.value).replace("torch.", "chainrule."))):
        build(chainrule)
