#!/usr/bin/env python3
"""The floors check finds each kind of breach in a small tree, and nothing in a good one."""
import tempfile
import unittest
from pathlib import Path

import check_floors

GOOD = {
    "src/low/CMakeLists.txt": "hc_module(low FLOOR 0 SOURCES low.c)",
    "src/low/low.h": '#include "low_types.h"\n',
    "src/low/low_types.h": "#include <stdint.h>\n",
    "src/low/low_private.h": "",
    "src/low/low.c": '#include "low.h"\n#include "low_private.h"\n',
    "src/side/CMakeLists.txt": "hc_module(side FLOOR 1 SOURCES side.c)",
    "src/side/side.h": "",
    "src/side/side.c": '#include "side.h"\n',
    "src/high/CMakeLists.txt": "# a comment\nhc_module(high FLOOR 2 # why\n  SOURCES high.c KERNELS fast.c\n  NEEDS low)\n",
    "src/high/high.h": '#include "low.h"\n#include "low_types.h"\n',
    "src/high/high.c": '#include "high.h"\n',
    "src/high/fast.c": '#include "cell.h"\n',
    "kernels/cell.h": '#include "dialect.h"\n#include <math.h>\n',
    "kernels/dialect.h": "",
}

# file, its new content, what the one complaint must say
BAD = [
    ("src/high/high.c", '#include "side.h"\n', "high.c:1: side.h belongs to side, which is not in NEEDS of high"),
    ("src/low/low.c", '\n#include "high.h"\n', "low.c:2: high.h belongs to high, which is not in NEEDS of low"),
    ("src/high/high.c", '#include "low_private.h"\n', "high.c:1: low_private.h is private to low"),
    ("src/high/high.c", "#include <low.h>\n", "high.c:1: include our own low.h in quotes"),
    ("src/high/stray.c", "", "stray.c: not among the sources"),
    ("src/side/CMakeLists.txt", "hc_module(side FLOOR 1 SOURCES side.c NEEDS high)", "floor 1 needs high of floor 2"),
    ("src/side/CMakeLists.txt", "hc_module(side FLOOR 1 SOURCES side.c NEEDS lost)", "needs lost, which is no module"),
    ("kernels/cell.h", '#include "low.h"\n', "cell.h:1: low.h is not in kernels/"),
    ("kernels/cell.h", "#include <low.h>\n", "cannot include low.h"),
    ("kernels/cell.h", "#include <petscsys.h>\n", "cannot include petscsys.h"),
]


def complaints(files):
    with tempfile.TemporaryDirectory() as folder:
        for name, text in files.items():
            path = Path(folder, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return list(check_floors.check(Path(folder)))


class TestFloors(unittest.TestCase):
    def test_good_tree_passes(self):
        self.assertEqual(complaints(GOOD), [])

    def test_every_breach_is_found(self):
        for name, text, expected in BAD:
            with self.subTest(expected):
                found = complaints({**GOOD, name: text})
                self.assertEqual(len(found), 1, found)
                self.assertIn(expected, found[0])

    def test_empty_tree_is_refused(self):
        self.assertEqual(len(complaints({"README.md": ""})), 1)


if __name__ == "__main__":
    unittest.main()
