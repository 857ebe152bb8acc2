#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Same seed, same bits: for 1 and 2 threads, for different batches of walkers, after SIGKILL at many random moments and
# after SIGINT. Seen to fail when the random stream was keyed by tile instead of walker.
set -euo pipefail
program=$2/bin/liftwell
workflow=$1/tests/workflows/small.yaml
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

fingerprint() { (cd "$1/artifacts" && find . -type f | sort | xargs sha256sum); }
same() { # what, folder
  if ! diff <(fingerprint reference) <(fingerprint "$2") >difference.txt; then
    echo "FAILED: $1 gives other artifacts:" && head -5 difference.txt && exit 1
  fi
  echo "same artifacts: $1"
}
fail() { echo "FAILED: $*" && exit 1; }

"$program" run "$workflow" --output reference --threads 1 --quiet >table.txt
grep -q halves table.txt || fail "the table of differences was not printed"
"$program" run "$workflow" --output two --threads 2 --quiet >/dev/null
same "2 threads" two
if "$program" run "$workflow" --output two --quiet 2>/dev/null; then fail "an occupied folder was accepted"; fi
[ "$("$program" run "$workflow" --output two --quiet >/dev/null 2>&1; echo $?)" = 2 ] || fail "an occupied folder is not exit code 2"

# The batch is an input of the workflow, so the resolved text differs, but no number may. A carried
# system description does not hold it, so even the files are the same.
"$program" run "$workflow" --output batch --threads 2 --quiet --set pipeline.discover.stages.windows.batch=8 --set pipeline.explore.batch=16 \
  --set pipeline.learned.batch=8 --set pipeline.pulled.batch=4 >/dev/null
same "batches of 8 and 16 walkers" batch

# Moments spread over the run, random within it; the seed is the process number, printed for repetition.
RANDOM=$$
echo "moments of killing drawn from seed $$"
start=$(date +%s%N)
"$program" run "$workflow" --output timing --threads 2 --quiet >/dev/null
span=$((($(date +%s%N) - start) / 1000000))
kills=0
for attempt in $(seq 1 12); do
  rm -rf killed
  "$program" run "$workflow" --output killed --threads 2 --quiet >/dev/null 2>&1 &
  pid=$!
  sleep "$(awk -v r=$RANDOM -v s="$span" 'BEGIN { printf "%.3f", 0.05 + r / 32768 * s / 1000 }')"
  # One that was over before its moment came says that they come too late on this machine now.
  if kill -KILL $pid 2>/dev/null; then kills=$((kills + 1)); else span=$((span * 3 / 4)); fi
  wait $pid 2>/dev/null || true
  # Killed before the workflow was copied: there is no run to go on with.
  [ -f killed/resolved.yaml ] || continue
  "$program" resume killed --threads 1 --quiet >/dev/null
  same "SIGKILL and resume, attempt $attempt" killed
done
[ $kills -ge 3 ] || fail "only $kills of 12 runs were killed in time"

for attempt in 1 2 3; do
  rm -rf stopped
  "$program" run "$workflow" --output stopped --threads 2 --quiet >/dev/null 2>message.txt &
  pid=$!
  sleep "$(awk -v r=$RANDOM -v s="$span" 'BEGIN { printf "%.3f", 0.1 + r / 32768 * s / 2000 }')"
  kill -INT $pid 2>/dev/null || true
  code=0
  wait $pid || code=$?
  [ $code = 130 ] || [ $code = 0 ] || fail "SIGINT gave exit code $code: $(cat message.txt)"
  [ -f stopped/resolved.yaml ] || continue
  "$program" resume stopped --quiet >/dev/null
  same "SIGINT (exit code $code) and resume" stopped
done
