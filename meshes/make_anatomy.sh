#!/usr/bin/env bash
# Make a native mesh from a Gmsh geometry of this folder:
#   meshes/make_anatomy.sh biventricle [edge length in mm, default 1.5] [output, default meshes/biventricle.h5]
# HEALTHCAST names the program if it is not on PATH or in build/release.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
name=${1:?usage: make_anatomy.sh biventricle|left_ventricle [edge length in mm] [output.h5]}
spacing=${2:-1.5}
output=${3:-$here/$name.h5}
healthcast=${HEALTHCAST:-$here/../build/release/healthcast}
[ -x "$healthcast" ] || healthcast=$(command -v healthcast) || { echo "healthcast is not built; see README.md" >&2; exit 4; }
[ -f "$here/$name.geo" ] || { echo "$name: no such geometry; allowed: biventricle, left_ventricle" >&2; exit 2; }

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
# Gmsh's meshes hang on the addresses of its memory: where these can be held still, meshes are the same every time.
still=()
if setarch -R true 2>/dev/null; then still=(setarch -R); fi
"${still[@]}" gmsh -3 "$here/$name.geo" -setnumber h "$spacing" -format msh41 -bin -o "$folder/$name.msh" -v 2
"$healthcast" mesh import "$folder/$name.msh" "$output"
