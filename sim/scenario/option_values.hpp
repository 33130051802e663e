#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "infersim/core/diagnostic.hpp"
#include "infersim/core/number_type.hpp"
#include "infersim/core/quantity.hpp"
#include "infersim/hardware/device.hpp"
#include "infersim/scenario/question.hpp"

namespace infersim::detail {

// Values of options. What cannot be read as one is a fault that names the option, the text and what
// would be right; the result is then empty. Ranges are for `load_scenario` to check.

std::optional<int> parse_count(std::string_view option, std::string_view text, Diagnostics& faults);
std::optional<double> parse_number(std::string_view option, std::string_view text,
                                   Diagnostics& faults);
/// A number of milliseconds, or a time with its unit: `50`, `2 s`, `50ms`.
std::optional<Seconds> parse_milliseconds(std::string_view option, std::string_view text,
                                          Diagnostics& faults);
std::optional<NumberType> parse_type(std::string_view option, std::string_view text,
                                     Diagnostics& faults);
/// A number type or a format of weights.
std::optional<WeightChoice> parse_weight_choice(std::string_view option, std::string_view text,
                                                Diagnostics& faults);
PhaseChoice parse_phase(std::string_view option, std::string_view text, Diagnostics& faults);
std::optional<Tuning> parse_tuning(std::string_view option, std::string_view text,
                                   Diagnostics& faults);

/// A kind of engine, or two with a comma: `npu`, `npu,cpu`.
std::optional<EnginePair> parse_engine(std::string_view option, std::string_view text,
                                       Diagnostics& faults);

std::optional<bool> parse_yes_no(std::string_view option, std::string_view text,
                                 Diagnostics& faults);
/// `exact`, or shares of the nominal lengths: `0.8-1.0`.
LengthRange parse_lengths(std::string_view option, std::string_view text, Diagnostics& faults);
/// Tokens or a share of each prompt: `512`, `40%`.
std::optional<PrefixHits> parse_cached(std::string_view option, std::string_view text,
                                       Diagnostics& faults);
/// `on-demand`, `spot`, `1-year`, `3-years`, `own`.
Currency parse_shown_currency(std::string_view option, std::string_view text, Diagnostics& faults);
std::optional<PriceBasis> parse_terms(std::string_view option, std::string_view text,
                                      Diagnostics& faults);
/// Prices of devices, with commas between: `h200=2.10` (USD an hour), `b200=15CNY/h`,
/// `mi300x=10000USD` (bought).
std::vector<GivenPrice> parse_prices(std::string_view option, std::string_view text,
                                     Diagnostics& faults);
std::optional<JoinedBy> parse_join(std::string_view option, std::string_view text,
                                   Diagnostics& faults);
/// A number of layers, or the word that stands for all_layers.
std::optional<int> parse_layers(std::string_view option, std::string_view text,
                                std::string_view word, Diagnostics& faults);
/// Whether it is `auto`.
bool parse_offload(std::string_view option, std::string_view text, Diagnostics& faults);
SizeChoice parse_size(std::string_view option, std::string_view text, Diagnostics& faults);

}  // namespace infersim::detail
