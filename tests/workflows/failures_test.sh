#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Failures speak: one line that names what failed, where and the remedy; the right exit code; and nothing finished is
# lost.
set -euo pipefail
program=$2/bin/liftwell
source=$1/tests/workflows
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

fail() { echo "FAILED: $*" && exit 1; }

# expect CODE PATTERN ARGUMENT...: runs liftwell; one line of standard error fits the pattern, and it is the only error.
expect() {
  local code=0 wanted=$1 pattern=$2
  shift 2
  "$program" "$@" >output.txt 2>message.txt || code=$?
  [ $code = "$wanted" ] || fail "liftwell $*: exit code $code instead of $wanted: $(cat message.txt)"
  grep -Eq -- "$pattern" message.txt || fail "liftwell $*: no line fits '$pattern': $(cat message.txt)"
  [ "$(grep -c '^error:' message.txt)" -le 1 ] || fail "liftwell $*: several errors: $(cat message.txt)"
  echo "exit code $code: $(grep -E -m1 -- "$pattern" message.txt | cut -c1-160)"
}
status() { grep -o '"status": "[a-z_]*"' "$1/summary.json"; }

# 1. Walkers that explode. With the middle timestep some of 20 do, with the large one all.
explode() { # MODE TIMESTEP
  rm -rf "$1"
  echo run "$source/exploding.yaml" --output "$1" --quiet --set "pipeline.explore.on_failure=$1" \
    --set "systems.surface.integrator.timestep=$2"
}
last='walker [0-9]+ left the finite range at step [0-9]+; last good coordinates \(.*\), energy .*; state saved in'
expect 1 "^error: stage explore: $last stop/failures/explore-cycle-0-walker-[0-9]+.h5; use a smaller timestep" $(explode stop 0.0036)
[ "$(status stop)" = '"status": "failed"' ] || fail "an explosion is not in the summary"
[ -f stop/failures/*.h5 ] || fail "stop saved not one state"
expect 0 "^warning: explore: $last drop/failures/.*it was dropped" $(explode drop 0.0036)
expect 0 "^warning: explore: $last retry/failures/.*it went on with fresh noise" $(explode retry 0.0036)
for mode in drop retry; do
  expect 1 "^error: stage explore: every walker was lost, the first: $last $mode/failures" $(explode $mode 0.5)
done
