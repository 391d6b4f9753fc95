"""The 12 training compounds of CiPA at one to four times Cmax: the figures of the FDA's own program."""

from __future__ import annotations

import csv
import json
import tempfile
import unittest
from collections import defaultdict
from pathlib import Path

from case_files import SOURCE, run

# Column of the table, biomarker, factor, and percent allowed: times of the table are on a grid of 1 ms.
COMPARED = [("qnet_nC_per_uF", "qnet", 1e-3, 1), ("apd90_ms", "apd90_ms", 1, 1), ("catd90_ms", "catd90_ms", 1, 1)]


class Cipa(unittest.TestCase):
    def test_training_compounds(self) -> None:
        table: dict[str, dict[str, dict[str, str]]] = defaultdict(dict)
        lines = [line for line in (SOURCE / "tests/golden/cipa_training.csv").read_text().splitlines() if line[0] != "#"]
        for row in csv.DictReader(lines):
            if row["drug"] != "control":
                table[row["drug"]][row["dose_x_cmax"]] = row
        self.assertEqual(sum(len(doses) for doses in table.values()), 48)
        worst = {key: 0.0 for _, key, _, _ in COMPARED}
        with tempfile.TemporaryDirectory() as folder:
            for drug, doses in table.items():
                study = [str(SOURCE / "inputs/cell_cipa.yaml"), "--drug", drug, "--dose", ",".join(doses)]
                drugs = ["--table", str(SOURCE / "inputs/drugs/cipa28.csv")]
                done = run(["cell", *study, *drugs, "--quiet", "--output", "out"], Path(folder), timeout=600)
                self.assertEqual(done.returncode, 0, done.stderr)
                records = json.loads((Path(folder) / "out/summary.json").read_text())["records"]
                for record, row in zip(records, doses.values(), strict=True):
                    for column, key, factor, percent in COMPARED:
                        published = factor * float(row[column])
                        off = 100 * abs(record[key] - published) / abs(published)
                        worst[key] = max(worst[key], off)
                        self.assertLessEqual(off, percent, f"{drug} at {record['dose']} x Cmax: {key} {record[key]} for {published}")
        print("largest differences in percent:", worst)


if __name__ == "__main__":
    unittest.main()
