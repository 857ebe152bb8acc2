// SPDX-License-Identifier: MIT
#include "support/small_registry.hpp"

#include <filesystem>
#include <memory>
#include <optional>

#include "liftwell/families/stop_rule.hpp"
#include "liftwell/pipeline/stage.hpp"
#include "support/small_aggregates.hpp"

namespace liftwell::small {
namespace {

struct Potential {
  static FamilyInfo family() { return {"potential", "potentials", "An energy.", ""}; }
  virtual ~Potential() = default;
};
struct System {
  static FamilyInfo family() { return {"system", "systems", "What evolves.", "langevin"}; }
  virtual ~System() = default;
};
struct CoarseVariable {
  static FamilyInfo family() { return {"coarse_variable", "coarse_variables", "A slow direction.", ""}; }
  virtual ~CoarseVariable() = default;
};
struct Bias {
  static FamilyInfo family() { return {"bias", "biases", "An energy of coarse variables.", ""}; }
  virtual ~Bias() = default;
};

struct Ensemble {
  static constexpr const char* type_name = "ensemble";
};
struct Profile {
  static constexpr const char* type_name = "profile";
};

/// Accepts its options and forgets them.
template <class Family, class Options>
struct Idle : Family {
  explicit Idle(const Options&) {}
};

struct HarmonicOptions {
  std::vector<double> centre;
  double stiffness = 1;
};

struct DoubleWellOptions {
  double barrier = 5;
  std::string shape = "quartic";
  bool tilted = false;
  std::int64_t dimension = 1;
  std::optional<double> width;
};

struct MixtureOptions {
  std::vector<std::vector<double>> centres;
  std::map<std::string, double> weights;
  void check(Problems& problems) const {
    if (centres.size() < 2)
      problems.add("centres", "must be at least two points", std::to_string(centres.size()), "2 or more");
  }
};

struct FragileOptions {
  double low = 0;
  double high = 1;
};

struct Fragile : Potential {
  explicit Fragile(const FragileOptions& options) {
    if (options.low >= options.high) throw InputError("the interval from low to high is empty");
  }
};

struct LangevinOptions {
  Component<Potential> potential;
  double temperature = 0;
  double timestep = 0.01;
};

struct EngineOptions {
  std::string file = "system.xml";
  std::filesystem::path structure;
  std::vector<std::filesystem::path> forces;
};

struct CoordinateOptions {
  std::int64_t index = 0;
};

struct SpringOptions {
  std::vector<Component<CoarseVariable>> on;
  double stiffness = 1;
  double cutoff = 3;
};

struct SumOptions {
  std::vector<Component<Bias>> of;
};

struct MoveOptions {
  std::int64_t every = 100;
  double temperature_factor = 1;
  void check(Problems& problems) const {
    if (every == 13) problems.add("every", "brings bad luck", "13", "any other number");
  }
};

struct SimulateOptions {
  Component<System> simulate;
  Component<Bias> bias;
  Inputs<Ensemble> starts;
  std::int64_t walkers = 1;
  std::int64_t steps = 1000;
  MoveOptions moves;
};

struct EstimateOptions {
  std::string estimate = "histogram";
  Inputs<Ensemble> data;
  Input<Profile> guess;
};

struct PruneOptions {
  double prune = 0.5;
  std::string estimate = "none";
  Inputs<Ensemble> data;
};

struct StandardErrorOptions {
  double below = 1;
  Input<Profile> of;
};

template <class Options>
struct IdleStage : Stage {
  explicit IdleStage(const Options&) {}
  [[nodiscard]] Shape check(CheckContext&) const override { return {}; }
  void run(StageContext&) const override {}
};

struct IdleRule : StopRule {
  explicit IdleRule(const StandardErrorOptions& options) : options_(options) {}
  [[nodiscard]] std::vector<StageReference> of() const override { return options_.of.references; }
  [[nodiscard]] StopVerdict judge(const StopEvidences&) const override { return {}; }
  StandardErrorOptions options_;
};

void add_potentials(Registry& registry) {
  registry.add(Declaration<Potential, HarmonicOptions>("harmonic", "A parabola.")
                   .reference("Textbook: V(x) = k/2 |x - c|^2.")
                   .parameter("centre", &HarmonicOptions::centre, unit::length, "Its minimum.", required())
                   .parameter("stiffness", &HarmonicOptions::stiffness, unit::stiffness, "Its curvature.", above(0))
                   .example("{type: harmonic, centre: [0, 0]}")
                   .creates<Idle<Potential, HarmonicOptions>>());
  registry.add(
      Declaration<Potential, DoubleWellOptions>("double_well", "Two minima.")
          .reference("Textbook: V(x) = h (x^2 - 1)^2.")
          .parameter("barrier", &DoubleWellOptions::barrier, unit::energy, "Height between the minima.", inside(0, 100))
          .parameter("shape", &DoubleWellOptions::shape, unit::none, "Form of the wells.",
                     one_of({"quartic", "cosine"}))
          .parameter("tilted", &DoubleWellOptions::tilted, unit::none, "Whether one well is lower.",
                     deprecated("use the bias 'spring'"))
          .parameter("dimension", &DoubleWellOptions::dimension, unit::none, "Number of coordinates.", between(1, 1000))
          .parameter("width", &DoubleWellOptions::width, unit::length, "Distance between the minima.", at_least(0.1))
          .example("{type: double_well, barrier: 3}")
          .creates<Idle<Potential, DoubleWellOptions>>());
  registry.add(Declaration<Potential, MixtureOptions>("mixture", "Several wells.")
                   .reference("Textbook: V(x) = -ln sum_k w_k N(x; c_k).")
                   .parameter("centres", &MixtureOptions::centres, unit::length, "One point for each well.", required())
                   .parameter("weights", &MixtureOptions::weights, unit::dimensionless, "Weights by name.", at_least(0))
                   .example("{type: mixture, centres: [[0, 0], [1, 1]]}")
                   .creates<Idle<Potential, MixtureOptions>>());
  registry.add(Declaration<Potential, FragileOptions>("fragile", "Refuses an empty interval when it is built.")
                   .reference("Textbook: none.")
                   .parameter("low", &FragileOptions::low, unit::length, "Lower end.")
                   .parameter("high", &FragileOptions::high, unit::length, "Upper end.")
                   .example("{type: fragile}")
                   .creates<Fragile>());
}

void add_systems(Registry& registry) {
  registry.add(Declaration<System, LangevinOptions>("langevin", "A potential at a temperature.")
                   .reference("Textbook: Langevin dynamics.")
                   .parameter("potential", &LangevinOptions::potential, unit::none, "Its potential.", required())
                   .parameter("temperature", &LangevinOptions::temperature, unit::temperature, "Thermal energy kT.",
                              required() | above(0))
                   .parameter("timestep", &LangevinOptions::timestep, unit::time, "Time of one step.", above(0))
                   .example("{potential: {type: harmonic, centre: [0]}, temperature: 1}")
                   .creates<Idle<System, LangevinOptions>>());
  registry.add(Declaration<System, EngineOptions>("engine", "A molecule in another program.")
                   .reference("Textbook: none.")
                   .parameter("file", &EngineOptions::file, unit::none, "Description of the molecule.")
                   .parameter("structure", &EngineOptions::structure, unit::none, "Where its atoms are.")
                   .parameter("forces", &EngineOptions::forces, unit::none, "Tables of forces.")
                   .example("{type: engine, file: molecule.xml}")
                   .without_exact_repetition()
                   .creates<Idle<System, EngineOptions>>());
  registry.add(
      Declaration<CoarseVariable, CoordinateOptions>("coordinate", "One coordinate.")
          .reference("Textbook: xi(x) = x_i.")
          .parameter("index", &CoordinateOptions::index, unit::none, "Which one, from 0.", required() | at_least(0))
          .example("{type: coordinate, index: 0}")
          .creates<Idle<CoarseVariable, CoordinateOptions>>());
  registry.add(Declaration<Bias, SpringOptions>("spring", "A harmonic restraint.")
                   .reference("Textbook: U = k/2 (xi - c)^2.")
                   .parameter("on", &SpringOptions::on, unit::none, "Coarse variables it acts on.", required())
                   .parameter("stiffness", &SpringOptions::stiffness, unit::coarse_stiffness, "Its curvature.",
                              required() | above(0) | renamed_from("k"))
                   .parameter("cutoff", &SpringOptions::cutoff, unit::window_sigma, "Where it ends.", above(0))
                   .example("{type: spring, on: {type: coordinate, index: 0}, stiffness: 10}")
                   .creates<Idle<Bias, SpringOptions>>());
  registry.add(Declaration<Bias, SumOptions>("sum", "Several biases at once.")
                   .reference("Textbook: U = sum_k U_k.")
                   .parameter("of", &SumOptions::of, unit::none, "The biases that are added.", required())
                   .example("{type: sum, of: []}")
                   .creates<Idle<Bias, SumOptions>>());
}

void add_stages(Registry& registry) {
  registry.add(Declaration<Stage, SimulateOptions>("simulate", "Runs walkers.")
                   .reference("Textbook: molecular dynamics.")
                   .parameter("simulate", &SimulateOptions::simulate, unit::none, "The system.", required())
                   .parameter("bias", &SimulateOptions::bias, unit::none, "A bias.")
                   .parameter("starts", &SimulateOptions::starts, unit::none, "Where walkers begin.")
                   .parameter("walkers", &SimulateOptions::walkers, unit::none, "How many.", between(1, 100000))
                   .parameter("steps", &SimulateOptions::steps, unit::none, "How long.", at_least(1))
                   .group("moves", &SimulateOptions::moves, "Jumps between wells.",
                          Group<MoveOptions>()
                              .parameter("every", &MoveOptions::every, unit::none, "Steps between jumps.", at_least(1))
                              .parameter("temperature_factor", &MoveOptions::temperature_factor, unit::dimensionless,
                                         "Heat of the proposals.", above(0)))
                   .produces<Ensemble>()
                   .example("{simulate: {potential: {type: harmonic, centre: [0]}, temperature: 1}, steps: 10}")
                   .creates<IdleStage<SimulateOptions>>());
  registry.add(Declaration<Stage, EstimateOptions>("estimate", "Computes a profile.")
                   .reference("Textbook: F = -kT ln p.")
                   .parameter("estimate", &EstimateOptions::estimate, unit::none, "By which method.",
                              required() | one_of({"histogram", "mbar"}))
                   .parameter("data", &EstimateOptions::data, unit::none, "From which stages.", required())
                   .parameter("guess", &EstimateOptions::guess, unit::none, "Where to begin.")
                   .produces<Profile>()
                   .example("{estimate: mbar, data: explore}")
                   .creates<IdleStage<EstimateOptions>>());
  registry.add(
      Declaration<Stage, PruneOptions>("prune", "Keeps a part of the data; may also estimate.")
          .reference("Textbook: none.")
          .parameter("prune", &PruneOptions::prune, unit::dimensionless, "Fraction kept.", required() | between(0, 1))
          .parameter("estimate", &PruneOptions::estimate, unit::none, "What to compute on the way.")
          .parameter("data", &PruneOptions::data, unit::none, "From which stages.")
          .produces<Ensemble>()
          .example("{prune: 0.5}")
          .creates<IdleStage<PruneOptions>>());
  registry.add(
      Declaration<StopRule, StandardErrorOptions>("standard_error", "Stops when errors are small.")
          .reference("Textbook: s / sqrt(n).")
          .parameter("below", &StandardErrorOptions::below, unit::energy, "The error wanted.", required() | above(0))
          .parameter("of", &StandardErrorOptions::of, unit::none, "The stage it reads.", required())
          .example("{type: standard_error, below: 0.1, of: profile}")
          .creates<IdleRule>());
}

}  // namespace

const Registry& registry() {
  static const Registry made = [] {
    Registry out;
    add_potentials(out);
    add_systems(out);
    add_stages(out);
    add_aggregates(out);
    return out;
  }();
  return made;
}

}  // namespace liftwell::small
