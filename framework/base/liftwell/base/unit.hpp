// SPDX-License-Identifier: MIT
// Units of parameters: what a number in the workflow is measured in.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace liftwell {

/// The physical dimension of a parameter. `name` is what users read. A number without a written
/// unit is in the internal unit of its dimension: reduced units, or nm, ps, kJ/mol, K, Da.
/// `coarse` stands for the unit of the coarse variable, which only the workflow knows.
struct Unit {
  std::string_view name;

  friend bool operator==(const Unit& a, const Unit& b) { return a.name == b.name; }
};

namespace unit {
inline constexpr Unit none{""};  ///< for values that are no real numbers: names, counts, switches
inline constexpr Unit dimensionless{"dimensionless"};
inline constexpr Unit length{"length"};
inline constexpr Unit inverse_length_squared{"1/length^2"};
inline constexpr Unit time{"time"};
inline constexpr Unit inverse_time{"1/time"};
inline constexpr Unit energy{"energy"};
inline constexpr Unit temperature{"energy (kT)"};  ///< also accepts kelvin
inline constexpr Unit mass{"mass"};
inline constexpr Unit mobility{"length^2/(energy time)"};
inline constexpr Unit stiffness{"energy/length^2"};
inline constexpr Unit compliance{"length^2/energy"};
inline constexpr Unit angle{"angle"};  ///< only coarse variables are angles
inline constexpr Unit coarse{"coarse"};
inline constexpr Unit coarse_force{"energy/coarse"};
inline constexpr Unit coarse_stiffness{"energy/coarse^2"};
inline constexpr Unit coarse_speed{"coarse/time"};
inline constexpr Unit window_sigma{"sigma"};  ///< standard deviations sqrt(kT/stiffness) of the window
inline constexpr Unit thermal{"kT"};          ///< multiples of the thermal energy
}  // namespace unit

/// The same of a coarse variable that is a length, an angle or dimensionless: of "energy/coarse^2" and `angle`,
/// "energy/angle^2"; `unit` itself where it is not about coarse variables.
[[nodiscard]] Unit of_measure(Unit unit, Unit measure);

/// The factor that turns one written unit ("fs") into the internal unit of `unit`, or nothing
/// when that spelling is not a unit of this dimension.
[[nodiscard]] std::optional<double> unit_factor(Unit unit, std::string_view written);

/// Whether `written` is a unit of any dimension.
[[nodiscard]] bool is_unit(std::string_view written);

/// The spellings accepted for `unit`, for messages and for the JSON Schema.
[[nodiscard]] std::vector<std::string> unit_spellings(Unit unit);

}  // namespace liftwell
