#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "infersim/cost/kernel_class.hpp"
#include "infersim/cost/kernel_efficiency.hpp"
#include "infersim/cost/kernel_parameters.hpp"

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
};

/// The continuous parameters of a class, at most about a dozen of which a description names.
std::span<const FreeParameter> free_parameters(KernelClass kernel);

/// One of them with what reads and writes it.
struct FreeCoordinate {
  FreeParameter free;
  KernelParameter parameter;

  /// The coordinate of a value in which the solver moves, and back.
  [[nodiscard]] double scaled(double value) const;
  [[nodiscard]] double value(double scaled) const;
};

/// Those that a fit of such kernels may choose: the description names them, and not as 0, which
/// says that kernels have no such term.
std::vector<FreeCoordinate> coordinates(KernelClass kernel, const KernelEfficiency& described,
                                        const std::vector<std::string>& keys);

}  // namespace infersim
