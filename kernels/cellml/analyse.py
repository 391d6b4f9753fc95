"""What in a file is the potential, the stimulus, a current, a parameter; and every rate in our units."""

from __future__ import annotations

import myokit

from . import algebra as al
from . import names, units
from .read import POTENTIAL_NAMES, STIM, STIMULUS, TIME, TOTAL, Builder, Cell, Current, Parameter, State
from .units import Refused


def referenced(expression: myokit.Expression) -> list[myokit.Variable]:
    """Variables of an expression, in the order in which they stand there."""
    return list(dict.fromkeys(name.var() for name in expression.walk((myokit.Name,))))


class Dependence:
    """Which variables an equation leads to; states and the clock are ends."""

    def __init__(self) -> None:
        self.memo: dict[myokit.Variable, tuple[bool, bool]] = {}

    def of(self, variable: myokit.Variable) -> tuple[bool, bool]:
        """(on states, on time)"""
        if variable.is_state():
            return True, False
        if variable.binding() in ("time", "pace"):
            return False, True
        if variable not in self.memo:
            self.memo[variable] = self.of_expression(variable.rhs())
        return self.memo[variable]

    def of_expression(self, expression: myokit.Expression) -> tuple[bool, bool]:
        parts = [self.of(variable) for variable in referenced(expression)]
        return any(s for s, _ in parts), any(t for _, t in parts)


def find_potential(model: myokit.Model, wanted: str | None) -> myokit.Variable:
    states = list(model.states())
    if wanted:
        found = [s for s in states if wanted in (s.qname(), s.name())]
        if len(found) != 1:
            raise Refused(f"--set-v {wanted}: {len(found)} states have that name; states: {_listed(states)}")
        return found[0]
    labelled = model.label("membrane_potential")
    if labelled is not None and labelled.is_state():
        return labelled
    volts = [s for s in states if s.unit() is not None and myokit.Unit.can_convert(s.unit(), myokit.units.V)]
    for name in POTENTIAL_NAMES:
        found = [s for s in volts if s.name() == name]
        if len(found) == 1:
            return found[0]
    if len(volts) == 1:
        return volts[0]
    named = [s for s in states if s.name() in POTENTIAL_NAMES]
    if not volts and len(named) == 1:
        return named[0]  # its unit is refused by what comes next
    raise Refused(f"no single state looks like the membrane potential; say --set-v NAME, one of {_listed(states)}")


def _listed(variables: list[myokit.Variable]) -> str:
    return ", ".join(f"{v.qname()} {units.describe(v.unit())}" for v in variables)


class Analysis:
    def __init__(self, model: myokit.Model, title: str, wanted_v: str | None, rename: dict[str, str]) -> None:
        self.model = model
        self.title = title
        self.rename = dict(rename)
        self.potential = find_potential(model, wanted_v)
        self.dependence = Dependence()
        self.builder = Builder()
        self.fixed: dict[myokit.Variable, al.Node] = {}
        time = model.time()
        if time is None:
            raise Refused(f"{title}: has no variable of integration")
        self.ms = units.factor_to(time.unit(), "ms", time.qname(), "the variable of integration")

    # -- states and parameters ---------------------------------------------------------------------------------------

    def read_states(self) -> list[State]:
        given = names.Names(self.rename, {"V"})
        states = []
        for variable in self.model.states():
            initial = variable.initial_value(as_float=True)
            if variable is self.potential:
                factor, unit, name = (
                    units.factor_to(variable.unit(), "mV", variable.qname(), "the potential"),
                    "mV",
                    "V",
                )
                states.insert(
                    0, State(variable, name, unit, factor, initial * factor, "membrane potential", "POTENTIAL")
                )
            else:
                factor, unit = units.to_ours(variable.unit())
                name = given.give(variable, "state")
                if variable.unit() is None and 0.0 <= initial <= 1.0 and not names.IONS.match(variable.name()):
                    unit = "1"  # a fraction, as far as one can see
                states.append(State(variable, name, unit, factor, initial * factor, names.meaning(variable)))
        for state in states:
            self.fixed[state.variable] = al.scale(1.0 / state.factor, al.sym("y", state.name))
        return states

    def read_parameters(self) -> list[Parameter]:
        given = names.Names(self.rename)
        parameters = []
        for variable in self.model.variables(deep=True):
            if variable.is_state() or not (variable.is_literal() or variable.is_bound()):
                continue
            value = variable.rhs().eval()
            if variable.binding() == "time":
                self.fixed[variable] = TIME
            elif variable.binding() == "pace":
                self.fixed[variable] = al.sym("t", "pace")
            elif variable.is_bound() or units.is_universal(variable.unit(), value):
                self.fixed[variable] = al.num(value)
            else:
                factor, unit = units.to_ours(variable.unit())
                name = given.give(variable, "parameter")
                unit = "mS/uF" if unit == "1/ms" and name.startswith("G") else unit
                parameters.append(Parameter(variable, name, unit, factor, value * factor, names.meaning(variable)))
                self.fixed[variable] = al.scale(1.0 / factor, al.sym("p", name))
        return parameters

    # -- what the rate of the potential is made of -------------------------------------------------------------------

    def parts_of(self, variable: myokit.Variable) -> tuple[dict[myokit.Variable, al.Node], al.Node]:
        """Variables in which an equation is linear, with their coefficients (made of parameters), and the rest."""
        expression = variable.rhs()
        parts = [v for v in referenced(expression) if v not in self.fixed]
        while True:
            marks = {v: al.sym("j", v.qname()) for v in parts}
            self.builder.give({**self.fixed, **marks})
            rest, found, bad = self.builder.rhs(variable), {}, None
            for part, mark in marks.items():
                form = al.linear_in(rest, mark)
                if form is None or form[1].varying:
                    bad = part
                    break
                if form[1] is not al.ZERO:
                    rest, found[part] = form
            if bad is None:
                return found, rest
            parts.remove(bad)

    def _is_total(self, variable: myokit.Variable, parts: dict, rest: al.Node) -> bool:
        on_state, on_time = self.dependence.of(variable)
        if on_state and on_time:
            return True
        currents = [v for v in parts if self.dependence.of(v)[0]]
        return rest is al.ZERO and (len(currents) >= 3 or (len(currents) >= 1 and TOTAL.search(variable.name())))

    def decompose(self) -> tuple[dict[myokit.Variable, al.Node], al.Node]:
        """Rate of the potential: currents (and stimulus) with coefficients, and what is neither."""
        parts, rest = self.parts_of(self.potential)
        found: dict[myokit.Variable, list[tuple[float, al.Node]]] = {}
        queue = list(parts.items())
        while queue:
            variable, coefficient = queue.pop(0)
            inner, inner_rest = self.parts_of(variable) if self.dependence.of(variable)[0] else ({}, al.ZERO)
            if inner and self._is_total(variable, inner, inner_rest):
                queue[:0] = [(v, al.mul([(coefficient, 1), (c, 1)])) for v, c in inner.items()]
                rest = al.add([(1, rest), (1, al.mul([(coefficient, 1), (inner_rest, 1)]))])
            else:
                found.setdefault(variable, []).append((1.0, coefficient))
        return {variable: al.add(terms) for variable, terms in found.items()}, rest

    def _innermost(self, variable: myokit.Variable) -> myokit.Variable:
        """The stimulus itself, if a variable is no more than a multiple of it."""
        while True:
            inner = [v for v in referenced(variable.rhs()) if self.dependence.of(v)[1]]
            direct = any(v.binding() for v in inner)
            if direct or len(inner) != 1 or inner[0] not in self.parts_of(variable)[0]:
                return variable
            variable = inner[0]

    def find_stimulus(self, parts: dict[myokit.Variable, al.Node]) -> myokit.Variable | None:
        timed = [v for v in parts if self.dependence.of(v)[1]]
        for variable in timed:
            if self.dependence.of(variable)[0]:
                raise Refused(f"{variable.qname()}: depends on time and on states; only a stimulus may depend on time")
        found = {self._innermost(v) for v in timed}
        if len(found) > 1:
            raise Refused(f"several currents depend on time: {_listed(sorted(found, key=lambda v: v.qname()))}")
        if found:
            return found.pop()
        inside = [r for v in [self.potential, *parts] for r in referenced(v.rhs())]
        for variable in [*parts, *inside]:
            if STIMULUS.search(variable.name()) and not self.dependence.of(variable)[0] and not variable.is_bound():
                return variable  # a constant one
        return None

    # -- all together ------------------------------------------------------------------------------------------------

    def run(self) -> Cell:
        states = self.read_states()
        cell = Cell(self.title, self.model, states, self.ms, self.read_parameters())
        parts, rest = self.decompose()
        stimulus = self.find_stimulus(parts)
        to_rate = states[0].factor / self.ms  # the file's rate of V to mV/ms
        if stimulus is not None:
            self._read_stimulus(cell, stimulus, parts, rest, to_rate)
            parts = {v: c for v, c in parts.items() if v is not stimulus and not self.dependence.of(v)[1]}
        self._read_currents(cell, parts, to_rate)
        self._read_rates(cell)
        self._keep_used(cell)
        self._check_time(cell)
        unknown = set(self.rename) - {v.qname() for v in self.model.variables(deep=True)}
        if unknown:
            raise Refused(f"--rename {', '.join(sorted(unknown))}: no such variable (component.variable)")
        cell.labels = dict(self.builder.labels)
        return cell

    def _read_stimulus(self, cell: Cell, stimulus: myokit.Variable, parts: dict, rest: al.Node, to_rate: float) -> None:
        mark = al.sym("j", stimulus.qname())
        self.builder.give({**self.fixed, stimulus: mark})
        rate = al.add([(1, al.mul([(c, 1), (self.builder.of(v), 1)])) for v, c in parts.items()])
        form = al.linear_in(al.add([(1, rate), (1, rest)]), mark)
        if form is not None and form[1] is al.ZERO:  # a constant that is written into the potential's own equation
            form = al.linear_in(self.builder.rhs(self.potential), mark)
        if form is None or form[1].varying or form[1] is al.ZERO:
            raise Refused(
                f"{stimulus.qname()}: looks like the stimulus, but the rate of the potential is not linear in it"
            )
        cell.stimulus_variable = stimulus
        cell.stimulus_per_unit = al.scale(to_rate, form[1])
        self.fixed[stimulus] = al.mul([(STIM, 1), (cell.stimulus_per_unit, -1)])

    def _read_currents(self, cell: Cell, parts: dict[myokit.Variable, al.Node], to_rate: float) -> None:
        given = names.Names(self.rename, {"Iother"})
        for variable, coefficient in parts.items():
            current = Current(variable, given.give(variable, "current"), names.meaning(variable))
            ours = al.scale(-to_rate, coefficient)  # A/F over the file's unit
            cell.currents.append(current)
            current.value = ours
            self.fixed[variable] = al.mul([(al.sym("i", current.name), 1), (ours, -1)])
        self.builder.give(self.fixed)
        for current in cell.currents:
            current.value = al.mul([(current.value, 1), (self.builder.rhs(current.variable), 1)])
        gone = {al.sym("i", c.name): al.ZERO for c in cell.currents if c.value is al.ZERO}
        cell.currents = [c for c in cell.currents if c.value is not al.ZERO]
        if gone:
            self.fixed.update({v: al.replace(node, gone, {}) for v, node in self.fixed.items()})
            self.builder.give(self.fixed)
        rest = al.scale(to_rate, self.builder.rhs(self.potential))
        for symbol, expected in [(al.sym("i", c.name), -1.0) for c in cell.currents] + [(STIM, 1.0)]:
            form = al.linear_in(rest, symbol)
            if form is None or (
                form[1].op == "num" and abs(form[1].args[0] - expected) > 1e-9 and form[1] is not al.ZERO
            ):
                raise Refused(
                    f"{self.potential.qname()}: its rate is not the sum of the currents that were found in it"
                )
            rest = form[0]
        if rest is not al.ZERO:
            cell.currents.append(
                Current(None, "Iother", "what else the rate of the potential is made of", al.neg(rest))
            )
        cell.states[0].rate = al.add([(1, STIM), *((-1, al.sym("i", c.name)) for c in cell.currents)])

    def _read_rates(self, cell: Cell) -> None:
        for state in cell.states[1:]:
            state.rate = al.scale(state.factor / self.ms, self.builder.rhs(state.variable))

    def _keep_used(self, cell: Cell) -> None:
        used: set = set()
        for node in [s.rate for s in cell.states] + [c.value for c in cell.currents]:
            used |= node.deps
        cell.parameters = [p for p in cell.all_parameters if ("p", p.name) in used]

    def _check_time(self, cell: Cell) -> None:
        for what, node in [(s.variable.qname(), s.rate) for s in cell.states] + [
            (c.name, c.value) for c in cell.currents
        ]:
            for kind, which in node.deps:
                if kind == "t":
                    clock = "the pacing signal" if which else "time"
                    raise Refused(
                        f"{what}: depends on {clock} other than through a stimulus current; kernels are autonomous"
                    )
