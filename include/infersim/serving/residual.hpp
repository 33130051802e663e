#pragma once

#include <array>
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

/// In what a service can lie beyond the points that were measured.
///   isl, osl  longer prompts, longer answers
///   batch     more requests in flight in an engine
///   devices   an engine of more devices
///   nodes     an engine over more domains of scale-up links
enum class Beyond { isl, osl, batch, devices, nodes };

inline constexpr std::array all_beyonds = {Beyond::isl, Beyond::osl, Beyond::batch, Beyond::devices,
                                           Beyond::nodes};

std::string_view name(Beyond beyond);

/// By how much an interval is wider there: what P10 and P90 are multiplied by. It is what runs
/// beyond showed that were predicted from the others, over the interval of runs within.
struct Widening {
  Beyond beyond = Beyond::batch;
  Metric metric = Metric::tpot;
  Interval factor;  ///< at most 1, at least 1
  int rows = 0;
  std::string framework;
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
  std::optional<double> nodes_most;  ///< domains of scale-up links of one engine
  Provenance provenance;

  [[nodiscard]] bool on_chip(std::string_view id) const;
  [[nodiscard]] bool of_model(std::string_view id) const;
};

/// Reads `[points]`; nothing is known of points where there is none.
MeasuredPoints read_points(TableReader& root);

/// Reads every `[[residual]]` of `framework`. One to whose one side all but a tenth of the
/// measurements lie is a fault: it is a bias, which is for a fit to take out where it arises.
std::vector<ServingResidual> read_residuals(TableReader& root, const std::string& framework);

/// Reads every `[[widening]]` of `framework`.
std::vector<Widening> read_widenings(TableReader& root, const std::string& framework);

}  // namespace infersim
