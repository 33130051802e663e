#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "infersim/scenario/scenario.hpp"
#include "infersim/search/planner.hpp"

namespace infersim {

/// Version of the record: it rises when a key changes its meaning or disappears.
inline constexpr int schema_version = 1;

/// Version of the program.
std::string_view version();

/// What was asked and what came out: all that a report is made of.
struct Answer {
  const Scenario& scenario;
  const PlannedAnswer& planned;

  [[nodiscard]] const Evaluation& best() const { return planned.best; }
  [[nodiscard]] int devices() const { return best().devices(); }
  [[nodiscard]] int nodes() const;
  /// How the framework forms this plan's steps.
  [[nodiscard]] Scheduler scheduler() const;
  /// Bytes of KV cache that are kept on one device for the sequences in flight.
  [[nodiscard]] Bytes kv_in_use() const;
  /// The residual that tells how far such a figure is off; none if nothing was ever measured.
  [[nodiscard]] const ServingResidual* residual(Metric metric) const;
  /// Its interval; none likewise.
  [[nodiscard]] std::optional<Interval> spread(Metric metric) const;
  /// Copies of routed experts that one rank holds of each layer; 0 for a dense model.
  [[nodiscard]] double experts_per_rank() const;
};

/// A value of a field; empty where it does not apply or nobody published it.
using FieldValue = std::variant<std::monostate, bool, std::int64_t, double, std::string>;

enum class FieldRole {
  key,     ///< what was asked, chosen or used
  metric,  ///< what came out
};

/// One figure of the record, from which the JSON document, the comparison and docs/json.md derive.
struct Field {
  std::string_view path;  ///< `decode.tpot_ms`: its place in the document; the unit is its suffix
  FieldRole role;
  std::string_view label;    ///< its line in a comparison, unit included; empty: it has none
  std::string_view meaning;  ///< its line in docs/json.md
  FieldValue (*read)(const Answer&);
  /// P10 and P90 of a measurement over the value; none of figures that residuals do not tell.
  std::optional<Interval> (*spread)(const Answer&) = nullptr;
};

}  // namespace infersim
