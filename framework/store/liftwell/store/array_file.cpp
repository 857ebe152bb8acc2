// SPDX-License-Identifier: MIT
#include "liftwell/store/array_file.hpp"

#include <fmt/format.h>

#include "liftwell/base/error.hpp"
#include "liftwell/store/dcd_file.hpp"
#include "liftwell/store/files.hpp"
#include "liftwell/store/hdf5.hpp"

namespace liftwell {
namespace {

/// Version 1.0 of the format: magic, header length, a Python dictionary padded to 64 bytes, the data.
std::string npy(const FloatMatrix& array) {
  std::string header =
      fmt::format("{{'descr': '<f4', 'fortran_order': False, 'shape': ({}, {}), }}", array.rows(), array.cols());
  constexpr std::size_t fixed = 10;
  header.append(63 - (fixed + header.size()) % 64, ' ');
  header += '\n';
  std::string out("\x93NUMPY\x01\x00", 8);
  out += static_cast<char>(header.size() % 256);
  out += static_cast<char>(header.size() / 256);
  out += header;
  out.append(reinterpret_cast<const char*>(array.data()), static_cast<std::size_t>(array.size()) * sizeof(float));
  return out;
}

std::string csv(const FloatMatrix& array) {
  std::string out;
  for (Eigen::Index j = 0; j < array.cols(); ++j) out += fmt::format("{}x{}", j > 0 ? "," : "", j);
  out += '\n';
  for (Eigen::Index i = 0; i < array.rows(); ++i) {
    for (Eigen::Index j = 0; j < array.cols(); ++j) out += fmt::format("{}{}", j > 0 ? "," : "", array(i, j));
    out += '\n';
  }
  return out;
}

}  // namespace

void write_array(const std::filesystem::path& file, std::string format, const FloatMatrix& array) {
  if (format.empty() && file.has_extension()) format = file.extension().string().substr(1);
  if (format == "npy") {
    write_file(file, npy(array));
  } else if (format == "csv") {
    write_file(file, csv(array));
  } else if (format == "h5") {
    Hdf5Writer writer(file);
    writer.array("states", array);
    writer.save();
  } else if (format == "dcd") {
    if (array.cols() % 3 != 0)
      throw InputError(fmt::format("{}: dcd is for molecules, whose states have 3 numbers for each atom; these have {}",
                                   file.string(), array.cols()));
    const Index atoms = array.cols() / 3;
    std::string bytes = dcd_head({.atoms = atoms, .frames = array.rows()});
    for (Index i = 0; i < array.rows(); ++i) bytes += dcd_frame(&array(i, 0), atoms);
    write_file(file, bytes);
  } else {
    throw InputError(
        fmt::format("{}: the format '{}' is not known; allowed: npy, csv, h5 or dcd", file.string(), format));
  }
}

}  // namespace liftwell
