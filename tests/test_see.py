"""The picture of the backward graph: what stands in it, and that nothing in it overlaps."""

import itertools
import sys

import pytest

import chainrule as torch
from chainrule import nn, see
from chainrule.see.layout import layered


def texts(figure):
    return [text.get_text() for text in figure.axes[0].texts]


def test_a_network_has_its_nodes_and_its_named_parameters():
    model = nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 2))
    figure = see.graph(model(torch.ones(5, 3)).sum(), params=dict(model.named_parameters()))
    assert sorted(texts(figure)) == sorted([
        "SumBackward0", "AddmmBackward0", "ReluBackward0", "AddmmBackward0",
        "0.weight\n[4, 3]", "0.bias\n[4]", "2.weight\n[2, 4]", "2.bias\n[2]",
    ])  # fmt: skip


def test_a_shared_leaf_is_drawn_once_and_each_use_is_an_arrow():
    x = torch.ones(2, requires_grad=True)
    figure = see.graph(x * x)
    assert texts(figure) == ["MulBackward0", "leaf\n[2]"]
    boxes, arrows = 2, 2
    assert len(figure.axes[0].patches) == boxes + arrows


def test_an_arrow_to_a_later_output_carries_its_number():
    first, second, third = torch.ones(3, requires_grad=True).unbind()
    assert sorted(texts(see.graph(first * second + third))) == [
        "1", "2", "AddBackward0", "MulBackward0", "UnbindBackward0", "leaf\n[3]",
    ]  # fmt: skip


def test_the_picture_is_written_in_the_format_that_the_name_says(tmp_path):
    y = torch.ones(2, requires_grad=True).sin()
    see.graph(y, path=tmp_path / "graph.png")
    see.graph(y, path=tmp_path / "graph.svg")
    assert (tmp_path / "graph.png").read_bytes().startswith(b"\x89PNG")
    assert "<svg" in (tmp_path / "graph.svg").read_text(encoding="utf-8")


def test_a_tensor_without_a_graph_has_no_picture():
    with pytest.raises(ValueError, match="without grad_fn"):
        see.graph(torch.ones(2, requires_grad=True))


def test_a_graph_too_large_to_read_is_refused():
    y = torch.ones(2, requires_grad=True)
    for _ in range(600):
        y = y.sin()
    with pytest.raises(ValueError, match="up to 500 nodes"):
        see.graph(y)


def test_without_matplotlib_the_message_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(ImportError, match=r"chainrule\[plot\]"):
        see.graph(torch.ones(2, requires_grad=True).sin())


LADDER = {0: [1, 2], 1: [2, 3, 3], 2: [4, 5], 3: [5, 6], 4: [6], 5: [6, 1_000], 6: [], 1_000: []}


@pytest.mark.parametrize("targets", [LADDER, {0: []}, {0: [1] * 9, 1: []}, {i: [i + 1] for i in range(30)} | {30: []}])
def test_boxes_do_not_overlap_and_arrows_point_down(targets):
    sizes = {box: (20.0 + 13 * (box % 7), 15.0 + 5 * (box % 2)) for box in targets}
    layout = layered(targets, sizes)
    assert set(layout.routes) == {(box, number) for box, ends in targets.items() for number in range(len(ends))}
    for one, other in itertools.combinations(targets, 2):
        (x1, y1), (x2, y2) = layout.places[one], layout.places[other]
        (w1, h1), (w2, h2) = sizes[one], sizes[other]
        assert abs(x1 - x2) >= (w1 + w2) / 2 or abs(y1 - y2) >= (h1 + h2) / 2
    for (box, number), points in layout.routes.items():
        assert all(y0 < y1 for (_, y0), (_, y1) in itertools.pairwise(points))
        end = targets[box][number]
        (x, y), (left, top) = layout.places[box], layout.places[end]
        assert points[0][1] == pytest.approx(y + sizes[box][1] / 2)
        assert points[-1][1] == pytest.approx(top - sizes[end][1] / 2)
        assert abs(points[0][0] - x) < sizes[box][0] / 2
        assert abs(points[-1][0] - left) < sizes[end][0] / 2
    for box, (x, y) in layout.places.items():
        assert sizes[box][0] / 2 - 1e-6 <= x <= layout.width - sizes[box][0] / 2 + 1e-6
        assert sizes[box][1] / 2 - 1e-6 <= y <= layout.height - sizes[box][1] / 2 + 1e-6


def test_a_chain_stands_in_one_straight_line():
    chain = {0: [1], 1: [2], 2: []}
    layout = layered(chain, {0: (10.0, 10.0), 1: (50.0, 10.0), 2: (30.0, 10.0)})
    assert {x for x, _ in layout.places.values()} == {25.0}
