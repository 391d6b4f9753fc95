"""Tell results of tumours from those of hearts without opening them."""

from __future__ import annotations

import json
from pathlib import Path


def is_tumour(path: Path) -> bool:
    """Whether the folder (or the one of a results.h5) holds a run of a tumour."""
    folder = path if path.is_dir() else path.parent
    try:
        return json.loads((folder / "summary.json").read_text()).get("kind") == "tumour"
    except (OSError, ValueError):
        return False
