"""What was measured, as a table to read, as numbers to compute with, and as a chart."""

import json
import os
import platform
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

import numpy as np

from libraries import Library
from workloads import Workload

BUSY = 0.3  # cores


@dataclass
class Row:
    """A workload, its values for each library and round (seconds of a run, or bytes), and why libraries have none."""

    workload: Workload
    values: dict[str, list[float]]
    left_out: dict[str, str] = field(default_factory=dict)
    different: dict[str, str] = field(default_factory=dict)  # whose results are others, and how

    def text(self, library: str) -> str:
        """The median for one operation, step or node, and the minimum in brackets."""
        values = self.values[library]
        if self.workload.unit == "byte":
            return as_bytes(median(values))
        return f"{as_time(median(values) / self.workload.per)} ({as_time(min(values) / self.workload.per)})"

    def ratio(self, over: str, under: str) -> dict[str, float]:
        """How many times longer `over` takes: by medians, by minima, and the quartiles of all rounds."""
        theirs, ours = self.values[over], self.values[under]
        low, high = np.quantile(np.divide(theirs, ours), [0.25, 0.75])
        return {
            "median": median(theirs) / median(ours), "minimum": min(theirs) / min(ours),
            "low": float(low), "high": float(high),
        }  # fmt: skip


@dataclass
class Report:
    """All rows, and the libraries that they are about."""

    libraries: list[Library]
    threads: int
    reference: str
    rows: list[Row] = field(default_factory=list)
    load: float = 0.0
    clock: str = "clock time"

    @property
    def names(self) -> list[str]:
        """The libraries, in the order of the columns."""
        return [library.name for library in self.libraries]

    @property
    def measured(self) -> list[str]:
        """What is compared with the reference: chainrule, whatever it is called here."""
        return [
            library.name
            for library in self.libraries
            if library.module == "chainrule" and library.name != self.reference
        ]

    def target(self, row: Row, name: str) -> float | None:
        """The ratio to PyTorch that this row should reach."""
        if self.reference != "torch":
            return None
        return row.workload.pure_target if name == "chainrule-pure" else row.workload.target

    def conditions(self) -> str:
        """Where, when and with what."""
        titles = ", ".join(library.title for library in self.libraries)
        return (
            f"{datetime.now(tz=UTC).date()}, {platform.machine()}, {os.cpu_count()} cores{self.busy()}, "
            f"threads: {self.threads}, {self.clock}; Python {platform.python_version()}, {titles}."
        )

    def busy(self) -> str:
        """Whether others were computing when this began: ratios of two libraries with threads then mean little."""
        return f" (disturbed: load {self.load:.1f} before it began)" if self.load > BUSY else ""

    def markdown(self) -> str:
        """Two tables: ratios with their spread, and what one operation or step takes."""
        return f"{self.conditions()}\n\n{self.ratios()}\n\n{self.times()}\n{self.omissions()}"

    def ratios(self) -> str:
        """The reference's time divided by chainrule's, of medians, quartiles and minima, and the ratio to reach."""
        head = ["work"]
        for name in self.measured:
            head += [f"{self.reference} / {name}", "quartiles", "of minima", "to reach"]
        lines = [head, ["---", *["---:"] * (len(head) - 1)]]
        for row in self.rows:
            line = [row.workload.title]
            for name in self.measured:
                if name not in row.values or self.reference not in row.values:
                    line += ["", "", "", ""]
                    continue
                ratio = row.ratio(self.reference, name)
                target = self.target(row, name)
                line += [
                    f"**{ratio['median']:.2f}**", f"{ratio['low']:.2f} to {ratio['high']:.2f}",
                    f"{ratio['minimum']:.2f}", f"{target:.2f}" if target else "",
                ]  # fmt: skip
            lines.append(line)
        return as_table(lines)

    def times(self) -> str:
        """What each library takes."""
        lines = [[f"{self.clock}: median (minimum)", *self.names], ["---", *["---:"] * len(self.names)]]
        for row in self.rows:
            unit = "" if row.workload.unit in {"byte", "import"} else f", per {row.workload.unit}"
            line = [row.workload.title + unit]
            line += [row.text(name) if name in row.values else "" for name in self.names]
            lines.append(line)
        return as_table(lines)

    def omissions(self) -> str:
        """What is missing, but for workloads that nobody wrote for a library."""
        return "".join(
            f"\n- {row.workload.name}: without {name}: {reason}"
            for row in self.rows
            for name, reason in (row.left_out | row.different).items()
            if "not written for" not in reason
        )

    def write(self, folder: Path) -> None:
        """Write table.md, numbers.json and, where Matplotlib is installed, chart.png."""
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "table.md").write_text(self.markdown() + "\n", encoding="utf-8")
        (folder / "numbers.json").write_text(self.numbers(), encoding="utf-8")
        written = "table.md, numbers.json"
        try:
            from chart import draw
        except ImportError:
            print("no chart: Matplotlib is not installed")
        else:
            draw(self, folder / "chart.png")
            written += ", chart.png"
        print(f"written to {folder}: {written}")

    def numbers(self) -> str:
        """Everything that was measured as JSON, a workload in each line."""
        rows = [
            json.dumps({
                "name": row.workload.name, "title": row.workload.title, "unit": row.workload.unit,
                "per": row.workload.per, "target": row.workload.target, "pure_target": row.workload.pure_target,
                "values": {name: [float(f"{value:.4g}") for value in values] for name, values in row.values.items()},
                "left_out": row.left_out | row.different,
            })
            for row in self.rows
        ]  # fmt: skip
        head = json.dumps({"conditions": self.conditions(), "reference": self.reference})
        return head[:-1] + ', "rows": [\n' + ",\n".join(rows) + "\n]}\n"


def as_table(lines: list[list[str]]) -> str:
    """Rows of a Markdown table."""
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def as_time(seconds: float) -> str:
    """Three digits with a unit."""
    for unit, size in (("s", 1.0), ("ms", 1e-3)):
        if seconds >= size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds / 1e-6:.3g} us"


def as_bytes(number: float) -> str:
    """Three digits with a unit."""
    return f"{number / 1e6:.3g} MB" if number >= 1e5 else f"{number:.0f} bytes"
