// SPDX-License-Identifier: MIT
#include "liftwell/store/dcd_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "liftwell/base/error.hpp"
#include "liftwell/store/files.hpp"

namespace liftwell {
namespace {

constexpr double picosecond = 1 / 0.04888821;  // CHARMM's units of time
constexpr std::size_t words_of_head = 21;      // "CORD" and 20 integers
constexpr std::size_t title_length = 80;

/// A record: its length before and after it.
void put_record(std::string& out, const void* data, std::size_t bytes) {
  const auto length = static_cast<std::int32_t>(bytes);
  out.append(reinterpret_cast<const char*>(&length), sizeof length);
  out.append(static_cast<const char*>(data), bytes);
  out.append(reinterpret_cast<const char*>(&length), sizeof length);
}

/// The records of a file one after the other.
class Records {
 public:
  Records(std::string bytes, std::string name) : bytes_(std::move(bytes)), name_(std::move(name)) {
    std::int32_t first = 0;
    if (bytes_.size() < 8) fail("is too short for a DCD file");
    std::memcpy(&first, bytes_.data(), sizeof first);
    swapped_ = first != static_cast<std::int32_t>(4 * words_of_head);
  }

  [[noreturn]] void fail(const std::string& problem) const { throw InputError(name_ + ": " + problem); }

  [[nodiscard]] bool at_end() const { return at_ >= bytes_.size(); }

  /// The words of the next record, each of 4 bytes.
  std::vector<std::uint32_t> next() {
    const std::uint32_t length = word();
    if (length % 4 != 0 || length > bytes_.size() - at_) fail("ends too early, or is no DCD file");
    std::vector<std::uint32_t> out(length / 4);
    for (std::uint32_t& value : out) value = word();
    if (word() != length) fail("is damaged: the two lengths of a record differ");
    return out;
  }

 private:
  std::uint32_t word() {
    if (bytes_.size() - at_ < 4) fail("ends too early");
    std::array<unsigned char, 4> raw{};
    std::memcpy(raw.data(), bytes_.data() + at_, 4);
    if (swapped_) std::reverse(raw.begin(), raw.end());
    at_ += 4;
    std::uint32_t out = 0;
    std::memcpy(&out, raw.data(), 4);
    return out;
  }

  std::string bytes_;
  std::string name_;
  std::size_t at_ = 0;
  bool swapped_ = false;
};

}  // namespace

std::string dcd_head(const DcdHead& head) {
  std::array<std::int32_t, words_of_head> words{};
  std::memcpy(words.data(), "CORD", 4);
  words[1] = static_cast<std::int32_t>(head.frames);
  words[2] = static_cast<std::int32_t>(head.first_step);
  words[3] = static_cast<std::int32_t>(head.stride);
  words[4] = static_cast<std::int32_t>(head.frames * head.stride);
  const auto step = static_cast<float>(head.timestep * picosecond);
  std::memcpy(&words[10], &step, sizeof step);
  words[20] = 24;  // version of CHARMM whose format this is
  std::string out;
  put_record(out, words.data(), sizeof words);
  std::string titles(4, '\0');
  const std::int32_t lines = 1;
  std::memcpy(titles.data(), &lines, sizeof lines);
  std::string title = "Written by liftwell; coordinates in angstrom";
  title.resize(title_length, ' ');
  titles += title;
  put_record(out, titles.data(), titles.size());
  const auto atoms = static_cast<std::int32_t>(head.atoms);
  put_record(out, &atoms, sizeof atoms);
  return out;
}

std::string dcd_frame(const float* state, Index atoms) {
  std::string out;
  std::vector<float> axis(static_cast<std::size_t>(atoms));
  for (Index d = 0; d < 3; ++d) {
    for (Index atom = 0; atom < atoms; ++atom) axis[static_cast<std::size_t>(atom)] = 10 * state[3 * atom + d];
    put_record(out, axis.data(), axis.size() * sizeof(float));
  }
  return out;
}

Matrix read_dcd(const std::filesystem::path& file) {
  Records records(read_file(file), file.filename().string());
  const std::vector<std::uint32_t> head = records.next();
  std::array<char, 4> magic{};
  if (!head.empty()) std::memcpy(magic.data(), head.data(), 4);
  // Swapped files have the letters the wrong way round once their words are put right.
  const std::string_view letters(magic.data(), 4);
  if (head.size() != words_of_head || (letters != "CORD" && letters != "DROC"))
    records.fail("does not begin as a DCD file of coordinates does");
  const bool has_cell = head[20] != 0 && head[11] != 0;
  if (head[9] != 0) records.fail("has fixed atoms, which its frames leave out; write it with all atoms in all frames");
  if (head[20] != 0 && head[12] != 0) records.fail("has a fourth dimension, which a molecule has not");
  (void)records.next();
  const std::vector<std::uint32_t> count = records.next();
  if (count.size() != 1) records.fail("does not say how many atoms it has");
  const auto atoms = static_cast<Index>(count.front());
  std::vector<double> values;
  Index frames = 0;
  for (; !records.at_end(); ++frames) {
    if (has_cell) (void)records.next();
    values.resize(values.size() + static_cast<std::size_t>(3 * atoms));
    double* const frame = values.data() + values.size() - 3 * atoms;
    for (Index d = 0; d < 3; ++d) {
      const std::vector<std::uint32_t> axis = records.next();
      if (std::ssize(axis) != atoms)
        records.fail(fmt::format("has {} atoms in frame {}, not {}", axis.size(), frames, atoms));
      for (Index atom = 0; atom < atoms; ++atom) {
        float value = 0;
        std::memcpy(&value, &axis[static_cast<std::size_t>(atom)], sizeof value);
        frame[3 * atom + d] = 0.1 * static_cast<double>(value);
      }
    }
  }
  return Eigen::Map<const Matrix>(values.data(), frames, 3 * atoms);
}

}  // namespace liftwell
