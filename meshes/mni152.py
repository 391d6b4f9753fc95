#!/usr/bin/env python3
"""The default brain: MNI152 white and grey matter as NIfTI maps of volume fractions.

    meshes/mni152.py                       # white.nii.gz and grey.nii.gz of 1 mm into meshes/mni152
    meshes/mni152.py --spacing 2 FOLDER    # means over 2 x 2 x 2 voxels

The maps are the symmetric ICBM 152 template of 2009 (Fonov et al. 2011, doi:10.1016/j.neuroimage.2010.07.033), which the
Python package nilearn carries (0.9 or later: pip install nilearn); nothing else is downloaded. A case uses them with
anatomy: {white: mni152/white.nii.gz, grey: mni152/grey.nii.gz}.
"""

import argparse
import gzip
import hashlib
import importlib.util
import pathlib
import struct
import sys

# of the voxels themselves: archives differ by how they were packed
SHA256 = {
    "white": (
        "mni_icbm152_wm_tal_nlin_sym_09a_converted.nii.gz",
        "e0a239cb5ede5946df5006a63f0c09d7fe8f7fe167d9e719e879214c267aa0d5",
    ),
    "grey": (
        "mni_icbm152_gm_tal_nlin_sym_09a_converted.nii.gz",
        "1f26a52e3f48219c1ac01d9a349c700ff65d6526328ff4bb5fd4dd8d059b6d63",
    ),
}
SHAPE = (197, 233, 189)
FIRST = (-98.0, -134.0, -72.0)  # mm, centre of the first voxel


def template(tissue):
    """Bytes 0 to 255, first axis fastest."""
    name, expected = SHA256[tissue]
    found = importlib.util.find_spec("nilearn")  # not imported: that takes seconds
    if found is None:
        sys.exit("mni152.py: the package nilearn is not installed (pip install nilearn)")
    path = pathlib.Path(found.origin).parent / "datasets" / "data" / name
    try:
        data = gzip.decompress(path.read_bytes())
    except OSError as error:
        sys.exit(f"mni152.py: {error}; nilearn from 0.9 on has this file")
    start = int(struct.unpack("<f", data[108:112])[0])
    voxels = data[start:]
    found = hashlib.sha256(voxels).hexdigest()
    if struct.unpack("<3h", data[42:48]) != SHAPE or found != expected:
        sys.exit(f"mni152.py: {path} is another template: SHA-256 of its voxels {found}, expected {expected}")
    return voxels


def coarsen(voxels, factor):
    """Means over cubes of `factor` voxels, as float32, and the shape; what is cut off at the far ends is empty."""
    import numpy

    fine = numpy.frombuffer(voxels, numpy.uint8).reshape(SHAPE, order="F").astype(numpy.float32) / 255
    shape = tuple(-(-n // factor) for n in SHAPE)
    padded = numpy.zeros([n * factor for n in shape], numpy.float32)
    padded[: SHAPE[0], : SHAPE[1], : SHAPE[2]] = fine
    cubes = padded.reshape(shape[0], factor, shape[1], factor, shape[2], factor)
    return cubes.mean(axis=(1, 3, 5)).tobytes(order="F"), shape


def write(path, values, shape, spacing, is_float):
    header = bytearray(352)
    struct.pack_into("<i", header, 0, 348)
    struct.pack_into("<8h", header, 40, 3, *shape, 1, 1, 1, 1)
    struct.pack_into("<2h", header, 70, *((16, 32) if is_float else (2, 8)))  # type, bits
    struct.pack_into("<8f", header, 76, 1, spacing, spacing, spacing, 1, 1, 1, 1)
    struct.pack_into("<3f", header, 108, 352, 1 if is_float else 1 / 255, 0)  # where the voxels start, slope, intercept
    header[123] = 2  # mm
    struct.pack_into("<2h", header, 252, 0, 4)  # no qform; sform: MNI152
    for row in range(3):
        line = [0.0, 0.0, 0.0, FIRST[row] + (spacing - 1) / 2]
        line[row] = spacing
        struct.pack_into("<4f", header, 280 + 16 * row, *line)
    header[344:348] = b"n+1\0"
    path.write_bytes(gzip.compress(bytes(header) + values, 6, mtime=0))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", type=pathlib.Path, default=pathlib.Path(__file__).parent / "mni152")
    parser.add_argument("--spacing", type=int, default=1, choices=(1, 2, 3, 4), help="mm (default 1)")
    arguments = parser.parse_args()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    for tissue in SHA256:
        values, shape = template(tissue), SHAPE
        if arguments.spacing > 1:
            values, shape = coarsen(values, arguments.spacing)
        path = arguments.folder / f"{tissue}.nii.gz"
        write(path, values, shape, arguments.spacing, arguments.spacing > 1)
        print(f"{path}: {shape[0]} x {shape[1]} x {shape[2]} voxels of {arguments.spacing} mm")


if __name__ == "__main__":
    main()
