#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace infersim {

/// On what a figure rests, from firm to soft.
enum class Basis { datasheet, measured, press, estimate, assumed };

std::string_view name(Basis basis);
std::optional<Basis> parse_basis(std::string_view text);

/// Where the figures of one table of a description come from.
struct Provenance {
  Basis basis = Basis::assumed;
  std::string source;  ///< title of the source, resolved from the file's [sources.*] table
  std::string date;    ///< date of the source as written there; may be empty
  std::string note;    ///< derivation, conflict with another source; may be empty
  /// Why figures that stand out among their neighbours are right all the same; mostly empty.
  std::string unusual = {};
};

}  // namespace infersim
