"""Pictures of studies of cells, from folders as healthcast leaves them."""

import json
from pathlib import Path

import h5py
import matplotlib.image
import numpy as np
import pytest

from healthcast_post.cells import is_cell
from healthcast_post.cli import main


def write_study(folder: Path, protocol: str, record: dict, traces: dict[str, tuple[str, float]]) -> None:
    """A summary and a trace for each label, with what tells them apart: (key, value)."""
    folder.mkdir()
    summary = {"title": "", "protocol": protocol, "model": {"name": "m", "title": "A model"}, "records": [record]}
    (folder / "summary.json").write_text(json.dumps(summary))
    if not traces:
        return
    t = np.linspace(1000, 1400, 50)
    with h5py.File(folder / "traces.h5", "w") as file:
        for label, (key, value) in traces.items():
            group = file.create_group(label)
            if key:
                group.attrs[key] = value
            group["t"] = t
            for path, unit in (("states/V", "mV"), ("states/Cai", "mM"), ("currents/INa", "A/F"), ("currents/Jup", "mM/ms")):
                group[path] = np.sin(t / 50)
                group[path].attrs["unit"] = np.bytes_(unit)


RESTITUTION = [
    {"cycle_length_ms": c, "di_ms": d, "apd90_ms": a, "apd90_previous_ms": p, "captured": a is not None}
    for c, d, a, p in ((1000, 700, 300, 300), (300, 100, 220, 200), (200, None, None, None))
]
CLAMP = [{"voltage_mv": v, "peak": {"INa": -v, "Jup": None}, "late": {"INa": 0.1, "Jup": None}} for v in (-40, 0, 40)]


@pytest.mark.parametrize(
    ("protocol", "record", "traces"),
    [
        ("pace", {"dose": 1.0}, {f"dose_{d}": ("dose", float(d)) for d in range(1, 14)}),
        ("pace", {}, {"cell": ("", 0.0)}),
        ("restitution_dynamic", {"restitution": RESTITUTION}, {"cl_1000": ("cycle_length_ms", 1000.0)}),
        ("restitution_dynamic", {"restitution": RESTITUTION}, {}),
        ("voltage_clamp", {"clamp": CLAMP}, {"v_-40": ("voltage_mv", -40.0), "v_0": ("voltage_mv", 0.0)}),
    ],
)
def test_a_study_becomes_a_picture(tmp_path: Path, protocol: str, record: dict, traces: dict) -> None:
    write_study(tmp_path / "study", protocol, record, traces)
    assert is_cell(tmp_path / "study")
    assert main(["plot", str(tmp_path / "study")]) == 0
    picture = matplotlib.image.imread(tmp_path / "study/cell.png")
    assert picture[..., :3].std() > 0.02


def test_nothing_to_draw(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_study(tmp_path / "study", "pace", {}, {})
    assert main(["plot", str(tmp_path / "study")]) == 2
    assert "no traces" in capsys.readouterr().err
    assert not is_cell(tmp_path)
