#include "scenario/option_values.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <optional>
#include <system_error>
#include <vector>

#include <fmt/format.h>

#include "infersim/core/text.hpp"
#include "infersim/core/units.hpp"

namespace infersim::detail {

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

std::optional<int> parse_layers(std::string_view option, std::string_view text,
                                std::string_view word, Diagnostics& faults) {
  if (text == word) return all_layers;
  const auto value = plain_number(text);
  if (value && *value == std::floor(*value) && *value >= 0 && *value < all_layers) {
    return static_cast<int>(*value);
  }
  fault(option, text, "a number of layers", fmt::format("give a whole number, or {}", word),
        faults);
  return std::nullopt;
}

std::optional<JoinedBy> parse_join(std::string_view option, std::string_view text,
                                   Diagnostics& faults) {
  for (const JoinedBy by : {JoinedBy::pcie, JoinedBy::thunderbolt, JoinedBy::ethernet}) {
    if (text == name(by)) return by;
  }
  fault(option, text, "a link between devices of one user", "one of: pcie, thunderbolt, ethernet",
        faults);
  return std::nullopt;
}

bool parse_offload(std::string_view option, std::string_view text, Diagnostics& faults) {
  if (text != "auto" && text != "none") {
    fault(option, text, "a way to place weights",
          "one of: auto, none (the default); --gpu-layers, --cpu-experts and --flash-layers pin it",
          faults);
  }
  return text == "auto";
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

std::optional<WeightChoice> parse_weight_choice(std::string_view option, std::string_view text,
                                                Diagnostics& faults) {
  if (auto choice = parse_weights(text)) return choice;
  fault(option, text, "a number type or format", "one of: " + join(weight_names()), faults);
  return std::nullopt;
}

PhaseChoice parse_phase(std::string_view option, std::string_view text, Diagnostics& faults) {
  if (text == "prefill") return PhaseChoice::prefill;
  if (text == "decode") return PhaseChoice::decode;
  if (text == "both") return PhaseChoice::both;
  fault(option, text, "a phase", "one of: prefill, decode, both (the default)", faults);
  return PhaseChoice::both;
}

std::optional<Tuning> parse_tuning(std::string_view option, std::string_view text,
                                   Diagnostics& faults) {
  for (const Tuning tuning : all_tunings) {
    if (text == name(tuning)) return tuning;
  }
  fault(option, text, "a way to launch a server", "one of: tuned, plain", faults);
  return std::nullopt;
}

std::optional<EnginePair> parse_engine(std::string_view option, std::string_view text,
                                       Diagnostics& faults) {
  const auto kind_called = [](std::string_view word) -> std::optional<EngineKind> {
    for (const EngineKind kind : all_engine_kinds) {
      if (word == name(kind)) return kind;
    }
    return std::nullopt;
  };
  const std::size_t comma = text.find(',');
  const auto prefill = kind_called(text.substr(0, comma));
  const auto decode =
      comma == std::string_view::npos ? prefill : kind_called(text.substr(comma + 1));
  if (prefill && decode) return EnginePair{*prefill, *decode};
  fault(option, text, "a kind of engine",
        "one of: gpu, npu, cpu; or two of them, for prefill and decode: npu,cpu", faults);
  return std::nullopt;
}

std::optional<bool> parse_yes_no(std::string_view option, std::string_view text,
                                 Diagnostics& faults) {
  if (text == "yes") return true;
  if (text == "no") return false;
  fault(option, text, "yes or no", "give yes or no", faults);
  return std::nullopt;
}

LengthRange parse_lengths(std::string_view option, std::string_view text, Diagnostics& faults) {
  if (text == "exact") return {};
  const std::size_t dash = text.find('-', 1);
  if (dash != std::string_view::npos) {
    const auto least = plain_number(text.substr(0, dash));
    const auto most = plain_number(text.substr(dash + 1));
    if (least && most) return {*least, *most};
  }
  fault(option, text, "a range of lengths",
        "give exact, or shares of --isl and --osl: 0.8-1.0 draws lengths between 80 % of them and "
        "all",
        faults);
  return {};
}

std::optional<PrefixHits> parse_cached(std::string_view option, std::string_view text,
                                       Diagnostics& faults) {
  const bool share = text.ends_with('%');
  if (const auto value = plain_number(share ? text.substr(0, text.size() - 1) : text)) {
    return share ? PrefixHits{0.0, *value / 100.0} : PrefixHits{*value, 0.0};
  }
  fault(option, text, "a part of a prompt",
        "give tokens of each prompt, for example 512, or a share of it, for example 40%", faults);
  return std::nullopt;
}

Currency parse_shown_currency(std::string_view option, std::string_view text, Diagnostics& faults) {
  const auto currency = parse_currency(text);
  if (!currency) fault(option, text, "a currency", "give usd, cny or eur", faults);
  return currency.value_or(Currency::usd);
}

std::optional<PriceBasis> parse_terms(std::string_view option, std::string_view text,
                                      Diagnostics& faults) {
  const auto basis = parse_price_basis(text);
  if (!basis) {
    fault(option, text, "a price basis", "give on-demand, spot, 1-year, 3-years or own", faults);
  }
  return basis;
}

namespace {

/// `h200=15CNY/h` in parts; empty if it is none.
std::optional<GivenPrice> given_price(std::string_view text) {
  const std::size_t equals = text.rfind('=');
  if (equals == std::string_view::npos || equals == 0) return std::nullopt;
  GivenPrice price;
  price.hw = std::string(text.substr(0, equals));
  std::string_view amount = text.substr(equals + 1);
  const std::size_t digits = amount.find_first_not_of("0123456789.");
  const auto value = plain_number(amount.substr(0, digits));
  if (!value || !(*value > 0)) return std::nullopt;
  price.amount = *value;
  if (digits == std::string_view::npos) return price;
  std::string_view unit = amount.substr(digits);
  unit.remove_prefix(std::min(unit.find_first_not_of(' '), unit.size()));
  price.hourly = unit.ends_with("/h");
  if (price.hourly) unit.remove_suffix(2);
  const auto currency = parse_currency(unit);
  if (!currency) return std::nullopt;
  price.currency = *currency;
  return price;
}

}  // namespace

std::vector<GivenPrice> parse_prices(std::string_view option, std::string_view text,
                                     Diagnostics& faults) {
  std::vector<GivenPrice> prices;
  for (std::size_t begin = 0, end = 0; end != std::string_view::npos; begin = end + 1) {
    end = text.find(',', begin);
    const std::string_view part =
        text.substr(begin, end == std::string_view::npos ? end : end - begin);
    if (const auto price = given_price(part)) {
      prices.push_back(*price);
    } else {
      fault(option, part, "a device and its price",
            "give NAME=PRICE, for example h200=2.10 (USD an hour), h200=15CNY/h, or "
            "h200=25000USD (bought)",
            faults);
    }
  }
  return prices;
}

SizeChoice parse_size(std::string_view option, std::string_view text, Diagnostics& faults) {
  if (text == "smallest") return SizeChoice::smallest;
  if (text == "cheapest") return SizeChoice::cheapest;
  fault(option, text, "a size", "one of: cheapest (the default), smallest", faults);
  return SizeChoice::cheapest;
}

}  // namespace infersim::detail
