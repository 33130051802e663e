#pragma once

#include <span>
#include <string_view>

#include "infersim/serving/framework.hpp"

namespace infersim {

/// One number of a framework's description that measured serving points decide.
struct FrameworkTerm {
  std::string_view table;  ///< `host`, `scheduler`
  std::string_view key;
  double unit = 0;    ///< what one written unit is in seconds; 0: a plain number
  double start = 0;   ///< in written units, and what a prior draws towards
  double spread = 0;  ///< of its logarithm, under that prior
  double least = 0;
  double most = 0;
  void (*set)(Framework&, double value) = nullptr;  ///< in seconds, or plain
};

/// All of them: what becomes of kernels within steps, the host, the front end.
std::span<const FrameworkTerm> framework_terms();

}  // namespace infersim
