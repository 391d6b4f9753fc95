"""Units of a model file against ours."""

from __future__ import annotations

import myokit


class Refused(Exception):
    """The model cannot become a kernel; the message says what was found where and what is allowed."""


def _unit(text: str) -> myokit.Unit:
    return myokit.parse_unit(text)


# What we call the units that we have a word for; anything else keeps its own.
OURS = [
    ("mV", _unit("mV")),
    ("ms", _unit("ms")),
    ("mM", _unit("mM")),
    ("A/F", _unit("A/F")),
    ("1/ms", _unit("1/ms")),
    ("mM/ms", _unit("mM/ms")),
    ("K", _unit("K")),
    ("1/mV", _unit("1/mV")),
    ("mM2", _unit("mM^2")),
    ("1/mM", _unit("1/mM")),
    ("1/(mM ms)", _unit("1/mM/ms")),
    ("1/(mM2 ms)", _unit("1/mM^2/ms")),
    ("mS/cm2", _unit("mS/cm^2")),
    ("uF/cm2", _unit("uF/cm^2")),
    ("uA/cm2", _unit("uA/cm^2")),
    ("nS", _unit("nS")),
    ("pA", _unit("pA")),
    ("pF", _unit("pF")),
    ("pL", _unit("pL")),
    ("um2", _unit("um^2")),
    ("um", _unit("um")),
    ("L/(F ms)", _unit("L/F/ms")),
    ("mM/(pA ms)", _unit("mM/pA/ms")),
]
_GAS = _unit("J/mol/K")
_FARADAY = _unit("C/mol")
DIMENSIONLESS = myokit.units.dimensionless


def describe(unit: myokit.Unit | None) -> str:
    return "no unit" if unit is None else str(unit).strip("[]").join("[]")


def factor_to(unit: myokit.Unit | None, ours: str, name: str, what: str) -> float:
    """Factor from a unit of the file to ours."""
    target = _unit(ours)
    if unit is None or not myokit.Unit.can_convert(unit, target):
        raise Refused(f"{name}: its unit is {describe(unit)}; {what} needs one that converts to {ours}")
    return myokit.Unit.convert(1, unit, target)


def to_ours(unit: myokit.Unit | None) -> tuple[float, str]:
    """Factor to and name of our unit of the same dimension; 1 and the unit's own name if we have none."""
    if unit is None:
        return 1.0, "unknown"
    if myokit.Unit.close(unit, DIMENSIONLESS):
        return 1.0, "1"
    for name, ours in OURS:
        if myokit.Unit.can_convert(unit, ours):
            return myokit.Unit.convert(1, unit, ours), name
    return 1.0, describe(unit).strip("[]").replace("^", "").replace("*", " ")


def is_universal(unit: myokit.Unit | None, value: float) -> bool:
    """Whether this is the gas or the Faraday constant: a number, not a parameter."""
    for dimension, known in ((_GAS, 8.314), (_FARADAY, 96485.0)):
        if unit is not None and myokit.Unit.can_convert(unit, dimension):
            return abs(myokit.Unit.convert(value, unit, dimension) / known - 1.0) < 1e-3
    return False


def check(model: myokit.Model) -> None:
    """Every equation has the unit of its variable."""
    time = model.time_unit()
    for variable in model.variables(deep=True):
        try:
            found = variable.rhs().eval_unit()
        except myokit.IncompatibleUnitError as error:
            first = " ".join(str(error).replace("~", "").split())
            raise Refused(f"{variable.qname()}: units do not match in its equation: {first}") from None
        expected = variable.unit()
        if found is None or expected is None:
            continue
        if variable.is_state() and time is not None:
            found *= time
        if not myokit.Unit.close(found, expected):
            per = " per unit of time" if variable.is_state() else ""
            raise Refused(
                f"{variable.qname()}: its equation gives {describe(found)}{per}, expected {describe(expected)}{per}"
            )
