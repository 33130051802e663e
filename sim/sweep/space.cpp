#include "sweep/space.hpp"

#include <algorithm>
#include <filesystem>

#include <fmt/format.h>

#include "infersim/core/text.hpp"
#include "infersim/scenario/parts.hpp"
#include "sweep/range.hpp"

namespace infersim {
namespace {

/// More questions than anyone can ask: a product that overflows would name wrong points.
constexpr std::uint64_t most_points = 1'000'000'000'000;

const QuestionOption* option_called(std::string_view name) {
  for (const QuestionOption& option : question_options())
    if (option.name == name) return &option;
  return nullptr;
}

/// Whether commas set values apart: not where a value may hold one.
bool has_lists(std::string_view option, std::string_view text) {
  if (option == "--engine") return false;  // `npu,cpu` is one value
  // The path of a model may have a comma in it.
  return option != "--model" || !std::filesystem::exists(text);
}

}  // namespace

bool Axis::chooses_parts() const {
  return kind == AxisKind::setting ||
         (kind == AxisKind::option && infersim::chooses_parts(option->name));
}

std::string Axis::column() const { return kind == AxisKind::price ? "price." + key : key; }

Axis& Space::axis(AxisKind kind, std::string key, const QuestionOption* option) {
  const auto known = std::find_if(axes_.begin(), axes_.end(), [&](const Axis& each) {
    return each.kind == kind && each.key == key;
  });
  if (known != axes_.end()) return *known;
  axes_.push_back({kind, std::move(key), {}, option});
  return axes_.back();
}

void Space::add_keyed(AxisKind kind, std::string_view option, std::string_view text,
                      Diagnostics& faults) {
  const std::size_t equals = text.find('=');
  if (equals == std::string_view::npos || equals == 0 || equals + 1 == text.size()) {
    faults.error({}, fmt::format("{}: {} is no KEY=VALUES", option, quote(text)),
                 kind == AxisKind::price ? "for example --price h200=1.5..3/4"
                                         : "for example --set device.memory.bandwidth=2..64TB/s*2");
    return;
  }
  const std::string key(text.substr(0, equals));
  const std::vector<std::string> values =
      values_of(fmt::format("{} {}", option, key), text.substr(equals + 1), true, faults);
  Axis& to = axis(kind, key, kind == AxisKind::price ? option_called("--price") : nullptr);
  to.values.insert(to.values.end(), values.begin(), values.end());
}

void Space::add(std::string_view option, std::string_view text, Diagnostics& faults) {
  if (option == "--set") return add_keyed(AxisKind::setting, option, text, faults);
  if (option == "--price") return add_keyed(AxisKind::price, option, text, faults);
  const QuestionOption* known = option_called(option);
  const std::vector<std::string> values = values_of(option, text, has_lists(option, text), faults);
  Axis& to = axis(AxisKind::option, known->key(), known);
  to.values.insert(to.values.end(), values.begin(), values.end());
}

void Space::check(Diagnostics& faults) const {
  for (const char* needed : {"hw", "model"}) {
    const bool there = std::any_of(axes_.begin(), axes_.end(),
                                   [&](const Axis& each) { return each.column() == needed; });
    if (!there) faults.error({}, fmt::format("--{}: none is named", needed), "give one or several");
  }
  for (const Axis& each : axes_) {
    for (const std::string& value : each.values) {
      Question scratch;
      if (each.kind == AxisKind::option)
        each.option->set(scratch, each.option->name, value, faults);
      if (each.kind == AxisKind::price) {
        each.option->set(scratch, each.option->name, fmt::format("{}={}", each.key, value), faults);
      }
    }
  }
  std::uint64_t points = 1;
  for (const Axis& each : axes_) {
    points *= std::max<std::uint64_t>(each.values.size(), 1);
    if (points > most_points) {
      faults.error({}, "more than a million million questions", "give shorter ranges");
      return;
    }
  }
}

std::uint64_t Space::size() const {
  std::uint64_t points = 1;
  for (const Axis& each : axes_)
    points *= each.values.size();
  return points;
}

std::vector<std::size_t> Space::digits(std::uint64_t point) const {
  std::vector<std::size_t> digits(axes_.size());
  for (std::size_t i = axes_.size(); i-- > 0;) {
    digits[i] = static_cast<std::size_t>(point % axes_[i].values.size());
    point /= axes_[i].values.size();
  }
  return digits;
}

Question Space::question(const std::vector<std::size_t>& digits, Diagnostics& faults) const {
  Question question = base_;
  std::string prices;
  for (std::size_t i = 0; i < axes_.size(); ++i) {
    const Axis& each = axes_[i];
    const std::string& value = each.values[digits[i]];
    switch (each.kind) {
      case AxisKind::option: each.option->set(question, each.option->name, value, faults); break;
      case AxisKind::setting: question.set.push_back({each.key, value}); break;
      case AxisKind::price:
        prices += fmt::format("{}{}={}", prices.empty() ? "" : ",", each.key, value);
        break;
    }
  }
  if (!prices.empty()) option_called("--price")->set(question, "--price", prices, faults);
  return question;
}

std::string Space::id(std::string_view besides) const {
  std::uint64_t hash = 0xcbf29ce484222325U;
  const auto mix = [&](std::string_view text) {
    for (const char c : text)
      hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
    hash = (hash ^ 0xffU) * 0x100000001b3U;  // no byte of UTF-8: texts do not run together
  };
  for (const Axis& each : axes_) {
    mix(each.column());
    for (const std::string& value : each.values)
      mix(value);
    mix({});
  }
  for (const std::string& key : base_.accept)
    mix(key);
  mix(besides);
  return fmt::format("{:016x}/{}", hash, size());
}

}  // namespace infersim
