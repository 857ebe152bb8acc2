// SPDX-License-Identifier: MIT
#include "liftwell/store/pdb_file.hpp"

#include "liftwell/store/files.hpp"

namespace liftwell {

Structure read_pdb(const std::filesystem::path& file) { return parse_pdb(read_file(file), file.filename().string()); }

}  // namespace liftwell
