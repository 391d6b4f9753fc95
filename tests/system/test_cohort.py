"""Cohorts: what members are, whoever computes them, and what a campaign keeps of them."""

from __future__ import annotations

import csv
import json
import shutil
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path
from xml.etree import ElementTree

import h5py
import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent))
from case_files import HEALTHCAST, SMALL, SOURCE, run

CELL = """\
cell:
  model: luo_rudy91
pacing: {cycle_length: 500, beats: 2}
integration: {method: adaptive}
output: {trace_beats: 0}
"""

COHORT = """\
title: small cells
base: cell.yaml
patients: 20
design: {method: latin_hypercube, seed: 5}
vary:
  - {name: GK, unit: mS/uF, distribution: uniform, min: 0.2, max: 0.35}
  - {name: sodium, keys: [cell.scale.INa], distribution: lognormal, median: 1, sigma: 0.2}
strata:
  - {name: usual, weight: 3}
  - {name: cold, weight: 1, set: [cell.parameters.GK1=0.5]}
arms:
  - {name: control}
  - {name: fast, set: [pacing.cycle_length=400]}
quantities: [apd90_ms, v_peak_mv, captured]
lanes: 8
trial:
  reference: control
  endpoints:
    - {name: APD90, quantity: apd90_ms, definition: duration, better: neither}
"""

TISSUE = SMALL.replace("end: 2\n", "end: 30\n") + "checkpoint: {every: 5}\n"

TISSUE_COHORT = """\
base: tissue.yaml
patients: 6
design: {method: random, seed: 2}
vary:
  - {name: along, keys: ['tissue.regions.slab.conductivity[0]'], unit: S/m, distribution: uniform, min: 0.1, max: 0.4}
quantities: [activation_last_ms, activation_ms.far, activated_fraction]
fields: [activation]
"""


def rows(folder: Path) -> dict[str, np.ndarray]:
    """Columns of cohort.h5 in the order of members, fields and all."""
    found: dict[str, np.ndarray] = {}
    with h5py.File(folder / "cohort.h5") as file:
        order = np.argsort(file["member"][:])

        def take(name: str, item: h5py.Dataset | h5py.Group) -> None:
            if isinstance(item, h5py.Dataset):
                found[name] = item[:][order]

        file.visititems(take)
    return found


def manifest(folder: Path) -> dict:
    return json.loads((folder / "manifest.json").read_text())


class Cohort(unittest.TestCase):
    def setUp(self) -> None:
        self.folder = Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.folder)
        (self.folder / "cell.yaml").write_text(CELL)
        (self.folder / "tissue.yaml").write_text(TISSUE)

    def write(self, text: str = COHORT, name: str = "cohort.yaml") -> Path:
        path = self.folder / name
        path.write_text(text)
        return path

    def cohort(self, *arguments: str, output: str = "out", ranks: int = 1, expect: int = 0) -> Path:
        done = run(["cohort", "run", *arguments, "--quiet", "--output", output], self.folder, ranks)
        self.assertEqual(done.returncode, expect, done.stderr + done.stdout)
        return self.folder / output

    def refused(self, text: str, message: str) -> None:
        done = run(["cohort", "run", self.write(text).name, "--output", "bad"], self.folder)
        self.assertEqual(done.returncode, 2, done.stderr)
        self.assertIn(message, done.stderr)
        self.assertEqual(len(done.stderr.strip().splitlines()), 1, done.stderr)
        self.assertFalse((self.folder / "bad").exists())


class Cells(Cohort):
    def test_a_member_is_what_its_assignments_make_of_the_base_case(self) -> None:
        self.write()
        found = rows(self.cohort("cohort.yaml"))
        np.testing.assert_array_equal(found["member"], np.arange(40))
        np.testing.assert_array_equal(found["patient"], np.repeat(np.arange(20), 2))
        np.testing.assert_array_equal(found["status"], 1)
        self.assertEqual(set(found["stratum"]), {0, 1})
        for member in (0, 7, 39):
            shown = run(["cohort", "check", "cohort.yaml", "--member", str(member)], self.folder)
            sets = [part for line in shown.stdout.split() for part in ("--set", line)]
            alone = run(["cell", "cell.yaml", *sets, "--quiet", "--output", "alone"], self.folder)
            self.assertEqual(alone.returncode, 0, alone.stderr)
            summary = json.loads((self.folder / "alone" / "summary.json").read_text())
            # side by side, cells share the steps of the adaptive integrator
            self.assertAlmostEqual(found["quantities"][member, 0], summary["apd90_ms"], delta=0.05)
            self.assertAlmostEqual(found["quantities"][member, 1], summary["v_peak_mv"], delta=0.1)
            self.assertIn(f"GK={found['parameters'][member, 0]:.17g}"[:15], shown.stdout)

    def test_ranks_and_shards_do_not_change_a_bit(self) -> None:
        self.write()
        one = rows(self.cohort("cohort.yaml", output="one"))
        two = rows(self.cohort("cohort.yaml", output="two", ranks=2))
        for part in ("2/3", "1/3", "3/3"):
            folder = self.cohort("cohort.yaml", "--shard", part, output="three")
        three = rows(folder)
        for name in ("member", "status", "parameters", "quantities", "stratum", "accepted"):
            np.testing.assert_array_equal(one[name], two[name], name)
            np.testing.assert_array_equal(one[name], three[name], name)

    def test_more_patients_extend_a_campaign(self) -> None:
        self.write()
        before = rows(self.cohort("cohort.yaml", "--patients", "8"))
        after = rows(self.cohort("cohort.yaml"))
        self.assertEqual(len(after["member"]), 40)
        for name in ("parameters", "quantities", "seconds"):
            np.testing.assert_array_equal(before[name], after[name][:16])
        again = rows(self.cohort("cohort.yaml"))  # nothing is left to do
        np.testing.assert_array_equal(after["seconds"], again["seconds"])

    def test_patients_who_are_not_accepted_stay_out_of_later_arms(self) -> None:
        self.write(COHORT + "accept:\n  - {quantity: apd90_ms, min: 200, max: 330}\n")
        found = rows(self.cohort("cohort.yaml", ranks=2))
        control = found["arm"] == 0
        inside = (found["quantities"][control, 0] >= 200) & (found["quantities"][control, 0] <= 330)
        self.assertTrue(0 < inside.sum() < 20)
        np.testing.assert_array_equal(found["accepted"][control].astype(bool), inside)
        np.testing.assert_array_equal(found["patient"][~control], found["patient"][control][inside])
        one = rows(self.cohort("cohort.yaml", output="one"))
        np.testing.assert_array_equal(one["quantities"], found["quantities"])

    def test_a_member_that_fails_says_why_and_harms_no_other(self) -> None:
        whole = rows(self.cohort(self.write().name))
        text = COHORT.replace(
            "  - {name: fast, set: [pacing.cycle_length=400]}", "  - {name: hot, set: [pacing.stimulus=1000]}"
        )
        found = rows(self.cohort(self.write(text).name, output="hot"))
        failed = found["arm"] == 1
        np.testing.assert_array_equal(found["status"][failed], 2)
        self.assertIn(b"V is", found["message"][failed][0])
        np.testing.assert_array_equal(found["status"][~failed], 1)
        np.testing.assert_allclose(found["quantities"][~failed], whole["quantities"][whole["arm"] == 0], rtol=1e-3)

    def test_the_manifest_says_what_the_campaign_is(self) -> None:
        self.write()
        said = manifest(self.cohort("cohort.yaml", "--patients", "4"))
        self.assertEqual(said["members"], 8)
        self.assertEqual([arm["name"] for arm in said["arms"]], ["control", "fast"])
        self.assertEqual([stratum["name"] for stratum in said["strata"]], ["usual", "cold"])
        self.assertEqual(said["trial"]["endpoints"][0]["quantity"], "apd90_ms")

    def test_factors_make_arms(self) -> None:
        with open(self.folder / "lengths.csv", "w", newline="") as file:
            csv.writer(file).writerows([["length", "note"], [400, "a"], [600, "b"]])
        arms = COHORT[COHORT.index("arms:") : COHORT.index("quantities:")]
        factors = (
            "factors:\n  - {name: length, keys: [pacing.cycle_length], table: lengths.csv, column: length}\n"
            "  - {name: beats, keys: [pacing.beats], values: ['1', '2', '3']}\n"
        )
        self.write(COHORT.replace(arms, factors).replace("reference: control", "reference: 400_1"))
        folder = self.cohort("cohort.yaml", "--patients", "2")
        said = manifest(folder)["arms"]
        self.assertEqual([arm["name"] for arm in said], ["400_1", "400_2", "400_3", "600_1", "600_2", "600_3"])
        self.assertEqual((said[4]["length"], said[4]["beats"]), (600, 2))
        self.assertEqual(len(rows(folder)["member"]), 12)

    def test_another_cohort_is_not_mixed_in(self) -> None:
        self.write()
        self.cohort("cohort.yaml", "--patients", "2")
        done = run(["cohort", "run", "cohort.yaml", "--set", "design.seed=6", "--output", "out"], self.folder)
        self.assertEqual(done.returncode, 2)
        self.assertIn("--overwrite", done.stderr)
        self.cohort("cohort.yaml", "--patients", "2", "--set", "design.seed=6", "--overwrite")


class Tissue(Cohort):
    def test_quantities_and_maps_are_those_of_a_run(self) -> None:
        self.write(TISSUE_COHORT)
        folder = self.cohort("cohort.yaml", "--set", "ranks=2", ranks=2)
        found = rows(folder)
        self.assertEqual(len(found["member"]), 6)
        for member in (0, 5):
            shown = run(["cohort", "check", "cohort.yaml", "--member", str(member)], self.folder).stdout.strip()
            done = run(["run", "tissue.yaml", "--set", shown, "--quiet", "--output", "alone"], self.folder, ranks=2)
            self.assertEqual(done.returncode, 0, done.stderr)
            summary = json.loads((self.folder / "alone" / "summary.json").read_text())
            self.assertEqual(found["quantities"][member, 0], summary["activation_last_ms"])
            with h5py.File(self.folder / "alone" / "results.h5") as results:
                activation = results["VTKHDF/PointData/activation"][:]
            np.testing.assert_array_equal(found["fields/activation"][member], activation.astype(np.float32))
        # ParaView is pointed to the rows of the same members
        document = ElementTree.parse(folder / "cohort.xdmf")
        with h5py.File(folder / "cohort.h5") as file:
            for grid in document.iter("Grid"):
                if grid.get("GridType") == "Uniform":
                    row = int(grid.find("Attribute/DataItem/DataItem").text.split()[0])
                    self.assertEqual(file["member"][row], int(grid.find("Time").get("Value")))
        self.assertEqual(len(list(document.iter("Time"))), 6)
        self.assertEqual(list((folder / "work").glob("*")) if (folder / "work").exists() else [], [])

    def test_anatomies_differ(self) -> None:
        text = TISSUE_COHORT.replace(
            "quantities:",
            "  - {name: length, keys: [mesh.size], distribution: categorical, values: ['[4, 2, 2]', '[6, 2, 2]']}\nquantities:",
        ).replace("activation_ms.far, ", "")
        self.write(text)
        folder = self.cohort("cohort.yaml", ranks=2)
        found = rows(folder)
        nodes = np.where(found["parameters"][:, 1] == 0, 5 * 3 * 3, 7 * 3 * 3)
        self.assertEqual(set(nodes), {45, 63})
        self.assertEqual(manifest(folder)["categories"]["length"], ["[4, 2, 2]", "[6, 2, 2]"])
        np.testing.assert_array_equal(np.isfinite(found["fields/activation"]).sum(axis=1), nodes)
        self.assertFalse((folder / "cohort.xdmf").exists())  # there is no mesh that all share

    def test_sigterm_keeps_what_is_done_and_the_state_of_what_is_not(self) -> None:
        (self.folder / "tissue.yaml").write_text(TISSUE.replace("end: 30\n", "end: 400\n"))
        self.write(TISSUE_COHORT.replace("patients: 6", "patients: 4"))
        whole = rows(self.cohort("cohort.yaml", output="whole"))
        command = [HEALTHCAST, "cohort", "run", "cohort.yaml", "--quiet", "--output", "out"]
        job = subprocess.Popen(command, cwd=self.folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        while not list((self.folder / "out").glob("work/*/results*.h5")) and job.poll() is None:
            time.sleep(0.01)
        job.terminate()
        said, errors = job.communicate(timeout=120)
        self.assertEqual(job.returncode, 5, said + errors)
        self.assertTrue(list((self.folder / "out").glob("work/*/checkpoint.h5")))
        found = rows(self.cohort("cohort.yaml"))
        for name in ("member", "status", "quantities", "fields/activation"):
            np.testing.assert_array_equal(whole[name], found[name], name)

    def test_a_map_that_is_not_there_is_said_with_those_that_are(self) -> None:
        self.write(TISSUE_COHORT.replace("fields: [activation]", "fields: [aktivation]"))
        found = rows(self.cohort("cohort.yaml", "--patients", "1"))
        self.assertEqual(found["status"].tolist(), [2])
        self.assertIn(b"activation, apd_90", found["message"][0])

    def test_tumours_are_members_too(self) -> None:
        tumour = (SOURCE / "inputs" / "cohorts" / "tumour.yaml").read_text()
        (self.folder / "tumour.yaml").write_text(tumour.replace("end: 300", "end: 10"))
        self.write(
            "base: tumour.yaml\npatients: 3\nvary:\n  - {name: rho, keys: [tumour.proliferation], distribution: uniform, "
            "min: 0.01, max: 0.05}\nquantities: [volumes_mL.burden]\n"
        )
        found = rows(self.cohort("cohort.yaml"))
        order = np.argsort(found["parameters"][:, 0])
        self.assertTrue(np.all(np.diff(found["quantities"][order, 0]) > 0))


class Reference(Cohort):
    def test_the_reference_is_up_to_date(self) -> None:
        printed = run(["reference", "cohort"], self.folder).stdout
        self.assertEqual(printed, (SOURCE / "inputs" / "reference_cohort.yml").read_text())

    def test_shipped_cohorts_are_sound(self) -> None:
        shipped = [*(SOURCE / "inputs" / "cohorts").glob("*.yaml"), *(SOURCE / "inputs" / "trials").glob("*.yaml")]
        for path in shipped:
            if "\nbase:" in path.read_text():
                with self.subTest(path.name):
                    done = run(["cohort", "check", str(path)], self.folder)
                    self.assertEqual(done.returncode, 0, done.stderr)
                    self.assertIn("members", done.stdout)


class BadInput(Cohort):
    def test_one_line_says_what_is_wrong(self) -> None:
        for old, new, message in (
            ("base: cell.yaml", "base: nowhere.yaml", "there is no file"),
            ("keys: [cell.scale.INa]", "keys: [cell.scale.INaa]", "INa"),
            ("quantities: [apd90_ms", "quantities: [apd99_ms", 'did you mean "apd90_ms"?'),
            ("reference: control", "reference: kontrol", "name of an arm"),
            ("name: fast", "name: control", "arms[0] has this one"),
            ("name: cold", "name: usual", "strata[0] has this one"),
            ("quantity: apd90_ms", "quantity: apd80_ms", "one of `quantities`"),
            ("lanes: 8", "ranks: 2", "too small to share"),
            ("lanes: 8", "fields: [activation]", "cells have no maps"),
            ("lanes: 8", "accept:\n  - {quantity: apd90_ms, min: 3, max: 2}", "at least min"),
        ):
            with self.subTest(new):
                self.assertIn(old, COHORT)
                self.refused(COHORT.replace(old, new), message)

    def test_a_shard_is_one_of_some(self) -> None:
        self.write()
        done = run(["cohort", "run", "cohort.yaml", "--shard", "4/3"], self.folder)
        self.assertEqual(done.returncode, 2)
        self.assertIn("--shard", done.stderr)


if __name__ == "__main__":
    unittest.main()
