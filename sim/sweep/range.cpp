#include "sweep/range.hpp"

#include <charconv>
#include <cmath>
#include <optional>
#include <system_error>

#include <fmt/format.h>

#include "infersim/core/text.hpp"

namespace infersim {
namespace {

/// Longer axes are mistakes: a step of 1 where bytes were meant.
constexpr double most_values = 10'000'000;
/// Ends that a step misses by rounding alone count as met.
constexpr double rounding = 1e-9;

constexpr std::string_view forms =
    "ranges are LO..HI (steps of 1), LO..HI+STEP, LO..HI*FACTOR or LO..HI/COUNT, for example "
    "1..1024*2 or 2..64TB/s*2";

std::string_view trimmed(std::string_view text) {
  while (text.starts_with(' '))
    text.remove_prefix(1);
  while (text.ends_with(' '))
    text.remove_suffix(1);
  return text;
}

/// The number that a text begins with, which is taken off it.
std::optional<double> take_number(std::string_view& text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || !std::isfinite(value)) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return value;
}

struct Range {
  double low = 0;
  double high = 0;
  char step = '+';  ///< `+`, `*` or `/`
  double by = 1;
  std::string unit;
};

/// `TB/s*2` in unit and step: an operator is one if a number, and no more than the unit once more,
/// follows it.
bool read_tail(std::string_view tail, Range& range) {
  for (std::size_t at = 0; at < tail.size(); ++at) {
    if (std::string_view("+*/").find(tail[at]) == std::string_view::npos) continue;
    std::string_view rest = trimmed(tail.substr(at + 1));
    const auto by = take_number(rest);
    if (!by) continue;
    const std::string_view unit = trimmed(tail.substr(0, at));
    if (!rest.empty() && (tail[at] != '+' || trimmed(rest) != unit)) continue;
    range.unit = unit;
    range.step = tail[at];
    range.by = *by;
    return true;
  }
  range.unit = trimmed(tail);
  return std::string_view("+*/").find(tail.empty() ? ' ' : tail.back()) == std::string_view::npos;
}

/// What is wrong with it; empty: nothing.
std::string_view fault_of(const Range& range) {
  if (range.high < range.low) return "ends below its beginning";
  switch (range.step) {
    case '*':
      if (!(range.low > 0)) return "a factor leads nowhere from 0 or less";
      if (!(range.by > 1)) return "its factor has to be above 1";
      if (std::log(range.high / range.low) / std::log(range.by) > most_values) return "is too long";
      return {};
    case '/':
      if (!(range.by >= 2) || range.by != std::floor(range.by))
        return "its count has to be a whole number of at least 2";
      if (range.by > most_values) return "is too long";
      return {};
    default:
      if (!(range.by > 0)) return "its step has to be above 0";
      if ((range.high - range.low) / range.by > most_values) return "is too long";
      return {};
  }
}

std::vector<std::string> expanded(const Range& range) {
  std::vector<std::string> values;
  const auto add = [&](double value) {
    values.push_back(fmt::format("{:.12g}{}{}", value, range.unit.empty() ? "" : " ", range.unit));
  };
  if (range.step == '/') {
    const auto count = static_cast<std::size_t>(range.by);
    for (std::size_t i = 0; i < count; ++i)
      add(range.low +
          (range.high - range.low) * static_cast<double>(i) / static_cast<double>(count - 1));
  } else if (range.step == '*') {
    double value = range.low;
    for (int i = 1; value <= range.high * (1 + rounding); ++i) {
      add(value);
      value = range.low * std::pow(range.by, i);
    }
  } else {
    const double steps = std::floor((range.high - range.low) / range.by + rounding);
    for (double i = 0; i <= steps; ++i)
      add(range.low + i * range.by);
  }
  return values;
}

void add_values(std::string_view option, std::string_view text, std::vector<std::string>& values,
                Diagnostics& faults) {
  const auto refuse = [&](std::string_view what) {
    faults.error({}, fmt::format("{}: the range {} {}", option, quote(text), what),
                 std::string(forms));
  };
  std::string_view rest = text;
  // `1..4` must not be read as the number `1.`.
  const std::size_t dots = rest.find("..");
  std::string_view first = rest.substr(0, dots);
  const auto low = take_number(first);
  if (dots == std::string_view::npos || !low) {
    if (text.empty()) faults.error({}, fmt::format("{}: an empty value in its list", option));
    values.emplace_back(text);
    return;
  }
  Range range;
  range.low = *low;
  rest = trimmed(rest.substr(dots + 2));
  const auto high = take_number(rest);
  if (!high) return refuse("has no end");
  range.high = *high;
  if (!read_tail(rest, range)) return refuse("ends with an operator and no number");
  if (!trimmed(first).empty() && trimmed(first) != range.unit)
    return refuse("has two units: give both ends in one");
  if (const std::string_view fault = fault_of(range); !fault.empty()) return refuse(fault);
  for (std::string& value : expanded(range))
    values.push_back(std::move(value));
}

}  // namespace

std::vector<std::string> values_of(std::string_view option, std::string_view text, bool commas,
                                   Diagnostics& faults) {
  std::vector<std::string> values;
  for (std::size_t begin = 0, end = 0; end != std::string_view::npos; begin = end + 1) {
    end = commas ? text.find(',', begin) : std::string_view::npos;
    const std::size_t length = end == std::string_view::npos ? end : end - begin;
    add_values(option, trimmed(text.substr(begin, length)), values, faults);
  }
  return values;
}

}  // namespace infersim
