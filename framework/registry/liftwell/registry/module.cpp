// SPDX-License-Identifier: MIT
#include "liftwell/registry/module.hpp"

#include <dlfcn.h>

#include <filesystem>
#include <map>
#include <mutex>

#include "liftwell/base/error.hpp"

namespace liftwell {
namespace {

/// The folder of the shared library this code is in: modules are found relative to it.
std::filesystem::path library_folder() {
  Dl_info info{};
  if (dladdr(reinterpret_cast<void*>(&module_symbol), &info) == 0 || info.dli_fname == nullptr) return ".";
  return std::filesystem::canonical(info.dli_fname).parent_path();
}

void* open_module(const std::string& name) {
  const std::string file = "libliftwell_" + name + ".so";
  const std::filesystem::path folder = library_folder();
  for (const auto& candidate : {folder / file, folder / "liftwell" / "modules" / file}) {
    if (!std::filesystem::exists(candidate)) continue;
    void* handle = dlopen(candidate.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (handle == nullptr) throw RunError("module '" + name + "' cannot be loaded: " + dlerror());
    return handle;
  }
  throw RunError("module '" + name + "' is not in this build (no " + file + " in " + folder.string() +
                 "); install its library (torch: libtorch-dev and libopenblas0-pthread; openmm: libopenmm-dev and "
                 "libopenmm-plugins) and build again");
}

}  // namespace

void* module_symbol(const std::string& name, const std::string& symbol) {
  static std::mutex mutex;
  static std::map<std::string, void*> open;
  const std::lock_guard lock(mutex);
  auto found = open.find(name);
  if (found == open.end()) found = open.emplace(name, open_module(name)).first;
  void* address = dlsym(found->second, symbol.c_str());
  if (address == nullptr) throw InternalError("module '" + name + "' has no symbol '" + symbol + "'");
  return address;
}

}  // namespace liftwell
