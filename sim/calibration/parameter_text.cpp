#include "calibration/parameter_text.hpp"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

namespace infersim::detail {
namespace {

std::string digits(double value) { return fmt::format("{:.5g}", value); }

}  // namespace

double rounded(double value) {
  const std::string text = fmt::format("{:.4e}", value);
  double result = 0.0;
  std::from_chars(text.data(), text.data() + text.size(), result);
  return result;
}

std::string quoted(std::string_view text) {
  std::string written = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') written += '\\';
    if (c == '\n') {
      written += "\\n";
    } else {
      written += c;
    }
  }
  return written + '"';
}

std::string literal(ParameterUnit unit, double value) {
  constexpr double microsecond = 1e-6;
  constexpr double nanosecond = 1e-9;
  constexpr double shortest = 0.1 * microsecond;
  constexpr double kilobyte = 1e3;
  constexpr double megabyte = 1e6;
  constexpr double gigabyte = 1e9;
  switch (unit) {
    case ParameterUnit::number: return digits(value);
    case ParameterUnit::whole: return fmt::format("{:.0f}", value);
    case ParameterUnit::flag: return value != 0 ? "true" : "false";
    case ParameterUnit::seconds:
      return rounded(value) < shortest ? quoted(digits(value / nanosecond) + " ns")
                                       : quoted(digits(value / microsecond) + " us");
    case ParameterUnit::bytes:
      return rounded(value) < megabyte ? quoted(digits(value / kilobyte) + " kB")
                                       : quoted(digits(value / megabyte) + " MB");
    case ParameterUnit::bytes_per_second: return quoted(digits(value / gigabyte) + " GB/s");
  }
  return {};
}

std::string literal(const KernelResidual& residual) {
  constexpr auto ratio = [](double value) { return fmt::format("{:.4g}", value); };
  const std::string chips = residual.chips.empty() ? "[]" : quoted_list(residual.chips);
  std::string text = fmt::format(
      "{{ rows = {}, chips = {}, median_error = {}, mean_error = {}, p10 = {}, p90 = {}",
      residual.rows, chips, ratio(residual.median_error), ratio(residual.mean_error),
      ratio(residual.spread.p10), ratio(residual.spread.p90));
  if (residual.chip_spread.p90 > 0) {
    text += fmt::format(", chip_p10 = {}, chip_p90 = {}", ratio(residual.chip_spread.p10),
                        ratio(residual.chip_spread.p90));
  }
  return text + " }";
}

std::string quoted_list(const std::vector<std::string>& texts) {
  std::string list;
  for (const std::string& text : texts)
    list += (list.empty() ? "[" : ", ") + quoted(text);
  return list.empty() ? list : list + "]";
}

void write_lines(std::string& text, const Lines& lines) {
  std::size_t width = 0;
  for (const auto& line : lines)
    width = std::max(width, line.first.size());
  for (const auto& [key, value] : lines)
    text += fmt::format("{:{}} = {}\n", key, width, value);
}

}  // namespace infersim::detail
