// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "liftwell/base/error.hpp"
#include "liftwell/store/files.hpp"
#include "liftwell/store/hdf5.hpp"
#include "liftwell/store/hdf5_library.hpp"

namespace liftwell {

using hdf5::Handle;
using hdf5::LibraryLock;
using hdf5::text_type;

/// The file is built in memory and written in one go: a full disk is then an ordinary error with an
/// ordinary message, where the library would lose track of a file that it cannot close.
struct Hdf5Writer::File {
  std::filesystem::path target;
  hid_t access = H5I_INVALID_HID;
  hid_t id = H5I_INVALID_HID;

  ~File() {
    const LibraryLock lock;
    if (id >= 0) H5Fclose(id);
    if (access >= 0) H5Pclose(access);
  }

  void check(bool good, const std::string& name) const {
    if (!good) throw StorageError(fmt::format("cannot prepare '{}' of {} (out of memory?)", name, target.string()));
  }

  void write(const std::string& name, hid_t file_type, hid_t memory_type, const void* data,
             const std::vector<Eigen::Index>& shape) const {
    const LibraryLock lock;
    const std::vector<hsize_t> dimensions(shape.begin(), shape.end());
    const Handle space(H5Screate_simple(static_cast<int>(shape.size()), dimensions.data(), nullptr), &H5Sclose);
    // Object times would make equal contents differ in their bytes.
    const Handle properties(H5Pcreate(H5P_DATASET_CREATE), &H5Pclose);
    H5Pset_obj_track_times(properties, false);
    H5Pset_fill_time(properties, H5D_FILL_TIME_NEVER);
    const Handle set(H5Dcreate2(id, name.c_str(), file_type, space, H5P_DEFAULT, properties, H5P_DEFAULT), &H5Dclose);
    check(set.good(), name);
    if (std::find(shape.begin(), shape.end(), 0) == shape.end())
      check(H5Dwrite(set, memory_type, H5S_ALL, H5S_ALL, H5P_DEFAULT, data) >= 0, name);
  }
};

Hdf5Writer::Hdf5Writer(std::filesystem::path file) : open_(std::make_unique<File>()) {
  const LibraryLock lock;
  open_->target = std::move(file);
  open_->access = H5Pcreate(H5P_FILE_ACCESS);
  H5Pset_fapl_core(open_->access, std::size_t{1} << 20, false);
  H5Pset_libver_bounds(open_->access, H5F_LIBVER_V18, H5F_LIBVER_V18);
  const Handle creation(H5Pcreate(H5P_FILE_CREATE), &H5Pclose);
  H5Pset_obj_track_times(creation, false);
  open_->id = H5Fcreate(open_->target.c_str(), H5F_ACC_TRUNC, creation, open_->access);
  open_->check(open_->id >= 0, "the header");
}

Hdf5Writer::~Hdf5Writer() = default;

void Hdf5Writer::array(const std::string& name, const double* data, const std::vector<Eigen::Index>& shape) {
  open_->write(name, H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE, data, shape);
}
void Hdf5Writer::array(const std::string& name, const float* data, const std::vector<Eigen::Index>& shape) {
  open_->write(name, H5T_IEEE_F32LE, H5T_NATIVE_FLOAT, data, shape);
}
void Hdf5Writer::array(const std::string& name, const std::int64_t* data, const std::vector<Eigen::Index>& shape) {
  open_->write(name, H5T_STD_I64LE, H5T_NATIVE_INT64, data, shape);
}
void Hdf5Writer::array(const std::string& name, const Matrix& matrix) {
  array(name, matrix.data(), {matrix.rows(), matrix.cols()});
}
void Hdf5Writer::array(const std::string& name, const FloatMatrix& matrix) {
  array(name, matrix.data(), {matrix.rows(), matrix.cols()});
}
void Hdf5Writer::array(const std::string& name, const std::vector<Eigen::Index>& values) {
  const std::vector<std::int64_t> copy(values.begin(), values.end());
  array(name, copy.data(), {static_cast<Eigen::Index>(copy.size())});
}

void Hdf5Writer::strings(const std::string& name, const std::vector<std::string>& values) {
  const LibraryLock lock;
  std::size_t longest = 1;
  for (const std::string& value : values) longest = std::max(longest, value.size());
  std::string joined(longest * values.size(), '\0');
  for (std::size_t i = 0; i < values.size(); ++i) joined.replace(i * longest, values[i].size(), values[i]);
  const Handle type = text_type(longest);
  open_->write(name, type, type, joined.data(), {static_cast<Eigen::Index>(values.size())});
}

void Hdf5Writer::attribute(const std::string& name, const std::string& text) {
  const LibraryLock lock;
  const Handle type = text_type(text.size());
  const Handle space(H5Screate(H5S_SCALAR), &H5Sclose);
  const Handle attribute(H5Acreate2(open_->id, name.c_str(), type, space, H5P_DEFAULT, H5P_DEFAULT), &H5Aclose);
  open_->check(attribute.good() && H5Awrite(attribute, type, text.c_str()) >= 0, name);
}

void Hdf5Writer::save() {
  std::string_view image;
  {
    const LibraryLock lock;
    ensure(open_->id >= 0, "an HDF5 file was saved twice");
    open_->check(H5Fflush(open_->id, H5F_SCOPE_GLOBAL) >= 0, "the contents");
    const ssize_t bytes = H5Fget_file_image(open_->id, nullptr, 0);
    // For a file in memory the driver's handle is the address of its first byte: no second copy.
    void* handle = nullptr;
    open_->check(bytes > 0 && H5Fget_vfd_handle(open_->id, open_->access, &handle) >= 0, "the contents");
    image = {*static_cast<const char**>(handle), static_cast<std::size_t>(bytes)};
  }
  write_file(open_->target, image);
  const LibraryLock lock;
  H5Fclose(std::exchange(open_->id, H5I_INVALID_HID));
}

}  // namespace liftwell
