#include <fmt/format.h>

#include <algorithm>
#include <array>

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

}  // namespace

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
