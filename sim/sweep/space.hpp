#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "infersim/core/diagnostic.hpp"
#include "infersim/scenario/options.hpp"
#include "infersim/scenario/question.hpp"

namespace infersim {

/// What an axis says of a question.
enum class AxisKind {
  option,   ///< an option of the table
  setting,  ///< a figure of a description, as `--set` does
  price,    ///< of one device, as `--price` does
};

/// One thing that is said of every question of a sweep, with each of its values in turn.
struct Axis {
  AxisKind kind = AxisKind::option;
  std::string
      key;  ///< of the option in tables (`kv_dtype`), path of the setting, name of the device
  std::vector<std::string> values;
  const QuestionOption* option = nullptr;

  [[nodiscard]] bool varies() const { return values.size() > 1; }
  /// Whether its value decides which descriptions are loaded.
  [[nodiscard]] bool chooses_parts() const;
  /// Its column: `price.h200` for a price, its key for the others.
  [[nodiscard]] std::string column() const;
};

/// The cartesian product of axes.
class Space {
 public:
  /// One more argument of a verb: an option of the table, `--set` with `KEY=VALUES` or `--price`
  /// with `NAME=VALUES`. The values of an option that is given again join those before.
  void add(std::string_view option, std::string_view text, Diagnostics& faults);
  /// Keys of configurations that are passed over in every question.
  void accept(std::vector<std::string> keys) { base_.accept = std::move(keys); }
  /// Whether values can be read and a device and a model are named; reported all together.
  void check(Diagnostics& faults) const;

  [[nodiscard]] const std::vector<Axis>& axes() const { return axes_; }
  /// How many questions there are.
  [[nodiscard]] std::uint64_t size() const;
  /// Which value each axis has at a point, counted from 0; the last axis is the fastest.
  [[nodiscard]] std::vector<std::size_t> digits(std::uint64_t point) const;
  /// The question at given values of all axes. Values that cannot be read are faults.
  [[nodiscard]] Question question(const std::vector<std::size_t>& digits,
                                  Diagnostics& faults) const;
  /// Whom rows belong to: 16 hexadecimal digits that every axis with its values decides (FNV-1a of
  /// their text), a slash and the number of questions.
  [[nodiscard]] std::string id(std::string_view besides) const;

 private:
  Axis& axis(AxisKind kind, std::string key, const QuestionOption* option);
  void add_keyed(AxisKind kind, std::string_view option, std::string_view text,
                 Diagnostics& faults);

  std::vector<Axis> axes_;
  Question base_;
};

}  // namespace infersim
