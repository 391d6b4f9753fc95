"""The written statements against Myokit's own evaluation of the file, at random states and parameters."""

from __future__ import annotations

from types import SimpleNamespace

import myokit
import numpy as np

from .kernel import lines_of
from .read import Cell
from .units import Refused

SAMPLES = 400
TOLERANCE = 1e-10
FLOOR = 1e-6  # of a rate's largest value over the samples: below, differences count against that


def _expm1_quotient(x: np.ndarray) -> np.ndarray:
    safe = np.where(x == 0.0, 1.0, x)
    return np.where(x == 0.0, 1.0, safe / np.expm1(safe))


FUNCTIONS = {
    "hc_exp": np.exp,
    "hc_log": np.log,
    "hc_sqrt": np.sqrt,
    "hc_square": np.square,
    "hc_cube": lambda x: x * x * x,
    "hc_select": np.where,
    "hc_x_over_expm1": _expm1_quotient,
}


class Reference:
    """A file's rates and variables by Myokit's order of equations and Myokit's NumPy expressions."""

    def __init__(self, cell: Cell) -> None:
        self.model = cell.model
        self.cell = cell
        writer = myokit.formats.ewriter("numpy")
        keys: dict[myokit.Variable, str] = {v: f"v{n}" for n, v in enumerate(self.model.variables(deep=True))}

        def name_of(lhs: myokit.LhsExpression) -> str:
            return ("d" if isinstance(lhs, myokit.Derivative) else "") + keys[lhs.var()]

        writer.set_lhs_function(name_of)
        self.keys = keys
        self.equations = []
        for group in self.model.solvable_order().values():
            for equation in group:
                if not (equation.lhs.var().is_state() and isinstance(equation.lhs, myokit.Name)):
                    self.equations.append((name_of(equation.lhs), compile(writer.ex(equation.rhs), "model", "eval")))

    def evaluate(self, given: dict[myokit.Variable, np.ndarray]) -> dict[str, np.ndarray]:
        values = {self.keys[s.variable]: np.float64(s.initial / s.factor) for s in self.cell.states}
        values |= {self.keys[v]: x for v, x in given.items()}
        scope = {"numpy": np, "abs": abs}
        with np.errstate(all="ignore"):
            for name, code in self.equations:
                if name not in values:
                    values[name] = eval(code, scope, values)  # noqa: S307 (text that Myokit wrote)
        return values


class Samples:
    """Random states and parameters, in the file's units and in ours."""

    def __init__(self, cell: Cell, count: int = SAMPLES) -> None:
        rng = np.random.default_rng(1)
        self.cell = cell
        self.count = count
        self.states: dict[str, np.ndarray] = {}
        for state in cell.states:
            if state.kind == "POTENTIAL":
                values = rng.uniform(-100.0, 60.0, count)
            elif state.unit == "1" and -0.01 <= state.initial <= 1.01:
                values = rng.uniform(0.0, 1.0, count)
            else:
                size = abs(state.initial) if state.initial else 1e-3
                values = np.copysign(size * np.exp(rng.uniform(-1.0, 1.0, count)), state.initial)
            values[0] = state.initial
            self.states[state.name] = values
        changed = np.arange(count) % 2 == 1  # every other sample has other parameters
        self.parameters = {
            p.name: p.value * np.where(changed, rng.uniform(0.9, 1.1, count), 1.0) for p in cell.parameters
        }
        self.stim = rng.uniform(-10.0, 60.0, count)

    def for_reference(self, scale_of_stimulus: np.ndarray | None) -> dict[myokit.Variable, np.ndarray]:
        """scale_of_stimulus: stim over the file's stimulus variable."""
        given = {s.variable: self.states[s.name] / s.factor for s in self.cell.states}
        given |= {p.variable: self.parameters[p.name] / p.factor for p in self.cell.parameters}
        if self.cell.stimulus_variable is not None:
            given[self.cell.stimulus_variable] = self.stim / scale_of_stimulus
        return given


def _as_python(lines: list[str]) -> str:
    """Our statements differ from Python's in declarations, arrows and semicolons only."""
    return "\n".join(line.strip().removeprefix("const hc_real ").rstrip(";").replace("->", ".") for line in lines)


class Program:
    """The statements of the header, run by NumPy on many cells at once."""

    def __init__(self, cell: Cell, lines: list[str]) -> None:
        self.cell = cell
        self.code = compile(_as_python(lines), "kernel", "exec")

    def run(self, states: dict, parameters: dict, stim: np.ndarray) -> tuple[SimpleNamespace, SimpleNamespace]:
        """r and i of the right-hand side."""
        scale = SimpleNamespace(**{c.name: 1.0 for c in self.cell.currents})
        rates = SimpleNamespace(**{s.name: SimpleNamespace() for s in self.cell.states if s.kind == "GATE"})
        currents = SimpleNamespace()
        scope = {
            **FUNCTIONS,
            "y": SimpleNamespace(**states),
            "p": SimpleNamespace(**parameters, scale=scale),
            "r": rates,
            "i": currents,
            "stim": stim,
        }
        with np.errstate(all="ignore"):
            exec(self.code, scope)  # noqa: S102 (text that we wrote)
        return rates, currents

    def rates(self, states: dict, parameters: dict, stim: np.ndarray) -> dict[str, np.ndarray]:
        found, _ = self.run(states, parameters, stim)
        rates = {}
        for state in self.cell.states:
            rate = getattr(found, state.name)
            if state.kind == "GATE":
                rate = (rate.inf - states[state.name]) * rate.k
            rates[state.name] = np.broadcast_to(rate, stim.shape)
        return rates


def worst(ours: np.ndarray, theirs: np.ndarray) -> float:
    """Largest relative difference where the file's value is finite; infinity if ours is not."""
    with np.errstate(all="ignore"):
        finite = np.isfinite(theirs)
        if not finite.any():
            return float("inf")
        size = np.abs(theirs) + FLOOR * np.max(np.abs(theirs[finite])) + 1e-300
        difference = np.abs(ours - theirs) / size
        return float(np.max(np.where(finite, np.nan_to_num(difference, nan=np.inf), 0.0)))


def stimulus_per_unit(cell: Cell, parameters: dict) -> np.ndarray:
    """stim over the file's stimulus: an expression of parameters."""
    values = {p.name: p.value for p in cell.all_parameters} | parameters
    text = lines_of([("result", cell.stimulus_per_unit)])
    scope = {**FUNCTIONS, "p": SimpleNamespace(**values)}
    exec(_as_python(text), scope)  # noqa: S102 (text that we wrote)
    return scope["result"]


def check(cell: Cell, lines: list[str]) -> tuple[float, str]:
    """Largest relative difference of any rate to Myokit's, and whose it is. Refused if the currents do not sum to the
    rate of the potential."""
    samples = Samples(cell)
    program = Program(cell, lines)
    per_unit = stimulus_per_unit(cell, samples.parameters) if cell.stimulus_variable is not None else None
    reference = Reference(cell)
    values = reference.evaluate(samples.for_reference(per_unit))
    rates = program.rates(samples.states, samples.parameters, samples.stim)
    largest, place = 0.0, "none"
    for state in cell.states:
        theirs = values["d" + reference.keys[state.variable]] * state.factor / cell.ms
        theirs = np.broadcast_to(theirs, samples.stim.shape)
        if state.kind == "POTENTIAL" and cell.stimulus_variable is None:
            theirs = theirs + samples.stim
        difference = worst(rates[state.name], theirs)
        if difference >= largest:
            largest, place = difference, state.variable.qname()
    _, currents = program.run(samples.states, samples.parameters, samples.stim)
    parts = [samples.stim, *(-getattr(currents, c.name) for c in cell.currents)]
    gap = np.abs(sum(parts) - rates["V"]) / sum(np.abs(part) for part in parts)
    if np.nanmax(gap) > TOLERANCE:
        raise Refused(f"the currents do not sum to the rate of the potential: {np.nanmax(gap):.1e} relative")
    return largest, place


def spoiled_gates(cell: Cell, lines: list[str]) -> list[str]:
    """Gates whose steady state is no fraction, or whose rate is no rate, at some sample: they are none."""
    samples = Samples(cell)
    rates, _ = Program(cell, lines).run(samples.states, samples.parameters, samples.stim)
    bad = []
    for state in cell.states:
        if state.kind == "GATE":
            gate = getattr(rates, state.name)
            inf, k = np.asarray(gate.inf), np.asarray(gate.k)
            if not (np.all(np.isfinite(k) & (k >= 0.0)) and np.all((inf >= -0.01) & (inf <= 1.01))):
                bad.append(state.name)
    return bad


def not_finite(cell: Cell, lines: list[str]) -> list[float]:
    """Potentials, mV, of a grid from -150 to 100 at which a rate is not finite."""
    v = np.arange(-150.0, 100.5, 0.5)
    states = {s.name: np.full_like(v, s.initial) for s in cell.states} | {"V": v}
    rates = Program(cell, lines).rates(states, {p.name: p.value for p in cell.parameters}, 0.0 * v)
    fine = np.all([np.isfinite(rate) for rate in rates.values()], axis=0)
    return list(v[~fine])


def fastest(cell: Cell, lines: list[str]) -> dict[str, float]:
    """1/ms: the fastest relaxation of each plain state in itself over the samples."""
    samples = Samples(cell)
    program = Program(cell, lines)
    before = program.rates(samples.states, samples.parameters, samples.stim)
    found = {}
    for state in cell.states:
        if state.kind == "PLAIN":
            value = samples.states[state.name]
            moved = value + 1e-5 * np.abs(value) + 1e-11
            after = program.rates(samples.states | {state.name: moved}, samples.parameters, samples.stim)
            slope = (after[state.name] - before[state.name]) / (moved - value)
            found[state.name] = float(np.nanmax(-slope))
    return found


def stimulus_of(cell: Cell, protocol: myokit.Protocol | None) -> tuple[float, float]:
    """Amplitude (mV/ms) and duration (ms) of the first pulse of the file's own stimulus; zeros if there is none."""
    if cell.stimulus_variable is None:
        return 0.0, 0.0
    reference = Reference(cell)
    time, pace = cell.model.time(), cell.model.binding("pace")
    ms = np.arange(0.005, 2000.0, 0.01)  # between the times at which pulses begin and end
    given = {time: ms / cell.ms}
    if pace is not None:
        events = protocol.events() if protocol is not None else []
        level, start, duration = (
            (events[0].level(), events[0].start() * cell.ms, events[0].duration() * cell.ms)
            if events
            else (0.0, 0.0, 0.0)
        )
        given[pace] = np.where((ms >= start) & (ms < start + duration), level, 0.0)
    values = reference.evaluate(given)
    drive = stimulus_per_unit(cell, {}) * np.broadcast_to(values[reference.keys[cell.stimulus_variable]], ms.shape)
    on = drive != 0.0
    if not on.any() or on.all():
        return 0.0, 0.0
    first = int(np.argmax(on))
    length = int(np.argmin(on[first:])) if not on[first:].all() else len(on) - first
    amplitude = float(drive[first : first + length].max())
    return (round(amplitude, 9), round(0.01 * length, 6)) if amplitude > 0.0 else (0.0, 0.0)
