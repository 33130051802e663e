#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "infersim/core/interval.hpp"
#include "infersim/core/metric.hpp"
#include "infersim/core/number_type.hpp"
#include "infersim/core/provenance.hpp"
#include "infersim/core/regime.hpp"

namespace infersim {

class TableReader;

/// How far measured servers were from what is predicted of them.
struct ServingResidual {
  Regime regime = Regime::fitted;
  Metric metric = Metric::tpot;
  Interval interval;        ///< measured over predicted
  int rows = 0;             ///< measured points; 0: it is a judgement
  double median_error = 0;  ///< of |predicted / measured - 1|
  std::string framework;    ///< under which they ran
  Provenance provenance;
};

/// What the measured points of a framework have in common: beyond it is extrapolation.
struct MeasuredPoints {
  std::vector<std::string> chips;    ///< ids of devices
  std::vector<std::string> models;   ///< ids of models
  std::vector<NumberType> weights;   ///< empty: of any type
  std::optional<double> isl_most;    ///< longest prompt
  std::optional<double> osl_most;    ///< longest answer
  std::optional<double> batch_most;  ///< requests in flight
  std::optional<double> devices_most;
  Provenance provenance;

  [[nodiscard]] bool on_chip(std::string_view id) const;
  [[nodiscard]] bool of_model(std::string_view id) const;
};

/// Reads `[points]`; nothing is known of points where there is none.
MeasuredPoints read_points(TableReader& root);

/// Reads every `[[residual]]` of `framework`.
std::vector<ServingResidual> read_residuals(TableReader& root, const std::string& framework);

}  // namespace infersim
