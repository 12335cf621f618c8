"""The rows of the report."""

from dataclasses import dataclass, field


@dataclass
class Row:
    """One measure of the report. `met` states whether its target is met; it is None if there is no target."""

    measure: str
    ours: str
    peer: str = ""
    ratio: str = ""
    target: str = ""
    met: bool | None = None


@dataclass
class Section:
    """A section of the report: related measures under one heading, with notes."""

    title: str
    notes: list[str] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)

    def add(self, measure, ours, peer="", ratio="", target="", met=None):
        self.rows.append(Row(measure, ours, peer, ratio, target, met))

    def markdown(self):
        lines = [f"## {self.title}", "", *self.notes, *([""] if self.notes else [])]
        lines += ["| measure | ours | peer | ratio | target | met |", "| --- | ---: | ---: | ---: | --- | --- |"]
        for row in self.rows:
            met = {None: "", True: "met", False: "**not met**"}[row.met]
            lines.append(f"| {row.measure} | {row.ours} | {row.peer} | {row.ratio} | {row.target} | {met} |")
        return "\n".join(lines) + "\n"


def mib(count):
    return f"{count / 2**20:.1f} MiB"


def times(number):
    if number >= 20:
        return f"{number:.0f} x"
    return f"{number:.2f} x" if number >= 0.1 else f"{number:.4f} x"
