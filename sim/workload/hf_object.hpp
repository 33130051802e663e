#pragma once

#include <initializer_list>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "infersim/core/json_reader.hpp"
#include "infersim/workload/model.hpp"

// How the parts of the reader of Hugging Face configurations see one object of it.
namespace infersim::detail {

inline constexpr IntegerRange hf_positive{.least = 1};
inline constexpr IntegerRange hf_layer_range{.least = 1, .most = max_layers};
inline constexpr IntegerRange hf_token_range{.least = 1, .most = 1'000'000'000};

/// The names that families of models have for one figure, the commonest first.
using HfNames = std::initializer_list<std::string_view>;

/// One object of a configuration, in which one figure may go by several names and keys that the
/// user accepts are not there.
class HfObject {
 public:
  HfObject(JsonReader json, std::set<std::string, std::less<>> accepted);

  [[nodiscard]] bool has(std::string_view key) const;  ///< present, not null, not accepted
  [[nodiscard]] bool has_any(HfNames names) const;
  [[nodiscard]] bool is_off(std::string_view key) const;  ///< absent, false, 0 or empty
  [[nodiscard]] JsonKind kind(std::string_view key) const;
  /// The first of the names that is there; else the first.
  [[nodiscard]] std::string found(HfNames names) const;

  /// The figure by whichever of its names; two names with different figures are a fault. One whose
  /// type or range was a fault counts as not there.
  std::optional<Count> integer(HfNames names, IntegerRange range = {});
  /// The same, and a fault and 0 if there is none.
  Count required(HfNames names, IntegerRange range = hf_positive);
  /// A figure made from that of `names` and others; a fault and 0 if a description cannot hold it.
  Count bounded(HfNames names, Count value);
  /// A fault if there is none, whatever it may be.
  void require(HfNames names);
  /// The figure for each of `layers`: a whole number for all, or an array.
  std::optional<std::vector<Count>> per_layer(HfNames names, Count layers);
  /// A switch, which may be written as 0 or 1 too.
  std::optional<bool> optional_flag(std::string_view key);
  bool flag(std::string_view key) { return optional_flag(key).value_or(false); }
  /// Whether any of several switches is on.
  bool any_flag(HfNames names);
  std::optional<double> number(std::string_view key);
  std::optional<std::string> text(std::string_view key);
  std::optional<std::vector<std::string>> texts(std::string_view key);
  std::optional<std::vector<Count>> integers(std::string_view key);
  std::optional<HfObject> object(std::string_view key);

  /// Ticks off keys whose values do not matter, or not here.
  void ignore(HfNames names);
  void fault(std::string_view key, std::string message, std::string hint = {});
  /// `key: contradicts other = value`.
  void contradiction(std::string_view key, std::string_view other, std::string_view value = {});
  [[nodiscard]] std::vector<std::string> keys() const { return json_.keys(); }
  [[nodiscard]] std::vector<std::string> unread() const { return json_.unread(); }
  /// Names that were asked for and are not there: what a key nobody knows may have meant.
  [[nodiscard]] const std::set<std::string, std::less<>>& missed() const { return missed_; }

 private:
  /// Whether there is something to read; notes the name otherwise.
  bool present(std::string_view key);

  JsonReader json_;
  std::set<std::string, std::less<>> accepted_;
  std::set<std::string, std::less<>> missed_;
};

}  // namespace infersim::detail
