// SPDX-License-Identifier: MIT
// The frame as TorchScript: the same formulas on whole batches, in double precision.
#include <fmt/format.h>

#include "state_frame.hpp"

namespace liftwell {

std::vector<StateFrame::Tensor> StateFrame::tensors() const {
  return {{"frame_origin", Matrix(origin_.transpose())}, {"frame_hold", hold_},
          {"frame_axes", axes_.leftCols(generated())},   {"frame_slopes", slopes_.leftCols(generated())},
          {"frame_means", means_.leftCols(generated())}, {"frame_variances", variances_}};
}

std::string StateFrame::script() const {
  // Spline j of a label is the cubic cardinal spline around cell boundary j - 1.
  std::string text =
      "def spline(self, place: Tensor, count: int, cells: int, wraps: bool) -> Tensor:\n"
      "    away = place.reshape(-1, 1) - (torch.arange(count, dtype=place.dtype, device=place.device) - 1.0)\n"
      "    if wraps:\n"
      "        away = torch.remainder(away + cells / 2.0, float(cells)) - cells / 2.0\n"
      "    d = torch.abs(away)\n"
      "    near = (4.0 - 6.0 * d * d + 3.0 * d * d * d) / 6.0\n"
      "    far = torch.clamp(2.0 - d, min=0.0)\n"
      "    return torch.where(d < 1.0, near, far * far * far / 6.0)\n"
      "def frame_basis(self, z: Tensor) -> Tensor:\n";
  const Index n = basis_.per_label();
  const auto label = [&](Index k) {
    const bool wraps = period_[k] > 0;
    const Index cells = wraps ? n : n - 3;
    const double width = wraps ? period_[k] : range_(k, 1) - range_(k, 0);
    const std::string place =
        fmt::format("(z[:, {}] - ({:.17g})) * {:.17g}", k, range_(k, 0), static_cast<double>(cells) / width);
    return fmt::format("self.spline({}, {}, {}, {})",
                       wraps ? place : fmt::format("torch.clamp({}, 0.0, {}.0)", place, cells), n, cells,
                       wraps ? "True" : "False");
  };
  if (basis_.size() == 1)
    text += "    return torch.ones((z.shape[0], 1), dtype=z.dtype, device=z.device)\n";
  else if (range_.rows() == 1)
    text += "    return " + label(0) + "\n";
  else
    text +=
        fmt::format("    a = {}\n    b = {}\n    return (a.unsqueeze(2) * b.unsqueeze(1)).reshape(z.shape[0], -1)\n",
                    label(0), label(1));
  return text +
         "def frame_mean(self, z: Tensor) -> Tensor:\n"
         "    return torch.mm(self.frame_basis(z), self.frame_means) + torch.mm(z, self.frame_slopes)\n"
         "def frame_scale(self, z: Tensor) -> Tensor:\n"
         "    return torch.sqrt(torch.mm(self.frame_basis(z), self.frame_variances))\n"
         "def frame_features(self, x: Tensor, z: Tensor) -> Tensor:\n"
         "    away = x - self.frame_origin" +
         (held_ ? std::string(" - torch.mm(z, self.frame_hold.t())") : std::string()) +
         "\n"
         "    return torch.mm(away, self.frame_axes)\n";
}

}  // namespace liftwell
