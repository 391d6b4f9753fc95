"""The files of a kernel: a header in the dialect of model.h, and the source that makes a plug-in of it."""

from __future__ import annotations

import re
import textwrap
from dataclasses import dataclass

from . import algebra as al
from .emit import Writer, number
from .optimise import optimise
from .read import Cell, Current

WIDTH = 118


@dataclass
class About:
    """What the file says of itself, and we of it."""

    name: str
    title: str
    citation: str
    origin: str  # file name and digest
    facts: list[str]


def set_kinds(cell: Cell, stiff: list[str], plain: list[str]) -> None:
    """GATE where a rate is (inf - y) k, but as asked for."""
    for state in cell.states[1:]:
        own = al.sym("y", state.name)
        form = al.linear_in(state.rate, own)
        state.kind = "STIFF" if state.name in stiff else "PLAIN"
        if state.name in stiff or state.name in plain or state.unit != "1" or not -0.01 <= state.initial <= 1.01:
            continue
        if form is None or form[1].op == "num" and form[1].args[0] >= 0.0:
            continue
        state.kind = "GATE"
        state.k = al.neg(form[1])
        state.inf = al.mul([(form[0], 1), (state.k, -1)])


def ordered(currents: list[Current]) -> list[Current]:
    """Those that others are made of first."""
    done: list[Current] = []
    waiting = list(currents)
    while waiting:
        ready = [c for c in waiting if not any(("i", other.name) in c.value.deps for other in waiting)]
        done += ready or waiting
        waiting = [c for c in waiting if c not in done]
    return done


def lines_of(targets: list[tuple[str, al.Node]], labels: dict | None = None, last: set | None = None) -> list[str]:
    """Statements that assign expressions to targets."""
    writer = Writer([root for _, root in targets], labels or {}, lambda node: bool(node.deps & (last or set())))
    for target, root in targets:
        text = writer.inside(root)
        writer.lines.append(f"  {target} = {text};")
    return writer.lines


def roots_of(cell: Cell) -> tuple[list[str], list[al.Node], dict[int, int]]:
    """What the right-hand side assigns: targets, expressions, and which of them are to be divided by which."""
    targets: list[str] = []
    roots: list[al.Node] = []
    quotients: dict[int, int] = {}
    for state in cell.states[1:]:
        if state.kind == "GATE":
            targets += [f"r->{state.name}.inf", f"r->{state.name}.k"]
            if state.k.op == "add":  # alpha / (alpha + beta): fractions of alpha and beta cancel after merging
                quotients[len(roots)] = len(roots) + 1
                roots += [al.mul([(state.inf, 1), (state.k, 1)]), state.k]
            else:
                roots += [state.inf, state.k]
    for current in ordered(cell.currents):
        targets.append(f"i->{current.name}")
        roots.append(al.mul([(al.sym("s", current.name), 1), (current.value, 1)]))
    for state in [*cell.states[1:], cell.states[0]]:
        if state.kind != "GATE":
            targets.append(f"r->{state.name}")
            roots.append(state.rate)
    return targets, roots, quotients


def cost(lines: list[str]) -> float:
    """Of a node-step in vector instructions, about; what parameters alone make is moved out of the loop."""
    total = 0.0
    for line in lines:
        if re.match(r"  const hc_real c\d+ =", line):
            continue
        functions = len(re.findall(r"hc_(exp|log|x_over_expm1)\(", line))
        total += (
            18.0 * functions + 16.0 * (line.count(" / ") + line.count("hc_sqrt(")) + len(re.findall(r" [*+-] ", line))
        )
        total += 16.0 * line.count("hc_x_over_expm1(") + line.count("hc_select(") + 2.0 * line.count("hc_cube(")
    return total


def statements(cell: Cell, merge: bool) -> list[str]:
    """The body of the right-hand side: of several forms the cheapest."""
    targets, roots, quotients = roots_of(cell)
    stiff = {("y", s.name) for s in cell.states if s.kind == "STIFF"}
    forms = []
    for most_shared in (1, 2, 3) if merge else (0,):
        merged = optimise(roots, quotients, most_shared)
        forms.append(lines_of(list(zip(targets, merged)), cell.labels, stiff))
    return min(forms, key=cost)


def _rows(rows: list[str]) -> str:
    width = max([len(row) for row in rows] + [WIDTH]) + 1
    return " \\\n".join(row.ljust(width) for row in rows[:-1]) + (" \\\n" if len(rows) > 1 else "") + rows[-1]


def _wrapped(line: str) -> str:
    if len(line) <= 120:
        return line
    indent = "      "
    return "\n".join(textwrap.wrap(line, 120, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False))


def _comment(text: str, first: str) -> str:
    lines = []
    for paragraph in text.split("\n"):
        lines += textwrap.wrap(paragraph, WIDTH - 3) or [""]
    return first + "\n * ".join(line.replace("*/", "* /") for line in lines).replace(" * \n", " *\n") + " */"


def quoted(text: str) -> str:
    return '"' + text.replace("\\", "/").replace('"', "'") + '"'


def _signature(name: str) -> list[str]:
    start = f"HC_FN void {name}_rhs("
    indent = " " * len(start)
    words = [
        "hc_real t,",
        f"const struct {name}_state *y,",
        "hc_real stim,",
        f"const struct {name}_parameters *p,",
        f"struct {name}_rates *r,",
        f"struct {name}_currents *i)",
    ]
    lines = [start + words[0]]
    for word in words[1:]:
        if len(lines[-1]) + 1 + len(word) <= 120:
            lines[-1] += " " + word
        else:
            lines.append(indent + word)
    return lines


def row_kind(cell: Cell, state) -> str:
    """GATE if V and parameters alone make it, so that a table can; LIGAND if other states do too."""
    allowed = {("y", cell.states[0].name)}
    others = state.kind == "GATE" and {
        (kind, name) for kind, name in state.inf.deps | state.k.deps if kind not in "ps"
    } - allowed
    return "LIGAND" if others else state.kind


def header(cell: Cell, about: About, lines: list[str]) -> str:
    name, upper = about.name, about.name.upper()
    guard = f"HC_{upper}_H"
    states = [
        f"  {row_kind(cell, s)}({s.name}, ({number(s.initial)}), {quoted(s.unit)}, {quoted(s.meaning)})"
        for s in cell.states
    ]
    parameters = []
    for p in cell.parameters:
        low, high = p.limits()
        parameters.append(
            f"  PARAMETER({p.name}, ({number(p.value)}), {quoted(p.unit)}, {low:.6g}, {high:.6g}, {quoted(p.meaning)}, "
            f"HC_{upper}_SOURCE)"
        )
    currents = [f'  CURRENT({c.name}, "A/F", {quoted(c.meaning)})' for c in cell.currents]
    facts = "\n".join(about.facts)
    body = [_wrapped(line) for line in lines]
    unused = [f"  (void){what};" for what in ("t", "stim") if not re.search(rf"\b{what}\b", "\n".join(body))]
    text = [
        _comment(f"{about.title}. Made by import_cellml.py from {about.origin}; do not edit.\n\n{facts}", "/* "),
        f"#ifndef {guard}",
        f"#define {guard}",
        "",
        '#include "model.h"',
        "",
        f"#define HC_{upper}_SOURCE {quoted(about.origin.split(',')[0])}",
        "",
        _rows([f"#define {upper}_STATES(POTENTIAL, GATE, LIGAND, PLAIN, STIFF, CHAIN)", *states]),
        "",
        _rows([f"#define {upper}_PARAMETERS(PARAMETER)", *parameters]),
        "",
        _rows([f"#define {upper}_CURRENTS(CURRENT)", *currents]),
        "",
        f"HC_MODEL_TYPES({name}, {upper}_STATES, {upper}_PARAMETERS, {upper}_CURRENTS)",
        "",
        *_signature(name),
        "{",
        *unused,
        *body,
        "}",
        "",
        "#endif",
        "",
    ]
    return "\n".join(line.rstrip() for line in text)


def source(cell: Cell, about: About, lines: list[str]) -> str:
    """Instantiates the header as a model and as the list that a plug-in exports."""
    name, upper = about.name, about.name.upper()
    amplitude, duration = cell.stimulus
    first = f"{about.title}: made by import_cellml.py. Build it with the folder kernels/ of healthcast as the only -I."
    return f"""{_comment(first, "/* ")}
#include "{name}.h"
#define HC_MODEL {name}
#define HC_STATES {upper}_STATES
#define HC_PARAMETERS {upper}_PARAMETERS
#define HC_CURRENTS {upper}_CURRENTS
#include "launch.h"

#define HC_CITATION {quoted(about.citation)}
#define HC_STIMULUS {number(amplitude)}
#define HC_STIMULUS_MS {number(duration)}
#define HC_COST {number(max(1.0, round(cost(lines) / 63.0)))}
#define HC_V_LIMITS -200.0, 200.0

#define HC_VARIANT 1
#define HC_VARIANT_NAME {name}
#define HC_VARIANT_TITLE {quoted(about.title)}
#include "describe.h"

extern const struct hc_cell_model *const hc_cell_plugin[];
const struct hc_cell_model *const hc_cell_plugin[] = {{&hc_model_{name}, 0}};
"""
