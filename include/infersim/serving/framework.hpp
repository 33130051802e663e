#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "infersim/core/provenance.hpp"
#include "infersim/core/quantity.hpp"
#include "infersim/hardware/device.hpp"
#include "infersim/phase/host.hpp"
#include "infersim/phase/step_effects.hpp"
#include "infersim/serving/framework_memory.hpp"
#include "infersim/serving/residual.hpp"
#include "infersim/serving/scheduler.hpp"

namespace infersim {

/// Fields of a Scheduler, those that are given.
struct SchedulerSettings {
  std::optional<bool> mixed;
  std::optional<bool> split;
  std::optional<double> budget;
  std::optional<double> max_seqs;
  std::optional<double> recv_interval;
  std::optional<double> gather;
  std::optional<double> lag;
  std::optional<Seconds> front_latency;
  std::optional<Seconds> stall;

  void apply(Scheduler& scheduler) const;
};

/// How servers are launched: with the settings that their makers or a benchmark's scripts choose
/// for the model and chip, or with the plain command that a page of documentation has.
enum class Tuning { tuned, plain };

inline constexpr std::array all_tunings = {Tuning::tuned, Tuning::plain};

std::string_view name(Tuning tuning);

/// What an engine does in a service.
enum class ServingRole { engine, prefill_pool, decode_pool };

std::string_view name(ServingRole role);

/// What settings may depend on.
struct ServingSituation {
  std::string family;         ///< of the device: `hopper`
  std::string model;          ///< its id
  bool attention_dp = false;  ///< groups with sequences of their own share experts
  int tp = 1;
  double isl = 0;
  double osl = 0;
  std::string benchmark;  ///< whose scripts set the engine up; empty: its defaults
  ServingRole role = ServingRole::engine;
};

/// Settings that hold where every condition that is given does.
struct SchedulerRule {
  std::vector<std::string> families;
  std::string model;  ///< what its id begins with, as names are compared
  std::optional<bool> attention_dp;
  std::optional<int> tp_below;
  std::optional<double> isl_most;
  std::optional<double> osl_most;
  std::string benchmark;
  std::optional<ServingRole> role;
  SchedulerSettings settings;
  Provenance provenance;

  [[nodiscard]] bool holds(const ServingSituation& situation) const;
};

/// Serving software: what it adds on the host and how it forms steps.
struct Framework {
  std::string id;
  std::string description;  ///< id of what was read: its own, or that of a family (`sglang-cdna3`)
  std::string family;       ///< the family that this is of alone; empty: any
  Tuning tuning = Tuning::tuned;         ///< of the servers it was measured on
  std::vector<std::string> launched_by;  ///< sources of measurements whose servers run so
  std::vector<std::string> aliases;
  std::string name;
  /// Kinds of engines that it runs on, what it is mostly run on first; empty: whatever a device
  /// has.
  std::vector<EngineKind> engines;
  /// Its integer weights take embedding and head with them, which are else of 8 bits.
  bool head_as_weights = false;
  std::optional<Seconds> step;  ///< host time of a step; empty: that of the device's class
  Seconds per_layer_launch;
  double graph_tokens = 0;
  Seconds per_layer_replay;
  Seconds per_sequence;
  StepEffects steps;  ///< what becomes of kernels within its steps
  Provenance host_provenance;
  SchedulerSettings settings;
  Provenance provenance;                  ///< of settings
  std::vector<SchedulerRule> rules;       ///< the later of two that hold wins
  std::optional<FrameworkMemory> memory;  ///< empty: as its class's engines divide it
  MeasuredPoints points;                  ///< on which it was measured
  /// Its own, then those of frameworks that stand for it where it has none.
  std::vector<ServingResidual> residuals;
  std::vector<Widening> widenings;  ///< likewise
  std::string path;

  /// Its host's overhead, `step` where it does not say.
  [[nodiscard]] HostOverhead host(Seconds step) const;
  /// Its scheduler; `budget` new tokens a step where it does not say.
  [[nodiscard]] Scheduler scheduler(const ServingSituation& situation, double budget) const;
  /// How it divides memory by default; where it does not say, with steps of `step_tokens`.
  [[nodiscard]] MemoryPolicy memory_policy(const MemorySituation& situation,
                                           double step_tokens) const;
};

/// Reads a framework (keys: hardware/efficiency/frameworks/README.md); throws InputError with
/// every fault.
Framework load_framework(std::string_view toml, const std::string& path);

/// The residual that tells how far such predictions are off: that of the regime, else of the
/// nearest softer one; its own before another's. None if nothing was ever measured.
const ServingResidual* residual_of(const Framework& framework, Regime regime, Metric metric);

/// Its interval, wider for all in which a service lies beyond what was measured; none likewise.
std::optional<Interval> interval(const Framework& framework, Regime regime, Metric metric,
                                 const std::vector<Beyond>& beyond = {});

}  // namespace infersim
