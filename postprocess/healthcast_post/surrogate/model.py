"""The model file: HDF5 with numbers and JSON only, so that opening one runs nothing that came with it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import h5py
import numpy as np

from ..results import ResultsError, text_of
from .boosting import Boosting
from .gp import GaussianProcess
from .inputs import Inputs

FORMAT = 1
METHODS = {"gp": GaussianProcess, "boosting": Boosting}


class Method(Protocol):
    """What can predict one number."""

    def predict(self, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Mean and scale of the error."""

    def save(self) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        """Attributes and arrays."""


@dataclass
class Output:
    """A quantity: its method, and how many scales the interval is wide."""

    name: str
    unit: str
    method: Method
    q: float
    level: float


@dataclass
class Prediction:
    """Of one quantity for all rows."""

    unit: str
    mean: np.ndarray
    low: np.ndarray
    high: np.ndarray


class Surrogate:
    """Parameters to quantities."""

    kind = "scalar"

    def __init__(self, inputs: Inputs, outputs: list[Output], card: dict[str, Any]) -> None:
        self.inputs, self.outputs, self.card = inputs, outputs, card

    def predict(self, table: dict[str, np.ndarray]) -> dict[str, Prediction]:
        """Mean and interval of each quantity."""
        x = self.inputs.encode(table)
        out = {}
        for output in self.outputs:
            mean, scale = output.method.predict(x)
            half = output.q * scale
            out[output.name] = Prediction(output.unit, mean, mean - half, mean + half)
        return out

    def outside(self, table: dict[str, np.ndarray]) -> list[str]:
        """For each row why it is not like the members of training; empty if it is."""
        return self.inputs.outside(table)

    def save(self, path: Path) -> None:
        """Write the model file."""
        path.parent.mkdir(parents=True, exist_ok=True)
        with h5py.File(path, "w") as file:
            file.attrs["kind"], file.attrs["format"] = self.kind, FORMAT
            file["card"], file["inputs"] = json.dumps(self.card), json.dumps(self.inputs.to_json())
            for output in self.outputs:
                group = file.create_group(f"outputs/{output.name}")
                about, arrays = output.method.save()
                method = next(name for name, kind in METHODS.items() if isinstance(output.method, kind))
                about |= {"method": method, "unit": output.unit, "q": output.q, "level": output.level}
                group.attrs["about"] = json.dumps(about)
                for name, values in arrays.items():
                    group.create_dataset(name, data=values, compression="gzip")

    @staticmethod
    def read(file: h5py.File) -> Surrogate:
        """From an open model file."""
        outputs = []
        for name, group in file["outputs"].items():
            about = json.loads(text_of(group.attrs["about"]))
            if about["method"] not in METHODS:
                raise ResultsError(f'{file.filename}: unknown method "{about["method"]}"; known: {", ".join(METHODS)}')
            arrays = {key: np.asarray(data) for key, data in group.items()}
            method = METHODS[about["method"]].load(about, arrays)
            outputs.append(Output(name, about["unit"], method, about["q"], about["level"]))
        inputs = Inputs.from_json(json.loads(text_of(file["inputs"][()])))
        return Surrogate(inputs, outputs, json.loads(text_of(file["card"][()])))


KINDS = {Surrogate.kind: Surrogate}


def load(path: str | Path) -> Surrogate:
    """Open a model file of any kind."""
    path = Path(path)
    if not path.is_file():
        raise ResultsError(f"{path}: there is no such file")
    try:
        file = h5py.File(path, "r")
    except OSError:
        raise ResultsError(f"{path}: is no model file of hc-post") from None
    with file:
        kind = text_of(file.attrs.get("kind", ""))
        if kind not in KINDS or int(file.attrs.get("format", 0)) != FORMAT:
            raise ResultsError(f"{path}: is no model file of hc-post, or of another version")
        return KINDS[kind].read(file)
