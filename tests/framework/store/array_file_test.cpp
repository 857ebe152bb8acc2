// SPDX-License-Identifier: MIT
#include "liftwell/store/array_file.hpp"

#include "framework/store/store_support.hpp"
#include "liftwell/base/error.hpp"
#include "liftwell/store/files.hpp"
#include "liftwell/store/hdf5.hpp"
#include "support/temporary_folder.hpp"

namespace fs = std::filesystem;
using namespace liftwell;
using namespace liftwell::testing;
using Catch::Matchers::Contains;

namespace {

/// What numpy.save writes (format version 1.0, a header of 128 bytes in all).
std::string npy(const std::string& type, bool by_columns, const std::string& shape, const std::string& data) {
  std::string header =
      "{'descr': '" + type + "', 'fortran_order': " + (by_columns ? "True" : "False") + ", 'shape': " + shape + ", }";
  header.append(117 - header.size(), ' ');
  return std::string("\x93NUMPY\x01\x00\x76\x00", 10) + header + "\n" + data;
}

std::string bytes(const std::vector<double>& numbers) {
  return {reinterpret_cast<const char*>(numbers.data()), numbers.size() * sizeof(double)};
}

Matrix read_text(const TemporaryFolder& folder, const std::string& name, const std::string& text) {
  write_file(folder / name, text);
  return read_array(folder / name);
}

Matrix matrix(Index rows, Index columns, const std::vector<double>& values) {
  return Eigen::Map<const Matrix>(values.data(), rows, columns);
}

}  // namespace

TEST_CASE("arrays that were written are read again, in each format", "[unit]") {
  const TemporaryFolder folder;
  FloatMatrix array(3, 2);
  array << -1.5F, 0.1F, 3e-20F, 4, 5, 6e20F;
  for (const std::string name : {"a.npy", "a.csv", "a.h5"}) {
    INFO(name);
    write_array(folder / name, "", array);
    const Matrix again = read_array(folder / name);
    CHECK(again.cast<float>() == array);
  }
}

TEST_CASE("states of a molecule are written for programs that look at molecules", "[unit]") {
  const TemporaryFolder folder;
  FloatMatrix states(2, 6);
  states << 0, 0.1F, 0.2F, 0.3F, 0.4F, 0.5F, 1, 1.1F, 1.2F, 1.3F, 1.4F, 1.5F;
  write_array(folder / "a.dcd", "", states);
  CHECK(read_array(folder / "a.dcd").cast<float>().isApprox(states, 1e-6F));
  CHECK_THROWS_WITH(write_array(folder / "b.dcd", "", FloatMatrix(states.leftCols(4))),
                    Contains("dcd is for molecules, whose states have 3 numbers for each atom; these have 4"));
}

TEST_CASE("NumPy files of doubles, of columns first and of one dimension are understood", "[unit]") {
  const TemporaryFolder folder;
  const std::string data = bytes({1, 2, 3, 4, 5, 6});
  CHECK(read_text(folder, "a.npy", npy("<f8", false, "(2, 3)", data)) == matrix(2, 3, {1, 2, 3, 4, 5, 6}));
  CHECK(read_text(folder, "b.npy", npy("<f8", true, "(2, 3)", data)) == matrix(2, 3, {1, 3, 5, 2, 4, 6}));
  CHECK(read_text(folder, "c.npy", npy("<f8", false, "(6,)", data)) == matrix(1, 6, {1, 2, 3, 4, 5, 6}));
}

TEST_CASE("NumPy files that are damaged or hold something else are refused with a reason", "[unit]") {
  const TemporaryFolder folder;
  const std::string data = bytes({1, 2, 3, 4, 5, 6});
  const auto refusal = [&](const std::string& text, const std::string& reason) {
    CHECK_THROWS_WITH(read_text(folder, "a.npy", text), Catch::StartsWith("a.npy") && Contains(reason));
    CHECK_THROWS_AS(read_array(folder / "a.npy"), InputError);
  };
  refusal("x0,x1\n1,2\n", "is not a NumPy file");
  refusal(npy("<f8", false, "(2, 3)", data).substr(0, 60), "is cut off");
  refusal(npy("<f8", false, "(2, 3)", data.substr(1)), "another number of bytes");
  refusal(npy("<f8", false, "(999999999999, 3)", data), "another number of bytes");
  refusal(npy("<i8", false, "(2, 3)", data), "real numbers");
  refusal(npy(">f8", false, "(2, 3)", data), "little-endian");
  refusal(npy("<f8", false, "(1, 2, 3)", data), "one or two dimensions");
  refusal(npy("<f8", false, "(0, 3)", ""), "holds no numbers");
  refusal(npy("<f8", false, "(1, 2)", bytes({1, std::nan("")})), "not finite in row 0");
}

TEST_CASE("CSV files may have names of columns, comments, spaces and either line end", "[unit]") {
  const TemporaryFolder folder;
  const Matrix expected = matrix(2, 2, {1, -2.5, 3e-3, 4});
  CHECK(read_text(folder, "a.csv", "x, y\r\n1, -2.5\r\n3e-3,+4\r\n") == expected);
  CHECK(read_text(folder, "b.csv", "# made by hand\n\n1,-2.5\n\n 3e-3 , 4") == expected);
  CHECK(read_text(folder, "c.csv", "7\n") == matrix(1, 1, {7}));
}

TEST_CASE("CSV files with anything else say in which line", "[unit]") {
  const TemporaryFolder folder;
  const auto refusal = [&](const std::string& text, const std::string& reason) {
    CHECK_THROWS_WITH(read_text(folder, "a.csv", text), "a.csv " + reason);
  };
  refusal("x,y\n1,2\n3\n", "has 1 values in line 3, not 2");
  refusal("1,2\nx,y\n", "has 'x' in line 2, which is no number");
  refusal("x,1\n", "has 'x' in line 1, which is no number");
  refusal("1,\n", "has '' in line 1, which is no number");
  refusal("1 2\n3 4\n", "has '3 4' in line 2, which is no number");
  refusal("", "holds no numbers");
  refusal("1,inf\n", "has a number that is not finite in row 0");
}

TEST_CASE("HDF5 files need the dataset 'states'; other endings are not known", "[unit]") {
  const TemporaryFolder folder;
  Hdf5Writer writer(folder / "a.h5");
  writer.array("positions", Matrix::Ones(2, 2).eval());
  writer.save();
  CHECK_THROWS_WITH(read_array(folder / "a.h5"), "a.h5 has no dataset 'states'");
  CHECK_THROWS_WITH(read_text(folder, "a.txt", "1,2\n"),
                    "a.txt has the ending '.txt'; known are .npy, .csv, .h5, .pdb and .dcd");
  const double state[] = {1, 2, 3};
  Hdf5Writer one(folder / "b.h5");
  one.array("states", state, {3});
  one.save();
  CHECK(read_array(folder / "b.h5") == matrix(1, 3, {1, 2, 3}));
  CHECK_THROWS_AS(read_array(folder / "nowhere.npy"), StorageError);
}
