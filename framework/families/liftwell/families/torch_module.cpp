// SPDX-License-Identifier: MIT
// Calls into the LibTorch module, by the names it exports.
#include "liftwell/families/torch_module.hpp"

#include <algorithm>
#include <fstream>

#include "liftwell/registry/module.hpp"

namespace liftwell {
namespace {

constexpr const char* module_name = "torch";

bool names_fast_blas(const std::string& text) {
  for (const char* name : {"openblas", "OPEN", "mkl", "MKL", "blis", "FLAME"})
    if (text.find(name) != std::string::npos) return true;
  return false;
}

/// Files with "blas" or "mkl" in their name that this process has mapped.
std::vector<std::string> mapped_blas_libraries() {
  std::vector<std::string> found;
  std::ifstream maps("/proc/self/maps");
  for (std::string line; std::getline(maps, line);) {
    const auto path = line.find('/');
    if (path == std::string::npos) continue;
    const std::string file = line.substr(path);
    const bool blas = file.find("blas") != std::string::npos || file.find("mkl") != std::string::npos;
    if (blas && std::find(found.begin(), found.end(), file) == found.end()) found.push_back(file);
  }
  return found;
}

}  // namespace

void write_torchscript(const TorchScriptModule& module, const std::filesystem::path& file) {
  static auto* const write = from_module<void (*)(const TorchScriptModule&, const std::filesystem::path&)>(
      module_name, "liftwell_write_torchscript");
  write(module, file);
}

void require_torch() { (void)module_symbol(module_name, "liftwell_write_torchscript"); }

TorchBlas torch_blas() {
  std::string version;
  std::string blas;
  from_module<void (*)(std::string&, std::string&)>(module_name, "liftwell_torch_facts")(version, blas);
  TorchBlas out;
  out.torch_version = version;
  out.libraries = mapped_blas_libraries();
  out.fast = names_fast_blas(blas) || std::any_of(out.libraries.begin(), out.libraries.end(), names_fast_blas);
  return out;
}

}  // namespace liftwell
