#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# [workflow] model.pt in Python gives the draws of `liftwell sample`: the same noise, carried by the same Heun steps
# through torch.jit.load's scores, for every score network and at several batch sizes. Seen to fail when the script of
# energy_mlp leaves out the features of the state.
# usage: torchscript_test.sh SOURCE_DIR BUILD_DIR
set -euo pipefail
program=$2/bin/liftwell
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

if ! /usr/bin/python3 -c 'import torch' 2>/dev/null; then
  echo 'skipped: python3-torch is not installed'
  exit 0
fi
if ! find "$2" -name 'libliftwell_torch.so*' -print -quit | grep -q .; then
  echo 'skipped: this build writes no TorchScript'
  exit 0
fi

cat >tiny.yaml <<'YAML'
name: tiny
seed: 5
systems:
  surface: {potential: {type: muller_brown_fast}, temperature: 15, integrator: {type: baoab, timestep: 1.0e-3, friction: 20, mass: 0.01}}
coarse_variables: {x: {type: coordinate, index: 0}}
score_models:
  lift: {noise: {type: variance_exploding}, network: {type: residual_mlp, width: 24, depth: 2}, condition: x, label_noise: 0.03, training: {steps: 150, batch: 64}}
pipeline:
  start: {reinitialize: {type: single_structure, position: [-0.558, 1.442, -0.53]}, system: surface, per_target: 8}
  explore: {simulate: surface, starts: start, steps: 2000, stride: 20}
  fit: {train: lift, data: explore}
YAML

cat >draws.py <<'PYTHON'
import sys
import numpy, torch

model = torch.jit.load(sys.argv[1])
theirs = torch.tensor(numpy.load(sys.argv[2])).double()
label, seed, steps, rho = float(sys.argv[3]), int(sys.argv[4]), int(sys.argv[5]), 7
count, generated = theirs.shape[0], model.frame_axes.shape[1]
low32, low64 = 2**32 - 1, 2**64 - 1


def scramble(z):
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9 & low64
    z = (z ^ (z >> 27)) * 0x94D049BB133111EB & low64
    return z ^ (z >> 31)


def key_of(seed, name):
    h = 0xCBF29CE484222325
    for c in name.encode():
        h = (h ^ c) * 0x100000001B3 & low64
    key = scramble(seed + 0x9E3779B97F4A7C15 & low64)
    return scramble(key * 0x9E3779B97F4A7C15 + scramble(h) + len(name) & low64)


def philox(key, lane):  # block 0, cycle 0
    x = [0, 0, lane, 0]
    k0, k1 = key & low32, key >> 32
    for _ in range(10):
        a, b = 0xD2511F53 * x[0], 0xCD9E8D57 * x[2]
        x = [(b >> 32) ^ x[1] ^ k0, b & low32, (a >> 32) ^ x[3] ^ k1, a & low32]
        k0, k1 = k0 + 0x9E3779B9 & low32, k1 + 0xBB67AE85 & low32
    return x


def box_muller(a, b):
    radius = numpy.sqrt(-numpy.log((a + 0.5) / 2.0**32))
    phi = ((b & 0x3FFFFFFF) - 2**29 + 0.5) * numpy.pi / 4 / 2**29
    signs = 1 - 2 * (b >> 31), 1 - 2 * (b >> 30 & 1)
    return [signs[0] * radius * (numpy.cos(phi) - numpy.sin(phi)), signs[1] * radius * (numpy.cos(phi) + numpy.sin(phi))]


def noise_level(t):
    t = torch.tensor([[t]], dtype=torch.float64)
    return (model.sigma(t) / model.alpha(t)).item()


def time_at(level):
    low, high = 0.0, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if noise_level(middle) < level else (low, middle)
    return (low + high) / 2


def states(y, z):
    features = model.frame_mean(z) + model.frame_scale(z) * y
    return model.frame_origin + features @ model.frame_axes.t()


def slope(y, level, z):  # dy/dr = -r alpha score, of standardised states
    t = time_at(level)
    alpha = model.alpha(torch.tensor([[t]], dtype=torch.float64)).item()
    score = model.forward(states(alpha * y, z), torch.full((len(y),), t, dtype=torch.float64), z)
    assert score.shape == y.shape and not score.requires_grad
    return -level * alpha * (score @ model.frame_axes) * model.frame_scale(z)


assert generated <= 4, "one block of the generator gives four normals"
key = key_of(seed, "sample command")
words = [philox(key, lane) for lane in range(count)]
normals = torch.tensor([(box_muller(*w[:2]) + box_muller(*w[2:]))[:generated] for w in words], dtype=torch.float64)
highest, lowest = noise_level(1.0), noise_level(0.0)
roots = highest ** (1 / rho), lowest ** (1 / rho)
with torch.no_grad():
    for batch in (1, 7, count):
        z = torch.full((batch, 1), label, dtype=torch.float64)
        y = normals[:batch] * (1 + highest**2) ** 0.5
        level = highest
        for step in range(1, steps + 1):
            after = (roots[0] + step / steps * (roots[1] - roots[0])) ** rho
            here = slope(y, level, z)
            there = slope(y + (after - level) * here, after, z)
            y, level = y + 0.5 * (after - level) * (here + there), after
        wrong = (states(y, z) - theirs[:batch]).abs().max().item()
        size = theirs.std(0).min().item()
        print(f"  {batch} draws: wrong by {wrong / size:.1e} of the smallest spread")
        assert size > 0 and wrong < 2e-5 * size, (wrong, size)
PYTHON

for network in $("$program" list score_network | awk '{ print $1 }' | grep '_mlp$'); do
  echo "$network"
  "$program" run tiny.yaml --output "$network" --set "score_models.lift.network.type=$network" --quiet >/dev/null
  "$program" sample "$network" --at x=-0.5 --count 1000 --seed 11 --sampler '{type: heun, steps: 6}' \
    --output "$network.npy" >/dev/null
  /usr/bin/python3 draws.py "$network/artifacts/000-cycle/fit/model.pt" "$network.npy" -0.5 11 6 ||
    { echo "FAILED: $network in Python is another model" && exit 1; }
done | tee networks.txt
[ "$(grep -c '_mlp$' networks.txt)" -ge 3 ] || { echo 'FAILED: the networks were not listed' && exit 1; }
