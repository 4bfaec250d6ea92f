"""The table of docs/nondifferentiable-points.md, read: rows of (expression, x, gradient)."""

import re
from pathlib import Path

DOCUMENT = Path(__file__).resolve().parents[1] / "docs" / "nondifferentiable-points.md"
ROW = re.compile(
    r"^\| `(.+?)` \| `\[(.+?)\]` \| `\[(.+?)\]` \| [^|]+ \| (?:same|`\[(.+?)\]`) \| [^|]+ \|$", re.MULTILINE
)


def numbers(text):
    return [float(number) for number in text.split(",")]


ROWS = ROW.findall(DOCUMENT.read_text(encoding="utf-8"))
KINKS = [(expression, numbers(x), numbers(gradient)) for expression, x, gradient, _ in ROWS]
# What PyTorch gives in its place.
PYTORCH = [(expression, numbers(x), numbers(theirs or gradient)) for expression, x, gradient, theirs in ROWS]


def gradient_at(torch, expression, x):
    """The gradient of the sum of an expression in x, computed by PyTorch or by chainrule."""
    x = torch.tensor(x, requires_grad=True)
    eval(expression, {"torch": torch, "x": x}).sum().backward()
    return x.grad.tolist()
