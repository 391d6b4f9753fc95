"""The steps of an import, in order, and what there is to tell about it."""

from __future__ import annotations

from dataclasses import dataclass, field

import myokit
import numpy as np

from . import kernel, optimise, units, verify
from .analyse import Analysis, find_potential
from .build import Plugin
from .read import Cell
from .units import Refused

FAST = 2.0  # 1/ms: what relaxes faster than this is suggested as stiff


def words(text: str) -> list[str]:
    return [word for word in text.split(",") if word]


def pairs(text: str) -> dict[str, str]:
    return dict(pair.split("=", 1) for pair in words(text))


@dataclass
class Wishes:
    name: str
    potential: str | None = None
    stiff: list[str] = field(default_factory=list)
    plain: list[str] = field(default_factory=list)
    rename: dict[str, str] = field(default_factory=dict)
    stimulus: tuple[float, float] | None = None
    trust_units: bool = False
    merge: bool = True


@dataclass
class Result:
    cell: Cell
    lines: list[str]
    difference: float
    place: str
    notes: list[str]

    def facts(self) -> list[str]:
        cell = self.cell
        kinds = {kind: [s.name for s in cell.states if s.kind == kind] for kind in ("GATE", "STIFF", "PLAIN")}
        facts = [
            f"{len(cell.states)} states, of these {len(kinds['GATE'])} gates"
            + (f", stiff: {', '.join(kinds['STIFF'])}" if kinds["STIFF"] else "")
            + (f", plain: {', '.join(kinds['PLAIN'])}" if kinds["PLAIN"] else ""),
            f"potential: {cell.states[0].variable.qname()}",
            f"currents: {', '.join(c.name for c in cell.currents)}",
        ]
        if cell.stimulus_variable is not None:
            facts.append(f"stimulus: {cell.stimulus_variable.qname()}, replaced by stim")
        else:
            facts.append("stimulus: the file has none; stim is added to the rate of V")
        facts.append(f"pacing: {cell.stimulus[0]:g} A/F for {cell.stimulus[1]:g} ms")
        facts.append(
            f"rates agree with Myokit's within {self.difference:.1e} (worst: {self.place}) at {verify.SAMPLES} random "
            "states"
        )
        return facts + self.notes


def assume_units(model: myokit.Model, potential: str | None) -> None:
    """Missing units of time and potential are ours."""
    time = model.time()
    if time is not None and time.unit() is None:
        time.set_unit(myokit.units.ms)
    v = find_potential(model, potential)
    if v.unit() is None or myokit.Unit.close(v.unit(), units.DIMENSIONLESS):
        v.set_unit(myokit.units.mV)


def _known(cell: Cell, asked: list[str], option: str) -> None:
    known = [s.name for s in cell.states[1:]]
    for name in asked:
        if name not in known:
            raise Refused(f"{option} {name}: no such state; states: {', '.join(known)}")


def convert(loaded: tuple[myokit.Model, myokit.Protocol | None], wishes: Wishes) -> Result:
    model, protocol = loaded
    if wishes.trust_units:
        assume_units(model, wishes.potential)
    analysis = Analysis(model, wishes.name, wishes.potential, wishes.rename)
    cell = analysis.run()
    if not wishes.trust_units:
        units.check(model)
    _known(cell, wishes.stiff, "--stiff")
    _known(cell, wishes.plain, "--plain")
    plain = list(wishes.plain)
    while True:
        kernel.set_kinds(cell, wishes.stiff, plain)
        lines = kernel.statements(cell, wishes.merge)
        spoiled = verify.spoiled_gates(cell, lines)
        if not spoiled:
            break
        plain += spoiled
    notes = []
    if wishes.merge and verify.not_finite(cell, lines):
        lines = kernel.statements(cell, False)
        notes.append("fractions were left as they are: merged ones overflow somewhere between -150 and 100 mV")
    difference, place = verify.check(cell, lines)
    if not difference <= verify.TOLERANCE:
        raise Refused(f"{place}: its rate differs from Myokit's by {difference:.1e} relative; nothing was written")
    cell.stimulus = tuple(wishes.stimulus) if wishes.stimulus else verify.stimulus_of(cell, protocol)
    return Result(cell, lines, difference, place, notes + _remarks(cell, lines))


def _remarks(cell: Cell, lines: list[str]) -> list[str]:
    remarks = []
    removed, left = optimise.singular_points(kernel.roots_of(cell)[1])
    if removed:
        remarks.append(f"removable singularities taken care of: {', '.join(removed)}")
    for point in left:
        remarks.append(f"a denominator is zero at {point} and no numerator with it: as in the file")
    bad = verify.not_finite(cell, lines)
    if bad:
        remarks.append(f"rates are not finite at V = {', '.join(f'{v:g}' for v in bad[:5])} mV and initial values")
    fast = [f"{name} ({rate:.3g}/ms)" for name, rate in verify.fastest(cell, lines).items() if rate > FAST]
    if fast:
        remarks.append(f"plain states that may relax within a step, consider --stiff: {', '.join(fast)}")
    return remarks


def check_plugin(result: Result, plugin: Plugin) -> float:
    """Largest relative difference of the plug-in's rates to those that were checked against Myokit."""
    cell = result.cell
    samples = verify.Samples(cell, 100)
    expected = verify.Program(cell, result.lines).rates(samples.states, samples.parameters, samples.stim)
    found = np.array(
        [
            plugin.rates(
                np.array([samples.states[s.name][n] for s in cell.states]),
                samples.stim[n],
                np.array([samples.parameters[p.name][n] for p in cell.parameters]),
            )
            for n in range(samples.count)
        ]
    )
    largest = max(verify.worst(found[:, n], expected[s.name]) for n, s in enumerate(cell.states))
    if not largest <= verify.TOLERANCE:
        raise Refused(f"the compiled model's rates differ by {largest:.1e} relative from the header's")
    return max(largest, result.difference)
