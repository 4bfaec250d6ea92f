"""What every doctest finds in its namespace, so that examples show the call and not its imports."""

from typing import Any

import numpy as np
import pytest

import chainrule


def pytest_report_header() -> str:
    """Which engine is tested."""
    config = chainrule.show_config("dicts")
    return f"engine: {config['engine']} ({config['reason']})"


@pytest.fixture(autouse=True)
def _names_for_doctests(doctest_namespace: dict[str, Any]) -> None:
    doctest_namespace["torch"] = chainrule
    doctest_namespace["np"] = np
