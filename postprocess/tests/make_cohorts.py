"""Small cohorts in the documented layout, without running healthcast."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import h5py
import numpy as np

TYPES = {
    "patient": "i8",
    "arm": "i4",
    "stratum": "i4",
    "attempts": "i4",
    "status": "i1",
    "accepted": "i1",
    "seconds": "f8",
}
DEFAULTS = {"arm": 0, "stratum": 0, "attempts": 1, "status": 1, "accepted": 1, "seconds": 0.5}


def write_rows(
    path: Path,
    member: np.ndarray,
    parameters: Mapping[str, tuple[str, np.ndarray]],
    quantities: Mapping[str, tuple[str, np.ndarray]],
    manifest: dict[str, Any] | None = None,
    fields: Mapping[str, tuple[str, np.ndarray]] | None = None,
    message: list[str] | None = None,
    **columns: np.ndarray,
) -> None:
    """One file of rows: columns by name as (unit, values); what is not given is as of members that are done."""
    n = len(member)
    path.parent.mkdir(parents=True, exist_ok=True)
    with h5py.File(path, "w") as file:
        file["member"] = np.asarray(member, dtype="i8")
        for name, kind in TYPES.items():
            file[name] = np.asarray(
                columns.get(name, member if name == "patient" else np.full(n, DEFAULTS.get(name))), dtype=kind
            )
        for name, table in (("parameters", parameters), ("quantities", quantities)):
            if not table:
                continue  # the engine writes no table without columns
            values = np.array([v for _, v in table.values()], dtype=float).T.reshape(n, len(table))
            data = file.create_dataset(name, data=values)
            data.attrs["names"] = np.array([key.encode() for key in table])
            data.attrs["units"] = np.array([unit.encode() for unit, _ in table.values()])
        file["message"] = np.array([text.encode() for text in (message or [""] * n)], dtype="S256")
        for name, (unit, values) in (fields or {}).items():
            file.create_dataset(f"fields/{name}", data=np.asarray(values, dtype="f4"), compression="gzip").attrs[
                "unit"
            ] = np.bytes_(unit)
        file.attrs["title"], file.attrs["kind"] = "a cohort", "cell"
        file.attrs["version"], file.attrs["fingerprint"] = "0.1.0", "f" * 64
        if manifest is not None:
            file.attrs["manifest"] = json.dumps(manifest)


def write_virtual(path: Path, parts: list[Path]) -> None:
    """cohort.h5 over files of groups, as the engine leaves it."""
    with h5py.File(parts[0], "r") as model, h5py.File(path, "w", libver="latest") as file:
        sizes = []
        for part in parts:
            with h5py.File(part, "r") as other:
                sizes.append(len(other["member"]))
        names: list[str] = []
        model.visititems(lambda name, data: names.append(name) if isinstance(data, h5py.Dataset) else None)
        for name in names:
            shape, start = model[name].shape[1:], 0
            layout = h5py.VirtualLayout((sum(sizes), *shape), model[name].dtype)
            for part, size in zip(parts, sizes, strict=True):
                layout[start : start + size] = h5py.VirtualSource(f"groups/{part.name}", name, (size, *shape))
                start += size
            data = file.create_virtual_dataset(name, layout)
            for key, value in model[name].attrs.items():
                data.attrs[key] = value
        for key, value in model.attrs.items():
            file.attrs[key] = value
