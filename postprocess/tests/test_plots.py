"""Pictures: levels, views, and that files with something in them come out."""

from pathlib import Path

import matplotlib.image
import numpy as np
import pytest
from make_results import cube, write_segment, write_traces

from healthcast_post.cli import main
from healthcast_post.maps import levels_of, require_graphics, split, surface_of, title_of
from healthcast_post.results import Mesh, ResultsError
from healthcast_post.views import choose


@pytest.mark.parametrize(
    ("low", "high", "step"), [(0.0, 43.0, 2.0), (11.4, 136.1, 10.0), (0.0, 0.1, 0.005), (-85.0, 30.0, 5.0)]
)
def test_levels_are_round_and_cover(low: float, high: float, step: float) -> None:
    levels = levels_of(np.array([low, high, np.nan]))
    assert np.diff(levels) == pytest.approx(step)
    assert levels[0] <= low < levels[1]
    assert levels[-2] < high <= levels[-1]


def test_levels_of_nothing_and_of_a_constant() -> None:
    assert len(levels_of(np.array([np.nan]))) == 2
    low, high = levels_of(np.array([3.0, 3.0]))
    assert low < 3.0 < high


def test_titles() -> None:
    assert title_of("activation") == "Activation time"
    assert title_of("apd_90") == "APD90"
    assert title_of("peak") == "Peak"


def test_faces_without_value_are_apart() -> None:
    points, cells = cube()
    values = np.where(points[:, 2] > 1.5, np.nan, 1.0)
    known, unknown = split(surface_of(Mesh(points, cells, 12, np.zeros(27, dtype=np.int32)), values))
    assert known.area == pytest.approx(4 + 4 * 2)  # bottom and the lower half of the four sides
    assert known.area + unknown.area == pytest.approx(24)


def ventricles() -> Mesh:
    """Two open half-spheres of points, the thin-walled one at +x; base up is +y."""
    rng = np.random.default_rng(1)
    sphere = rng.normal(size=(4000, 3))
    sphere /= np.linalg.norm(sphere, axis=1)[:, None]
    half = sphere[sphere[:, 1] < 0]
    left, right = np.array([-20.0, 0, 0]), np.array([20.0, 0, 0])
    epi = np.vstack([30 * half + left, 25 * half + right])
    base = np.column_stack([rng.uniform(-50, 45, 500), np.zeros(500), rng.uniform(-25, 25, 500)])
    parts = [base, epi, 18 * half + left, 22 * half + right]
    tags = np.concatenate([np.full(len(p), 1 << i, dtype=np.int32) for i, p in enumerate(parts)])
    return Mesh(np.vstack(parts), np.zeros((0, 4), dtype=int), 10, tags)


def test_anterior_view_has_the_right_ventricle_at_its_left() -> None:
    mesh = ventricles()
    anterior, posterior = choose(mesh, mesh.points)
    assert (anterior.title, posterior.title) == ("anterior", "posterior")
    assert anterior.up[1] > 0.99
    screen_right = np.cross(anterior.up, anterior.toward)
    assert screen_right[0] < -0.9  # the left ventricle, at -x, is at the right of the picture
    assert anterior.toward @ posterior.toward < -0.9


def test_plot_a_box(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    points, _ = cube()
    write_segment(tmp_path / "results.h5", 0, 1, {"activation": points[:, 0] + points[:, 1]})
    assert main(["plot", str(tmp_path)]) == 0
    assert "Activation time: 0 to 4 ms, 27 of 27 nodes" in capsys.readouterr().out
    picture = matplotlib.image.imread(tmp_path / "activation.png")[:, :, :3]
    assert np.mean(picture[:, :, 0] > 0.99) > 0.2  # a light background
    yellow = (picture[:, :, 0] > 0.7) & (picture[:, :, 1] > 0.6) & (picture[:, :, 2] < 0.3)
    assert yellow.mean() > 0.001  # the latest corner


def test_plot_traces(tmp_path: Path) -> None:
    write_segment(tmp_path / "results.h5", 0, 1)
    assert main(["traces", str(tmp_path)]) == 2
    write_traces(tmp_path / "results.h5", "ecg")
    assert main(["traces", str(tmp_path)]) == 0
    assert matplotlib.image.imread(tmp_path / "ecg.png").shape[2] == 4


def test_missing_graphics_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(name: str) -> None:
        raise OSError(name)

    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.setattr("ctypes.CDLL", absent)
    with pytest.raises(ResultsError, match="apt-get install libegl1 libegl-mesa0 libgl1-mesa-dri"):
        require_graphics()


def test_errors_are_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_segment(tmp_path / "results.h5", 0, 1)
    assert main(["plot", str(tmp_path), "--field", "apd"]) == 2
    assert capsys.readouterr().err.count("\n") == 1
