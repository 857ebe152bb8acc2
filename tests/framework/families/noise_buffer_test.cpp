// SPDX-License-Identifier: MIT
#include "liftwell/families/noise_buffer.hpp"

#include <catch2/catch.hpp>

#include "support/contracts/laws.hpp"

using namespace liftwell;

TEST_CASE("normal d of step n is position n D + d of the walker's lane, whatever the runs", "[unit]") {
  const RandomStream stream = RandomStream::named(1, {"noise buffer"}, 2);
  for (const Index dimension : {1, 2, 3, 5, 40}) {
    for (const Index lanes : {8, 256}) {
      for (const std::uint64_t first :
           {std::uint64_t{0}, std::uint64_t{15}, std::uint64_t{21}, std::uint64_t{1} << 33}) {
        for (const Index lookahead : {0, 1}) {
          constexpr std::int64_t steps = 37;
          BlockBuffer position(dimension, lanes), expected((steps + lookahead) * dimension, lanes);
          const WalkerTile tile{position.block(), Block{}, 24};
          const auto rows = static_cast<std::uint64_t>(dimension);
          fill_normals(stream, 24, first * rows, expected.block().rows(), lanes, expected.block().data(), lanes);
          NoiseBuffer noise(stream, tile, first, steps, {.lookahead = lookahead});
          bool same = true;
          for (std::int64_t i = 0; i < steps; ++i) {
            const ConstBlock wanted(expected.block().data() + i * dimension * lanes, dimension * (1 + lookahead),
                                    lanes);
            same &= contracts::same_bits(noise.step(first + static_cast<std::uint64_t>(i)), wanted);
          }
          INFO("dimension " << dimension << ", lanes " << lanes << ", first step " << first << ", lookahead "
                            << lookahead);
          CHECK(same);
        }
      }
    }
  }
}

TEST_CASE("a noise buffer refuses steps it was not made for and steps out of turn", "[unit]") {
  BlockBuffer position(2, 8);
  const WalkerTile tile{position.block(), Block{}, 0};
  NoiseBuffer noise({1, 0}, tile, 0, 3);
  for (std::uint64_t step = 0; step < 3; ++step) (void)noise.step(step);
  CHECK_THROWS_AS(noise.step(3), InternalError);
  NoiseBuffer skipping({1, 0}, tile, 0, 3);
  CHECK_THROWS_AS(skipping.step(2), InternalError);
}
