#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "hardware/descriptions.hpp"
#include "infersim/cost/machine.hpp"
#include "infersim/phase/parallel_plan.hpp"
#include "infersim/phase/precision.hpp"
#include "infersim/phase/step_table.hpp"
#include "workload/models.hpp"

namespace infersim::test {

inline EfficiencyText efficiency_text(const std::string& id) {
  const std::string path = "hardware/efficiency/" + id + ".toml";
  if (!std::filesystem::exists(source_dir() / path)) return {};
  return {read_file(source_dir() / path), path};
}

/// One rank of a described device on its decode engine, in the system it ships in.
inline Machine machine_of(const std::string& id) {
  const Device chip = device(id);
  return make_machine(chip, chip.decode_engine(), system_named(chip.system),
                      load_efficiency(efficiency_text(std::string(name(chip.device_class))),
                                      efficiency_text(chip.family)));
}

/// A rank with round figures that reaches all of them: 100 TFLOP/s, 1 TB/s, 100 GB; eight ranks in
/// a domain with 100 GB/s each, 10 GB/s between domains. No latencies, no energy, no overhead.
inline Machine ideal_machine() {
  Machine machine;
  machine.peak.fill(FlopRate{100e12});
  machine.memory_bandwidth = 1.0_TBps;
  machine.memory_capacity = 100.0_GB;
  machine.fabric = {.topology = Topology::fabric,
                    .domain = 8,
                    .scale_up = 100.0_GBps,
                    .scale_up_latency = {},
                    .in_network_reduction = false,
                    .scale_out = 10.0_GBps,
                    .scale_out_latency = {}};
  machine.energy.limit = 1000.0_W;
  return machine;
}

/// Everything in BF16, or weights and their products in `weights`.
inline PrecisionPlan precision_of(NumberType weights = NumberType::bf16) {
  PrecisionPlan precision;
  precision.weights = precision.compute = weights;
  precision.projections = precision.projection_compute = weights;
  precision.experts = precision.expert_compute = weights;
  if (width(weights) == 8) precision.exchanged = weights;
  return precision;
}

inline ParallelPlan plan_of(int tp, int dp = 1, int ep = 1, int pp = 1) {
  ParallelPlan plan;
  plan.tp = tp;
  plan.dp = dp;
  plan.ep = ep;
  plan.pp = pp;
  return plan;
}

/// The operator of that name in the segment of that name.
inline const LoweredOp& op_named(const StepTable& table, const std::string& segment,
                                 const std::string& op) {
  for (const Segment& s : table.segments) {
    if (s.name != segment) continue;
    for (const LoweredOp& o : s.ops) {
      if (o.name == op) return o;
    }
  }
  throw std::runtime_error("no " + segment + ": " + op);
}

/// A stream and the operators waited for, by their numbers.
struct OpSketch {
  bool communicates = false;
  std::vector<unsigned> waits_for;
};

inline Segment segment_of(const std::vector<OpSketch>& sketches) {
  Segment segment;
  for (const OpSketch& sketch : sketches) {
    LoweredOp op;
    op.communicates = sketch.communicates;
    for (const unsigned i : sketch.waits_for)
      op.waits_for |= std::uint64_t{1} << i;
    segment.ops.push_back(op);
  }
  return segment;
}

}  // namespace infersim::test
