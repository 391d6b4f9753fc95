"""Reading: parts, leftovers, maps, traces."""

from pathlib import Path

import numpy as np
import pytest
from make_results import cube, value, write_segment, write_traces

from healthcast_post import Results, ResultsError


def check_frames(folder: Path, n: int) -> None:
    """All frames of 0 .. n - 1 and no more."""
    with Results(folder) as results:
        assert results.times() == pytest.approx(0.5 * np.arange(n))
        for s in range(n):
            assert np.array_equal(results.frame("V", s), value(s, 27))
        with pytest.raises(ResultsError, match=f"no frame {n}; there are {n}"):
            results.frame("V", n)


def test_parts_are_one_sequence(tmp_path: Path) -> None:
    write_segment(tmp_path / "results.h5", 0, 3)
    write_segment(tmp_path / "results.part1.h5", 3, 2)
    write_segment(tmp_path / "results.part2.h5", 5, 0)
    write_segment(tmp_path / "results.part3.h5", 5, 1)
    check_frames(tmp_path, 6)
    check_frames(tmp_path / "results.h5", 6)


def test_leftover_parts_are_ignored(tmp_path: Path) -> None:
    write_segment(tmp_path / "results.h5", 0, 5)
    write_segment(tmp_path / "results.part1.h5", 3, 2)
    check_frames(tmp_path, 5)


def test_an_unfinished_part_is_ignored(tmp_path: Path) -> None:
    write_segment(tmp_path / "results.h5", 0, 3)
    write_segment(tmp_path / "results.part1.h5", 3, 2)
    part = tmp_path / "results.part1.h5"
    part.write_bytes(part.read_bytes()[:1000])
    check_frames(tmp_path, 3)


def test_latest_map_wins(tmp_path: Path) -> None:
    old, new = np.arange(27.0), np.where(np.arange(27) == 5, np.nan, 2.0)
    write_segment(tmp_path / "results.h5", 0, 1, {"activation": old, "apd_90": old})
    write_segment(tmp_path / "results.part1.h5", 1, 0, {"activation": new})
    with Results(tmp_path) as results:
        values, unit = results.map("activation")
        assert np.array_equal(values, new, equal_nan=True)
        assert unit == "ms"
        assert results.maps() == ["activation", "apd_90"]
        with pytest.raises(ResultsError, match='no map "V"; there are: activation, apd_90'):
            results.map("V")


def test_mesh_and_traces(tmp_path: Path) -> None:
    write_segment(tmp_path / "results.h5", 0, 1)
    samples = write_traces(tmp_path / "results.h5", "probes")
    points, cells = cube()
    with Results(tmp_path) as results:
        mesh = results.mesh()
        (traces,) = results.traces()
    assert np.array_equal(mesh.points, points)
    assert np.array_equal(mesh.cells, cells)
    assert not mesh.surface.any()
    assert (traces.title, traces.unit, traces.names) == ("probes", "mV", ["apex", "base"])
    assert np.array_equal(traces.times, samples[:, 0])
    assert np.array_equal(traces.values, samples[:, 1:])


def test_missing_and_foreign_files(tmp_path: Path) -> None:
    with pytest.raises(ResultsError, match="there is no such file"):
        Results(tmp_path)
    (tmp_path / "results.h5").write_text("no HDF5")
    with pytest.raises(ResultsError, match="is not a complete results file"):
        Results(tmp_path)
