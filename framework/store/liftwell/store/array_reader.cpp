// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <charconv>
#include <cstring>
#include <regex>
#include <vector>

#include "liftwell/base/error.hpp"
#include "liftwell/store/array_file.hpp"
#include "liftwell/store/dcd_file.hpp"
#include "liftwell/store/files.hpp"
#include "liftwell/store/hdf5.hpp"
#include "liftwell/store/pdb_file.hpp"

namespace liftwell {
namespace {

[[noreturn]] void refuse(const std::filesystem::path& file, const std::string& what) {
  throw InputError(file.filename().string() + " " + what);
}

/// Numbers of type T, row by row or (Fortran order) column by column.
template <class T>
Matrix numbers(const char* data, Index rows, Index columns, bool by_columns) {
  Matrix out(rows, columns);
  for (Index i = 0; i < rows * columns; ++i) {
    T value;
    std::memcpy(&value, data + static_cast<std::size_t>(i) * sizeof(T), sizeof(T));
    (by_columns ? out(i % rows, i / rows) : out(i / columns, i % columns)) = static_cast<double>(value);
  }
  return out;
}

/// Versions 1 to 3 of the format: they differ in the bytes of the header's length and in its encoding.
Matrix from_npy(const std::filesystem::path& file) {
  static_assert(std::endian::native == std::endian::little, "numbers are copied as they stand in the file");
  const std::string text = read_file(file);
  const auto byte = [&](std::size_t i) { return std::size_t{static_cast<unsigned char>(text[i])}; };
  if (text.size() < 12 || !text.starts_with("\x93NUMPY")) refuse(file, "is not a NumPy file");
  const bool first_version = text[6] == 1;
  const std::size_t begin = first_version ? 10 : 12;
  std::size_t length = byte(8) + 256 * byte(9);
  if (!first_version) length += 65536 * (byte(10) + 256 * byte(11));
  if (text.size() < begin + length) refuse(file, "is cut off");
  const std::string header = text.substr(begin, length);

  static const std::regex type(R"('descr'\s*:\s*'([^']*)')"), shape(R"('shape'\s*:\s*\(\s*(\d+)\s*,\s*(\d*)\s*\))");
  std::smatch found_type, found_shape;
  if (!std::regex_search(header, found_type, type) || (found_type[1] != "<f8" && found_type[1] != "<f4"))
    refuse(file, "does not hold an array of little-endian 32-bit or 64-bit real numbers");
  if (!std::regex_search(header, found_shape, shape)) refuse(file, "does not hold an array of one or two dimensions");
  const auto extent = [](const std::string& digits) {
    std::int64_t value = 0;
    const auto [end, status] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    return status == std::errc{} && value < (std::int64_t{1} << 31) ? value : std::int64_t{-1};
  };
  const bool one_row = found_shape[2].length() == 0;  // (n,) is one state of n coordinates
  const Index rows = one_row ? 1 : extent(found_shape[1]);
  const Index columns = extent(one_row ? found_shape[1] : found_shape[2]);
  const std::size_t size = found_type[1] == "<f8" ? 8 : 4;
  if (rows < 0 || columns < 0 ||
      text.size() - begin - length != static_cast<std::size_t>(rows) * static_cast<std::size_t>(columns) * size)
    refuse(file, "has another number of bytes than its header says");
  const bool by_columns = !one_row && std::regex_search(header, std::regex(R"('fortran_order'\s*:\s*True)"));
  const char* data = text.data() + begin + length;
  return size == 8 ? numbers<double>(data, rows, columns, by_columns) : numbers<float>(data, rows, columns, by_columns);
}

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
}

std::vector<std::string_view> cells(std::string_view line) {
  std::vector<std::string_view> out;
  for (;;) {
    const std::size_t comma = line.find(',');
    out.push_back(trimmed(line.substr(0, comma)));
    if (comma == std::string_view::npos) return out;
    line.remove_prefix(comma + 1);
  }
}

bool read_number(std::string_view text, double& value) {
  if (text.starts_with('+')) text.remove_prefix(1);
  const auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), value);
  return status == std::errc{} && end == text.data() + text.size();
}

/// Empty lines and those that begin with # are comments; the first other line may be names of columns.
Matrix from_csv(const std::filesystem::path& file) {
  const std::string text = read_file(file);
  std::vector<double> values;
  std::size_t columns = 0;
  std::size_t number = 0;
  bool may_be_names = true;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    const std::string_view line = trimmed(std::string_view(text).substr(at, end - at));
    at = end + 1;
    ++number;
    if (line.empty() || line.starts_with('#')) continue;
    const auto row = cells(line);
    double value = 0;
    const bool names =
        may_be_names && std::none_of(row.begin(), row.end(), [&](auto cell) { return read_number(cell, value); });
    may_be_names = false;
    if (columns == 0) columns = row.size();
    if (row.size() != columns)
      refuse(file, fmt::format("has {} values in line {}, not {}", row.size(), number, columns));
    if (names) continue;
    for (const std::string_view cell : row) {
      if (!read_number(cell, value)) refuse(file, fmt::format("has '{}' in line {}, which is no number", cell, number));
      values.push_back(value);
    }
  }
  if (columns == 0) return {};
  return Eigen::Map<const Matrix>(values.data(), static_cast<Index>(values.size() / columns),
                                  static_cast<Index>(columns));
}

Matrix from_hdf5(const std::filesystem::path& file) {
  const Hdf5Reader reader(file);
  if (!reader.has("states")) refuse(file, "has no dataset 'states'");
  const auto shape = reader.shape("states");
  if (shape.empty() || shape.size() > 2) refuse(file, "has a dataset 'states' that is neither a list nor a matrix");
  Matrix out = reader.matrix("states");
  if (shape.size() == 1) out.transposeInPlace();  // one state
  return out;
}

}  // namespace

Matrix read_array(const std::filesystem::path& file) {
  const std::string ending = file.extension().string();
  Matrix out;
  if (ending == ".npy")
    out = from_npy(file);
  else if (ending == ".csv")
    out = from_csv(file);
  else if (ending == ".h5")
    out = from_hdf5(file);
  else if (ending == ".pdb")
    out = read_pdb(file).frames;
  else if (ending == ".dcd")
    out = read_dcd(file);
  else
    refuse(file, "has the ending '" + ending + "'; known are .npy, .csv, .h5, .pdb and .dcd");
  if (out.size() == 0) refuse(file, "holds no numbers");
  for (Index i = 0; i < out.rows(); ++i)
    if (!out.row(i).allFinite()) refuse(file, fmt::format("has a number that is not finite in row {}", i));
  return out;
}

}  // namespace liftwell
