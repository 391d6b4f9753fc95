"""A cohort as tables of patients by arms."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from .. import cohort
from ..results import ResultsError

if TYPE_CHECKING:
    import xarray as xr


@dataclass(frozen=True)
class Trial:
    """A cohort as tables of patients by arms."""

    data: xr.Dataset
    block: dict[str, Any]  # `trial` of the manifest
    arms: list[str]
    described: list[dict[str, Any]]  # arms of the manifest
    reference: int
    patients: np.ndarray
    row: np.ndarray  # (patients, arms): row of the member in data, -1 if there is none
    strata: np.ndarray  # names by patient
    eligible: np.ndarray  # by patient: the member of the reference arm is done and accepted

    def table(self, quantity: str) -> np.ndarray:
        """(patients, arms) values of members that are done; NAN for others."""
        if quantity not in self.data.quantity.values:
            names = ", ".join(self.data.quantity.values)
            raise ResultsError(f'the cohort has no quantity "{quantity}"; it has: {names}')
        values = np.asarray(self.data.quantities.sel(quantity=quantity))
        values = np.where(np.asarray(self.data.status == "done"), values, np.nan)
        return np.where(self.row >= 0, np.append(values, np.nan)[self.row], np.nan)

    def unit(self, quantity: str) -> str:
        """Of a quantity."""
        return str(self.data.quantity_unit.sel(quantity=quantity).values)


def read_trial(path: Path) -> Trial:
    """The tables of a cohort; the reference arm is the first if the manifest does not say."""
    data = cohort.load(path)
    if not data.sizes["member"]:
        raise ResultsError(f"{path}: no member is there yet")
    described = list(data.manifest.get("arms") or [{}])
    n_arms = max(len(described), int(data.arm_number.max()) + 1)
    described += [{} for _ in range(n_arms - len(described))]
    arms = [str(entry.get("name", f"arm {i}")) for i, entry in enumerate(described)]
    block = data.manifest.get("trial") or {}
    reference = block.get("reference") or arms[0]
    if reference not in arms:
        raise ResultsError(f'{path}: trial.reference is "{reference}"; allowed: {", ".join(arms)}')
    patients, inverse = np.unique(data.patient, return_inverse=True)
    row = np.full((len(patients), n_arms), -1)
    row[inverse, np.asarray(data.arm_number)] = np.arange(data.sizes["member"])
    strata = np.empty(len(patients), dtype=object)
    strata[inverse] = np.asarray(data.stratum)
    first = row[:, arms.index(reference)]
    good = np.append(np.asarray((data.status == "done") & data.accepted), False)
    return Trial(data, block, arms, described, arms.index(reference), patients, row, strata, good[first])
