"""Results of a run: mesh, maps, frames and traces from results.h5 and, before the end of a run, its parts."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

import h5py
import numpy as np


class ResultsError(Exception):
    """What a user can do something about: a missing file, an unknown name."""


# Where fields lie, and what counts their values.
PLACES = {"Point": "NumberOfPoints", "Cell": "NumberOfCells"}


def text_of(value: object) -> str:
    """A string attribute, which h5py gives as bytes if its length is fixed."""
    return value.decode() if isinstance(value, bytes) else str(value)


@dataclass(frozen=True)
class Traces:
    """Samples of several columns at common times."""

    title: str
    unit: str
    names: list[str]
    times: np.ndarray  # (n_samples,)
    values: np.ndarray  # (n_samples, len(names))
    time_unit: str = "ms"


@dataclass(frozen=True)
class Mesh:
    """Nodes in mm, cells of one VTK type."""

    points: np.ndarray  # (n_nodes, 3)
    cells: np.ndarray  # (n_cells, nodes a cell)
    vtk_type: int
    surface: np.ndarray  # (n_nodes,) bit t - 1 is set on the surface with tag t


def mesh_of(file: h5py.File) -> Mesh:
    """The mesh of a file in the layout of VTKHDF."""
    vtk = file["VTKHDF"]
    n_cells = int(vtk["NumberOfCells"][0])
    tagged = "surface" in vtk.get("PointData", {})
    points = np.asarray(vtk["Points"], dtype=float)
    return Mesh(
        points=points,
        cells=np.asarray(vtk["Connectivity"]).reshape(n_cells, -1),
        vtk_type=int(vtk["Types"][0]),
        surface=np.asarray(vtk["PointData/surface"]) if tagged else np.zeros(len(points), dtype=np.int32),
    )


class Results:
    """A results folder, or a results.h5, opened for reading.

    A run writes results.h5, results.part1.h5, ... and joins them at its end. A part whose first frame is not the number
    of frames before it is a leftover of that joining and is ignored, as is one that is not complete.
    """

    def __init__(self, path: str | Path) -> None:
        path = Path(path)
        self.path = path / "results.h5" if path.is_dir() else path
        self.folder = self.path.parent
        self._files: list[h5py.File] = []
        self._starts: list[int] = []  # first frame of each file
        if not self.path.is_file():
            raise ResultsError(f"{self.path}: there is no such file")
        self._open_all()

    def _open_all(self) -> None:
        """Segment after segment, as long as each starts where the ones before it end."""
        first, n_frames = self._open(self.path)
        if first is None:
            raise ResultsError(f"{self.path}: is not a complete results file of healthcast")
        total, part = n_frames, 1
        while self.path.name == "results.h5":
            part_path = self.folder / f"results.part{part}.h5"
            if not part_path.is_file():
                break
            first, n_frames = self._open(part_path)
            if first != total:
                if first is not None:
                    self._files.pop().close()
                    self._starts.pop()
                break
            total, part = total + n_frames, part + 1
        self._n_frames = total

    def _open(self, path: Path) -> tuple[int | None, int]:
        """First frame and number of frames of a segment; None if it cannot be used."""
        try:
            file = h5py.File(path, "r")
        except OSError:
            return None, 0
        if "VTKHDF" not in file or "first_frame" not in file.get("healthcast", file).attrs:
            file.close()
            return None, 0
        first = int(file["healthcast"].attrs["first_frame"])
        self._files.append(file)
        self._starts.append(first)
        return first, len(file["VTKHDF/Steps/Values"]) if "VTKHDF/Steps" in file else 0

    def close(self) -> None:
        """Close all files."""
        for file in self._files:
            file.close()

    def __enter__(self) -> Results:
        """For `with`."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close at the end of `with`."""
        self.close()

    def mesh(self) -> Mesh:
        """Read the mesh."""
        return mesh_of(self._files[0])

    def times(self) -> np.ndarray:
        """Times of all frames, in ms or, for tumours, days."""
        found = [np.asarray(f["VTKHDF/Steps/Values"]) for f in self._files if "VTKHDF/Steps" in f]
        return np.concatenate(found) if found else np.empty(0)

    def maps(self) -> list[str]:
        """Names of nodal arrays of one number a node that hold for the whole run."""
        names = set()
        for file in self._files:
            for name, data in file.get("VTKHDF/PointData", {}).items():
                if "rows_per_frame" not in data.attrs and data.ndim == 1 and name != "surface":
                    names.add(name)
        return sorted(names)

    def map(self, name: str) -> tuple[np.ndarray, str]:
        """Values at the nodes (NAN where there is none) and their unit; the latest if several parts have the map."""
        for file in reversed(self._files):
            if f"VTKHDF/PointData/{name}" in file:
                data = file[f"VTKHDF/PointData/{name}"]
                if "rows_per_frame" not in data.attrs and data.ndim == 1:
                    return np.asarray(data, dtype=float), text_of(data.attrs.get("unit", ""))
        raise ResultsError(f'{self.path}: there is no map "{name}"; there are: {", ".join(self.maps()) or "none"}')

    def cell_map(self, name: str) -> np.ndarray | None:
        """Values at the cells that came with the mesh; None if there is no such field."""
        path = f"VTKHDF/CellData/{name}"
        return np.asarray(self._files[0][path], dtype=float) if path in self._files[0] else None

    def has_frames(self, name: str) -> bool:
        """Whether frames have a field of this name, at nodes or cells."""
        return any(f"VTKHDF/Steps/{place}DataOffsets/{name}" in file for file in self._files for place in PLACES)

    def frame(self, name: str, number: int) -> np.ndarray:
        """Values of a field at all nodes, or all cells, in a frame (0-based)."""
        if not 0 <= number < self._n_frames:
            raise ResultsError(f"{self.path}: there is no frame {number}; there are {self._n_frames}")
        segment = max(i for i, first in enumerate(self._starts) if first <= number and "VTKHDF/Steps" in self._files[i])
        file = self._files[segment]
        for place, count in PLACES.items():
            path = f"VTKHDF/{place}Data/{name}"
            if path in file:
                n = int(self._files[0][f"VTKHDF/{count}"][0])
                start = int(file[f"VTKHDF/Steps/{place}DataOffsets/{name}"][number - self._starts[segment]])
                return np.asarray(file[path][start : start + n])
        raise ResultsError(f'{self.path}: there is no field "{name}"')

    def traces(self) -> list[Traces]:
        """All groups of traces (probes, electrograms), the latest of each title."""
        found: dict[str, Traces] = {}
        for file in self._files:
            for title, data in file["healthcast"].items():
                if not isinstance(data, h5py.Dataset) or "columns" not in data.attrs:
                    continue
                names = [text_of(column) for column in data.attrs["columns"]]
                samples = np.asarray(data, dtype=float)
                unit = text_of(data.attrs.get("unit", ""))
                time_unit = text_of(data.attrs.get("time_unit", "ms"))
                found[title] = Traces(title, unit, names[1:], samples[:, 0], samples[:, 1:], time_unit)
        return [found[title] for title in sorted(found)]
