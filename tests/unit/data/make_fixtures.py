#!/usr/bin/env python3
"""Write the small meshes that test_meshio_import.c reads, with the programs that users have: VTK (PyPI) and Gmsh.

    python3 make_fixtures.py [folder]

All two_tets.* hold the same: two tetrahedra and a triangle on six points, of which the last belongs to no cell; cell
arrays `region` (7, 8; the triangle 3) and `fib` (3 components), point arrays `class` and `T`. All box.* hold a unit cube,
physical volume 5, physical surfaces 1 (x = 0), 2 (x = 1) and 3 (x = 0 and x = 1).
"""
import pathlib
import subprocess
import sys
import tempfile

import vtk
from vtk.util.numpy_support import numpy_to_vtk
import numpy as np

folder = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else __file__).resolve()
if folder.is_file():
    folder = folder.parent

POINTS = [[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1], [1.25, 1, 1], [9, 9, 9]]
CELLS = [(vtk.VTK_TETRA, [0, 1, 2, 3]), (vtk.VTK_TETRA, [1, 2, 3, 4]), (vtk.VTK_TRIANGLE, [0, 1, 2])]


def add(attributes, name, values, kind):
    array = numpy_to_vtk(np.array(values, kind), deep=True)
    array.SetName(name)
    attributes.AddArray(array)


def grid(points=POINTS, cells=CELLS, region=(7, 8, 3)):
    g = vtk.vtkUnstructuredGrid()
    p = vtk.vtkPoints()
    p.SetDataTypeToDouble()
    for x in points:
        p.InsertNextPoint(x)
    g.SetPoints(p)
    for kind, nodes in cells:
        g.InsertNextCell(kind, len(nodes), nodes)
    n, m = len(points), len(cells)
    add(g.GetPointData(), "class", [i % 4 for i in range(n)], np.int32)
    add(g.GetPointData(), "T", [36.5 + x[0] for x in points], np.float32)
    add(g.GetCellData(), "region", region, np.int16)
    add(g.GetCellData(), "fib", [[i, 0.5, -1] for i in range(m)], np.float64)
    return g


def legacy(name, binary, version, data):
    w = vtk.vtkUnstructuredGridWriter()
    w.SetFileName(str(folder / name))
    w.SetInputData(data)
    w.SetFileVersion(version)
    w.SetFileTypeToBinary() if binary else w.SetFileTypeToASCII()
    assert w.Write()


def xml(name, data, mode, encode=False, compressor=None, big=False, head=64):
    w = vtk.vtkXMLUnstructuredGridWriter()
    w.SetFileName(str(folder / name))
    w.SetInputData(data)
    {"ascii": w.SetDataModeToAscii, "binary": w.SetDataModeToBinary, "appended": w.SetDataModeToAppended}[mode]()
    w.SetEncodeAppendedData(encode)
    w.SetCompressorType({None: 0, "zlib": 1, "lz4": 2}[compressor])
    w.SetByteOrderToBigEndian() if big else w.SetByteOrderToLittleEndian()
    w.SetHeaderTypeToUInt32() if head == 32 else w.SetHeaderTypeToUInt64()
    assert w.Write()


def gmsh(name, *options):
    geometry = """SetFactory("OpenCASCADE"); Box(1) = {0, 0, 0, 1, 1, 1}; MeshSize{:} = 2;
Physical Volume(5) = {1}; Physical Surface(1) = {1}; Physical Surface(2) = {2}; Physical Surface(3) = {1, 2};
Physical Point(9) = {1};"""
    with tempfile.NamedTemporaryFile("w", suffix=".geo") as f:
        f.write(geometry)
        f.flush()
        subprocess.run(["gmsh", "-3", *options, "-o", str(folder / name), f.name], check=True, stdout=subprocess.DEVNULL)


g = grid()
for version in 42, 51:
    for binary in False, True:
        legacy(f"two_tets_{version}_{'binary' if binary else 'ascii'}.vtk", binary, version, g)
xml("two_tets_ascii.vtu", g, "ascii")
xml("two_tets_base64_32_big.vtu", g, "binary", big=True, head=32)
xml("two_tets_base64_zlib.vtu", g, "binary", compressor="zlib")
xml("two_tets_raw.vtu", g, "appended")
xml("two_tets_raw_zlib_32.vtu", g, "appended", compressor="zlib", head=32)
xml("two_tets_appended64_zlib_big.vtu", g, "appended", encode=True, compressor="zlib", big=True)
xml("two_tets_appended64.vtu", g, "appended", encode=True)
xml("lz4.vtu", g, "binary", compressor="lz4")
wedge = [[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 0, 1], [0, 1, 1]]
xml("wedge.vtu", grid(wedge, [(vtk.VTK_WEDGE, [0, 1, 2, 3, 4, 5])], (1,)), "ascii")
gmsh("box_22_ascii.msh", "-format", "msh22")
gmsh("box_22_binary.msh", "-format", "msh22", "-bin")
gmsh("box_41_ascii.msh", "-format", "msh41")
gmsh("box_41_binary.msh", "-format", "msh41", "-bin")
gmsh("quadratic.msh", "-format", "msh41", "-order", "2")
