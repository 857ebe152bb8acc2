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
  [ -z "$pattern" ] || grep -Eq -- "$pattern" message.txt || fail "liftwell $*: no line fits '$pattern': $(cat message.txt)"
  [ "$(grep -c '^error:' message.txt)" -le 1 ] || fail "liftwell $*: several errors: $(cat message.txt)"
  [ -z "$pattern" ] || echo "exit code $code: $(grep -E -m1 -- "$pattern" message.txt | cut -c1-160)"
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

# A stage that nothing waits for fails alone: what the others found is shown, and every failure is in the summary.
cat >alone.yaml <<'YAML'
name: alone
seed: 1
systems: {s: {potential: {type: harmonic, centre: [0]}, temperature: 1, integrator: {type: leimkuhler_matthews, timestep: 0.01}}}
coarse_variables: {x: {type: coordinate, index: 0}}
biases: {w: {type: harmonic, on: x, stiffness: 100}}
pipeline:
  centres: {targets: {type: list, on: x, values: [0, 0.1]}}
  starts: {reinitialize: {type: single_structure, position: [0]}, system: s, at: centres, bias: w}
  windows: {simulate: s, bias: w, starts: starts, steps: 20, stride: 20}
  flat: &estimate {estimate: {type: umbrella_integration}, data: windows, on: x, low: -1, high: 1, bins: 8}
  short: {<<: *estimate, estimate: {type: tram}}
  fine: {<<: *estimate, estimate: {type: mbar}}
YAML
expect 1 '^failed: stage short: no walker has two frames' run alone.yaml --output alone --threads 1
grep -q '^error: stage flat: ' message.txt || fail "the first failure is not the error: $(cat message.txt)"
grep -q '^fine: Free energy' output.txt || fail "what other stages found is not shown: $(cat output.txt)"
[ -f alone/report.html ] || fail "there is no report of what is there"
for stage in flat short; do
  grep -q "stage $stage: " alone/summary.json || fail "the failure of $stage is not in the summary"
done

# So it is where the stage that fails is the last, and nothing is left to go on.
sed '/umbrella_integration/d; s/short: {<<: \*estimate, estimate: {type: tram}}/fine: \&estimate {estimate: {type: mbar}, data: windows, on: x, low: -1, high: 1, bins: 8}/; s/fine: {<<: \*estimate, estimate: {type: mbar}}/short: {<<: *estimate, estimate: {type: tram}}/' alone.yaml >last.yaml
expect 2 '^error: stage short: no walker has two frames' run last.yaml --output last --threads 1
grep -q '^fine: Free energy' output.txt || fail "what was found before the last stage failed is not shown: $(cat output.txt)"
[ -f last/report.html ] || fail "there is no report of what was found before the last stage failed"

# What a finished run left is the same, whatever went wrong on the way.
workflow=$source/small.yaml
small() { echo run "$workflow" --quiet --threads 2 --output "$1"; }
fingerprint() { (cd "$1/artifacts" && find . -type f | sort | xargs sha256sum); }
recovered() { # FOLDER
  expect 0 '' resume "$1" --quiet
  diff <(fingerprint good) <(fingerprint "$1") >/dev/null || fail "$1 differs after it was mended"
  [ "$(status "$1")" = '"status": "done"' ] || fail "$1 is not done after it was mended"
}
expect 0 '' $(small good)

# 2. Storage: places that cannot be written, files that are damaged, missing or somebody else's.
touch plain
expect 1 '^error: cannot create the folder plain/run: .*; choose another' $(small plain/run)
expect 2 '^error: the output folder plain is a file; choose another' $(small plain)
mkdir foreign && touch foreign/notes.txt
expect 2 '^error: the output folder foreign is not empty, and is not the folder of a liftwell run; choose' $(small foreign)
expect 2 '^error: foreign is not the folder of a liftwell run' resume foreign
expect 2 '^error: the output folder good is not empty; choose another, or go on with: liftwell resume good' $(small good)

damage() { rm -rf bad && cp -r good bad; }
kept='what is finished is kept, go on with: liftwell resume bad$'
explore=bad/artifacts/000-cycle/explore
model=bad/artifacts/002-cycle/fit/model.h5
damage && truncate -s 1000 $explore/segment-000000.h5
expect 1 "^error: $explore/segment-000000.h5 has changed .*; restore it, or remove $explore to have it made again; $kept" resume bad
rm -r $explore && recovered bad
damage && rm $explore/ensemble.h5
expect 1 "^error: $explore/ensemble.h5 is missing; restore it, or remove $explore .*; $kept" resume bad
rm -r $explore && recovered bad
damage && printf 'x' | dd of=$model bs=1 seek=$(($(stat -c %s $model) / 2)) conv=notrunc status=none
expect 1 "^error: cycle 2: $model has changed since it was written; .*; $kept" resume bad
expect 1 "^error: $model has changed since it was written; restore it, or name another model with --model$" \
  sample bad --at x=-0.5 --count 2 --output drawn.npy
rm -r bad/artifacts/002-cycle/fit && recovered bad
damage && cp $explore/ensemble.h5 $model
expect 1 "^error: cycle 2: $model has changed since it was written; .*; $kept" resume bad
damage && rm ${model%/*}/recipe.yaml
expect 1 "^error: ${model%/*}/recipe.yaml is missing; restore it, or name another model with --model$" \
  sample bad --at x=-0.5 --count 2 --output drawn.npy
damage && echo 'no JSON' >bad/manifest.json
expect 1 "^error: bad/manifest.json is not a manifest of liftwell \(no JSON .*\); restore it, or remove it .*; $kept" resume bad
rm bad/manifest.json && recovered bad
damage && echo '{"totals": {"wall_s": 1}, "stages": 5}' >bad/summary.json && recovered bad
grep -q '"halves"' bad/summary.json || fail "results were lost with the old summary"
damage && mv bad/artifacts/000-cycle/checks bad/artifacts/000-cycle/checks.partial && rm -r bad/artifacts/002-cycle/fit
mkdir bad/artifacts/002-cycle/fit.partial && echo nothing >bad/artifacts/002-cycle/fit.partial/checkpoint.h5
expect 1 "^error: .*fit.partial/checkpoint.h5 is not a readable HDF5 file .*; restore or remove it; $kept" resume bad
rm bad/artifacts/002-cycle/fit.partial/checkpoint.h5 && recovered bad

# A full disk, while the folder is prepared and later.
mkdir disk
if mount -t tmpfs -o size=16k none disk 2>/dev/null; then
  trap 'umount disk; rm -rf "$folder"' EXIT
  for size in 4k 64k 256k; do
    rm -rf disk/run && mount -o remount,size=$size disk
    expect 1 'no space left on device' $(small disk/run)
    grep -q 'internal error' message.txt && fail "a full disk is taken for a bug: $(cat message.txt)"
    mount -o remount,size=8m disk
    if [ -f disk/run/resolved.yaml ]; then
      grep -q "go on with: liftwell resume disk/run" message.txt || fail "no remedy for a full disk: $(cat message.txt)"
      recovered disk/run
    else
      expect 0 '' $(small disk/run)  # nothing was left in the way
    fi
  done
  rm -rf disk/run && mount -o remount,ro disk
  expect 1 '^error: cannot create the folder disk/run: read-only file system; choose another' $(small disk/run)
else
  echo "skipped: a full disk and a read-only one, since nothing may be mounted here"
fi
if "$program" resume good --quiet >/dev/full 2>message.txt; then fail "tables that could not be printed were called done"; fi
grep -q '^error: standard output cannot be written' message.txt || fail "a full standard output: $(cat message.txt)"

# 3. Progress: plain lines and events, with numbers that make sense.
rm -rf plainly && "$program" run "$workflow" --output plainly --threads 2 >/dev/null 2>message.txt
grep -q '^drawn (cycle 1) .* done in [0-9.]* s  [0-9.]*k\? samples/s$' message.txt || fail "no rate of a short stage"
if grep 'done in' message.txt | grep -Eq ' 0\.0 |nan|inf| -[0-9]|'$'\033'; then fail "odd progress: $(cat message.txt)"; fi
/usr/bin/python3 - plainly/events.jsonl <<'PYTHON' || fail "events.jsonl is not as promised"
import json, sys
events = [json.loads(line) for line in open(sys.argv[1])]
progress = [e for e in events if e["event"] == "progress"]
assert {e["stage"] for e in progress} >= {"explore", "fit", "drawn", "windows", "checks"}, progress
for e in progress:
    assert 0 <= e["fraction"] <= 1 and 0 <= e["done"] <= e["planned"] and e["rate"] >= 0 and e["unit"], e
for stage in ("explore", "fit", "drawn", "windows"):
    last = [e for e in progress if e["stage"] == stage][-1]
    assert last["fraction"] == 1 and last["rate"] > 0, last
PYTHON
echo "progress makes sense"

# 4. Resuming what is done, resuming with another workflow, and SIGTERM.
before=$(fingerprint good)
expect 0 '' resume good --quiet
[ "$before" = "$(fingerprint good)" ] || fail "resuming a finished run changed it"
grep -q halves output.txt || fail "resuming a finished run does not print its results"
expect 0 '' $(small good) --resume
expect 2 "^error: the run in good was made with another workflow \(good/resolved.yaml: line [0-9]+ was 'seed: 7', is 'seed: 8'\); choose another folder" $(small good) --resume --set seed=8
"$program" $(small stopped) --set score_models.lift.training.steps=200000 >/dev/null 2>message.txt &
pid=$!
until grep -q '"stage":"fit"' stopped/events.jsonl 2>/dev/null; do sleep 0.02; done
kill -TERM $pid
code=0 && wait $pid || code=$?
[ $code = 130 ] || fail "SIGTERM gave exit code $code: $(cat message.txt)"
grep -q 'interrupted; the state is saved, go on with: liftwell resume stopped' message.txt || fail "$(cat message.txt)"
[ "$(status stopped)" = '"status": "interrupted"' ] || fail "an interruption is not in the summary"
echo "SIGTERM: $(cat message.txt)"

# 5. Results are per target.
/usr/bin/python3 - good/summary.json <<'PYTHON' || fail "summary.json does not hold what was found per target"
import json, sys
summary = json.load(open(sys.argv[1]))
targets = summary["consistency"]["checks"]["targets"]
starts = summary["starts"]["seeds"]
assert len(targets) >= 10 and len(targets) == len(starts), targets
for finding, start in zip(targets, starts):
    values = finding["values"]
    assert finding["coarse"] == ["x"] and finding["target"] == start["target"], (finding, start)
    assert 0 <= values["label_error.mean"] <= values["label_error.max"], finding
    assert values["starts.accepted"] == start["accepted"], (finding, start)
    rejected = {k[16:]: v for k, v in values.items() if k.startswith("starts.rejected.")}
    assert rejected == start["rejected"], (finding, start)
PYTHON
echo "findings are given per target"
