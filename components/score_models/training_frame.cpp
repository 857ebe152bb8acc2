// SPDX-License-Identifier: MIT
#include "training_frame.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "liftwell/base/error.hpp"

namespace liftwell {
namespace {

/// One draw of the noise that labels carry, for fitting the frame.
FloatMatrix noised(const FloatMatrix& labels, const FloatMatrix& noise, const RandomStream& stream) {
  FloatMatrix out = labels;
  for (Index i = 0; i < out.rows(); ++i) {
    if ((noise.row(i).array() == 0).all()) continue;
    RandomSequence random(stream, static_cast<std::uint32_t>(i));
    for (Index k = 0; k < out.cols(); ++k) out(i, k) += noise(i, k) * static_cast<float>(random.normal());
  }
  return out;
}

}  // namespace

void check_training_data(const std::string& component, const TrainingData& data) {
  const Index n = data.states.rows();
  ensure(data.labels.rows() == n && data.label_noise.rows() == n && data.label_noise.cols() == data.labels.cols() &&
             static_cast<Index>(data.coarse.size()) == data.labels.cols() &&
             (data.weights.empty() || static_cast<Index>(data.weights.size()) == n),
         "states, labels and weights of the training data do not fit together");
  if (n < 2)
    throw RunError(fmt::format("{} cannot be trained on {} states; simulate longer or save more often", component, n));
  for (Index i = 0; i < n; ++i)
    if (!data.states.row(i).allFinite() || !data.labels.row(i).allFinite() || !data.label_noise.row(i).allFinite())
      throw RunError(
          fmt::format("{} cannot be trained on values that are not finite (row {} of {}); leave "
                      "failed walkers out with on_failure: drop",
                      component, i, n));
  if ((data.states.rowwise() - data.states.row(0)).isZero(0))
    throw RunError(
        fmt::format("{} cannot be trained on {} equal states; simulate longer or save less often", component, n));
  double sum = 0;
  for (const double weight : data.weights) {
    if (!(weight >= 0) || !std::isfinite(weight))
      throw RunError(
          fmt::format("{}: a training weight is {}; weights must be finite and not negative", component, weight));
    sum += weight;
  }
  if (!data.weights.empty() && !(sum > 0)) throw RunError(fmt::format("{}: all training weights are zero", component));
}

Group<StandardiseOptions> standardisation_parameters() {
  return Group<StandardiseOptions>()
      .parameter("follow", &StandardiseOptions::follow, unit::none,
                 "Mean and width follow the coarse value, by splines; else they are those of all data.")
      .parameter("rotate", &StandardiseOptions::rotate, unit::none,
                 "Along the principal axes of what the coarse value leaves free; else along the coordinates.");
}

TrainingFrame fit_frame(const TrainingData& data, const FrameSetup& setup, const RandomStream& stream) {
  const Index labels = data.labels.cols();
  TrainingFrame out;
  ensure(setup.period.size() == labels, "a frame was fitted to the labels of other variables");
  out.period = setup.period;
  out.label_range.resize(labels, 2);
  out.label_range.col(0) = data.labels.colwise().minCoeff().transpose().cast<double>();
  out.label_range.col(1) = data.labels.colwise().maxCoeff().transpose().cast<double>();
  out.noised_labels = noised(data.labels, data.label_noise, stream.part({"frame labels"}));
  out.frame = StateFrame(data.states, out.noised_labels, out.period, setup.held ? &*setup.held : nullptr, setup.choice);

  // In pieces: double precision takes twice the memory of the data.
  out.features.resize(data.states.rows(), out.frame.generated());
  constexpr Index piece = 4096;
  for (Index first = 0; first < out.features.rows(); first += piece) {
    const Index count = std::min(piece, out.features.rows() - first);
    out.features.middleRows(first, count) = out.frame
                                                .features_of(data.states.middleRows(first, count).cast<double>(),
                                                             data.labels.middleRows(first, count).cast<double>())
                                                .leftCols(out.features.cols())
                                                .cast<float>();
  }
  return out;
}

}  // namespace liftwell
