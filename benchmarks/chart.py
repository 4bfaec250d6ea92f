"""The chart: a bar for each row, as many times as long as chainrule is quicker than the library it is compared with."""

from pathlib import Path
from typing import TYPE_CHECKING

import matplotlib as mpl
from matplotlib import pyplot as plt
from matplotlib.patches import Patch

if TYPE_CHECKING:
    from report import Report

COLORS = ["#1f6f8b", "#99c4d0", "#c8553d"]


def draw(report: "Report", path: Path) -> None:
    """Bars on a logarithmic axis, so that twice as quick and half as quick look alike; a mark where each should be."""
    mpl.use("agg")
    # Without the sizes on the disk: they differ so much that all other bars would vanish.
    rows = [
        row
        for row in report.rows
        if row.workload.function != "installed_size"
        and report.reference in row.values
        and any(name in row.values for name in report.measured)
    ]
    height = 0.8 / len(report.measured)
    figure, axes = plt.subplots(figsize=(9, 1.2 + 0.36 * len(rows)), layout="constrained")
    keys = []
    for index, name in enumerate(report.measured):
        color = COLORS[index % len(COLORS)]
        keys.append(Patch(color=color, label=name))
        for place, row in enumerate(rows):
            if name not in row.values:
                continue
            ratio = row.ratio(report.reference, name)
            y = place + (index - (len(report.measured) - 1) / 2) * height
            error = [[max(0, ratio["median"] - ratio["low"])], [max(0, ratio["high"] - ratio["median"])]]
            axes.barh(
                y, ratio["median"] - 1, height * 0.9, left=1, color=color,
                xerr=error, error_kw={"lw": 0.8, "alpha": 0.6},
            )  # fmt: skip
            end = max(1, ratio["high"], ratio["median"])
            axes.annotate(
                f"{ratio['median']:.2f}", (end, y), xytext=(4, 0), textcoords="offset points",
                va="center", fontsize=7, bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.7, "pad": 0.5},
            )  # fmt: skip
            if target := report.target(row, name):
                axes.plot([target] * 2, [y - height / 2, y + height / 2], color="black", lw=1.6)
    axes.axvline(1, color="black", lw=0.8)
    axes.set_xscale("log")
    low, high = axes.get_xlim()
    ticks = [tick for tick in (0.1, 0.2, 0.5, 1, 2, 3, 5, 10, 20) if low <= tick <= high]
    axes.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
    axes.minorticks_off()
    axes.set_yticks(range(len(rows)), [row.workload.title.replace("`", "") for row in rows], fontsize=8)
    axes.invert_yaxis()
    axes.margins(y=0.01)
    axes.grid(axis="x", alpha=0.3)
    aim = "; black mark: the aim" if report.reference == "torch" else ""
    axes.set_xlabel(
        f"time of {report.reference} / time of {report.measured[0]} (right of 1: the latter is quicker{aim})"
    )
    figure.legend(handles=keys, loc="outside upper right", ncols=len(report.measured), fontsize=8)
    figure.savefig(path, dpi=130)
    plt.close(figure)
