#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "infersim/core/diagnostic.hpp"
#include "infersim/core/toml_reader.hpp"

namespace infersim {

/// What a value is. `null` is absent.
enum class JsonKind { absent, boolean, integer, number, text, array, object };

/// Tolerant-by-declaration access to one object of a JSON text (a Hugging Face `config.json`).
///
/// As TableReader it ticks off what is asked for and reports faults with their place; unlike it,
/// keys known to be harmless are named once with `ignore`. A `null` value counts as absent.
class JsonReader {
 public:
  JsonReader(JsonReader&&) noexcept;
  JsonReader& operator=(JsonReader&&) noexcept;
  ~JsonReader();

  [[nodiscard]] bool has(std::string_view key) const;  ///< present and not null
  [[nodiscard]] JsonKind kind(std::string_view key) const;
  /// Whether a key is absent, false, zero or empty, which mostly says that something is not there.
  [[nodiscard]] bool is_off(std::string_view key) const;
  [[nodiscard]] std::vector<std::string> keys() const;
  [[nodiscard]] Location location(std::string_view key) const;

  std::string text(std::string_view key);
  std::int64_t integer(std::string_view key, IntegerRange range = {});
  std::optional<std::string> optional_text(std::string_view key);
  std::optional<std::int64_t> optional_integer(std::string_view key, IntegerRange range = {});
  std::optional<double> optional_number(std::string_view key);
  std::optional<bool> optional_boolean(std::string_view key);
  /// Whole numbers of any size: what they may be is for the caller to check.
  std::optional<std::vector<std::int64_t>> optional_integers(std::string_view key);
  std::optional<std::vector<std::string>> optional_texts(std::string_view key);
  std::optional<JsonReader> optional_object(std::string_view key);

  /// Ticks off a key whose value does not matter.
  void ignore(std::string_view key);
  void fault(std::string_view key, std::string message, std::string hint = {});
  /// Keys that nobody asked for or ignored.
  [[nodiscard]] std::vector<std::string> unread() const;

 private:
  friend class JsonDocument;
  struct State;
  explicit JsonReader(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

/// A parsed JSON text whose root must be an object. The Diagnostics must outlive it.
class JsonDocument {
 public:
  JsonDocument(std::string_view text, std::string file, Diagnostics& faults);
  JsonDocument(JsonDocument&&) noexcept;
  ~JsonDocument();

  [[nodiscard]] JsonReader root();
  [[nodiscard]] bool parsed() const;

  struct State;

 private:
  std::shared_ptr<State> state_;
};

}  // namespace infersim
