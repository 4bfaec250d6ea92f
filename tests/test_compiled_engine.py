"""What must be the same whether the engine is compiled or plain Python, and how one says which it is to be."""

import copy
import pickle
import shutil
import subprocess
import sys
import traceback
import weakref
from pathlib import Path

import pytest

import chainrule as torch
from chainrule.engine.compilation import COMPILED

PACKAGE = Path(torch.__file__).parent
ROOT = Path(__file__).resolve().parents[1]


def run(program, package=PACKAGE, **environment):
    """Start Python on the program, with this package or another copy of it."""
    return subprocess.run(
        [sys.executable, "-c", program],
        env={"PATH": "", "PYTHONPATH": str(package.parent), **environment},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


ENGINE = "import chainrule; print(chainrule.show_config('dicts')['engine'])"


def test_python_can_be_asked_for():
    assert run(ENGINE, CHAINRULE_ENGINE="python").stdout == "python\n"


def test_the_engine_that_runs_is_the_one_that_is_told():
    assert torch.show_config("dicts")["engine"] == ("compiled" if COMPILED else "python")


@pytest.fixture
def without_compiled(tmp_path):
    """The package as a pure wheel installs it."""
    package = tmp_path / "chainrule"
    shutil.copytree(PACKAGE, package, ignore=shutil.ignore_patterns("compiled", "__pycache__"))
    return package


def test_compiled_is_an_error_where_it_is_not(without_compiled):
    assert run(ENGINE, without_compiled).stdout == "python\n"
    error = run(ENGINE, without_compiled, CHAINRULE_ENGINE="compiled").stderr
    assert "CHAINRULE_ENGINE=compiled, but there is no compiled engine to import: this installation has none" in error


def test_another_word_is_an_error():
    assert "CHAINRULE_ENGINE must be 'python' or 'compiled', not 'fast'" in run(ENGINE, CHAINRULE_ENGINE="fast").stderr


def test_what_was_compiled_from_other_sources_is_not_taken(without_compiled):
    from importlib.machinery import EXTENSION_SUFFIXES

    compiled = without_compiled / "engine" / "compiled"
    compiled.mkdir()
    (compiled / f"record{EXTENSION_SUFFIXES[0]}").touch()
    (compiled / "SOURCES").write_text("of yesterday")
    shown = run("import chainrule; chainrule.show_config()", without_compiled).stdout
    assert "engine             python\n" in shown
    assert "it was compiled from other sources than those that are here now" in shown


def test_show_config(capsys):
    assert torch.show_config() is None
    shown = capsys.readouterr().out
    config = torch.show_config(mode="dicts")
    assert list(config) == [line.split("  ")[0] for line in shown.splitlines()]
    assert config["threads"] == torch.get_num_threads()
    with pytest.raises(ValueError, match="mode must be 'stdout' or 'dicts', not 'json'"):
        torch.show_config("json")


def test_every_file_of_the_engine_is_compiled_or_said_not_to_be():
    import ast

    assignment = next(
        node
        for node in ast.walk(ast.parse((ROOT / "setup.py").read_text(encoding="utf-8")))
        if isinstance(node, ast.Assign) and node.targets[0].id == "INTERPRETED"
    )
    interpreted = ast.literal_eval(assignment.value)
    files = {path.stem for path in (PACKAGE / "engine").glob("*.py")}
    assert interpreted <= files
    if COMPILED:
        compiled = {path.name.split(".")[0] for path in (PACKAGE / "engine" / "compiled").iterdir()}
        assert compiled - {"SOURCES", "compiled__mypyc"} == files - interpreted


class Measured(torch.Tensor):
    """A user's tensor, with something of its own."""

    unit = "m"

    def doubled(self):
        return self * 2


def test_subclasses_of_tensor():
    x = Measured([1.0, 2.0])
    x.requires_grad_()
    x.note = "mine"
    assert isinstance(x, Measured)
    assert (x.unit, x.note) == ("m", "mine")
    x.doubled().sum().backward()
    assert x.grad.tolist() == [2.0, 2.0]
    parameter = torch.nn.Parameter(torch.ones(2))
    assert isinstance(copy.deepcopy(parameter), torch.nn.Parameter)


@pytest.mark.parametrize("protocol", range(2, pickle.HIGHEST_PROTOCOL + 1))
def test_pickling(protocol):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    x.grad = torch.ones(2)
    again = pickle.loads(pickle.dumps(x, protocol))
    assert again.tolist() == x.tolist()
    assert again.requires_grad
    assert again._version == 0
    with pytest.raises(TypeError, match="cannot pickle 'MulBackward0' object"):
        pickle.dumps((x * 2).grad_fn, protocol)


def test_weak_references():
    x = torch.ones(2, requires_grad=True)
    y = x * 2
    z = y.clone()
    z[0] = 3
    references = [weakref.ref(each) for each in (x, y, z, y.grad_fn, z.grad_fn, x.detach())]
    assert [reference() is None for reference in references] == [False, False, False, False, False, True]
    del x, y, z
    assert [reference() for reference in references] == [None] * 6


def test_attributes_of_nodes_cannot_be_misspelt():
    node = (torch.ones(1, requires_grad=True) * 2).grad_fn
    with pytest.raises(AttributeError):
        node.no_such_thing
    assert node.name() == "MulBackward0"
    assert repr(node).startswith("<MulBackward0 object at 0x")


def test_a_traceback_shows_the_line_of_the_user():
    def wrong(grad):
        raise ZeroDivisionError("in a hook")

    x = torch.ones(1, requires_grad=True)
    x.register_hook(wrong)
    loss = x.sin().sum()
    with pytest.raises(ZeroDivisionError, match="in a hook") as caught:
        loss.backward()
    frames = [(Path(frame.filename).name, frame.name) for frame in traceback.extract_tb(caught.tb)]
    assert frames[0] == (Path(__file__).name, "test_a_traceback_shows_the_line_of_the_user")
    assert frames[-1] == (Path(__file__).name, "wrong")


DIVISIONS = """
import chainrule as torch
zero = torch.zeros(1, requires_grad=True)
(zero.log() + zero / 0 + (zero - 1).sqrt() + torch.full((1,), 1e38) * 1e38).sum().backward()
zero.detach().div_(0)
"""


def test_numpys_warnings_are_not_the_users():
    finished = run(DIVISIONS)
    assert (finished.returncode, finished.stderr) == (0, "")


def test_arguments_may_be_named():
    x = torch.tensor([[1.0, 2.0]])
    assert torch.add(input=x, other=x).tolist() == [[2.0, 4.0]]
    assert torch.sum(input=x, dim=1, keepdim=True).tolist() == [[3.0]]
    with pytest.raises(TypeError):
        torch.sin(x, x)


def test_functions_of_operations_are_copied_as_functions_are():
    for function in (torch.nn.functional.gelu, torch.tanh, torch.sum, torch.cat):
        assert copy.deepcopy(function) is function
        assert copy.copy(function) is function
