"""`healthcast cell`: against exact solutions, another integrator and the FDA's figures, and its files and errors."""

from __future__ import annotations

import csv
import json
import tempfile
import unittest
from pathlib import Path

import h5py
import numpy as np
from case_files import SMALL, SOURCE, edited, run, write_case

TABLE = "drug,cmax_nM,ikr_ic50_nM,ical_ic50_nM\nd,10,5,\n"
# What jumps or drifts slowly takes CVODE by default; what the adaptive scheme is for must agree with it.
ADAPTIVE = {"ttp06_epi": "7e-4", "ord11_endo": "7e-4", "ord11_cipa": "7e-4", "torord19_epi": "7e-4", "trovato20": "1e-4",
            "torord19_dyncl_m": "7e-4", "courtemanche98": "7e-4", "maleckar09": "7e-4", "koivumaki11": "7e-4",
            "grandi10_epi": "7e-4"}  # fmt: skip


class Laboratory(unittest.TestCase):
    def setUp(self) -> None:
        self.temporary = tempfile.TemporaryDirectory()
        self.folder = Path(self.temporary.name).resolve()

    def tearDown(self) -> None:
        self.temporary.cleanup()

    def cell(self, *arguments: str, output: str = "out", expected: int = 0, ranks: int = 1) -> dict:
        done = run(["cell", *arguments, "--quiet", "--output", output], self.folder, ranks)
        self.assertEqual(done.returncode, expected, done.stderr)
        self.error = done.stderr
        path = self.folder / output / "summary.json"
        return json.loads(path.read_text()) if path.exists() else {}

    def column(self, path: str, output: str = "out") -> np.ndarray:
        with h5py.File(self.folder / output / "traces.h5") as file:
            return file[path][()]


class Numbers(Laboratory):
    def test_adaptive_steps_agree_with_cvode(self) -> None:
        for model, tolerance in ADAPTIVE.items():
            ours = self.cell(model, "--beats", "3", "--integrator", "adaptive", "--tolerance", tolerance)
            reference = self.cell(model, "--beats", "3", "--integrator", "cvode", "--tolerance", "1e-9")
            for key in ("v_rest_mv", "v_peak_mv", "dvdt_max_v_per_s", "apd40_ms", "apd50_ms", "apd90_ms", "ca_rest_um",
                        "ca_peak_um", "catd50_ms", "catd90_ms"):  # fmt: skip
                with self.subTest(model=model, biomarker=key):
                    self.assertLessEqual(abs(ours[key] - reference[key]), 2e-3 * abs(reference[key]))

    def test_control_of_cipa(self) -> None:
        """The figures of the FDA's program, whose times are on a grid of 1 ms."""
        found = self.cell("ord11_cipa", "--cl", "2000", "--beats", "20")
        for key, value in (("qnet", 0.06967314), ("apd90_ms", 290), ("catd90_ms", 726), ("v_rest_mv", -88.0144),
                           ("v_peak_mv", 41.6728), ("apd50_ms", 238), ("catd50_ms", 301)):  # fmt: skip
            with self.subTest(biomarker=key):
                self.assertLessEqual(abs(found[key] - value), 5e-3 * abs(value))

    def test_clamped_gates_relax_as_hodgkin_and_huxley_say(self) -> None:
        """n after a step from -65 mV to 0 mV: exponential with the rates of their paper, written here once more."""
        self.cell(
            "hodgkin_huxley", "--protocol", "voltage_clamp", "--tolerance", "1e-10", "--set", "clamp.holding=-65",
            "--set", "clamp.steps=[{v: 0, duration: 10}]", "--set", "output.trace_every=0.5",
        )  # fmt: skip

        def rates(v: float) -> tuple[float, float]:
            u = -65 - v  # mV, hyperpolarisation from rest as in 1952
            alpha = 0.01 * (u + 10) / (np.exp((u + 10) / 10) - 1)
            return alpha, 0.125 * np.exp(u / 80)

        (a, b), (c, d) = rates(-65), rates(0)
        t, n = self.column("v_0/t"), self.column("v_0/states/n")
        exact = c / (c + d) + (a / (a + b) - c / (c + d)) * np.exp(-(c + d) * t)
        self.assertEqual(len(t), 21)
        np.testing.assert_allclose(n, exact, rtol=0, atol=2e-5)  # linear between steps on the uniform grid
        np.testing.assert_array_equal(self.column("v_0/states/V"), np.zeros(21))

    def test_current_against_voltage(self) -> None:
        found = self.cell(
            "ttp06_epi", "--protocol", "voltage_clamp", "--set", "clamp.holding=-120",
            "--set", "clamp.steps=[{v: 0, duration: 50}, {v: -120, duration: 10}]",
            "--set", "clamp.voltages=[-60, -40, -20, 0, 20, 73, 75.5]",
        )  # fmt: skip
        peak = [point["peak"]["INa"] for point in found["clamp"]]
        late = [point["late"]["INa"] for point in found["clamp"]]
        self.assertEqual(min(peak), peak[2])  # the trough of the sodium current's curve
        self.assertTrue(all(abs(b) < 0.02 * abs(a) for a, b in zip(peak[1:], late[1:], strict=True)))
        with h5py.File(self.folder / "out/traces.h5") as file:
            sodium = float(file["v_0/states/Nai"][0])
        reversal = 8314.472 * 310 / 96485.3415 * np.log(140 / sodium)
        self.assertTrue(73 < reversal < 75.5)
        self.assertTrue(peak[5] < 0 < peak[6])
        with (self.folder / "out/clamp.csv").open() as file:
            self.assertEqual([float(row["INa_peak"]) for row in csv.DictReader(file)], [float(f"{x:.10g}") for x in peak])

    def test_restitution(self) -> None:
        """S1-S2 of the Mitchell-Schaeffer cell: its closed form, the more so the faster its currents are."""
        fast = ["--set", "tau_in=0.01", "--set", "tau_out=0.2", "--set", "pacing.stimulus=1000",
                "--set", "pacing.stimulus_duration=0.05"]  # fmt: skip
        found = self.cell("mitchell_schaeffer", "--protocol", "restitution_s1s2", "--beats", "5", *fast)
        points = [p for p in found["restitution"] if p["captured"]]
        self.assertGreater(len(points), 5)
        h_min = 4 * 0.01 / 0.2
        for p in points:
            exact = 150 * np.log((1 - (1 - h_min) * np.exp(-p["di_ms"] / 120)) / h_min)
            self.assertAlmostEqual(p["apd90_ms"], exact, delta=5)  # ms, from 55 to 240
        shortest = min(p["di_ms"] for p in points)
        recovered = (1 - h_min) * np.exp(-shortest / 120)
        steepest = 150 / 120 * recovered / (1 - recovered)  # of the closed form, at its shortest interval
        self.assertTrue(0.5 * steepest < found["restitution_slope_max"] < 1.1 * steepest)

    def test_alternans(self) -> None:
        """TTP06 at a fast rate: long and short beats, or block; none at 1 Hz."""
        found = self.cell("ttp06_epi", "--protocol", "restitution_dynamic", "--set", "restitution.cycle_lengths=[1000, 180]",
                          "--set", "restitution.beats=15")  # fmt: skip
        slow, fast = found["restitution"]
        self.assertLess(slow["alternans_ms"], 1)
        self.assertTrue(fast["block_2_to_1"] or fast["alternans_ms"] > 5)

    def test_cells_that_beat_by_themselves(self) -> None:
        """The sinus node cell's period is that between peaks of its trace."""
        found = self.cell("fabbri17", "--beats", "5", "--set", "output.trace_beats=4")
        t, v = self.column("cell/t"), self.column("cell/states/V")
        peaks = [i for i in range(1, len(v) - 1) if v[i - 1] < v[i] >= v[i + 1] and v[i] > 0]
        self.assertGreaterEqual(len(peaks), 3)
        self.assertAlmostEqual(found["cycle_length_ms"], t[peaks[-1]] - t[peaks[-2]], delta=1)
        self.assertIsNone(found["qnet"])
        quiet = self.cell("ttp06_epi", "--beats", "2", "--set", "pacing.stimulus=0")
        self.assertFalse(quiet["captured"])
        self.assertIsNone(quiet["cycle_length_ms"])

    def test_a_cell_that_stays_on_its_plateau_is_said_to(self) -> None:
        """With 15 % of IKr the M cell oscillates on its plateau for good: stimuli meet it there."""
        found = self.cell("ord11_m", "--scale", "IKr=0.15", "--cl", "2000", "--beats", "20")
        for key, expected in {"captured": False, "repolarised": False, "depolarised_at_start": True}.items():
            self.assertEqual(found[key], expected, key)
        self.assertTrue(found["ead"])
        self.assertFalse(found["block_2_to_1"])
        once = self.cell("ord11_m", "--scale", "IKr=0.15", "--cl", "2000", "--beats", "1", "--overwrite")
        for key, expected in {"captured": True, "repolarised": False, "depolarised_at_start": False}.items():
            self.assertEqual(once[key], expected, key)
        self.assertTrue(once["ead"])


class Doses(Laboratory):
    def test_doses_side_by_side_are_doses_alone(self) -> None:
        (self.folder / "t.csv").write_text(TABLE)
        drug = ["ord11_endo", "--drug", "d", "--table", "t.csv", "--beats", "2"]
        together = self.cell(*drug, "--dose", "0,1,4")["records"]
        self.assertEqual([record["dose"] for record in together], [0, 1, 4])
        control = self.cell("ord11_endo", "--beats", "2")
        for record, dose in zip(together, (0, 1, 4), strict=True):
            alone = self.cell(*drug, "--dose", str(dose))
            self.assertAlmostEqual(record["apd90_ms"], alone["apd90_ms"], delta=0.2)
            blocked = self.cell("ord11_endo", "--beats", "2", "--scale", f"IKr={1 / (1 + dose * 2)}")
            self.assertAlmostEqual(alone["apd90_ms"], blocked["apd90_ms"], delta=1e-6)
            self.assertAlmostEqual(alone["qnet"], blocked["qnet"], delta=1e-9)
        self.assertAlmostEqual(together[0]["apd90_ms"], control["apd90_ms"], delta=0.2)
        self.assertGreater(together[2]["apd90_ms"], together[1]["apd90_ms"] + 10)
        concentrations = self.cell(*drug, "--concentration", "0,10,40")["records"]
        for record, same in zip(together, concentrations, strict=True):
            self.assertEqual(record["apd90_ms"], same["apd90_ms"])
        paths = [item["path"] for item in self.cell(*drug, "--dose", "1")["inputs"]]
        self.assertEqual(paths, [str(self.folder / "t.csv")])


class Files(Laboratory):
    def test_traces(self) -> None:
        found = self.cell("ttp06_epi", "--beats", "2")
        t, v = self.column("cell/t"), self.column("cell/states/V")
        self.assertEqual((t[0], t[-1]), (1000, 2000))
        self.assertTrue((np.diff(t) > 0).all())
        self.assertAlmostEqual(v.max(), found["v_peak_mv"], delta=0.01)
        with h5py.File(self.folder / "out/traces.h5") as file:
            self.assertEqual(file["cell/states/V"].attrs["unit"], b"mV")
            self.assertEqual(file["cell/states/Cai"].attrs["unit"], b"mM")
            self.assertEqual(file["cell/currents/ICaL"].attrs["unit"], b"A/F")
            names = ["t_ms", *file["cell/states"], *file["cell/currents"]]
        with (self.folder / "out/traces.csv").open() as file:
            rows = list(csv.DictReader(file))
        self.assertEqual(sorted(rows[0]), sorted(names))
        np.testing.assert_allclose([float(row["V"]) for row in rows], v, rtol=1e-9)
        self.cell("ttp06_epi", "--beats", "2", "--set", "output.trace_every=0.5", "--set", "output.trace_beats=2")
        np.testing.assert_allclose(self.column("cell/t"), np.arange(0, 2000.25, 0.5))
        self.cell("ttp06_epi", "--beats", "2", "--set", "output.trace_beats=0")
        self.assertFalse((self.folder / "out/traces.h5").exists(), "of the study before")

    def test_the_used_case_gives_the_same(self) -> None:
        first = self.cell("ord11_endo", "--beats", "2", "--set", "GKr=0.03", "--scale", "INa=0.5", "--cl", "800")
        used = (self.folder / "out/case.used.yaml").read_text()
        self.assertIn('{"GKr": 0.03}', used)
        write_case(self.folder, used, "again.yaml")
        again = self.cell("again.yaml", output="again")
        self.assertEqual(first["records"], again["records"])
        self.assertEqual(again["inputs"][0]["path"], "again.yaml")

    def test_ranks_agree(self) -> None:
        one = self.cell("ttp06_epi", "--beats", "2")
        self.assertEqual(one["records"], self.cell("ttp06_epi", "--beats", "2", ranks=2)["records"])

    def test_states_of_the_laboratory_start_a_sheet(self) -> None:
        """A paced cell's states are those of every node of the sheet at its beginning, and it stays near them."""
        self.cell("ttp06_epi", "--beats", "20", "--save-state", "paced.h5")
        end = {name: self.column(f"cell/states/{name}")[-1] for name in ("V", "CaSR", "Nai")}
        case = edited("  - model: mitchell_schaeffer\n", "  - {model: ttp06_epi, initial_file: paced.h5}\n")
        case = edited("output:\n  every: 1\n", "output:\n  every: 1\n  fields: [V, CaSR, Nai]\n  precision: float64\n", case)
        write_case(self.folder, edited("stimuli:\n", "stimuli: []\nunused:\n", case).split("unused:")[0]
                   + "time: {step: 0.05, end: 10}\n" + "output:" + case.split("output:")[1])  # fmt: skip
        done = run(["run", "case.yaml", "--quiet", "--output", "sheet"], self.folder)
        self.assertEqual(done.returncode, 0, done.stderr)
        with h5py.File(self.folder / "sheet/results.h5") as file:
            nodes = int(file["VTKHDF/NumberOfPoints"][0])
            for name, value in end.items():
                values = file[f"VTKHDF/PointData/{name}"][()]
                np.testing.assert_array_equal(values[:nodes], value)
                np.testing.assert_allclose(values[-nodes:], value, rtol=2e-3)

    def test_studies_in_inputs_run(self) -> None:
        for path in sorted((SOURCE / "inputs").glob("cell_*.yaml")):
            with self.subTest(case=path.name):
                few = ["--set", "pacing.beats=2", "--set", "restitution.beats=2", "--set", "pacing.watch_last=2"]
                self.assertEqual(self.cell(str(path), *few, output=path.stem)["status"], "finished")


    def test_the_reference_is_up_to_date(self) -> None:
        self.assertEqual(
            run(["reference", "cell"], self.folder).stdout, (SOURCE / "inputs/reference_cell.yml").read_text()
        )


class Errors(Laboratory):
    def refused(self, text: str, *arguments: str) -> None:
        self.cell(*arguments, expected=2)
        self.assertEqual(len(self.error.strip().splitlines()), 1, self.error)
        self.assertIn(text, self.error)
        self.assertFalse((self.folder / "out").exists(), "nothing is written")

    def test_bad_input(self) -> None:
        (self.folder / "t.csv").write_text(TABLE)
        self.refused('did you mean "ttp06_epi"', "ttp06_ep")
        self.refused('no parameter "GKrr"', "ttp06_epi", "--set", "GKrr=1")
        self.refused("allowed", "ttp06_epi", "--set", "GKr=-1")
        self.refused("pacing.bets", "ttp06_epi", "--set", "pacing.bets=3")
        self.refused('no parameter or current "INaL"', "ttp06_epi", "--scale", "INaL=2")
        self.refused("pacing.beats", "ttp06_epi", "--beats", "few")
        self.refused("pacing.beats", "ttp06_epi", "--beats", "0")
        self.refused("needs --table", "ttp06_epi", "--drug", "d")
        self.refused("one, which the doses are of", "ttp06_epi", "--dose", "1")
        self.refused("nosuch.csv", "ttp06_epi", "--drug", "d", "--table", "nosuch.csv", "--dose", "1")
        self.refused("more than the", "ttp06_epi", "--cl", "1")
        self.refused("clamp.steps", "ttp06_epi", "--protocol", "voltage_clamp")
        self.refused("needs a stimulus", "fabbri17", "--protocol", "restitution_s1s2")
        self.refused("states of one cell", "ttp06_epi", "--drug", "d", "--table", "t.csv", "--dose", "1,2",
                     "--save-state", "s.h5")  # fmt: skip

    def test_a_run_of_tissue_is_not_overwritten(self) -> None:
        write_case(self.folder, SMALL + "checkpoint:\n  final: true\n")
        self.assertEqual(run(["run", "case.yaml", "--quiet", "--output", "out"], self.folder).returncode, 0)
        done = run(["cell", "ttp06_epi", "--quiet", "--output", "out"], self.folder)
        self.assertEqual(done.returncode, 2)
        self.assertIn("--overwrite", done.stderr)
        self.cell("mitchell_schaeffer", "--beats", "1", "--overwrite")

    def test_numerical_failure_is_recorded(self) -> None:
        found = self.cell("ttp06_epi", "--set", "pacing.stimulus=1000", "--set", "pacing.stimulus_duration=10", expected=3)
        self.assertEqual(found["status"], "failed")
        self.assertIn("ttp06_epi", found["message"])
        self.assertEqual(len(self.error.strip().splitlines()), 1, self.error)


if __name__ == "__main__":
    unittest.main()
