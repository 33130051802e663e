#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <string_view>

#include "infersim/report/text.hpp"
#include "validation_bars/error_table.hpp"
#include "validation_bars/pages.hpp"

namespace infersim::bars {
namespace {

using Verdict = Result::Verdict;

/// `6 / 10 %` of median and mean, `75 to 85 % covered`, `2 s`.
std::string bar_text(const Limits& limits) {
  if (limits.seconds) return fmt::format("{:g} s", *limits.seconds);
  if (limits.least_coverage) {
    return fmt::format("{:.0f} to {:.0f} % within", 100 * *limits.least_coverage,
                       100 * limits.most_coverage.value_or(1.0));
  }
  if (limits.median && limits.mean)
    return fmt::format("{:g} / {:g} %", *limits.median, *limits.mean);
  return limits.median ? fmt::format("{:g} % median", *limits.median)
                       : fmt::format("{:g} % mean", limits.mean.value_or(0.0));
}

std::string figure_text(const std::optional<LeftOutError>& error, const Limits& limits) {
  if (!error) return "not measured";
  if (limits.least_coverage) {
    return error->coverage ? fmt::format("{:.0f} % within", 100 * *error->coverage)
                           : "not measured";
  }
  return fmt::format("{} / {} %", percent(error->median), percent(error->mean));
}

/// Whole seconds, which differ little from one run to the next.
std::string time_text(double seconds) { return fmt::format("under {:.0f} s", std::ceil(seconds)); }

std::string count_text(const std::optional<LeftOutError>& error) {
  return error ? show_count(static_cast<double>(error->rows)) : "-";
}

std::string verdict_text(const Result& result) {
  const bool judged_in_sample = !result.left_out && !result.seconds;
  const std::string suffix = judged_in_sample ? " (in sample)" : "";
  switch (result.verdict()) {
    case Verdict::pass: return "pass" + suffix;
    case Verdict::miss: return fmt::format("[**miss**](#{}){}", result.id(), suffix);
    case Verdict::not_measured: break;
  }
  return "not measured";
}

std::string line(const Result& result) {
  const Limits& limits = result.bar->limits;
  if (result.seconds) {
    return fmt::format("| {} | {} | {} | {} | - | - | {} |\n", result.what, bar_text(limits),
                       result.how, time_text(*result.seconds), verdict_text(result));
  }
  const bool asks_for_folds = result.left_out || !result.bar->folds.empty() ||
                              !result.bar->kernel.empty() ||
                              result.bar->kind == BarKind::chip_left_out;
  return fmt::format("| {} | {} | {} | {} | {} | {} | {} |\n", result.what, bar_text(limits),
                     result.how, asks_for_folds ? figure_text(result.left_out, limits) : "-",
                     result.in_sample ? figure_text(result.in_sample, limits) : "-",
                     result.left_out ? count_text(result.left_out) : count_text(result.in_sample),
                     verdict_text(result));
}

/// Of published points: how many are within, each reason stands in published.md.
std::string published_lines(const std::vector<published::Rows>& classes) {
  std::string text =
      "\n## Published points\n\n"
      "Each point with prediction, ratio and, where it misses, the reason: "
      "[published.md](published.md).\n\n"
      "| points of | bar | within | median error % | |\n|---|--:|--:|--:|---|\n";
  for (const published::Rows& rows : classes) {
    const double bar = rows.point_class->bar;
    std::vector<ErrorSample> errors;
    const std::size_t within = within_bar(rows);
    for (const published::Row& row : rows.rows) {
      ErrorSample sample;
      sample.measured = row.point->published;
      sample.predicted = row.found ? row.found->value : 0.0;
      errors.push_back(sample);
    }
    const std::string verdict =
        within == rows.rows.size()
            ? "pass"
            : fmt::format("[**miss**](published.md), [residuals]({})", published_plot_name(rows));
    text += fmt::format("| {} | {:g} % | {} of {} | {} | {} |\n", rows.point_class->title,
                        100 * bar, within, rows.rows.size(),
                        percent(error_statistics(errors).median_ape), verdict);
  }
  return text;
}

std::string misses(const std::vector<Result>& results) {
  std::string text = "\n## Misses, and what the physics lacks\n";
  std::map<std::string_view, std::string> told;  // the first miss with a text
  for (const Result& result : results) {
    if (result.verdict() != Verdict::miss) continue;
    text +=
        fmt::format("\n### {}\n\n{}: {}", result.id(), result.what, bar_text(result.bar->limits));
    if (result.seconds) {
      text += fmt::format(" asked for, {} measured.", time_text(*result.seconds));
    } else {
      const auto& judged = result.left_out ? result.left_out : result.in_sample;
      text += fmt::format(" asked for, {} measured ({}).", figure_text(judged, result.bar->limits),
                          result.how);
    }
    // Those of chips that fits left out are drawn by `infersim calibrate --plot`.
    const bool by_calibration = result.bar->kind == BarKind::chip_left_out;
    if (by_calibration || !result.samples.empty()) {
      text += fmt::format(" [Residuals]({}/{}.svg).", by_calibration ? "calibration" : "residuals",
                          result.id());
    }
    const std::string_view lack = result.bar->lack_on(result.chip);
    if (lack.empty()) {
      text += "\n\nNo reason is known.\n";
    } else if (const auto [first, is_new] = told.emplace(lack, result.id()); is_new) {
      text += fmt::format("\n\n{}\n", lack);
    } else {
      text += fmt::format("\n\nThe same as of [{0}](#{0}).\n", first->second);
    }
  }
  return text;
}

}  // namespace

std::string bars_page(const std::vector<Result>& results,
                      const std::vector<published::Rows>& published) {
  const auto count = [&](Verdict verdict) {
    return std::count_if(results.begin(), results.end(),
                         [&](const Result& each) { return each.verdict() == verdict; });
  };
  std::string text = fmt::format(
      "# Errors beside the bars that were set for them\n\n"
      "Written by `tools/validation` from `tests/validation_bars/bars.toml`: {} pass, {} miss, {} "
      "are not\nmeasured. A bar of two figures is of median and mean of the absolute error in "
      "percent of the\nmeasurement. Rows that a fit did not see decide where there are such "
      "figures (`left out`); else the\nverdict says that it is in sample.\n\n"
      "| what | bar | how | left out | in sample | n | |\n|---|--:|---|--:|--:|--:|---|\n",
      count(Verdict::pass), count(Verdict::miss), count(Verdict::not_measured));
  for (const Result& result : results)
    text += line(result);
  return text + published_lines(published) + misses(results);
}

}  // namespace infersim::bars
