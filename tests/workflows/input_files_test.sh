#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# [workflow] A run needs nothing but its folder: what its parameters name is copied, read from the copy, and the run
# can be moved and gone on with after the original is lost. Seen to fail with the path of the original in resolved.yaml.
# usage: input_files_test.sh SOURCE_DIR BUILD_DIR
set -euo pipefail
program=$2/bin/liftwell
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

fail() { echo "FAILED: $*" && exit 1; }
refuse() { # expected message, command...
  local message=$1 status=0
  shift
  "$@" >output.txt 2>&1 || status=$?
  [ $status = 2 ] || { cat output.txt; fail "exit code $status instead of 2: $*"; }
  grep -q -- "$message" output.txt || { cat output.txt; fail "expected: $message"; }
}
fingerprint() { (cd "$1/artifacts" && find . -type f | sort | xargs sha256sum); }

mkdir -p project/data elsewhere
printf 'x,y\n-1,0.5\n1,-0.5\n' >project/data/minima.csv
cat >project/starts.yaml <<'YAML'
name: starts
seed: 3
systems:
  well:
    potential: {type: harmonic, centre: [0, 0]}
    temperature: 1
    integrator: {type: euler_maruyama, timestep: 0.01}
pipeline:
  start: {reinitialize: {type: single_structure, file: data/minima.csv}, system: well, per_target: 4}
  explore: {simulate: well, starts: start, steps: 200}
YAML

"$program" run project/starts.yaml --output reference --quiet >/dev/null
grep -q 'file: inputs/minima.csv' reference/resolved.yaml || fail 'resolved.yaml does not name the copy'
cmp project/data/minima.csv reference/inputs/minima.csv || fail 'the copy is not a copy'
if grep -rq "$folder" reference/artifacts reference/resolved.yaml; then fail 'the run names a path of this machine'; fi
echo 'the run keeps a copy and names only that'

"$program" run project/starts.yaml --output reference --resume --quiet >/dev/null
(cd elsewhere && "$program" run ../project/starts.yaml --output ../set --quiet \
  --set pipeline.start.reinitialize.file=../project/data/minima.csv >/dev/null)
diff <(fingerprint reference) <(fingerprint set) || fail 'the same file, given by --set, gives other artifacts'
echo 'a file given by --set is found from the current folder'

cp project/data/minima.csv kept.csv
printf '0,0\n' >project/data/minima.csv
refuse 'has changed since the run' "$program" run project/starts.yaml --output reference --resume --quiet
echo 'a run does not go on with another content of its file'

rm -r project
mv reference moved
rm -r moved/artifacts/000-cycle/explore
"$program" resume moved --quiet >/dev/null
diff <(fingerprint moved) <(fingerprint set) || fail 'resumed without the original, moved, gives other artifacts'
rm -r moved/artifacts
"$program" run moved/resolved.yaml --output again --quiet >/dev/null
diff <(fingerprint again) <(fingerprint set) || fail 'the resolved workflow gives other artifacts'
echo 'the run goes on, and its resolved workflow runs again, without the original'

echo '0,low' >moved/inputs/minima.csv
refuse "single_structure\|file: cannot be used: minima.csv has 'low' in line 1" "$program" validate moved/resolved.yaml
rm moved/inputs/minima.csv
refuse 'pipeline.start.reinitialize.file: there is no such file' "$program" resume moved
echo 'a copy that is damaged or lost is one clear message'
