#include "sweep/evaluator.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <set>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "infersim/core/text.hpp"
#include "infersim/search/planner.hpp"

namespace infersim {

/// Descriptions of some questions, or why they cannot be loaded.
struct SweepEvaluator::Loaded {
  std::once_flag once;
  std::optional<LoadedParts> parts;
  std::vector<Diagnostic> faults;
};

namespace {

/// Loaded descriptions take some 100 KB; those of settings that vary are rarely asked for again.
constexpr std::size_t most_loaded = 512;
/// Combinations that are tried before a name or a figure counts as wrong everywhere.
constexpr int most_tries = 256;
/// Values of one setting that are tried beforehand: ranges are alike in all of them.
constexpr std::size_t most_tried_values = 16;

FieldValue typed(const std::string& text) {
  const char* const end = text.data() + text.size();
  std::int64_t whole = 0;
  if (const auto [at, error] = std::from_chars(text.data(), end, whole);
      error == std::errc{} && at == end) {
    return whole;
  }
  double number = 0;
  if (const auto [at, error] = std::from_chars(text.data(), end, number);
      error == std::errc{} && at == end) {
    return number;
  }
  return text;
}

std::string words_of(const std::vector<Diagnostic>& faults) {
  std::string words;
  for (const Diagnostic& fault : faults)
    words += (words.empty() ? "" : "; ") + fault.message;
  return words;
}

FieldValue end_of_interval(const SweepKey& key, const Answer& answer) {
  const auto spread = key.field->spread(answer);
  const FieldValue value = key.field->read(answer);
  const auto* number = std::get_if<double>(&value);
  if (!spread || number == nullptr) return {};
  return *number * (key.kind == SweepKey::Kind::p10 ? spread->p10 : spread->p90);
}

}  // namespace

SweepEvaluator::SweepEvaluator(const Catalog& catalog, const Space& space,
                               std::vector<SweepKey> keys)
    : catalog_(catalog), space_(space), keys_(std::move(keys)) {
  for (const Axis& axis : space.axes()) {
    std::vector<FieldValue>& values = axis_values_.emplace_back();
    for (const std::string& value : axis.values)
      values.push_back(typed(value));
  }
}

std::shared_ptr<const SweepEvaluator::Loaded> SweepEvaluator::loaded(
    const Digits& digits, const Question& question) const {
  Digits choosing;
  for (std::size_t i = 0; i < digits.size(); ++i)
    if (space_.axes()[i].chooses_parts()) choosing.push_back(digits[i]);
  std::shared_ptr<Loaded> entry;
  {
    const std::scoped_lock lock(guard_);
    if (cache_.size() >= most_loaded && !cache_.contains(choosing)) cache_.clear();
    std::shared_ptr<Loaded>& place = cache_[choosing];
    if (!place) place = std::make_shared<Loaded>();
    entry = place;
  }
  std::call_once(entry->once, [&] {
    try {
      entry->parts = load_parts(catalog_, question);
    } catch (const InputError& error) {
      entry->faults = error.faults();
    }
  });
  return entry;
}

SweepRow SweepEvaluator::at(std::uint64_t point) const {
  const Digits digits = space_.digits(point);
  SweepRow row{point, std::vector<FieldValue>(keys_.size())};
  const auto fill = [&](const Answer* answer, const std::string& why) {
    for (std::size_t i = 0; i < keys_.size(); ++i) {
      const SweepKey& key = keys_[i];
      switch (key.kind) {
        case SweepKey::Kind::axis: row.values[i] = axis_values_[key.axis][digits[key.axis]]; break;
        case SweepKey::Kind::reason:
          if (!why.empty()) row.values[i] = why;
          break;
        case SweepKey::Kind::field:
          if (answer != nullptr) row.values[i] = key.field->read(*answer);
          break;
        default:
          if (answer != nullptr) row.values[i] = end_of_interval(key, *answer);
      }
    }
  };
  try {
    Diagnostics faults;
    Question question = space_.question(digits, faults);
    faults.throw_if_any();
    const auto parts = loaded(digits, question);
    if (!parts->parts) throw InputError(parts->faults);
    const Scenario scenario = seal(std::move(question), *parts->parts);
    const auto planned = find_plan(scenario, 1);
    if (planned) {
      const Answer answer{scenario, *planned};
      fill(&answer, {});
    } else {
      fill(nullptr, planned.error().reason);
    }
  } catch (const InputError& error) {
    fill(nullptr, words_of(error.faults()));
  }
  return row;
}

std::vector<Diagnostic> SweepEvaluator::faults_of(std::size_t axis, std::size_t value) const {
  // Every combination of the others, in their order, until one can be loaded.
  Digits digits(space_.axes().size());
  digits[axis] = value;
  std::vector<Diagnostic> first;
  for (int tries = 0; tries < most_tries; ++tries) {
    Diagnostics unread;
    const auto entry = loaded(digits, space_.question(digits, unread));
    if (entry->parts) return {};
    if (first.empty()) first = entry->faults;
    std::size_t i = digits.size();
    while (i-- > 0) {
      if (i == axis || !space_.axes()[i].chooses_parts()) continue;
      if (++digits[i] < space_.axes()[i].values.size()) break;
      digits[i] = 0;
    }
    if (i > digits.size()) break;  // all were tried
  }
  return first;
}

void SweepEvaluator::check_prices(std::vector<Diagnostic>& faults) const {
  const auto& axes = space_.axes();
  const auto hw = std::find_if(axes.begin(), axes.end(),
                               [](const Axis& axis) { return axis.column() == "hw"; });
  std::set<std::string> asked;
  for (std::size_t i = 0; i < hw->values.size(); ++i) {
    asked.insert(fold_name(hw->values[i]));
    Digits digits(axes.size());
    digits[static_cast<std::size_t>(hw - axes.begin())] = i;
    Diagnostics unread;
    const auto entry = loaded(digits, space_.question(digits, unread));
    if (!entry->parts) continue;
    const Device& device = entry->parts->parts.device;
    asked.insert(fold_name(device.id));
    for (const std::string& alias : device.aliases)
      asked.insert(fold_name(alias));
  }
  for (const Axis& axis : axes) {
    if (axis.kind != AxisKind::price || asked.contains(fold_name(axis.key))) continue;
    faults.push_back({{},
                      fmt::format("--price {}: none of the devices asked for", axis.key),
                      "name it as --hw does"});
  }
}

void SweepEvaluator::check() const {
  std::vector<Diagnostic> faults;
  // One unknown name makes every value of the other axes fail: each fault is told once.
  const auto add = [&](const Diagnostic& fault) {
    const bool known = std::any_of(faults.begin(), faults.end(), [&](const Diagnostic& other) {
      return other.message == fault.message && other.location == fault.location;
    });
    if (!known) faults.push_back(fault);
  };
  for (std::size_t axis = 0; axis < space_.axes().size(); ++axis) {
    const Axis& each = space_.axes()[axis];
    if (!each.chooses_parts()) continue;
    const bool setting = each.kind == AxisKind::setting;
    const std::size_t tried =
        setting ? std::min(each.values.size(), most_tried_values) : each.values.size();
    for (std::size_t value = 0; value < tried; ++value)
      for (const Diagnostic& fault : faults_of(axis, value))
        add(fault);
  }
  if (faults.empty()) check_prices(faults);
  if (!faults.empty()) throw InputError(std::move(faults));
}

}  // namespace infersim
