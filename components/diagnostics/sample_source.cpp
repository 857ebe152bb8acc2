// SPDX-License-Identifier: MIT
#include "sample_source.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "liftwell/families/frame_scan.hpp"
#include "liftwell/families/molecule_file.hpp"
#include "liftwell/families/projection.hpp"

namespace liftwell {

RandomStream child(const RandomStream& stream, const std::string& purpose, Index target) {
  return stream.part({purpose, std::to_string(target)});
}

std::string part_of_targets(Index chosen, Index all) {
  return chosen < all ? fmt::format(", at {} of {} targets (max_targets)", chosen, all) : std::string();
}

Matrix evenly(const Matrix& rows, Index most) {
  const Index count = std::min<Index>(most, rows.rows());
  Matrix out(count, rows.cols());
  for (Index i = 0; i < count; ++i) out.row(i) = rows.row(i * rows.rows() / count);
  return out;
}

std::string SourceOptions::misfit(const System& system, const CoarseMap& coarse) const {
  if (!reference) return {};
  if (system.potential() == nullptr) return "'reference' needs a system with a potential";
  return reference.build()->misfit(*system.potential(), coarse);
}

std::string SourceOptions::misfit(const System& system) const {
  if (!representation) return {};
  const auto built = representation.build();
  if (std::string problem = built->misfit(system.dimension()); !problem.empty()) return problem;
  if (built->molecule() == nullptr) return {};
  const std::string problem = file_misfit(*built->molecule(), system);
  return problem.empty() ? problem : "the file of the representation " + problem;
}

SampleSource::SampleSource(const SourceOptions& options, const DiagnosticRequest& request, const std::string& check)
    : options_(options), request_(request) {
  if (request.draws == nullptr || request.coarse == nullptr) throw InputError(check + " needs draws and 'on'");
  const Matrix& targets = request.draws->targets;
  if (request.coarse->size() != targets.cols())
    throw InputError(fmt::format("{}: 'on' names {} coarse variables, the draws have targets of {}", check,
                                 request.coarse->size(), targets.cols()));
  const Index count = std::min<Index>(options_.max_targets, targets.rows());
  for (Index i = 0; i < count; ++i) chosen_.push_back(i * targets.rows() / count);
  if (!options_.reference) {
    read_frames();
    find_coordinates();
    for (Index i = 0; options_.near && i < count; ++i) move_onto_target(i);
    return;
  }
  if (request.system == nullptr) throw InputError(check + ": 'reference' needs a system");
  if (auto text = options_.misfit(*request.system, *request.coarse); !text.empty())
    throw InputError(check + ": " + text);
  reference_ = options_.reference.build();
  if (options_.bias) bias_ = options_.bias.build();
  find_coordinates();
}

/// Those of the true states, or of the draws where these come one by one; torsions are cut in their widest gap.
void SampleSource::find_coordinates() {
  if (!options_.representation) return;
  const auto representation = options_.representation.build();
  if (const auto misfit = representation->misfit(request_.draws->states.cols()); !misfit.empty())
    throw InputError("the representation of a check does not fit the draws: " + misfit);
  std::vector<Matrix> from;
  for (Index i = 0; i < targets(); ++i)
    from.push_back(exact() ? drawn_states(i) : frames_[static_cast<std::size_t>(i)].states);
  Index rows = 0;
  for (const Matrix& states : from) rows += states.rows();
  if (rows == 0) return;
  FloatMatrix all(rows, request_.draws->states.cols());
  rows = 0;
  for (const Matrix& states : from) {
    all.middleRows(rows, states.rows()) = states.cast<float>();
    rows += states.rows();
  }
  coordinates_ = representation->with(representation->fit(all, false));
  for (FramesOfWalkers& frames : frames_) frames.states = seen(std::move(frames.states));
}

Matrix SampleSource::seen(Matrix states) const {
  return coordinates_ != nullptr ? coordinates_->coordinates_of(states) : states;
}

Cell SampleSource::coordinate(Index c) const {
  if (coordinates_ == nullptr) return static_cast<double>(c);
  return coordinates_->names()[static_cast<std::size_t>(c)];
}

std::string SampleSource::law() const {
  if (!exact()) return moved_ ? "simulated frames moved onto their target" : "simulated frames";
  return bias_ != nullptr ? "the exact law of the window" : "the exact conditional law";
}

Matrix SampleSource::draws(Index i) const { return seen(drawn_states(i)); }

Matrix SampleSource::drawn_states(Index i) const {
  const Draws& draws = *request_.draws;
  std::vector<Index> mine;
  for (std::size_t s = 0; s < draws.target.size(); ++s)
    if (draws.target[s] == row(i) && draws.states.row(static_cast<Index>(s)).allFinite())
      mine.push_back(static_cast<Index>(s));
  Matrix states(static_cast<Index>(mine.size()), draws.states.cols());
  for (std::size_t s = 0; s < mine.size(); ++s)
    states.row(static_cast<Index>(s)) = draws.states.row(mine[s]).cast<double>();
  return states;
}

Matrix SampleSource::exact_draws(Index i, Index count) const {
  return seen(reference_->conditional(*request_.system->potential(), *request_.coarse,
                                      request_.system->thermal_energy(), target(i), bias_.get(), count,
                                      child(request_.stream, "exact draws", row(i))));
}

/// Per window, the targets that its frames can belong to: those at its centre, or all with `near`.
std::vector<std::vector<std::size_t>> SampleSource::candidates(const BiasedEnsemble& item) const {
  const Matrix& centres = item.ensemble->info().centres;
  std::vector<std::vector<std::size_t>> out(static_cast<std::size_t>(std::max<Index>(1, centres.rows())));
  for (std::size_t window = 0; window < out.size(); ++window)
    for (std::size_t i = 0; i < chosen_.size(); ++i)
      if (options_.near ||
          (item.bias != nullptr &&
           centres.row(static_cast<Index>(window)).isApprox(request_.draws->targets.row(chosen_[i]), 1e-9)))
        out[window].push_back(i);
  return out;
}

bool SampleSource::near(const double* xi, std::size_t i) const {
  for (Index k = 0; options_.near && k < request_.coarse->size(); ++k)
    if (!(std::abs(request_.coarse->difference(k, xi[k], request_.draws->targets(chosen_[i], k))) <= *options_.near))
      return false;
  return true;
}

/// The frames of each walker that visits the target, in order; of very many, some that are evenly spaced.
void SampleSource::read_frames() {
  constexpr std::size_t most = 200'000, least = 64;  // frames of all walkers, and of each
  std::size_t all_walkers = 0;
  for (const BiasedEnsemble& item : request_.data)
    all_walkers += static_cast<std::size_t>(item.ensemble->info().walkers);
  frames_.resize(chosen_.size(), FramesOfWalkers(request_.draws->states.cols()));
  for (const BiasedEnsemble& item : request_.data) {
    const auto walkers = static_cast<std::size_t>(item.ensemble->info().walkers);
    const auto intact = intact_walkers(item.ensemble->info());
    const auto possible = candidates(item);
    std::vector<EvenlyKept> kept(chosen_.size() * walkers, EvenlyKept(std::max(least, most / all_walkers)));
    scan_frames(*item.ensemble, 1, [&](const FrameBatch& batch) {
      const Matrix values = request_.coarse->values(batch.positions, batch.rows(), batch.dimension);
      for (Index row = 0; row < values.rows(); ++row) {
        const Index walker = row % batch.walkers;
        const auto w = static_cast<std::size_t>(walker);
        if (!intact[w]) continue;
        for (const std::size_t i : possible[static_cast<std::size_t>(item.ensemble->info().window[w])])
          if (near(values.row(row).data(), i))
            kept[i * walkers + w].add(batch.state(row / batch.walkers, walker), batch.dimension);
      }
    });
    for (std::size_t at = 0; at < kept.size(); ++at) frames_[at / walkers].add(kept[at]);
  }
  for (FramesOfWalkers& frames : frames_) frames.finish();
}

Matrix SampleSource::frames(Index i) const {
  const FramesOfWalkers& all = frames_[static_cast<std::size_t>(i)];
  return all.states(
      all.independent(all.slowest(), RandomSequence(child(request_.stream, "choice of frames", row(i)), 0)),
      Eigen::all);
}

Vector SampleSource::frames(Index i, Index c) const {
  const FramesOfWalkers& all = frames_[static_cast<std::size_t>(i)];
  const auto random =
      RandomSequence(child(request_.stream, "choice of frames", row(i)), static_cast<std::uint32_t>(c + 1));
  return all.states.col(c)(all.independent(all.spacing(c), random));
}

/// Draws of a model that holds xi lie on the level set itself. Frames around it would differ from the best model by
/// their distance from it alone.
void SampleSource::move_onto_target(Index i) {
  const FloatMatrix drawn = drawn_states(i).cast<float>();
  Matrix& frames = frames_[static_cast<std::size_t>(i)].states;
  if (drawn.rows() == 0 || frames.rows() == 0) return;
  const double rounding = 1e-3 * *options_.near;  // draws are of single precision
  const Matrix xi = request_.coarse->values(drawn.data(), drawn.rows(), drawn.cols());
  for (Index s = 0; s < xi.rows(); ++s)
    for (Index k = 0; k < xi.cols(); ++k)
      if (!(std::abs(request_.coarse->difference(k, xi(s, k), target(i)[k])) < rounding)) return;
  moved_ = true;
  if (coordinates_ == nullptr) {
    constexpr double exact_to = 1e-9;
    constexpr Index most_steps = 50;
    (void)project(frames, target(i).transpose().replicate(frames.rows(), 1), *request_.coarse, exact_to, most_steps);
    return;
  }
  // Gradients would change what the molecule keeps fixed; xi is one of the coordinates here.
  const Matrix held = draws(i);
  for (Index c = 0; c < held.cols(); ++c) {
    const double period = coordinates_->periods()[c], value = held(0, c);
    const auto apart = [&](double other) {
      return std::abs(period > 0 ? std::remainder(other - value, period) : other - value);
    };
    const auto within = [&](const Matrix& states, double most) {
      const auto column = states.col(c);
      return std::all_of(column.begin(), column.end(), [&](double other) { return apart(other) <= most; });
    };
    if (within(held, rounding) && within(frames, *options_.near * 1.001)) frames.col(c).setConstant(value);
  }
}

}  // namespace liftwell
