#pragma once

#include <optional>
#include <string>
#include <vector>

#include "infersim/core/catalog.hpp"
#include "infersim/core/infeasible.hpp"
#include "infersim/cost/machine.hpp"
#include "infersim/economics/api_price.hpp"
#include "infersim/hardware/device.hpp"
#include "infersim/hardware/site.hpp"
#include "infersim/hardware/system.hpp"
#include "infersim/phase/draft_model.hpp"
#include "infersim/phase/precision.hpp"
#include "infersim/scenario/lookup.hpp"
#include "infersim/scenario/offload.hpp"
#include "infersim/scenario/question.hpp"
#include "infersim/serving/framework.hpp"
#include "infersim/workload/model.hpp"
#include "infersim/workload/parameters.hpp"
#include "infersim/workload/traffic.hpp"

namespace infersim {

/// The descriptions that a question names, and what follows from them alone.
struct ScenarioParts {
  Device device;
  System system;
  Site site;
  Framework framework;
  ModelSpec model;
  std::optional<TrafficPreset> preset;  ///< what `--traffic` names
  Machine prefill_machine;              ///< one rank on the engine that runs prefill
  Machine decode_machine;
  std::optional<ModelSpec> draft = {};  ///< the model that `--draft` names
  std::optional<Offload> offload =
      {};  ///< the memories around the device, where they are asked for
};

/// A question with everything it names loaded, cross-checked and sealed.
struct Scenario {
  Question question;
  std::vector<AppliedSetting> set;  ///< figures that the question sets
  Device device;
  System system;
  Site site;
  Framework framework;
  ModelSpec model;
  ModelParameters parameters;
  PrecisionPlan precision;
  std::optional<TrafficPreset> preset;  ///< what `--traffic` names
  Traffic traffic;                      ///< mean lengths
  Traffic nominal;                      ///< lengths as they were named
  Slo slo;
  Machine prefill_machine;  ///< one rank on the engine that runs prefill
  Machine decode_machine;
  std::vector<ApiPrice> api_prices{};              ///< of the model: the newest of each provider
  PriceBasis price_basis = PriceBasis::on_demand;  ///< asked for, or usual on the device
  bool price_given = false;                        ///< instead of the device's own, by the question
  double decode_context = 0;                       ///< tokens: --context, else isl + osl/2
  std::optional<DraftModel> draft = {};
  std::optional<Offload> offload = {};  ///< empty: all weights are to be in the device's memory

  /// Whether its devices are those of one user, who asks so many requests a day.
  [[nodiscard]] bool of_one_user() const;
  /// Requests in flight that are asked for, or the one that a PC or phone has; else they are looked
  /// for.
  [[nodiscard]] std::optional<double> pinned_batch() const;
  /// What the question asks of engines. It and pools refer to the scenario's parts.
  [[nodiscard]] Workload workload() const;
  /// Replicas of an engine with that plan.
  [[nodiscard]] Pool pool(const ParallelPlan& plan, int replicas = 1) const;
  /// The pools that the question names.
  [[nodiscard]] Deployment pools() const;
  /// The loop in which requests come, so many in flight.
  [[nodiscard]] ClosedLoop loop(double in_flight) const;
};

/// As it is typed: `h200=2.1USD/h`.
std::string price_text(const GivenPrice& price);
/// Whether the price is of this scenario's device, by any of its names.
bool names(const GivenPrice& price, const Scenario& scenario);

/// Loads the descriptions that a question names and resolves its defaults: for phones and PCs batch
/// 1, 512 in, 128 out and 4-bit weights; else 4000 in and 1000 out, less where the model's context
/// is shorter. Named traffic sets lengths and objectives that are not pinned. Throws InputError
/// with all that is wrong: unknown names with the nearest valid ones, faults of descriptions,
/// values out of range, degrees that contradict each other, lengths beyond the model's context.
/// What needs a name or a value is checked once that is right.
Scenario load_scenario(const Catalog& catalog, Question question);

/// The same of descriptions that are loaded already: names in the question are not looked up.
Scenario seal(Question question, ScenarioParts parts);

}  // namespace infersim
