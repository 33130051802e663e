#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "infersim/core/quantity.hpp"
#include "infersim/cost/machine.hpp"
#include "infersim/cost/op_cost.hpp"
#include "infersim/phase/analytic_step_model.hpp"

namespace infersim {

/// One line of where the time of a step goes.
struct OperatorTime {
  std::string op;  ///< operator, or its class where classes are asked for
  std::string op_class;
  bool on_host = false;          ///< the host computes it: rates are over the host's peaks
  Seconds time;                  ///< what the step is longer for it, all executions together
  Seconds busy;                  ///< what it takes by itself, hidden parts included
  double share = 0;              ///< time over the step's
  Bound bound = Bound::latency;  ///< of most of the time
  /// Rates reached while it runs, over the peaks of the rank: useful flops over the dense peak of
  /// their types, bytes over the bandwidth of main memory and of the described cache (where that is
  /// unpublished: of main memory), bytes sent over that of the links.
  double compute_of_peak = 0;
  double memory_of_peak = 0;
  double on_chip_of_peak = 0;
  double link_of_peak = 0;
};

/// Which operators make one line.
enum class Grouping {
  by_operator,  ///< an operator over all layers
  by_class,     ///< all of `op_class`, longest first
};

/// Lines of a step; the times add up to it. Besides operators there are, where they take time,
/// `host` (the serving software, not hidden behind the device) and `other` (what the power limit
/// and the hand-over between pipeline stages add).
std::vector<OperatorTime> operator_times(const StepBreakdown& step, const Machine& machine,
                                         Grouping grouping);

}  // namespace infersim
