#include "infersim/report/scatter.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <map>
#include <set>
#include <string_view>

#include <fmt/format.h>

#include "infersim/report/svg_text.hpp"
#include "infersim/report/text.hpp"

namespace infersim {
namespace {

constexpr double size = 720;
constexpr double left = 74;
constexpr double top = 64;
constexpr double right = size - 36;
constexpr double bottom = size - 58;
/// Points nearer than that are one.
constexpr double grain = 1.2;
constexpr std::size_t few = 60;  ///< points that are drawn large
constexpr double legend_line = 17;
constexpr double legend_margin = 8;

/// Colours that are told apart by most eyes (Tableau 10), then the same once more, lighter.
constexpr std::array<std::string_view, 20> colours = {
    "#4e79a7", "#f28e2b", "#e15759", "#76b7b2", "#59a14f", "#edc948", "#b07aa1",
    "#ff9da7", "#9c755f", "#7f7f7f", "#a0cbe8", "#ffbe7d", "#ff9d9a", "#86bcb6",
    "#8cd17d", "#f1ce63", "#d4a6c8", "#fabfd2", "#d7b5a6", "#bab0ac"};

/// The powers of ten between which the figures of an axis lie.
struct Range {
  double low = 0;
  double high = 1;

  [[nodiscard]] double share(double value) const {
    return (std::log10(value) - low) / (high - low);
  }
  [[nodiscard]] double x(double value) const { return left + share(value) * (right - left); }
  [[nodiscard]] double y(double value) const { return bottom - share(value) * (bottom - top); }
};

/// Of what is across and what is upwards; the same unless upwards are ratios.
struct Ranges {
  Range across;
  Range up;
};

class Extent {
 public:
  void add(double value) {
    least_ = std::min(least_, value);
    most_ = std::max(most_, value);
  }
  /// A twentieth of a decade around the figures.
  [[nodiscard]] Range range() const {
    if (most_ <= 0) return {};
    return {std::log10(least_) - 0.05, std::log10(most_) + 0.05};
  }

 private:
  double least_ = HUGE_VAL;
  double most_ = 0;
};

Ranges ranges_of(const Scatter& scatter) {
  Extent figures;
  Extent ratios;
  ratios.add(1 + scatter.tolerance);
  ratios.add(1 - scatter.tolerance);
  for (const ScatterSeries& series : scatter.series) {
    for (const auto& [measured, predicted] : series.points) {
      figures.add(measured);
      if (!scatter.ratios) figures.add(predicted);
      ratios.add(predicted / measured);
    }
  }
  return {figures.range(), scatter.ratios ? ratios.range() : figures.range()};
}

/// 1, 2 and 5 times powers of ten where there is room for them, more of them within a decade, else
/// powers alone.
std::vector<double> ticks(const Range& range) {
  const double decades = range.high - range.low;
  const std::vector<double> steps = decades < 1     ? std::vector<double>{1, 1.5, 2, 3, 5, 7}
                                    : decades < 3.2 ? std::vector<double>{1, 2, 5}
                                                    : std::vector<double>{1};
  std::vector<double> values;
  for (int power = static_cast<int>(std::floor(range.low)); power <= std::ceil(range.high);
       ++power) {
    for (const double step : steps) {
      const double value = step * std::pow(10.0, power);
      const double at = std::log10(value);
      if (at >= range.low && at <= range.high) values.push_back(value);
    }
  }
  return values;
}

/// One digit, and a second where it is a five.
std::string tick_text(double tick) {
  const double first = tick / std::pow(10.0, std::floor(std::log10(tick) + 1e-9));
  return digits(tick, std::abs(first - std::round(first)) > 0.1 ? 2 : 1);
}

/// A number in [0, 1) for each index, as if it were random: rows come in an order that a fixed
/// stride would keep step with. Source: the finalizer of MurmurHash3.
double scattered(std::uint32_t index) {
  std::uint32_t bits = index + 0x9e3779b9U;
  bits = (bits ^ (bits >> 16)) * 0x85ebca6bU;
  bits = (bits ^ (bits >> 13)) * 0xc2b2ae35U;
  return static_cast<double>(bits ^ (bits >> 16)) / 4294967296.0;
}

class Drawing {
 public:
  explicit Drawing(const Scatter& scatter) : scatter_(scatter) {
    const Ranges ranges = ranges_of(scatter);
    across_ = ranges.across;
    up_ = ranges.up;
    // Above the diagonal there is room for the legend, above residuals it has to be made.
    const double covered = (legend_height() + 2 * legend_margin) / (bottom - top);
    if (scatter.ratios && covered < 0.8) up_.high += (up_.high - up_.low) * covered / (1 - covered);
  }

  std::string svg() {
    add("<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0}\" height=\"{0}\" "
        "viewBox=\"0 0 {0} {0}\" font-family=\"sans-serif\" font-size=\"12\" fill=\"#222\">\n",
        size);
    add("<rect width=\"{0}\" height=\"{0}\" fill=\"#fff\"/>\n", size);
    text(left, 26, "start", scatter_.title, " font-size=\"16\" font-weight=\"bold\"");
    text(left, 46, "start", scatter_.subtitle);
    axes();
    for (std::size_t i = 0; i < scatter_.series.size(); ++i)
      points(scatter_.series[i], colour(i));
    add("<g fill=\"none\" stroke=\"#222\">\n");
    diagonal(1, "stroke-width=\"1.2\"");
    diagonal(1 + scatter_.tolerance, "stroke-dasharray=\"5 4\"");
    diagonal(1 - scatter_.tolerance, "stroke-dasharray=\"5 4\"");
    add("</g>\n");
    legend();
    return out_ + "</svg>\n";
  }

 private:
  template <class... Parts>
  void add(fmt::format_string<Parts...> format, Parts&&... parts) {
    fmt::format_to(std::back_inserter(out_), format, std::forward<Parts>(parts)...);
  }

  void text(double x, double y, std::string_view anchor, std::string_view words,
            std::string_view more = "") {
    add("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"{}\"{}>{}</text>\n", x, y, anchor, more,
        svg_text(words));
  }

  static std::string_view colour(std::size_t i) { return colours[i % colours.size()]; }

  void axes() {
    add("<g stroke=\"#ddd\" fill=\"none\">\n");
    for (const double tick : ticks(across_))
      add("<path d=\"M{:.1f} {}V{}\"/>\n", across_.x(tick), top, bottom);
    for (const double tick : ticks(up_))
      add("<path d=\"M{} {:.1f}H{}\"/>\n", left, up_.y(tick), right);
    add("<path stroke=\"#222\" d=\"M{} {}V{}H{}\"/>\n</g>\n", left, top, bottom, right);
    for (const double tick : ticks(across_))
      text(across_.x(tick), bottom + 17, "middle", tick_text(tick));
    for (const double tick : ticks(up_))
      text(left - 7, up_.y(tick) + 4, "end", tick_text(tick));
    text((left + right) / 2, size - 14, "middle", "measured " + scatter_.quantity);
    text(-(top + bottom) / 2, 16, "middle",
         scatter_.ratios ? "predicted / measured" : "predicted " + scatter_.quantity,
         " transform=\"rotate(-90)\"");
  }

  /// Few points are drawn large.
  [[nodiscard]] double dot() const {
    std::size_t all = 0;
    for (const ScatterSeries& series : scatter_.series)
      all += series.points.size();
    return all <= few ? 7 : 2.5;
  }

  void points(const ScatterSeries& series, std::string_view fill) {
    std::set<std::pair<int, int>> places;
    for (const auto& [measured, predicted] : series.points) {
      const double upwards = scatter_.ratios ? predicted / measured : predicted;
      places.emplace(static_cast<int>(std::lround(across_.x(measured) / grain)),
                     static_cast<int>(std::lround(up_.y(upwards) / grain)));
    }
    add("<path fill=\"none\" stroke=\"{}\" stroke-width=\"{}\" stroke-linecap=\"round\" "
        "stroke-opacity=\"0.7\" transform=\"scale({})\" d=\"",
        fill, dot(), grain);
    for (const auto& [x, y] : places)
      add("M{} {}h0", x, y);
    add("\"/>\n");
  }

  /// predicted = factor measured, as far as both are inside.
  void diagonal(double factor, std::string_view look) {
    if (scatter_.ratios) {
      add("<path {} d=\"M{} {:.1f}H{}\"/>\n", look, left, up_.y(factor), right);
      return;
    }
    const double shift = std::log10(factor);
    const double from = std::pow(10, std::max(across_.low, across_.low - shift));
    const double to = std::pow(10, std::min(across_.high, across_.high - shift));
    add("<path {} d=\"M{:.1f} {:.1f}L{:.1f} {:.1f}\"/>\n", look, across_.x(from),
        up_.y(from * factor), across_.x(to), up_.y(to * factor));
  }

  [[nodiscard]] double legend_height() const {
    return legend_line * static_cast<double>(scatter_.series.size() + 1) + 8;
  }

  void legend() {
    add("<rect x=\"{}\" y=\"{}\" width=\"206\" height=\"{}\" fill=\"#fff\" fill-opacity=\"0.85\" "
        "stroke=\"#ccc\"/>\n",
        left + legend_margin, top + legend_margin, legend_height());
    double y = top + legend_margin + legend_line;
    for (std::size_t i = 0; i < scatter_.series.size(); ++i, y += legend_line) {
      add("<circle cx=\"{}\" cy=\"{:.1f}\" r=\"4.5\" fill=\"{}\"/>\n", left + 20, y - 4, colour(i));
      text(left + 31, y, "start",
           fmt::format("{} ({})", scatter_.series[i].name,
                       show_count(static_cast<double>(scatter_.series[i].points.size()))));
    }
    add("<path stroke=\"#222\" stroke-dasharray=\"5 4\" d=\"M{} {:.1f}h14\"/>\n", left + 13, y - 4);
    text(left + 31, y, "start", fmt::format("{:g} % more and less", 100 * scatter_.tolerance));
  }

  const Scatter& scatter_;
  Range across_;
  Range up_;
  std::string out_;
};

const ErrorGroup* overall(const ValidationReport& report, const std::string& data, Metric metric) {
  const ErrorKey key{data, metric, {}};
  const auto found = std::find_if(report.groups.begin(), report.groups.end(),
                                  [&](const ErrorGroup& group) { return group.key == key; });
  return found == report.groups.end() ? nullptr : &*found;
}

}  // namespace

MetricAxis axis_of(Metric metric) {
  switch (metric) {
    case Metric::ttft: return {1e3, "TTFT, ms"};
    case Metric::tpot: return {1e3, "TPOT, ms"};
    case Metric::tokens_per_s_per_device: return {1, "output tokens/s a device"};
    case Metric::latency: return {1e6, "latency, us"};
    case Metric::power: return {1, "board power, W"};
  }
  return {1, ""};
}

std::string scatter_svg(const Scatter& scatter) { return Drawing(scatter).svg(); }

void thin_out(Scatter& scatter, std::size_t most) {
  std::size_t all = 0;
  for (const ScatterSeries& series : scatter.series)
    all += series.points.size();
  if (all <= most) return;
  const double share = static_cast<double>(most) / static_cast<double>(all);
  std::size_t drawn = 0;
  std::uint32_t at = 0;
  for (ScatterSeries& series : scatter.series) {
    std::erase_if(series.points, [&](const auto&) { return scattered(at++) >= share; });
    drawn += series.points.size();
  }
  std::erase_if(scatter.series, [](const auto& series) { return series.points.empty(); });
  scatter.subtitle += fmt::format("; {} of {} points drawn", show_count(static_cast<double>(drawn)),
                                  show_count(static_cast<double>(all)));
}

std::vector<PlotFile> validation_plots(const ValidationReport& report) {
  using Plot = std::pair<std::string, Metric>;
  std::map<Plot, std::vector<const ErrorSeriesMap::value_type*>> plots;
  for (const auto& each : report.series) {
    if (!each.second.samples.empty()) plots[{each.first.data, each.first.metric}].push_back(&each);
  }
  std::vector<PlotFile> files;
  for (const auto& [plot, series] : plots) {
    const auto& [data, metric] = plot;
    const MetricAxis axis = axis_of(metric);
    std::set<std::string> chips;
    for (const auto* each : series)
      chips.insert(each->first.labels.chip);
    std::map<std::string, ScatterSeries> coloured;
    for (const auto* each : series) {
      const ErrorLabels& labels = each->first.labels;
      const std::string& label = chips.size() > 1 ? labels.chip : labels.framework;
      ScatterSeries& into = coloured[label];
      into.name = label;
      for (const ErrorSample& sample : each->second.samples)
        into.points.emplace_back(sample.measured * axis.scale, sample.predicted * axis.scale);
    }
    Scatter scatter;
    scatter.title = fmt::format("{}: predicted and measured {}", data, name(metric));
    if (const ErrorGroup* all = overall(report, data, metric)) {
      scatter.subtitle =
          fmt::format("n = {}, median error {} %, mean {} %, bias {}",
                      show_count(static_cast<double>(all->statistics.rows)),
                      digits(all->statistics.median_ape, 3), digits(all->statistics.mean_ape, 3),
                      digits(all->statistics.bias, 3));
    }
    scatter.quantity = axis.quantity;
    for (auto& [label, each] : coloured)
      scatter.series.push_back(std::move(each));
    files.push_back({fmt::format("{}.{}.svg", data, name(metric)), std::move(scatter)});
  }
  return files;
}

}  // namespace infersim
