#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "infersim/core/diagnostic.hpp"
#include "infersim/report/schema.hpp"
#include "sweep/space.hpp"

namespace infersim {

/// A column of a sweep: a value that an axis has, or a figure of the record.
struct SweepKey {
  enum class Kind { axis, field, p10, p90, reason };
  std::string name;  ///< its whole path, as docs/json.md has it
  Kind kind = Kind::field;
  std::size_t axis = 0;          ///< of the space
  const Field* field = nullptr;  ///< of the record

  friend bool operator==(const SweepKey& a, const SweepKey& b) { return a.name == b.name; }
};

/// What columns can be called: axes, every key of the record with the ends of its intervals
/// (`interval.tpot_ms.p10`), and `reason`, why a question has no answer.
class SweepKeys {
 public:
  explicit SweepKeys(const Space& space);

  /// By the whole path, or by its last part where only one key ends so; an axis goes before the
  /// record. Null if there is none.
  [[nodiscard]] const SweepKey* find(std::string_view name) const;
  /// The same, or InputError that names `option` and the nearest five.
  [[nodiscard]] const SweepKey& get(std::string_view option, std::string_view name) const;
  /// What is said of a name that is none.
  [[nodiscard]] InputError unknown(std::string_view option, std::string_view name) const;

  /// The axes that vary; all of a space of one question.
  [[nodiscard]] std::vector<SweepKey> varying() const;
  /// The columns of `--columns`, with commas between; `all`: every key of the record. Without it
  /// the headlines. The axes that vary go before, `reason` behind.
  [[nodiscard]] std::vector<SweepKey> columns(std::string_view list) const;

 private:
  std::vector<SweepKey> all_;
  std::vector<bool> varies_;
};

/// What is shown where no columns are asked for.
inline constexpr std::string_view headline_columns =
    "plan.devices,plan.tp,plan.pp,plan.dp,plan.ep,plan.batch,ttft_ms,tpot_ms,"
    "tokens_per_s_per_device,tokens_per_s_per_user,cost.usd_per_mtok_output,objectives_met";

}  // namespace infersim
