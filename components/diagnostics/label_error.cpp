// SPDX-License-Identifier: MIT
// How far the coarse value of a generated state is from the value that was asked for.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "liftwell/families/diagnostic.hpp"
#include "liftwell/registry/registry.hpp"

namespace liftwell {
namespace {

struct Options {
  Component<Bias> bias;
};

/// ξ(sample) − z per target and coarse variable. Where the model was trained with label noise σ, a
/// perfect model has |ξ − z| of about σ and a mean offset of −σ² F'(z)/kT: the window's law, not an
/// error. With `bias` everything is also given in its standard deviation sqrt(kT/κ).
class LabelError final : public ConsistencyCheck {
 public:
  explicit LabelError(const Options& options) : options_(options) {}

  bool needs_draws() const override { return true; }
  bool needs_coarse() const override { return true; }
  bool needs_system() const override { return static_cast<bool>(options_.bias); }

  Findings evaluate(const DiagnosticRequest& request) const override {
    if (request.draws == nullptr || request.coarse == nullptr) throw InputError("label_error needs draws and 'on'");
    const Draws& draws = *request.draws;
    const CoarseMap& coarse = *request.coarse;
    if (coarse.size() != draws.targets.cols())
      throw InputError(fmt::format("label_error: 'on' names {} coarse variables, the draws have targets of {}",
                                   coarse.size(), draws.targets.cols()));
    Vector sigma = Vector::Constant(coarse.size(), std::nan(""));
    if (options_.bias) sigma = options_.bias.build()->sigma(request.system->thermal_energy());
    if (sigma.size() != coarse.size()) throw InputError("label_error: 'bias' acts on other coarse variables than 'on'");

    const Matrix values = coarse.values(draws.states.data(), draws.states.rows(), draws.states.cols());
    Table table{"Label error of the draws",
                {{"variable", "", 0},
                 {"target", "", 4},
                 {"draws", "", 0},
                 {"mean xi - z", "", 4},
                 {"mean |xi - z|", "", 4},
                 {"max |xi - z|", "", 4}},
                {}};
    if (options_.bias) table.columns.push_back({"mean |xi - z|", "sigma", 3});
    Findings out;
    double total = 0, largest = 0, total_sigma = 0;
    Matrix mean(draws.targets.rows(), coarse.size());  // of |xi - z|
    Vector farthest = Vector::Zero(draws.targets.rows());
    for (Index k = 0; k < coarse.size(); ++k)
      for (Index t = 0; t < draws.targets.rows(); ++t) {
        double count = 0, sum = 0, absolute = 0, most = 0;
        for (std::size_t i = 0; i < draws.target.size(); ++i) {
          if (draws.target[i] != t) continue;
          const double error = coarse.difference(k, values(static_cast<Index>(i), k), draws.targets(t, k));
          ++count;
          sum += error;
          absolute += std::abs(error);
          most = std::max(most, std::abs(error));
        }
        total += absolute;
        total_sigma += absolute / sigma[k];
        largest = std::max(largest, most);
        mean(t, k) = absolute / count;
        farthest[t] = std::max(farthest[t], most);
        table.rows.push_back({coarse.names()[static_cast<std::size_t>(k)], draws.targets(t, k), count, sum / count,
                              absolute / count, most});
        if (options_.bias) table.rows.back().emplace_back(absolute / count / sigma[k]);
      }
    const auto all = static_cast<double>(values.size());
    out.values["label_error.mean"] = total / all;
    out.values["label_error.max"] = largest;
    if (options_.bias) out.values["label_error.mean_sigma"] = total_sigma / all;
    for (Index t = 0; t < draws.targets.rows(); ++t) {
      auto& at_target = out.at(draws.coarse, draws.targets.row(t)).values;
      at_target["label_error.mean"] = mean.row(t).mean();
      at_target["label_error.max"] = farthest[t];
      if (options_.bias) at_target["label_error.mean_sigma"] = (mean.row(t).transpose().array() / sigma.array()).mean();
    }
    out.tables.push_back(std::move(table));
    return out;
  }

 private:
  Options options_;
};

}  // namespace

LIFTWELL_COMPONENT(label_error) {
  return Declaration<ConsistencyCheck, Options>("label_error",
                                                "Distance of generated coarse values from their targets.")
      .reference("Textbook: restriction of a lifted state, xi(x) - z.")
      .parameter("bias", &Options::bias, unit::none,
                 "Bias of the windows, to express errors in its standard deviation as well.")
      .example("{type: label_error}")
      .creates<LabelError>();
}

}  // namespace liftwell
