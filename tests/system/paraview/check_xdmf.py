"""Check that ParaView's "XDMF Reader" shows every step and array of results.xdmf with the values of results.h5.

    python check_xdmf.py results.h5          (results.xdmf lies beside it)

Needs numpy and h5py, and pvpython (Debian: paraview) in the PATH, which reads the XDMF file in a process of its own.
Exit code 0 if all is equal, 77 if there is no pvpython.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np


def dump(path: str, folder: str) -> None:
    """Under pvpython: write times, mesh and the arrays of each step as .npz files."""
    from paraview import servermanager
    from paraview.simple import XDMFReader
    from vtkmodules.util.numpy_support import vtk_to_numpy

    reader = XDMFReader(FileNames=[path])
    reader.UpdatePipelineInformation()
    times = list(reader.TimestepValues)
    for step, time in enumerate(times or [0.0]):
        reader.UpdatePipeline(time)
        grid = servermanager.Fetch(reader)
        while grid.IsA("vtkMultiBlockDataSet"):
            grid = grid.GetBlock(0)
        arrays = {}
        for place, data in (("PointData", grid.GetPointData()), ("CellData", grid.GetCellData())):
            for i in range(data.GetNumberOfArrays()):
                arrays[f"{place}/{data.GetArrayName(i)}"] = vtk_to_numpy(data.GetArray(i))
        np.savez(f"{folder}/step{step}.npz", **arrays)
        if step == 0:
            types = np.array([grid.GetCellType(i) for i in range(grid.GetNumberOfCells())])
            points = vtk_to_numpy(grid.GetPoints().GetData())
            connectivity = vtk_to_numpy(grid.GetCells().GetConnectivityArray())
            np.savez(f"{folder}/mesh.npz", points=points, connectivity=connectivity, types=types)
    np.save(f"{folder}/times.npy", np.array(times))


def compare(path: Path, folder: str) -> int:
    """What pvpython dumped against the HDF5 file."""
    from expected import Report, Results

    results, report = Results(path), Report()
    if len(results.times):
        report.equal("times", np.load(f"{folder}/times.npy"), results.times)
    mesh = np.load(f"{folder}/mesh.npz")
    for name, values in zip(("points", "connectivity", "types"), results.mesh(), strict=True):
        report.equal(name, mesh[name], values)
    for step in range(max(len(results.times), 1)):
        expected = results.arrays(step)
        with np.load(f"{folder}/step{step}.npz") as found:
            names = np.array(sorted("/".join(key) for key in expected))
            report.equal(f"step {step}: names", np.array(sorted(found.files)), names)
            for (place, name), values in expected.items():
                report.equal(f"step {step}: {place}/{name}", found[f"{place}/{name}"], values)
    return report.finish(path.with_suffix(".xdmf"))


def main(path: Path) -> int:
    """Dump in one process, compare in this one."""
    if not shutil.which("pvpython"):
        print("skipped: no pvpython")
        return 77
    with tempfile.TemporaryDirectory() as folder:
        xdmf = str(path.resolve().with_suffix(".xdmf"))
        subprocess.run(["pvpython", "--force-offscreen-rendering", __file__, "--dump", xdmf, folder], check=True)
        return compare(path, folder)


if __name__ == "__main__":
    if len(sys.argv) == 4 and sys.argv[1] == "--dump":
        dump(sys.argv[2], sys.argv[3])
    elif len(sys.argv) == 2:
        sys.exit(main(Path(sys.argv[1])))
    else:
        sys.exit(__doc__)
