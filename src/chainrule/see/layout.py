"""Where the boxes of a directed graph without cycles stand: in layers, so that every arrow points down.

The usual four steps: a layer for each box, way points where an arrow crosses layers, an order within each layer with
few crossings, and last the horizontal places, as near as the boxes' widths allow to those that make arrows straight.
"""

from collections import defaultdict
from collections.abc import Hashable, Mapping, Sequence
from itertools import pairwise
from statistics import fmean
from typing import NamedTuple

GAP_ACROSS = 26.0
GAP_DOWN = 42.0
WAY_POINT = (4.0, 0.0)
PORT_GAP = 16.0
ORDER_SWEEPS = 12
PLACE_SWEEPS = 80
STRAIGHTNESS = 5.0  # how much more an arrow between two way points pulls to be straight than one between two boxes

Arrow = tuple[Hashable, int]
"""The box that an arrow leaves, and which of the arrows that leave it."""


class Layout(NamedTuple):
    """The centre of each box and the points that each arrow passes, both ends included; y grows downwards."""

    places: dict[Hashable, tuple[float, float]]
    routes: dict[Arrow, list[tuple[float, float]]]
    width: float
    height: float


class Segment(NamedTuple):
    """The part of an arrow between two neighbouring layers; a port is how far from its box's centre it is attached."""

    upper: Hashable
    lower: Hashable
    upper_port: float
    lower_port: float


def layered(targets: Mapping[Hashable, Sequence[Hashable]], sizes: Mapping[Hashable, tuple[float, float]]) -> Layout:
    """Places boxes of the given (width, height); `targets` lists for each box those that its arrows lead to."""
    depth = _depths(targets)
    paths = _paths(targets, depth)
    rows: list[list[Hashable]] = [[] for _ in range(max(depth.values()) + 1)]
    for box, row in depth.items():
        rows[row].append(box)
    for path in paths.values():
        for row, way_point in enumerate(path[1:-1], depth[path[0]] + 1):
            rows[row].append(way_point)
    size = {box: sizes.get(box, WAY_POINT) for row_of_boxes in rows for box in row_of_boxes}
    _order(rows, paths)
    segments = _segments(rows, paths, size)
    across = _across(rows, [each for parts in segments.values() for each in parts], size)

    left = min(across[box] - size[box][0] / 2 for box in across)
    right = max(across[box] + size[box][0] / 2 for box in across)
    down: dict[Hashable, float] = {}
    y = 0.0
    for row_of_boxes in rows:
        tallest = max(size[box][1] for box in row_of_boxes)
        down.update((box, y + tallest / 2) for box in row_of_boxes)
        y += tallest + GAP_DOWN
    routes = {}
    for arrow, parts in segments.items():
        first, last = parts[0], parts[-1]
        start = across[first.upper] - left + first.upper_port, down[first.upper] + size[first.upper][1] / 2
        end = across[last.lower] - left + last.lower_port, down[last.lower] - size[last.lower][1] / 2
        routes[arrow] = [start, *((across[part.lower] - left, down[part.lower]) for part in parts[:-1]), end]
    places = {box: (across[box] - left, down[box]) for box in targets}
    return Layout(places, routes, right - left, y - GAP_DOWN)


def _depths(targets: Mapping[Hashable, Sequence[Hashable]]) -> dict[Hashable, int]:
    waiting = dict.fromkeys(targets, 0)
    for ends in targets.values():
        for end in ends:
            waiting[end] += 1
    depth = {box: 0 for box, arrows in waiting.items() if not arrows}
    ready = list(depth)
    for box in ready:
        for end in targets[box]:
            depth[end] = max(depth.get(end, 0), depth[box] + 1)
            waiting[end] -= 1
            if not waiting[end]:
                ready.append(end)
    return depth


def _paths(
    targets: Mapping[Hashable, Sequence[Hashable]], depth: Mapping[Hashable, int]
) -> dict[Arrow, list[Hashable]]:
    paths = {}
    for start, ends in targets.items():
        for number, end in enumerate(ends):
            crossed = range(depth[start] + 1, depth[end])
            paths[start, number] = [start, *((start, number, row) for row in crossed), end]
    return paths


def _order(rows: list[list[Hashable]], paths: Mapping[Arrow, list[Hashable]]) -> None:
    above, below = defaultdict(list), defaultdict(list)
    for path in paths.values():
        for upper, lower in pairwise(path):
            below[upper].append(lower)
            above[lower].append(upper)
    for _ in range(ORDER_SWEEPS):
        for sweep, neighbours in ((rows, above), (rows[::-1], below)):
            for row in sweep:
                # With a position for each row from 0 to 1, a box without neighbours on that side keeps its own.
                position = {box: (i + 0.5) / len(each) for each in rows for i, box in enumerate(each)}
                wished = {box: fmean(position[n] for n in neighbours.get(box) or [box]) for box in row}
                row.sort(key=wished.__getitem__)


def _segments(
    rows: list[list[Hashable]], paths: Mapping[Arrow, list[Hashable]], size: Mapping[Hashable, tuple[float, float]]
) -> dict[Arrow, list[Segment]]:
    position = {box: index for row in rows for index, box in enumerate(row)}
    leaving, arriving = defaultdict(list), defaultdict(list)
    for arrow, path in paths.items():
        leaving[path[0]].append(arrow)
        arriving[path[-1]].append(arrow)
    for arrows in arriving.values():
        arrows.sort(key=lambda arrow: position[paths[arrow][-2]])

    def port(box: Hashable, arrows: list[Arrow], arrow: Arrow) -> float:
        return (arrows.index(arrow) - (len(arrows) - 1) / 2) * min(PORT_GAP, 0.7 * size[box][0] / len(arrows))

    segments = {}
    for arrow, path in paths.items():
        start, end = path[0], path[-1]
        upper_ports = [port(start, leaving[start], arrow), *[0.0] * (len(path) - 2)]
        lower_ports = [*[0.0] * (len(path) - 2), port(end, arriving[end], arrow)]
        segments[arrow] = [
            Segment(upper, lower, upper_port, lower_port)
            for (upper, lower), upper_port, lower_port in zip(pairwise(path), upper_ports, lower_ports, strict=True)
        ]
    return segments


def _across(
    rows: list[list[Hashable]], segments: list[Segment], size: Mapping[Hashable, tuple[float, float]]
) -> dict[Hashable, float]:
    # For each box: its neighbours, how far from each it would stand for a straight arrow, and how hard that pulls.
    pulls: dict[Hashable, list[tuple[Hashable, float, float]]] = {box: [] for box in size}
    for upper, lower, upper_port, lower_port in segments:
        pull = STRAIGHTNESS if size[upper] == size[lower] == WAY_POINT else 1.0
        pulls[upper].append((lower, lower_port - upper_port, pull))
        pulls[lower].append((upper, upper_port - lower_port, pull))
    weight = {box: sum(pull for _, _, pull in pulls[box]) or 1.0 for box in size}
    across = dict.fromkeys(size, 0.0)
    for _ in range(PLACE_SWEEPS):
        for row in [*rows, *reversed(rows)]:
            wished = [sum(pull * (across[other] + far) for other, far, pull in pulls[box]) / weight[box] for box in row]
            widths = [size[box][0] for box in row]
            across.update(zip(row, _apart(wished, [weight[box] for box in row], widths), strict=True))
    return across


def _apart(wished: Sequence[float], weights: Sequence[float], widths: Sequence[float]) -> list[float]:
    # The places nearest to the wished ones (weighted least squares) that keep the order and a gap between the boxes.
    # Less the room that boxes further left take, a sequence is to be made to rise: where it falls, pool to the mean.
    room = [0.0]
    for left, right in pairwise(widths):
        room.append(room[-1] + (left + right) / 2 + GAP_ACROSS)
    pools: list[tuple[float, float, int]] = []  # mean, weight, number of boxes
    for place, weight, offset in zip(wished, weights, room, strict=True):
        mean, total, count = place - offset, weight, 1
        while pools and pools[-1][0] > mean:
            left_mean, left_total, left_count = pools.pop()
            mean = (left_mean * left_total + mean * total) / (left_total + total)
            total, count = total + left_total, count + left_count
        pools.append((mean, total, count))
    means = [mean for mean, _, count in pools for _ in range(count)]
    return [mean + offset for mean, offset in zip(means, room, strict=True)]
