#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# [workflow] The installed program needs no source tree, can be moved, and takes a plug-in that was
# built against the installed package alone.
# usage: install_test.sh SOURCE_DIR BUILD_DIR
set -euo pipefail
source_dir=$1
build_dir=$2

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
check() { # what is tested, command...
  echo "- $1"
  shift
  "$@" >"$folder/output" 2>&1 || {
    status=$?
    cat "$folder/output"
    echo "failed with exit code $status: $*"
    exit 1
  }
}
expect() { grep -q -- "$1" "$folder/output" || { cat "$folder/output"; echo "expected in the output: $1"; exit 1; }; }

check 'cmake --install' cmake --install "$build_dir" --prefix "$folder/first"
mv "$folder/first" "$folder/moved"
installed=$folder/moved

# Where user namespaces are allowed, the source and build trees are empty for the installed program.
hidden=()
hide='mount -t tmpfs none "$0" && { [ ! -d "$1" ] || mount -t tmpfs none "$1"; } && shift && exec "$@"'
if unshare -rm sh -c "$hide" "$source_dir" "$build_dir" true 2>/dev/null; then
  hidden=(unshare -rm sh -c "$hide" "$source_dir" "$build_dir")
else
  echo '- (the source tree cannot be hidden on this machine: no user namespaces)'
fi
run=("${hidden[@]}" env -C "$folder" -u LD_LIBRARY_PATH "$installed/bin/liftwell")

check 'liftwell list potential, moved and without the source tree' "${run[@]}" list potential
expect muller_brown
check 'liftwell describe' "${run[@]}" describe potential/harmonic
expect stiffness

cp -r "$installed/share/liftwell/workflows/plugin" "$folder/plugin"
# Beside the template, a plug-in with a family of its own.
cp "$source_dir/tests/install/gauge.cpp" "$folder/plugin"
printf '%s\n' 'add_library(gauge MODULE gauge.cpp)' 'target_link_libraries(gauge PRIVATE liftwell::framework)' \
  >>"$folder/plugin/CMakeLists.txt"
check 'configure the plug-in template' cmake -G Ninja -S "$folder/plugin" -B "$folder/plugin/build" \
  -DCMAKE_PREFIX_PATH="$installed" -DCMAKE_CXX_FLAGS='-Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror'
check 'build the plug-in template' cmake --build "$folder/plugin/build"
check 'liftwell validate with the plug-in' "${run[@]}" validate "$folder/plugin/quartic.yaml"
refuse() { # what is tested, expected message, command...
  echo "- $1"
  local message=$2 status=0
  shift 2
  "$@" >"$folder/output" 2>&1 || status=$?
  [[ $status == 2 ]] || { cat "$folder/output"; echo "exit code $status instead of 2: $*"; exit 1; }
  expect "$message"
}
validate=("${run[@]}" validate "$folder/plugin/quartic.yaml")
check '--set of a parameter of the plug-in' "${validate[@]}" --set systems.well.potential.half_distance=1.5
refuse '--set of a parameter of the plug-in, wrong' 'systems.well.potential.half_distance: is out of range' \
  "${validate[@]}" --set systems.well.potential.half_distance=-1
refuse '--set of a family that no plug-in brings' 'gauges: unknown key' "${validate[@]}" --set gauges.g.rate=1
# Plug-ins named by --set are loaded before the other settings are looked at, whatever their order.
gauges=(--set 'gauges={g: {type: plain}}' --set 'plugins=[build/libquartic.so, build/libgauge.so]')
check '--set of a family that only a plug-in brings' "${validate[@]}" "${gauges[@]}" --set gauges.g.rate=2
refuse 'its parameters are checked' 'gauges.g.rate: is out of range' "${validate[@]}" "${gauges[@]}" --set gauges.g.rate=-2
refuse 'its names are checked' "gauges.h: there is no gauge of this name; allowed: g" \
  "${validate[@]}" "${gauges[@]}" --set gauges.h.rate=2

check 'liftwell run with the plug-in' "${run[@]}" run "$folder/plugin/quartic.yaml" --output "$folder/run"
for file in summary.json manifest.json resolved.yaml; do
  [[ -s $folder/run/$file ]] || { echo "the run left no $file"; exit 1; }
done
# The wells are equal: their difference is 0 within four standard errors, which are small.
check 'the plug-in computes what it says' python3 - "$folder/run/summary.json" <<'PYTHON'
import json, sys
difference = json.load(open(sys.argv[1]))["free_energy_differences"][0]
assert 0 < difference["stderr"] < 0.5, difference
assert abs(difference["value"]) < 4 * difference["stderr"], difference
PYTHON

rm "$folder/plugin/build/libquartic.so"
refuse 'a missing plug-in is wrong input' 'libquartic.so' "${validate[@]}"
echo 'installed program and plug-in template: all good'
