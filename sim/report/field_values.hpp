#pragma once

#include <cmath>
#include <optional>
#include <string_view>

#include "infersim/report/schema.hpp"
#include "infersim/workload/layer_cache.hpp"

// How fields of the record are read: values in their units, empty where they do not apply.

namespace infersim::detail {

using Value = FieldValue;

/// What `read` makes of a part of the answer; empty where the answer has no such part.
template <class Part, class Read>
inline Value of(const std::optional<Part>& part, Read read) {
  return part ? Value{read(*part)} : Value{};
}

// The same of the parts that an answer may lack.
template <class Read>
inline Value of_prefill(const Answer& a, Read read) {
  return of(a.best().prefill, read);
}
template <class Read>
inline Value of_decode(const Answer& a, Read read) {
  return of(a.best().decode, read);
}
template <class Read>
inline Value of_service(const Answer& a, Read read) {
  return of(a.best().service, read);
}

inline Value text(std::string_view value) { return std::string(value); }
inline Value whole(int value) { return std::int64_t{value}; }

/// A count that may have been asked for as a fraction.
inline Value count(double value) {
  if (std::isfinite(value) && value == std::floor(value) && std::abs(value) < 9e15) {
    return static_cast<std::int64_t>(value);
  }
  return value;
}

template <Dim D>
inline Value in(Quantity<D> value, Quantity<D> unit) {
  return value / unit;
}

template <Dim D>
inline Value base(Quantity<D> value) {
  return value.base();
}

/// Bytes of a device whose every rank has `of_rank`.
inline Value bytes_of(const Answer& a, Bytes of_rank) {
  return count(of_rank.base() * a.best().plan.ranks_per_device);
}

inline Value per_million(const std::optional<DollarsPerToken>& price) {
  if (!price) return {};
  return (*price * million_tokens).base();
}

inline Value per_hour(DollarRate rate) { return (rate * hour).base(); }

/// What a bought device's hour is made of; a rental does not say.
inline Value part_of_hour(const Answer& a, DollarRate HourlyPrice::*part) {
  const auto& hourly = a.best().bill.hourly;
  return hourly && hourly->basis == PriceBasis::own ? per_hour((*hourly).*part) : Value{};
}

template <class Read>
inline Value of_price(const Answer& a, Read read) {
  const auto& hourly = a.best().bill.hourly;
  return hourly ? read(*hourly) : Value{};
}

template <class Read>
inline Value of_source(const Answer& a, Read read) {
  return of_price(a, [&](const HourlyPrice& hourly) { return read(hourly.provenance); });
}

inline Value known(const std::string& value) { return value.empty() ? Value{} : text(value); }

inline Bytes model_kv(const Answer& a) {
  return kv_bytes_per_token(a.scenario.model, a.scenario.precision.kv);
}

inline Bytes free_bytes(const Answer& a) {
  return a.best().memory.kv_capacity * a.best().plan.ranks_per_device - a.kv_in_use();
}

inline Carbon carbon_per_million(const Answer& a) {
  return a.best().bill.energy.carbon_per_output_token * million_tokens;
}

/// The interval of 1/x.
inline std::optional<Interval> inverse(const std::optional<Interval>& spread) {
  if (!spread) return std::nullopt;
  return spread->inverse();
}

inline std::string_view phase_name(PhaseChoice phase) {
  switch (phase) {
    case PhaseChoice::prefill: return "prefill";
    case PhaseChoice::decode: return "decode";
    case PhaseChoice::both: break;
  }
  return "both";
}

inline TokenRate user_rate(Seconds tpot) { return Tokens{1.0} / tpot; }

}  // namespace infersim::detail
