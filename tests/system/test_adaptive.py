"""Adaptive runs against runs that evaluate every cell every step: beats, stimuli, clamps, spirals, ranks, restarts."""

from __future__ import annotations

import signal
import subprocess
import tempfile
import time
import unittest
from pathlib import Path

import numpy as np
from case_files import HEALTHCAST, edited, results, run, summary, write_case

SLAB = """\
mesh:
  cell: hexahedron
  size: [9, 1.5, 1.5]
  spacing: 0.5
fibres:
  rule: uniform
  direction: [1, 0, 0]
tissue:
  regions:
    - {name: slab, conductivity: [0.2, 0.1, 0.1]}
cells:
  - {model: ttp06_epi}
stimuli:
  - {name: S1, shape: box, min: [0, 0, 0], max: [1, 1.5, 1.5], amplitude: 50, start: 5, duration: 2}
time:
  step: 0.05
  end: 500
  adaptive: true
observe:
  apd: [90]
  beats: 3
  probes:
    - {name: far, point: [9, 1.5, 1.5]}
    - {name: near, point: [1, 1, 1]}
  electrodes:
    - {name: e, point: [15, 1, 1]}
output:
  every: 50
  fields: [V]
  precision: float64
"""

SHEET = """\
mesh:
  cell: triangle
  size: [80, 80]
  spacing: 1
fibres:
  rule: uniform
  direction: [1, 0, 0]
tissue:
  regions:
    - {name: sheet, conductivity: [0.13, 0.13]}
cells:
  - {model: mitchell_schaeffer, parameters: {tau_close: 80, tau_open: 100}}
stimuli:
  - {name: S1, shape: box, min: [0, 0, 0], max: [2, 80, 0], amplitude: 50, start: 0, duration: 2}
  - {name: S2, shape: box, min: [0, 0, 0], max: [40, 40, 0], amplitude: 50, start: 250, duration: 3}
time:
  step: 0.1
  end: 800
  adaptive: true
observe:
  activation_threshold: -40
  beats: 5
output:
  every: 0
"""


def maps(folder: Path) -> dict[str, np.ndarray]:
    """Activation times and action potential durations of every beat."""
    start = "VTKHDF/PointData/"
    found = {name.removeprefix(start): values for name, values in results(folder).items() if name.startswith(start)}
    return {name: values for name, values in found.items() if name.startswith(("activation", "apd"))}


class Adaptive(unittest.TestCase):
    def setUp(self) -> None:
        self.temporary = tempfile.TemporaryDirectory()
        self.folder = Path(self.temporary.name)
        write_case(self.folder, SLAB)

    def tearDown(self) -> None:
        self.temporary.cleanup()

    def run_case(self, output: str, *settings: str, ranks: int = 1, arguments: tuple[str, ...] = ()) -> Path:
        sets = [word for setting in settings for word in ("--set", setting)]
        done = run(["run", "case.yaml", "--quiet", "--output", output, *sets, *arguments], self.folder, ranks)
        self.assertEqual(done.returncode, 0, done.stderr)
        return self.folder / output

    def assert_same_beats(self, one: Path, other: Path, activation: float = 0.05, apd: float = 0.5) -> int:
        """Every beat of every node; returns how many there were."""
        first, second = maps(one), maps(other)
        self.assertEqual(sorted(first), sorted(second))
        for name, values in first.items():
            tolerance = activation if name.startswith("activation") else apd
            np.testing.assert_allclose(second[name], values, rtol=0, atol=tolerance, err_msg=name)
        return sum(bool(np.isfinite(first[name]).any()) for name in first if name.startswith("activation"))

    def compare(self, *settings: str, beats: int, most: float, **tolerances: float) -> dict:
        """Off against on: `beats` of them, and at most a share `most` of the evaluations."""
        off = self.run_case("off", *settings, "time.adaptive=false", arguments=("--overwrite",))
        on = self.run_case("on", *settings, arguments=("--overwrite",))
        self.assertEqual(self.assert_same_beats(off, on, **tolerances), beats)
        self.assertNotIn("adaptive", summary(off))
        self.assertLess(summary(on)["adaptive"]["evaluated_fraction"], most)
        return summary(on)


class Beats(Adaptive):
    def test_a_beat_of_several_models(self) -> None:
        for model in ("ttp06_epi", "ord11_endo", "courtemanche98", "bueno_orovio08_epi", "fenton_karma_br"):
            with self.subTest(model=model):
                write_case(self.folder, edited("ttp06_epi", model, SLAB))
                found = self.compare("time.reaction=grl2", beats=1, most=0.3)
                self.assertGreater(found["adaptive"]["steps_in_long_steps"], 6000)

    def test_pacemaker_cells_beat_on_in_a_tissue_that_waits(self) -> None:
        write_case(self.folder, edited("  - {model: ttp06_epi}", "  - {model: fabbri17}", SLAB))
        off = self.run_case("off", "time.adaptive=false", "time.end=300")
        on = self.run_case("on", "time.end=300")
        self.assertEqual(maps(off)["activation"].tobytes(), maps(on)["activation"].tobytes())
        self.assertEqual(summary(on)["adaptive"]["evaluated_fraction"], 1)

    def test_a_premature_stimulus(self) -> None:
        """On the plateau, while cells repolarise, and when a wave can follow."""
        s2 = "  - {name: S2, shape: box, min: [4, 0, 0], max: [5, 1.5, 1.5], amplitude: 50, start: 150, duration: 2}\n"
        write_case(self.folder, edited("time:\n", s2 + "time:\n", SLAB))
        self.compare(beats=1, most=0.4)
        self.compare("stimuli.S2.start=270", beats=2, most=0.4)
        self.compare("time.end=650", "stimuli.S2.start=335", beats=2, most=0.4)

    def test_a_train_of_stimuli_and_one_that_starts_between_steps(self) -> None:
        changed = edited("start: 5, duration: 2", "start: 5.013, duration: 1.99, period: 350, count: 3", SLAB)
        write_case(self.folder, changed)
        self.compare("time.end=1100", beats=3, most=0.4)

    def test_a_voltage_clamp(self) -> None:
        where = "shape: box, min: [8, 0, 0], max: [9, 1.5, 1.5]"
        clamp = f"  - {{name: C, {where}, kind: voltage, amplitude: -20, start: 150.02, duration: 300}}\n"
        write_case(self.folder, edited("time:\n", clamp + "time:\n", SLAB))
        self.compare(beats=1, most=0.5)

    def test_splittings_and_schemes(self) -> None:
        for settings in (
            ("time.splitting=strang",),
            ("time.splitting=strang_drd", "time.reaction=grl2"),
            ("time.reaction=rush-larsen-tables",),
            ("diffusion.method=crank_nicolson", "diffusion.mass=lumped"),
        ):
            with self.subTest(settings=settings):
                self.compare(*settings, "time.end=400", beats=1, most=0.3)

    def test_the_error_falls_with_the_tolerance(self) -> None:
        off = maps(self.run_case("off", "time.adaptive=false", "time.reaction=grl2"))["apd_90"]
        errors = []
        for tolerance in (1, 0.1, 0.01):
            on = self.run_case(f"on{tolerance}", f"time.tolerance={tolerance}", "time.reaction=grl2", "time.max_step=1")
            errors.append(np.abs(maps(on)["apd_90"] - off).max())
        self.assertLess(errors[1], errors[0])
        self.assertLess(errors[2], 0.5 * errors[1])

    def test_a_spiral(self) -> None:
        """Nodes around which the spiral turns are excited by halves: there the threshold decides what a beat is."""
        write_case(self.folder, SHEET)
        off, on = maps(self.run_case("off", "time.adaptive=false")), maps(self.run_case("on"))
        self.assertEqual(sorted(off), sorted(on))
        for beat in ("activation", "activation_beat2", "activation_beat3", "activation_beat4", "activation_beat5"):
            self.assertLess((np.isnan(off[beat]) != np.isnan(on[beat])).mean(), 0.005, beat)
            self.assertLess(np.nanquantile(np.abs(on[beat] - off[beat]), 0.99), 1, beat)


class Failures(Adaptive):
    def test_a_failed_step_leaves_the_last_good_state(self) -> None:
        """The copies that a checkpoint is made from are taken every 10 ms, whatever the steps."""
        write_case(self.folder, edited("amplitude: 50, start: 5,", "amplitude: 5e5, start: 15,", SLAB))
        for arguments in ((), ("--restart",)):
            done = run(["run", "case.yaml", "--quiet", "--output", "failed", *arguments], self.folder, 2)
            self.assertEqual(done.returncode, 3, done.stderr)
            self.assertRegex(done.stderr, r"error: step 30\d \(t = 15\.\d* ms\): V = .* mV at node \d+ \(.*mm\)")
            self.assertTrue(arguments or "the last good state kept (t = 10 ms)" in done.stderr, done.stderr)


class Ranks(Adaptive):
    def test_one_two_and_four_ranks_agree(self) -> None:
        one = self.run_case("ranks1", ranks=1)
        for ranks in (2, 4):
            other = self.run_case(f"ranks{ranks}", ranks=ranks)
            self.assert_same_beats(one, other, activation=0.02, apd=0.1)


class Restart(Adaptive):
    def assert_same_bits(self, one: Path, other: Path) -> None:
        first, second = results(one), results(other)
        self.assertEqual(sorted(first), sorted(second))
        for name, values in first.items():
            if values.dtype.kind in "fiu":
                self.assertEqual(values.tobytes(), second[name].tobytes(), f"{name} differs")

    def test_a_checkpoint_between_evaluations(self) -> None:
        """At 133.35 ms, step 2667, cells that wait are at all distances from their last evaluation."""
        settings = ("checkpoint.every=133.35", "time.end=300")
        for ranks in (1, 2):
            whole = self.run_case(f"whole{ranks}", *settings, ranks=ranks)
            self.run_case(
                f"halves{ranks}", "checkpoint.every=133.35", "time.end=133.35", "checkpoint.final=true", ranks=ranks
            )
            halves = self.run_case(f"halves{ranks}", *settings, ranks=ranks, arguments=("--restart",))
            self.assertEqual(summary(halves)["time"]["first_step"], 2667)
            self.assert_same_bits(whole, halves)

    def test_on_other_ranks(self) -> None:
        whole = self.run_case("whole", "time.end=400")
        self.run_case("parts", "time.end=21.15", "checkpoint.final=true", ranks=2)
        self.run_case("parts", "time.end=203.35", "checkpoint.final=true", ranks=4, arguments=("--restart",))
        parts = self.run_case("parts", "time.end=400", ranks=1, arguments=("--restart",))
        self.assert_same_beats(whole, parts, activation=0.02, apd=0.2)

    def test_term_leaves_a_checkpoint(self) -> None:
        settings = ("mesh.spacing=0.2", "time.end=1000")
        whole = self.run_case("whole", *settings)
        sets = [word for setting in settings for word in ("--set", setting)]
        command = [HEALTHCAST, "run", "case.yaml", "--quiet", "--output", "stopped"]
        process = subprocess.Popen(
            [*command, *sets], cwd=self.folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
        )
        while not (self.folder / "stopped" / "case.used.yaml").exists():
            self.assertIsNone(process.poll(), "the run ended before it could be interrupted")
            time.sleep(0.01)
        time.sleep(0.1)
        process.send_signal(signal.SIGTERM)
        _, errors = process.communicate(timeout=120)
        self.assertEqual(process.returncode, 5, errors.decode())
        self.run_case("stopped", *settings, arguments=("--restart",))
        self.assert_same_bits(whole, self.folder / "stopped")


if __name__ == "__main__":
    unittest.main()
