#include "cli/values.hpp"

#include <charconv>
#include <cmath>
#include <limits>
#include <optional>
#include <system_error>
#include <vector>

#include <fmt/format.h>

#include "infersim/core/text.hpp"
#include "infersim/core/units.hpp"

namespace infersim::cli {

namespace {

void fault(std::string_view option, std::string_view text, std::string_view what, std::string hint,
           Diagnostics& faults) {
  const std::string shown = text.empty() ? "an empty value" : quote(text);
  faults.error({}, fmt::format("{}: {} is not {}", option, shown, what), std::move(hint));
}

/// The whole text as a finite number.
std::optional<double> plain_number(std::string_view text) {
  double value = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failure != std::errc{} || end != text.data() + text.size() || !std::isfinite(value)) {
    return std::nullopt;
  }
  return value;
}

}  // namespace

std::optional<int> parse_count(std::string_view option, std::string_view text,
                               Diagnostics& faults) {
  const auto value = plain_number(text);
  constexpr double most = std::numeric_limits<int>::max();
  if (value && *value == std::floor(*value) && std::abs(*value) <= most) {
    return static_cast<int>(*value);
  }
  fault(option, text, "a number it can take", "give a whole number", faults);
  return std::nullopt;
}

std::optional<double> parse_number(std::string_view option, std::string_view text,
                                   Diagnostics& faults) {
  const auto value = plain_number(text);
  if (!value) fault(option, text, "a number", "give a number, for example 0.8", faults);
  return value;
}

std::optional<Seconds> parse_milliseconds(std::string_view option, std::string_view text,
                                          Diagnostics& faults) {
  std::optional<Seconds> value;
  if (const auto number = plain_number(text)) {
    value = *number * millisecond;
  } else if (const auto quantity = parse_quantity<dim::time>(text)) {
    value = *quantity;
  }
  if (value && std::isfinite(value->base())) return value;
  fault(option, text, "a time",
        "give milliseconds, for example 50, or a time with its unit, for example \"2 s\"", faults);
  return std::nullopt;
}

std::optional<NumberType> parse_type(std::string_view option, std::string_view text,
                                     Diagnostics& faults) {
  if (const auto type = parse_number_type(text)) return type;
  std::vector<std::string> names;
  for (const NumberType type : all_number_types)
    names.emplace_back(name(type));
  fault(option, text, "a number type", "one of: " + join(names), faults);
  return std::nullopt;
}

PhaseChoice parse_phase(std::string_view option, std::string_view text, Diagnostics& faults) {
  if (text == "prefill") return PhaseChoice::prefill;
  if (text == "decode") return PhaseChoice::decode;
  if (text == "both") return PhaseChoice::both;
  fault(option, text, "a phase", "one of: prefill, decode, both (the default)", faults);
  return PhaseChoice::both;
}

}  // namespace infersim::cli
