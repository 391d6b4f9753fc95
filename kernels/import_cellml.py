#!/usr/bin/env python3
"""Turn a cell model in CellML 1.0, 1.1, 2.0 (or Myokit's .mmt) into a kernel header, and into a plug-in for healthcast.

Needs Python 3.9 and Myokit (pip install myokit). docs/importing-models.md is the manual.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib.util
import shlex
import sys
from pathlib import Path

if importlib.util.find_spec("myokit") is None:
    sys.exit("import_cellml.py: needs Myokit: pip install myokit (or pip install -e 'postprocess[cellml]')")

sys.path.insert(0, str(Path(__file__).resolve().parent))

from cellml import build, importer, names, read, units  # noqa: E402
from cellml.kernel import About, header, source  # noqa: E402


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("model", type=Path, help="a .cellml or .mmt file")
    parser.add_argument(
        "-o", "--output", type=Path, default=Path("."), metavar="DIR", help="where files go (default: here)"
    )
    parser.add_argument("--name", help="of the model, a C identifier (default: from the file's name)")
    parser.add_argument("--so", action="store_true", help="build NAME.so too, with $CC or cc")
    parser.add_argument("--header-only", action="store_true", help="write no source file")
    parser.add_argument(
        "--stiff", type=importer.words, default=[], metavar="A,B", help="states that relax within a step"
    )
    parser.add_argument(
        "--plain", type=importer.words, default=[], metavar="A,B", help="states that are to be no gates"
    )
    parser.add_argument("--set-v", metavar="NAME", help="the state that is the membrane potential")
    parser.add_argument(
        "--rename",
        type=importer.pairs,
        default={},
        metavar="old=new,...",
        help="other names for states, parameters or currents (component.variable=name)",
    )
    parser.add_argument("--stimulus", type=float, nargs=2, metavar=("A/F", "MS"), help="pulse that paces a cell")
    parser.add_argument("--citation", help="what the model's citation is to be")
    parser.add_argument(
        "--trust-units", action="store_true", help="take missing units for ours and do not check equations for units"
    )
    parser.add_argument("--plain-arithmetic", action="store_true", help="do not merge fractions into one division")
    parser.add_argument("--kernels", metavar="DIR", help="healthcast's kernel headers (default: beside this script)")
    parser.add_argument("--march", default="native", help="instruction set of the plug-in (default: native)")
    return parser.parse_args()


def about(options: argparse.Namespace, name: str, result: importer.Result) -> About:
    digest = hashlib.sha256(options.model.read_bytes()).hexdigest()[:16]
    title = names.ascii_words(result.cell.model.meta.get("name") or result.cell.model.name() or name)
    origin = f"{options.model.name}, sha256 {digest}"
    return About(name, title, options.citation or f"{title}, imported from {origin}", origin, result.facts())


def run(options: argparse.Namespace) -> None:
    if options.so and options.header_only:
        raise units.Refused("--so needs the source file: leave out --header-only")
    kernels = build.find_kernels(options.kernels) if options.so else None
    if not options.model.is_file():
        raise units.Refused(f"{options.model}: no such file")
    name = options.name or names.identifier(options.model.stem.lower().replace("-", "_"))
    if name != names.identifier(name):
        raise units.Refused(f"--name {name}: no C identifier")
    result = importer.convert(
        read.load(options.model),
        importer.Wishes(
            name,
            options.set_v,
            options.stiff,
            options.plain,
            options.rename,
            options.stimulus,
            options.trust_units,
            not options.plain_arithmetic,
        ),
    )
    what = about(options, name, result)
    options.output.mkdir(parents=True, exist_ok=True)
    written = [options.output / f"{name}.h"]
    written[0].write_text(header(result.cell, what, result.lines))
    if not options.header_only:
        written.append(options.output / f"{name}.c")
        written[1].write_text(source(result.cell, what, result.lines))
    for line in result.facts():
        print(line)
    if options.so:
        target = options.output / f"{name}.so"
        words = build.command(kernels, written[1], target, options.march)
        print(shlex.join(words))
        build.build(words)
        difference = importer.check_plugin(result, build.Plugin(target))
        print(f"{target.name}: rates within {difference:.1e} of Myokit's")
        written.append(target)
    print("written: " + " ".join(str(path) for path in written))


def main() -> int:
    sys.setrecursionlimit(20000)  # expressions are walked by recursion
    try:
        run(arguments())
    except units.Refused as refusal:
        print(f"import_cellml.py: {refusal}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
