// SPDX-License-Identifier: MIT
// The exact score of a known law: what is left of the error is the sampler's.
#include <fmt/format.h>

#include "conditioned_recipe.hpp"
#include "liftwell/base/error.hpp"
#include "liftwell/base/random.hpp"
#include "liftwell/config/workflow.hpp"
#include "liftwell/data/factorization.hpp"
#include "liftwell/registry/registry.hpp"
#include "mixture_oracle_model.hpp"
#include "prepared_training.hpp"

namespace liftwell {
namespace {

using Numbers = std::vector<double>;
constexpr Unit area{"length^2"};

struct Options {
  Component<NoiseProcess> noise;
  Numbers weights;
  std::vector<Numbers> means;
  std::vector<Numbers> sigmas;
  std::vector<Numbers> covariances;
  std::vector<Component<CoarseVariable>> condition;
  Numbers label_noise;

  [[nodiscard]] std::size_t dimension() const { return means.front().size(); }
  [[nodiscard]] ConditioningOptions conditioning() const {
    return {.condition = condition, .label_noise = label_noise, .label_noise_of = {}};
  }
  [[nodiscard]] Matrix covariance(std::size_t component) const;
  void check(Problems& problems) const;

 private:
  void check_spread(const char* key, const std::vector<Numbers>& entries, std::size_t most, Problems& problems) const;
};

const Numbers& entry(const std::vector<Numbers>& entries, std::size_t component) {
  return entries[entries.size() == 1 ? 0 : component];
}

Matrix Options::covariance(std::size_t component) const {
  const auto d = static_cast<Index>(dimension());
  if (!covariances.empty()) return Eigen::Map<const Matrix>(entry(covariances, component).data(), d, d);
  const Numbers& sigma = entry(sigmas, component);
  Matrix out = Matrix::Zero(d, d);
  for (Index i = 0; i < d; ++i) {
    const double deviation = sigma[sigma.size() == 1 ? 0 : static_cast<std::size_t>(i)];
    out(i, i) = deviation * deviation;
  }
  return out;
}

/// One entry for all components or one for each, of `most` numbers (or, for deviations, one).
void Options::check_spread(const char* key, const std::vector<Numbers>& entries, std::size_t most,
                           Problems& problems) const {
  if (entries.size() != 1 && entries.size() != weights.size())
    problems.add(key, "must be one entry for all components or one for each", fmt::format("{} entries", entries.size()),
                 fmt::format("1 or {}", weights.size()));
  for (const Numbers& numbers : entries)
    if (numbers.size() != most && (numbers.size() != 1 || key == std::string("covariances")))
      problems.add(key, "has an entry of the wrong length", fmt::format("{} numbers", numbers.size()),
                   key == std::string("covariances") ? fmt::format("{} numbers, row by row", most)
                                                     : fmt::format("1 or {} numbers", most));
}

void Options::check(Problems& problems) const {
  conditioning().check(problems);
  if (weights.empty()) return problems.add("weights", "must have at least one component");
  if (means.size() != weights.size())
    return problems.add("means", "must be one point for each weight", fmt::format("{} points", means.size()),
                        fmt::format("{}", weights.size()));
  for (const Numbers& mean : means)
    if (mean.empty() || mean.size() != dimension()) return problems.add("means", "must be points of one dimension");
  if (sigmas.empty() == covariances.empty())
    return problems.add("sigmas", "and covariances are two ways to say one thing", {}, "exactly one of them");
  const std::size_t before = problems.all().size();
  if (!sigmas.empty()) return check_spread("sigmas", sigmas, dimension(), problems);
  check_spread("covariances", covariances, dimension() * dimension(), problems);
  if (problems.all().size() > before) return;
  for (std::size_t k = 0; k < covariances.size(); ++k) {
    const Matrix c = covariance(k);
    if (!c.isApprox(c.transpose(), 1e-12) || !cholesky(c))
      return problems.add("covariances", "must be symmetric and positive definite", fmt::format("entry {}", k + 1));
  }
}

class MixtureOracle final : public ConditionedRecipe {
 public:
  explicit MixtureOracle(const Options& options)
      : ConditionedRecipe(options.conditioning()), noise_(to_yaml(options.noise.configured().resolved)) {
    const auto count = static_cast<Index>(options.weights.size());
    const auto d = static_cast<Index>(options.dimension());
    law_.weights = Eigen::Map<const Vector>(options.weights.data(), count);
    law_.means.resize(count, d);
    for (std::size_t k = 0; k < options.weights.size(); ++k) {
      law_.means.row(static_cast<Index>(k)) = Eigen::Map<const Eigen::RowVectorXd>(options.means[k].data(), d);
      law_.covariances.push_back(options.covariance(k));
    }
    observe();
  }

  using ConditionedRecipe::misfit;
  [[nodiscard]] std::string misfit(Index dimension) const override {
    if (dimension == law_.dimension()) return {};
    return fmt::format("the mixture of mixture_oracle has {} dimensions, the states have {}", law_.dimension(),
                       dimension);
  }
  /// Draws have xi(x) = z to rounding where no label carries noise.
  [[nodiscard]] bool holds_condition() const override { return law_.label_noise.isZero(0); }
  [[nodiscard]] std::unique_ptr<Training> start_training(TrainingData data, RandomStream,
                                                         const Executor&) const override {
    if (const std::string text = misfit(data.states.cols()); !text.empty()) throw InputError(text);
    return std::make_unique<PreparedTraining>([model = MixtureOracleModel{noise_, condition().names(), law_}](
                                                  const auto& folder) { model.save(folder / "model.h5"); });
  }
  [[nodiscard]] std::unique_ptr<TrainedScoreModel> load(const std::filesystem::path& folder) const override {
    return trained_mixture_oracle(MixtureOracleModel::load(folder / "model.h5"));
  }

 private:
  /// Finds G, b and σ.
  void observe() {
    const Index d = law_.dimension();
    if (const std::string text = condition().misfit(d); !text.empty())
      throw InputError("mixture_oracle cannot be conditioned on this: " + text);
    for (Index k = 0; k < condition().size(); ++k)
      if (condition().period(k) > 0)
        throw InputError(fmt::format("mixture_oracle does not treat periodic coarse variables; '{}' is one",
                                     condition().names()[static_cast<std::size_t>(k)]));
    Matrix states(64, d);
    RandomSequence random(RandomStream::named(0, {"mixture_oracle probes"}), 0);
    for (Index i = 0; i < states.rows(); ++i)
      for (Index j = 0; j < d; ++j)
        states(i, j) =
            law_.means(i % law_.components(), j) +
            random.normal() * std::sqrt(law_.covariances[static_cast<std::size_t>(i % law_.components())](j, j));
    const AffineCoarse form = affine_coarse(condition(), states,
                                            "is not a linear function of the state, which mixture_oracle needs; "
                                            "condition on type coordinate or linear");
    law_.slopes = form.slopes;
    law_.offset = form.offset;
    law_.label_noise = label_noise(0);
    (void)smallest_with(law_.slopes);  // throws where they depend on each other
    if ((law_.label_noise.array() == 0).count() == d)
      throw InputError("mixture_oracle has nothing to generate: the coarse variables fix the state; give label_noise");
  }

  std::string noise_;
  ObservedMixture law_;
};

}  // namespace

LIFTWELL_COMPONENT(mixture_oracle) {
  return Declaration<ScoreModel, Options>("mixture_oracle",
                                          "The exact score of a given Gaussian mixture, to measure samplers alone; "
                                          "training data are ignored, except for their dimension.")
      .reference(
          "Textbook: normal laws given linear observations, Bishop, Pattern Recognition and Machine Learning (2006), "
          "equations 2.113-2.117.")
      .parameter("noise", &Options::noise, unit::none, "The noise process that is reversed.", required())
      .parameter("weights", &Options::weights, unit::dimensionless,
                 "Weight of each component; only their ratios matter.", required() | above(0))
      .parameter("means", &Options::means, unit::length, "Centre of each component.", required())
      .parameter("sigmas", &Options::sigmas, unit::length,
                 "Standard deviation of each component, or one for all; each one number or one for each coordinate.",
                 above(0))
      .parameter("covariances", &Options::covariances, area,
                 "Instead of sigmas: covariance of each component, or one for all; each row by row.")
      .parameter("condition", &Options::condition, unit::none,
                 "Coarse variables that the law is conditioned on; linear functions of the state.", required())
      .parameter("label_noise", &Options::label_noise, unit::coarse,
                 "Standard deviation of the noise on labels, one number or one for each coarse variable; 0 holds the "
                 "variable exactly. A harmonic window has sqrt(kT/stiffness).",
                 at_least(0))
      .example(
          "{type: mixture_oracle, noise: {type: variance_exploding}, weights: [1, 2], means: [[-1, 0], [1, 0.5]], "
          "sigmas: [0.4, [0.6, 0.5]], "
          "condition: {type: coordinate, index: 0}, label_noise: 0.1}")
      .creates<MixtureOracle>();
}

}  // namespace liftwell
