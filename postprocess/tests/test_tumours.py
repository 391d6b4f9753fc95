"""Pictures of tumours."""

from __future__ import annotations

import json
from pathlib import Path

import h5py
import numpy as np
import pytest
from make_results import cube

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
