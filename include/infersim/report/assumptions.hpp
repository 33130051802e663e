#pragma once

#include <string>
#include <vector>

#include "infersim/core/provenance.hpp"
#include "infersim/scenario/evaluate.hpp"
#include "infersim/scenario/scenario.hpp"

namespace infersim {

/// One figure that an answer rests on and that no datasheet or measurement gave.
struct Assumption {
  std::string key;    ///< where it stands: `device.memory.bandwidth`, `efficiency.kernel.gemm.fp8`
  std::string value;  ///< with its unit
  Basis basis = Basis::assumed;
  std::string source;
};

/// The figures that an answer used and that are assumed, estimated or from the press (those last).
/// What moves the answer most comes first, by the share of both phases' time that follows from a
/// figure; then those of money, power and carbon.
std::vector<Assumption> assumptions(const Scenario& scenario, const Evaluation& answer);

}  // namespace infersim
