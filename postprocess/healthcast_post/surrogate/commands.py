"""`hc-post train` and `hc-post predict`."""

from __future__ import annotations

import argparse
import csv
from pathlib import Path

import numpy as np

from .. import cohort
from ..results import ResultsError
from .inputs import read_csv, table_of
from .model import Prediction, Surrogate, load


def add_parsers(commands: argparse._SubParsersAction) -> None:
    """Their options."""
    train = commands.add_parser("train", help="a surrogate of a cohort: model file and model card")
    train.add_argument("cohort", type=Path, help="folder of a campaign, or cohort.h5")
    train.add_argument("--quantities", nargs="+", default=[], help="what to learn (default: all but yes or no)")
    train.add_argument("--arm", default="", help="learn from this arm only (default: all; the arm becomes an input)")
    train.add_argument("--accepted-only", action="store_true", help="leave out members that were not accepted")
    train.add_argument("--level", type=float, default=0.95, help="of the intervals (default: %(default)s)")
    train.add_argument(
        "--held-out", type=float, default=0.2, help="share of patients to measure on (default: %(default)s)"
    )
    about = "errors for intervals: of cross-validation, or of patients kept apart for it (default: %(default)s)"
    train.add_argument("--conformal", choices=("cross", "split"), default="cross", help=about)
    train.add_argument("--seed", type=int, default=1, help="of the splits (default: %(default)s)")
    train.add_argument("--output", type=Path, help="model file (default: surrogate.h5 in the cohort's folder)")
    predict = commands.add_parser("predict", help="quantities of new members by a surrogate, with intervals")
    predict.add_argument("model", type=Path, help="model file of hc-post train")
    predict.add_argument(
        "inputs", type=Path, help="CSV with a column for each input; or a cohort, to measure errors on"
    )
    predict.add_argument("--output", type=Path, help="CSV file (default: INPUTS.predicted.csv)")


def train_command(arguments: argparse.Namespace) -> None:
    """Train, save, write the card."""
    from . import card
    from .train import Options, train

    if not 0.5 <= arguments.level < 1 or not 0.05 <= arguments.held_out <= 0.5:
        raise ResultsError("allowed: --level from 0.5 to below 1, --held-out from 0.05 to 0.5")
    names = ("arm", "accepted_only", "level", "held_out", "conformal", "seed")
    chosen = {name: getattr(arguments, name) for name in names}
    path = arguments.cohort
    model, held = train(path, Options(quantities=tuple(arguments.quantities), **chosen))
    output = arguments.output or (path if path.is_dir() else path.parent) / "surrogate.h5"
    model.save(output)
    for name, about in model.card["quantities"].items():
        score = about["held_out"]
        covered = f"{100 * score['coverage']:.1f} % covered"
        print(f"{name}: {about['method']}, R2 {score['r2']:.6f}, {covered} on held-out members")
    for line in (output, *card.write(model.card, held, output)):
        print(line)


def _write(output: Path, columns: dict[str, np.ndarray]) -> None:
    with output.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        texts = [values if values.dtype.kind in "US" else [f"{v:.9g}" for v in values] for values in columns.values()]
        writer.writerows(zip(*texts, strict=True))


def _measured(model: Surrogate, path: Path, found: dict[str, Prediction], rows: np.ndarray, inside: np.ndarray) -> None:
    """Print errors on members of a cohort that are like those of training."""
    from .train import measure

    data = cohort.load(path).isel(member=rows)
    for output in model.outputs:
        if output.name not in data.quantity.values:
            continue
        truth = np.asarray(data.quantities.sel(quantity=output.name))
        there = np.isfinite(truth) & inside
        if there.sum() < 2:
            continue
        p = found[output.name]
        score = measure(*(values[there] for values in (truth, p.mean, p.low, p.high)))
        ends = f"{100 * score['coverage_low']:.2f} to {100 * score['coverage_high']:.2f}"
        print(
            f"{output.name}: R2 {score['r2']:.6f}, RMSE {score['rmse']:.4g} {output.unit}, "
            f"{100 * score['coverage']:.2f} % ({ends}) covered, on {score['members']} members inside"
        )


def predict_command(arguments: argparse.Namespace) -> None:
    """Predict a CSV, or the members of a cohort."""
    model, path = load(arguments.model), arguments.inputs
    rows = np.empty(0, dtype=int)
    if cohort.is_cohort(path):
        data = cohort.load(path)
        rows = np.flatnonzero(data.status == "done")
        table = table_of(data.isel(member=rows))
        kept = {"member": np.asarray(data.member)[rows]}
        default = (path if path.is_dir() else path.parent) / "predicted.csv"
    else:
        table = read_csv(path, model.inputs)
        kept, default = table, path.with_suffix(".predicted.csv")
    found, why = model.predict(table), np.array(model.outside(table), dtype=str)
    columns = dict(kept)
    for name, p in found.items():
        columns |= {name: p.mean, f"{name}_low": p.low, f"{name}_high": p.high}
    output = arguments.output or default
    _write(output, columns | {"outside": why})
    flagged = int((why != "").sum())
    print(f"{len(why)} rows, {flagged} of them outside what the surrogate has learnt")
    if rows.size:
        _measured(model, path, found, rows, why == "")
    print(output)
