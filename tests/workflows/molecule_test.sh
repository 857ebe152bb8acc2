#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# [workflow] Alanine dipeptide through OpenMM: the same bytes whatever the number of threads and walkers in a batch, and
# after an interruption; its files are opened by mdtraj, which finds the same torsions.
# usage: molecule_test.sh SOURCE_DIR BUILD_DIR
set -euo pipefail
program=$2/bin/liftwell
data=$1/workflows/data/alanine_dipeptide
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

if ! find "$2" -name 'libliftwell_openmm.so*' -print -quit | grep -q .; then
  echo 'skipped: this build has no module openmm'
  exit 0
fi

cat >molecule.yaml <<YAML
name: molecule
seed: 5
units: molecular
systems:
  ala: {type: openmm, system: $data/system.xml, structure: $data/start.pdb, temperature: 300 K, friction: 1 /ps, timestep: 2 fs, platform: reference}
coarse_variables:
  phi: {type: dihedral, of: phi(ALA 2), topology: $data/start.pdb}
  psi: {type: dihedral, of: psi(ALA 2), topology: $data/start.pdb}
biases: {window: {type: harmonic, on: phi, stiffness: 200 kJ/mol/rad^2}}
pipeline:
  centres: {targets: {type: list, on: phi, values: [-1.4, -1.0, 3.1]}}
  starts: {reinitialize: {type: steered, pull: window, speed: 2 rad/ps}, system: ala, at: centres, bias: window, per_target: 5}
  windows: {simulate: ala, bias: window, starts: starts, steps: 400, stride: 20, batch: "\${batch}"}
  profile: {estimate: {type: mbar}, data: windows, on: phi, low: -180 deg, high: 180 deg, bins: 36}
  files: {export: windows, starts: starts, structure: $data/start.pdb, on: [phi, psi], every: 2}
variables: {batch: 256}
YAML

"$program" run molecule.yaml --output one --threads 1 --quiet >/dev/null
"$program" run molecule.yaml --output two --threads 2 --quiet --set variables.batch=3 >/dev/null
diff -r one/artifacts two/artifacts

# Units of what people read.
grep -q '"coarse_units": *\[ *"rad" *\]' <(tr -d '\n' <one/summary.json | tr -s ' ')
grep -q 'phi \[rad\]' one/report.html
grep -q 'windows: OpenMM platform Reference' one/report.html

# Structures are not held against the mirror image of the molecule.
awk '/^(ATOM|HETATM)/ {$0 = substr($0, 1, 46) sprintf("%8.3f", -substr($0, 47, 8)) substr($0, 55)} {print}' \
  "$data/start.pdb" >mirror.pdb
"$program" validate molecule.yaml \
  --set "pipeline.starts.accept.structure.topology=$folder/mirror.pdb" >mirror.txt 2>&1 && exit 1
grep -q 'other handedness (chirality) than the structure of the system' mirror.txt

# Stopped by a signal in the middle, then resumed.
"$program" run molecule.yaml --output three --threads 2 --quiet >/dev/null 2>&1 &
pid=$!
for _ in $(seq 100); do
  [[ -d three/artifacts ]] && ls three/artifacts/*/starts >/dev/null 2>&1 && break
  sleep 0.02
done
kill -INT $pid 2>/dev/null || true
wait $pid || true
"$program" resume three --quiet >/dev/null
diff -r one/artifacts three/artifacts

if ! /usr/bin/python3 -c 'import mdtraj' 2>/dev/null; then
  echo 'skipped what mdtraj sees: python3-mdtraj is not installed'
  exit 0
fi
files=$(dirname "$(find one/artifacts -name starts.pdb)")
cat >look.py <<'PYTHON'
import sys
import mdtraj
import numpy

folder = sys.argv[1]
frames = mdtraj.load(folder + "/windows-cycle-0/walker-00007.dcd", top=folder + "/structure.pdb")
assert frames.n_frames == 10 and frames.n_atoms == 22, frames
colvar = numpy.loadtxt(folder + "/windows-cycle-0/walker-00007.colvar")
phi = mdtraj.compute_phi(frames)[1][:, 0]
psi = mdtraj.compute_psi(frames)[1][:, 0]
assert numpy.abs(colvar[:, 1] - phi).max() < 1e-3, (colvar[:, 1], phi)
assert numpy.abs(colvar[:, 2] - psi).max() < 1e-3, (colvar[:, 2], psi)
assert numpy.allclose(colvar[:, 0], 0.08 * numpy.arange(1, 11))
bonds = mdtraj.compute_distances(frames, [[0, 1], [6, 7]])
assert numpy.abs(bonds - [0.109, 0.101]).max() < 1e-5, bonds
starts = mdtraj.load(folder + "/starts.pdb")
assert starts.n_frames == 15 and starts.n_atoms == 22, starts
text = numpy.genfromtxt(folder + "/starts.txt", usecols=(1, 2))
found = mdtraj.compute_phi(starts)[1][:, 0]
away = numpy.angle(numpy.exp(1j * (found - text[:, 1])))
assert numpy.abs(away).max() < 0.02, away
with open(folder + "/windows-cycle-0/walker-00007.colvar") as file:
    head = file.readline().split()
assert head == ["#!", "FIELDS", "time", "phi", "psi"], head
PYTHON
/usr/bin/python3 look.py "$files"
