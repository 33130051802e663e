#include "workload/hf_object.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace infersim::detail {

HfObject::HfObject(JsonReader json, std::set<std::string, std::less<>> accepted)
    : json_(std::move(json)), accepted_(std::move(accepted)) {
  for (const std::string& key : accepted_)
    json_.ignore(key);
}

bool HfObject::has(std::string_view key) const {
  return json_.has(key) && !accepted_.contains(key);
}

bool HfObject::has_any(HfNames names) const {
  return std::any_of(names.begin(), names.end(), [this](std::string_view key) { return has(key); });
}

bool HfObject::is_off(std::string_view key) const { return !has(key) || json_.is_off(key); }

JsonKind HfObject::kind(std::string_view key) const {
  return has(key) ? json_.kind(key) : JsonKind::absent;
}

std::string HfObject::found(HfNames names) const {
  for (const std::string_view key : names) {
    if (has(key)) return std::string(key);
  }
  return std::string(*names.begin());
}

bool HfObject::present(std::string_view key) {
  if (has(key)) return true;
  missed_.emplace(key);
  return false;
}

std::optional<Count> HfObject::integer(HfNames names, IntegerRange range) {
  std::optional<Count> value;
  std::string_view from;
  for (const std::string_view key : names) {
    if (!present(key)) continue;
    const auto other = json_.optional_integer(key, range);
    if (!other) continue;
    if (value && *value != *other) contradiction(key, from, std::to_string(*value));
    if (!value) {
      value = other;
      from = key;
    }
  }
  return value;
}

Count HfObject::required(HfNames names, IntegerRange range) {
  require(names);
  return integer(names, range).value_or(0);
}

Count HfObject::bounded(HfNames names, Count value) {
  constexpr Count most = IntegerRange{}.most;
  if (value <= most) return value;
  fault(found(names), fmt::format("makes a width of {}; expected at most {}", value, most));
  return 0;
}

void HfObject::require(HfNames names) {
  if (!has_any(names)) fault(*names.begin(), "missing required key");
}

std::optional<std::vector<Count>> HfObject::per_layer(HfNames names, Count layers) {
  const std::string key = found(names);
  if (kind(key) != JsonKind::array) {
    const auto value = integer(names);
    if (!value) return std::nullopt;
    return std::vector<Count>(static_cast<std::size_t>(layers), *value);
  }
  auto values = integers(key);
  if (!values) return values;
  if (static_cast<Count>(values->size()) != layers) {
    fault(key, fmt::format("{} figures for {} layers", values->size(), layers));
    return std::nullopt;
  }
  constexpr Count most = IntegerRange{}.most;
  const auto wrong = std::find_if(values->begin(), values->end(),
                                  [](Count value) { return value < 0 || value > most; });
  if (wrong != values->end()) {
    fault(key, fmt::format("expected whole numbers from 0 to {}, found {}", most, *wrong));
    return std::nullopt;
  }
  return values;
}

std::optional<bool> HfObject::optional_flag(std::string_view key) {
  if (!present(key)) return std::nullopt;
  if (json_.kind(key) == JsonKind::integer) {
    const auto number = json_.optional_integer(key, {.least = 0, .most = 1});
    return number ? std::optional(*number == 1) : std::nullopt;
  }
  return json_.optional_boolean(key);
}

bool HfObject::any_flag(HfNames names) {
  bool any = false;
  for (const std::string_view key : names)
    any = flag(key) || any;
  return any;
}

std::optional<double> HfObject::number(std::string_view key) {
  return present(key) ? json_.optional_number(key) : std::nullopt;
}

std::optional<std::string> HfObject::text(std::string_view key) {
  return present(key) ? json_.optional_text(key) : std::nullopt;
}

std::optional<std::vector<std::string>> HfObject::texts(std::string_view key) {
  return present(key) ? json_.optional_texts(key) : std::nullopt;
}

std::optional<std::vector<Count>> HfObject::integers(std::string_view key) {
  return present(key) ? json_.optional_integers(key) : std::nullopt;
}

std::optional<HfObject> HfObject::object(std::string_view key) {
  if (!present(key)) return std::nullopt;
  auto inner = json_.optional_object(key);
  if (!inner) return std::nullopt;
  return HfObject(std::move(*inner), accepted_);
}

void HfObject::ignore(HfNames names) {
  for (const std::string_view key : names)
    json_.ignore(key);
}

void HfObject::fault(std::string_view key, std::string message, std::string hint) {
  json_.fault(key, std::move(message), std::move(hint));
}

void HfObject::contradiction(std::string_view key, std::string_view other, std::string_view value) {
  fault(key, value.empty() ? fmt::format("contradicts {}", other)
                           : fmt::format("contradicts {} = {}", other, value));
}

}  // namespace infersim::detail
