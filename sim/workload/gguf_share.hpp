#pragma once

#include <map>
#include <optional>

#include "infersim/core/number_type.hpp"
#include "infersim/workload/gguf_type.hpp"

namespace infersim::detail {

/// The weights of one part of a model, of several types.
class GgufShare {
 public:
  void add(const GgufType& type, double values);
  /// The number type that most of them run as; none if there are none.
  [[nodiscard]] std::optional<NumberType> type() const;
  /// What one takes in the mean; 0 if there are none.
  [[nodiscard]] double bits() const;
  [[nodiscard]] bool empty() const { return values_ == 0; }

 private:
  std::map<NumberType, double> by_type_;
  double values_ = 0;
  double bits_ = 0;
};

}  // namespace infersim::detail
