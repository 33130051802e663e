#pragma once

#include <string>
#include <vector>

#include "infersim/core/infeasible.hpp"
#include "published/points.hpp"
#include "published/predict.hpp"

namespace infersim::published {

/// A point beside what was predicted of it.
struct Row {
  const Point* point;
  Feasible<Prediction> found;

  [[nodiscard]] double ratio() const { return found ? found->value / point->published : 0.0; }
  /// Relative error of the prediction; 1 where it cannot run.
  [[nodiscard]] double error() const;
};

/// The rows of one class, in the order of the data file.
struct Rows {
  const PointClass* point_class;
  std::vector<Row> rows;
};

/// The page: summary by class, a table of each class, reasons of misses, what was not read.
std::string markdown(const std::vector<Rows>& classes, const std::vector<Unread>& unread);

}  // namespace infersim::published
