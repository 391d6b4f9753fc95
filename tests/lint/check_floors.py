#!/usr/bin/env python3
"""check_floors.py [ROOT]: the floors of src/ hold.

A file of a module includes, of our own headers, only those of its own folder and the public headers of the modules that its
hc_module(... NEEDS ...) names, which lie on lower floors. kernels/ includes nothing of src/ and no host library. Every
breach is one line on stdout; exit code 1 if there are any.
"""
import re
import sys
from pathlib import Path

MODULE = re.compile(r"hc_module\(\s*(\w+)(.*?)\)", re.S)
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')
KEYWORDS = {"FLOOR", "SOURCES", "KERNELS", "NEEDS", "LIBS"}
HOST_LIBRARIES = re.compile(r"^(petsc|mpi|hdf5|H5|metis|jansson|yaml|expat|zlib|openssl)", re.I)


class Module:
    def __init__(self, folder, name, arguments):
        self.folder = folder
        self.name = name
        values = {}
        keyword = None
        for word in re.sub(r"#.*", "", arguments).split():
            if word in KEYWORDS:
                keyword = word
                values.setdefault(keyword, [])
            elif keyword:
                values[keyword].append(word)
        self.floor = int(values["FLOOR"][0])
        self.needs = values.get("NEEDS", [])
        self.sources = values.get("SOURCES", []) + values.get("KERNELS", [])
        self.public = self._public(f"{name}.h")

    def _public(self, header):
        """<name>.h and what it includes from its own folder."""
        found, queue = set(), [header]
        while queue:
            path = self.folder / queue.pop()
            if path.name not in found and path.exists():
                found.add(path.name)
                queue += [name for _, _, name in includes(path)]
        return found


def includes(path):
    """(line number, quote or bracket, name) of every include of a file."""
    text = path.read_text(encoding="utf-8")
    for number, line in enumerate(text.splitlines(), 1):
        match = INCLUDE.match(line)
        if match:
            yield number, match.group(1), match.group(2)


def read_modules(src):
    modules = {}
    for listing in sorted(src.glob("*/CMakeLists.txt")):
        match = MODULE.search(listing.read_text(encoding="utf-8"))
        if match:
            modules[match.group(1)] = Module(listing.parent, match.group(1), match.group(2))
    return modules


def check_needs(modules):
    for module in modules.values():
        if module.name != module.folder.name:
            yield f"{module.folder}: calls itself {module.name}"
        for need in module.needs:
            if need not in modules:
                yield f"{module.folder}: needs {need}, which is no module"
            elif modules[need].floor >= module.floor:
                yield (f"{module.folder}: floor {module.floor} needs {need} of floor {modules[need].floor}; "
                       "only lower floors may be needed")


def check_includes(modules):
    for module in modules.values():
        for path in sorted(module.folder.glob("*.[ch]")):
            if path.suffix == ".c" and path.name not in module.sources:
                yield f"{path}: not among the sources of its module"
            for number, bracket, name in includes(path):
                owners = [m for m in modules.values() if (m.folder / name).exists()]
                if module in owners and bracket == '"':
                    continue
                if owners and bracket == "<":
                    yield f"{path}:{number}: include our own {name} in quotes"
                elif owners and not any(m.name in module.needs for m in owners):
                    yield f"{path}:{number}: {name} belongs to {owners[0].name}, which is not in NEEDS of {module.name}"
                elif owners and not any(name in m.public for m in owners):
                    yield f"{path}:{number}: {name} is private to {owners[0].name}"


def check_kernels(kernels, src):
    for path in sorted(kernels.rglob("*.h")):
        for number, bracket, name in includes(path):
            inside = (path.parent / name).exists() or (kernels / name).exists()
            if bracket == '"' and not inside:
                yield f"{path}:{number}: {name} is not in kernels/"
            elif bracket == "<" and (HOST_LIBRARIES.match(name) or list(src.glob(f"*/{name}"))):
                yield f"{path}:{number}: kernels run on devices too and cannot include {name}"


def check(root):
    modules = read_modules(root / "src")
    if not modules:
        yield f"{root}/src: no module found"
    yield from check_needs(modules)
    yield from check_includes(modules)
    yield from check_kernels(root / "kernels", root / "src")


def main():
    root = Path(sys.argv[1] if len(sys.argv) > 1 else ".")
    breaches = list(check(root))
    for breach in breaches:
        print(breach)
    return 1 if breaches else 0


if __name__ == "__main__":
    sys.exit(main())
