// SPDX-License-Identifier: MIT
// Other programs read the same files in tests/workflows/molecule_test.sh.
#include "liftwell/store/dcd_file.hpp"

#include <catch2/catch.hpp>

#include <algorithm>

#include "liftwell/base/error.hpp"
#include "liftwell/store/array_file.hpp"
#include "liftwell/store/files.hpp"
#include "support/temporary_folder.hpp"

using namespace liftwell;
using Catch::Matchers::Contains;

namespace {

const std::vector<float> frames{0.1F, -0.2F, 0.3F, 1, 2, 3, 0.4F, 0.5F, -0.6F, 4, 5, 6};  // two frames of two atoms

std::string trajectory() {
  return dcd_head({2, 2, 100, 100, 0.002}) + dcd_frame(frames.data(), 2) + dcd_frame(frames.data() + 6, 2);
}

/// The same file as a machine of the other byte order writes it.
std::string swapped(std::string bytes) {
  for (std::size_t at = 0; at + 4 <= bytes.size(); at += 4)
    std::reverse(bytes.begin() + static_cast<long>(at), bytes.begin() + static_cast<long>(at) + 4);
  return bytes;
}

}  // namespace

TEST_CASE("a DCD file gives back the frames that were written, in either byte order", "[unit]") {
  const testing::TemporaryFolder folder;
  for (const std::string& bytes : {trajectory(), swapped(trajectory())}) {
    write_file(folder / "a.dcd", bytes);
    const Matrix read = read_array(folder / "a.dcd");
    REQUIRE(read.rows() == 2);
    REQUIRE(read.cols() == 6);
    for (Index i = 0; i < 12; ++i) CHECK(read.data()[i] == Approx(frames[static_cast<std::size_t>(i)]).epsilon(1e-6));
  }
}

TEST_CASE("unit cells in a DCD file are passed over", "[unit]") {
  const testing::TemporaryFolder folder;
  std::string bytes = dcd_head({2, 1, 0, 1, 0.002});
  bytes[4 + 4 * 11] = 1;  // "has a cell"
  const std::int32_t length = 48;
  const std::string mark(reinterpret_cast<const char*>(&length), 4);
  write_file(folder / "a.dcd", bytes + mark + std::string(48, '\0') + mark + dcd_frame(frames.data(), 2));
  CHECK(read_dcd(folder / "a.dcd")(0, 4) == Approx(2));
}

TEST_CASE("what is no DCD file, or a part of one, is refused", "[unit]") {
  const testing::TemporaryFolder folder;
  const auto problem = [&](const std::string& bytes) {
    write_file(folder / "a.dcd", bytes);
    return read_dcd(folder / "a.dcd");
  };
  CHECK_THROWS_WITH(problem("CORD"), Contains("a.dcd: is too short"));
  CHECK_THROWS_WITH(problem(std::string(200, 'x')), Contains("a.dcd: "));
  const std::string whole = trajectory();
  CHECK_THROWS_WITH(problem(whole.substr(0, whole.size() - 6)), Contains("a.dcd: ends too early"));
  std::string fixed = whole;
  fixed[4 + 4 * 9] = 1;
  CHECK_THROWS_WITH(problem(fixed), Contains("has fixed atoms"));
}
