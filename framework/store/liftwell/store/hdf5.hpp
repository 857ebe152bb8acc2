// SPDX-License-Identifier: MIT
// A thin wrapper over the HDF5 C library: whole numeric arrays, lists of words and text attributes,
// no more. Equal contents give equal bytes: object times are off and the file format is fixed (that
// of HDF5 1.8). May be used from several threads.
#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "liftwell/data/matrix.hpp"

namespace liftwell {

/// Collects arrays in memory and writes them in one go, atomically, when `save` is called; nothing
/// reaches the disk without it.
class Hdf5Writer {
 public:
  explicit Hdf5Writer(std::filesystem::path file);
  ~Hdf5Writer();
  Hdf5Writer(const Hdf5Writer&) = delete;
  Hdf5Writer& operator=(const Hdf5Writer&) = delete;

  /// `shape` is the dataset's extent, slowest first; `data` is row-major.
  void array(const std::string& name, const double* data, const std::vector<Eigen::Index>& shape);
  void array(const std::string& name, const float* data, const std::vector<Eigen::Index>& shape);
  void array(const std::string& name, const std::int64_t* data, const std::vector<Eigen::Index>& shape);
  void array(const std::string& name, const Matrix& matrix);
  void array(const std::string& name, const FloatMatrix& matrix);
  void array(const std::string& name, const std::vector<Eigen::Index>& values);
  void strings(const std::string& name, const std::vector<std::string>& values);
  /// An attribute of the file, of any length.
  void attribute(const std::string& name, const std::string& text);
  /// Writes the file whole: flushed to disk, then renamed into place. To be called once.
  void save();

 private:
  struct File;
  std::unique_ptr<File> open_;
};

/// Reads a file that Hdf5Writer (or another program) wrote. Every failure is a StorageError naming
/// the file and the dataset.
class Hdf5Reader {
 public:
  explicit Hdf5Reader(const std::filesystem::path& file);
  ~Hdf5Reader();
  Hdf5Reader(const Hdf5Reader&) = delete;
  Hdf5Reader& operator=(const Hdf5Reader&) = delete;

  [[nodiscard]] bool has(const std::string& name) const;
  [[nodiscard]] std::vector<Eigen::Index> shape(const std::string& name) const;
  [[nodiscard]] Matrix matrix(const std::string& name) const;             ///< rank 1 (a column) or 2
  [[nodiscard]] FloatMatrix float_matrix(const std::string& name) const;  ///< rank 1 to 3; leading axes are joined
  void read_floats(const std::string& name, std::vector<float>& out) const;
  [[nodiscard]] std::vector<Eigen::Index> indices(const std::string& name) const;
  [[nodiscard]] std::vector<std::string> strings(const std::string& name) const;
  [[nodiscard]] bool has_attribute(const std::string& name) const;
  [[nodiscard]] std::string attribute(const std::string& name) const;

 private:
  struct File;
  std::unique_ptr<File> open_;
};

}  // namespace liftwell
