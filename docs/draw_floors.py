#!/usr/bin/env python3
"""Draw docs/figures/floors.svg from what the build declares: one box a module, one row a floor, lines to what it needs.

    docs/draw_floors.py            write the picture
    docs/draw_floors.py --check    exit 1 if the picture in docs/ is not the one that would be written
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[1]
PICTURE = SOURCE / "docs/figures/floors.svg"
WIDTH, ROW, BOX, HEIGHT, LEFT = 900, 78, 108, 34, 70
COLOURS = ["#e8eef7", "#e3f1ee", "#f3f0dc", "#f6e9dd", "#f3e1e1", "#ece3f2", "#e1e6f5", "#dff0f5", "#eeeeee"]


def modules() -> dict[str, tuple[int, list[str]]]:
    """Floor and needs of each module."""
    found = {}
    for path in sorted((SOURCE / "src").glob("*/CMakeLists.txt")):
        call = re.search(r"hc_module\((\w+)\s+FLOOR\s+(\d+)(.*?)\)", path.read_text(), re.DOTALL)
        if call:
            words = call.group(3).split()
            needs = words[words.index("NEEDS") + 1 :] if "NEEDS" in words else []
            stop = next((i for i, word in enumerate(needs) if word.isupper()), len(needs))
            found[call.group(1)] = (int(call.group(2)), needs[:stop])
    return found


def direct(name: str, all_modules: dict[str, tuple[int, list[str]]]) -> list[str]:
    """Needs that are not already needs of a need: what is drawn as a line."""

    def reach(start: str) -> set[str]:
        below = set(all_modules[start][1])
        for need in all_modules[start][1]:
            below |= reach(need)
        return below

    needs = all_modules[name][1]
    return [need for need in needs if not any(need in reach(other) for other in needs if other != need)]


def svg() -> str:
    all_modules = modules()
    top = max(floor for floor, _ in all_modules.values())
    height = ROW * (top + 1) + 30
    place = {}
    for floor in range(top + 1):
        row = sorted(name for name, (f, _) in all_modules.items() if f == floor)
        step = (WIDTH - LEFT) / len(row)
        for i, name in enumerate(row):
            place[name] = (LEFT + step * (i + 0.5), 15 + ROW * (top - floor) + ROW / 2)
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" viewBox="0 0 {WIDTH} {height}" '
        'font-family="sans-serif" font-size="14">',
        f'<rect width="{WIDTH}" height="{height}" fill="white"/>',
    ]
    for floor in range(top + 1):
        y = 15 + ROW * (top - floor)
        out.append(f'<rect x="0" y="{y}" width="{WIDTH}" height="{ROW - 6}" rx="6" fill="{COLOURS[floor % len(COLOURS)]}"/>')
        out.append(f'<text x="12" y="{y + ROW / 2 + 2:.0f}" fill="#555">floor {floor}</text>')
    for name in sorted(all_modules):
        x, y = place[name]
        for need in direct(name, all_modules):
            nx, ny = place[need]
            out.append(f'<line x1="{x:.0f}" y1="{y + HEIGHT / 2:.0f}" x2="{nx:.0f}" y2="{ny - HEIGHT / 2:.0f}" stroke="#999"/>')
    for name in sorted(all_modules):
        x, y = place[name]
        out.append(f'<rect x="{x - BOX / 2:.0f}" y="{y - HEIGHT / 2:.0f}" width="{BOX}" height="{HEIGHT}" rx="5" fill="white" stroke="#444"/>')
        out.append(f'<text x="{x:.0f}" y="{y + 5:.0f}" text-anchor="middle">{name}</text>')
    return "\n".join([*out, "</svg>", ""])


if __name__ == "__main__":
    if "--check" in sys.argv:
        if not PICTURE.exists() or PICTURE.read_text() != svg():
            sys.exit("docs/figures/floors.svg does not show what src/*/CMakeLists.txt declare: run docs/draw_floors.py")
    else:
        PICTURE.parent.mkdir(exist_ok=True)
        PICTURE.write_text(svg())
