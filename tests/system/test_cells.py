"""What a cell is in a case: gradients, drugs, plug-ins, stored states; on any number of ranks and after a restart."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
import unittest
from pathlib import Path

import h5py
import numpy as np
from case_files import SOURCE, edited, run, write_case

PLUGIN = Path(os.environ["HC_BINARY_DIR"]) / "tests" / "unit" / "PLUGIN_TWO.so"
OUTPUT = "output:\n  every: 1\n  precision: float64\ncheckpoint:\n  final: true\n"
BASE = edited("  end: 2", "  end: 6", edited("output:\n  every: 1\n", OUTPUT))


def case(cell: str) -> str:
    return edited("  - model: mitchell_schaeffer\n", f"  - {cell}\n", BASE)


GRADIENT = case("{model: ttp06_epi, scale: {GKs: 2}, parameter_fields: {GKr: 0.05 + 0.02*x}, scale_fields: {GKs: y}}")
TABLE = "drug,cmax_nM,ikr_ic50_nM,ical_ic50_nM\nd,10,5,\n"


class Cells(unittest.TestCase):
    def setUp(self) -> None:
        self.temporary = tempfile.TemporaryDirectory()
        self.folder = Path(self.temporary.name).resolve()

    def tearDown(self) -> None:
        self.temporary.cleanup()

    def run_case(self, output: str, *arguments: str, ranks: int = 1, expected: int = 0) -> Path:
        done = run(["run", "case.yaml", "--quiet", "--output", output, *arguments], self.folder, ranks)
        self.assertEqual(done.returncode, expected, done.stderr)
        self.error = done.stderr
        return self.folder / output

    def potential(self, folder: Path) -> np.ndarray:
        with h5py.File(folder / "results.h5") as file:
            return file["VTKHDF/PointData/V"][()]

    def inputs(self, folder: Path) -> dict[str, str]:
        return {item["path"]: item["sha256"] for item in json.loads((folder / "summary.json").read_text())["inputs"]}

    def check_file_counts(self, path: Path, change: str) -> None:
        """The file is recorded; another place of it does not matter to a restart, another content does."""
        folder = self.run_case("counted", "--set", "time.end=3")
        sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
        self.assertEqual(self.inputs(folder)[str(path)], sha256)
        self.assertIn(f"# made with {path}, SHA-256 {sha256}\n", (folder / "case.used.yaml").read_text())
        moved = path.parent / "elsewhere" / path.name
        moved.parent.mkdir()
        shutil.move(path, moved)
        text = (self.folder / "case.yaml").read_text()
        write_case(self.folder, edited(path.name, f"elsewhere/{path.name}", text))
        self.run_case("counted", "--restart", "--set", "time.end=4")
        with open(moved, "a") as file:
            file.write(change)
        self.run_case("counted", "--restart", "--set", "time.end=5", expected=2)
        self.assertIn("is the checkpoint of another mesh or case", self.error)

    def test_gradients_agree_on_any_number_of_ranks(self) -> None:
        write_case(self.folder, GRADIENT)
        one = self.potential(self.run_case("r1"))
        for ranks in (2, 4):
            np.testing.assert_allclose(self.potential(self.run_case(f"r{ranks}", ranks=ranks)), one, rtol=0, atol=1e-5)
        write_case(self.folder, case("model: ttp06_epi"))
        self.assertGreater(np.abs(self.potential(self.run_case("plain")) - one).max(), 1e-4)

    def test_gradients_go_on_bit_for_bit(self) -> None:
        write_case(self.folder, GRADIENT)
        for ranks in (1, 2):
            whole = self.potential(self.run_case(f"whole{ranks}", ranks=ranks))
            self.run_case(f"half{ranks}", "--set", "time.end=3", ranks=ranks)
            halves = self.potential(self.run_case(f"half{ranks}", "--restart", ranks=ranks))
            self.assertEqual(whole.tobytes(), halves.tobytes())

    def test_the_used_case_repeats_the_run(self) -> None:
        (self.folder / "t.csv").write_text(TABLE)
        drugs = "drugs: [{name: d, table: t.csv, dose: 2}, {name: e, ic50_nM: {INa: 9}, concentration_nM: 1}]"
        write_case(self.folder, edited("scale: {GKs: 2}", f"scale: {{GKs: 2}}, {drugs}", GRADIENT))
        first = self.run_case("first")
        shutil.copy(first / "case.used.yaml", self.folder / "case.yaml")
        second = self.run_case("second")
        self.assertEqual(self.potential(first).tobytes(), self.potential(second).tobytes())

    def test_a_drug_is_the_scale_that_it_stands_for(self) -> None:
        (self.folder / "t.csv").write_text(TABLE)
        write_case(self.folder, case("{model: ttp06_epi, drugs: [{name: D, table: t.csv, dose: 1.5}]}"))
        drug = self.potential(self.run_case("drug"))
        write_case(self.folder, case("{model: ttp06_epi, scale: {IKr: 0.25}}"))  # 15 nM, three times the IC50
        self.assertEqual(drug.tobytes(), self.potential(self.run_case("scale")).tobytes())

    def test_a_drug_table_counts(self) -> None:
        (self.folder / "t.csv").write_text(TABLE)
        write_case(self.folder, case("{model: ttp06_epi, drugs: [{name: d, table: t.csv, dose: 2}]}"))
        self.check_file_counts(self.folder / "t.csv", "e,1,1,\n")

    def test_a_plug_in_runs_as_the_built_in_model_does(self) -> None:
        shutil.copy(PLUGIN, self.folder / "mine.so")
        write_case(self.folder, BASE)
        built_in = self.potential(self.run_case("built_in"))
        write_case(self.folder, edited("  every: 1\n", "  every: 1\n  fields: [V, h]\n", case("model: mine.so:plugged_b")))
        plugged = self.run_case("plugged", ranks=2)
        np.testing.assert_allclose(self.potential(plugged), built_in, rtol=0, atol=1e-5)
        self.assertEqual(self.potential(self.run_case("alone")).tobytes(), built_in.tobytes())
        with h5py.File(plugged / "results.h5") as file:
            self.assertIn("h", file["VTKHDF/PointData"])
        (self.folder / "used").mkdir()
        shutil.copy(plugged / "case.used.yaml", self.folder / "used" / "case.yaml")
        done = run(["run", "case.yaml", "--quiet", "--output", "out"], self.folder / "used")
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_a_plug_in_counts(self) -> None:
        shutil.copy(PLUGIN, self.folder / "mine.so")
        write_case(self.folder, case("model: mine.so:plugged_a"))
        self.check_file_counts(self.folder / "mine.so", "more")

    def test_models_lists_a_plug_in(self) -> None:
        for ranks in (1, 2):
            done = run(["models", str(PLUGIN), "--list"], self.folder, ranks)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertEqual([line.split()[0] for line in done.stdout.splitlines()], ["plugged_a", "plugged_b"])
        done = run(["models", f"{PLUGIN}:plugged_b"], self.folder)
        self.assertIn("plugged_b: the second of a plug-in", done.stdout)
        self.assertIn("time constant of the inward current", done.stdout)
        self.assertNotIn("plugged_a", done.stdout)
        done = run(["models", "nothing.so"], self.folder, 2)
        self.assertEqual(done.returncode, 2)
        self.assertIn("nothing.so: no plug-in can be read here: No such file or directory", done.stderr)

    def test_stored_states_begin_tissue(self) -> None:
        done = run(
            ["cell", "ttp06_epi", "--cl", "500", "--beats", "2", "--quiet", "--output", "cell", "--save-state", "s.h5"],
            self.folder,
        )
        self.assertEqual(done.returncode, 0, done.stderr)
        with h5py.File(self.folder / "s.h5") as file:
            names = file.attrs["state_names"]
            names = (names.decode() if isinstance(names, bytes) else names).split("\n")
            stored = dict(zip(names, file["states"][()]))
            self.assertEqual(list(file["origin"][:2]), [500, 2])
        output = "output:\n  every: 1\n  fields: [V, Cai, Ki, m]\n"
        text = edited("output:\n  every: 1\n", output, case("{model: ttp06_epi, initial_file: s.h5, initial: {Ki: 141}}"))
        write_case(self.folder, text)
        with h5py.File(self.run_case("tissue", ranks=2) / "results.h5") as file:
            first = {name: file[f"VTKHDF/PointData/{name}"][0] for name in ("V", "Cai", "Ki", "m")}
        self.assertEqual(first["Ki"], 141)
        for name in ("V", "Cai", "m"):
            self.assertEqual(first[name], stored[name], name)
        self.assertNotEqual(stored["V"], -85.23, "the paced cell should not be at its default")
        write_case(self.folder, case("{model: ttp06_endo, initial_file: s.h5}"))
        self.run_case("other", expected=2)
        self.assertIn("s.h5: holds states of model ttp06_epi; allowed: of ttp06_endo", self.error)

    def test_the_examples_of_drugs_show_their_drugs(self) -> None:
        text = (SOURCE / "inputs" / "drug.yaml").read_text()
        write_case(self.folder, text.replace("drugs/cipa", f"{SOURCE}/inputs/drugs/cipa"))
        quick = ("--set", "mesh.size=[2, 0.5, 0.5]", "--set", "observe.probes=[]", "--set", "stimuli.end.max=[0.5, 1, 1]")
        with_drugs = json.loads((self.run_case("with", *quick) / "summary.json").read_text())
        none = ("--set", "cells[0].drugs=[]")
        without = json.loads((self.run_case("without", *quick, *none) / "summary.json").read_text())
        self.assertIn("cipa28.csv", "".join(item["path"] for item in with_drugs["inputs"]))
        self.assertNotIn("cipa28.csv", "".join(item["path"] for item in without["inputs"]))
        apd = {}
        for name in ("with", "without"):
            with h5py.File(self.folder / name / "results.h5") as file:
                apd[name] = file["VTKHDF/PointData/apd_90"][()].mean()
        self.assertGreater(apd["with"], apd["without"] + 100)  # ms


if __name__ == "__main__":
    unittest.main()
