// SPDX-License-Identifier: MIT
#include "liftwell/store/files.hpp"

#include <sys/stat.h>

#include <fstream>

#include "framework/store/store_support.hpp"
#include "support/temporary_folder.hpp"

namespace fs = std::filesystem;
using namespace liftwell;
using namespace liftwell::testing;

namespace {

std::size_t entries(const fs::path& folder) {
  return static_cast<std::size_t>(std::distance(fs::directory_iterator(folder), fs::directory_iterator()));
}

}  // namespace

TEST_CASE("a written file reads back byte by byte and leaves nothing beside it", "[unit]") {
  const TemporaryFolder folder;
  std::string bytes;
  for (int i = 0; i < 200000; ++i) bytes += static_cast<char>(i * 7 % 256);
  write_file(folder / "data.bin", bytes);
  CHECK(read_file(folder / "data.bin") == bytes);
  write_file(folder / "data.bin", "short");
  CHECK(read_file(folder / "data.bin") == "short");
  write_file(folder / "empty", "");
  CHECK(read_file(folder / "empty").empty());
  CHECK(entries(folder.path()) == 2);
}

TEST_CASE("SHA-256 agrees with the published test vectors", "[unit]") {
  // FIPS 180-2, appendix B: "abc" and one million times 'a'.
  const TemporaryFolder folder;
  write_file(folder / "abc", "abc");
  CHECK(sha256_of(folder / "abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  write_file(folder / "million", std::string(1000000, 'a'));
  CHECK(sha256_of(folder / "million") == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
  write_file(folder / "empty", "");
  CHECK(sha256_of(folder / "empty") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST_CASE("a write that fails says why in one line and keeps the old file", "[unit]") {
  const TemporaryFolder folder;
  const std::string large(200000, 'x');
  SECTION("the folder is missing") {
    const std::string file = folder / "nowhere" / "a.txt";
    CHECK(storage_error([&] { write_file(file, "a"); }) == "cannot write " + file + ": no such file or directory");
  }
  SECTION("the folder is a file") {
    write_file(folder / "file", "x");
    const std::string file = folder / "file" / "a.txt";
    CHECK(storage_error([&] { write_file(file, "a"); }) == "cannot write " + file + ": not a directory");
  }
  SECTION("the folder is read-only") {
    const std::string file = folder / "a.txt";
    write_file(file, "old");
    std::string message;
    {
      const ReadOnlyFolder locked(folder.path());
      message = storage_error([&] { write_file(file, "new"); });
    }
    CHECK(message == "cannot write " + file + ": permission denied");
    CHECK(read_file(file) == "old");
  }
  SECTION("files may not grow") {
    const std::string file = folder / "a.txt";
    write_file(file, "old");
    std::string message;
    {
      const FileSizeLimit limit(10000);
      message = storage_error([&] { write_file(file, large); });
    }
    CHECK(message == "cannot write " + file + ": file too large");
    CHECK(read_file(file) == "old");
    CHECK(entries(folder.path()) == 1);
  }
  SECTION("the disk is full") {
    const TinyDisk disk(folder / "disk");
    if (!disk.mounted()) return;  // only root may mount
    const std::string file = folder / "disk" / "a.txt";
    write_file(file, "old");
    CHECK(storage_error([&] { write_file(file, large); }) == "cannot write " + file + ": no space left on device");
    CHECK(read_file(file) == "old");
    CHECK(entries(folder / "disk") == 1);
  }
}

TEST_CASE("a link stays when what it points at is written, and what is no file is left alone", "[unit]") {
  const TemporaryFolder folder;
  write_file(folder / "real", "old");
  fs::create_symlink("real", folder / "link");
  write_file(folder / "link", "new");
  CHECK(fs::is_symlink(folder / "link"));
  CHECK(read_file(folder / "real") == "new");
  fs::create_symlink("later", folder / "dangling");
  write_file(folder / "dangling", "made");
  CHECK(read_file(folder / "later") == "made");

  const std::string pipe = folder / "pipe";
  REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
  CHECK(storage_error([&] { write_file(pipe, "x"); }) == "cannot write " + pipe + ": it is no regular file");
  CHECK(fs::is_fifo(pipe));
}

TEST_CASE("a writer that throws leaves the old file and no temporary one", "[unit]") {
  const TemporaryFolder folder;
  write_file(folder / "a", "old");
  CHECK_THROWS_AS(write_through(folder / "a",
                                [](const fs::path& temporary) {
                                  std::ofstream(temporary) << "half";
                                  throw RunError("stopped");
                                }),
                  RunError);
  CHECK(read_file(folder / "a") == "old");
  CHECK(entries(folder.path()) == 1);
}

TEST_CASE("reading what cannot be read is a storage error", "[unit]") {
  const TemporaryFolder folder;
  const std::string missing = folder / "missing";
  CHECK(storage_error([&] { (void)read_file(missing); }) == "cannot read " + missing + ": no such file or directory");
  CHECK(storage_error([&] { (void)sha256_of(missing); }) == "cannot read " + missing + ": no such file or directory");
  CHECK(storage_error([&] { (void)read_file(folder.path()); }) ==
        "cannot read " + folder.path().string() + ": is a directory");
}

TEST_CASE("a renamed folder keeps its files", "[unit]") {
  const TemporaryFolder folder;
  fs::create_directory(folder / "stage.partial");
  write_file(folder / "stage.partial" / "a", "1");
  rename_folder(folder / "stage.partial", folder / "stage");
  CHECK(read_file(folder / "stage" / "a") == "1");
  CHECK_FALSE(fs::exists(folder / "stage.partial"));
}
