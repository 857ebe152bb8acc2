// SPDX-License-Identifier: MIT
// What liftwell asks of the module that links LibTorch. Nothing here opens the module until it is called.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "liftwell/data/matrix.hpp"
#include "liftwell/families/score_network.hpp"

namespace liftwell {

/// A TorchScript module to be written: methods as source text, and the tensors they use.
struct TorchScriptModule {
  std::string source;  ///< method definitions; `forward` among them
  std::vector<NetworkTensor> parameters;
  const float* values = nullptr;                        ///< of all parameters; NetworkTensor::offset is a place in it
  std::vector<std::pair<std::string, Matrix>> buffers;  ///< double precision
  std::vector<std::pair<std::string, std::string>> texts;  ///< attributes of type str
};

/// Writes `module` so that torch.jit.load reads it. Equal modules give equal bytes (of one LibTorch).
void write_torchscript(const TorchScriptModule& module, const std::filesystem::path& file);

/// Throws RunError when the module is not in this build.
void require_torch();

/// Which library does LibTorch's matrix products.
struct TorchBlas {
  bool fast = false;                   ///< OpenBLAS, MKL or BLIS, not the reference BLAS
  std::vector<std::string> libraries;  ///< BLAS libraries mapped into this process
  std::string torch_version;
};

/// Opens the module, multiplies two matrices so that the library is loaded, and looks at what the
/// process has mapped. A BLAS that LibTorch contains counts by what LibTorch says of itself.
[[nodiscard]] TorchBlas torch_blas();

}  // namespace liftwell
