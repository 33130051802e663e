#pragma once

#include <optional>
#include <string>

#include <tl/expected.hpp>

#include "infersim/scenario/assemble.hpp"
#include "infersim/scenario/scenario.hpp"
#include "infersim/validation/catalog_names.hpp"
#include "infersim/validation/serving_point.hpp"

namespace infersim {

/// Why a run is not predicted.
struct Skip {
  std::string reason;
};

/// A measured run as a question: its types (the checkpoint's own unless the row names others), its
/// layout, lengths, waves and settings. A run that was measured is known to have started: memory
/// limits what runs at once. Names of chip, model and framework are not in it.
///
/// Decode slots of pools: those of the row. Of TensorRT-LLM, where the row does not say, the
/// largest batch of a group that engines are built for, 2^k or 3 2^k, within its share of the
/// concurrency: published set-ups keep more in flight than runs. Caches stay within the scale-up
/// domain unless `kv_transfer` says otherwise (`no MNNVL`, `over IB`).
tl::expected<Question, Skip> question_of(const ServingPoint& point, const MeasuredChip& chip,
                                         const ModelSpec& model);

/// A measured run asked as any question is, ready to be served.
struct ServedPoint {
  Scenario scenario;
  std::optional<AssembledEngine> engine;
  std::optional<AssembledPools> pools;  ///< instead
  ClosedLoop loop;

  /// What either kind of service results in.
  struct Times {
    Seconds ttft;
    Seconds ttft_median;
    Seconds tpot;
    TokenRate run_output_tokens;  ///< of all devices
  };
  [[nodiscard]] Times run() const;
  [[nodiscard]] const AnalyticStepModel& prefill() const;
  [[nodiscard]] const AnalyticStepModel& decode() const;
};

tl::expected<ServedPoint, Skip> serve_point(const ServingPoint& point, const MeasuredChip& chip,
                                            const ModelSpec& model);

}  // namespace infersim
