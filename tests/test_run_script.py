"""`python -m chainrule script.py`: a script written for PyTorch runs as Python itself would run it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from chainrule.versions import TODAY, TorchVersion, parse_version

SOURCE = Path(__file__).resolve().parents[1] / "src"


def python(*arguments, cwd, path=()):
    environment = {name: value for name, value in os.environ.items() if name not in {"PYTHONSAFEPATH", "PYTHONSTARTUP"}}
    environment["PYTHONPATH"] = os.pathsep.join(map(str, (*path, SOURCE)))
    return subprocess.run(
        [sys.executable, *map(str, arguments)],
        cwd=cwd,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


@pytest.fixture
def run(tmp_path):
    """Write a script, run it on chainrule, return what it printed; it must not fail."""

    def run(script, *options, **keywords):
        (tmp_path / "script.py").write_text(script)
        result = python("-m", "chainrule", *options, "script.py", cwd=tmp_path, **keywords)
        assert (result.stderr, result.returncode) == ("", 0)
        return result.stdout

    return run


# What a script finds


def test_torch_and_its_submodules_are_chainrules_own_objects(run):
    names = ["nn", "nn.functional", "optim", "autograd", "autograd.functional", "autograd.profiler", "utils"]
    lines = ["import torch, chainrule, sys", "assert torch is chainrule"]
    for name in names:
        lines += [
            f"import torch.{name}",
            f"assert sys.modules['torch.{name}'] is sys.modules['chainrule.{name}'] is torch.{name}",
            f"assert torch.{name}.__spec__.name == 'chainrule.{name}'",
        ]
    assert run("\n".join(lines)) == ""


def test_every_way_to_import_gives_the_same_objects(run):
    assert (
        run(
            "import torch.nn.functional as F\n"
            "from torch import nn\n"
            "from torch.nn import functional\n"
            "from torch.nn.functional import relu\n"
            "from torch.autograd import profiler, grad\n"
            "import importlib, torch\n"
            "print(F is nn.functional is functional is importlib.import_module('torch.nn.functional'))\n"
            "print(relu is F.relu, grad is torch.autograd.grad)\n"
        )
        == "True\nTrue True\n"
    )


def test_an_import_leaves_a_function_of_the_same_name_as_a_module_alone(run):
    assert run("import torch\nfrom torch.tensor import Tensor\nprint(torch.tensor([1.0]))\n") == "tensor([1.])\n"


def test_names_print_as_pytorchs(run):
    script = (
        "import torch\n"
        "x = torch.zeros(2, 3, dtype=torch.float64)\n"
        "print(x.dtype, x.shape, x.size(), type(x), type(x.shape), type(x.dtype))\n"
        "print(x)\n"
    )
    assert run(script) == (
        "torch.float64 torch.Size([2, 3]) torch.Size([2, 3]) "
        "<class 'torch.Tensor'> <class 'torch.Size'> <class 'torch.dtype'>\n"
        "tensor([[0., 0., 0.],\n"
        "        [0., 0., 0.]], dtype=torch.float64)\n"
    )


def test_an_installed_pytorch_is_not_imported(run, tmp_path):
    installed = tmp_path / "installed"
    (installed / "torch").mkdir(parents=True)
    (installed / "torch" / "__init__.py").write_text("raise RuntimeError('the installed one')")
    (installed / "torch" / "elsewhere.py").write_text("")
    script = (
        "import torch\n"
        "try:\n    import torch.elsewhere\n"
        "except ModuleNotFoundError as error:\n    print(error)\n"
    )  # fmt: skip
    printed = run(script, path=[installed])
    assert printed.startswith("No module named 'torch.elsewhere': chainrule does not have module torch.elsewhere")


def test_a_script_sees_what_python_would_show_it(tmp_path):
    script = (
        "import sys, __main__\n"
        "print(sys.argv, sys.path[0], __name__, __file__, __package__, __spec__, __cached__, __builtins__)\n"
        "print(type(__loader__), __main__.sys is sys, sorted(vars(__main__)))\n"
    )
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "script.py").write_text(script)
    (tmp_path / "link.py").symlink_to(folder / "script.py")
    for name in ("folder/script.py", folder / "script.py", "link.py"):
        arguments = [name, "--lr", "0.1", "-m", "-c", "--torch-version"]
        ours = python("-m", "chainrule", *arguments, cwd=tmp_path)
        theirs = python(*arguments, cwd=tmp_path)
        assert (ours.stdout, ours.stderr) == (theirs.stdout, theirs.stderr)


def test_a_module_and_a_line_of_code_see_what_python_would_show_them(tmp_path):
    package = tmp_path / "package"
    package.mkdir()
    script = "import sys; print(sys.argv, [sys.path[0]], __name__, __package__, __spec__ and __spec__.name)"
    for name in ("__init__.py", "__main__.py", "inner.py"):
        (package / name).write_text(script)
    for arguments in (["-m", "package", "a"], ["-m", "package.inner", "-c", "b"], ["-c", script, "-m", "d"]):
        ours = python("-m", "chainrule", *arguments, cwd=tmp_path)
        theirs = python(*arguments, cwd=tmp_path)
        assert (ours.stdout, ours.stderr) == (theirs.stdout, theirs.stderr)


# How a script ends


@pytest.mark.parametrize(
    "script",
    [
        "import sys; sys.exit(7)",
        "import sys; sys.exit('a message')",
        "raise SystemExit",
        "raise KeyboardInterrupt",
        "def f():\n    raise ValueError('x')\n\nf()\n",
        "try:\n    1 / 0\nexcept ZeroDivisionError as error:\n    raise ValueError('x') from error",
        "x = (",
        "import broken",
        "import sys\nsys.excepthook = lambda kind, value, frames: print(value, frames.tb_frame.f_code.co_name)\n1 / 0",
        "import atexit\natexit.register(print, 'the end')\n1 / 0",
        "import os; os._exit(9)",
        "assert __debug__ is False",
    ],
)
def test_a_script_ends_as_under_python(tmp_path, script):
    (tmp_path / "script.py").write_text(script)
    (tmp_path / "broken.py").write_text("x = (")
    ours = python("-m", "chainrule", "script.py", cwd=tmp_path)
    theirs = python("script.py", cwd=tmp_path)
    assert (ours.returncode, ours.stdout, ours.stderr) == (theirs.returncode, theirs.stdout, theirs.stderr)


# Names that are missing


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        (
            "torch.sinn",
            (
                "AttributeError: module 'torch' has no attribute 'sinn': "
                "chainrule does not have torch.sinn; the nearest it has is torch.sin"
            ),
        ),
        (
            "torch.CrossEntropyLoss",
            (
                "AttributeError: module 'torch' has no attribute 'CrossEntropyLoss': "
                "chainrule does not have torch.CrossEntropyLoss; the nearest it has is torch.nn.CrossEntropyLoss"
            ),
        ),
        (
            "from torch.nn import Lineer",
            (
                "ImportError: cannot import name 'Lineer' from 'torch.nn': "
                "chainrule does not have torch.nn.Lineer; the nearest it has is torch.nn.Linear"
            ),
        ),
        (
            "from torch.nn.functional import mse_losss",
            (
                "ImportError: cannot import name 'mse_losss' from 'torch.nn.functional': chainrule does not have "
                "torch.nn.functional.mse_losss; the nearest it has is torch.nn.functional.mse_loss"
            ),
        ),
        (
            "import torch.nn.functionals",
            (
                "ModuleNotFoundError: No module named 'torch.nn.functionals': chainrule does not have "
                "module torch.nn.functionals; the nearest it has is torch.nn.functional"
            ),
        ),
        (
            "torch.zqxj",
            "AttributeError: module 'torch' has no attribute 'zqxj': chainrule does not have torch.zqxj",
        ),
    ],
)
def test_a_missing_name_is_refused_with_the_nearest_one(run, statement, message):
    script = (
        "import torch\nimport torch.nn.functional\n"
        f"try:\n    {statement}\n"
        "except (AttributeError, ImportError) as error:\n    print(f'{type(error).__name__}: {error}')\n"
    )
    assert run(script) == message + "\n"


def test_one_can_ask_for_a_name_that_may_be_missing(run):
    script = (
        "import torch\n"
        "print(hasattr(torch, 'zqxj'), getattr(torch.nn, 'zqxj', None), hasattr(torch, 'sin'))\n"
        "from torch.nn.functional import *\n"
    )
    assert run(script) == "False None True\n"


def test_python_adds_no_second_suggestion(tmp_path):
    result = python("-m", "chainrule", "-c", "import torch; torch.sinn", cwd=tmp_path)
    assert result.stderr.rstrip().endswith("the nearest it has is torch.sin")


# Older versions


ZERO_GRAD = """
import torch
x = torch.nn.Parameter(torch.ones(2))
optimizer = torch.optim.SGD([x], lr=0.1)
x.sum().backward()
optimizer.zero_grad()
print(torch.__version__, x.grad)
"""


def test_zero_grad_leaves_what_the_version_left(run):
    assert run(ZERO_GRAD) == f"{TODAY[0]}.{TODAY[1]}.0 None\n"
    assert run(ZERO_GRAD, "--torch-version", "1.13") == "1.13.0 tensor([0., 0.])\n"


def test_versions_compare_by_their_numbers():
    version = TorchVersion("2.13.0+cpu")
    assert version > "2.9"
    assert version >= (2, 13)
    assert version < "2.14"
    assert version <= "2.13"
    assert version == "2.13"
    assert version != "2.1"
    assert hash(version) == hash(TorchVersion("2.13"))
    assert version.split(".")[:2] == ["2", "13"]
    with pytest.raises(TypeError, match="a version compares with text or a tuple of numbers, not with float"):
        assert version > 1.8


@pytest.mark.parametrize("text", ["2", "two", "2.x", "0.4", "2.99", ""])
def test_a_version_that_cannot_be_answered_for_is_refused(text):
    with pytest.raises(ValueError, match="expected a version"):
        parse_version(text)


# The command line


def test_wrong_command_lines_say_what_is_wrong(tmp_path):
    for arguments, message in [
        ([], "name a script to run"),
        (["--torch-version", "9.1", "x.py"], "expected a version from 1.0 to 2.13, but got 9.1"),
        (["nosuch.py"], f"can't open file '{tmp_path / 'nosuch.py'}': [Errno 2] No such file or directory"),
    ]:
        result = python("-m", "chainrule", *arguments, cwd=tmp_path)
        assert result.returncode == 2
        assert message in result.stderr
    result = python("-m", "chainrule", "-m", "nosuch", cwd=tmp_path)
    assert (result.returncode, result.stderr) == (1, "ModuleNotFoundError: No module named 'nosuch'\n")


def test_torch_imported_before_is_not_answered_for(tmp_path):
    code = "import sys, types; sys.modules['torch'] = types.ModuleType('torch')\nfrom chainrule.__main__ import main\n"
    result = python("-c", code + "main()", "-c", "pass", cwd=tmp_path)
    assert "torch is imported already: chainrule can answer in its place only before that" in result.stderr
