"""One compiler command from source to plug-in, and the plug-in's rates seen from here."""

from __future__ import annotations

import ctypes
import os
import re
import shlex
import subprocess
from pathlib import Path

import numpy as np

from .units import Refused

OPTIONAL = ("-mprefer-vector-width=512", "--param=max-combine-insns=2")  # where the compiler knows them
# What flags.cmake says, for an installed healthcast that has no such file.
FALLBACK = ["-O3", "-fno-math-errno", "-fno-trapping-math", "-ffp-contract=off", "-fopenmp-simd"]


def find_kernels(wanted: str | None) -> Path:
    here = Path(__file__).resolve().parent
    installed = [folder / "include" / "healthcast" / "kernels" for folder in here.parents]
    places = [Path(wanted)] if wanted else [here.parent, *installed]
    for place in places:
        if (place / "launch_cpu.h").is_file():
            return place.resolve()
    raise Refused(f"no kernel headers (launch_cpu.h) in {places[0]} nor where they are installed; say --kernels FOLDER")


def kernel_flags(kernels: Path) -> tuple[list[str], list[str]]:
    """As kernels/flags.cmake has them: those for every compiler, and those for compilers that know them."""
    listing = kernels / "flags.cmake"
    text = listing.read_text() if listing.is_file() else ""
    match = re.search(r"^set\(HC_KERNEL_OPTIONS ([^)]*)\)", text, re.M)
    if not match:
        return list(FALLBACK), list(OPTIONAL)
    return match.group(1).split(), re.findall(r"^check_c_compiler_flag\((\S+) ", text, re.M)


def accepts(compiler: list[str], flag: str) -> bool:
    test = [*compiler, "-Werror", flag, "-x", "c", "-fsyntax-only", os.devnull]
    return subprocess.run(test, capture_output=True, check=False).returncode == 0


def command(kernels: Path, source: Path, target: Path, architecture: str) -> list[str]:
    """From source to plug-in. The header of the same name goes in as text too, for devices."""
    compiler = shlex.split(os.environ.get("CC", "cc"))
    try:
        always, known = kernel_flags(kernels)
        optional = [flag for flag in known if accepts(compiler, flag)]
    except OSError as error:
        raise Refused(f"no C compiler '{compiler[0]}' ({error.strerror}); set CC") from None
    machine = [next((f for f in (f"-march={architecture}", f"-mcpu={architecture}") if accepts(compiler, f)), "")]
    flags = ["-std=gnu11", *always, *optional, *filter(None, machine), "-shared", "-fPIC", "-Wl,-Bsymbolic"]
    header = source.with_suffix(".h").resolve()
    text = [f'-DHC_HEADER_FILE="{header}"'] if header.is_file() and not set(str(header)) & set('"\\') else []
    return [*compiler, *flags, *text, f"-I{kernels}", "-o", str(target), str(source)]


def build(words: list[str]) -> None:
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Refused(f"the compiler failed: {shlex.join(words)}\n{done.stderr}")


class _Cell(ctypes.Structure):
    """struct hc_cell_model of cell_model.h, as far as it is used here."""

    _fields_ = [
        ("abi", ctypes.c_int),
        ("name", ctypes.c_char_p),
        ("title", ctypes.c_char_p),
        ("citation", ctypes.c_char_p),
        ("body", ctypes.c_char_p),
        ("source", ctypes.c_char_p),
        ("n_states", ctypes.c_int),
        ("states", ctypes.c_void_p),
        ("n_parameters", ctypes.c_int),
        ("parameters", ctypes.c_void_p),
        ("n_currents", ctypes.c_int),
        ("currents", ctypes.c_void_p),
        ("n_sums", ctypes.c_int),
        ("sums", ctypes.c_void_p),
        ("v_limits", ctypes.c_double * 2),
        ("stimulus", ctypes.c_double),
        ("stimulus_duration", ctypes.c_double),
        ("cost", ctypes.c_double),
        ("lanes", ctypes.c_int),
        ("step", ctypes.c_void_p),
        ("step2", ctypes.c_void_p),
        ("n_tabled", ctypes.c_int),
        ("tabulate", ctypes.c_void_p),
        ("step_tabled", ctypes.c_void_p),
        ("rates", ctypes.c_void_p),
    ]


class Plugin:
    """A compiled model: its rates, one cell at a time."""

    def __init__(self, path: Path) -> None:
        library = ctypes.CDLL(str(path))
        model = (ctypes.POINTER(_Cell) * 2).in_dll(library, "hc_cell_plugin")[0].contents
        doubles = ctypes.POINTER(ctypes.c_double)
        prototype = ctypes.CFUNCTYPE(None, ctypes.c_double, doubles, ctypes.c_double, doubles, doubles, doubles)
        self.model = model
        self.loaded = library
        self.function = prototype(model.rates)
        self.doubles = doubles

    def rates(self, y: np.ndarray, stim: float, parameters: np.ndarray) -> np.ndarray:
        """y: n_states; parameters: without the scales, which are 1."""
        scales = np.ones(self.model.n_currents)
        values = np.ascontiguousarray(np.concatenate([parameters, scales]))
        y = np.ascontiguousarray(y, dtype=float)
        dydt = np.empty_like(y)
        self.function(
            0.0,
            *(a.ctypes.data_as(self.doubles) for a in (y,)),
            stim,
            values.ctypes.data_as(self.doubles),
            dydt.ctypes.data_as(self.doubles),
            None,
        )
        return dydt
