#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "infersim/core/catalog.hpp"
#include "infersim/report/operators.hpp"
#include "infersim/scenario/evaluate.hpp"
#include "infersim/scenario/lookup.hpp"

// What every description of a chip has to satisfy, whatever it leaves out: one user's decode lives
// on bandwidth, a long prompt on compute, nothing beats its peak.
namespace infersim::test {

/// Descriptions that are looked up once.
class Shelf {
 public:
  [[nodiscard]] const Catalog& catalog() const { return catalog_; }

  /// One device of a kind by itself, with a phase of a model; no framework but the chip's usual
  /// one.
  [[nodiscard]] Scenario alone(const Hardware& hardware, const std::string& model,
                               PhaseChoice phase) const {
    const Device& device = hardware.device;
    const Efficiency efficiency = find_efficiency(catalog_, device);
    const Framework framework =
        find_framework(catalog_, efficiency.runtime.framework, device.family);
    const auto machine = [&](const Engine& engine) {
      return within_steps(make_machine(device, engine, hardware.system, efficiency),
                          framework.steps);
    };
    Question question;
    question.hw = device.id;
    question.model = model;
    question.phase = phase;
    question.batch = 1;
    question.isl = phase == PhaseChoice::prefill ? 2048 : 1024;
    question.osl = 128;
    return seal(std::move(question),
                {device, hardware.system, find_site(catalog_, hardware.system.site), framework,
                 find_model(catalog_, model), std::nullopt, machine(device.prefill_engine()),
                 machine(device.decode_engine())});
  }

 private:
  Catalog catalog_;
};

/// The answer on one device: its dies share each layer. Nothing: the model does not fit.
inline std::optional<Evaluation> answer(const Scenario& scenario) {
  ParallelPlan plan;
  plan.tp = plan.ranks_per_device = scenario.device.ranks;
  if (experts_of(scenario.model) != nullptr) plan.ep = plan.tp;
  auto found = evaluate(scenario, plan, 1);
  if (!found) return std::nullopt;
  return *std::move(found);
}

/// The largest of some models that a chip holds; a long prompt needs it to hold that too.
inline std::optional<std::string> largest_that_fits(const Shelf& shelf, const Hardware& hardware,
                                                    const std::vector<std::string>& models) {
  for (const std::string& model : models) {
    if (answer(shelf.alone(hardware, model, PhaseChoice::both))) return model;
  }
  return std::nullopt;
}

/// Time of a step that its bytes and its flops take at the peaks, and what adds to it.
struct Roofline {
  Seconds memory;
  Seconds compute;

  [[nodiscard]] bool bound_by_memory() const { return compute < memory / 2.0; }
  [[nodiscard]] bool bound_by_compute() const { return memory < compute / 2.0; }
};

inline Roofline roofline(const StepBreakdown& step, const Machine& machine) {
  Roofline sum;
  for (const OpShare& op : step.ops) {
    sum.memory += op.repeats * (op.cost.activity.memory / machine.memory_bandwidth);
    for (const NumberType type : all_number_types) {
      const FlopRate peak = machine.peak[index(type)];
      const Flops flops = op.cost.activity.flops[index(type)];
      if (peak > FlopRate{} && flops > Flops{}) {
        sum.compute += op.repeats * (min(flops, op.cost.useful_flops) / peak);
      }
    }
  }
  return sum;
}

/// Whether something that a description states bounds a step beside memory and compute, and the
/// answer says so: links, latencies, or the power limit, which is told apart.
inline bool stated(const StepBreakdown& step) {
  return step.bound == Bound::link || step.bound == Bound::latency ||
         step.other > 0.1 * step.cost.time;
}

/// Whether kernels of an operator's class were measured on chips of the family: as slow as they
/// are, they are.
inline bool measured(const Device& device, const Machine& machine, std::string_view op_class) {
  for (const KernelClass kind : all_kernel_classes) {
    const bool attends = kind == KernelClass::attention_decode || kind == KernelClass::mla_decode;
    const bool same = op_class == "experts"     ? kind == KernelClass::grouped_gemm
                      : op_class == "attention" ? attends
                                                : kind == KernelClass::gemm;
    if (!same) continue;
    for (const KernelFormat format : all_kernel_formats) {
      const Regime regime = kernel_regime(device, machine.efficiency, {kind, format});
      if (regime == Regime::fitted || regime == Regime::chip) return true;
    }
  }
  return false;
}

/// Shares of peaks above 1, and padding where it takes time. Empty: none.
inline std::string impossible(const StepBreakdown& step, const Device& device,
                              const Machine& machine) {
  constexpr double rounding = 1e-9;
  std::string found;
  for (const OperatorTime& op : operator_times(step, machine, Grouping::by_operator)) {
    const double most = std::max({op.compute_of_peak, op.memory_of_peak, op.on_chip_of_peak});
    if (!(most <= 1 + rounding)) found += fmt::format("{} reaches {:.3g} of a peak; ", op.op, most);
    const bool pads = op.bound == Bound::padding && op.share > 0.02;
    if (pads && !measured(device, machine, op.op_class)) {
      found += fmt::format("{} is padding for {:.2g} of the time; ", op.op, op.share);
    }
  }
  return found;
}

/// Times of the phases alone.
inline double decode_ms(const Evaluation& e) { return e.decode->alone.step.base() * 1e3; }
inline double prefill_ms(const Evaluation& e) { return e.prefill->alone.step.base() * 1e3; }

/// What is wrong with one user's decode on a chip. Empty: nothing.
inline std::string faults_of_decode(Scenario scenario) {
  const auto before = answer(scenario);
  if (!before) return "does not run";
  const StepBreakdown& step = before->decode->steps;
  std::string found = impossible(step, scenario.device, scenario.decode_machine);
  const double reached = before->decode->mbu;
  if (reached < 0.25 && !stated(step)) {
    found += fmt::format("{:.2g} of bandwidth, bound by {}; ", reached, name(step.bound));
  }
  const bool memory = roofline(step, scenario.decode_machine).bound_by_memory();
  scenario.decode_machine.memory_bandwidth *= 2.0;
  const auto after = answer(scenario);
  if (!after) return found + "does not run at twice the bandwidth";
  const double gain = decode_ms(*before) / decode_ms(*after);
  const bool held = stated(step) || stated(after->decode->steps);
  if (gain > 2.0 + 1e-6 || (memory && !held && gain < 1.2)) {
    found += fmt::format("twice the bandwidth makes it {:.3g} times as fast; ", gain);
  }
  return found;
}

/// What is wrong with a long prompt on a chip. Empty: nothing.
inline std::string faults_of_prefill(Scenario scenario) {
  const auto before = answer(scenario);
  if (!before) return "does not run";
  const StepBreakdown& step = before->prefill->steps;
  std::string found = impossible(step, scenario.device, scenario.prefill_machine);
  const bool compute = roofline(step, scenario.prefill_machine).bound_by_compute();
  for (const NumberType type : all_number_types)
    scenario.prefill_machine.peak[index(type)] *= 2.0;
  // Both phases on one engine have one step table.
  scenario.decode_machine.peak = scenario.prefill_machine.peak;
  const auto after = answer(scenario);
  if (!after) return found + "does not run at twice the peak";
  const double gain = prefill_ms(*before) / prefill_ms(*after);
  const bool held = stated(step) || stated(after->prefill->steps);
  if (gain > 2.0 + 1e-6 || (compute && !held && gain < 1.2)) {
    found += fmt::format("twice the peak makes it {:.3g} times as fast; ", gain);
  }
  return found;
}

}  // namespace infersim::test
