#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <string_view>

#include "infersim/report/text.hpp"
#include "validation_bars/error_table.hpp"
#include "validation_bars/pages.hpp"

namespace infersim::bars {
namespace {

/// A document stays below 60 kB with that many points.
constexpr std::size_t most_points = 2500;

/// What tells the colours of a plot apart: chips where a bar is over all of them, else frameworks
/// where there are several, else kernels.
std::map<std::string, Samples> coloured(const Result& result) {
  std::map<std::string, Samples> parts;
  for (const char* column : {"chip", "framework", "kernel"}) {
    parts = parts_of(result.samples,
                     [&](const Sample& each) { return std::string(each.cell(column)); });
    if (parts.size() > 1) return parts;
  }
  return parts;
}

Scatter residuals(const Result& result) {
  const MetricAxis axis = axis_of(result.bar->metric);
  const LeftOutError& error = *result.in_sample;
  Scatter scatter;
  scatter.ratios = true;
  scatter.title = result.what + ": residuals";
  scatter.subtitle = fmt::format("in sample: n = {}, median {} %, mean {} %",
                                 show_count(static_cast<double>(error.rows)), percent(error.median),
                                 percent(error.mean));
  scatter.quantity = axis.quantity;
  for (const auto& [name, samples] : coloured(result)) {
    ScatterSeries series{name, {}};
    for (const Sample& each : samples)
      series.points.emplace_back(each.error.measured * axis.scale,
                                 each.error.predicted * axis.scale);
    scatter.series.push_back(std::move(series));
  }
  thin_out(scatter, most_points);
  return scatter;
}

/// Coloured by chip; points of several metrics have axes in their own units.
Scatter residuals(const published::Rows& rows) {
  const published::PointClass& points = *rows.point_class;
  std::set<std::string_view> units;
  for (const published::Row& row : rows.rows)
    units.insert(published::unit(row.point->metric));
  Scatter scatter;
  scatter.ratios = true;
  scatter.tolerance = points.bar;
  scatter.title = points.title + ": residuals";
  scatter.quantity = units.size() == 1 ? *units.begin() : "figure, in the unit of its colour";
  std::map<std::string, ScatterSeries> coloured;
  std::size_t drawn = 0;
  for (const published::Row& row : rows.rows) {
    if (!row.found) continue;
    std::string name = row.point->question.hw;
    if (units.size() > 1) name += fmt::format(", {}", published::unit(row.point->metric));
    ScatterSeries& series = coloured[name];
    series.name = name;
    series.points.emplace_back(row.point->published, row.found->value);
    ++drawn;
  }
  scatter.subtitle =
      fmt::format("{} of {} within {:g} %", within_bar(rows), rows.rows.size(), 100 * points.bar);
  if (drawn < rows.rows.size())
    scatter.subtitle += fmt::format("; {} cannot run", rows.rows.size() - drawn);
  for (auto& [name, series] : coloured)
    scatter.series.push_back(std::move(series));
  return scatter;
}

}  // namespace

std::size_t within_bar(const published::Rows& rows) {
  return static_cast<std::size_t>(std::count_if(
      rows.rows.begin(), rows.rows.end(),
      [&](const published::Row& row) { return row.error() <= rows.point_class->bar; }));
}

std::string published_plot_name(const published::Rows& rows) {
  return "residuals/published-" + rows.point_class->id + ".svg";
}

std::vector<PlotFile> published_plots(const std::vector<published::Rows>& classes) {
  std::vector<PlotFile> plots;
  for (const published::Rows& rows : classes) {
    if (within_bar(rows) < rows.rows.size())
      plots.push_back({published_plot_name(rows), residuals(rows)});
  }
  return plots;
}

std::vector<PlotFile> residual_plots(const std::vector<Result>& results) {
  std::vector<PlotFile> plots;
  for (const Result& result : results) {
    if (result.verdict() != Result::Verdict::miss || result.samples.empty()) continue;
    plots.push_back({"residuals/" + result.id() + ".svg", residuals(result)});
  }
  return plots;
}

std::vector<PlotFile> table_plots(const Measurements& measurements) {
  std::vector<PlotFile> plots;
  for (PlotFile& plot : validation_plots(measurements.report())) {
    const bool left_aside = plot.name.find("_doubtful.") != std::string::npos ||
                            plot.name.find("_power.") != std::string::npos;
    if (left_aside) continue;
    plot.name = "plots/" + plot.name;
    thin_out(plot.scatter, most_points);
    plots.push_back(std::move(plot));
  }
  return plots;
}

}  // namespace infersim::bars
