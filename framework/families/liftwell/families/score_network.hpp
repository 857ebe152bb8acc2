// SPDX-License-Identifier: MIT
// The network F_theta(x, z, level) inside a score model, seen from outside: a vector of parameters, a
// pass over samples with its gradient, and the same mathematics as TorchScript. Torch-free.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "liftwell/base/random.hpp"
#include "liftwell/data/matrix.hpp"
#include "liftwell/registry/declaration.hpp"

namespace liftwell {

/// A part of the parameter vector under the name it has in the exported TorchScript module.
struct NetworkTensor {
  std::string name;
  std::vector<Index> shape;
  Index offset = 0;
};

/// What a network is made for.
struct NetworkShape {
  Index dimension = 0;        ///< coordinates of a state, and outputs
  Index condition = 0;        ///< numbers of a label
  std::vector<Index> angles;  ///< coordinates that are angles in radians: F must not change when one grows by 2 pi
};

/// Work space for passes over at most a fixed number of samples; serves one thread. A sample's result
/// does not depend on the other samples of the pass.
class NetworkPass {
 public:
  virtual ~NetworkPass() = default;

  /// out = F(x, z, level) at one noise level. `x` is samples x dimension, `z` samples x condition.
  virtual void evaluate(const FloatMatrix& x, const FloatMatrix& z, float level, FloatMatrix& out) = 0;
  /// As above with a level for each sample, keeping what `backward` needs.
  virtual void forward(const FloatMatrix& x, const FloatMatrix& z, const std::vector<float>& levels,
                       FloatMatrix& out) = 0;
  /// Adds to `gradient` (one entry per parameter) the derivative of sum(out * out_gradient) of the last
  /// `forward`.
  virtual void backward(const FloatMatrix& out_gradient, float* gradient) = 0;
  /// along = (dF/dx) direction at each sample of the last `forward`.
  virtual void tangent(const FloatMatrix& direction, FloatMatrix& along) = 0;
};

/// An architecture of fixed input sizes, together with parameter values.
class Network {
 public:
  virtual ~Network() = default;

  [[nodiscard]] virtual Index parameter_count() const = 0;
  [[nodiscard]] virtual const std::vector<NetworkTensor>& tensors() const = 0;
  /// Fresh values, a pure function of the stream.
  [[nodiscard]] virtual std::vector<float> initial_parameters(const RandomStream& stream) const = 0;
  /// Takes over values. No pass may be running.
  virtual void set_parameters(const float* values) = 0;
  /// A pass over at most `samples`; it sees later set_parameters and must not outlive the network.
  [[nodiscard]] virtual std::unique_ptr<NetworkPass> pass(Index samples) const = 0;
  /// TorchScript: `network(self, x: Tensor, z: Tensor, level: Tensor) -> Tensor`, level n x 1, with
  /// the tensors above as attributes.
  [[nodiscard]] virtual std::string script() const = 0;
};

/// The architecture as the workflow states it: layer sizes and features.
class ScoreNetwork {
 public:
  static FamilyInfo family() {
    return {"score_network", "score_networks", "The architecture of the score network.", ""};
  }
  virtual ~ScoreNetwork() = default;

  /// States and labels are standardised, except angles.
  [[nodiscard]] virtual std::unique_ptr<Network> create(const NetworkShape& shape) const = 0;
};

}  // namespace liftwell
