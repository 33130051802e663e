#pragma once

#include <filesystem>

#include "validation_bars/measurements.hpp"

namespace infersim::bars {

/// What two programs say of the same rows.
struct BesideOther {
  Samples ours;
  Samples other;  ///< without intervals
};

/// The answers of another program to rows of `agg`, by their id (`id, aic_ttft_ms, aic_tpot_ms`),
/// beside ours: only rows that both answered. Empty if the file is not there. Tokens/s/device of
/// the other follow from its TTFT and TPOT as ours do.
BesideOther beside_other(const Measurements& measurements, Metric metric,
                         const std::filesystem::path& answers);

}  // namespace infersim::bars
