#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# A sweep is its points: each is what the same workflow gives alone, whatever happens to the others, to the process, and
# however many threads there are. Seen to fail when one failure kept later points from being begun.
set -euo pipefail
program=$2/bin/liftwell
workflow=$1/tests/workflows/sweep.yaml
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

fail() { echo "FAILED: $*" && exit 1; }
fingerprint() { (cd "$1" && find . -path '*/artifacts/*' -type f ! -path '*.partial/*' | sort | xargs sha256sum); }
aggregates() { cat "$1"/tables/*.csv; }
status() { grep -o '^  "status": "[a-z_]*"' "$1/summary.json"; }
same() { # what, folder
  diff <(fingerprint reference) <(fingerprint "$2") >difference.txt || fail "$1 gives other artifacts: $(head -5 difference.txt)"
  diff <(aggregates reference) <(aggregates "$2") || fail "$1 gives other aggregates"
  echo "same artifacts and aggregates: $1"
}
sweep() { # CODE ARGUMENT...
  local code=0 wanted=$1
  shift
  "$program" "$@" >output.txt 2>message.txt || code=$?
  [ $code = "$wanted" ] || fail "liftwell $*: exit code $code instead of $wanted: $(cat message.txt)"
}

# 1. One point fails, the others are done, and both is said.
"$program" validate "$workflow" | grep -q 'valid, 4 stages, 4 points, 3 aggregates$' || fail "validate does not count points"
"$program" graph "$workflow" | grep -q 'sweep of 4 points: timestep (2) x failures (2)' || fail "graph does not show the sweep"
sweep 1 run "$workflow" --output reference --threads 2
bad=timestep=0.0036,failures=stop
grep -Eq "^error: 1 of 4 points failed, the first: $bad: stage explore: walker .*; the others are finished, go on with: liftwell resume reference$" message.txt ||
  fail "the failure is not named: $(cat message.txt)"
grep -q '^\[4/4\]\|^\[3/4\]' message.txt || fail "no progress over points: $(cat message.txt)"
grep -q '^3 of 4 points finished' output.txt || fail "no last line: $(cat output.txt)"
[ "$(status reference)" = '  "status": "failed"' ] || fail "a failed point is not in the summary"
/usr/bin/python3 - reference <<'PYTHON' || fail "the sweep's results are not as promised"
import csv, json, os, sys
run = sys.argv[1]
summary = json.load(open(f"{run}/summary.json"))
points = {p["point"]: p for p in summary["points"]}
names = [f"timestep={t},failures={f}" for t in ("0.001", "0.0036") for f in ("stop", "drop")]
assert list(points) == names, list(points)
assert [points[n]["status"] for n in names] == ["done", "done", "failed", "done"], points
assert "left the finite range" in points[names[2]]["message"]
children = [json.load(open(f"{run}/points/{n}/summary.json")) for n in names]
assert summary["totals"]["force_evaluations"] == sum(c["totals"]["force_evaluations"] for c in children)
rows = list(csv.DictReader(open(f"{run}/tables/halves.csv")))
assert [(r["timestep"], r["points"], r["missing"], r["not finite"]) for r in rows] == [
    ("0.001", "2", "0", "0"), ("0.0036", "2", "1", "0")], rows
value = [c["free_energy_differences"][0]["value"] for c in children if c["free_energy_differences"]]
key = next(k for k in rows[0] if k.startswith("mean"))
assert abs(float(rows[0][key]) - (value[0] + value[1]) / 2) < 1e-12 and abs(float(rows[1][key]) - value[2]) < 1e-12
assert value[0] == value[1], "what happens to lost walkers is of no matter where none is lost"
rms = next(k for k in rows[0] if k.startswith("rms error"))
assert abs(float(rows[0][rms]) - abs(value[0] - 0.5)) < 1e-12 and rows[1][rms] == "", rows
# A failure takes the totals of its point, not what a stage that did not need the failed one has done.
missing = {n: next(csv.DictReader(open(f"{run}/tables/{n}.csv")))["missing"] for n in ("calm", "forces")}
assert missing == {"calm": "0", "forces": "1"}, missing
events = [json.loads(line) for line in open(f"{run}/events.jsonl")]
assert sorted(e["point"] for e in events if e["event"] == "point_finished") == sorted(names)
report = open(f"{run}/report.html").read()
for name in names: assert name in report
assert report.count("<svg xmlns") == 3 and os.path.exists(f"{run}/figures/halves.svg")
PYTHON
echo "a failing point leaves the others standing"

# 2. Threads, a point alone, a point resumed alone, a sweep resumed when all that can be done is done.
sweep 1 run "$workflow" --output one --threads 1 --quiet
same "1 thread" one
sweep 1 run "$workflow" --output four --threads 4 --quiet
same "4 threads" four
for mode in stop drop; do
  sweep 0 run "$workflow" --output alone-$mode --quiet --set sweep=null --set pipeline.explore.on_failure=$mode
  point=reference/points/timestep=0.001,failures=$mode
  diff <(fingerprint alone-$mode) <(fingerprint $point) || fail "a point differs from the same workflow alone"
  diff alone-$mode/resolved.yaml $point/resolved.yaml || fail "a point's workflow differs from the same alone"
  diff alone-$mode/workflow.yaml $point/workflow.yaml || fail "a point does not hold the workflow as given"
done
echo "a point is what its workflow gives alone"
mv four moved
sweep 1 resume "moved/points/$bad" --quiet
sweep 0 resume moved/points/timestep=0.001,failures=drop --quiet
grep -q halves output.txt || fail "a point resumed alone does not print its results"
touch now
sweep 1 resume moved --quiet
same "resuming a moved sweep" moved
[ -z "$(find moved/points/*drop moved/points/timestep=0.001* -newer now -type f)" ] || fail "a finished point was touched again"

# 3. Refused: another sweep in the same folder, except that what is computed over the points may change.
sweep 2 run "$workflow" --output one --resume --set sweep.over.timestep=[0.001]
grep -q 'was made with another workflow' message.txt || fail "another sweep was accepted: $(cat message.txt)"
sweep 2 run "$workflow" --output one --resume --set pipeline.explore.steps=100
sweep 1 run "$workflow" --output one --resume --quiet --set sweep.aggregate.0.over=timestep
grep -q 'stop  *2  *1' output.txt || fail "the changed aggregate was not used: $(cat output.txt)"
echo "aggregates may change, points may not"

# 4. Killed and stopped at any moment; the seed of the moments is printed for repetition.
RANDOM=$$
echo "moments drawn from seed $$"
start=$(date +%s%N)
sweep 1 run "$workflow" --output timing --threads 2 --quiet
span=$((($(date +%s%N) - start) / 1000000))
moment() { awk -v r=$RANDOM -v s="$span" 'BEGIN { printf "%.3f", 0.03 + r / 32768 * s / 1000 }'; }
kills=0
for attempt in $(seq 1 6); do
  rm -rf killed
  "$program" run "$workflow" --output killed --threads 2 --quiet >/dev/null 2>&1 &
  pid=$!
  sleep "$(moment)"
  # One that was over before its moment came says that they come too late on this machine now.
  if kill -KILL $pid 2>/dev/null; then kills=$((kills + 1)); else span=$((span * 3 / 4)); fi
  wait $pid 2>/dev/null || true
  [ -f killed/resolved.yaml ] || continue  # killed before there was a run to go on with
  sweep 1 resume killed --quiet --threads 1
  same "SIGKILL and resume, attempt $attempt" killed
done
[ $kills -ge 2 ] || fail "only $kills of 6 sweeps were killed in time"
"$program" run "$workflow" --output stopped --threads 2 --quiet --set pipeline.long.steps=4000000 >/dev/null 2>message.txt &
pid=$!
point=stopped/points/timestep=0.001,failures=stop
until grep '"event":"progress"' $point/events.jsonl 2>/dev/null | grep -q '"stage":"long"'; do sleep 0.02; done
kill -INT $pid
code=0 && wait $pid || code=$?
[ $code = 130 ] || fail "SIGINT gave exit code $code: $(cat message.txt)"
grep -Eq 'interrupted with . of 4 points finished; the state is saved, go on with: liftwell resume stopped' message.txt ||
  fail "$(cat message.txt)"
[ "$(status stopped)" = '  "status": "interrupted"' ] || fail "an interruption is not in the summary"
ls $point/artifacts/*/long.partial/* >/dev/null || fail "no checkpoint was saved"
echo "SIGINT: $(cat message.txt)"
