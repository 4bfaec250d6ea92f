"""The backward graph as a picture: what `backward()` walks, from the result at the top down to the leaves."""

from collections.abc import Mapping
from itertools import pairwise
from os import PathLike
from typing import TYPE_CHECKING, Any

from chainrule.engine.node import AccumulateGrad
from chainrule.see.layout import Layout, layered

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST_NODES = 500
FONT_SIZE = 9.0
LINE_HEIGHT = 12.5
PADDING = 9.0
MARGIN = 18.0
NODE_COLORS = "#dce9fa", "#3569ad"
LEAF_COLORS = "#dff3e1", "#368647"
ARROW_COLOR = "#59636e"
TEXT_COLOR = "#1b2026"


def graph(tensor: Any, params: Mapping[str, Any] | None = None, path: str | PathLike[str] | None = None) -> "Figure":
    r"""Draws the backward graph of a tensor: its nodes in blue, the leaves that gradients arrive at in green.

    An arrow shows where a gradient goes on to; a number beside it says which output of the next node it belongs to,
    where that is not output 0. `params` gives leaves their names, as `dict(model.named_parameters())` does. With `path`
    the picture is saved there, in the format that its ending says. Needs matplotlib (the extra `plot`).

    >>> from chainrule import see
    >>> w = torch.ones(3, requires_grad=True)
    >>> figure = see.graph((w * w).sum(), params={"w": w})
    >>> [text.get_text() for text in figure.axes[0].texts]
    ['SumBackward0', 'MulBackward0', 'w\n[3]']
    """
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        msg = "see.graph draws with matplotlib, which is not installed: pip install 'chainrule[plot]'"
        raise ImportError(msg) from error
    if tensor.grad_fn is None:
        raise ValueError("see.graph was given a tensor without grad_fn: nothing was recorded on the way to it")
    edges = _edges(tensor.grad_fn)
    names = {id(param): name for name, param in (params or {}).items()}
    labels = {node: _label(node, names) for node in edges}
    sizes = {node: _size(label) for node, label in labels.items()}
    layout = layered({node: [end for end, _ in ends] for node, ends in edges.items()}, sizes)

    width, height = layout.width + 2 * MARGIN, layout.height + 2 * MARGIN
    figure = Figure(figsize=(width / 72, height / 72), dpi=144)
    axes = figure.add_axes((0, 0, 1, 1), xlim=(-MARGIN, width - MARGIN), ylim=(height - MARGIN, -MARGIN))
    axes.set_axis_off()
    _draw_arrows(axes, edges, layout)
    for node, label in labels.items():
        _draw_box(axes, label, layout.places[node], sizes[node], LEAF_COLORS if _is_leaf(node) else NODE_COLORS)
    if path is not None:
        figure.savefig(path)
    return figure


def _edges(root: Any) -> dict[Any, list[tuple[Any, int]]]:
    edges: dict[Any, list[tuple[Any, int]]] = {}
    found = [root]
    for node in found:
        if node in edges:
            continue
        edges[node] = [(end, number) for end, number in node.next_functions if end is not None]
        found += [end for end, _ in edges[node]]
        if len(edges) > MOST_NODES:
            msg = (
                f"see.graph draws graphs of up to {MOST_NODES} nodes, and this one has more: draw a smaller part of it"
            )
            raise ValueError(msg)
    return edges


def _is_leaf(node: Any) -> bool:
    return isinstance(node, AccumulateGrad)


def _label(node: Any, names: Mapping[int, str]) -> str:
    if not _is_leaf(node):
        return str(node.name())
    leaf = node.variable
    return f"{names.get(id(leaf), 'leaf')}\n{list(leaf.shape)}"


def _size(label: str) -> tuple[float, float]:
    from matplotlib.textpath import TextPath

    lines = label.split("\n")
    width = max(TextPath((0, 0), line, size=FONT_SIZE).get_extents().width for line in lines)
    return width + 2 * PADDING, len(lines) * LINE_HEIGHT + PADDING


def _draw_box(
    axes: "Axes", label: str, place: tuple[float, float], size: tuple[float, float], colors: tuple[str, str]
) -> None:
    from matplotlib.patches import FancyBboxPatch

    corner = place[0] - size[0] / 2, place[1] - size[1] / 2
    face, edge = colors
    style = "round,pad=0,rounding_size=4"
    axes.add_patch(FancyBboxPatch(corner, *size, boxstyle=style, linewidth=1.1, facecolor=face, edgecolor=edge))
    axes.text(*place, label, fontsize=FONT_SIZE, color=TEXT_COLOR, ha="center", va="center", linespacing=1.3)


def _draw_arrows(axes: "Axes", edges: Mapping[Any, list[tuple[Any, int]]], layout: Layout) -> None:
    from matplotlib.patches import FancyArrowPatch
    from matplotlib.path import Path

    for (start, index), points in layout.routes.items():
        vertices, codes = points[:1], [Path.MOVETO]
        for (x0, y0), (x1, y1) in pairwise(points):
            middle = (y0 + y1) / 2
            vertices += [(x0, middle), (x1, middle), (x1, y1)]
            codes += [Path.CURVE4] * 3
        curve = Path(vertices, codes)
        arrow = FancyArrowPatch(path=curve, arrowstyle="-|>", mutation_scale=9, linewidth=1.1, color=ARROW_COLOR)
        axes.add_patch(arrow)
        output_number = edges[start][index][1]
        if output_number:
            x, y = points[-1]
            behind = {"facecolor": "white", "edgecolor": "none", "pad": 1}
            axes.text(x, y - 15, str(output_number), fontsize=7.5, color=ARROW_COLOR, ha="center", bbox=behind)
