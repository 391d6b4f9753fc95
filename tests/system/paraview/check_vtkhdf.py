"""Check that VTK's own reader shows every step and array of results.h5 with the values that are in the file.

    python check_vtkhdf.py results.h5

Needs vtk >= 9.3, numpy and h5py from PyPI. Exit code 0 if all is equal.
"""

from __future__ import annotations

import sys

import numpy as np
import vtk
from expected import Report, Results
from vtk.util.numpy_support import vtk_to_numpy


def read(reader: vtk.vtkHDFReader, time: float) -> vtk.vtkUnstructuredGrid:
    """The grid at a time."""
    reader.UpdateTimeStep(time)
    data = reader.GetOutputDataObject(0)
    return data.GetPartition(0) if data.IsA("vtkPartitionedDataSet") else data


def check_mesh(grid: vtk.vtkUnstructuredGrid, results: Results, report: Report) -> None:
    """Points, connectivity and types."""
    points, connectivity, types = results.mesh()
    report.equal("Points", vtk_to_numpy(grid.GetPoints().GetData()), points)
    report.equal("Connectivity", vtk_to_numpy(grid.GetCells().GetConnectivityArray()), connectivity)
    report.equal("Types", np.array([grid.GetCellType(i) for i in range(grid.GetNumberOfCells())]), types)


def check_step(grid: vtk.vtkUnstructuredGrid, results: Results, step: int, report: Report) -> None:
    """All arrays, and no others."""
    expected = results.arrays(step)
    names = set()
    for place, data in (("PointData", grid.GetPointData()), ("CellData", grid.GetCellData())):
        names |= {(place, data.GetArrayName(i)) for i in range(data.GetNumberOfArrays())}
    report.equal(f"step {step}: names", np.array(sorted(names)), np.array(sorted(expected)))
    for (place, name), values in expected.items():
        data = grid.GetPointData() if place == "PointData" else grid.GetCellData()
        array = data.GetArray(name)
        found = vtk_to_numpy(array) if array else np.empty(0)
        report.equal(f"step {step}: {place}/{name}", found, values)


def main(path: str) -> int:
    """Compare everything."""
    results, report = Results(path), Report()
    reader = vtk.vtkHDFReader()
    reader.SetFileName(path)
    reader.UpdateInformation()
    key = vtk.vtkStreamingDemandDrivenPipeline.TIME_STEPS()
    times = reader.GetOutputInformation(0).Get(key) or ()
    if len(results.times) > 1:  # VTK counts a single step as none
        report.equal("times", np.array(times), results.times)
    for step, time in enumerate(results.times if len(results.times) else [0.0]):
        grid = read(reader, time)
        if step == 0:
            check_mesh(grid, results, report)
        check_step(grid, results, step, report)
    return report.finish(path)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1]))
