#include "infersim/core/provenance.hpp"

#include <array>
#include <cstddef>

namespace infersim {

namespace {

/// In the order of Basis.
constexpr std::array<std::string_view, 5> names = {"datasheet", "measured", "press", "estimate",
                                                   "assumed"};

}  // namespace

std::string_view name(Basis basis) { return names[static_cast<std::size_t>(basis)]; }

std::optional<Basis> parse_basis(std::string_view text) {
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (names[i] == text) return static_cast<Basis>(i);
  }
  return std::nullopt;
}

}  // namespace infersim
