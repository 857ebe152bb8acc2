// SPDX-License-Identifier: MIT
// What all model.h5 files share: their format, a fingerprint, and how others are refused.
#pragma once

#include <fmt/format.h>

#include <filesystem>
#include <string>
#include <string_view>

#include "liftwell/base/error.hpp"
#include "liftwell/data/matrix.hpp"
#include "liftwell/store/hdf5.hpp"
#include "state_frame.hpp"

namespace liftwell {

/// 64-bit FNV-1a over the numbers, to notice damage that HDF5 does not.
class Fingerprint {
 public:
  template <class T>
  void add(const T* values, Index count) {
    const auto* bytes = reinterpret_cast<const unsigned char*>(values);
    for (std::size_t i = 0; i < static_cast<std::size_t>(count) * sizeof(T); ++i)
      hash_ = (hash_ ^ bytes[i]) * 0x100000001B3;
  }
  template <class Derived>
  void add(const Eigen::PlainObjectBase<Derived>& values) {
    add(values.data(), values.size());
  }
  void add(const StateFrame& frame) {
    for (const StateFrame::Tensor& tensor : frame.tensors()) add(tensor.values);
  }
  [[nodiscard]] std::string text() const { return fmt::format("{:016x}", hash_); }

 private:
  std::uint64_t hash_ = 0xCBF29CE484222325;
};

/// A model file that was opened and is of the wanted format. Every failure is a StorageError of one line
/// that names the file and says what to do.
class ModelFile {
 public:
  ModelFile(const std::filesystem::path& file, std::string_view format, std::string_view version);

  [[nodiscard]] StorageError refusal(const std::string& why) const;
  /// read(reader), with what to do added to its failures.
  template <class Read>
  void read(const Read& read) const {
    try {
      read(in_);
    } catch (const StorageError& error) {
      throw StorageError(fmt::format("{}; {}", error.what(), remedy));
    }
  }
  /// Runs `use`, which builds what the file describes.
  template <class Use>
  void usable(const Use& use) const {
    try {
      use();
    } catch (const Error& error) {
      throw refusal(fmt::format("cannot be used here ({})", error.what()));
    }
  }

 private:
  static constexpr const char* remedy = "train the model again or restore the file";
  std::filesystem::path file_;
  Hdf5Reader in_;
};

}  // namespace liftwell
