"""Errors name the lines of the user's program: those that saved, changed, freed or recorded."""

import os
import re
import subprocess
import sys
import threading
from pathlib import Path

import pytest

import chainrule as torch
from chainrule import nn

ROOT = Path(__file__).resolve().parents[1]
MISTAKES = ROOT / "examples" / "classic_mistakes.py"


def line_here(offset=0):
    return f"{Path(__file__).name}:{sys._getframe(1).f_lineno + offset}"


@pytest.fixture(scope="module")
def told():
    environment = os.environ | {"PYTHONPATH": str(ROOT / "src")}
    run = subprocess.run([sys.executable, MISTAKES], env=environment, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr
    return dict(re.findall(r"^(\w+): [A-Z].*?\n\n(.*?)(?=\n\n|\Z)", run.stdout, re.DOTALL | re.MULTILINE))


def marked_lines(function):
    lines = MISTAKES.read_text(encoding="utf-8").splitlines()
    start = next(number for number, line in enumerate(lines) if line.startswith(f"def {function}("))
    numbered = list(enumerate(lines, 1))[start + 1 :]
    end = next((i for i, (_, line) in enumerate(numbered) if line.startswith("def ")), len(numbered))
    return {line.partition("  # ")[2]: number for number, line in numbered[:end] if "  # " in line}


@pytest.mark.parametrize("mistake", ["the_result_is_needed", "two_optimizers", "through_a_view", "through_numpy"])
def test_the_classic_mistakes_name_both_lines(told, mistake):
    marked = marked_lines(mistake)

    assert "has been modified" in told[mistake]
    assert f"classic_mistakes.py:{marked['saved']}: " in told[mistake]
    assert f"classic_mistakes.py:{marked['changed']}: " in told[mistake]


def test_a_second_backward_names_the_line_of_the_first():
    x = torch.ones(2, requires_grad=True)
    loss = (x * x).sum()
    loss.backward()
    freed = line_here(-1)
    with pytest.raises(RuntimeError, match=r"Trying to backward through the graph a second time") as error:
        loss.backward()
    assert f"freed by the backward pass at {__file__}" in str(error.value)
    assert freed in str(error.value)


def test_several_changes_are_told_in_their_order():
    x = torch.ones(2, requires_grad=True)
    y = x.exp()
    with torch.no_grad():
        y.add_(1)
        y[0] = 5
    with pytest.raises(RuntimeError) as error:
        y.sum().backward()
    assert re.search(r"by add_ at .*:\d+: y\.add_\(1\)\n.*by __setitem__ at .*:\d+: y\[0\] = 5", str(error.value))


def test_of_many_changes_the_last_are_told():
    x = torch.ones(2, requires_grad=True)
    y = x.exp()
    for _ in range(5):
        y.add_(1)
    with pytest.raises(RuntimeError) as error:
        y.sum().backward()
    assert "changed 5 times, of which the last are:" in str(error.value)
    assert str(error.value).count("changed in place by add_") == 3


def test_a_change_in_another_thread_names_the_thread():
    x = torch.ones(2, requires_grad=True)
    y = x.exp()
    worker = threading.Thread(target=lambda: y.detach().zero_(), name="worker")
    worker.start()
    worker.join()
    with pytest.raises(RuntimeError, match="changed in place by zero_ in a thread that has ended at "):
        y.sum().backward()


def test_an_error_in_a_rule_names_the_line_of_the_operation():
    x = torch.ones(3, requires_grad=True)
    y = x.exp()
    recorded = line_here(-1)
    y.register_hook(lambda grad: 1 / 0)
    with pytest.raises(ZeroDivisionError) as error:
        y.sum().backward()
    assert recorded in "".join(error.value.__notes__)
    assert x.grad is None


def test_the_line_is_the_users_where_a_module_calls_the_operation():
    layer = nn.Sequential(nn.Linear(2, 2), nn.ReLU())
    out = layer(torch.ones(1, 2))
    assert out.grad_fn.place.line == sys._getframe().f_lineno - 1
    assert out.grad_fn.place.function == "test_the_line_is_the_users_where_a_module_calls_the_operation"
    assert out.grad_fn.place.source == "out = layer(torch.ones(1, 2))"


def test_a_program_whose_folder_begins_like_the_package_is_the_users():
    package = Path(torch.__file__).parent
    program = compile("y = x.exp()", f"{package}_experiments/train.py", "exec")
    scope = {"x": torch.ones(1, requires_grad=True)}
    exec(program, scope)
    assert str(scope["y"].grad_fn.place) == f"{package}_experiments/train.py:1"


def test_the_line_is_found_through_a_link_to_the_package(tmp_path):
    (tmp_path / "chainrule").symlink_to(Path(torch.__file__).parent, target_is_directory=True)
    lines = ["import chainrule as torch", "layer = torch.nn.Linear(2, 2)", "y = layer(torch.ones(1, 2))"]
    lines.append("print(y.grad_fn.place)")
    (tmp_path / "program.py").write_text("\n".join(lines), encoding="utf-8")
    environment = os.environ | {"PYTHONPATH": str(tmp_path)}
    command = [sys.executable, tmp_path / "program.py"]
    run = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert run.stdout.strip().endswith("program.py:3: y = layer(torch.ones(1, 2))")
