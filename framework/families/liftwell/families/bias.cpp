// SPDX-License-Identifier: MIT
#include "liftwell/families/bias.hpp"

namespace liftwell {

BiasedSurface::BiasedSurface(const EnergySurface& base, const Bias& bias, ConstBlock centres)
    : base_(base),
      bias_(bias),
      centres_(centres),
      xi_(bias.coarse().size(), centres.lanes()),
      derivative_(bias.coarse().size(), centres.lanes()),
      bias_energy_(1, centres.lanes()) {
  ensure(centres.rows() == bias.coarse().size(), "a bias was given centres of another number of coarse variables");
  for (Index k = 0; k < bias.coarse().size(); ++k) gradients_.emplace_back(base.dimension(), centres.lanes());
}

void BiasedSurface::evaluate(ConstBlock x, double* energy, Block gradient) const {
  ensure(x.lanes() == centres_.lanes(), "a biased tile and its centres differ in size");
  base_.evaluate(x, energy, gradient);
  const CoarseMap& coarse = bias_.coarse();
  for (Index k = 0; k < coarse.size(); ++k)
    coarse[k].evaluate(x, &xi_.block()(k, 0), gradients_[static_cast<std::size_t>(k)].block());
  bias_.evaluate(xi_.block(), centres_, bias_energy_.block().data(), derivative_.block());
  // Chain rule: ∇U(ξ(x)) = Σ_k ∂U/∂ξ_k ∇ξ_k.
  for (Index k = 0; k < coarse.size(); ++k) {
    const Block slopes = gradients_[static_cast<std::size_t>(k)].block();
    for (Index d = 0; d < x.rows(); ++d) gradient.row(d) += derivative_.block().row(k) * slopes.row(d);
  }
  if (energy != nullptr) Row(energy, x.lanes()) += bias_energy_.block().row(0);
}

}  // namespace liftwell
