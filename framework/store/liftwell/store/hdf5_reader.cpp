// SPDX-License-Identifier: MIT
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>

#include "liftwell/base/error.hpp"
#include "liftwell/store/hdf5.hpp"
#include "liftwell/store/hdf5_library.hpp"

namespace liftwell {

using hdf5::Handle;
using hdf5::LibraryLock;

namespace {

std::string unpadded(const char* text, std::size_t bytes) {
  while (bytes > 0 && text[bytes - 1] == '\0') --bytes;
  return {text, bytes};
}

/// Rows and columns of an array of any rank, leading axes joined.
std::pair<Eigen::Index, Eigen::Index> as_matrix(const std::vector<Eigen::Index>& shape) {
  if (shape.empty()) return {1, 1};
  if (shape.size() == 1) return {shape[0], 1};
  Eigen::Index rows = 1;
  for (std::size_t i = 0; i + 1 < shape.size(); ++i) rows *= shape[i];
  return {rows, shape.back()};
}

}  // namespace

struct Hdf5Reader::File {
  std::filesystem::path path;
  hid_t id = H5I_INVALID_HID;

  ~File() {
    const LibraryLock lock;
    if (id >= 0) H5Fclose(id);
  }

  [[noreturn]] void fail(const std::string& name, const std::string& what) const {
    throw StorageError(fmt::format("'{}' of {} {}", name, path.string(), what));
  }

  [[nodiscard]] Handle dataset(const std::string& name) const {
    const hid_t set = H5Dopen2(id, name.c_str(), H5P_DEFAULT);
    if (set < 0) fail(name, "is missing: the file was not written by this version of liftwell");
    return {set, &H5Dclose};
  }

  [[nodiscard]] std::vector<Eigen::Index> shape(const Handle& set) const {
    const Handle space(H5Dget_space(set), &H5Sclose);
    std::vector<hsize_t> dimensions(static_cast<std::size_t>(std::max(0, H5Sget_simple_extent_ndims(space))));
    H5Sget_simple_extent_dims(space, dimensions.data(), nullptr);
    return {dimensions.begin(), dimensions.end()};
  }

  void read(const Handle& set, const std::string& name, hid_t type, void* out) const {
    const auto dimensions = shape(set);
    if (std::find(dimensions.begin(), dimensions.end(), 0) != dimensions.end()) return;
    if (H5Dread(set, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, out) < 0) fail(name, "cannot be read: the file is damaged");
  }

  /// Size of fixed-length text.
  [[nodiscard]] std::size_t text_bytes(const Handle& type, const std::string& name) const {
    if (H5Tget_class(type) != H5T_STRING || H5Tis_variable_str(type) != 0) fail(name, "is not text of fixed length");
    return H5Tget_size(type);
  }
};

Hdf5Reader::Hdf5Reader(const std::filesystem::path& file) : open_(std::make_unique<File>()) {
  // Missing files and permissions have words of their own; HDF5 would call all of them unreadable.
  const int descriptor = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0 && errno == ENOENT) throw StorageError(file.string() + " is missing");
  if (descriptor < 0)
    throw StorageError(fmt::format("cannot read {}: {}", file.string(), std::generic_category().message(errno)));
  ::close(descriptor);

  const LibraryLock lock;
  open_->path = file;
  const Handle access(H5Pcreate(H5P_FILE_ACCESS), &H5Pclose);
  // Files are whole and never change; locks only fail on network file systems.
  H5Pset_file_locking(access, false, true);
  open_->id = H5Fopen(file.c_str(), H5F_ACC_RDONLY, access);
  if (open_->id < 0)
    throw StorageError(file.string() +
                       " is not a readable HDF5 file (truncated or not written by liftwell); restore or remove it");
}

Hdf5Reader::~Hdf5Reader() = default;

bool Hdf5Reader::has(const std::string& name) const {
  const LibraryLock lock;
  return H5Lexists(open_->id, name.c_str(), H5P_DEFAULT) > 0;
}

std::vector<Eigen::Index> Hdf5Reader::shape(const std::string& name) const {
  const LibraryLock lock;
  return open_->shape(open_->dataset(name));
}

Matrix Hdf5Reader::matrix(const std::string& name) const {
  const LibraryLock lock;
  const Handle set = open_->dataset(name);
  const auto [rows, columns] = as_matrix(open_->shape(set));
  Matrix out(rows, columns);
  open_->read(set, name, H5T_NATIVE_DOUBLE, out.data());
  return out;
}

FloatMatrix Hdf5Reader::float_matrix(const std::string& name) const {
  const LibraryLock lock;
  const Handle set = open_->dataset(name);
  const auto [rows, columns] = as_matrix(open_->shape(set));
  FloatMatrix out(rows, columns);
  open_->read(set, name, H5T_NATIVE_FLOAT, out.data());
  return out;
}

void Hdf5Reader::read_floats(const std::string& name, std::vector<float>& out) const {
  const LibraryLock lock;
  const Handle set = open_->dataset(name);
  const auto [rows, columns] = as_matrix(open_->shape(set));
  out.resize(static_cast<std::size_t>(rows * columns));
  open_->read(set, name, H5T_NATIVE_FLOAT, out.data());
}

std::vector<Eigen::Index> Hdf5Reader::indices(const std::string& name) const {
  const LibraryLock lock;
  const Handle set = open_->dataset(name);
  std::vector<std::int64_t> out(static_cast<std::size_t>(as_matrix(open_->shape(set)).first));
  open_->read(set, name, H5T_NATIVE_INT64, out.data());
  return {out.begin(), out.end()};
}

std::vector<std::string> Hdf5Reader::strings(const std::string& name) const {
  const LibraryLock lock;
  const Handle set = open_->dataset(name);
  const Handle type(H5Dget_type(set), &H5Tclose);
  const std::size_t bytes = open_->text_bytes(type, name);
  const auto count = static_cast<std::size_t>(as_matrix(open_->shape(set)).first);
  std::string joined(bytes * count, '\0');
  open_->read(set, name, type, joined.data());
  std::vector<std::string> out;
  for (std::size_t i = 0; i < count; ++i) out.push_back(unpadded(joined.data() + i * bytes, bytes));
  return out;
}

bool Hdf5Reader::has_attribute(const std::string& name) const {
  const LibraryLock lock;
  return H5Aexists(open_->id, name.c_str()) > 0;
}

std::string Hdf5Reader::attribute(const std::string& name) const {
  if (!has_attribute(name)) open_->fail(name, "is missing: the file was not written by this version of liftwell");
  const LibraryLock lock;
  const Handle attribute(H5Aopen(open_->id, name.c_str(), H5P_DEFAULT), &H5Aclose);
  const Handle type(H5Aget_type(attribute), &H5Tclose);
  std::string text(open_->text_bytes(type, name), '\0');
  if (H5Aread(attribute, type, text.data()) < 0) open_->fail(name, "cannot be read: the file is damaged");
  return unpadded(text.data(), text.size());
}

}  // namespace liftwell
