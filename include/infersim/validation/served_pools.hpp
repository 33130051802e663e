#pragma once

#include <tl/expected.hpp>

#include "infersim/phase/analytic_step_model.hpp"
#include "infersim/serving/pools.hpp"
#include "infersim/validation/served_point.hpp"

namespace infersim {

/// The engines of one pool of a measured run.
struct ServedPool {
  AnalyticStepModel model;
  AnalyticStepModel lone;  ///< one of the groups has work
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
/// their sequences. Of TensorRT-LLM, where the row does not say, the largest batch of a group that
/// engines are built for, 2^k or 3 2^k, within its share of the concurrency: published set-ups keep
/// more in flight than runs. SGLang's decode engine looks three times for a request (for a slot,
/// for its cache, for the batch), on Blackwell every ten steps for new ones. The cache of a prompt,
/// as much as one decode rank keeps of it, goes over the links of the scale-up domain if all
/// devices of the run are within one and `kv_transfer` does not say otherwise (`no MNNVL`, `over
/// IB`), else from NIC to NIC.
tl::expected<ServedPools, Skip> serve_pools(const ServingPoint& point, const MeasuredChip& chip,
                                            const ModelSpec& model);

}  // namespace infersim
