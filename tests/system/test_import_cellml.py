"""CellML models as plug-ins: what they compute, how fast, what is refused, and healthcast with them."""

from __future__ import annotations

import csv
import os
import re
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

import myokit
import numpy as np
from case_files import SOURCE, edited, run, write_case
from cell_plugin import Cells, Plugin

EXAMPLES = SOURCE / "inputs" / "cellml"
MODELS = Path(__file__).resolve().parent / "cellml"
TTP06 = EXAMPLES / "tentusscher_panfilov_2006.cellml"
SCRIPT = SOURCE / "kernels" / "import_cellml.py"
GATE, LIGAND, PLAIN, STIFF = 1, 2, 3, 4  # enum hc_state_kind
BUILT_IN = """\
#include "{source}/src/kinetics/models/ttp06.c"
extern const struct hc_cell_model *const hc_cell_plugin[];
const struct hc_cell_model *const hc_cell_plugin[] = {{&hc_model_ttp06_epi, 0}};
"""
AS_BUILT_IN = ("--name", "ttp06_cellml", "--stiff", "Cass", "--plain", "Rprime")


def imported(folder: Path, model: Path, *options: str) -> subprocess.CompletedProcess:
    words = [sys.executable, str(SCRIPT), str(model), "-o", str(folder), *options]
    return subprocess.run(words, capture_output=True, text=True, timeout=300, check=False)


class Import(unittest.TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        cls.temporary = tempfile.TemporaryDirectory()
        cls.folder = Path(cls.temporary.name)
        done = imported(cls.folder, TTP06, "--so", *AS_BUILT_IN)
        assert done.returncode == 0, done.stderr
        cls.ttp06 = Plugin(cls.folder / "ttp06_cellml.so")
        cls.built_in = cls.compile_built_in()

    @classmethod
    def tearDownClass(cls) -> None:
        cls.temporary.cleanup()

    def plugin(self, model: Path) -> Plugin:
        done = imported(self.folder, model, "--so")
        self.assertEqual(done.returncode, 0, done.stderr)
        return Plugin(self.folder / f"{model.stem}.so")

    @classmethod
    def compile_built_in(cls) -> Plugin:
        """kernels/ttp06.h, compiled by the importer's own command."""
        sys.path.insert(0, str(SOURCE / "kernels"))
        from cellml import build

        source, target = cls.folder / "built_in.c", cls.folder / "built_in.so"
        source.write_text(BUILT_IN.format(source=SOURCE))
        build.build(build.command(SOURCE / "kernels", source, target, "native"))
        return Plugin(target)

    # -- ten Tusscher-Panfilov against the built-in model --------------------------------------------------------------

    def test_tables(self) -> None:
        ours, built_in = self.ttp06, self.built_in
        self.assertEqual(ours.model.abi, 2)
        self.assertEqual(ours.kinds, built_in.kinds)
        self.assertEqual(dict(zip(ours.states, ours.initial)), dict(zip(built_in.states, built_in.initial)))
        self.assertEqual(set(ours.currents), set(built_in.currents))
        for name in ("GNa", "GK1", "GKr", "Ko", "Nao", "Cao", "T", "gamma", "Kup", "scale_IKr"):
            self.assertEqual(ours.parameters[name], built_in.parameters[name], name)
            low, high = ours.ranges[name]
            self.assertTrue(low <= ours.parameters[name] <= high, name)
        self.assertEqual((ours.parameters["Cm"], ours.units["Cm"]), (185.0, "pF"))  # 0.185 nF in the file
        self.assertEqual((ours.units["GKr"], ours.units["KNaCa"]), ("mS/uF", "A/F"))
        self.assertEqual((ours.model.stimulus, ours.model.stimulus_duration), (52.0, 1.0))

    def test_text_for_devices(self) -> None:
        """The header as it stands, and lines that expand it; a plug-in built without its header has none."""
        text, header = self.ttp06.model.source.decode(), (self.folder / "ttp06_cellml.h").read_text()
        self.assertTrue(text.startswith(header))
        lines = text[len(header) :].split("\n")
        self.assertIn("#define HC_STATES TTP06_CELLML_STATES", lines)
        self.assertIn('#include "launch.h"', lines)
        self.assertEqual(self.ttp06.model.body, b"ttp06_cellml")
        self.assertIsNone(self.built_in.model.source)

    def test_rates(self) -> None:
        """Rates and currents at random states and stimuli, with changed parameters and scales too."""
        ours, built_in = self.ttp06, self.built_in
        random = np.random.default_rng(7)
        from_built_in = [built_in.states.index(name) for name in ours.states]
        order = [built_in.currents.index(name) for name in ours.currents]
        for changed in ({}, {"GK1": 3.0, "Ko": 8.0, "T": 300.0, "scale_ICaL": 0.25, "scale_INaK": 2.0}):
            for _ in range(100):
                y = ours.initial * np.exp(random.uniform(-1, 0, len(ours.states)))
                y[0] = random.uniform(-100, 60)
                stim = random.uniform(-20, 60)
                theirs = np.empty_like(y)
                theirs[from_built_in] = y
                (rates, currents), (expected, as_expected) = (
                    ours.rates(y, stim, **changed),
                    built_in.rates(theirs, stim, **changed),
                )
                np.testing.assert_allclose(rates, expected[from_built_in], rtol=1e-8, atol=1e-13)
                np.testing.assert_allclose(currents, as_expected[order], rtol=1e-9, atol=1e-13)
                self.assertAlmostEqual(
                    rates[0], stim - currents.sum(), delta=1e-10 * (abs(stim) + np.abs(currents).sum())
                )

    def test_beat(self) -> None:
        """A beat of GRL2: every state within 1e-8 of its size, all along."""
        pair = [Cells(self.ttp06), Cells(self.built_in)]
        traces = [[], []]
        for cells, trace in zip(pair, traces):
            for step in range(20000):
                cells.stim[:] = 52.0 if 500 <= step < 550 else 0.0
                cells.step2(0.02 * step, 0.02)
                if step % 10 == 0:
                    trace.append(list(cells.first().values()))
        ours, theirs = (np.array(trace) for trace in traces)
        theirs = theirs[:, [pair[1].plugin.states.index(name) for name in self.ttp06.states]]
        self.assertGreater(ours[:, 0].max(), 30.0)
        self.assertLess(ours[-1, 0], -80.0)
        size = np.abs(theirs).max(axis=0)
        worst = np.max(np.abs(ours - theirs) / size)
        print(f"largest difference over a beat: {worst:.1e}")
        self.assertLess(worst, 1e-8)

    def test_speed(self) -> None:
        """At least 60 % of the built-in model's node-steps a second; the best of many short turns, taken in turns."""
        pair = [Cells(self.ttp06, 128), Cells(self.built_in, 128)]
        best = [np.inf, np.inf]
        for turn in range(120):
            for n, cells in enumerate(pair):
                cells.stim[:] = 30.0 if turn % 40 == 0 else 0.0
                start = time.process_time()
                for _ in range(10):
                    cells.step(0.0, 0.02)
                best[n] = min(best[n], time.process_time() - start)
        rates = [10 * len(cells.v) / seconds * 1e-6 for cells, seconds in zip(pair, best)]
        print(f"imported {rates[0]:.2f} M node-steps/s, built in {rates[1]:.2f}: {rates[0] / rates[1]:.2f}")
        self.assertGreater(rates[0], 0.6 * rates[1])

    def test_gates_know_what_moves_them(self) -> None:
        """Only gates of V alone may come from tables: the calcium gate of ICaL is none."""
        self.assertEqual(self.ttp06.kinds, self.built_in.kinds)
        self.assertEqual((self.ttp06.kinds["fCass"], self.ttp06.kinds["Xr1"]), (LIGAND, GATE))

    # -- other units ---------------------------------------------------------------------------------------------------

    def test_hodgkin_huxley(self) -> None:
        """From volt, second, uA/cm2 to mV, ms, A/F; V = -40 and -55 mV are removable singularities."""
        plugin = self.plugin(EXAMPLES / "hodgkin_huxley_1952.cellml")
        self.assertEqual(plugin.states, ["V", "m", "h", "n"])
        self.assertEqual([plugin.kinds[name] for name in "mhn"], [GATE] * 3)
        self.assertEqual((plugin.parameters["GNa"], plugin.units["GNa"]), (120.0, "mS/cm2"))
        self.assertEqual((plugin.model.stimulus, plugin.model.stimulus_duration), (20.0, 0.5))

        def quotient(x: float) -> float:
            return x / -np.expm1(-x) if x else 1.0

        for v in (-100.0, -65.0, -55.0, -55.0 + 1e-9, -40.0, -39.999, 0.0, 37.5):
            m, h, n = 0.3, 0.4, 0.6
            currents = np.array([120 * m**3 * h * (v - 50), 36 * n**4 * (v + 77), 0.3 * (v + 54.387)])
            rates = [
                5.0 - currents.sum(),
                quotient((v + 40) / 10) * (1 - m) - 4 * np.exp(-(v + 65) / 18) * m,
                0.07 * np.exp(-(v + 65) / 20) * (1 - h) - h / (1 + np.exp(-(v + 35) / 10)),
                0.1 * quotient((v + 55) / 10) * (1 - n) - 0.125 * np.exp(-(v + 65) / 80) * n,
            ]
            found, found_currents = plugin.rates(np.array([v, m, h, n]), 5.0)
            np.testing.assert_allclose(found, rates, rtol=1e-9)
            np.testing.assert_allclose(found_currents, currents, rtol=1e-9)

    def test_picoampere(self) -> None:
        """Currents in pA over a capacitance, a total, uM, a power, a piecewise current, states of a chain."""
        plugin = self.plugin(MODELS / "three_state_channel.cellml")
        self.assertEqual(plugin.currents, ["IK1", "Ix", "ICa"])
        self.assertEqual((plugin.model.stimulus, plugin.model.stimulus_duration), (20.0, 2.0))
        self.assertEqual([plugin.kinds[name] for name in ("C", "O", "Cai")], [PLAIN] * 3)
        for v in (-90.0, -1.0, 0.0, 30.0):
            closed, open_, calcium = 0.5, 0.2, 0.0004
            ik1 = (
                12 * (v + 85) / (1 + np.exp(0.07 * (v + 80)))
                if v < 0
                else 12 * (v + 85) / (1 + np.exp(5.6)) * np.exp(-v / 40)
            )
            ica = 0.05 * (v - 60) * 1.5 ** (v / 20) / (1 + np.sqrt(calcium / 0.0003))
            currents = np.array([ik1, 3 * open_ * (v + 85), ica]) / 60
            there, back = 0.05 * np.exp(v / 25) * closed, 0.02 * np.exp(-v / 30) * open_
            rates = [
                2.0 - currents.sum(),
                back - there,
                there - back - 0.003 * open_ + 0.003 * (1 - closed - open_),
                -1e-6 * ica - 0.07 * (calcium - 0.0001),
            ]
            found, found_currents = plugin.rates(np.array([v, closed, open_, calcium]), 2.0)
            np.testing.assert_allclose(found, rates, rtol=1e-9)
            np.testing.assert_allclose(found_currents, currents, rtol=1e-9)

    def test_mmt(self) -> None:
        """Myokit's own example (Luo-Rudy 1991) with its pacing protocol."""
        model = Path(myokit.__file__).parent / "_bin" / "example.mmt"
        done = imported(self.folder, model, "--name", "luo_rudy", "--so")
        self.assertEqual(done.returncode, 0, done.stderr)
        plugin = Plugin(self.folder / "luo_rudy.so")
        self.assertEqual({"INa", "IK", "IKp", "IK1", "Ib", "ICa"}, set(plugin.currents))
        self.assertEqual((plugin.model.stimulus, plugin.model.stimulus_duration), (80.0, 0.5))

    # -- what is refused -----------------------------------------------------------------------------------------------

    def assert_refused(self, model: Path, pattern: str, *options: str) -> None:
        folder = self.folder / "refused"
        done = imported(folder, model, *options)
        self.assertEqual(done.returncode, 2, done.stdout + done.stderr)
        self.assertRegex(done.stderr, pattern)
        self.assertNotIn("Traceback", done.stderr)
        self.assertFalse(folder.exists() and any(folder.iterdir()), "something was written")

    def test_refusals(self) -> None:
        for model, pattern in (
            ("time_dependent", r"membrane\.i_L: depends on time and on states"),
            ("inconsistent_units", r"membrane\.i_L: units do not match .*got \[mV\].* and \[mM\]"),
            ("potential_in_kelvin", r"membrane\.V: its unit is \[K\]; .*converts to mV"),
            ("sine_current", r"membrane\.i_L: kernels have no 'Sin'"),
        ):
            with self.subTest(model):
                self.assert_refused(MODELS / f"{model}.cellml", pattern)
        self.assert_refused(TTP06, r"--stiff Calcium: no such state; states: .*Cai", "--stiff", "Calcium")
        self.assert_refused(TTP06, r"--set-v membrane\.W: 0 states have that name", "--set-v", "membrane.W")
        self.assert_refused(TTP06, r"--name a b: no C identifier", "--name", "a b")
        self.assert_refused(MODELS / "README.md", r"not a model that Myokit can read")
        self.assert_refused(MODELS / "absent.cellml", r"no such file")

    def test_wrong_statements_are_found(self) -> None:
        """The importer's own check: one number changed by 1e-9 in any statement stops the import."""
        from cellml import importer, kernel, read, units

        honest = kernel.statements
        for model, plain in (
            (EXAMPLES / "hodgkin_huxley_1952.cellml", []),
            (MODELS / "three_state_channel.cellml", ["C", "O"]),
        ):
            loaded, wishes = read.load(model), importer.Wishes("m", plain=plain)
            lines = importer.convert(loaded, wishes).lines
            places = [(n, m) for n, line in enumerate(lines) for m in re.finditer(r"\b\d+\.\d+(e-\d+)?", line)]
            self.assertGreater(len(places), 10)
            for n, match in places:
                if float(match.group()) == 0.0:
                    continue
                changed = repr(float(match.group()) * (1.0 + 1e-9))
                spoiled = list(lines)
                spoiled[n] = lines[n][: match.start()] + changed + lines[n][match.end() :]
                kernel.statements = lambda *_, spoiled=spoiled: spoiled
                try:
                    with self.assertRaisesRegex(units.Refused, "differs from Myokit's", msg=spoiled[n]):
                        importer.convert(loaded, wishes)
                finally:
                    kernel.statements = honest

    def test_compiler_that_fails(self) -> None:
        environment = {**os.environ, "CC": "no-such-compiler"}
        words = [
            sys.executable,
            str(SCRIPT),
            str(EXAMPLES / "hodgkin_huxley_1952.cellml"),
            "-o",
            str(self.folder),
            "--so",
        ]
        done = subprocess.run(words, capture_output=True, text=True, timeout=300, check=False, env=environment)
        self.assertEqual(done.returncode, 2)
        self.assertRegex(done.stderr, "no C compiler 'no-such-compiler'.*set CC")

    # -- healthcast ----------------------------------------------------------------------------------------------------

    def test_tissue(self) -> None:
        """A slab of imported cells behaves as one of built-in cells."""
        probes = []
        for name, model in (("built_in", "ttp06_epi"), ("imported", str(self.folder / "ttp06_cellml.so"))):
            text = edited("end: 2", "end: 20", edited("step: 0.1", "step: 0.02"))
            write_case(self.folder, edited("mitchell_schaeffer", model, text), f"{name}.yaml")
            done = run(["run", f"{name}.yaml", "--quiet", "--output", name], self.folder)
            self.assertEqual(done.returncode, 0, done.stderr)
            with (self.folder / name / "probes.csv").open() as file:
                probes.append(np.array([[float(x) for x in row] for row in list(csv.reader(file))[1:]]))
        self.assertGreater(np.ptp(probes[0][:, 1:]), 80.0)  # the wave has passed
        np.testing.assert_allclose(probes[1], probes[0], rtol=1e-6)

    def test_example(self) -> None:
        """inputs/cellml/imported_model.yaml, with the plug-in where its head says."""
        text = (EXAMPLES / "imported_model.yaml").read_text().replace("../../results/models", "models")
        self.assertIn("models/tentusscher_panfilov_2006.so", text)
        self.assertEqual(imported(self.folder / "models", TTP06, "--so", "--stiff", "Cass").returncode, 0)
        done = run(["check", str(write_case(self.folder, text, "example.yaml"))], self.folder)
        self.assertEqual(done.returncode, 0, done.stderr)


if __name__ == "__main__":
    unittest.main()
