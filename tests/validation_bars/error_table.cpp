#include "validation_bars/error_table.hpp"

#include <fmt/format.h>

#include "infersim/report/text.hpp"

namespace infersim::bars {

std::string error_heading(const std::string& labels) {
  std::string rule = "|---";
  for (const char c : labels)
    rule += c == '|' ? "|---" : "";
  return fmt::format(
      "| {} | n | bias | median % | mean % | p90 % | coverage % | rank |\n"
      "{}|--:|--:|--:|--:|--:|--:|--:|\n",
      labels, rule);
}

std::string error_row(const std::string& label, const Samples& samples) {
  const ErrorStatistics s = statistics_of(samples);
  const std::string rank =
      s.rank_correlation ? fmt::format("{:.3f}", *s.rank_correlation) : std::string("-");
  return fmt::format("| {} | {} | {:.3f} | {} | {} | {} | {:.0f} | {} |\n", label,
                     show_count(static_cast<double>(s.rows)), s.bias, percent(s.median_ape),
                     percent(s.mean_ape), percent(s.p90_ape), 100 * s.coverage, rank);
}

std::string error_table(const std::string& labels, const std::map<std::string, Samples>& parts) {
  std::string text = error_heading(labels);
  for (const auto& [label, samples] : parts)
    text += error_row(label, samples);
  return text + "\n";
}

std::string percent(double value) { return fmt::format("{:.1f}", value); }

std::string joined(const Sample& sample, std::initializer_list<const char*> columns) {
  std::string text;
  for (const char* column : columns) {
    const std::string_view cell = sample.cell(column);
    if (cell.empty()) continue;
    if (!text.empty()) text += " ";
    text += cell;
  }
  return text;
}

}  // namespace infersim::bars
