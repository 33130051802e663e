#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "infersim/report/schema.hpp"
#include "sweep/keys.hpp"

namespace infersim {

/// A condition on rows, as `--where` takes it: an expression of SQLite over keys, in which `&&` and
/// `||` may stand for `AND` and `OR`, `==` for `=` and a text between double quotes for one between
/// single ones: `ttft_ms < 2000 && hw != "h200"`, `plan.tp IN (1, 2)`. What a row lacks is NULL; a
/// condition on it is not true.
class Condition {
 public:
  /// Throws InputError for what is no expression, with the nearest five of a key that is none.
  Condition(const std::string& expression, const SweepKeys& keys);
  Condition(Condition&&) noexcept;
  Condition& operator=(Condition&&) noexcept;
  ~Condition();

  /// The keys that it asks for, in which order `holds` takes their values.
  [[nodiscard]] const std::vector<SweepKey>& keys() const;
  /// Of one thread at a time.
  [[nodiscard]] bool holds(const std::vector<FieldValue>& values);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace infersim
