#!/usr/bin/env bash
# ./quickstart.sh: from a bare Debian 12 (root or sudo) to one beat of a biventricular heart that you can look at. Installs
# packages, builds, makes the anatomy, runs the beat on two ranks and draws it: results/biventricle/. Safe to repeat:
# what is there already is kept, but the beat is computed again.
set -euo pipefail
# shellcheck source=scripts/common.sh
source "$(dirname "$0")/scripts/common.sh"
results=results/biventricle
healthcast=build/release/healthcast

say "Packages"
install_packages run

say "Build"
build release

say "Python stage"
install_python ""

say "Anatomy"
if [ ! -e meshes/biventricle.h5 ]; then
  quietly mesh env PATH="$PWD/build/release:$PATH" meshes/make_anatomy.sh biventricle
else
  echo "   meshes/biventricle.h5 is there"
fi

say "One beat on two ranks"
find_mpiexec
bar=()
[ ! -t 2 ] || bar=(--bar) # under mpiexec the program cannot see that it writes to a terminal
"${mpiexec[@]}" -n 2 "$healthcast" run inputs/biventricle.yaml --output "$results" --overwrite "${bar[@]}"

say "Picture"
quietly plot .venv/bin/hc-post plot "$results"

say "Done"
ls "$results"
echo "Look at it in ParaView:"
echo "  paraview $results/results.h5      # 5.12 and later"
echo "  paraview $results/results.xdmf    # Debian 12's 5.11: choose the reader \"XDMF Reader\""
