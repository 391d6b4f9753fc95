"""Small results folders as healthcast writes them, without running it."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np

STRIDE = 32  # rows a frame, more than there are nodes


def cube(n: int = 2) -> tuple[np.ndarray, np.ndarray]:
    """Nodes and hexahedra of a box of n x n x n cells of 1 mm."""
    axis = np.arange(n + 1)
    points = np.array([(x, y, z) for z in axis for y in axis for x in axis], dtype=float)
    corners = [(0, 0, 0), (1, 0, 0), (1, 1, 0), (0, 1, 0), (0, 0, 1), (1, 0, 1), (1, 1, 1), (0, 1, 1)]
    m = n + 1
    cells = [
        [(i + a) + m * ((j + b) + m * (k + c)) for a, b, c in corners]
        for k in range(n)
        for j in range(n)
        for i in range(n)
    ]
    return points, np.array(cells)


def value(frame: int, n_nodes: int) -> np.ndarray:
    """V at all nodes in a frame."""
    return np.arange(n_nodes) + 1000.0 * frame


def write_segment(path: Path, first: int, count: int, maps: dict[str, np.ndarray] | None = None) -> None:
    """results.h5 or a part with `count` frames from `first` on, and maps in ms."""
    points, cells = cube()
    with h5py.File(path, "w") as file:
        vtk = file.create_group("VTKHDF")
        if path.name == "results.h5":
            vtk["NumberOfPoints"] = [len(points)]
            vtk["NumberOfCells"] = [len(cells)]
            vtk["Points"] = points
            vtk["Connectivity"] = cells.ravel()
            vtk["Types"] = np.full(len(cells), 12, dtype=np.uint8)
        if count:
            frames = np.zeros(count * STRIDE, dtype=np.float32)
            for s in range(count):
                frames[s * STRIDE : s * STRIDE + len(points)] = value(first + s, len(points))
            vtk["PointData/V"] = frames
            vtk["PointData/V"].attrs["rows_per_frame"] = STRIDE
            vtk["Steps/Values"] = 0.5 * np.arange(first, first + count)
            vtk["Steps/PointDataOffsets/V"] = STRIDE * np.arange(count)
        for name, values in (maps or {}).items():
            vtk[f"PointData/{name}"] = values
            vtk[f"PointData/{name}"].attrs["unit"] = np.bytes_("ms")
        file.create_group("healthcast").attrs["first_frame"] = first


def write_traces(path: Path, title: str) -> np.ndarray:
    """Two columns and their times."""
    samples = np.array([[0.0, -85.0, -86.0], [0.5, 20.0, -85.5], [1.0, 30.0, 31.0]])
    with h5py.File(path, "a") as file:
        data = file["healthcast"].create_dataset(title, data=samples)
        data.attrs["columns"] = np.array([b"time", b"apex", b"base"])
        data.attrs["unit"] = np.bytes_("mV")
    return samples
