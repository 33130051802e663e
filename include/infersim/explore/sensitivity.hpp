#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "infersim/core/catalog.hpp"
#include "infersim/report/schema.hpp"
#include "infersim/scenario/question.hpp"
#include "infersim/search/planner.hpp"

namespace infersim {

/// By how much figures that come out move with one that a description has.
struct FigureSensitivity {
  std::string key;    ///< as `--set` takes it: `device.memory.HBM3e.bandwidth`
  std::string value;  ///< as it is written
  /// d ln y / d ln x of each metric; none where it has no value.
  std::vector<std::optional<double>> elasticity;

  /// The greatest, whatever its sign.
  [[nodiscard]] double greatest() const;
};

struct Sensitivities {
  Scenario scenario;
  PlannedAnswer answer;  ///< at the figures as they are
  std::vector<const Field*> metrics;
  std::vector<std::optional<double>> values;  ///< of the metrics
  double step = 0;                            ///< by which each figure was moved to either side
  std::vector<FigureSensitivity> figures;     ///< greatest first; those that move anything
  std::size_t without_effect = 0;             ///< figures that move nothing
  std::vector<std::string> not_varied;        ///< that nothing can be said of: alone they are wrong
};

/// Elasticities of an answer at the plan and batch that it has: each number that the descriptions
/// of the question's device, system, site, framework, model and traffic say is moved by `step` of
/// it to both sides (a whole one by at least one), and
///
///     e = ln(y+/y-) / ln(x+/x-)
///
/// so that 1 is proportional. Efficiencies of kernels are no figures of these descriptions. Throws
/// InputError for what the question has wrong. `progress` is told how many of how many are done,
/// one call at a time.
Feasible<Sensitivities> sensitivities(
    const Catalog& catalog, const Question& question, std::vector<const Field*> metrics,
    double step, const std::function<void(std::size_t, std::size_t)>& progress);

}  // namespace infersim
