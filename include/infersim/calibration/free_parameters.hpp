#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "infersim/cost/kernel_class.hpp"
#include "infersim/cost/kernel_efficiency.hpp"
#include "infersim/cost/kernel_parameters.hpp"
#include "infersim/cost/parameter.hpp"

namespace infersim {

/// How many fixed points a fit starts from; the best end of all is taken.
inline constexpr std::size_t start_count = 2;

/// A continuous parameter that fits choose, in base units. Sizes of tiles, sets of them, counts and
/// switches are not among them: they are taken from the description that is refined.
struct FreeParameter {
  std::string_view key;  ///< as in the description
  double least = 0;
  double most = 0;
  std::array<double, start_count> starts{};
  /// Standard deviation over the families of chips: of the logarithm, or of the value itself where
  /// that may be 0. It is the prior of a fit of few rows.
  double spread = 0;
  bool logarithmic = true;

  /// The coordinate of a value in which the solver moves, and back.
  [[nodiscard]] double scaled(double value) const;
  [[nodiscard]] double value(double scaled) const;
};

/// One of them with what reads and writes it.
template <class Owner>
struct Coordinate {
  FreeParameter free;
  Parameter<Owner> parameter;
};

using KernelCoordinate = Coordinate<KernelEfficiency>;

/// Adds those of `parameters` that a fit may choose: the description gives them, and not as 0,
/// which says that there is no such term.
template <class Owner>
void add_coordinates(std::span<const Parameter<Owner>> parameters,
                     std::span<const FreeParameter> free, const Owner& described,
                     const std::vector<std::string>& keys, std::vector<Coordinate<Owner>>& into) {
  for (const Parameter<Owner>& parameter : parameters) {
    const auto found = std::ranges::find(free, parameter.key, &FreeParameter::key);
    if (found == free.end()) continue;
    if (std::ranges::find(keys, parameter.key) == keys.end()) continue;
    if (found->logarithmic && parameter.get(described) <= 0) continue;
    into.push_back({*found, parameter});
  }
}

/// The continuous parameters of a class of kernels, at most about a dozen of which a description
/// names.
std::span<const FreeParameter> free_parameters(KernelClass kernel);

/// The same of an operation of a communication library, of a framework's own all-reduce, and of a
/// pass of its exchange.
std::span<const FreeParameter> free_library_parameters();
std::span<const FreeParameter> free_custom_parameters();
std::span<const FreeParameter> free_exchange_parameters();

/// Those that a fit of such kernels may choose.
std::vector<KernelCoordinate> kernel_coordinates(KernelClass kernel,
                                                 const KernelEfficiency& described,
                                                 const std::vector<std::string>& keys);

}  // namespace infersim
