"""PyTorch gives the gradients that docs/nondifferentiable-points.md says it gives."""

import numpy as np
import pytest

from kinks import PYTORCH, gradient_at

torch = pytest.importorskip("torch")


@pytest.mark.parametrize(("expression", "x", "gradient"), PYTORCH)
def test_torch_gives_the_documented_gradient(expression, x, gradient):
    np.testing.assert_allclose(gradient_at(torch, expression, x), gradient, rtol=1e-6)
