// SPDX-License-Identifier: MIT
// Exact answers by tabulating exp(−V/kT) on a grid: potentials of up to three dimensions.
#include <fmt/format.h>

#include <functional>
#include <utility>

#include "boltzmann_table.hpp"
#include "liftwell/families/reference.hpp"
#include "liftwell/registry/registry.hpp"

namespace liftwell {
namespace {

struct Options {
  std::vector<double> low;
  std::vector<double> high;
  std::vector<std::int64_t> points = {200};

  void check(Problems& problems) const {
    const std::size_t dimension = low.size();
    if (dimension < 1 || dimension > 3)
      problems.add("low", "must give one to three numbers, one per dimension", fmt::format("{}", dimension));
    if (high.size() != dimension)
      problems.add("high", "must have as many numbers as 'low'", fmt::format("{}", high.size()),
                   fmt::format("{} numbers", dimension));
    for (std::size_t k = 0; k < std::min(dimension, high.size()); ++k)
      if (!(low[k] < high[k]))
        problems.add("high", "must be above 'low' in every dimension", fmt::format("{}", high[k]),
                     fmt::format("a number above {}", low[k]));
    if (points.size() != 1 && points.size() != dimension)
      problems.add("points", "must be one number or one per dimension", fmt::format("{} numbers", points.size()));
  }
};

/// V(x) + bias(ξ(x); z), evaluated together.
class WindowSurface final : public EnergySurface {
 public:
  WindowSurface(const Potential& potential, const Bias* bias, Vector z)
      : potential_(potential), bias_(bias), z_(std::move(z)) {}
  Index dimension() const override { return potential_.dimension(); }
  void evaluate(ConstBlock x, double* energy, Block gradient) const override {
    potential_.evaluate(x, energy, gradient);
    if (bias_ == nullptr) return;
    BlockBuffer xi(z_.size(), x.lanes()), centre(z_.size(), x.lanes()), added(1, x.lanes());
    bias_->coarse().values(x, xi.block());
    for (Index k = 0; k < z_.size(); ++k) centre.block().row(k).setConstant(z_[k]);
    bias_->evaluate(std::as_const(xi).block(), std::as_const(centre).block(), added.block().data(), {});
    for (Index lane = 0; lane < x.lanes(); ++lane) energy[lane] += added.block()(0, lane);
  }

 private:
  const Potential& potential_;
  const Bias* bias_;
  Vector z_;
};

/// Where a coarse variable is x_i + offset: i and the offset.
struct PlainCoordinate {
  Index index = -1;
  double offset = 0;
};

class Quadrature final : public Reference {
 public:
  explicit Quadrature(const Options& options) : options_(options) {}

  std::string misfit(const Potential& potential, const CoarseMap& coarse) const override {
    if (potential.dimension() != dimension())
      return fmt::format("the box has {} dimensions, the potential {}", dimension(), potential.dimension());
    if (auto text = coarse.misfit(dimension()); !text.empty()) return text;
    std::vector<bool> taken(options_.low.size(), false);
    for (Index k = 0; k < coarse.size(); ++k) {
      const PlainCoordinate plain = plain_coordinate(coarse[k]);
      if (plain.index < 0)
        return fmt::format("quadrature needs coarse variables that are single coordinates; '{}' is not",
                           coarse.names()[static_cast<std::size_t>(k)]);
      if (coarse[k].period())
        return fmt::format("quadrature does not treat periodic coarse variables; '{}' is one",
                           coarse.names()[static_cast<std::size_t>(k)]);
      if (taken[static_cast<std::size_t>(plain.index)]) return "two coarse variables are the same coordinate";
      taken[static_cast<std::size_t>(plain.index)] = true;
    }
    return {};
  }

  Vector probabilities(const Potential& potential, const CoarseMap& coarse, double thermal_energy, const Matrix& low,
                       const Matrix& high) const override {
    const double whole = log_weight(potential, coarse, thermal_energy, Vector::Constant(coarse.size(), -infinity),
                                    Vector::Constant(coarse.size(), infinity));
    Vector out(low.rows());
    for (Index i = 0; i < low.rows(); ++i)
      out[i] = std::exp(log_weight(potential, coarse, thermal_energy, low.row(i), high.row(i)) - whole);
    return out;
  }

  /// The box must hold the law, and the grid resolve it.
  std::string doubt(const Potential& potential, double thermal_energy) const override {
    constexpr double cut = 1e-6, change = 1e-3;
    constexpr Index most = 4'000'000;  // nodes
    const auto table = [&](Index finer) {
      std::vector<TableAxis> axes;
      for (Index k = 0; k < dimension(); ++k) axes.push_back(even_axis(low(k), high(k), finer * (points(k) - 1) + 1));
      return BoltzmannTable(potential, thermal_energy, std::move(axes));
    };
    const BoltzmannTable own = table(1);
    if (!std::isfinite(own.log_integral())) return "the energy is finite nowhere in its box";
    if (own.size() << dimension() <= most) {
      const double off = std::abs(std::expm1(table(2).log_integral() - own.log_integral()));
      if (off > change)
        return fmt::format("its integral changes by {:.1g} % with twice as many points; raise 'points'", 100 * off);
    }
    const Matrix held = own.support(cut);
    for (Index k = 0; k < dimension(); ++k)
      if (held(k, 0) <= low(k) || held(k, 1) >= high(k))
        return fmt::format(
            "its box cuts the law off at {} of coordinate {}, where the density is above {:.0e} of its "
            "largest; widen 'low' and 'high'",
            held(k, 0) <= low(k) ? low(k) : high(k), k, cut);
    return {};
  }

  Matrix conditional(const Potential& potential, const CoarseMap& coarse, double thermal_energy, const Vector& z,
                     const Bias* bias, Index count, const RandomStream& stream) const override {
    const auto fixed = plain_coordinates(potential, coarse);
    Matrix box(dimension(), 2);
    for (Index k = 0; k < dimension(); ++k) box.row(k) << low(k), high(k);
    if (bias == nullptr)
      for (std::size_t k = 0; k < fixed.size(); ++k)
        box.row(fixed[k].index).setConstant(z[static_cast<Index>(k)] - fixed[k].offset);
    Index free = 0;
    for (Index k = 0; k < dimension(); ++k) free += box(k, 0) < box(k, 1);

    // A first look finds where the law lives (12 σ of a Gaussian), a second tabulates it finely
    // there. Interpolation adds h²/6 to a variance: at these counts well below 1 % for each branch.
    const WindowSurface surface(potential, bias, z);
    const auto table = [&](const Matrix& range, const std::function<Index(Index)>& nodes) {
      std::vector<TableAxis> axes;
      for (Index k = 0; k < dimension(); ++k)
        axes.push_back(even_axis(range(k, 0), range(k, 1), range(k, 0) < range(k, 1) ? nodes(k) : 1));
      return BoltzmannTable(surface, thermal_energy, std::move(axes));
    };
    const Index coarse_limit = free > 2 ? 64 : 400;
    const Index fine = free > 2 ? 128 : 400;
    const Matrix range = table(box, [&](Index k) { return std::min(points(k), coarse_limit); }).support(1e-8);
    return table(range, [&](Index) { return fine; }).draw(count, stream);
  }

 private:
  static constexpr double infinity = std::numeric_limits<double>::infinity();

  Index dimension() const { return static_cast<Index>(options_.low.size()); }
  double low(Index k) const { return options_.low[static_cast<std::size_t>(k)]; }
  double high(Index k) const { return options_.high[static_cast<std::size_t>(k)]; }
  Index points(Index k) const { return options_.points[options_.points.size() > 1 ? static_cast<std::size_t>(k) : 0]; }

  /// Recognises x_i + offset by gradient and value at scattered points of the box.
  PlainCoordinate plain_coordinate(const CoarseVariable& variable) const {
    constexpr Index probes = 16;
    BlockBuffer x(dimension(), probes), value(1, probes), gradient(dimension(), probes);
    for (Index k = 0; k < dimension(); ++k)
      for (Index lane = 0; lane < probes; ++lane) {
        const double share = std::fmod(static_cast<double>(lane + 1) * std::sqrt(2.0 + static_cast<double>(k)), 1.0);
        x.block()(k, lane) = low(k) + share * (high(k) - low(k));
      }
    variable.evaluate(std::as_const(x).block(), value.block().data(), gradient.block());
    PlainCoordinate out;
    Eigen::Map<const Matrix> slopes(gradient.block().data(), dimension(), probes);
    slopes.col(0).maxCoeff(&out.index);
    out.offset = value.block()(0, 0) - x.block()(out.index, 0);
    for (Index lane = 0; lane < probes; ++lane) {
      for (Index k = 0; k < dimension(); ++k)
        if (std::abs(slopes(k, lane) - (k == out.index ? 1 : 0)) > 1e-12) return {};
      if (std::abs(value.block()(0, lane) - x.block()(out.index, lane) - out.offset) > 1e-9) return {};
    }
    return out;
  }

  std::vector<PlainCoordinate> plain_coordinates(const Potential& potential, const CoarseMap& coarse) const {
    if (const auto text = misfit(potential, coarse); !text.empty()) throw InputError(text);
    std::vector<PlainCoordinate> out;
    for (Index k = 0; k < coarse.size(); ++k) out.push_back(plain_coordinate(coarse[k]));
    return out;
  }

  /// ln ∫ exp(−V/kT) over the box with the coarse variables between `from` and `to`; −∞ when outside.
  double log_weight(const Potential& potential, const CoarseMap& coarse, double thermal_energy, const Vector& from,
                    const Vector& to) const {
    const auto plain = plain_coordinates(potential, coarse);
    std::vector<TableAxis> axes;
    for (Index k = 0; k < dimension(); ++k) axes.push_back(even_axis(low(k), high(k), points(k)));
    for (std::size_t c = 0; c < plain.size(); ++c) {
      const Index k = plain[c].index;
      const double begin = std::max(low(k), from[static_cast<Index>(c)] - plain[c].offset);
      const double end = std::min(high(k), to[static_cast<Index>(c)] - plain[c].offset);
      if (!(begin < end)) return -infinity;
      const double density = static_cast<double>(points(k)) / (high(k) - low(k)) / 4;  // panels per length
      axes[static_cast<std::size_t>(k)] =
          panel_axis(begin, end, std::max<Index>(1, static_cast<Index>(std::ceil((end - begin) * density))));
    }
    return BoltzmannTable(potential, thermal_energy, std::move(axes)).log_integral();
  }

  Options options_;
};

}  // namespace

LIFTWELL_COMPONENT(quadrature) {
  return Declaration<Reference, Options>("quadrature", "Exact answers on a grid, up to three dimensions.")
      .reference("Textbook: trapezoid rule across the box, four-point Gauss-Legendre along coarse variables.")
      .parameter("low", &Options::low, unit::length, "Lower corner of the box, which must hold all the weight.",
                 required())
      .parameter("high", &Options::high, unit::length, "Upper corner of the box.", required())
      .parameter("points", &Options::points, unit::none,
                 "Grid points per dimension (one number for all); two per standard deviation of the stiffest "
                 "direction suffice.",
                 at_least(8))
      .example("{type: quadrature, low: [-2, -1], high: [1.5, 2.5], points: [200, 200]}")
      .creates<Quadrature>();
}

}  // namespace liftwell
