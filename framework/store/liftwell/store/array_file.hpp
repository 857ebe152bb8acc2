// SPDX-License-Identifier: MIT
// One array in a file other programs read: NumPy's npy, CSV or HDF5.
#pragma once

#include <filesystem>
#include <string>

#include "liftwell/data/matrix.hpp"

namespace liftwell {

/// `format` is npy, csv, h5, or dcd for states of a molecule in nm; "" takes it from the file's ending. Throws
/// InputError for any other.
void write_array(const std::filesystem::path& file, std::string format, const FloatMatrix& array);

/// Reads what write_array, NumPy or a spreadsheet wrote, by the file's ending: .npy (32-bit or 64-bit
/// reals), .csv (names of columns in the first line are skipped), .h5 (the dataset `states`), or the
/// frames of a molecule from .pdb or .dcd (3 numbers for each atom, in nm). A one-dimensional array is one row. Throws
/// InputError that names the file when it holds anything but finite numbers in equal rows, StorageError when it cannot
/// be read.
[[nodiscard]] Matrix read_array(const std::filesystem::path& file);

}  // namespace liftwell
