#include "infersim/explore/sensitivity.hpp"

#include <algorithm>
#include <cmath>
#include <mutex>
#include <utility>

#include <fmt/format.h>

#include "explore/varied.hpp"
#include "infersim/core/diagnostic.hpp"
#include "infersim/core/parallel.hpp"
#include "infersim/report/metric_fields.hpp"
#include "infersim/scenario/evaluate.hpp"

namespace infersim {
namespace {

/// What moves by less says nothing: a plan's whole numbers and the curves of closed loops.
constexpr double least_told = 0.002;

class Study {
 public:
  Study(const Catalog& catalog, const Question& question, const Evaluation& base,
        const std::vector<const Field*>& metrics)
      : catalog_(catalog), question_(question), base_(base), metrics_(metrics) {}

  /// The metrics with a figure at `value`; none where the descriptions then are wrong or the plan
  /// cannot run.
  std::optional<std::vector<std::optional<double>>> at(const VariedFigure& figure,
                                                       double value) const {
    Question question = question_;
    question.set.push_back(figure.at(value));
    try {
      const Scenario scenario = load_scenario(catalog_, question);
      auto evaluation = evaluate(scenario, base_.plan, base_.batch, base_.replicas);
      if (!evaluation) return std::nullopt;
      PlannedAnswer planned;
      planned.best = *std::move(evaluation);
      std::vector<std::optional<double>> values;
      for (const Field* metric : metrics_)
        values.push_back(metric_value(*metric, Answer{scenario, planned}));
      return values;
    } catch (const InputError&) {
      return std::nullopt;
    }
  }

  std::optional<FigureSensitivity> of(const VariedFigure& figure, double step) const {
    const double up = figure.times(1.0 + step);
    const double down = figure.times(1.0 - step);
    if (!(up / down > 0.0) || up == down) return std::nullopt;
    const auto above = at(figure, up);
    const auto below = at(figure, down);
    if (!above || !below) return std::nullopt;
    FigureSensitivity found{figure.key, figure.value, {}};
    for (std::size_t i = 0; i < metrics_.size(); ++i) {
      const auto& high = (*above)[i];
      const auto& low = (*below)[i];
      const bool known = high && low && *high / *low > 0.0 && std::isfinite(*high / *low);
      found.elasticity.push_back(known ? std::optional(std::log(*high / *low) / std::log(up / down))
                                       : std::nullopt);
    }
    return found;
  }

 private:
  const Catalog& catalog_;
  const Question& question_;
  const Evaluation& base_;
  const std::vector<const Field*>& metrics_;
};

}  // namespace

double FigureSensitivity::greatest() const {
  double most = 0.0;
  for (const auto& e : elasticity)
    most = std::max(most, std::abs(e.value_or(0.0)));
  return most;
}

Feasible<Sensitivities> sensitivities(
    const Catalog& catalog, const Question& question, std::vector<const Field*> metrics,
    double step, const std::function<void(std::size_t, std::size_t)>& progress) {
  Scenario scenario = load_scenario(catalog, question);
  auto planned = find_plan(scenario);
  if (!planned) return tl::unexpected(planned.error());
  Sensitivities result{.scenario = std::move(scenario),
                       .answer = *std::move(planned),
                       .metrics = std::move(metrics),
                       .values = {},
                       .step = step,
                       .figures = {},
                       .not_varied = {}};
  for (const Field* metric : result.metrics)
    result.values.push_back(metric_value(*metric, Answer{result.scenario, result.answer}));
  const std::vector<VariedFigure> all = varied_figures(catalog, question);
  const Study study(catalog, question, result.answer.best, result.metrics);
  std::vector<std::optional<FigureSensitivity>> found(all.size());
  std::mutex told;
  std::size_t done = 0;
  for_each_index(0, all.size(), [&](std::size_t i) {
    found[i] = study.of(all[i], step);
    const std::scoped_lock lock(told);
    progress(++done, all.size());
  });
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (!found[i]) {
      result.not_varied.push_back(all[i].key);
    } else if (found[i]->greatest() < least_told) {
      ++result.without_effect;
    } else {
      result.figures.push_back(*std::move(found[i]));
    }
  }
  std::stable_sort(result.figures.begin(), result.figures.end(),
                   [](const FigureSensitivity& a, const FigureSensitivity& b) {
                     return a.greatest() > b.greatest();
                   });
  return result;
}

}  // namespace infersim
