#include "infersim/core/json_reader.hpp"

#include <limits>
#include <utility>

#include "core/json_parse.hpp"
#include "core/table_access.hpp"

namespace infersim {

struct JsonDocument::State {
  detail::Document document;
};

struct JsonReader::State {
  detail::TableAccess access;

  static std::unique_ptr<State> make(const std::shared_ptr<detail::Document>& document,
                                     const detail::Value* object, std::string path) {
    return std::make_unique<State>(State{{document, object, std::move(path)}});
  }
};

JsonReader::JsonReader(std::unique_ptr<State> state) : state_(std::move(state)) {}
JsonReader::JsonReader(JsonReader&&) noexcept = default;
JsonReader& JsonReader::operator=(JsonReader&&) noexcept = default;
JsonReader::~JsonReader() = default;

bool JsonReader::has(std::string_view key) const {
  return state_->access.look(key, false) != nullptr;
}

JsonKind JsonReader::kind(std::string_view key) const {
  const detail::Value* value = state_->access.look(key, false);
  if (value == nullptr) return JsonKind::absent;
  if (value->as<bool>() != nullptr) return JsonKind::boolean;
  if (value->as<std::int64_t>() != nullptr) return JsonKind::integer;
  if (value->as<double>() != nullptr) return JsonKind::number;
  if (value->as<std::string>() != nullptr) return JsonKind::text;
  return value->as<detail::Value::Array>() != nullptr ? JsonKind::array : JsonKind::object;
}

bool JsonReader::is_off(std::string_view key) const {
  const detail::Value* value = state_->access.look(key, false);
  if (value == nullptr) return true;
  if (const auto* flag = value->as<bool>()) return !*flag;
  if (const auto* whole = value->as<std::int64_t>()) return *whole == 0;
  if (const auto* real = value->as<double>()) return *real == 0.0;
  if (const auto* text = value->as<std::string>()) return text->empty();
  if (const auto* array = value->as<detail::Value::Array>()) return array->empty();
  const auto* table = value->as<detail::Value::Table>();
  return table == nullptr || table->empty();
}

std::vector<std::string> JsonReader::keys() const { return state_->access.keys(); }

Location JsonReader::location(std::string_view key) const { return state_->access.location(key); }

std::string JsonReader::text(std::string_view key) {
  return state_->access.text(key, true).value_or("");
}

std::int64_t JsonReader::integer(std::string_view key, IntegerRange range) {
  return state_->access.integer(key, range, true).value_or(0);
}

std::optional<std::string> JsonReader::optional_text(std::string_view key) {
  return state_->access.text(key, false);
}

std::optional<std::int64_t> JsonReader::optional_integer(std::string_view key, IntegerRange range) {
  return state_->access.integer(key, range, false);
}

std::optional<double> JsonReader::optional_number(std::string_view key) {
  constexpr double most = std::numeric_limits<double>::max();
  return state_->access.number(key, -most, most, false);
}

std::optional<bool> JsonReader::optional_boolean(std::string_view key) {
  return state_->access.boolean(key, false);
}

std::optional<std::vector<std::int64_t>> JsonReader::optional_integers(std::string_view key) {
  return state_->access.integers(key, false);
}

std::optional<std::vector<std::string>> JsonReader::optional_texts(std::string_view key) {
  return state_->access.texts(key, false);
}

std::optional<JsonReader> JsonReader::optional_object(std::string_view key) {
  const detail::Value* object = state_->access.table(key, false);
  if (object == nullptr) return std::nullopt;
  return JsonReader(State::make(state_->access.document(), object, state_->access.path(key)));
}

void JsonReader::ignore(std::string_view key) { state_->access.look(key, true); }

void JsonReader::fault(std::string_view key, std::string message, std::string hint) {
  state_->access.fault(location(key), key, message, std::move(hint));
}

std::vector<std::string> JsonReader::unread() const {
  std::vector<std::string> names;
  for (const detail::Member* member : state_->access.unread())
    names.push_back(member->key);
  return names;
}

JsonDocument::JsonDocument(std::string_view text, std::string file, Diagnostics& faults)
    : state_(std::make_shared<State>(State{detail::parse_json(text, std::move(file), faults)})) {}

JsonDocument::JsonDocument(JsonDocument&&) noexcept = default;
JsonDocument::~JsonDocument() = default;

JsonReader JsonDocument::root() {
  // Shares the file's ownership, so that a reader may outlive its JsonDocument.
  const std::shared_ptr<detail::Document> document(state_, &state_->document);
  return JsonReader(
      JsonReader::State::make(document, document->parsed ? &document->root : nullptr, ""));
}

bool JsonDocument::parsed() const { return state_->document.parsed; }

}  // namespace infersim
