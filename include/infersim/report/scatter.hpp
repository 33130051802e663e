#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "infersim/validation/validate.hpp"

namespace infersim {

/// Points of one colour.
struct ScatterSeries {
  std::string name;
  std::vector<std::pair<double, double>> points;  ///< measured, predicted; in the axes' unit
};

/// Predicted against measured, both logarithmic.
struct Scatter {
  std::string title;
  std::string subtitle;
  std::string quantity;  ///< of both axes, with its unit: `latency, us`
  std::vector<ScatterSeries> series;
  bool ratios = false;      ///< upwards is predicted / measured instead: residuals
  double tolerance = 0.25;  ///< of the lines beside the identity
};

/// How a metric is drawn: in multiples of its base unit, with that unit's name.
struct MetricAxis {
  double scale = 1;
  std::string_view quantity;  ///< `TTFT, ms`
};

MetricAxis axis_of(Metric metric);

/// As an SVG document of 720 x 720: the identity, lines at `tolerance` more and less, a legend.
/// Points that fall on one place are drawn once, so that a document of 90,000 rows stays small.
std::string scatter_svg(const Scatter& scatter);

/// Leaves at most about `most` points, always the same ones, and says so in the subtitle.
void thin_out(Scatter& scatter, std::size_t most);

/// A plot and the file that it goes to.
struct PlotFile {
  std::string name;  ///< `gemm.latency.svg`
  Scatter scatter;
};

/// One plot for each table and metric, coloured by chip where there are several, else by framework.
std::vector<PlotFile> validation_plots(const ValidationReport& report);

}  // namespace infersim
