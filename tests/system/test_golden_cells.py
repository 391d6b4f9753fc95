"""Biomarkers of every cell model: those in tests/golden/cells come out again, by the integrator that a user gets."""

from __future__ import annotations

import csv
import json
import tempfile
import unittest
from pathlib import Path

from case_files import SOURCE, run

TOLERANCE = 0.5  # percent of `ours`
TIGHT = {"trovato20": "1e-4"}  # its small calcium spaces ask for more than the default tolerance


def rows() -> list[dict[str, str]]:
    found = []
    for path in sorted((SOURCE / "tests/golden/cells").glob("*.csv")):
        with path.open(newline="") as file:
            found += [{**row, "file": path.name} for row in csv.DictReader(file)]
    return found


class GoldenCells(unittest.TestCase):
    def test_biomarkers_are_the_recorded_ones(self) -> None:
        table = rows()
        self.assertGreater(len(table), 100)
        runs = sorted({(row["model"], row["cl_ms"], row["beats"]) for row in table})
        summaries = {}
        with tempfile.TemporaryDirectory() as folder:
            for key in runs:
                model, length, beats = key
                tolerance = ["--tolerance", TIGHT[model]] if model in TIGHT else []
                arguments = ["cell", model, "--cl", length, "--beats", beats, "--quiet", "--output", "out", *tolerance]
                done = run(arguments, Path(folder))
                self.assertEqual(done.returncode, 0, done.stderr)
                summaries[key] = json.loads((Path(folder) / "out/summary.json").read_text())
        for row in table:
            with self.subTest(model=row["model"], quantity=row["quantity"]):
                found = summaries[row["model"], row["cl_ms"], row["beats"]][row["quantity"]]
                self.assertIsNotNone(found)
                recorded = float(row["ours"])
                self.assertLessEqual(abs(found - recorded), TOLERANCE / 100 * abs(recorded), f"{found} for {recorded}")
                if row["published"] and not row["note"]:
                    published, allowed = float(row["published"]), float(row["tolerance_percent"]) / 100
                    self.assertLessEqual(
                        abs(recorded - published), allowed * abs(published), "a difference without an explanation"
                    )

    def test_every_model_is_in_the_table(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            names = [line.split()[0] for line in run(["models", "--list"], Path(folder)).stdout.splitlines()]
        there = {row["model"] for row in rows()}
        self.assertEqual([name for name in names if name not in there and name != "manufactured"], [])


if __name__ == "__main__":
    unittest.main()
