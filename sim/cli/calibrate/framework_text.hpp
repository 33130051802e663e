#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "infersim/validation/framework_terms.hpp"
#include "infersim/validation/serving_fit.hpp"

namespace infersim::cli {

/// How far runs lay from what was predicted of them, in one regime.
struct FrameworkResidual {
  std::string regime;
  std::string metric;
  double p10 = 1;  ///< measured over predicted
  double p90 = 1;
  std::size_t rows = 0;
  double median_error = 0;
};

/// By how much wider an interval is of runs beyond the others.
struct FrameworkWidening {
  std::string beyond;
  std::string metric;
  double p10 = 1;
  double p90 = 1;
  std::size_t rows = 0;
};

/// A term's value as descriptions write it, with four digits.
std::string term_text(const FrameworkTerm& term, double value);

/// A framework's description with its terms set to a fit's, the chips and models that this rests on
/// and its residuals and widenings in place of the former. All else stays as it is, comments too.
std::string with_fit(std::string toml, const FrameworkFit& fit,
                     const std::vector<FrameworkResidual>& residuals,
                     const std::vector<FrameworkWidening>& widenings);

}  // namespace infersim::cli
