"""The command hc-post."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from .results import Results, ResultsError
from .surrogate import commands as surrogate_commands


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="hc-post", description="Draw results of healthcast.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    about = "a map (activation time, APD) on the anatomy, a tumour in slices, a study of a cell, or a cohort"
    plot = commands.add_parser("plot", help=about)
    plot.add_argument("results", type=Path, help="results folder (of a run or a cell), or results.h5")
    plot.add_argument("--field", default="activation", help="name of the map (default: %(default)s)")
    where = "PNG file (default: FIELD.png, tumour.png or cell.png in the results folder); of a cohort a folder"
    plot.add_argument("--output", type=Path, help=where)
    traces = commands.add_parser("traces", help="probe voltages and electrograms against time")
    traces.add_argument("results", type=Path, help="results folder, or results.h5")
    traces.add_argument("--output", type=Path, help="folder for the PNG files (default: the results folder)")
    trial = commands.add_parser("trial", help="trial.json and trial.html of a cohort with arms")
    trial.add_argument("cohort", type=Path, help="folder of a campaign, or cohort.h5")
    trial.add_argument("--output", type=Path, help="folder for the two files (default: that of the cohort)")
    surrogate_commands.add_parsers(commands)
    return parser


def _plot_cell(arguments: argparse.Namespace) -> None:
    from .cells import plot_cell

    output = arguments.output or arguments.results / "cell.png"
    print(f"{plot_cell(arguments.results, output)}\n{output}")


def _plot_tumour(arguments: argparse.Namespace) -> None:
    from .tumours import plot_tumour  # VTK takes a second to load

    with Results(arguments.results) as results:
        output = arguments.output or results.folder / "tumour.png"
        line = plot_tumour(results, output)
    print(f"{line}\n{output}")


def _plot_calibration(arguments: argparse.Namespace) -> None:
    from .calibration import plot_calibration

    output = arguments.output or arguments.results / "calibration.png"
    print(f"{plot_calibration(arguments.results, output)}\n{output}")


def _plot_cohort(arguments: argparse.Namespace) -> None:
    from .cohort_plots import plot_cohort

    path = arguments.results
    print("\n".join(plot_cohort(path, arguments.output or (path if path.is_dir() else path.parent))))


def _plot(arguments: argparse.Namespace) -> None:
    from .calibration import kind_of
    from .cells import is_cell
    from .cohort import is_cohort
    from .kinds import is_tumour

    if is_cohort(arguments.results):
        _plot_cohort(arguments)
        return

    if arguments.results.is_dir() and is_cell(arguments.results):
        _plot_cell(arguments)
        return
    if arguments.results.is_dir() and kind_of(arguments.results) in ("calibration", "schedule", "tissue_calibration"):
        _plot_calibration(arguments)
        return
    if is_tumour(arguments.results) and arguments.field == "activation":
        _plot_tumour(arguments)
        return
    from .maps import plot_map  # VTK takes a second to load

    with Results(arguments.results) as results:
        output = arguments.output or results.folder / f"{arguments.field}.png"
        line = plot_map(results, arguments.field, output)
    print(f"{line}\n{output}")


def _traces(arguments: argparse.Namespace) -> None:
    from .traces import plot_traces

    with Results(arguments.results) as results:
        found = results.traces()
        if not found:
            raise ResultsError(f"{results.path}: there are no traces (no probes or electrodes in the case)")
        folder = arguments.output or results.folder
        for traces in found:
            output = folder / f"{traces.title}.png"
            plot_traces(traces, output, results.folder.resolve().name)
            print(output)


def _trial(arguments: argparse.Namespace) -> None:
    from .trial import analyse, write_report

    path = arguments.cohort
    for output in write_report(analyse(path), arguments.output or (path if path.is_dir() else path.parent)):
        print(output)


COMMANDS = {
    "plot": _plot,
    "traces": _traces,
    "trial": _trial,
    "train": surrogate_commands.train_command,
    "predict": surrogate_commands.predict_command,
}


def main(argv: list[str] | None = None) -> int:
    """Run the command; exit code 2 for what the user can mend."""
    arguments = _parser().parse_args(argv)
    try:
        COMMANDS[arguments.command](arguments)
    except (ResultsError, OSError) as error:
        print(f"hc-post: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
