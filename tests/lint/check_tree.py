#!/usr/bin/env python3
"""check_tree.py ROOT VERSION: what git tracks is source, and says the same thing everywhere.

No binary or generated files but small pictures of docs/ and small test data; no leftover marks (work to do, one
machine's paths); src/main.c and the sources short; a README in every folder; one version number.
"""
import re
import subprocess
import sys
from pathlib import Path

GENERATED = re.compile(r"(^|/)(build|results|__pycache__|\.venv)/|\.(o|a|so|pyc|egg-info|log|orig|rej|xdmf)$")
BINARY_ALLOWED = re.compile(r"^(docs/.*\.(png|pdf)|tests/.*/data/.*|meshes/.*\.(vtu|h5))$")
LARGEST_BINARY = 1 << 20  # bytes
# Written in pieces, so that this file passes its own check.
MARKS = re.compile(r"\b(TO" r"DO|FIX" r"ME|XX" r"X|HA" r"CK)\b|(?<![\w.])/(wo" r"rk|ro" r"ot|tm" r"p/w|ho" r"me/\w+)/")
LONGEST = {"src/main.c": 60}
LONGEST_SOURCE = 600  # lines of any C file of src/ and kernels/


def tracked(root):
    out = subprocess.run(["git", "-C", root, "ls-files", "-z"], check=True, capture_output=True).stdout
    return [name for name in out.decode().split("\0") if name and (root / name).is_file()]


def check_file(root, name):
    data = (root / name).read_bytes()
    if GENERATED.search(name):
        yield f"{name}: a generated file"
    if b"\0" in data:
        if not BINARY_ALLOWED.match(name):
            yield f"{name}: a binary file"
        elif len(data) > LARGEST_BINARY:
            yield f"{name}: {len(data)} bytes of binary data, at most {LARGEST_BINARY} are kept in git"
        return
    lines = data.decode("utf-8").splitlines()
    for number, line in enumerate(lines, 1):
        match = MARKS.search(line)
        if match:
            yield f"{name}:{number}: leftover '{match.group(0)}'"
    if re.match(r"(src|kernels)/.*\.[ch]$", name):
        longest = LONGEST.get(name, LONGEST_SOURCE)
        if len(lines) > longest:
            yield f"{name}: {len(lines)} lines, at most {longest}"


def check_readmes(names):
    folders = {str(Path(name).parent) for name in names if "/" in name and not name.startswith(".")}
    folders -= {"docs/figures"}
    for folder in sorted(folders):
        if f"{folder}/README.md" not in names:
            yield f"{folder}: has no README.md"


def check_version(root, names, version):
    places = {"CITATION.cff": r"^version: (\S+)", "postprocess/pyproject.toml": r'^version = "(\S+)"'}
    for name, pattern in places.items():
        if name in names:
            match = re.search(pattern, (root / name).read_text(encoding="utf-8"), re.M)
            if match and match.group(1) != version:
                yield f"{name}: version {match.group(1)}, but CMakeLists.txt says {version}"


def main():
    root, version = Path(sys.argv[1]), sys.argv[2]
    names = tracked(root)
    breaches = [breach for name in names for breach in check_file(root, name)]
    breaches += [*check_readmes(names), *check_version(root, names, version)]
    for breach in breaches:
        print(breach)
    return 1 if breaches else 0


if __name__ == "__main__":
    sys.exit(main())
