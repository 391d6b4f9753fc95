"""From a model file to expressions in our units: the potential, the stimulus, currents, parameters, rates."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

import myokit
import myokit.formats

from . import algebra as al
from .units import Refused

POTENTIAL_NAMES = ("V", "Vm", "V_m", "v", "vm", "E", "u")
STIMULUS = re.compile(r"stim|^i_?(app|inj|ext)", re.I)
TOTAL = re.compile(r"tot|ion$|^i_?m$|sum|net|_all", re.I)
STIM = al.sym("stim")
TIME = al.sym("t")


@dataclass
class State:
    variable: myokit.Variable
    name: str
    unit: str
    factor: float  # ours over the file's
    initial: float
    meaning: str
    kind: str = "PLAIN"
    rate: al.Node = al.ZERO  # per ms; of the potential: less the currents' sum
    inf: al.Node = al.ZERO
    k: al.Node = al.ZERO


@dataclass
class Parameter:
    variable: myokit.Variable
    name: str
    unit: str
    factor: float
    value: float
    meaning: str

    def limits(self) -> tuple[float, float]:
        """A range that keeps out slips of the pen, no more: nothing is known about the parameter."""
        if self.unit == "K":
            return min(270.0, 0.9 * self.value), max(330.0, 1.1 * self.value)
        if self.unit == "mV":
            return self.value - 200.0, self.value + 200.0
        if self.value == 0.0:
            return -1e6, 1e6
        if self.value < 0.0:
            return 1000.0 * self.value, 0.001 * self.value
        return (0.0 if re.match(r"[gGP]", self.name) else 0.001 * self.value), 1000.0 * self.value


@dataclass
class Current:
    variable: myokit.Variable | None
    name: str
    meaning: str
    value: al.Node = al.ZERO  # A/F, not scaled


@dataclass
class Cell:
    title: str
    model: myokit.Model
    states: list[State]
    ms: float = 1.0  # of the file's unit of time
    all_parameters: list[Parameter] = field(default_factory=list)
    parameters: list[Parameter] = field(default_factory=list)  # those that the rates depend on
    currents: list[Current] = field(default_factory=list)
    stimulus: tuple[float, float] = (0.0, 0.0)
    stimulus_variable: myokit.Variable | None = None
    stimulus_per_unit: al.Node = al.ONE  # stim over the file's stimulus variable
    labels: dict[al.Node, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


def load(path: Path) -> tuple[myokit.Model, myokit.Protocol | None]:
    """CellML 1.0, 1.1, 2.0 or Myokit's mmt."""
    try:
        if path.suffix == ".mmt":
            model, protocol, _ = myokit.load(str(path))
            if model is None:
                raise Refused(f"{path}: has no model section")
            model.remove_derivative_references()
            return model, protocol
        model = myokit.formats.importer("cellml").model(str(path))
        model.remove_derivative_references()
        return model, None
    except (myokit.MyokitError, OSError) as error:
        raise Refused(f"{path}: not a model that Myokit can read: {' '.join(str(error).split())}") from None


class Builder:
    """Expressions of a file's variables, where some variables stand for symbols."""

    def __init__(self) -> None:
        self.given: dict[myokit.Variable, al.Node] = {}
        self.memo: dict[myokit.Variable, al.Node] = {}
        self.labels: dict[al.Node, str] = {}
        self.owner = ""

    def give(self, nodes: dict[myokit.Variable, al.Node]) -> None:
        self.given = nodes
        self.memo = {}
        self.labels = {}

    def of(self, variable: myokit.Variable) -> al.Node:
        if variable in self.given:
            return self.given[variable]
        if variable not in self.memo:
            self.memo[variable] = self.rhs(variable)
        return self.memo[variable]

    def rhs(self, variable: myokit.Variable) -> al.Node:
        before, self.owner = self.owner, variable.qname()
        try:
            node = self.build(variable.rhs())
        except ArithmeticError as error:
            raise Refused(f"{self.owner}: {error} in its equation {variable.rhs()}") from None
        self.owner = before
        if al.children(node) and not variable.is_state():
            self.labels.setdefault(node, variable.name())
        return node

    def build(self, e: myokit.Expression) -> al.Node:
        handler = _HANDLERS.get(type(e))
        if handler is None:
            raise Refused(f"{self.owner}: kernels have no '{type(e).__name__}', which its equation uses: {e}")
        return handler(self, e)


def _comparison(op: str, swap: bool, negate: bool):
    def build(b: Builder, e: myokit.Expression) -> al.Node:
        left, right = b.build(e[0]), b.build(e[1])
        test = al.condition(op, right, left) if swap else al.condition(op, left, right)
        return al.invert(test) if negate else test

    return build


def _piecewise(b: Builder, e: myokit.Piecewise) -> al.Node:
    pieces = [b.build(piece) for piece in e.pieces()]
    result = pieces[-1]
    for test, piece in reversed(list(zip(e.conditions(), pieces[:-1]))):
        result = al.select(b.build(test), piece, result)
    return result


def _log(b: Builder, e: myokit.Log) -> al.Node:
    value = al.log(b.build(e[0]))
    return value if len(e) == 1 else al.mul([(value, 1), (al.log(b.build(e[1])), -1)])


def _absolute(b: Builder, e: myokit.Abs) -> al.Node:
    x = b.build(e[0])
    return al.select(al.condition("<", x, al.ZERO), al.neg(x), x)


def _rounding(b: Builder, e: myokit.Expression) -> al.Node:
    """Kernels cannot round. Of the clock alone it is part of a stimulus, which is replaced."""
    inside = set().union(*(b.build(part).deps for part in e))
    if all(kind in "tp" for kind, _ in inside) and any(kind == "t" for kind, _ in inside):
        return al.sym("t", str(e))
    raise Refused(f"{b.owner}: kernels have no '{type(e).__name__}', which its equation uses: {e}")


_HANDLERS = {
    myokit.Number: lambda b, e: al.num(e.eval()),
    myokit.Name: lambda b, e: b.of(e.var()),
    myokit.PrefixPlus: lambda b, e: b.build(e[0]),
    myokit.PrefixMinus: lambda b, e: al.neg(b.build(e[0])),
    myokit.Plus: lambda b, e: al.add([(1, b.build(e[0])), (1, b.build(e[1]))]),
    myokit.Minus: lambda b, e: al.add([(1, b.build(e[0])), (-1, b.build(e[1]))]),
    myokit.Multiply: lambda b, e: al.mul([(b.build(e[0]), 1), (b.build(e[1]), 1)]),
    myokit.Divide: lambda b, e: al.mul([(b.build(e[0]), 1), (b.build(e[1]), -1)]),
    myokit.Power: lambda b, e: al.power(b.build(e[0]), b.build(e[1])),
    myokit.Sqrt: lambda b, e: al.mul([(b.build(e[0]), 0.5)]),
    myokit.Exp: lambda b, e: al.exp(b.build(e[0])),
    myokit.Log: _log,
    myokit.Log10: lambda b, e: al.scale(0.43429448190325182, al.log(b.build(e[0]))),
    myokit.Abs: _absolute,
    myokit.If: lambda b, e: al.select(b.build(e[0]), b.build(e[1]), b.build(e[2])),
    myokit.Piecewise: _piecewise,
    myokit.Less: _comparison("<", False, False),
    myokit.More: _comparison("<", True, False),
    myokit.LessEqual: _comparison("<", True, True),
    myokit.MoreEqual: _comparison("<", False, True),
    myokit.Equal: _comparison("==", False, False),
    myokit.NotEqual: _comparison("==", False, True),
    myokit.And: lambda b, e: al.condition("&", b.build(e[0]), b.build(e[1])),
    myokit.Or: lambda b, e: al.condition("|", b.build(e[0]), b.build(e[1])),
    myokit.Floor: _rounding,
    myokit.Ceil: _rounding,
    myokit.Quotient: _rounding,
    myokit.Remainder: _rounding,
    myokit.Not: lambda b, e: al.invert(b.build(e[0])),
}
