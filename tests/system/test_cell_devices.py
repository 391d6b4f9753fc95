"""`healthcast cell` on a device against the host: doses as threads, precision, a plug-in, what is delegated, errors.

The back end is named in HC_TEST_BACKEND."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import tempfile
import unittest
from pathlib import Path

from case_files import SOURCE, run, write_case

BACKEND = os.environ.get("HC_TEST_BACKEND", "opencl")
STUDY = """\
cell:
  model: {model}
  drugs:
    - {{name: d, ic50_nM: {{IK: 20, ICaL: 100}}}}
concentrations_nM: [0, 5, 10, 20, 40]
pacing: {{cycle_length: 600, beats: 4, watch_last: 1}}
integration: {{method: adaptive, tolerance: 1e-4}}
output: {{trace_beats: 0}}
"""
PLUGIN = """\
#include "own.h"
#define HC_MODEL luo_rudy91
#define HC_STATES LUO_RUDY91_STATES
#define HC_PARAMETERS LUO_RUDY91_PARAMETERS
#define HC_CURRENTS LUO_RUDY91_CURRENTS
#include "launch.h"
#define HC_CITATION "as built in"
#define HC_STIMULUS 50.0
#define HC_STIMULUS_MS 1.0
#define HC_COST 5.0
#define HC_V_LIMITS -200.0, 200.0
#define HC_VARIANT 1
#define HC_VARIANT_NAME own
#define HC_VARIANT_TITLE "Luo-Rudy 1991 from outside"
#include "describe.h"
extern const struct hc_cell_model *const hc_cell_plugin[];
const struct hc_cell_model *const hc_cell_plugin[] = {&hc_model_own, 0};
"""


class Cells(unittest.TestCase):
    def setUp(self) -> None:
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory())).resolve()

    def cell(self, *arguments: str, expected: int = 0) -> dict:
        done = run(["cell", *arguments, "--quiet", "--output", "out"], self.folder)
        self.assertEqual(done.returncode, expected, done.stderr)
        self.error = done.stderr
        return json.loads((self.folder / "out/summary.json").read_text()) if not expected else {}

    def compare(self, case: str, options: tuple[str, ...], limit: float, *more: str) -> dict:
        """Biomarkers in ms, mV and uM within limit of the host's; the device's summary."""
        there, here = self.cell(case, "--backend", BACKEND, *options, *more), self.cell(case, *more)
        self.assertEqual(len(there["records"]), len(here["records"]))
        for found, expected in zip(there["records"], here["records"], strict=True):
            for key in ("v_rest_mv", "v_peak_mv", "apd50_ms", "apd90_ms", "ca_peak_um"):
                self.assertLessEqual(abs(found[key] - expected[key]), limit, f"{key}: {found[key]}, not {expected[key]}")
        return there

    def study(self, model: str) -> str:
        return write_case(self.folder, STUDY.format(model=model)).name

    def test_doses(self) -> None:
        """Five doses, whose action potentials differ by tens of ms, each with steps of its own."""
        found = self.compare(self.study("luo_rudy91"), (), 0.02)
        durations = [record["apd90_ms"] for record in found["records"]]
        self.assertGreater(max(durations) - min(durations), 10)
        self.assertEqual(found["backend"]["name"], BACKEND)
        self.assertEqual(found["backend"]["precision"], "double")
        self.assertEqual(found["backend"]["delegated"], "beats that are watched")

    def test_fixed_steps(self) -> None:
        self.compare(self.study("luo_rudy91"), (), 1e-8, "--integrator", "grl2", "--step", "0.05")

    def test_precision(self) -> None:
        found = self.compare(self.study("luo_rudy91"), ("--precision", "float"), 0.05)
        self.assertEqual(found["backend"]["precision"], "float")

    def test_plug_in(self) -> None:
        """A plug-in with its header in it runs on the device, one without on the host; both as the built-in model."""
        header = (SOURCE / "kernels/luo_rudy91.h").read_text()
        self.assertIn("HC_LUO_RUDY91_H", header)
        (self.folder / "own.h").write_text(header)
        (self.folder / "own.c").write_text(PLUGIN)
        text = f'-DHC_HEADER_FILE="{self.folder / "own.h"}"'
        for name, options, delegated in (("with", [text], "beats that are watched"),
                                         ("without", [], "all beats: this plug-in has no text for devices")):  # fmt: skip
            compiler = shlex.split(os.environ.get("CC", "cc"))
            flags = ["-std=gnu11", "-O1", "-ffp-contract=off", "-fopenmp-simd", "-shared", "-fPIC", "-Wl,-Bsymbolic"]
            command = [*compiler, *flags, *options, f"-I{SOURCE / 'kernels'}", "-o", f"{name}.so", "own.c"]
            subprocess.run(command, cwd=self.folder, check=True, timeout=100)
            found = self.compare(self.study(str(self.folder / f"{name}.so")), (), 0.02)
            self.assertEqual(found["backend"]["delegated"], delegated)

    def test_what_is_delegated(self) -> None:
        found = self.compare("luo_rudy91", (), 1e-12, "--beats", "2", "--integrator", "cvode")
        self.assertIn("CVODE", found["backend"]["delegated"])

    def test_refusals(self) -> None:
        self.cell("luo_rudy91", "--backend", "abacus", expected=2)
        self.assertIn("abacus", self.error)
        self.cell("luo_rudy91", "--precision", "float", expected=2)
        self.cell("luo_rudy91", "--backend", BACKEND, "--precision", "half", expected=2)
        self.assertIn("double, mixed or float", self.error)


if __name__ == "__main__":
    unittest.main()
