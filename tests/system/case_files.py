"""A small case and the means to run it, shared by the system tests."""

from __future__ import annotations

import gzip
import json
import os
import shutil
import struct
import subprocess
from pathlib import Path

import h5py
import numpy as np

HEALTHCAST = os.environ.get("HEALTHCAST", "healthcast")
MPIEXEC = os.environ.get("HC_MPIEXEC", "mpiexec").split()
SOURCE = Path(__file__).resolve().parents[2]

# A slab of 45 nodes: seconds of work for no test, yet every block of a case is there.
SMALL = """\
title: small slab
mesh:
  cell: tetrahedron
  size: [4, 2, 2]
  spacing: 1
fibres:
  rule: uniform
  direction: [1, 0, 0]
tissue:
  regions:
    - name: slab
      conductivity: [0.2, 0.1, 0.1]
cells:
  - model: mitchell_schaeffer
stimuli:
  - name: corner
    shape: box
    min: [0, 0, 0]
    max: [1, 1, 1]
    amplitude: 50
    start: 0
    duration: 1
time:
  step: 0.1
  end: 2
observe:
  probes:
    - {name: far, point: [4, 2, 2]}
output:
  every: 1
"""


def run(
    arguments: list[str], cwd: Path, ranks: int = 1, timeout: float = 120, **options
) -> subprocess.CompletedProcess:
    """Run healthcast on that many ranks; text output is captured."""
    launcher = []
    if ranks > 1:
        root = ["--allow-run-as-root"] if os.geteuid() == 0 else []
        launcher = [*MPIEXEC, *root, "--oversubscribe", "-n", str(ranks)]
    return subprocess.run(
        [*launcher, HEALTHCAST, *arguments],
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
        **options,
    )


def write_case(folder: Path, text: str = SMALL, name: str = "case.yaml") -> Path:
    path = folder / name
    path.write_text(text)
    return path


def edited(old: str, new: str, text: str = SMALL) -> str:
    """The small case with one piece of text replaced; the piece must be there."""
    assert old in text, f"{old!r} is not in the case"
    return text.replace(old, new, 1)


def have(program: str) -> bool:
    return shutil.which(program) is not None


def results(folder: Path) -> dict[str, np.ndarray]:
    """Every dataset of results.h5 by its path."""
    found: dict[str, np.ndarray] = {}
    with h5py.File(folder / "results.h5") as file:
        file.visititems(lambda name, item: found.update({name: item[()]}) if isinstance(item, h5py.Dataset) else None)
    return found


def summary(folder: Path) -> dict:
    return json.loads((folder / "summary.json").read_text())


def write_image(path: Path, values: np.ndarray, corner: tuple[float, ...], edge: float) -> Path:
    """A NIfTI-1 file of bytes or single precision, by the standard's table of the header; corner: of the first voxel."""
    code, bits, kind = (2, 8, np.uint8) if values.dtype.kind != "f" else (16, 32, np.float32)
    header = bytearray(352)
    struct.pack_into("<i", header, 0, 348)
    struct.pack_into("<8h", header, 40, 3, *values.shape, 1, 1, 1, 1)
    struct.pack_into("<2h", header, 70, code, bits)
    struct.pack_into("<4f", header, 76, 1, edge, edge, edge)
    struct.pack_into("<f", header, 108, 352)
    struct.pack_into("<h", header, 254, 1)
    for row in range(3):
        line = [0.0, 0.0, 0.0, corner[row] + edge / 2]
        line[row] = edge
        struct.pack_into("<4f", header, 280 + 16 * row, *line)
    header[344:348] = b"n+1\0"
    path.write_bytes(gzip.compress(bytes(header) + values.astype(kind).tobytes(order="F")))
    return path
