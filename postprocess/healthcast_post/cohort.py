"""Cohorts as labelled arrays: cohort.h5 of a campaign or, while it runs, the files of its groups."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import h5py
import numpy as np

from .results import ResultsError, text_of

if TYPE_CHECKING:
    import xarray as xr

STATUS = ("missing", "done", "failed", "timeout", "crashed")
ABOUT = ("title", "kind", "version", "fingerprint")
TABLES = {"parameter": "parameters", "quantity": "quantities"}
CHUNK = 64  # rows of a field in memory at a time


def is_cohort(path: Path) -> bool:
    """Whether the path is the folder of a campaign or its cohort.h5."""
    if path.is_dir():
        return (path / "cohort.h5").is_file() or ((path / "groups").is_dir() and (path / "manifest.json").is_file())
    return path.name == "cohort.h5" and path.is_file()


def _files(path: Path) -> list[Path]:
    """The files that hold the rows: the gathered one, or those of the groups."""
    gathered = path if path.is_file() else path / "cohort.h5"
    if gathered.is_file():
        return [gathered] if _is_whole(gathered) else _behind(gathered)
    found = sorted((path / "groups").glob("*.h5")) + sorted((path / "groups").glob("*.h5.part"))
    if not found:
        raise ResultsError(f"{path}: there is no cohort (neither cohort.h5 nor files in groups/)")
    return found


def _is_whole(gathered: Path) -> bool:
    """HDF5 gives zeros, without a word, for rows of files that are not there or that are too many to be open at once."""
    with _open(gathered) as file:
        return bool((file["status"][: _rows(file)] > 0).all())


def _behind(gathered: Path) -> list[Path]:
    """The files of groups that a gathered file points to, to be read one after the other."""
    found = sorted((gathered.parent / "groups").glob("*.h5"))
    there = 0
    for candidate in found:
        with _open(candidate) as file:
            there += _rows(file)
    with _open(gathered) as file:
        lacking = _rows(file) - there
    if lacking > 0:
        raise ResultsError(f"{gathered}: {lacking} rows are of files that are not in {gathered.parent / 'groups'}")
    return found


def _open(path: Path) -> h5py.File:
    """A file of rows; one that is being written is read as far as it was flushed."""
    try:
        file = h5py.File(path, "r", swmr=path.suffix == ".part")
    except OSError as error:
        raise ResultsError(f"{path}: cannot be read: {error}") from None
    lacking = [name for name in ("member", "status") if name not in file]
    if lacking:
        file.close()
        raise ResultsError(f"{path}: is no file of a cohort: it lacks {', '.join(lacking)}")
    return file


def _texts(values: Any) -> list[str]:  # noqa: ANN401 (what h5py gives differs)
    return [text_of(value) for value in np.atleast_1d(values)]


def _columns(file: h5py.File, table: str) -> tuple[list[str], list[str]]:
    """Names and units of the columns of a table, which is not there if it has none."""
    if table not in file:
        return [], []
    data = file[table]
    names = _texts(data.attrs["names"]) if "names" in data.attrs else [str(i) for i in range(data.shape[1])]
    units = _texts(data.attrs["units"]) if "units" in data.attrs else [""] * len(names)
    return names[: data.shape[1]], units[: data.shape[1]]


def manifest(path: str | Path) -> dict[str, Any]:
    """What the campaign says of itself; empty if it says nothing."""
    path = Path(path)
    for candidate in _files(path):
        with _open(candidate) as file:
            if "manifest" in file.attrs:
                return json.loads(text_of(file.attrs["manifest"]) or "{}")
    sidecar = (path if path.is_dir() else path.parent) / "manifest.json"
    return json.loads(sidecar.read_text()) if sidecar.is_file() else {}


def _labels(numbers: np.ndarray, described: list[dict[str, Any]], what: str) -> np.ndarray:
    """Names for the numbers of arms or strata."""
    names = [str(entry.get("name", f"{what} {i}")) for i, entry in enumerate(described)]
    names += [f"{what} {i}" for i in range(len(names), int(numbers.max(initial=-1)) + 1)]
    return np.array(names or [what])[np.maximum(numbers, 0)] if numbers.size else np.empty(0, dtype=str)


def _rows(file: h5py.File) -> int:
    """Rows that all columns have: one that is being appended to may have more of some."""
    return min(len(data) for data in file.values() if isinstance(data, h5py.Dataset))


def _read(file: h5py.File, name: str, n: int, default: float) -> np.ndarray:
    return np.asarray(file[name][:n]) if name in file else np.full(n, default)


def load(path: str | Path, fields: tuple[str, ...] = ()) -> xr.Dataset:
    """All rows of a cohort by member, as an xarray.Dataset.

    Variables `parameters` (member, parameter) and `quantities` (member, quantity), with the units beside the names as
    coordinates `parameter_unit` and `quantity_unit`; the fields that are asked for as `field_NAME`. Coordinates of a
    member: patient, arm and stratum (names; numbers in arm_number, stratum_number), status (a word of STATUS),
    accepted, attempts, seconds, message. attrs: title, kind, version, fingerprint, manifest, fields {name: unit}.
    Categories are numbers: manifest["categories"] has their texts. NAN is no value.
    """
    import xarray as xr  # half a second, which other commands need not wait for

    path = Path(path)
    described = manifest(path)
    parts = [_read_file(candidate, fields) for candidate in _files(path)]
    first = parts[0]
    for part, name in zip(parts, _files(path), strict=True):
        if (part["parameter"], part["quantity"]) != (first["parameter"], first["quantity"]):
            raise ResultsError(f"{name}: has other columns than {_files(path)[0]}")
    columns = {name: np.concatenate([part["columns"][name] for part in parts]) for name in first["columns"]}
    kept = np.flatnonzero(columns["status"] > 0)  # a row that is being appended has status 0
    kept = kept[np.argsort(columns["member"][kept], kind="stable")]
    columns = {name: values[kept] for name, values in columns.items()}
    twice = columns["member"][1:][np.diff(columns["member"]) == 0]
    if twice.size:
        raise ResultsError(f"{path}: member {twice[0]} is there more than once")
    return _dataset(xr, columns, first, described)


def _read_file(path: Path, fields: tuple[str, ...]) -> dict[str, Any]:
    with _open(path) as file:
        n = _rows(file)
        columns = {"member": np.asarray(file["member"][:n], dtype=np.int64)}
        defaults = {"patient": -1, "arm": 0, "stratum": 0, "attempts": 1, "status": 1, "accepted": 1, "seconds": np.nan}
        columns |= {name: _read(file, name, n, default) for name, default in defaults.items()}
        columns["patient"] = np.where(columns["patient"] < 0, columns["member"], columns["patient"]).astype(np.int64)
        texts = file["message"][:n] if "message" in file else [b""] * n
        columns["message"] = np.array([text_of(text).rstrip("\0 ") for text in texts], dtype=str)
        for name in TABLES.values():
            columns[name] = np.asarray(file[name][:n], dtype=float) if name in file else np.empty((n, 0))
        there = {name: text_of(data.attrs.get("unit", "")) for name, data in file.get("fields", {}).items()}
        for name in fields:
            if name not in there:
                raise ResultsError(f'{path}: there is no field "{name}"; there are: {", ".join(there) or "none"}')
            columns[f"field_{name}"] = np.asarray(file[f"fields/{name}"][:n])
        about = {
            key: text_of(file.attrs[key]) for key in ("title", "kind", "version", "fingerprint") if key in file.attrs
        }
        columns_of = {name: _columns(file, plural) for name, plural in TABLES.items()}
    return {"columns": columns, "fields": there, "about": about, **columns_of}


def _dataset(xr: Any, columns: dict[str, np.ndarray], first: dict[str, Any], described: dict[str, Any]) -> xr.Dataset:  # noqa: ANN401
    coordinates: dict[str, Any] = {name: ("member", columns[name]) for name in ("patient", "attempts", "message")}
    coordinates["member"] = columns["member"]
    coordinates["seconds"] = ("member", columns["seconds"], {"units": "s"})
    coordinates["accepted"] = ("member", columns["accepted"].astype(bool))
    coordinates["status"] = ("member", np.array(STATUS)[columns["status"].astype(int)])
    for name, plural in (("arm", "arms"), ("stratum", "strata")):
        numbers = columns[name].astype(int)
        coordinates[name] = ("member", _labels(numbers, described.get(plural) or [], name))
        coordinates[f"{name}_number"] = ("member", numbers)
    variables = {}
    for name, plural in TABLES.items():
        coordinates[name] = first[name][0]
        coordinates[f"{name}_unit"] = (name, first[name][1])
        variables[plural] = (("member", name), columns[plural])
    for name, unit in first["fields"].items():
        if f"field_{name}" in columns:
            variables[f"field_{name}"] = (("member", f"{name}_index"), columns[f"field_{name}"], {"units": unit})
    return xr.Dataset(variables, coordinates, {**first["about"], "manifest": described, "fields": first["fields"]})


def field_rows(path: str | Path, name: str) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Members and their rows of a field, some at a time; of those that are done and accepted."""
    for candidate in _files(Path(path)):
        with _open(candidate) as file:
            if f"fields/{name}" not in file:
                raise ResultsError(f'{candidate}: there is no field "{name}"')
            n = _rows(file)
            good = (_read(file, "status", n, 1) == STATUS.index("done")) & (_read(file, "accepted", n, 1) > 0)
            for start in range(0, n, CHUNK):
                mask = good[start : start + CHUNK]
                rows = np.asarray(file[f"fields/{name}"][start : min(start + CHUNK, n)], dtype=float)
                yield np.asarray(file["member"][start : min(start + CHUNK, n)])[mask], rows[mask]


def field_statistics(path: str | Path, name: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Mean, standard deviation and number of values of a field at each place, without holding all rows."""
    n = mean = squares = np.zeros(1)
    for _, rows in field_rows(path, name):
        for row in rows:  # Welford: no loss of digits where the mean is large
            there = np.isfinite(row)
            n = n + there
            step = np.where(there, np.nan_to_num(row) - mean, 0.0)
            mean = mean + step / np.maximum(n, 1)
            squares = squares + np.where(there, step * (np.nan_to_num(row) - mean), 0.0)
    n, mean, squares = np.broadcast_arrays(n, mean, squares)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(n > 0, mean, np.nan), np.where(n > 1, np.sqrt(squares / (n - 1)), np.nan), n.astype(int)
