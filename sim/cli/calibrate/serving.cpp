#include "cli/calibrate/serving.hpp"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <map>

#include <fmt/format.h>

#include "calibration/solver/ceres_solver.hpp"
#include "cli/calibrate/fitted_files.hpp"
#include "cli/calibrate/framework_text.hpp"
#include "cli/output.hpp"
#include "infersim/calibration/fit_error.hpp"
#include "infersim/core/diagnostic.hpp"
#include "infersim/validation/framework_terms.hpp"
#include "infersim/validation/served_point.hpp"
#include "infersim/validation/serving_fit.hpp"

namespace infersim::cli {

namespace {

constexpr std::string_view metrics[] = {"ttft", "tpot", "tokens_per_s_per_device"};

double value_of(const RunResidual& residual, std::string_view metric) {
  if (metric == "ttft") return residual.ttft;
  return metric == "tpot" ? residual.tpot : residual.tokens;
}

/// Errors, and P10 and P90 of measured over predicted.
struct Spread {
  FitError error;
  double p10 = 1;
  double p90 = 1;
};

/// Nothing of a metric that no row can be used for.
std::optional<Spread> spread_of(const std::vector<RunResidual>& residuals, std::string_view metric,
                                std::string_view data) {
  std::vector<double> logs;
  std::vector<double> ratios;
  for (const RunResidual& residual : residuals) {
    if (!data.empty() && residual.data != data) continue;
    if (metric == "ttft" && !residual.ttft_usable && data.empty()) continue;
    logs.push_back(value_of(residual, metric));
    ratios.push_back(std::exp(-logs.back()));
  }
  if (logs.empty()) return std::nullopt;
  return Spread{fit_error(logs), quantile(ratios, 0.1), quantile(ratios, 0.9)};
}

double coverage(const std::vector<RunResidual>& residuals, std::string_view metric,
                const Spread& interval) {
  double inside = 0;
  for (const RunResidual& residual : residuals) {
    const double ratio = std::exp(-value_of(residual, metric));
    if (ratio >= interval.p10 && ratio <= interval.p90) inside += 1;
  }
  return inside / static_cast<double>(residuals.size());
}

std::string_view regime(ServingFolds folds) {
  return folds == ServingFolds::rows ? "fitted" : name(folds);
}

/// One line of `serving_cv.json`.
std::string json_line(std::string_view folds, std::string_view framework, std::string_view data,
                      std::string_view metric, const FitError& error, double covered) {
  return fmt::format(
      R"(  {{"folds": "{}", "framework": "{}", "data": "{}", "metric": "{}", "rows": {}, )"
      R"("bias": {:.3f}, "median": {:.2f}, "mean": {:.2f}, "coverage": {:.3f}}})",
      folds, framework, data, metric, error.rows, error.bias, 100 * error.median, 100 * error.mean,
      covered);
}

class Summary {
 public:
  void add(const FrameworkFit& fit) {
    for (const auto& [folds, left] : fit.left_out) {
      if (left.empty()) continue;
      add(name(folds), fit.framework, left);
      auto& pool = pooled_[folds];
      pool.insert(pool.end(), left.begin(), left.end());
    }
  }

  void finish() {
    for (const auto& [folds, residuals] : pooled_)
      add(name(folds), "*", residuals);
  }

  /// What was left out, over all metrics and tables.
  void add(std::string_view folds, std::string_view framework,
           const std::vector<RunResidual>& residuals) {
    for (const std::string_view metric : metrics)
      add(folds, framework, metric, residuals);
  }

  [[nodiscard]] std::string json() const {
    std::string text = "[\n";
    for (std::size_t i = 0; i < lines_.size(); ++i)
      text += lines_[i] + (i + 1 < lines_.size() ? ",\n" : "\n");
    return text + "]\n";
  }
  [[nodiscard]] const std::string& table() const { return table_; }

 private:
  void add(std::string_view folds, std::string_view framework, std::string_view metric,
           const std::vector<RunResidual>& residuals) {
    std::vector<std::string> tables;
    for (const RunResidual& residual : residuals) {
      if (std::find(tables.begin(), tables.end(), residual.data) == tables.end()) {
        tables.push_back(residual.data);
      }
    }
    for (const std::string& data : tables) {
      const auto spread = spread_of(residuals, metric, data);
      if (!spread) continue;
      const FitError& error = spread->error;
      std::vector<RunResidual> own;
      std::copy_if(residuals.begin(), residuals.end(), std::back_inserter(own),
                   [&](const RunResidual& each) { return each.data == data; });
      const double covered = coverage(own, metric, *spread_of(residuals, metric, ""));
      lines_.push_back(json_line(folds, framework, data, metric, error, covered));
      table_ += fmt::format("{:15} {:8} {:12} {:24} {:5} {:7.3f} {:8.1f} {:6.1f} {:6.2f}\n", folds,
                            framework, data, metric, error.rows, error.bias, 100 * error.median,
                            100 * error.mean, covered);
    }
  }

  std::map<ServingFolds, std::vector<RunResidual>> pooled_;
  std::vector<std::string> lines_;
  std::string table_ =
      fmt::format("{:15} {:8} {:12} {:24} {:>5} {:>7} {:>8} {:>6} {:>6}\n", "left", "by", "data",
                  "metric", "rows", "bias", "median %", "mean %", "cover");
};

std::vector<FrameworkResidual> residuals_of(const FrameworkFit& fit) {
  std::vector<FrameworkResidual> residuals;
  for (const auto& [folds, left] : fit.left_out) {
    if (beyond_of(folds)) continue;
    for (const std::string_view metric : metrics) {
      if (left.empty()) continue;
      if (const auto s = spread_of(left, metric, "")) {
        residuals.push_back({std::string(regime(folds)), std::string(metric), s->p10, s->p90,
                             s->error.rows, s->error.median});
      }
    }
  }
  return residuals;
}

/// By how much runs beyond the others were off more than those within.
std::vector<FrameworkWidening> widenings_of(const FrameworkFit& fit) {
  std::vector<FrameworkWidening> widenings;
  const auto within = fit.left_out.find(ServingFolds::rows);
  if (within == fit.left_out.end()) return widenings;
  for (const auto& [folds, left] : fit.left_out) {
    const auto beyond = beyond_of(folds);
    if (!beyond) continue;
    for (const std::string_view metric : metrics) {
      const auto inside = spread_of(within->second, metric, "");
      const auto outside = spread_of(left, metric, "");
      if (!inside || !outside) continue;
      widenings.push_back({std::string(name(*beyond)), std::string(metric),
                           std::min(1.0, outside->p10 / inside->p10),
                           std::max(1.0, outside->p90 / inside->p90), outside->error.rows});
    }
  }
  return widenings;
}

/// Runs that can be interpreted, by the framework that served them.
std::map<std::string, std::vector<ServingSample>> samples_by_framework(
    const std::vector<MeasuredTable>& tables, CatalogNames& names) {
  std::map<std::string, std::vector<ServingSample>> by_framework;
  for (const MeasuredTable& table : tables) {
    for (ServingPoint& point : read_serving_points(table).points) {
      if (point.burst()) continue;
      const auto& chip = names.chip(point.chip, point.framework, point.source);
      const auto& model = names.model(point.model);
      if (!chip || !model || !serve_point(point, *chip, *model)) continue;
      by_framework[chip->framework.description].push_back(
          {std::string(table.stem()), std::move(point), &*chip, &*model});
    }
  }
  return by_framework;
}

}  // namespace

void calibrate_serving(const std::vector<MeasuredTable>& tables, const Catalog& catalog,
                       const std::string& framework, const std::string& directory) {
  CatalogNames names(catalog);
  Summary summary;
  for (const auto& [id, samples] : samples_by_framework(tables, names)) {
    if (!framework.empty() && samples.front().chip->framework.id != framework) continue;
    const FrameworkFit fit = fit_framework(
        samples, solve_with_ceres, [](const std::string& what) { print_message(what + "\n"); });
    summary.add(fit);
    print(fmt::format("{}, {} rows\n", id, samples.size()));
    const auto terms = framework_terms();
    for (std::size_t i = 0; i < terms.size(); ++i) {
      print(fmt::format("  {:9} {:17} {}\n", terms[i].table, terms[i].key,
                        term_text(terms[i], fit.values[i])));
    }
    if (directory.empty()) continue;
    const Description own = catalog.get(DescriptionKind::framework, id);
    write_description(directory, DescriptionKind::framework, id,
                      with_fit(own.text, fit, residuals_of(fit), widenings_of(fit)));
  }
  summary.finish();
  print(summary.table());
  if (!directory.empty())
    write_fitted(std::filesystem::path(directory) / "serving_cv.json", summary.json());
}

void predict_left_out_serving(const std::vector<MeasuredTable>& tables, const Catalog& catalog,
                              const std::string& device, const std::string& family, bool as_json) {
  CatalogNames names(catalog);
  if (!family.empty()) names.count_as(device, family);
  std::vector<RunResidual> all;
  for (const auto& [id, samples] : samples_by_framework(tables, names)) {
    std::vector<bool> held;
    for (const ServingSample& sample : samples)
      held.push_back(sample.chip->device.id == device);
    if (std::find(held.begin(), held.end(), true) == held.end()) continue;
    print_message(fmt::format("{} without {}\n", id, device));
    const std::vector<RunResidual> residuals = residuals_without(samples, held, solve_with_ceres);
    all.insert(all.end(), residuals.begin(), residuals.end());
  }
  if (all.empty()) throw InputError(fmt::format("--leave-out: no run is of {}", device));
  Summary summary;
  summary.add(family.empty() ? device : fmt::format("{} by {}", device, family), "*", all);
  print(as_json ? summary.json() : summary.table());
}

}  // namespace infersim::cli
