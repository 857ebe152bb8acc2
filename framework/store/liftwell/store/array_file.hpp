// SPDX-License-Identifier: MIT
// One array in a file other programs read: NumPy's npy, CSV or HDF5.
#pragma once

#include <filesystem>
#include <string>

#include "liftwell/data/matrix.hpp"

namespace liftwell {

/// `format` is npy, csv or h5; "" takes it from the file's ending. Throws InputError for any other.
void write_array(const std::filesystem::path& file, std::string format, const FloatMatrix& array);

}  // namespace liftwell
