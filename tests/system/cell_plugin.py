"""A compiled cell model (kernels/cell_model.h) seen from Python."""

from __future__ import annotations

import ctypes as c
from pathlib import Path

import numpy as np

DOUBLES = c.POINTER(c.c_double)


class StateInfo(c.Structure):
    _fields_ = [
        ("name", c.c_char_p),
        ("unit", c.c_char_p),
        ("meaning", c.c_char_p),
        ("initial", c.c_double),
        ("kind", c.c_int),
    ]


class ParameterInfo(c.Structure):
    _fields_ = [(text, c.c_char_p) for text in ("name", "unit", "meaning", "source")]
    _fields_ += [(value, c.c_double) for value in ("fallback", "min", "max")]


class CurrentInfo(c.Structure):
    _fields_ = [(text, c.c_char_p) for text in ("name", "unit", "meaning")]


class Batch(c.Structure):
    _fields_ = [("n_blocks", c.c_int), ("v", DOUBLES), ("state", DOUBLES), ("stim", DOUBLES), ("parameters", DOUBLES)]
    _fields_ += [("n_fields", c.c_int), ("field_of", c.POINTER(c.c_int)), ("fields", DOUBLES)]


STEP = c.CFUNCTYPE(None, c.POINTER(Batch), c.c_double, c.c_double)
STEP2 = c.CFUNCTYPE(None, c.POINTER(Batch), c.c_double, c.c_double, DOUBLES, DOUBLES, DOUBLES, DOUBLES)
RATES = c.CFUNCTYPE(None, c.c_double, DOUBLES, c.c_double, DOUBLES, DOUBLES, DOUBLES)


class CellModel(c.Structure):
    _fields_ = [("abi", c.c_int), ("name", c.c_char_p), ("title", c.c_char_p), ("citation", c.c_char_p)]
    _fields_ += [("body", c.c_char_p), ("source", c.c_char_p)]
    _fields_ += [("n_states", c.c_int), ("states", c.POINTER(StateInfo))]
    _fields_ += [("n_parameters", c.c_int), ("parameters", c.POINTER(ParameterInfo))]
    _fields_ += [
        ("n_currents", c.c_int),
        ("currents", c.POINTER(CurrentInfo)),
        ("n_sums", c.c_int),
        ("sums", c.c_void_p),
    ]
    _fields_ += [("v_limits", c.c_double * 2), ("stimulus", c.c_double), ("stimulus_duration", c.c_double)]
    _fields_ += [("cost", c.c_double), ("lanes", c.c_int), ("step", STEP), ("step2", STEP2)]
    _fields_ += [("n_tabled", c.c_int), ("tabulate", c.c_void_p), ("step_tabled", c.c_void_p), ("rates", RATES)]


def pointer(array: np.ndarray):
    return array.ctypes.data_as(DOUBLES)


class Plugin:
    """The first model of a shared library."""

    def __init__(self, path: Path) -> None:
        self.loaded = c.CDLL(str(path))
        listed = (c.POINTER(CellModel) * 2).in_dll(self.loaded, "hc_cell_plugin")
        assert not listed[1], "the list of models does not end"
        self.model = listed[0].contents
        self.states = [self.model.states[n].name.decode() for n in range(self.model.n_states)]
        self.kinds = {s: self.model.states[n].kind for n, s in enumerate(self.states)}
        self.initial = np.array([self.model.states[n].initial for n in range(self.model.n_states)])
        rows = [self.model.parameters[n] for n in range(self.model.n_parameters)]
        self.parameters = {row.name.decode(): row.fallback for row in rows}
        self.ranges = {row.name.decode(): (row.min, row.max) for row in rows}
        self.units = {row.name.decode(): row.unit.decode() for row in rows}
        self.currents = [self.model.currents[n].name.decode() for n in range(self.model.n_currents)]

    def rates(self, y: np.ndarray, stim: float = 0.0, **changed: float) -> tuple[np.ndarray, np.ndarray]:
        """(dy/dt, currents) of one cell."""
        assert set(changed) <= set(self.parameters)
        y = np.ascontiguousarray(y, dtype=float)
        values = np.array(list((self.parameters | changed).values()))
        dydt, currents = np.empty_like(y), np.empty(self.model.n_currents)
        self.model.rates(0.0, pointer(y), stim, pointer(values), pointer(dydt), pointer(currents))
        return dydt, currents


class Cells:
    """Copies of a model's cell in blocks of lanes."""

    def __init__(self, plugin: Plugin, n_blocks: int = 1) -> None:
        lanes, self.plugin = plugin.model.lanes, plugin
        self.v = np.full(n_blocks * lanes, plugin.initial[0])
        self.state = np.tile(np.repeat(plugin.initial[1:], lanes), n_blocks)
        self.stim = np.zeros_like(self.v)
        self.parameters = np.array(list(plugin.parameters.values()))
        arrays = (self.v, self.state, self.stim, self.parameters)
        self.batch = Batch(n_blocks, *(pointer(array) for array in arrays), 0, None, None)

    def step(self, t: float, dt: float) -> None:
        self.plugin.model.step(c.byref(self.batch), t, dt)

    def step2(self, t: float, dt: float) -> None:
        self.plugin.model.step2(c.byref(self.batch), t, dt, self.batch.v, self.batch.state, None, None)

    def first(self) -> dict[str, float]:
        """State of cell 0 by name."""
        return dict(zip(self.plugin.states, [self.v[0], *self.state[:: self.plugin.model.lanes]]))
