#pragma once

#include <tl/expected.hpp>

#include "infersim/phase/analytic_step_model.hpp"
#include "infersim/serving/pools.hpp"
#include "infersim/validation/served_point.hpp"

namespace infersim {

/// The engines of one pool of a measured run.
struct ServedPool {
  AnalyticStepModel model;
  int workers = 1;
  Scheduler scheduler;

  [[nodiscard]] ServingPool pool() const;
};

/// Both pools of a measured run, ready to be asked what they serve.
struct ServedPools {
  ServedPool prefill;
  ServedPool decode;
  Seconds transfer;
  ServingLoad load;

  [[nodiscard]] PooledResult run() const;
};

/// The pools of a point that has them. Decode slots: those of the row, as far as the KV cache holds
/// their sequences. The cache of a prompt, as much as one decode rank keeps of it, goes over the
/// links of the scale-up domain if all devices of the run are within one and `kv_transfer` does not
/// say otherwise (`no MNNVL`, `over IB`), else from NIC to NIC.
tl::expected<ServedPools, Skip> serve_pools(const ServingPoint& point, const MeasuredChip& chip,
                                            const ModelSpec& model);

}  // namespace infersim
