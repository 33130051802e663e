#pragma once

#include <limits>
#include <optional>
#include <string>

#include "infersim/cost/machine.hpp"
#include "infersim/hardware/device.hpp"
#include "infersim/hardware/system.hpp"
#include "infersim/phase/draft_model.hpp"
#include "infersim/phase/parallel_plan.hpp"
#include "infersim/phase/precision.hpp"
#include "infersim/serving/framework.hpp"
#include "infersim/workload/model.hpp"
#include "infersim/workload/traffic.hpp"

namespace infersim {

struct Offload;

/// Which phases a service has.
enum class PhaseChoice { both, prefill, decode };

/// Between which shares of their nominal lengths the lengths of requests are drawn, uniformly.
struct LengthRange {
  double least = 1;
  double most = 1;

  [[nodiscard]] double mean() const { return (least + most) / 2.0; }
  /// Longest less shortest, over the mean.
  [[nodiscard]] double width() const { return (most - least) / mean(); }

  friend bool operator==(const LengthRange&, const LengthRange&) = default;
};

/// What is asked of engines. Lengths are means over requests.
struct Workload {
  const ModelSpec& model;
  Traffic traffic;
  Traffic nominal;            ///< lengths as they are named, on which engines' set-ups depend
  double decode_context = 0;  ///< mean context of decode steps
  double cached = 0;          ///< tokens of each prompt that a prefix cache holds
  PhaseChoice phase = PhaseChoice::both;
  std::string benchmark;  ///< whose scripts set the engine up; empty: its defaults
  /// Prompts in flight where prefill is served alone. Without end: steps are as full as they may
  /// be.
  double prompts = std::numeric_limits<double>::infinity();
  const DraftModel* draft = nullptr;  ///< that makes the plan's draft tokens, if any does

  /// Tokens for which each sequence in flight needs room: prompt and answer, or what the phase that
  /// is served alone holds.
  [[nodiscard]] double sequence_tokens() const;
};

/// When requests come: as one ends, another follows it.
struct ClosedLoop {
  double in_flight = 1;  ///< in the whole deployment: what runs and what queues
  /// Requests in all over those in flight, of a benchmark that starts with all of them at once;
  /// without end: steady state.
  double waves = std::numeric_limits<double>::infinity();
  LengthRange lengths;
};

/// What may be set of an engine: a framework's description, then a question (or a row of
/// measurements, which is one); the later overrides.
struct EngineSettings {
  SchedulerSettings scheduler;  ///< counts are those of one data-parallel group
  /// Of its memory that an engine takes (vLLM's gpu-memory-utilization, SGLang's
  /// mem-fraction-static, TensorRT-LLM's share of what is free); empty: the framework's default.
  std::optional<double> memory_share;
  std::string version;  ///< of the framework; empty: what is usual
  /// It is known to run: its share of memory is raised where the default holds nothing, and memory
  /// limits what runs at once but is never a reason to refuse.
  bool started = false;
  /// Tokens that a decode step yields of a sequence, where that was observed; else the plan's
  /// acceptance says.
  std::optional<double> tokens_per_step;
};

/// Replicas of one engine, which share nothing: each has all of the model, a scheduler of its own
/// (one for each data-parallel group) and its part of the requests.
struct Pool {
  const Device& device;
  const System& system;
  const Framework& framework;
  const Machine& prefill_machine;  ///< one rank on the units that run prefill
  const Machine& decode_machine;
  PrecisionPlan precision;
  EngineSettings settings;
  ParallelPlan plan;
  int replicas = 1;
  const Offload* offload = nullptr;  ///< of engines of one device: weights that are elsewhere
};

/// Engines of one kind that do both phases (or the one that is asked for), or a pool for each.
struct Deployment {
  Pool pool;                    ///< of pools: decodes
  std::optional<Pool> prefill;  ///< prompts run here, their caches move to `pool`
  /// Whether caches stay within the domain of scale-up links; empty: if all devices are within one.
  std::optional<bool> handover_inside;
};

}  // namespace infersim
