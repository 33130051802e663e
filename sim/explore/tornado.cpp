#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "infersim/explore/tornado.hpp"
#include "infersim/report/svg_text.hpp"

namespace infersim {
namespace {

constexpr double canvas = 760;
constexpr double line = 22;
constexpr double bar_height = 15;
constexpr double head = 66;
constexpr double labels = 300;  ///< right end of the names
constexpr double margin = 30;
constexpr double moved = 0.1;  ///< of each figure, to either side
constexpr const char* more_colour = "#4e79a7";
constexpr const char* less_colour = "#f28e2b";

/// By how much the metric changes for a figure that is (1 + change) of itself.
double effect(double elasticity, double change) { return std::pow(1.0 + change, elasticity) - 1.0; }

}  // namespace

std::string tornado_svg(const Sensitivities& found, std::size_t most) {
  std::vector<std::pair<const FigureSensitivity*, double>> rows;
  for (const FigureSensitivity& figure : found.figures) {
    if (const auto& e = figure.elasticity.front(); e && std::abs(*e) >= 0.005) {
      rows.emplace_back(&figure, *e);
    }
  }
  std::stable_sort(rows.begin(), rows.end(), [](const auto& a, const auto& b) {
    return std::abs(a.second) > std::abs(b.second);
  });
  rows.resize(std::min(rows.size(), most));
  double widest = 0.01;
  for (const auto& [figure, e] : rows)
    widest = std::max({widest, std::abs(effect(e, moved)), std::abs(effect(e, -moved))});
  const double middle = 0.5 * (labels + canvas - margin);
  const double scale = (middle - labels - 46.0) / widest;
  const double height = head + line * static_cast<double>(rows.size()) + 40.0;
  std::string svg = fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0}\" height=\"{1}\" viewBox=\"0 0 {0} "
      "{1}\" font-family=\"sans-serif\" font-size=\"12\">\n<rect width=\"{0}\" height=\"{1}\" "
      "fill=\"white\"/>\n",
      canvas, height);
  svg += fmt::format("<text x=\"16\" y=\"24\" font-size=\"15\">{}</text>\n",
                     svg_text(fmt::format("{} of {} on {}", found.metrics.front()->path,
                                          found.scenario.model.name, found.scenario.device.name)));
  svg += fmt::format(
      "<text x=\"16\" y=\"44\" fill=\"#555\">change for a figure of <tspan fill=\"{}\">10 % "
      "more</tspan> and <tspan fill=\"{}\">10 % less</tspan>, by its elasticity</text>\n",
      more_colour, less_colour);
  double y = head;
  for (const auto& [figure, e] : rows) {
    svg += fmt::format("<text x=\"{}\" y=\"{}\" text-anchor=\"end\">{}</text>\n", labels,
                       y + bar_height - 3, svg_text(figure->key));
    for (const double change : {moved, -moved}) {
      const double by = effect(e, change);
      const double x = middle + std::min(by, 0.0) * scale;
      svg += fmt::format(
          "<rect x=\"{:.1f}\" y=\"{}\" width=\"{:.1f}\" height=\"{}\" fill=\"{}\"/>\n", x, y,
          std::abs(by) * scale, bar_height, change > 0.0 ? more_colour : less_colour);
      svg += fmt::format(
          "<text x=\"{:.1f}\" y=\"{}\" text-anchor=\"{}\" font-size=\"10\">{:+.1f} %</text>\n",
          middle + by * scale + (by < 0.0 ? -4 : 4), y + bar_height - 4, by < 0.0 ? "end" : "start",
          100.0 * by);
    }
    y += line;
  }
  svg += fmt::format(
      "<line x1=\"{0:.1f}\" x2=\"{0:.1f}\" y1=\"{1}\" y2=\"{2}\" stroke=\"#333\"/>\n</svg>\n",
      middle, head - 6, y);
  return svg;
}

}  // namespace infersim
