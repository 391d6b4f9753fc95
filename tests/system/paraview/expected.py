"""The arrays of a healthcast results file step by step, straight from HDF5: what every reader must show."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np


class Results:
    """One results.h5, or one of its parts."""

    def __init__(self, path: str | Path) -> None:
        self.file = h5py.File(path, "r")
        self.vtk = self.file["VTKHDF"]
        self.n_points = int(self.vtk["NumberOfPoints"][0])
        self.n_cells = int(self.vtk["NumberOfCells"][0])
        self.times = np.asarray(self.vtk["Steps/Values"]) if "Steps" in self.vtk else np.empty(0)

    def mesh(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Points, connectivity and cell types."""
        return tuple(np.asarray(self.vtk[name]) for name in ("Points", "Connectivity", "Types"))

    def arrays(self, step: int) -> dict[tuple[str, str], np.ndarray]:
        """(PointData or CellData, name) -> values at a step."""
        found = {}
        for place, rows in (("PointData", self.n_points), ("CellData", self.n_cells)):
            for name in self.vtk.get(place, {}):
                data = self.vtk[place][name]
                offset = 0
                if len(self.times):
                    offset = int(self.vtk[f"Steps/{place}Offsets/{name}"][step])
                found[place, name] = np.asarray(data[offset : offset + rows])
        return found


class Report:
    """Counts comparisons and prints those that fail."""

    def __init__(self) -> None:
        self.n = self.failed = 0

    def equal(self, what: str, found: np.ndarray, expected: np.ndarray) -> None:
        """Bit for bit, NAN equal to NAN."""
        self.n += 1
        if found.shape != expected.shape or not np.array_equal(found, expected, equal_nan=expected.dtype.kind == "f"):
            self.failed += 1
            print(f"differs: {what}: {found.dtype}{found.shape}, expected {expected.dtype}{expected.shape}")

    def finish(self, path: str | Path) -> int:
        """Exit code: 0 if all was equal and there was something to compare."""
        print(f"{path}: {self.n} arrays compared, {self.failed} differ")
        return 0 if self.n and not self.failed else 1
