"""Trials: statistics against other ways to compute them, and reports of cohorts with known effects."""

import itertools
import json
import re
from pathlib import Path

import numpy as np
import pytest
from make_cohorts import write_rows

from healthcast_post import cohort
from healthcast_post.cli import main
from healthcast_post.cohort_plots import counts
from healthcast_post.trial import classify, statistics

N = 60  # patients
DOSES = (1.0, 2.0)
DRUGS = [
    ("safe", "low", "training", 0.000), ("mild", "low", "training", 0.002), ("bad", "high", "training", 0.025),
    ("some", "intermediate", "training", 0.010), ("more", "intermediate", "training", 0.012),
    ("worse", "high", "training", 0.030), ("new_safe", "low", "validation", 0.001),
    ("new_bad", "high", "validation", 0.027), ("new_odd", "high", "validation", 0.011),
]  # fmt: skip


def test_bca_is_that_of_scipy() -> None:
    from scipy import stats

    values = np.random.default_rng(1).exponential(size=50)
    ours = statistics.bca(values, statistics.bootstrap_means(values[:, None], 20000, 1)[:, 0], 0.95)
    theirs = stats.bootstrap((values,), np.mean, n_resamples=20000, method="BCa", rng=2).confidence_interval
    assert ours == pytest.approx(tuple(theirs), abs=0.012)
    plain = np.quantile(statistics.bootstrap_means(values[:, None], 20000, 1)[:, 0], (0.025, 0.975))
    assert ours[1] - plain[1] > 0.02  # the skewness matters


def test_missing_pairs_are_left_out_of_resamples() -> None:
    values = np.random.default_rng(1).normal(size=(40, 2))
    holes = values.copy()
    holes[:10, 0] = np.nan
    means = statistics.bootstrap_means(holes, 4000, 3)
    assert means[:, 0].mean() == pytest.approx(values[10:, 0].mean(), abs=0.02)
    assert means[:, 0].std() == pytest.approx(values[10:, 0].std() / np.sqrt(30), rel=0.1)


def test_sign_flips_are_those_of_all_signs() -> None:
    values = np.array([0.3, -0.1, 0.8, 0.5, 0.9, -0.2, 0.4, 0.7])
    sums = [abs(np.dot(signs, values)) for signs in itertools.product((-1, 1), repeat=8)]
    exact = np.mean(np.array(sums) >= values.sum() - 1e-12)
    assert statistics.sign_flip(values[:, None], 20000, 1)[0] == pytest.approx(exact, abs=0.005)


def test_holm() -> None:
    adjusted = statistics.holm(np.array([0.01, np.nan, 0.04, 0.03, 0.005]))
    assert adjusted == pytest.approx([0.03, np.nan, 0.06, 0.06, 0.02], nan_ok=True)


def ordinal(n: int) -> tuple[np.ndarray, np.ndarray]:
    """Scores and classes that overlap."""
    random = np.random.default_rng(5)
    score = random.normal(0.06, 0.02, n)
    above = 1 / (1 + np.exp(150 * score[:, None] - np.array([9.5, 8.0])))
    return score, (random.random((n, 1)) < above).sum(axis=1)


def test_ordinal_fit_is_the_maximum() -> None:
    from scipy import optimize

    score, known = ordinal(400)
    offsets, slope = classify.ordinal_fit(score, known, 3)

    def minus(t: np.ndarray) -> float:
        p = classify.class_probabilities(score, t[:2], 100 * t[2])
        return -float(np.log(np.maximum(p[np.arange(len(known)), known], 1e-300)).sum())

    best = optimize.minimize(minus, (9.0, 7.0, 1.0), method="Nelder-Mead", options={"xatol": 1e-7, "fatol": 1e-10})
    assert np.append(offsets, slope / 100) == pytest.approx(best.x, rel=1e-3)
    changes = classify.likeliest_changes(offsets, slope, -0.1, 0.3)
    grid = np.linspace(-0.1, 0.3, 40001)
    likeliest = classify.class_probabilities(grid, offsets, slope).argmax(axis=1)
    for k in (1, 2):
        assert changes[k - 1] == pytest.approx(grid[likeliest >= k].max(), abs=2e-5)


def test_cuts_have_the_fewest_errors() -> None:
    score, known = ordinal(60)
    thresholds = classify.cuts(score, known, 3)
    for k, threshold in enumerate(thresholds, start=1):
        errors = [((score <= t) != (known >= k)).sum() for t in np.sort(score)[:-1]]
        assert ((score <= threshold) != (known >= k)).sum() == min(errors)
    assert thresholds[0] >= thresholds[1]


def test_area_is_the_share_of_pairs() -> None:
    random = np.random.default_rng(2)
    score, harmful = random.integers(0, 6, 30).astype(float), random.random(30) < 0.4
    pairs = [(a < b) + 0.5 * (a == b) for a in score[harmful] for b in score[~harmful]]
    assert classify.auc(score, harmful) == pytest.approx(np.mean(pairs))
    curve = classify.roc(score, harmful)
    assert np.trapezoid(curve["true_positive"], curve["false_positive"]) == pytest.approx(np.mean(pairs))


def write_trial(folder: Path, method: str, patients: int = N) -> None:
    """Drugs at two doses on the same patients; some fail, some patients are not accepted."""
    random = np.random.default_rng(4)
    arms = [{"name": "control"}]
    arms += [{"name": f"{drug} x{d:g}", "drug": drug, "dose": d} for drug, *_ in DRUGS for d in DOSES]
    effect = np.array([0.0] + [e * d for *_, e in DRUGS for d in DOSES])
    member = np.arange(patients * len(arms))
    patient, arm = member // len(arms), member % len(arms)
    base = random.normal(0.07, 0.004, patients)
    qnet = base[patient] - effect[arm] + random.normal(0, 1e-4, member.size) * (arm > 0)
    failed = (arm == 3) & (patient % 10 == 1)
    accepted = (patient % 10 != 0) | (patients == 1)
    there = accepted | (arm == 0)
    rows = np.flatnonzero(there)
    trial = {
        "reference": "control",
        "endpoints": [
            {"name": "qNet", "quantity": "qnet", "definition": "charge <of> a beat", "better": "higher",
             "compare": "difference"},
            {"name": "relative", "quantity": "qnet", "definition": None, "better": "neither", "compare": "ratio"},
        ],
        "classify": {
            "quantity": "qnet", "doses": DOSES, "classes": ["low", "intermediate", "high"], "method": method,
            "drugs": [{"name": d, "class": c, "set": s} for d, c, s, _ in DRUGS],
            "published": {"source": "a paper", "thresholds": [0.0, -1.0], "auc": [0.9], "correct": 3, "total": 9},
        },
    }  # fmt: skip
    manifest = {"members": member.size, "patients": patients, "arms": arms, "trial": trial,
                "strata": [{"name": "a"}, {"name": "b"}]}  # fmt: skip
    write_rows(
        folder / "cohort.h5", member[rows], {"base": ("1", base[patient[rows]])},
        {"qnet": ("uC/uF", np.where(failed, np.nan, qnet)[rows])}, manifest=manifest, patient=patient[rows],
        arm=arm[rows], stratum=patient[rows] % 2, status=np.where(failed, 2, 1)[rows],
        accepted=(accepted & ~failed)[rows],
        message=["beat 7: V is nan" if f else "" for f in failed[rows]],
    )  # fmt: skip


@pytest.fixture(scope="module")
def reported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with the report of a trial."""
    folder = tmp_path_factory.mktemp("trial")
    write_trial(folder, "logistic")
    assert main(["trial", str(folder), "--output", str(folder / "out")]) == 0
    return folder / "out"


def test_a_trial_with_known_effects(reported: Path) -> None:
    found = json.loads((reported / "trial.json").read_text())
    flow, lost = found["flow"], N // 10
    assert (flow["patients_planned"], flow["rejected"], flow["eligible"]) == (N, N // 10, N - N // 10)
    assert flow["arms"][3]["by_status"] == {"failed": lost}
    assert flow["arms"][3]["reasons"] == {"beat …: V is nan": lost}
    difference, ratio = (endpoint["arms"] for endpoint in found["endpoints"])
    assert difference[3]["pairs"] == N - 2 * lost
    for arm, effect in ((4, -0.004), (12, -0.06)):
        row = difference[arm]
        assert row["low"] < row["effect"] < row["high"]
        assert row["effect"] == pytest.approx(effect, abs=5e-5)
        assert row["high"] - row["low"] < 2e-4  # pairing: patients differ by 4e-3
        assert row["p_holm"] == pytest.approx(1e-4 * 36, rel=0.01)
        assert {s: part["pairs"] for s, part in row["strata"].items()} == {"a": 24, "b": 30}
    assert difference[1]["p_holm"] == 1.0  # no effect
    assert ratio[4]["effect"] == pytest.approx(1 - 0.004 / 0.07, abs=2e-3)
    classes = found["classes"]
    assert classes["method"] == "logistic"
    by_drug = {row["drug"]: row for row in classes["drugs"]}
    assert by_drug["some"]["score"] == pytest.approx(0.07 - 0.015, abs=2e-3)
    assert {d for d, row in by_drug.items() if row["class"] != row["given"]} == {"new_odd"}
    assert classes["sets"]["validation"]["confusion"] == [[1, 0, 0], [0, 0, 0], [0, 1, 1]]
    assert sum(by_drug["some"]["probability"].values()) == pytest.approx(1)
    assert classes["published"]["ours_at_these_thresholds"] == {"correct": 3, "total": 9}


def test_the_report_needs_nothing_else(reported: Path) -> None:
    text = (reported / "trial.html").read_text()
    assert not re.search(r"(src|href)=\"(?!data:)|@import|url\(|<script", text)
    assert text.count("data:image/svg+xml;base64,") == 5  # two endpoints, scores, ROC, probabilities
    assert "charge &lt;of&gt; a beat" in text
    assert "1 × " not in text
    assert "6 × beat …: V is nan" in text
    assert ">nan<" not in text


def test_members_left_out_are_not_missing(reported: Path) -> None:
    said = counts(cohort.load(reported.parent))
    assert (
        said
        == "1026 of 1140 members are done (6 failed, 108 left out: the patient was not accepted), 1020 are accepted"
    )


def test_one_patient_is_a_point_analysis(tmp_path: Path) -> None:
    write_trial(tmp_path, "logistic", patients=1)
    assert main(["trial", str(tmp_path)]) == 0
    classes = json.loads((tmp_path / "trial.json").read_text())["classes"]
    assert (classes["method"], classes["method_asked"]) == ("cut", "logistic")
    scores = {row["drug"]: row["score"] for row in classes["drugs"]}
    values = [threshold["value"] for threshold in classes["thresholds"]]
    middles = [(scores["mild"] + scores["some"]) / 2, (scores["more"] + scores["bad"]) / 2]
    assert values == pytest.approx(middles)
    assert classes["sets"]["training"]["correct"] == 6
    assert classes["thresholds"][0]["low"] is None


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("reference", "placebo", 'trial.reference is "placebo"; allowed: control'),
        ("endpoints", [{"quantity": "apd"}], 'no quantity "apd"; it has: qnet'),
        ("classify", {"quantity": "qnet", "doses": [3]}, "no classes of drugs"),
    ],
)
def test_bad_trials(tmp_path: Path, capsys: pytest.CaptureFixture[str], key: str, value: object, message: str) -> None:
    write_trial(tmp_path, "cut", patients=1)
    import h5py

    with h5py.File(tmp_path / "cohort.h5", "a") as file:
        manifest = json.loads(file.attrs["manifest"])
        manifest["trial"][key] = value
        file.attrs["manifest"] = json.dumps(manifest)
    assert main(["trial", str(tmp_path)]) == 2
    assert message in capsys.readouterr().err
