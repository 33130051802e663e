#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "infersim/calibration/fit_error.hpp"
#include "infersim/calibration/measured_table.hpp"
#include "infersim/core/catalog.hpp"
#include "infersim/scenario/evaluate.hpp"
#include "infersim/validation/serving_prediction.hpp"
#include "service/sections.hpp"
#include "support/repository.hpp"

namespace infersim::service {
namespace {

constexpr std::string_view tables[] = {"agg",    "agg_mtp",     "dsr1_agg",   "dsr1_agg_mtp",
                                       "disagg", "dsr1_disagg", "other_chips"};

/// What a row is said to take.
struct Said {
  Seconds ttft;
  Seconds tpot;
  Accuracy accuracy;
};

/// Asks a row as a question with names, which are looked up as those of a command line are.
tl::expected<Said, std::string> ask(const Catalog& catalog, const ServingPoint& point,
                                    const MeasuredChip& chip, const ModelSpec& model) {
  auto question = question_of(point, chip, model);
  if (!question) return tl::unexpected(question.error().reason);
  question->hw = chip.device.id;
  question->model = model.id;
  question->framework = chip.framework.id;
  const Scenario scenario = load_scenario(catalog, *question);
  const Workload workload = scenario.workload();
  const ClosedLoop loop = scenario.loop(*question->batch);
  const bool median = point.statistic == "median";
  if (question->pools) {
    const auto pools = assemble_pools(workload, scenario.pools());
    if (!pools) return tl::unexpected(pools.error().reason);
    const PooledResult r = serve(workload, *pools, loop);
    return Said{median ? r.ttft_median : r.ttft, r.tpot, {}};
  }
  const auto answer = evaluate(scenario, *question->plan, *question->batch);
  if (!answer) return tl::unexpected(answer.error().reason);
  const ServingResult& r = *answer->service;
  return Said{median ? r.ttft_median : r.ttft, r.tpot, answer->accuracy};
}

/// ln(predicted / measured) and whether the interval held the measurement.
struct Errors {
  std::vector<double> logs;
  std::size_t held = 0;

  void add(Seconds predicted, Seconds measured, const std::optional<Interval>& interval) {
    logs.push_back(std::log(predicted / measured));
    if (interval && interval->covers(measured.base(), predicted.base())) ++held;
  }
};

struct Gathered {
  std::size_t rows = 0;
  std::size_t same = 0;
  std::size_t refused = 0;
  std::string first_difference;
  std::map<std::string, Errors> errors;   ///< by `table metric`
  std::map<std::string, Errors> covered;  ///< agg: by `metric framework`, `metric`
};

void gather(const std::filesystem::path& path, const Catalog& catalog, CatalogNames& names,
            Gathered& into) {
  const std::string table = path.stem().string();
  for (const ServingPoint& point : read_serving_points(load_measured_table(path.string())).points) {
    const auto& chip = names.chip(point.chip, point.framework);
    const auto& model = names.model(point.model);
    if (!chip || !model) continue;
    const auto validated = predict_point(point, *chip, *model);
    if (!validated) continue;
    ++into.rows;
    const auto said = ask(catalog, point, *chip, *model);
    if (!said) {
      ++into.refused;
      into.first_difference = fmt::format("{} row {}: {}", table, point.row, said.error());
      continue;
    }
    if (said->ttft == validated->ttft && said->tpot == validated->tpot) {
      ++into.same;
    } else {
      into.first_difference = fmt::format("{} row {}: TTFT {} and {} ms", table, point.row,
                                          said->ttft / millisecond, validated->ttft / millisecond);
    }
    const auto request = [&](Seconds first, Seconds each) {
      return first + each * (point.osl * point.mean_length() - 1.0);
    };
    const auto add = [&](const char* what, Seconds predicted, Seconds measured, Metric metric) {
      const auto interval = point.pooled() ? std::nullopt : said->accuracy.of(metric);
      into.errors[table + " " + what].add(predicted, measured, interval);
      if (table != "agg") return;
      into.covered[std::string(what) + " of all frameworks"].add(predicted, measured, interval);
      into.covered[fmt::format("{} of {}", what, chip->framework.id)].add(predicted, measured,
                                                                          interval);
    };
    add("TTFT", said->ttft, point.ttft, Metric::ttft);
    add("TPOT", said->tpot, point.tpot, Metric::tpot);
    // A rate is the inverse of a request's time, and so are its errors and intervals.
    add("tokens/s", request(point.ttft, point.tpot), request(said->ttft, said->tpot),
        Metric::tokens_per_s_per_device);
  }
}

/// Median and mean error in percent that a table had before rows and answers were one.
struct Before {
  const char* what;
  double median;
  double mean;
};

constexpr Before before[] = {
    {"agg TTFT", 19.1, 34.1},      {"agg TPOT", 7.4, 10.6},      {"agg tokens/s", 7.1, 11.5},
    {"dsr1_agg TTFT", 11.8, 15.7}, {"dsr1_agg TPOT", 8.0, 10.6}, {"disagg TTFT", 28.7, 40.4},
    {"disagg TPOT", 11.4, 12.9},
};

}  // namespace

std::vector<Section> measured_rows() {
  const auto folder = test::shared_path("measurements/e2e");
  if (!folder) return {};
  const Catalog catalog;
  CatalogNames names(catalog);
  Gathered all;
  for (const std::string_view table : tables)
    gather(*folder / fmt::format("{}.csv", table), catalog, names, all);

  Section same{"Rows as questions", {}};
  same.rows.push_back(
      holds("rows of every serving table that give the digits of `validate` when "
            "asked with names, as an answer is",
            "all", fmt::format("{} of {}", all.same, all.rows), all.same == all.rows,
            all.first_difference));
  same.rows.push_back(holds("measured runs that are refused", "0", fmt::format("{}", all.refused),
                            all.refused == 0));
  Section coverage{"Measurements of agg.csv within the intervals of `run` at their arrival", {}};
  for (const auto& [what, errors] : all.covered) {
    const double share =
        100.0 * static_cast<double>(errors.held) / static_cast<double>(errors.logs.size());
    const bool overall = what.ends_with("all frameworks");
    const double least = overall ? 75 : 70;
    const double most = overall ? 85 : 90;
    coverage.rows.push_back(holds(what, fmt::format("{} to {} %", least, most),
                                  fmt::format("{:.1f} % of {}", share, errors.logs.size()),
                                  share >= least && share <= most));
  }
  Section accuracy{"Errors, of the fits as they stand", {}};
  for (const Before& each : before) {
    const FitError error = fit_error(all.errors[each.what].logs);
    const double median = 100 * error.median;
    const double mean = 100 * error.mean;
    accuracy.rows.push_back(holds(std::string(each.what) + ", median / mean",
                                  fmt::format("no worse than {} / {} %", each.median, each.mean),
                                  fmt::format("{:.1f} / {:.1f} % of {}", median, mean, error.rows),
                                  median <= each.median + 0.05 && mean <= each.mean + 0.05));
  }
  return {same, coverage, accuracy};
}

}  // namespace infersim::service
