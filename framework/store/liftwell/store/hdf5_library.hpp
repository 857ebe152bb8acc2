// SPDX-License-Identifier: MIT
// For hdf5_writer.cpp and hdf5_reader.cpp only: the C library behind one lock, its identifiers owned.
#pragma once

#include <hdf5.h>

#include <algorithm>
#include <mutex>

namespace liftwell::hdf5 {

/// The HDF5 library is not thread-safe and stages run in parallel, so every call holds this lock.
inline std::recursive_mutex& library_mutex() {
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
inline Handle text_type(std::size_t bytes) {
  const hid_t type = H5Tcopy(H5T_C_S1);
  H5Tset_size(type, std::max<std::size_t>(1, bytes));
  H5Tset_strpad(type, H5T_STR_NULLPAD);
  H5Tset_cset(type, H5T_CSET_UTF8);
  return {type, &H5Tclose};
}

}  // namespace liftwell::hdf5
