"""Libraries written for the Array API standard: what SciPy and scikit-learn compute of tensors are tensors.

SciPy asks for SCIPY_ARRAY_API when it is imported, so that each program runs in a Python of its own.
"""

import os
import subprocess
import sys
import textwrap

import pytest

SCIPY = """
    import numpy as np, chainrule as torch
    from scipy import integrate, special, stats

    values = np.array([[1.0, 2.0], [3.0, 5.0], [0.5, 7.0]])
    x = torch.tensor(values, requires_grad=True)
    for function in (
        lambda x: special.logsumexp(x, axis=0), lambda x: special.softmax(x, axis=1), lambda x: stats.zscore(x),
        lambda x: stats.skew(x), lambda x: stats.gmean(x), lambda x: stats.entropy(x), lambda x: integrate.trapezoid(x),
    ):
        found, wanted = function(x), function(values)
        assert type(found) is torch.Tensor, function
        np.testing.assert_allclose(found.detach().numpy(), wanted, rtol=1e-12)
        weights, direction = np.cos(np.arange(wanted.size)).reshape(wanted.shape), np.sin(np.arange(6.0)).reshape(3, 2)
        (slopes,) = torch.autograd.grad((found * torch.tensor(weights)).sum(), x)
        change = ((function(values + 1e-6 * direction) - function(values - 1e-6 * direction)) * weights).sum() / 2e-6
        np.testing.assert_allclose((slopes.numpy() * direction).sum(), change, rtol=1e-6, atol=1e-8)
"""
SKLEARN = """
    import numpy as np, chainrule as torch
    from sklearn import config_context
    from sklearn.decomposition import PCA
    from sklearn.linear_model import Ridge
    from sklearn.metrics import r2_score
    from sklearn.preprocessing import StandardScaler

    values = np.array([[1.0, 2.0], [3.0, 5.0], [0.5, 7.0], [2.0, 1.0]])
    x = torch.tensor(values)
    with config_context(array_api_dispatch=True):
        for function in (
            lambda x: StandardScaler().fit_transform(x), lambda x: abs(PCA(1, svd_solver="full").fit_transform(x)),
            lambda x: Ridge(solver="svd").fit(x, x[:, 0]).coef_,
        ):
            found = function(x)
            assert type(found) is torch.Tensor
            np.testing.assert_allclose(found.numpy(), function(values), rtol=1e-9)
        assert r2_score(x[:, 0], x[:, 1]) == r2_score(values[:, 0], values[:, 1])
"""


def run(program):
    environment = {**os.environ, "SCIPY_ARRAY_API": "1", "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-W", "ignore", "-c", textwrap.dedent(program)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_scipy_computes_and_differentiates():
    run(SCIPY)


def test_scikit_learn_computes():
    pytest.importorskip("sklearn")
    run(SKLEARN)
