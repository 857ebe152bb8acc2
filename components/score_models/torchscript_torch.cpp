// SPDX-License-Identifier: MIT
// The part of liftwell that links LibTorch: writing TorchScript, and saying which BLAS is used.
#include <torch/script.h>
#include <torch/version.h>

#include <sstream>

#include "liftwell/base/error.hpp"
#include "liftwell/families/torch_module.hpp"
#include "liftwell/store/files.hpp"

namespace {

at::Tensor tensor_of(const float* values, const std::vector<liftwell::Index>& shape) {
  const std::vector<int64_t> sizes(shape.begin(), shape.end());
  return torch::from_blob(const_cast<float*>(values), sizes, torch::kFloat32).clone();
}

}  // namespace

extern "C" {

void liftwell_write_torchscript(const liftwell::TorchScriptModule& module, const std::filesystem::path& file) {
  std::ostringstream bytes;
  try {
    torch::jit::Module script("liftwell_score_model");
    for (const auto& parameter : module.parameters)
      script.register_parameter(parameter.name, tensor_of(module.values + parameter.offset, parameter.shape), false);
    for (const auto& [name, values] : module.buffers)
      script.register_buffer(
          name, torch::from_blob(const_cast<double*>(values.data()), {values.rows(), values.cols()}, torch::kFloat64)
                    .clone());
    for (const auto& [name, text] : module.texts) script.register_attribute(name, c10::StringType::get(), text);
    script.define(module.source);
    script.eval();
    // Saving to a stream gives the archive a constant name; saving to a path would put the path in it.
    script.save(bytes);
  } catch (const c10::Error& error) {
    throw liftwell::InternalError(std::string("LibTorch refused the model's TorchScript: ") +
                                  error.what_without_backtrace());
  } catch (const torch::jit::ErrorReport& error) {
    throw liftwell::InternalError(std::string("the model's TorchScript is wrong: ") + error.what());
  }
  liftwell::write_file(file, bytes.str());
}

void liftwell_torch_facts(std::string& version, std::string& configuration) {
  version = TORCH_VERSION;
  const at::Tensor a = torch::ones({64, 64});
  (void)a.mm(a).sum().item<float>();
  // "BLAS_INFO=open" or "USE_MKL=ON" among many others.
  const std::string all = at::show_config();
  configuration.clear();
  for (const char* key : {"BLAS_INFO=", "USE_MKL=ON"}) {
    const auto start = all.find(key);
    if (start != std::string::npos) configuration += all.substr(start, all.find(',', start) - start) + " ";
  }
}

}  // extern "C"
