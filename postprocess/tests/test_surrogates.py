"""Surrogates: methods against other programs, intervals against their promise, files and cards end to end."""

import json
import sys
from pathlib import Path

import numpy as np
import pytest
from make_cohorts import write_rows

from healthcast_post.cli import main
from healthcast_post.results import ResultsError
from healthcast_post.surrogate import boosting, conformal, gp, load
from healthcast_post.surrogate.inputs import Column, Inputs
from healthcast_post.surrogate.train import shares

PATIENTS = 240


def sample(n: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Three inputs of very different size, and a smooth function of two of them."""
    x = np.random.default_rng(seed).uniform((0, 0, 1e3), (1, 10, 2e3), (n, 3))
    return x, np.sin(4 * x[:, 0]) + 0.1 * x[:, 1] ** 2


@pytest.mark.parametrize("kind", ["rbf", "matern52"])
def test_gradient_of_the_evidence(kind: str) -> None:
    x, y = sample(40, 1)
    x = (x - x.mean(axis=0)) / x.std(axis=0)
    theta = np.array([0.3, 0.8, 0.1, 0.2, -1.5])
    _, gradient = gp.evidence(theta, kind, x, y)
    for i in range(len(theta)):
        step = np.zeros(5)
        step[i] = 1e-5
        ends = [gp.evidence(theta + sign * step, kind, x, y)[0] for sign in (-1, 1)]
        assert gradient[i] == pytest.approx((ends[1] - ends[0]) / 2e-5, rel=1e-5)


@pytest.mark.parametrize("kind", ["rbf", "matern52"])
def test_gaussian_process_is_that_of_scikit_learn(kind: str) -> None:
    from sklearn.gaussian_process import GaussianProcessRegressor
    from sklearn.gaussian_process.kernels import RBF, ConstantKernel, Matern, WhiteKernel

    x, y = sample(80, 1)
    new = sample(30, 2)[0]
    model = gp.GaussianProcess.fit(kind, x, y, 1)
    z, scales = (x - x.mean(axis=0)) / x.std(axis=0), np.exp(model.theta[:-2])
    base = RBF(scales) if kind == "rbf" else Matern(scales, nu=2.5)
    kernel = ConstantKernel(np.exp(2 * model.theta[-2])) * base + WhiteKernel(np.exp(2 * model.theta[-1]))
    line = np.linalg.lstsq(np.column_stack([np.ones(80), z]), y, rcond=None)[0]
    off = y - line[0] - z @ line[1:]
    jitter = 1e-10 * np.exp(2 * model.theta[-2])
    theirs = GaussianProcessRegressor(kernel, optimizer=None, alpha=jitter).fit(z, off / off.std())
    z_new = (new - x.mean(axis=0)) / x.std(axis=0)
    mean, sd = theirs.predict(z_new, return_std=True)
    ours = model.predict(new)
    assert ours[0] == pytest.approx(line[0] + z_new @ line[1:] + off.std() * mean, abs=1e-5)
    assert ours[1] == pytest.approx(off.std() * sd, rel=1e-2, abs=1e-5)
    best = theirs.log_marginal_likelihood()
    for other in (0.5, 2.0):  # the length scale of the input that matters most was worth learning
        moved = kernel.clone_with_theta(theirs.kernel_.theta + np.array([0, np.log(other), 0, 0, 0]))
        worse = GaussianProcessRegressor(moved, optimizer=None, alpha=jitter).fit(z, off / off.std())
        assert worse.log_marginal_likelihood() < best


def test_boosting_is_that_of_scikit_learn(monkeypatch: pytest.MonkeyPatch) -> None:
    from sklearn.ensemble import GradientBoostingRegressor

    monkeypatch.setattr(boosting, "TREES", 40)
    x, y = sample(300, 1)
    new = sample(200, 2)[0]
    model = boosting.Boosting.fit(x, y, 3)
    options = {"n_estimators": 40, "max_depth": boosting.DEPTH, "learning_rate": boosting.RATE}
    theirs = GradientBoostingRegressor(subsample=0.7, min_samples_leaf=5, random_state=3, **options).fit(x, y)
    again = boosting.Boosting.load(*model.save())
    assert again.predict(new)[0] == pytest.approx(theirs.predict(new), rel=1e-12)


def test_conformal_intervals_keep_their_promise() -> None:
    random, n = np.random.default_rng(1), 59
    covered = []
    for _ in range(4000):
        errors = np.abs(random.standard_t(2, n + 1))  # heavy tails
        covered.append(errors[-1] <= conformal.quantile(errors[:-1], 0.9))
    assert np.mean(covered) == pytest.approx(np.ceil(0.9 * (n + 1)) / (n + 1), abs=0.015)
    assert conformal.quantile(np.arange(5.0), 0.95) == np.inf  # five are too few to promise that


def test_wilson() -> None:
    assert conformal.wilson(8, 10) == pytest.approx((0.4902, 0.9433), abs=1e-4)  # Newcombe's textbook value


def test_shares_part_patients() -> None:
    patients = np.repeat(np.arange(50), 3)
    masks = shares(patients, [0.2, 0.8], 1)
    assert np.array_equal(sum(m.astype(int) for m in masks), np.ones(150))
    assert len(set(patients[masks[0]])) == 10
    assert not set(patients[masks[0]]) & set(patients[masks[1]])


def test_what_is_outside() -> None:
    random = np.random.default_rng(1)
    a = random.uniform(0, 1, 200)
    table = {"a": a, "b": a + random.normal(0, 0.02, 200), "sex": np.array(["f", "m"] * 100)}
    limits = (float(table["b"].min()), float(table["b"].max()))
    columns = [Column("a", "", False, 0, 1), Column("b", "", False, *limits), Column("sex", levels=["f", "m"])]
    inputs = Inputs(columns, {"beats": 100.0})
    inputs.learn_limits(inputs.encode(table))
    assert not any(inputs.outside(table))
    inputs = Inputs.from_json(json.loads(json.dumps(inputs.to_json())))
    rows = {"a": [0.5, 1.2, 0.1, 0.5, 0.5], "b": [0.5, 0.5, 0.9, 0.5, 0.5], "beats": [100, 100, 100, 100, 50.0]}
    new = {name: np.array(values, dtype=float) for name, values in rows.items()} | {
        "sex": np.array(["f", "m", "f", "x", "m"])
    }
    found = inputs.outside(new)
    assert found[0] == ""
    assert found[1] == "a is not in 0 to 1"
    assert found[2] == "farther from the centre than all of training"  # inside both ranges, but not where members are
    assert found[3] == "sex is not a level of training"
    assert found[4] == "beats was 100 in all of training"


def truth(p: dict[str, np.ndarray], drug: np.ndarray) -> dict[str, tuple[str, np.ndarray]]:
    """What the simulations of the test find."""
    qnet = 0.07 * p["IKr"] ** 0.5 - 0.03 * drug * p["INaL"] + 0.002 * np.sin(3 * p["INaL"])
    return {"qnet": ("uC/uF", qnet), "block": ("ms", np.where(p["IKr"] > 1.1, 200.0, 400.0) + 5 * p["INaL"])}


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cohort of two arms, some members of which failed, and a surrogate of it."""
    folder = tmp_path_factory.mktemp("cohort")
    random = np.random.default_rng(8)
    member = np.arange(2 * PATIENTS)
    patient, arm = member // 2, member % 2
    own = {"IKr": random.uniform(0.5, 1.5, PATIENTS)[patient], "INaL": random.uniform(0.5, 1.5, PATIENTS)[patient]}
    found = truth(own, arm)
    failed = member % 40 == 5
    write_rows(
        folder / "cohort.h5", member,
        {name: ("1", v) for name, v in own.items()} | {"beats": ("1", np.full(member.size, 100.0))},
        {name: (unit, np.where(failed, np.nan, v)) for name, (unit, v) in found.items()}
        | {"ead": ("1", own["IKr"] < 0.6)},
        manifest={"members": member.size, "arms": [{"name": "control"}, {"name": "drug"}]},
        patient=patient, arm=arm, status=np.where(failed, 2, 1), accepted=~failed,
    )  # fmt: skip
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(boosting, "TREES", 100)
        patch.setattr(gp, "LEARN_ON", 150)
        assert main(["train", str(folder), "--output", str(folder / "model.h5")]) == 0
    return folder


def test_methods_are_chosen_by_what_they_find(trained: Path) -> None:
    card = json.loads((trained / "model.card.json").read_text())
    assert set(card["quantities"]) == {"qnet", "block"}  # ead is yes or no
    qnet, block = card["quantities"]["qnet"], card["quantities"]["block"]
    assert qnet["method"].startswith("Gaussian process")
    assert qnet["held_out"]["r2"] > 0.999
    assert qnet["held_out"]["rmse"] < 0.1 * qnet["held_out"]["rmse_linear"]
    assert block["method"] == "gradient boosting"  # a step
    assert card["data"]["members"] == 2 * PATIENTS - 12
    assert card["data"]["patients_held_out"] == PATIENTS // 5
    assert {c["name"] for c in card["inputs"]} == {"IKr", "INaL", "arm"}
    assert card["fixed"] == {"beats": 100.0}
    text = (trained / "model.card.md").read_text()
    assert f"{qnet['held_out']['r2']:.6f}" in text
    assert (trained / "model.card.png").stat().st_size > 10000


def test_predictions_of_new_members(trained: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    random = np.random.default_rng(9)
    new = {"IKr": random.uniform(0.52, 1.48, 400), "INaL": random.uniform(0.52, 1.48, 400)}
    new["IKr"][7] = 1.9
    lines = ["# new members", "name,IKr,INaL,arm"]
    lines += [
        f"m{i},{a!r},{b!r},drug" for i, (a, b) in enumerate(zip(*map(np.ndarray.tolist, new.values()), strict=True))
    ]
    (tmp_path / "new.csv").write_text("\n".join(lines) + "\n")
    assert main(["predict", str(trained / "model.h5"), str(tmp_path / "new.csv")]) == 0
    assert "400 rows, 1 of them outside" in capsys.readouterr().out
    rows = np.genfromtxt(tmp_path / "new.predicted.csv", delimiter=",", names=True, dtype=None, encoding=None)
    assert rows["name"][3] == "m3"
    assert rows["outside"][7].startswith("IKr is not in 0.5")
    inside = np.arange(400) != 7
    qnet = truth(new, np.ones(400))["qnet"][1]
    assert np.abs(rows["qnet"] - qnet)[inside].max() < 1e-3
    covered = (rows["qnet_low"] <= qnet) & (qnet <= rows["qnet_high"])
    assert covered[inside].mean() > 0.88


def test_a_cohort_measures_a_surrogate(trained: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["predict", str(trained / "model.h5"), str(trained), "--output", str(tmp_path / "out.csv")]) == 0
    line = next(line for line in capsys.readouterr().out.splitlines() if line.startswith("qnet: R2 "))
    assert float(line.split()[2].rstrip(",")) > 0.999
    assert int(line.split(" members")[0].split()[-1]) > 440


def test_the_model_file_is_data(trained: Path, tmp_path: Path) -> None:
    model = load(trained / "model.h5")
    table = {"IKr": np.array([0.7, 1.3]), "INaL": np.array([0.9, 1.2]), "arm": np.array(["control", "drug"])}
    model.save(tmp_path / "copy.h5")
    for name, prediction in load(tmp_path / "copy.h5").predict(table).items():
        assert np.array_equal(prediction.mean, model.predict(table)[name].mean)
    content = (trained / "model.h5").read_bytes()
    assert b"csklearn" not in content  # no pickled objects
    (tmp_path / "other.h5").write_text("x")
    with pytest.raises(ResultsError, match="is no model file"):
        load(tmp_path / "other.h5")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--quantities", "apd"], 'no quantity "apd"; it has: qnet, block, ead'),
        (["--arm", "placebo"], 'no arm "placebo"; there are: control, drug'),
        (["--level", "1.5"], "allowed: --level from 0.5"),
    ],
)
def test_bad_options(trained: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], message: str) -> None:
    assert main(["train", str(trained), *arguments]) == 2
    assert message in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("IKr,INaL\n1,1\n", "there is no column arm; found: IKr, INaL"),
        ("IKr,INaL,arm\n1,x,drug\n", "row 1: INaL: found 'x'; allowed: a number"),
        ("IKr,INaL,arm\n", "there are no rows"),
    ],
)
def test_bad_inputs(trained: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, message: str) -> None:
    (tmp_path / "new.csv").write_text(text)
    assert main(["predict", str(trained / "model.h5"), str(tmp_path / "new.csv")]) == 2
    assert message in capsys.readouterr().err


def test_training_without_scikit_learn(
    trained: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "sklearn", None)
    assert main(["train", str(trained)]) == 2
    assert "pip install 'healthcast-post[surrogate]'" in capsys.readouterr().err
