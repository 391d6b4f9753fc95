#!/usr/bin/env python3
"""Write docs/cells.md from tests/golden/cells/*.csv: every model's biomarkers beside published ones or a reference.

    docs/draw_cells_table.py            write the page
    docs/draw_cells_table.py --check    exit 1 if docs/cells.md is not what would be written
"""

from __future__ import annotations

import csv
import sys
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[1]
PAGE = SOURCE / "docs/cells.md"
HEAD = """\
# Cell models and their biomarkers

Written by `docs/draw_cells_table.py` from `tests/golden/cells/*.csv`; the test `golden_cells` recomputes the column *healthcast* with
`healthcast cell MODEL --cl CL --beats N` (within 0.5 %). Definitions: [cell-laboratory.md](cell-laboratory.md). *Published or reference* is the paper's figure, that of
the authors' own code or stored state, or an independent integration of the authors' equations, as source and note say; where none is given, none was found. Most rows are of ten beats, as
the columns say, and so not quite at the steady state. `healthcast models NAME` shows states, parameters and sources.
"""
NAMES = {
    "v_rest_mv": "rest, mV", "v_peak_mv": "peak, mV", "dvdt_max_v_per_s": "dV/dt max, V/s", "apd40_ms": "APD40, ms",
    "apd50_ms": "APD50, ms", "apd90_ms": "APD90, ms", "triangulation_ms": "triangulation, ms", "ca_rest_um": "Ca rest, uM",
    "ca_peak_um": "Ca peak, uM", "cat_amplitude_um": "Ca amplitude, uM", "catd50_ms": "CaTD50, ms", "catd90_ms": "CaTD90, ms",
    "cycle_length_ms": "cycle length, ms", "qnet": "qNet, uC/uF",
}  # fmt: skip


def rows() -> list[dict[str, str]]:
    found = []
    for path in sorted((SOURCE / "tests/golden/cells").glob("*.csv")):
        with path.open(newline="") as file:
            found += list(csv.DictReader(file))
    return found


def difference(row: dict[str, str]) -> str:
    if not row["published"]:
        return ""
    published, ours = float(row["published"]), float(row["ours"])
    return f"{100 * (ours - published) / abs(published):+.2f} %" if published else ""


def page() -> str:
    lines = [HEAD]
    table = rows()
    for model in dict.fromkeys(row["model"] for row in table):
        own = [row for row in table if row["model"] == model]
        sources = dict.fromkeys(row["citation"] for row in own)
        lines += [f"## {model}", "", "; ".join(f"[{i}] {source}" for i, source in enumerate(sources, 1)) + ".", ""]
        lines += ["| | CL, ms | beats | published or reference | healthcast | difference | source | note |", "|---|---|---|---|---|---|---|---|"]
        numbers = {source: i for i, source in enumerate(sources, 1)}
        for row in own:
            name = NAMES.get(row["quantity"], row["quantity"])
            source = f"[{numbers[row['citation']]}]"
            note = row["note"].replace("|", "/")
            lines.append(
                f"| {name} | {row['cl_ms']} | {row['beats']} | {row['published']} | {row['ours']} | {difference(row)} | {source} | {note} |"
            )
        lines.append("")
    return "\n".join(lines)


if __name__ == "__main__":
    if "--check" in sys.argv:
        if not PAGE.exists() or PAGE.read_text() != page():
            sys.exit("docs/cells.md does not show tests/golden/cells: run docs/draw_cells_table.py")
    else:
        PAGE.write_text(page())
