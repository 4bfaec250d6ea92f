"""The examples run, and what they promise holds."""

import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def test_the_demo_learns_the_digits_and_draws_its_pictures(tmp_path):
    command = [sys.executable, "-W", "error", ROOT / "examples" / "digits.py", "--outputs", tmp_path / "pictures"]
    environment = os.environ | {"PYTHONPATH": str(ROOT / "src")}
    run = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    accuracy = re.search(r"test accuracy: ([\d.]+)%", run.stdout)
    assert accuracy, run.stdout
    assert float(accuracy[1]) >= 96
    for name in ("loss.png", "graph.png"):
        assert (tmp_path / "pictures" / name).read_bytes().startswith(b"\x89PNG")
        assert name in run.stdout


def test_lenet_learns_the_digits_and_draws_what_it_looks_for(tmp_path):
    command = [sys.executable, "-W", "error", ROOT / "examples" / "lenet.py", "--outputs", tmp_path / "pictures"]
    # One thread: several would wait for each other on a busy machine, for longer than the work takes.
    environment = os.environ | {"PYTHONPATH": str(ROOT / "src"), "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    run = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    accuracy = re.search(r"test accuracy: ([\d.]+)%", run.stdout)
    assert accuracy, run.stdout
    assert float(accuracy[1]) >= 96
    assert (tmp_path / "pictures" / "lenet.png").read_bytes().startswith(b"\x89PNG")


def test_digits_are_learnt_in_private(tmp_path):
    command = [sys.executable, "-W", "error", ROOT / "examples" / "private_digits.py"]
    environment = os.environ | {"PYTHONPATH": str(ROOT / "src")}
    run = subprocess.run(command, env=environment, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    found = re.search(r"epsilon ([\d.]+) at delta 0.0001\ntest accuracy: ([\d.]+)%", run.stdout)
    assert found, run.stdout
    assert float(found[1]) < 3
    assert float(found[2]) >= 90


def test_rates_of_a_differential_equation_are_fitted_and_their_errors_known(tmp_path):
    command = [sys.executable, "-W", "error", ROOT / "examples" / "fit_ode.py", "--outputs", tmp_path / "pictures"]
    environment = os.environ | {"PYTHONPATH": str(ROOT / "src")}
    run = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    rates = re.findall(r"([\d.]+) \+- ([\d.]+) \(in truth ([\d.]+)\)", run.stdout)
    assert len(rates) == 4, run.stdout
    for rate, error, truth in [map(float, each) for each in rates]:
        assert abs(rate - truth) < 3 * error < 0.3 * truth
    assert (tmp_path / "pictures" / "fit_ode.png").read_bytes().startswith(b"\x89PNG")


def printed_by(name, *arguments):
    command = [sys.executable, "-W", "error", ROOT / "examples" / name, *arguments]
    environment = os.environ | {"PYTHONPATH": str(ROOT / "src"), "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    run = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    return run.stdout


def test_rosenbrock_is_minimized_by_every_method():
    printed = printed_by("rosenbrock.py")
    distances = re.findall(r"^(\S+) .*distance from the minimum ([\d.e+-]+)$", printed, re.MULTILINE)
    assert [method for method, _ in distances] == ["trust-exact", "Newton-CG", "L-BFGS-B"]
    assert all(float(distance) < 1e-6 for _, distance in distances)


def test_the_boundary_value_problem_is_solved():
    printed = printed_by("boundary_value_problem.py", "--points", "2000")
    assert "5,998 derivatives of 4,000,000" in printed
    assert float(re.search(r"error: (\S+)", printed)[1]) < 1e-8


def test_reaction_and_diffusion_are_the_same_with_either_jacobian():
    printed = printed_by("reaction_diffusion.py", "--points", "60")
    assert float(re.search(r"difference at the end: (\S+)", printed)[1]) < 1e-6
