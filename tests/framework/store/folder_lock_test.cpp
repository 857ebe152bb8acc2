// SPDX-License-Identifier: MIT
#include "liftwell/store/folder_lock.hpp"

#include <catch2/catch.hpp>
#include <optional>

#include "liftwell/base/error.hpp"
#include "support/scratch_file.hpp"

using namespace liftwell;

TEST_CASE("a folder has one run at a time", "[unit]") {
  const testing::ScratchFolder folder;
  std::optional<FolderLock> first(std::in_place, folder.path());
  CHECK_THROWS_AS(FolderLock(folder.path()), InputError);
  first.reset();
  CHECK_NOTHROW(FolderLock(folder.path()));
}
