#include "infersim/report/text.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <span>
#include <utility>

#include <fmt/format.h>

namespace infersim {

namespace {

struct Scale {
  double size;
  std::string_view unit;
};

/// With the largest scale that leaves at least 1, else the smallest.
std::string scaled(double value, std::span<const Scale> scales) {
  if (value == 0.0) return fmt::format("0 {}", scales.front().unit);
  const Scale* best = &scales.front();
  for (const Scale& scale : scales) {
    // 999.9 rounds to a thousand: it belongs to the next scale.
    if (std::abs(value) >= scale.size * 0.9995) best = &scale;
  }
  return fmt::format("{} {}", digits(value / best->size), best->unit);
}

std::string grouped(std::string_view whole) {
  const std::size_t first = whole.front() == '-' ? 1 : 0;
  std::string text;
  for (std::size_t at = 0; at < whole.size(); ++at) {
    if (at > first && (whole.size() - at) % 3 == 0) text += ',';
    text += whole[at];
  }
  return text;
}

/// The last space behind `begin` at which `line` can be broken to fit `width`, else the first one.
std::size_t break_in(std::string_view line, std::size_t begin, int width) {
  std::size_t best = std::string_view::npos;
  for (std::size_t at = line.find(' ', begin); at < line.size(); at = line.find(' ', at + 1)) {
    if (best != std::string_view::npos && columns_of(line.substr(0, at)) > width) break;
    best = at;
  }
  return best;
}

}  // namespace

std::string digits(double value, int significant) {
  if (!std::isfinite(value)) return "-";
  if (value == 0.0) return "0";
  // The exponent after rounding, so that 9.996 counts as 10.0.
  const std::string exponent = fmt::format("{:.{}e}", value, significant - 1);
  const int leading = std::stoi(exponent.substr(exponent.find('e') + 1));
  const int decimals = std::max(0, significant - 1 - leading);
  std::string text = fmt::format("{:.{}f}", value, std::min(decimals, 12));
  const std::size_t point = text.find('.');
  if (point == std::string::npos) return grouped(text);
  return grouped(std::string_view(text).substr(0, point)) + text.substr(point);
}

std::string show_count(double count) { return digits(count, count == std::floor(count) ? 1 : 3); }

std::string show(Bytes value) {
  static constexpr std::array<Scale, 5> scales = {
      {{1, "B"}, {1e3, "kB"}, {1e6, "MB"}, {1e9, "GB"}, {1e12, "TB"}}};
  return scaled(value.base(), scales);
}

std::string show(Bandwidth value) {
  static constexpr std::array<Scale, 3> scales = {{{1e6, "MB/s"}, {1e9, "GB/s"}, {1e12, "TB/s"}}};
  return scaled(value.base(), scales);
}

std::string show(Flops value) {
  static constexpr std::array<Scale, 4> scales = {
      {{1e6, "MFLOP"}, {1e9, "GFLOP"}, {1e12, "TFLOP"}, {1e15, "PFLOP"}}};
  return scaled(value.base(), scales);
}

std::string show(FlopRate value) {
  static constexpr std::array<Scale, 3> scales = {
      {{1e9, "GFLOP/s"}, {1e12, "TFLOP/s"}, {1e15, "PFLOP/s"}}};
  return scaled(value.base(), scales);
}

std::string show(Seconds value) {
  static constexpr std::array<Scale, 4> scales = {
      {{1e-9, "ns"}, {1e-6, "us"}, {1e-3, "ms"}, {1, "s"}}};
  return scaled(value.base(), scales);
}

std::string show(Watts value) {
  static constexpr std::array<Scale, 4> scales = {
      {{1e-3, "mW"}, {1, "W"}, {1e3, "kW"}, {1e6, "MW"}}};
  return scaled(value.base(), scales);
}

std::string show_percent(double share) {
  if (!std::isfinite(share)) return "-";
  const double percent = 100 * share;
  return percent > 0 && percent < 0.95 ? fmt::format("{:.1f}%", percent)
                                       : fmt::format("{:.0f}%", percent);
}

std::string bar(double share, int columns) {
  if (!(share > 0)) return {};
  const double length = std::round(std::min(share, 1.0) * columns);
  return std::string(static_cast<std::size_t>(std::max(1.0, length)), '#');
}

int columns_of(std::string_view text) {
  return static_cast<int>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;  // continuation bytes take no column
  }));
}

std::string pad_right(std::string_view text, int width) {
  std::string padded(text);
  padded.append(static_cast<std::size_t>(std::max(0, width - columns_of(text))), ' ');
  return padded;
}

std::string pad_left(std::string_view text, int width) {
  return std::string(static_cast<std::size_t>(std::max(0, width - columns_of(text))), ' ') +
         std::string(text);
}

std::string wrap(std::string_view text, int width, int indent) {
  std::string lines;
  int column = indent;
  bool at_start = true;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(' '), text.size());
    const std::string_view word = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (word.empty()) continue;
    const int needed = columns_of(word) + (at_start ? 0 : 1);
    if (!at_start && column + needed > width) {
      lines += '\n';
      lines.append(static_cast<std::size_t>(indent), ' ');
      column = indent;
      at_start = true;
    }
    if (!at_start) lines += ' ';
    lines += word;
    column += columns_of(word) + (at_start ? 0 : 1);
    at_start = false;
  }
  return lines;
}

std::string wrap_lines(std::string_view text, int width) {
  std::string wrapped;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string line(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    const std::string next(std::min(line.find_first_not_of(' '), line.size()) + 4, ' ');
    for (std::size_t begin = next.size() - 4; columns_of(line) > width; begin = next.size()) {
      const std::size_t at = break_in(line, begin, width);
      if (at == std::string::npos) break;
      wrapped += line.substr(0, line.find_last_not_of(' ', at) + 1) + '\n';
      line = next + line.substr(at + 1);
    }
    wrapped += line + '\n';
  }
  return wrapped;
}

std::string heading(std::string_view text, const TextStyle& style) {
  if (!style.color) return fmt::format("{}\n", text);
  return fmt::format("\x1b[1m{}\x1b[0m\n", text);
}

}  // namespace infersim
