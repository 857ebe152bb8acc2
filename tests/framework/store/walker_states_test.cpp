// SPDX-License-Identifier: MIT
#include "liftwell/store/walker_states.hpp"

#include <catch2/catch.hpp>

#include "liftwell/store/hdf5.hpp"
#include "support/temporary_folder.hpp"

using namespace liftwell;

namespace {

WalkerStates after_writing(const WalkerStates& states) {
  const testing::TemporaryFolder folder;
  Hdf5Writer file(folder / "states.h5");
  write_states(file, states);
  file.save();
  return read_states(Hdf5Reader(folder / "states.h5"));
}

}  // namespace

TEST_CASE("States of walkers come back from a file to the last bit", "[unit]") {
  WalkerStates states;
  states.positions = Matrix::Random(3, 2) / 3;
  states.steps_done = 70;
  states.force_evaluations = 210;
  const WalkerStates plain = after_writing(states);
  CHECK(plain.positions == states.positions);
  CHECK(plain.velocities.size() == 0);
  CHECK(plain.dropped.empty());
  CHECK(plain.moves.accepted.empty());
  CHECK(plain.steps_done == 70);
  CHECK(plain.force_evaluations == 210);

  states.velocities = Matrix::Random(3, 2) / 7;
  states.dropped = {1};
  states.proposed = 40;
  states.accepted = 39;
  states.moves = {.accepted = {1, 2, 3}, .proposed = {4}, .score_evaluations = 500, .density_error = Vector{{0.25}}};
  const WalkerStates moved = after_writing(states);
  CHECK(moved.velocities == states.velocities);
  CHECK(moved.dropped == states.dropped);
  CHECK(moved.proposed == 40);
  CHECK(moved.accepted == 39);
  CHECK(moved.moves.accepted == states.moves.accepted);
  CHECK(moved.moves.proposed == states.moves.proposed);
  CHECK(moved.moves.score_evaluations == 500);
  CHECK(moved.moves.density_error == states.moves.density_error);
}
