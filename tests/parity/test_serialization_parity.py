"""Files between the two: PyTorch opens what chainrule wrote, and the other way round."""

import io

import numpy as np
import pytest

import chainrule

torch = pytest.importorskip("torch")

BOTH = {"chainrule": chainrule, "torch": torch}
DTYPES = [
    "float16",
    "float32",
    "float64",
    "complex64",
    "complex128",
    "uint8",
    "int8",
    "int16",
    "int32",
    "int64",
    "bool",
    "uint16",
    "uint32",
    "uint64",
]
WAYS = [(chainrule, torch), (torch, chainrule)]
each_way = pytest.mark.parametrize(("writer", "reader"), WAYS, ids=["to torch", "from torch"])


def carried(writer, reader, obj, **options):
    file = io.BytesIO()
    writer.save(obj, file)
    file.seek(0)
    return reader.load(file, **options)


def name_of(dtype):
    return str(dtype).partition(".")[2]


@each_way
@pytest.mark.parametrize("dtype", DTYPES)
def test_tensors_of_every_type(writer, reader, dtype):
    given = writer.arange(6).reshape(2, 3).to(getattr(writer, dtype))
    found = carried(writer, reader, given)
    assert name_of(found.dtype) == dtype
    assert found.tolist() == given.tolist()


@each_way
def test_views_share_memory_and_keep_their_strides(writer, reader):
    x = writer.arange(12.0)
    whole, part, turned, wide, empty, number = carried(
        writer, reader, [x, x[3:7], x.reshape(3, 4).t(), x[:1].expand(5), x[:0], x[4]]
    )
    whole[3] = 100
    assert part[0] == 100
    assert turned.stride() == (1, 4)
    assert wide.stride() == (0,)
    assert tuple(empty.shape) == (0,)
    assert number.item() == 4


@each_way
def test_small_objects(writer, reader):
    given = {
        "size": writer.Size([2, 3]), "device": writer.device("cpu"), "dtype": writer.float64, "set": {1, 2},
        "bytes": b"ab", "numbers": [1, 2**40, 1.5, None, True], "parameter": writer.nn.Parameter(writer.ones(2)),
    }  # fmt: skip
    found = carried(writer, reader, given)
    assert found["size"] == reader.Size([2, 3])
    assert found["device"] == reader.device("cpu")
    assert found["dtype"] == reader.float64
    assert (found["set"], found["bytes"], found["numbers"]) == (given["set"], given["bytes"], given["numbers"])
    assert isinstance(found["parameter"], reader.nn.Parameter)
    assert found["parameter"].requires_grad


def model(library):
    nn = library.nn
    return nn.Sequential(
        nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(36, 8),
        nn.LayerNorm(8), nn.GELU(), nn.Linear(8, 3),
    )  # fmt: skip


def batch(library):
    generator = np.random.default_rng(0)
    return library.tensor(generator.normal(size=(5, 1, 8, 8)).astype(np.float32))


def train(library, network, optimizer, steps):
    losses = []
    for _ in range(steps):
        optimizer.zero_grad()
        loss = network(batch(library)).square().mean()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


@each_way
@pytest.mark.parametrize("name", ["SGD", "Adam", "AdamW", "RMSprop", "Adagrad"])
def test_weights_give_the_same_outputs_and_training_goes_on(writer, reader, name):
    """A model trained in one library goes on in the other as if nothing had happened."""
    writer.manual_seed(0)
    network = model(writer)
    optimizer = getattr(writer.optim, name)(network.parameters(), lr=0.01)
    train(writer, network, optimizer, 5)
    found = carried(writer, reader, {"model": network.state_dict(), "optimizer": optimizer.state_dict()})
    other = model(reader)
    other.load_state_dict(found["model"])
    other_optimizer = getattr(reader.optim, name)(other.parameters(), lr=0.5)
    other_optimizer.load_state_dict(found["optimizer"])
    np.testing.assert_allclose(
        other.eval()(batch(reader)).tolist(), network.eval()(batch(writer)).tolist(), rtol=1e-5, atol=1e-6
    )
    network.train(), other.train()
    np.testing.assert_allclose(
        train(reader, other, other_optimizer, 5), train(writer, network, optimizer, 5), rtol=1e-4
    )


@each_way
def test_mapped_files(writer, reader, tmp_path):
    path = tmp_path / "x.pt"
    writer.save({"x": writer.arange(1000.0)}, path)
    assert float(reader.load(path, mmap=True)["x"].sum()) == 499500


@pytest.mark.parametrize("library", BOTH.values(), ids=BOTH)
def test_refusals_are_of_the_same_class(library, tmp_path):
    import pickle

    with pytest.raises(EOFError):
        library.load(io.BytesIO(b""))
    with pytest.raises(AttributeError, match=r"You can only torch.load from a file that is seekable"):
        library.load(3)
    with pytest.raises(RuntimeError, match=r"Parent directory .* does not exist"):
        library.save(1, tmp_path / "missing" / "x.pt")
    file = io.BytesIO()
    library.save(np.float64, file)
    file.seek(0)
    with pytest.raises(pickle.UnpicklingError, match="Weights only load failed"):
        library.load(file)
    file = io.BytesIO()
    library.save(library.ones(100), file)
    with pytest.raises(RuntimeError, match="failed finding central directory"):
        library.load(io.BytesIO(file.getvalue()[:-30]))
