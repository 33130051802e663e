#include "core/table_access.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include <fmt/format.h>

#include "infersim/core/text.hpp"

namespace infersim::detail {

namespace {

std::string key_text(std::string_view key) {
  constexpr std::string_view bare =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";
  const bool plain =
      !key.empty() && key.size() <= 60 && key.find_first_not_of(bare) == std::string_view::npos;
  return plain ? std::string(key) : quote(key);
}

}  // namespace

TableAccess::TableAccess(std::shared_ptr<Document> document, const Value* table, std::string path)
    : document_(std::move(document)), table_(table), path_(std::move(path)) {}

const Member* TableAccess::member(std::string_view key) const {
  const Member* found = silent() ? nullptr : find(*table_->as<Value::Table>(), key);
  return found == nullptr || found->value.as<Value::Null>() != nullptr ? nullptr : found;
}

Location TableAccess::location() const {
  return silent() || is_root() ? document_->lines.whole() : document_->location(table_->place);
}

Location TableAccess::location(std::string_view key) const {
  const Member* found = member(key);
  return found == nullptr ? location() : document_->location(found->value.place);
}

std::string TableAccess::path(std::string_view key) const {
  return is_root() ? key_text(key) : path_ + '.' + key_text(key);
}

std::vector<std::string> TableAccess::keys() const {
  if (silent()) return {};
  std::vector<const Member*> members;
  for (const Member& each : *table_->as<Value::Table>())
    members.push_back(&each);
  std::sort(members.begin(), members.end(),
            [](const Member* a, const Member* b) { return a->place < b->place; });
  std::vector<std::string> names;
  for (const Member* each : members)
    names.push_back(each->key);
  return names;
}

std::vector<const Member*> TableAccess::unread() const {
  if (silent()) return {};
  std::vector<const Member*> members;
  for (const Member& each : *table_->as<Value::Table>()) {
    const auto asked = asked_.find(each.key);
    const bool read = asked != asked_.end() && asked->second;
    if (!read && each.value.as<Value::Null>() == nullptr) members.push_back(&each);
  }
  return members;
}

void TableAccess::report_unread() {
  std::vector<std::string> absent;
  for (const auto& [key, read] : asked_) {
    if (member(key) == nullptr) absent.push_back(key);
  }
  for (const Member* each : unread()) {
    if (!heard()) return;
    fault(document_->location(each->place), each->key, "unknown key",
          did_you_mean(each->key, absent));
  }
}

const Value* TableAccess::look(std::string_view key, bool reading) {
  const auto [entry, added] = asked_.try_emplace(std::string(key), reading);
  entry->second = entry->second || reading;
  const Member* found = member(key);
  return found == nullptr ? nullptr : &found->value;
}

const Value* TableAccess::take(std::string_view key, bool required) {
  const Value* value = look(key, true);
  if (value == nullptr && required) fault(location(), key, "missing required key");
  return value;
}

std::optional<std::string> TableAccess::text(std::string_view key, bool required) {
  const Value* value = take(key, required);
  if (value == nullptr) return std::nullopt;
  const auto* text = value->as<std::string>();
  if (text == nullptr) {
    wrong_type(*value, key, "a text");
    return std::nullopt;
  }
  if (required && text->empty()) fault(*value, key, "must not be empty");
  return *text;
}

std::optional<std::int64_t> TableAccess::integer(std::string_view key, IntegerRange range,
                                                 bool required) {
  const Value* value = take(key, required);
  if (value == nullptr) return std::nullopt;
  const auto* number = value->as<std::int64_t>();
  if (number == nullptr) {
    wrong_type(*value, key, "a whole number");
    return std::nullopt;
  }
  if (*number < range.least || *number > range.most) {
    fault(*value, key,
          fmt::format("expected a whole number from {} to {}, found {}", range.least, range.most,
                      *number));
    return std::nullopt;
  }
  return *number;
}

std::optional<double> TableAccess::number(std::string_view key, double least, double most,
                                          bool required) {
  const Value* value = take(key, required);
  if (value == nullptr) return std::nullopt;
  double number = 0.0;
  if (const auto* whole = value->as<std::int64_t>()) {
    number = static_cast<double>(*whole);
  } else if (const auto* fraction = value->as<double>()) {
    number = *fraction;
  } else {
    wrong_type(*value, key, "a number");
    return std::nullopt;
  }
  if (!std::isfinite(number) || number < least || number > most) {
    fault(*value, key,
          fmt::format("expected a number from {:g} to {:g}, found {:g}", least, most, number));
    return std::nullopt;
  }
  return number;
}

std::optional<bool> TableAccess::boolean(std::string_view key, bool required) {
  const Value* value = take(key, required);
  if (value == nullptr) return std::nullopt;
  if (const auto* flag = value->as<bool>()) return *flag;
  wrong_type(*value, key, "true or false");
  return std::nullopt;
}

std::optional<std::vector<std::string>> TableAccess::texts(std::string_view key, bool required) {
  const Value* value = take(key, required);
  if (value == nullptr) return std::nullopt;
  const auto* array = value->as<Value::Array>();
  if (array == nullptr) {
    wrong_type(*value, key, "an array of texts");
    return std::nullopt;
  }
  std::vector<std::string> texts;
  for (const Value& element : *array) {
    if (const auto* text = element.as<std::string>()) {
      texts.push_back(*text);
    } else {
      wrong_type(element, key, "only texts in this array");
    }
  }
  return texts;
}

std::optional<std::vector<std::int64_t>> TableAccess::integers(std::string_view key,
                                                               bool required) {
  const Value* value = take(key, required);
  if (value == nullptr) return std::nullopt;
  const auto* array = value->as<Value::Array>();
  if (array == nullptr) {
    wrong_type(*value, key, "an array of whole numbers");
    return std::nullopt;
  }
  std::vector<std::int64_t> numbers;
  for (const Value& element : *array) {
    if (const auto* number = element.as<std::int64_t>()) {
      numbers.push_back(*number);
    } else {
      wrong_type(element, key, "only whole numbers in this array");
    }
  }
  return numbers;
}

const Value* TableAccess::table(std::string_view key, bool required, std::string hint) {
  const Value* value = take(key, required);
  if (value == nullptr || value->as<Value::Table>() != nullptr) return value;
  const bool json = document_->syntax == Syntax::json;
  wrong_type(*value, key, json ? "an object" : "a table", std::move(hint));
  return nullptr;
}

void TableAccess::fault(Location at, std::string_view key, std::string_view message,
                        std::string hint) {
  if (!heard()) return;
  document_->faults->error(std::move(at), fmt::format("{}: {}", path(key), message),
                           std::move(hint));
}

void TableAccess::fault(const Value& at, std::string_view key, std::string_view message,
                        std::string hint) {
  if (heard()) fault(document_->location(at.place), key, message, std::move(hint));
}

void TableAccess::wrong_type(const Value& value, std::string_view key, std::string_view wanted,
                             std::string hint) {
  fault(value, key, fmt::format("expected {}, found {}", wanted, document_->kind_of(value)),
        std::move(hint));
}

}  // namespace infersim::detail
