"""Pictures of tumours."""

from __future__ import annotations

import json
from pathlib import Path

import h5py
import numpy as np
import pytest
from make_results import cube
from matplotlib import pyplot

from healthcast_post.cli import main
from healthcast_post.kinds import is_tumour
from healthcast_post.results import Results


def write_tumour(folder: Path, *, frames: int = 2) -> None:
    points, cells = cube(6)
    distance = np.linalg.norm(points - 3, axis=1)
    with h5py.File(folder / "results.h5", "w") as file:
        vtk = file.create_group("VTKHDF")
        vtk["NumberOfPoints"], vtk["NumberOfCells"] = [len(points)], [len(cells)]
        vtk["Points"], vtk["Connectivity"] = points, cells.ravel()
        vtk["Types"] = np.full(len(cells), 12, dtype=np.uint8)
        vtk["CellData/white"] = np.linspace(0, 1, len(cells))
        if frames:
            vtk["PointData/u"] = np.concatenate([np.exp(-((distance / (1 + s)) ** 2)) for s in range(frames)])
            vtk["PointData/u"].attrs["rows_per_frame"] = len(points)
            vtk["Steps/Values"] = 30.0 * np.arange(frames)
            vtk["Steps/PointDataOffsets/u"] = len(points) * np.arange(frames)
        group = file.create_group("healthcast")
        group.attrs["first_frame"] = 0
        group["burden"] = np.array([[0, 1, 0.1, 2], [15, 2, 0.2, 3], [30, 1, 0, 2.0]])
        group["burden"].attrs["columns"] = np.array([b"time", b"burden", b"enhancing", b"visible"])
        group["burden"].attrs["unit"] = np.bytes_("mL")
        group["burden"].attrs["time_unit"] = np.bytes_("day")
    treatments = [
        {"day": 10.0, "kind": "surgery", "name": ""},
        {"day": 12.0, "kind": "radiotherapy", "name": ""},
        {"day": 13.0, "end": 20.0, "kind": "immunotherapy"},
    ]
    report = {"kind": "tumour", "thresholds": {"visible": 0.16, "enhancing": 0.8}, "treatments": treatments}
    (folder / "summary.json").write_text(json.dumps(report))


def test_a_tumour_is_drawn(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    write_tumour(tmp_path)
    assert is_tumour(tmp_path)
    assert main(["plot", str(tmp_path)]) == 0
    assert "tumour on days 0, 30" in capsys.readouterr().out
    assert (tmp_path / "tumour.png").stat().st_size > 20_000


def add_mass_effect(folder: Path) -> tuple[np.ndarray, np.ndarray]:
    """Two frames of a displacement away from the middle and of the stress in cells, with rows that are not used."""
    points, cells = cube(6)
    moved = np.array([s * 0.1 * (points - 3) for s in (1, 2)])
    stress = np.array([s * np.linalg.norm(points[cells].mean(axis=1) - 3, axis=1) for s in (1, 2)])
    with h5py.File(folder / "results.h5", "a") as file:
        for place, name, values in (("Point", "displacement", moved), ("Cell", "von_mises", stress)):
            rows = values.shape[1] + 5
            padded = np.full((2, rows, *values.shape[2:]), np.nan)
            padded[:, : values.shape[1]] = values
            data = file.create_dataset(f"VTKHDF/{place}Data/{name}", data=padded.reshape(2 * rows, *values.shape[2:]))
            data.attrs["rows_per_frame"] = rows
            file[f"VTKHDF/Steps/{place}DataOffsets/{name}"] = [0, rows]
    return moved, stress


def test_a_mass_effect_is_read_and_drawn(tmp_path: Path) -> None:
    write_tumour(tmp_path)
    assert main(["plot", str(tmp_path), "--output", str(tmp_path / "plain.png")]) == 0
    moved, stress = add_mass_effect(tmp_path)
    with Results(tmp_path) as results:
        assert results.has_frames("displacement")
        assert results.has_frames("von_mises")
        assert not results.has_frames("pressure")
        for frame in range(2):
            np.testing.assert_array_equal(results.frame("displacement", frame), moved[frame])
            np.testing.assert_array_equal(results.frame("von_mises", frame), stress[frame])
    assert main(["plot", str(tmp_path)]) == 0
    plain, strained = (pyplot.imread(tmp_path / name) for name in ("plain.png", "tumour.png"))
    assert strained.shape[0] > 1.2 * plain.shape[0]  # one more row


def test_times_of_tumours_are_days(tmp_path: Path) -> None:
    write_tumour(tmp_path)
    with Results(tmp_path) as results:
        assert [traces.time_unit for traces in results.traces()] == ["day"]
    assert main(["traces", str(tmp_path)]) == 0


def test_a_tumour_without_frames_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    write_tumour(tmp_path, frames=0)
    assert main(["plot", str(tmp_path)]) == 2
    assert "there are no frames" in capsys.readouterr().err


def test_other_folders_are_none(tmp_path: Path) -> None:
    assert not is_tumour(tmp_path)
