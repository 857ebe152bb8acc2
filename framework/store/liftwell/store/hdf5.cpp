// SPDX-License-Identifier: MIT
#include "liftwell/store/hdf5.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <hdf5.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <mutex>
#include <system_error>
#include <utility>

#include "liftwell/base/error.hpp"
#include "liftwell/store/files.hpp"

namespace liftwell {
namespace {

/// The HDF5 library is not thread-safe and stages run in parallel, so every call holds this lock.
std::recursive_mutex& library_mutex() {
  static std::recursive_mutex mutex;
  return mutex;
}

/// Locks the library and keeps it from printing its own error stack.
class LibraryLock {
 public:
  LibraryLock() : lock_(library_mutex()) { H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr); }

 private:
  std::lock_guard<std::recursive_mutex> lock_;
};

/// Owns an HDF5 identifier.
class Handle {
 public:
  using Close = herr_t (*)(hid_t);
  Handle(hid_t id, Close close) : id_(id), close_(close) {}
  ~Handle() {
    if (id_ >= 0) close_(id_);
  }
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;
  [[nodiscard]] bool good() const { return id_ >= 0; }
  operator hid_t() const { return id_; }  // NOLINT: stands for the identifier everywhere

 private:
  hid_t id_;
  Close close_;
};

/// UTF-8 text of a fixed number of bytes, padded with NUL: unlike text of variable length it has
/// one layout in the file.
Handle text_type(std::size_t bytes) {
  const hid_t type = H5Tcopy(H5T_C_S1);
  H5Tset_size(type, std::max<std::size_t>(1, bytes));
  H5Tset_strpad(type, H5T_STR_NULLPAD);
  H5Tset_cset(type, H5T_CSET_UTF8);
  return {type, &H5Tclose};
}

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
    throw StorageError(file.string() + " is not a readable HDF5 file (truncated or not written by liftwell)");
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
