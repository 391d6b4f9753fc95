"""Reading cohorts, and pictures of them."""

import json
import os
from pathlib import Path

import h5py
import matplotlib.image
import numpy as np
import pytest
from make_cohorts import write_rows, write_virtual
from make_results import write_segment

from healthcast_post import cohort
from healthcast_post.cli import main
from healthcast_post.results import ResultsError

N = 40
MANIFEST = {
    "title": "Two arms",
    "members": N,
    "patients": N // 2,
    "arms": [{"name": "control"}, {"name": "drug", "dose": 1}],
    "strata": [{"name": "female"}, {"name": "male"}],
}


def table() -> dict:
    """All columns of the test's cohort by member."""
    rng = np.random.default_rng(3)
    member = np.arange(N)
    scale = rng.uniform(0.5, 1.5, N // 2).repeat(2)
    status = np.where(member % 10 == 7, 2, 1)
    qnet = np.where(status == 1, 0.07 * scale - 0.01 * (member % 2), np.nan)
    return {
        "member": member,
        "patient": member // 2,
        "arm": member % 2,
        "stratum": member // 2 % 2,
        "status": status,
        "accepted": (member % 10 != 3) & (status == 1),
        "seconds": rng.uniform(0.1, 1.0, N),
        "parameters": {"GKr": ("mS/uF", 0.05 * scale), "GKs": ("mS/uF", rng.uniform(0, 1, N))},
        "quantities": {"qnet": ("uC/uF", qnet), "apd90_ms": ("ms", 300 / scale)},
        "message": ["V is 1e9 mV at 7.5 ms" if s == 2 else "" for s in status],
        "fields": {"activation": ("ms", np.arange(27)[None] + rng.normal(size=(N, 1)))},
    }


def part_of(columns: dict, rows: np.ndarray) -> dict:
    """Some of the rows."""
    out = {}
    for name, values in columns.items():
        if isinstance(values, dict):
            out[name] = {key: (unit, v[rows]) for key, (unit, v) in values.items()}
        else:
            out[name] = [values[i] for i in rows] if isinstance(values, list) else values[rows]
    return out


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A gathered cohort of two groups, rows in no order."""
    order = np.random.default_rng(1).permutation(N)
    parts = []
    for i, rows in enumerate(np.array_split(order, 2)):
        parts.append(tmp_path / f"groups/group{i}.h5")
        write_rows(parts[-1], manifest=MANIFEST, **part_of(table(), rows))
    (tmp_path / "manifest.json").write_text(json.dumps(MANIFEST))
    write_virtual(tmp_path / "cohort.h5", parts)
    return tmp_path


def check_rows(data) -> None:  # noqa: ANN001 (an xarray.Dataset)
    """The rows are those that were written, by member."""
    expected = table()
    assert np.array_equal(data.member, np.arange(N))
    for name in ("patient", "seconds", "accepted"):
        assert np.array_equal(data[name], expected[name])
    for plural, name in (("parameters", "parameter"), ("quantities", "quantity")):
        for key, (unit, values) in expected[plural].items():
            assert np.array_equal(data[plural].sel({name: key}), values, equal_nan=True)
            assert data[f"{name}_unit"].sel({name: key}) == unit


def test_rows_of_all_groups_by_member(folder: Path) -> None:
    data = cohort.load(folder, fields=("activation",))
    check_rows(data)
    assert list(data.arm.values[:4]) == ["control", "drug", "control", "drug"]
    assert list(data.stratum.values[:4]) == ["female", "female", "male", "male"]
    assert set(data.status.values) == {"done", "failed"}
    assert data.message.values[7] == "V is 1e9 mV at 7.5 ms"
    assert data.attrs["manifest"]["patients"] == N // 2
    expected = table()["fields"]["activation"][1].astype(np.float32)
    assert np.array_equal(data.field_activation, expected)
    assert data.field_activation.attrs["units"] == "ms"


def test_a_campaign_that_runs_is_read_from_its_groups(folder: Path) -> None:
    (folder / "cohort.h5").unlink()
    (folder / "groups/group1.h5").rename(folder / "groups/group1.h5.part")
    assert cohort.is_cohort(folder)
    check_rows(cohort.load(folder))
    (folder / "groups/group1.h5.part").unlink()
    assert cohort.load(folder).sizes["member"] == N // 2


def test_a_lost_group_is_no_cohort_with_fewer_members(folder: Path) -> None:
    (folder / "groups/group1.h5").unlink()
    with pytest.raises(ResultsError, match=f"{N // 2} rows are of files that are not in"):
        cohort.load(folder / "cohort.h5")


def test_more_groups_than_a_process_may_open(folder: Path) -> None:
    rows = np.array_split(np.arange(N), N)
    parts = [folder / f"groups/single{i}.h5" for i in range(N)]
    for path, mine in zip(parts, rows, strict=True):
        write_rows(path, manifest=MANIFEST, **part_of(table(), mine))
    for path in (folder / "groups").glob("group*.h5"):
        path.unlink()
    write_virtual(folder / "cohort.h5", parts)
    resource = pytest.importorskip("resource")
    most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (len(os.listdir("/proc/self/fd")) + 10, most[1]))
    try:
        check_rows(cohort.load(folder))
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, most)


def test_statistics_of_fields_are_those_of_good_members(folder: Path) -> None:
    columns = table()
    mean, sd, n = cohort.field_statistics(folder, "activation")
    rows = columns["fields"]["activation"][1].astype(np.float32)[columns["accepted"]]
    assert mean == pytest.approx(rows.mean(axis=0), rel=1e-6)
    assert sd == pytest.approx(rows.std(axis=0, ddof=1), rel=1e-5)
    assert set(n) == {int(columns["accepted"].sum())}


def test_what_cannot_be_read_is_said(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(ResultsError, match='no field "apd"; there are: activation'):
        cohort.load(folder, fields=("apd",))
    with h5py.File(folder / "groups/group1.h5", "a") as file:
        file["member"][0] = file["member"][1]
    with pytest.raises(ResultsError, match="is there more than once"):
        cohort.load(folder)
    with h5py.File(tmp_path / "other.h5", "w"):
        pass
    with pytest.raises(ResultsError, match="is no file of a cohort: it lacks member"):
        cohort.load(tmp_path / "other.h5")


def test_pictures(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["plot", str(folder)]) == 0
    lines = capsys.readouterr().out
    assert "36 of 40 members are done (4 failed), 32 are accepted" in lines
    names = ("quantities", "parameters", "members", "field_activation")
    for name in names:
        picture = matplotlib.image.imread(folder / f"{name}.png")
        assert picture[..., :3].std() > 0.02
        assert f"{name}.png" in lines


def test_fields_are_drawn_on_the_mesh_that_members_share(folder: Path) -> None:
    assert main(["plot", str(folder), "--output", str(folder / "plain")]) == 0
    write_segment(folder / "results.h5", 0, 1)
    (folder / "results.h5").rename(folder / "mesh.h5")
    assert main(["plot", str(folder), "--output", str(folder / "mesh")]) == 0
    plain, mesh = (matplotlib.image.imread(folder / name / "field_activation.png") for name in ("plain", "mesh"))
    assert mesh.shape[0] > 1.5 * plain.shape[0]  # two maps, one below the other
    yellow = (mesh[..., 0] > 0.7) & (mesh[..., 1] > 0.6) & (mesh[..., 2] < 0.3)
    assert yellow.mean() > 0.001  # the largest values
