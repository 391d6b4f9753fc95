"""Bad input: one clear line, the right exit code, nothing left behind.

Each row of CASES breaks one thing and states the whole message. `{dir}` stands for the folder of the case.
"""

from __future__ import annotations

import tempfile
import unittest
from pathlib import Path
from typing import Callable, NamedTuple

import h5py
import numpy as np
from case_files import SMALL, edited, run, write_case

INPUT, NUMERIC, ENVIRONMENT = 2, 3, 4
FILE_MESH = edited("  cell: tetrahedron\n  size: [4, 2, 2]\n  spacing: 1\n", "  file: mesh.h5\n")


class Bad(NamedTuple):
    name: str
    case: str | None  # text of case.yaml; None: no case file
    message: str  # the whole line after "healthcast: error: "
    exit_code: int = INPUT
    arguments: tuple[str, ...] = ()
    prepare: Callable[[Path], None] | None = None  # breaks files in the folder


def mesh_file(change: Callable[[h5py.Group], None] | None = None) -> Callable[[Path], None]:
    """Write a good native mesh of two tetrahedra, then let `change` break it."""

    def prepare(folder: Path) -> None:
        with h5py.File(folder / "mesh.h5", "w") as file:
            vtk = file.create_group("VTKHDF")
            vtk.attrs["Version"] = np.array([1, 0], dtype="i8")
            vtk.attrs["Type"] = np.bytes_("UnstructuredGrid")
            vtk["NumberOfPoints"] = np.array([5], dtype="i8")
            vtk["NumberOfCells"] = np.array([2], dtype="i8")
            vtk["NumberOfConnectivityIds"] = np.array([8], dtype="i8")
            vtk["Points"] = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 1, 1]], dtype="f8")
            vtk["Connectivity"] = np.array([0, 1, 2, 3, 1, 2, 3, 4], dtype="i8")
            vtk["Offsets"] = np.array([0, 4, 8], dtype="i8")
            vtk["Types"] = np.array([10, 10], dtype="u1")
            vtk.create_group("PointData")
            cells = vtk.create_group("CellData")
            cells["region"] = np.array([1, 1], dtype="i4")
            cells["fibre"] = np.array([[1, 0, 0], [1, 0, 0]], dtype="f8")
            if change:
                change(vtk)

    return prepare


def replace(group: h5py.Group, name: str, values: np.ndarray) -> None:
    del group[name]
    group[name] = values


def put(name: str, index: tuple[int, ...] | int, value: float) -> Callable[[Path], None]:
    def change(vtk: h5py.Group) -> None:
        vtk[name][index] = value

    return mesh_file(change)


def truncated(folder: Path) -> None:
    mesh_file()(folder)
    path = folder / "mesh.h5"
    path.write_bytes(path.read_bytes()[:1500])


def text_file(name: str, text: str) -> Callable[[Path], None]:
    return lambda folder: (folder / name).write_text(text) and None


def stored_run(change: str, *arguments: str) -> Callable[[Path], None]:
    """Leave the checkpoint of a finished run of the small case, changed."""

    def prepare(folder: Path) -> None:
        before = (folder / "case.yaml").read_text()
        write_case(folder, edited(*change.split("=>"), text=SMALL) if change else SMALL)
        done = run(["run", "case.yaml", "--output", "out", "--set", "checkpoint.final=true", *arguments], folder)
        assert done.returncode == 0, done.stderr
        write_case(folder, before)

    return prepare


def damaged_checkpoint(folder: Path) -> None:
    stored_run("")(folder)
    path = folder / "out" / "checkpoint.h5"
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


CASES: list[Bad] = [
    # ---- the text of the case
    Bad("no case file", None, ""),
    Bad("empty file", "", ""),
    Bad("not YAML", edited("[0.2, 0.1, 0.1]", "[0.2, 0.1"), ""),
    Bad("tab", edited("  step: 0.1", "\tstep: 0.1"), ""),
    Bad("duplicate key", edited("  end: 2", "  end: 2\n  end: 3"), ""),
    Bad("unknown block", edited("fibres:", "fibers:"), ""),
    Bad("unknown key", edited("  step: 0.1", "  stepp: 0.1"), ""),
    Bad("text for a number", edited("step: 0.1", "step: fast"), ""),
    Bad("text for a list", edited("conductivity: [0.2, 0.1, 0.1]", "conductivity: high"), ""),
    Bad("list for a block", edited("time:\n  step: 0.1\n  end: 2", "time: [0.1, 2]"), ""),
    Bad("negative step", edited("step: 0.1", "step: -0.1"), ""),
    Bad("NaN", edited("step: 0.1", "step: .nan"), ""),
    Bad("missing mandatory key", edited("  end: 2\n", ""), ""),
    Bad("no cells", edited("cells:\n  - model: mitchell_schaeffer\n", ""), ""),
    Bad("unknown choice", edited("tetrahedron", "tetrahedra"), ""),
    Bad("no boolean", SMALL + "checkpoint:\n  final: maybe\n", ""),
    Bad("two lengths for a solid", edited("size: [4, 2, 2]", "size: [4, 2]"), ""),
    Bad("half an integer", edited("spacing: 1", "spacing: 1\n  refine: 1.5"), ""),
    Bad("end between steps", edited("end: 2", "end: 2.05"), ""),
    # ---- the command line
    Bad("--set of an unknown key", SMALL, "", arguments=("--set", "time.stp=0.1")),
    Bad("--set of a bad value", SMALL, "", arguments=("--set", "time.step=fast")),
    Bad("--set without a value", SMALL, "", arguments=("--set", "time.step")),
    Bad("--set of an item that is not there", SMALL, "", arguments=("--set", "stimuli[3].start=1")),
    Bad("unknown option", SMALL, "", arguments=("--outptu", "x")),
    Bad("two cases", SMALL, "", arguments=("other.yaml",)),
    # ---- the mesh
    Bad("file and box", edited("  cell: tetrahedron", "  file: mesh.h5\n  cell: tetrahedron"), ""),
    Bad("neither file nor box", edited("  size: [4, 2, 2]\n", ""), ""),
    Bad("missing mesh file", FILE_MESH, ""),
    Bad("truncated HDF5", FILE_MESH, "", prepare=truncated),
    Bad("text for HDF5", FILE_MESH, "", prepare=text_file("mesh.h5", "a mesh\n")),
    Bad("no Points", FILE_MESH, "", prepare=mesh_file(lambda vtk: vtk.__delitem__("Points"))),
    Bad("NaN coordinates", FILE_MESH, "", prepare=put("Points", (4, 1), np.nan)),
    Bad("wrong node number", FILE_MESH, "", prepare=put("Connectivity", 7, 99)),
    Bad("negative node number", FILE_MESH, "", prepare=put("Connectivity", 2, -1)),
    Bad("node twice in a cell", FILE_MESH, "", prepare=put("Connectivity", 7, 3)),
    Bad("flat cell", FILE_MESH, "", prepare=put("Points", slice(4, 5), [1 / 3, 1 / 3, 1 / 3])),
    Bad("disconnected node", FILE_MESH, "", prepare=mesh_file(lambda vtk: (
        replace(vtk, "Points", np.vstack([vtk["Points"][:], [[9, 9, 9]]])), vtk["NumberOfPoints"].__setitem__(0, 6)) and None)),
    Bad("unsupported cell type", FILE_MESH, "", prepare=put("Types", 1, 14)),
    Bad("offsets that do not fit", FILE_MESH, "", prepare=put("Offsets", 1, 3)),
    Bad("fibre of zero length", FILE_MESH.replace("uniform", "mesh").replace("  direction: [1, 0, 0]\n", ""), "",
        prepare=put("CellData/fibre", (1, 0), 0)),
    Bad("fibre that is NaN", FILE_MESH.replace("uniform", "mesh").replace("  direction: [1, 0, 0]\n", ""), "",
        prepare=put("CellData/fibre", (0, 2), np.nan)),
    Bad("no fibres in the mesh", edited("  rule: uniform\n  direction: [1, 0, 0]\n", "  rule: mesh\n"), ""),
    Bad("no stored partition", FILE_MESH.replace("file: mesh.h5", "file: mesh.h5\n  partitioner: stored"), "", prepare=mesh_file()),
    Bad("unknown mesh format", FILE_MESH.replace("mesh.h5", "mesh.stl"), "", prepare=text_file("mesh.stl", "solid\n")),
    Bad("text that is no Gmsh file", FILE_MESH.replace("mesh.h5", "mesh.msh"), "", prepare=text_file("mesh.msh", "hello\n")),
    Bad("VTU that ends too soon", FILE_MESH.replace("mesh.h5", "mesh.vtu"), "",
        prepare=text_file("mesh.vtu", '<?xml version="1.0"?>\n<VTKFile type="UnstructuredGrid"><UnstructuredGrid>\n')),
    # ---- tissue and fibres
    Bad("fibre direction of zero length", edited("direction: [1, 0, 0]", "direction: [0, 0, 0]"), ""),
    Bad("rule without its surfaces", edited("  rule: uniform\n  direction: [1, 0, 0]\n",
                                            "  rule: ldrb\n  base: 7\n  epi: 8\n  lv: 9\n  rv: 0\n"), ""),
    Bad("region without conductivity", edited("name: slab", "name: slab\n      tags: [2]"), ""),
    Bad("conductivity twice", edited("conductivity: [0.2, 0.1, 0.1]",
                                     "conductivity: [0.2]\n      intracellular: [0.2]\n      extracellular: [0.2]"), ""),
    Bad("no conductivity", edited("      conductivity: [0.2, 0.1, 0.1]\n", ""), ""),
    Bad("intracellular alone", edited("conductivity: [0.2, 0.1, 0.1]", "intracellular: [0.2]"), ""),
    Bad("negative conductivity", edited("[0.2, 0.1, 0.1]", "[0.2, -0.1, 0.1]"), ""),
    Bad("tag in two regions", edited("    - name: slab\n", "    - {name: a, tags: [1], conductivity: [1]}\n    - name: slab\n      tags: [1]\n"), ""),
    # ---- cells
    Bad("unknown model", edited("mitchell_schaeffer", "mitchel_schaeffer"), ""),
    Bad("unknown parameter", edited("mitchell_schaeffer", "mitchell_schaeffer\n    parameters: {tau_inn: 1}"), ""),
    Bad("parameter out of range", edited("mitchell_schaeffer", "mitchell_schaeffer\n    parameters: {tau_in: -1}"), ""),
    Bad("unknown state", edited("mitchell_schaeffer", "mitchell_schaeffer\n    initial: {hh: 1}"), ""),
    Bad("nodes without a model", edited("mitchell_schaeffer", "mitchell_schaeffer\n    regions: [3]"), ""),
    Bad("field that is not there", edited("mitchell_schaeffer", "mitchell_schaeffer\n    field: depth\n    range: [0, 1]"), ""),
    # ---- stimuli
    Bad("stimulus outside the mesh", edited("min: [0, 0, 0]", "min: [8, 8, 8]").replace("max: [1, 1, 1]", "max: [9, 9, 9]"), ""),
    Bad("box inside out", edited("max: [1, 1, 1]", "max: [-1, 1, 1]"), ""),
    Bad("sphere without radius", edited("shape: box\n    min: [0, 0, 0]\n    max: [1, 1, 1]", "shape: sphere\n    centre: [0, 0, 0]"), ""),
    Bad("key of another shape", edited("shape: box", "shape: box\n    radius: 2"), ""),
    Bad("overlapping pulses", edited("duration: 1", "duration: 1\n    period: 0.5\n    count: 3"), ""),
    Bad("node that is not there", edited("shape: box\n    min: [0, 0, 0]\n    max: [1, 1, 1]", "shape: nodes\n    nodes: [4500]"), ""),
    # ---- what is watched and written
    Bad("probe outside the mesh", edited("point: [4, 2, 2]", "point: [40, 2, 2]"), ""),
    Bad("electrode in the tissue", edited("observe:\n", "observe:\n  electrodes:\n    - {name: e, point: [1, 1, 1]}\n"), ""),
    Bad("percentage of the APD", edited("observe:\n", "observe:\n  apd: [90, 150]\n"), ""),
    Bad("unknown output field", edited("  every: 1\n", "  every: 1\n  fields: [V, Cai]\n"), ""),
    Bad("folder that is a file", SMALL, "", ENVIRONMENT, ("--output", "case.yaml/out")),
    Bad("checkpoint of another case", edited("step: 0.1", "step: 0.05"), "", prepare=stored_run(""), arguments=("--restart",)),
    Bad("damaged checkpoint", SMALL, "", prepare=damaged_checkpoint, arguments=("--restart",)),
    Bad("unfinished run in the folder", SMALL, "", prepare=stored_run("")),
    Bad("end before the checkpoint", edited("end: 2", "end: 1"), "", prepare=stored_run(""), arguments=("--restart",)),
    # ---- numerical failures
    Bad("voltage out of bounds", edited("amplitude: 50", "amplitude: 5e6"), "", NUMERIC),
    Bad("solver out of iterations", edited("time:\n", "diffusion:\n  max_iterations: 1\n  tolerance: 1e-14\ntime:\n"), "", NUMERIC),
]


def error_line(stderr: str) -> str:
    lines = [line for line in stderr.splitlines() if line.startswith("healthcast: error: ")]
    return lines[0].removeprefix("healthcast: error: ") if len(lines) == 1 else f"{len(lines)} error lines: {stderr}"


def actual(bad: Bad, folder: Path, ranks: int = 1) -> tuple[int, str]:
    """Exit code and error line, with the folder's path written as {dir}."""
    if bad.case is not None:
        write_case(folder, bad.case)
    if bad.prepare:
        bad.prepare(folder)
    output = () if "--output" in bad.arguments else ("--output", "out")
    done = run(["run", "case.yaml", *output, "--quiet", *bad.arguments], folder, ranks)
    return done.returncode, error_line(done.stderr).replace(str(folder), "{dir}")


class BadInput(unittest.TestCase):
    maxDiff = None

    def test_every_case_has_its_message(self) -> None:
        self.assertGreaterEqual(len(CASES), 40)
        for bad in CASES:
            with self.subTest(bad.name), tempfile.TemporaryDirectory() as name:
                folder = Path(name).resolve()
                self.assertEqual(actual(bad, folder), (bad.exit_code, bad.message))
                if bad.exit_code == INPUT and not bad.prepare:
                    self.assertFalse((folder / "out").exists(), "something was written although the input is bad")

    def test_all_ranks_end_alike(self) -> None:
        """Errors that one rank sees alone end every rank, with one message and the same code."""
        for wanted in ("wrong node number", "probe outside the mesh", "region without conductivity", "voltage out of bounds"):
            bad = next(case for case in CASES if case.name == wanted)
            with self.subTest(bad.name), tempfile.TemporaryDirectory() as name:
                folder = Path(name).resolve()
                self.assertEqual(actual(bad, folder, ranks=2), (bad.exit_code, bad.message))


if __name__ == "__main__":
    unittest.main()
