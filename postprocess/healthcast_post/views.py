"""From where to look at a mesh.

Files do not say which way is up in a patient, so it is found from the anatomy: the base of the ventricles is the flat
one among the tagged surfaces and points up, the outside is the widest, and of two inner surfaces the one with the
thinner wall is the right ventricle's, which lies at the left of an anterior view.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .results import Mesh

FLAT = 0.1  # thickness over width of a surface that counts as a plane
TRIANGLE = 5


@dataclass(frozen=True)
class View:
    """A camera far away in direction `toward` (from the mesh to the viewer)."""

    title: str
    toward: np.ndarray
    up: np.ndarray


def is_box(points: np.ndarray, boundary: np.ndarray) -> bool:
    """Whether all boundary points lie on the faces of the bounding box."""
    low, high = points.min(axis=0), points.max(axis=0)
    near = 1e-6 * float(np.max(high - low))
    on_face = (np.abs(boundary - low) < near) | (np.abs(boundary - high) < near)
    return bool(on_face.any(axis=1).all())


def _sample(points: np.ndarray, n: int) -> np.ndarray:
    """At most n of the points, evenly."""
    return points[:: max(1, len(points) // n)][:n]


def _wall(inner: np.ndarray, outer: np.ndarray) -> float:
    """Median distance of an inner surface from the outer one."""
    a, b = _sample(inner, 400), _sample(outer, 4000)
    return float(np.median(np.linalg.norm(a[:, None] - b[None], axis=2).min(axis=1)))


def _unit(vector: np.ndarray) -> np.ndarray:
    return vector / np.linalg.norm(vector)


def _base(parts: dict[int, np.ndarray], centre: np.ndarray) -> tuple[int | None, np.ndarray | None]:
    """Tag and outward normal of the flattest tagged surface, if one is flat."""
    best, normal, flattest = None, None, FLAT
    for tag, nodes in parts.items():
        if len(nodes) < 10:
            continue
        _, size, axes = np.linalg.svd(nodes - nodes.mean(axis=0), full_matrices=False)
        if size[2] < flattest * size[1]:
            best, flattest = tag, size[2] / size[1]
            normal = axes[2] * (1.0 if axes[2] @ (nodes.mean(axis=0) - centre) >= 0 else -1.0)
    return best, normal


def _principal(points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The longest axis as up, the next as right."""
    _, _, axes = np.linalg.svd(_sample(points, 20000) - points.mean(axis=0), full_matrices=False)
    return axes[0], axes[1]


def _heart_axes(mesh: Mesh) -> tuple[np.ndarray, np.ndarray, bool]:
    """Up, right of an anterior view, and whether anterior is known."""
    centre = mesh.points.mean(axis=0)
    tags = [t for t in range(1, 32) if np.any(mesh.surface & (1 << (t - 1)))]
    parts = {t: mesh.points[(mesh.surface & (1 << (t - 1))) != 0] for t in tags}
    base, up = _base(parts, centre)
    if up is None:
        return *_principal(mesh.points), False
    walls = {t: p for t, p in parts.items() if t != base}
    across = mesh.points - centre
    across = across - np.outer(across @ up, up)
    right = _principal(across)[0]
    if len(walls) == 3:
        outer = max(walls, key=lambda t: np.linalg.norm(walls[t] - centre, axis=1).mean())
        inner = sorted((t for t in walls if t != outer), key=lambda t: _wall(walls[t], walls[outer]))
        right = walls[inner[1]].mean(axis=0) - walls[inner[0]].mean(axis=0)  # from right to left ventricle
    right = _unit(right - (right @ up) * up)
    return up, right, len(walls) == 3


def choose(mesh: Mesh, boundary: np.ndarray) -> list[View]:
    """Views for a mesh; boundary: points of its surface."""
    extent = np.ptp(mesh.points, axis=0)
    if mesh.vtk_type == TRIANGLE and extent[2] < 1e-6 * extent.max():
        return [View("", np.array([0.0, 0.0, 1.0]), np.array([0.0, 1.0, 0.0]))]
    if is_box(mesh.points, boundary):
        return [View("", _unit(np.array([-0.45, -1.0, 0.65])), np.array([0.0, 0.0, 1.0]))]
    up, right, known = _heart_axes(mesh)
    toward = np.cross(right, up)
    tilted = _unit(toward + 0.2 * up)
    names = ("anterior", "posterior") if known else ("front", "back")
    return [View(names[0], tilted, up), View(names[1], _unit(-toward + 0.2 * up), up)]
