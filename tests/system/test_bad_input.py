"""Bad input: one clear line, the right exit code, nothing left behind.

Each row of CASES breaks one thing and states the whole message. `{dir}` stands for the folder of the case.
"""

from __future__ import annotations

import re
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
    path.write_bytes(path.read_bytes()[:3000])


CASES: list[Bad] = [
    # ---- the text of the case
    Bad("no case file", None, "case.yaml: cannot be read: No such file or directory"),
    Bad(
        "empty file",
        "",
        "case.yaml:1: found an empty file; allowed: a block of keys: title, mesh, fibres, tissue, cells, stimuli, time, diffusion, observe, output, checkpoint",
    ),
    Bad(
        "not YAML",
        edited("[0.2, 0.1, 0.1]", "[0.2, 0.1"),
        "case.yaml:13: not valid YAML: did not find expected ',' or ']', while parsing a flow sequence that starts on line 12",
    ),
    Bad("tab", edited("  step: 0.1", "\tstep: 0.1"), "case.yaml:24: found a tab; allowed: spaces"),
    Bad(
        "duplicate key",
        edited("  end: 2", "  end: 2\n  end: 3"),
        "case.yaml:26: time.end: given twice, first on line 25",
    ),
    Bad(
        "unknown block",
        edited("fibres:", "fibers:"),
        'case.yaml:6: fibers: unknown key; did you mean "fibres"? Allowed here: title, mesh, fibres, tissue, cells, stimuli, time, diffusion, observe, output, checkpoint',
    ),
    Bad(
        "unknown key",
        edited("  step: 0.1", "  stepp: 0.1"),
        'case.yaml:24: time.stepp: unknown key; did you mean "step"? Allowed here: step, end, splitting, reaction, adaptive, max_step, tolerance',
    ),
    Bad(
        "text for a number",
        edited("step: 0.1", "step: fast"),
        'case.yaml:24: time.step: found "fast"; allowed: a number from 1e-06 to 10 (ms)',
    ),
    Bad(
        "text for a list",
        edited("conductivity: [0.2, 0.1, 0.1]", "conductivity: high"),
        'case.yaml:12: tissue.regions[0].conductivity: found "high"; allowed: a number from 0 to 10000 (S/m)',
    ),
    Bad(
        "list for a block",
        edited("time:\n  step: 0.1\n  end: 2", "time: [0.1, 2]"),
        "case.yaml:23: time: found a list of 2; allowed: a block of keys: step, end, splitting, reaction, adaptive, max_step, tolerance",
    ),
    Bad(
        "negative step",
        edited("step: 0.1", "step: -0.1"),
        "case.yaml:24: time.step: found -0.1; allowed: a number from 1e-06 to 10 (ms)",
    ),
    Bad(
        "NaN",
        edited("step: 0.1", "step: .nan"),
        'case.yaml:24: time.step: found ".nan"; allowed: a number from 1e-06 to 10 (ms)',
    ),
    Bad(
        "missing mandatory key",
        edited("  end: 2\n", ""),
        "case.yaml:23: time.end: missing; allowed: a number from 0 to 1e+09 (ms) (mandatory)",
    ),
    Bad(
        "no cells",
        edited("cells:\n  - model: mitchell_schaeffer\n", ""),
        "case.yaml:1: cells: missing; allowed: a list of 1 to 1000 blocks of keys: model, parameters, scale, initial, initial_file, drugs, regions, field, range, parameter_fields, scale_fields (mandatory)",
    ),
    Bad(
        "unknown choice",
        edited("tetrahedron", "tetrahedra"),
        'case.yaml:3: mesh.cell: found "tetrahedra"; allowed: triangle, tetrahedron or hexahedron',
    ),
    Bad(
        "no boolean",
        SMALL + "checkpoint:\n  final: maybe\n",
        'case.yaml:32: checkpoint.final: found "maybe"; allowed: true or false',
    ),
    Bad(
        "two lengths for a solid",
        edited("size: [4, 2, 2]", "size: [4, 2]"),
        "case.yaml:4: mesh.size: found 2 lengths; allowed: 3 for tetrahedron cells",
    ),
    Bad(
        "half an integer",
        edited("spacing: 1", "spacing: 1\n  refine: 1.5"),
        "case.yaml:6: mesh.refine: found 1.5; allowed: an integer from 0 to 6",
    ),
    Bad(
        "end between steps",
        edited("end: 2", "end: 2.05"),
        "case.yaml:25: time.end: found 2.05 ms, which is 20.5 steps of 0.1 ms; allowed: a multiple of the time step, such as 2",
    ),
    # ---- the command line
    Bad(
        "--set of an unknown key",
        SMALL,
        '--set time.stp=0.1: time.stp: unknown key; did you mean "step"? Allowed here: step, end, splitting, reaction, adaptive, max_step, tolerance',
        arguments=("--set", "time.stp=0.1"),
    ),
    Bad(
        "--set of a bad value",
        SMALL,
        '--set time.step=fast: time.step: found "fast"; allowed: a number from 1e-06 to 10 (ms)',
        arguments=("--set", "time.step=fast"),
    ),
    Bad(
        "--set without a value",
        SMALL,
        '--set time.step: found no "="; allowed: key.path=value',
        arguments=("--set", "time.step"),
    ),
    Bad(
        "--set of an item that is not there",
        SMALL,
        "--set stimuli[3].start=1: stimuli: no item 3; allowed: 0 to 0",
        arguments=("--set", "stimuli[3].start=1"),
    ),
    Bad(
        "unknown option",
        SMALL,
        "--outptu: unknown option; did you mean --output?; see --help",
        arguments=("--outptu", "x"),
    ),
    Bad("two cases", SMALL, "healthcast run: found 2 words; allowed: CASE.yaml", arguments=("other.yaml",)),
    # ---- the mesh
    Bad(
        "file and box",
        edited("  cell: tetrahedron", "  file: mesh.h5\n  cell: tetrahedron"),
        "case.yaml:5: mesh.size: found both mesh.file and mesh.size; allowed: one of them",
    ),
    Bad(
        "neither file nor box",
        edited("  size: [4, 2, 2]\n", ""),
        "case.yaml:2: mesh.file (default): no mesh; allowed: mesh.file, or mesh.size and mesh.spacing for a box",
    ),
    Bad("missing mesh file", FILE_MESH, "{dir}/mesh.h5: cannot be read: No such file or directory"),
    Bad(
        "truncated HDF5",
        FILE_MESH,
        "{dir}/mesh.h5: is not an HDF5 file, or is damaged: HDF5: truncated file: eof = 1500, sblock->base_addr = 0, stored_eof = 8976",
        prepare=truncated,
    ),
    Bad(
        "text for HDF5",
        FILE_MESH,
        "{dir}/mesh.h5: is not an HDF5 file, or is damaged: HDF5: file signature not found",
        prepare=text_file("mesh.h5", "a mesh\n"),
    ),
    Bad(
        "no Points",
        FILE_MESH,
        "{dir}/mesh.h5: VTKHDF/Points: is missing",
        prepare=mesh_file(lambda vtk: vtk.__delitem__("Points")),
    ),
    Bad(
        "NaN coordinates",
        FILE_MESH,
        "{dir}/mesh.h5: node 4 at (1, nan, 1) mm is not finite",
        prepare=put("Points", (4, 1), np.nan),
    ),
    Bad(
        "wrong node number",
        FILE_MESH,
        "{dir}/mesh.h5: VTKHDF/Connectivity: cell 1 has node 99, there are nodes 0 to 4",
        prepare=put("Connectivity", 7, 99),
    ),
    Bad(
        "negative node number",
        FILE_MESH,
        "{dir}/mesh.h5: VTKHDF/Connectivity: cell 0 has node -1, there are nodes 0 to 4",
        prepare=put("Connectivity", 2, -1),
    ),
    Bad(
        "node twice in a cell",
        FILE_MESH,
        "{dir}/mesh.h5: cell 1 (tetrahedron with nodes 1, 2, 3, 3) has a node twice",
        prepare=put("Connectivity", 7, 3),
    ),
    Bad(
        "flat cell",
        FILE_MESH,
        "{dir}/mesh.h5: cell 1 (tetrahedron with nodes 1, 2, 3, 4) around (0.333333, 0.333333, 0.333333) mm has no volume",
        prepare=put("Points", slice(4, 5), [1 / 3, 1 / 3, 1 / 3]),
    ),
    Bad(
        "disconnected node",
        FILE_MESH,
        "{dir}/mesh.h5: node 5 at (9, 9, 9) mm is in no cell (disconnected)",
        prepare=mesh_file(
            lambda vtk: (
                (
                    replace(vtk, "Points", np.vstack([vtk["Points"][:], [[9, 9, 9]]])),
                    vtk["NumberOfPoints"].__setitem__(0, 6),
                )
                and None
            )
        ),
    ),
    Bad(
        "unsupported cell type",
        FILE_MESH,
        "{dir}/mesh.h5: VTKHDF/Types: cell 1 has VTK type 14; 5 (triangle), 10 (tetrahedron) and 12 (hexahedron) are allowed",
        prepare=put("Types", 1, 14),
    ),
    Bad(
        "offsets that do not fit",
        FILE_MESH,
        "{dir}/mesh.h5: VTKHDF/Offsets: cell 0 has offsets 0 and 3, a tetrahedron there has 0 and 4",
        prepare=put("Offsets", 1, 3),
    ),
    Bad(
        "fibre of zero length",
        FILE_MESH.replace("uniform", "mesh").replace("  direction: [1, 0, 0]\n", ""),
        "case.yaml:5: fibres.rule: the mesh has at cell 1 near (1, 0, 0) mm: the fibre has length zero; allowed: finite directions of a length above zero",
        prepare=put("CellData/fibre", (1, 0), 0),
    ),
    Bad(
        "fibre that is NaN",
        FILE_MESH.replace("uniform", "mesh").replace("  direction: [1, 0, 0]\n", ""),
        "case.yaml:5: fibres.rule: the mesh has at cell 0 near (0, 0, 0) mm: the fibre is not finite; allowed: finite directions of a length above zero",
        prepare=put("CellData/fibre", (0, 2), np.nan),
    ),
    Bad(
        "no fibres in the mesh",
        edited("  rule: uniform\n  direction: [1, 0, 0]\n", "  rule: mesh\n"),
        'case.yaml:7: fibres.rule: rule mesh, but the mesh has no cell field "fibre"; allowed: uniform, ldrb',
    ),
    Bad(
        "no stored partition",
        FILE_MESH.replace("file: mesh.h5", "file: mesh.h5\n  partitioner: stored"),
        "case.yaml:4: mesh.partitioner: the mesh has no stored partition for this number of ranks; make it with healthcast mesh partition, or choose metis, ptscotch or curve",
        prepare=mesh_file(),
    ),
    Bad(
        "unknown mesh format",
        FILE_MESH.replace("mesh.h5", "mesh.stl"),
        "{dir}/mesh.stl: the format is not known; Gmsh (.msh), VTK (.vtk, .vtu) and openCARP (.pts, .elem) are supported",
        prepare=text_file("mesh.stl", "solid\n"),
    ),
    Bad(
        "text that is no Gmsh file",
        FILE_MESH.replace("mesh.h5", "mesh.msh"),
        '{dir}/mesh.msh:1: "hello" where $MeshFormat is expected',
        prepare=text_file("mesh.msh", "hello\n"),
    ),
    Bad(
        "VTU that ends too soon",
        FILE_MESH.replace("mesh.h5", "mesh.vtu"),
        "{dir}/mesh.vtu:3: no element found",
        prepare=text_file("mesh.vtu", '<?xml version="1.0"?>\n<VTKFile type="UnstructuredGrid"><UnstructuredGrid>\n'),
    ),
    # ---- tissue and fibres
    Bad(
        "fibre direction of zero length",
        edited("direction: [1, 0, 0]", "direction: [0, 0, 0]"),
        "case.yaml:8: fibres.direction: the fibre has length zero; allowed: three finite numbers that make a direction",
    ),
    Bad(
        "rule without its surfaces",
        edited("  rule: uniform\n  direction: [1, 0, 0]\n", "  rule: ldrb\n  base: 7\n  epi: 8\n  lv: 9\n  rv: 0\n"),
        "case.yaml:9: fibres.epi: no node of the mesh lies on surface 8 (`epi`)",
    ),
    Bad(
        "region without conductivity",
        edited("name: slab", "name: slab\n      tags: [2]"),
        "case.yaml:10: tissue.regions: region 1 of the mesh (cell 0) has no conductivity",
    ),
    Bad(
        "conductivity twice",
        edited(
            "conductivity: [0.2, 0.1, 0.1]",
            "conductivity: [0.2]\n      intracellular: [0.2]\n      extracellular: [0.2]",
        ),
        "case.yaml:12: tissue.regions[0].conductivity: given together with `intracellular` or `extracellular`; allowed: one kind only",
    ),
    Bad(
        "no conductivity",
        edited("      conductivity: [0.2, 0.1, 0.1]\n", ""),
        "case.yaml:11: tissue.regions[0].conductivity (default): the region has no conductivity; give `conductivity`, or `intracellular` and `extracellular`, or `velocity`",
    ),
    Bad(
        "intracellular alone",
        edited("conductivity: [0.2, 0.1, 0.1]", "intracellular: [0.2]"),
        "case.yaml:11: tissue.regions[0].extracellular (default): `intracellular` and `extracellular` must be given together",
    ),
    Bad(
        "negative conductivity",
        edited("[0.2, 0.1, 0.1]", "[0.2, -0.1, 0.1]"),
        "case.yaml:12: tissue.regions[0].conductivity[1]: found -0.1; allowed: a number from 0 to 10000 (S/m)",
    ),
    Bad(
        "velocity without an axis",
        edited("conductivity: [0.2, 0.1, 0.1]", "velocity: {sheet: 0.4}"),
        "case.yaml:12: tissue.regions[0].velocity: no velocity along the fibre; allowed: `fibre`, and if they differ `sheet` and `normal`",
    ),
    Bad(
        "velocity along an unknown axis",
        edited("conductivity: [0.2, 0.1, 0.1]", "velocity: {fibre: 0.6, sheets: 0.4}"),
        'case.yaml:12: tissue.regions[0].velocity.sheets: unknown axis "sheets"; did you mean "sheet"?; allowed: fibre, sheet, normal',
    ),
    Bad(
        "velocity of nothing",
        edited("conductivity: [0.2, 0.1, 0.1]", "velocity: {fibre: 60}"),
        "case.yaml:12: tissue.regions[0].velocity.fibre: found 60 m/s; allowed: above 0, at most 5",
    ),
    Bad(
        "velocity beside conductivity",
        edited("conductivity: [0.2, 0.1, 0.1]", "conductivity: [0.2]\n      velocity: {fibre: 0.6}"),
        "case.yaml:12: tissue.regions[0].conductivity: given together with `velocity`; allowed: one kind only",
    ),
    Bad(
        "scaled velocity",
        edited("conductivity: [0.2, 0.1, 0.1]", "velocity: {fibre: 0.6}\n      scale: 2"),
        "case.yaml:13: tissue.regions[0].scale: found 2 beside `velocity`; allowed: 1, since velocities are not conductivities",
    ),
    Bad(
        "unknown correction",
        edited("  regions:\n", "  mesh_correction: speed\n  regions:\n"),
        'case.yaml:10: tissue.mesh_correction: found "speed"; allowed: none or velocity',
    ),
    Bad(
        "tag in two regions",
        edited(
            "    - name: slab\n", "    - {name: a, tags: [1], conductivity: [1]}\n    - name: slab\n      tags: [1]\n"
        ),
        "case.yaml:13: tissue.regions[1].tags: region 1 is named twice",
    ),
    # ---- cells
    Bad(
        "unknown model",
        edited("mitchell_schaeffer", "mitchel_schaeffer"),
        'case.yaml:14: cells[0].model: unknown cell model "mitchel_schaeffer"; did you mean "mitchell_schaeffer"? Else see healthcast models',
    ),
    Bad(
        "unknown parameter",
        edited("mitchell_schaeffer", "mitchell_schaeffer\n    parameters: {tau_inn: 1}"),
        'case.yaml:15: cells[0].parameters.tau_inn: model mitchell_schaeffer has no parameter "tau_inn"; did you mean "tau_in"?',
    ),
    Bad(
        "parameter out of range",
        edited("mitchell_schaeffer", "mitchell_schaeffer\n    parameters: {tau_in: -1}"),
        "case.yaml:15: cells[0].parameters.tau_in: parameter tau_in of mitchell_schaeffer: found -1; allowed: 0.01 to 10 (ms)",
    ),
    Bad(
        "unknown state",
        edited("mitchell_schaeffer", "mitchell_schaeffer\n    initial: {hh: 1}"),
        'case.yaml:15: cells[0].initial.hh: model mitchell_schaeffer has no state "hh"; did you mean "h"?',
    ),
    Bad(
        "nodes without a model",
        edited("mitchell_schaeffer", "mitchell_schaeffer\n    regions: [3]"),
        "case.yaml:15: cells[0].regions: the mesh has no region with tag 3",
    ),
    Bad(
        "field that is not there",
        edited("mitchell_schaeffer", "mitchell_schaeffer\n    field: depth\n    range: [0, 1]"),
        'case.yaml:15: cells[0].field: there is no nodal field "depth" in the mesh or from the fibres',
    ),
    Bad(
        "factor on nothing",
        edited("mitchell_schaeffer", "ttp06_epi\n    scale: {IKss: 2}"),
        'case.yaml:15: cells[0].scale.IKss: model ttp06_epi has no parameter or current "IKss"; did you mean "IKs"?',
    ),
    Bad(
        "negative factor",
        edited("mitchell_schaeffer", "ttp06_epi\n    scale: {IKs: -2}"),
        "case.yaml:15: cells[0].scale.IKs: found -2; allowed: a finite factor of at least 0",
    ),
    Bad(
        "factor out of the parameter's range",
        edited("mitchell_schaeffer", "mitchell_schaeffer\n    scale: {tau_in: 100}"),
        "case.yaml:15: cells[0].scale.tau_in: parameter tau_in of mitchell_schaeffer times 100: found 30; allowed: 0.01 to 10 (ms)",
    ),
    Bad(
        "parameter field that is not there",
        edited("mitchell_schaeffer", "mitchell_schaeffer\n    parameter_fields: {tau_in: depth}"),
        'case.yaml:15: cells[0].parameter_fields.tau_in: there is no nodal field "depth" in the mesh or from the fibres',
    ),
    Bad(
        "parameter out of range at a node",
        edited("mitchell_schaeffer", "mitchell_schaeffer\n    scale_fields: {tau_in: 1 - x}"),
        "case.yaml:15: cells[0].scale_fields.tau_in: parameter tau_in of mitchell_schaeffer: found 0 at node 1 (1, 0, 0 mm); allowed: 0.01 to 10 (ms)",
    ),
    Bad(
        "field of an unknown parameter",
        edited("mitchell_schaeffer", "mitchell_schaeffer\n    parameter_fields: {tau_inn: x}"),
        'case.yaml:15: cells[0].parameter_fields.tau_inn: model mitchell_schaeffer has no parameter "tau_inn"; did you mean "tau_in"?',
    ),
    Bad(
        "drug without a dose",
        edited("mitchell_schaeffer", "ttp06_epi\n    drugs: [{name: d, ic50_nM: {IKr: 50}}]"),
        "case.yaml:15: cells[0].drugs[0].name: d has neither dose nor concentration_nM; allowed: dose or concentration_nM",
    ),
    Bad(
        "drug on a current that the model lacks",
        edited(
            "mitchell_schaeffer", "mitchell_schaeffer\n    drugs: [{name: d, ic50_nM: {IKr: 50}, concentration_nM: 1}]"
        ),
        "case.yaml:15: cells[0].drugs[0].ic50_nM.IKr: d blocks IKr, a current that model mitchell_schaeffer lacks; allowed: Iin, Iout",
    ),
    Bad(
        "drug table on a current that the model lacks",
        edited("mitchell_schaeffer", "ttp06_epi\n    drugs: [{name: d, table: t.csv, dose: 1}]"),
        "case.yaml:15: cells[0].drugs[0].table: {dir}/t.csv:3: d blocks inal, a current that model ttp06_epi lacks; allowed: INa, IK1, Ito, IKr, IKs, ICaL, INaCa, INaK, IpCa, IpK, IbNa, IbCa",
        prepare=text_file("t.csv", "# drugs\ndrug,cmax_nM,inal_ic50_nM\nd,2,50\n"),
    ),
    Bad(
        "unknown column of a drug table",
        edited("mitchell_schaeffer", "ttp06_epi\n    drugs: [{name: d, table: t.csv, dose: 1}]"),
        'case.yaml:15: cells[0].drugs[0].name: {dir}/t.csv:1: unknown column "dose"; allowed: drug, cmax_nM, <current>_ic50_nM, <current>_hill, ikr_kmax, ikr_ku_per_ms, ikr_n, ikr_halfmax, ikr_vhalf_mV, tdp_risk, set',
        prepare=text_file("t.csv", "drug,dose\nd,2\n"),
    ),
    Bad(
        "drug that the table lacks",
        edited("mitchell_schaeffer", "ttp06_epi\n    drugs: [{name: quinidin, table: t.csv, dose: 1}]"),
        'case.yaml:15: cells[0].drugs[0].name: {dir}/t.csv: has no drug "quinidin" among its 1; did you mean "quinidine"?',
        prepare=text_file("t.csv", "drug,cmax_nM\nquinidine,2\n"),
    ),
    Bad(
        "plug-in that is not there",
        edited("mitchell_schaeffer", "mine.so"),
        "case.yaml:14: cells[0].model: {dir}/mine.so: no plug-in can be read here: No such file or directory",
    ),
    Bad(
        "plug-in that is none",
        edited("mitchell_schaeffer", "./mine.so"),
        "case.yaml:14: cells[0].model: {dir}/mine.so: cannot be loaded as a plug-in: file too short",
        prepare=text_file("mine.so", "hello\n"),
    ),
    Bad(
        "stored states that are not there",
        edited("mitchell_schaeffer", "mitchell_schaeffer\n    initial_file: rest.h5"),
        "case.yaml:15: cells[0].initial_file: {dir}/rest.h5: cannot be read: No such file or directory",
    ),
    Bad(
        "stored states of nothing",
        edited("mitchell_schaeffer", "mitchell_schaeffer\n    initial_file: mesh.h5"),
        "case.yaml:15: cells[0].initial_file: {dir}/mesh.h5: holds no states of a cell; allowed: a file that healthcast cell stored",
        prepare=mesh_file(),
    ),
    # ---- stimuli
    Bad(
        "stimulus outside the mesh",
        edited("min: [0, 0, 0]", "min: [8, 8, 8]").replace("max: [1, 1, 1]", "max: [9, 9, 9]"),
        "case.yaml:17: stimuli[0].shape: outside the mesh: no node lies in this box, which reaches from (8, 8, 8) to (9, 9, 9) mm; the mesh reaches from (0, 0, 0) to (4, 2, 2) mm",
    ),
    Bad(
        "box inside out",
        edited("max: [1, 1, 1]", "max: [-1, 1, 1]"),
        "case.yaml:19: stimuli[0].max: the box has x from 0 to -1 mm; allowed: max not below min",
    ),
    Bad(
        "sphere without radius",
        edited("shape: box\n    min: [0, 0, 0]\n    max: [1, 1, 1]", "shape: sphere\n    centre: [0, 0, 0]"),
        'case.yaml:17: stimuli[0].shape: shape sphere needs the key "radius"',
    ),
    Bad(
        "key of another shape",
        edited("shape: box", "shape: box\n    radius: 2"),
        'case.yaml:18: stimuli[0].radius: shape box has no use for the key "radius"',
    ),
    Bad(
        "overlapping pulses",
        edited("duration: 1", "duration: 1\n    period: 0.5\n    count: 3"),
        "case.yaml:22: stimuli[0].duration: pulses of 1 ms every 0.5 ms overlap; allowed: a duration up to the period",
    ),
    Bad(
        "node that is not there",
        edited("shape: box\n    min: [0, 0, 0]\n    max: [1, 1, 1]", "shape: nodes\n    nodes: [4500]"),
        "case.yaml:18: stimuli[0].nodes: found node 4500; allowed: 0 to 44",
    ),
    # ---- what is watched and written
    Bad(
        "probe outside the mesh",
        edited("point: [4, 2, 2]", "point: [40, 2, 2]"),
        "case.yaml:28: observe.probes[0].point: found (40, 2, 2) mm, which is 36 mm from the nearest node; allowed: a point of the mesh",
    ),
    Bad(
        "electrode in the tissue",
        edited("observe:\n", "observe:\n  electrodes:\n    - {name: e, point: [1, 1, 1]}\n"),
        "case.yaml:28: observe.electrodes[0].point: found (1, 1, 1) mm, which is in the tissue; allowed: a point at least 0.1 mm from it",
    ),
    Bad(
        "percentage of the APD",
        edited("observe:\n", "observe:\n  apd: [90, 150]\n"),
        "case.yaml:27: observe.apd[1]: found 150; allowed: a number from 1 to 99 (%)",
    ),
    Bad(
        "unknown output field",
        edited("  every: 1\n", "  every: 1\n  fields: [V, Cai]\n"),
        'case.yaml:31: output.fields: found "Cai"; allowed: V and the states of the cell models in use (see healthcast models)',
    ),
    Bad(
        "output field twice",
        edited("  every: 1\n", "  every: 1\n  fields: [V, h, V]\n"),
        'case.yaml:31: output.fields: found "V" twice; allowed: each field once',
    ),
    Bad(
        "folder that is a file",
        SMALL,
        "case.yaml: folder cannot be made: a file of this name is in the way",
        ENVIRONMENT,
        ("--output", "case.yaml/out"),
    ),
    Bad(
        "checkpoint of another case",
        edited("step: 0.1", "step: 0.05"),
        "out/checkpoint.h5: is the checkpoint of another mesh or case: its fingerprint is {sha256}, this case's is {sha256}",
        prepare=stored_run(""),
        arguments=("--restart",),
    ),
    Bad(
        "damaged checkpoint",
        SMALL,
        "out/checkpoint.h5: is no checkpoint of healthcast, or is damaged: 3000 bytes without the seal at their end",
        prepare=damaged_checkpoint,
        arguments=("--restart",),
    ),
    Bad(
        "unfinished run in the folder",
        SMALL,
        "out/checkpoint.h5: this folder holds a run that can go on; allowed: --restart to go on with it, --overwrite to drop it, or another --output",
        prepare=stored_run(""),
    ),
    Bad(
        "end before the checkpoint",
        edited("end: 2", "end: 1"),
        "case.yaml:25: time.end: found 1 ms; allowed: at least the 2 ms that the checkpoint has reached",
        prepare=stored_run(""),
        arguments=("--restart",),
    ),
    Bad(
        "scale of a native mesh",
        FILE_MESH.replace("  file: mesh.h5\n", "  file: mesh.h5\n  scale: 10\n"),
        "case.yaml:4: mesh.scale: scale is for meshes that are imported; {dir}/mesh.h5 is a native one, in mm and with its tags",
        prepare=mesh_file(),
    ),
    Bad(
        "mass that an implicit method cannot take",
        edited("time:\n", "diffusion:\n  method: crank_nicolson\n  mass: -1\ntime:\n"),
        "case.yaml:25: diffusion.mass: found a lumped share of -1; allowed: 0 (consistent) to 1 (lumped) with an implicit method",
    ),
    # ---- numerical failures
    Bad(
        "voltage out of bounds",
        edited("amplitude: 50", "amplitude: 5e6"),
        "step 1 (t = 0.1 ms): V = 365893 mV at node 0 (0, 0, 0 mm); allowed -200 to 200 mV",
        NUMERIC,
    ),
    Bad(
        "solver out of iterations",
        edited("time:\n", "diffusion:\n  method: crank_nicolson\n  max_iterations: 1\n  tolerance: 1e-14\ntime:\n"),
        "diffusion: the solver gave up after 1 iterations at a residual of 0.0112 mV: DIVERGED_ITS",
        NUMERIC,
    ),
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
    return done.returncode, re.sub("[0-9a-f]{64}", "{sha256}", error_line(done.stderr).replace(str(folder), "{dir}"))


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
        for wanted in (
            "wrong node number",
            "probe outside the mesh",
            "region without conductivity",
            "voltage out of bounds",
            "parameter out of range at a node",
            "plug-in that is none",
        ):
            bad = next(case for case in CASES if case.name == wanted)
            with self.subTest(bad.name), tempfile.TemporaryDirectory() as name:
                folder = Path(name).resolve()
                self.assertEqual(actual(bad, folder, ranks=2), (bad.exit_code, bad.message))


if __name__ == "__main__":
    unittest.main()
