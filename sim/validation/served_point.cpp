#include "infersim/validation/served_point.hpp"

#include <algorithm>
#include <cmath>
#include <optional>

#include <fmt/format.h>

#include "infersim/core/diagnostic.hpp"
#include "infersim/core/text.hpp"
#include "infersim/validation/speculation.hpp"

namespace infersim {
namespace {

/// Lengths of the public benchmark are uniform in [0.8, 1.0] of the nominal ones.
constexpr double length_spread = 0.2 / 0.9;
/// Requests in all over those in flight, where a table does not say.
constexpr double usual_waves = 10;

struct TypeName {
  std::string_view name;
  NumberType type;
};

constexpr TypeName type_names[] = {
    {"fp8", NumberType::fp8},   {"fp8_block", NumberType::fp8}, {"fp4", NumberType::fp4},
    {"nvfp4", NumberType::fp4}, {"mxfp4", NumberType::fp4},     {"bf16", NumberType::bf16},
    {"int8", NumberType::int8}, {"int4", NumberType::int4},     {"bfloat16", NumberType::bf16},
};

std::optional<NumberType> type_of(std::string_view name) {
  const auto* found = std::find_if(std::begin(type_names), std::end(type_names),
                                   [&](const TypeName& each) { return each.name == name; });
  if (found == std::end(type_names)) return std::nullopt;
  return found->type;
}

/// What the cache is kept in. A checkpoint of 4-bit floating-point weights brings scales for a
/// cache of 8 bits, which engines then use. Of pools, whose tables may not tell, TensorRT-LLM's
/// published set-ups keep 8 bits with 8-bit weights too.
NumberType cache_type(const ServingPoint& point) {
  if (const auto named = type_of(point.kv_dtype)) return *named;
  const bool untold = point.pooled() && point.kv_dtype.empty();
  if (untold && point.precision == "fp8" && point.framework.ends_with("trtllm")) {
    return NumberType::fp8;
  }
  const bool scaled = point.kv_dtype == "auto" || untold;
  return scaled && point.precision == "fp4" ? NumberType::fp8 : NumberType::bf16;
}

}  // namespace

tl::expected<ParallelPlan, Skip> plan_of(const ServingPoint& point, const ServingLayout& layout,
                                         const MeasuredChip& chip, const ModelSpec& model) {
  const auto count = [](const std::optional<double>& given) {
    return static_cast<int>(given.value_or(1));
  };
  ParallelPlan plan;
  plan.tp = count(layout.tp);
  plan.pp = count(layout.pp);
  plan.dp = count(layout.attention_dp);
  plan.ranks_per_device = chip.device.ranks;
  const bool routed = std::any_of(model.layers.begin(), model.layers.end(),
                                  [](const auto& group) { return experts_of(group) != nullptr; });
  if (routed) {
    plan.ep = count(layout.moe_ep);
    const int shared = count(layout.moe_tp) * plan.ep;
    if (shared != plan.tp * plan.dp && (layout.moe_tp || layout.moe_ep)) {
      return tl::unexpected(Skip{"moe_tp_size x moe_ep_size is not tp_size x attention_dp_size"});
    }
  }
  plan.mtp = speculation_of(point, plan.dp > 1).drafts;
  if (auto ok = check_plan(model, plan); !ok) return tl::unexpected(Skip{ok.error().reason});
  if (auto ok = check_reach(model, plan, chip.decode.fabric); !ok) {
    return tl::unexpected(Skip{ok.error().reason});
  }
  return plan;
}

ServingLoad load_of(const ServingPoint& point, const ParallelPlan& plan, double concurrency) {
  ServingLoad load;
  load.traffic.isl = point.isl * point.mean_length();
  load.traffic.osl = point.osl * point.mean_length();
  load.osl_width = point.exact_lengths ? 0.0 : length_spread;
  load.batch = std::max(concurrency, static_cast<double>(plan.dp));
  load.waves = point.num_prompts ? std::max(1.0, *point.num_prompts / concurrency) : usual_waves;
  load.dp = plan.dp;
  load.pp = plan.pp;
  load.tokens_per_step = speculation_of(point, plan.dp > 1).tokens_per_step;
  load.queries_per_sequence = 1.0 + plan.mtp;
  return load;
}

Scheduler scheduler_of(const ServingPoint& point, const MeasuredChip& chip, const ModelSpec& model,
                       const ParallelPlan& plan, const ServingLoad& load) {
  ServingSituation situation;
  situation.family = chip.device.family;
  situation.model = model.id;
  situation.attention_dp = plan.dp > 1;
  situation.tp = plan.tp;
  situation.isl = point.isl;
  situation.osl = point.osl;
  if (!point.exact_lengths) situation.benchmark = "inferencex";
  Scheduler scheduler =
      chip.framework.scheduler(situation, chip.serving_decode.efficiency.runtime.prefill_tokens);
  scheduler.budget = point.prefill_tokens.value_or(scheduler.budget);
  if (!point.chunked_prefill.empty()) scheduler.split = point.chunked_prefill == "on";
  scheduler.recv_interval = point.recv_interval.value_or(scheduler.recv_interval);
  scheduler.max_seqs = std::min(scheduler.max_seqs, point.max_num_seqs.value_or(INFINITY));
  scheduler.make_room(load.traffic.isl);
  return scheduler;
}

MemoryPolicy memory_policy_of(const ServingPoint& point, const MeasuredChip& chip,
                              const ModelSpec& model, const ParallelPlan& plan,
                              double step_tokens) {
  MemorySituation situation;
  situation.family = chip.device.family;
  situation.model = model.id;
  situation.version = point.version;
  situation.tp = plan.tp;
  situation.ranks = plan.ranks();
  situation.capacity = chip.serving_decode.memory_capacity;
  MemoryPolicy policy = chip.framework.memory_policy(situation, step_tokens);
  if (policy.trial) {
    policy.trial->tokens = point.prefill_tokens.value_or(policy.trial->tokens);
    policy.trial->sequences = point.max_num_seqs.value_or(policy.trial->sequences);
  }
  // Tables do not say the share; a server that ran had one that held its weights.
  policy.raised = true;
  return policy;
}

StepTable lower_for(const MeasuredChip& chip, const Machine& machine, const ModelSpec& model,
                    const ParallelPlan& plan, const PrecisionPlan& precision) {
  StepTable table = lower(model, machine, plan, precision);
  table.host = chip.framework.host(table.host.step);
  return table;
}

tl::expected<PrecisionPlan, Skip> precision_of(const ServingPoint& point, const Device& device,
                                               const ModelSpec& model) {
  std::optional<NumberType> weights;
  if (!point.precision.empty()) {
    weights = type_of(point.precision);
    if (!weights)
      return tl::unexpected(Skip{"precision " + quote(point.precision) + " is not known"});
    const NumberType own = model.experts_checkpoint.value_or(model.checkpoint);
    if (*weights == own) weights.reset();
  }
  try {
    PrecisionPlan plan = choose_precision(device, model, weights, cache_type(point));
    if (point.gemm_quant_mode == "fp8_block" || point.moe_quant_mode == "fp8_block") {
      plan.block_scales = plan.weights == NumberType::fp8;
    }
    return plan;
  } catch (const InputError& error) {
    return tl::unexpected(Skip{error.faults().front().message});
  }
}

ServingResult ServedPoint::run() const {
  const PrefillProfile profile = profile_prefill(prefill, load, scheduler.budget);
  return closed_loop({prefill, decode, profile}, load, scheduler);
}

tl::expected<ServedPoint, Skip> serve_point(const ServingPoint& point, const MeasuredChip& chip,
                                            const ModelSpec& model) {
  if (!point.concurrency) return tl::unexpected(Skip{"no concurrency"});
  const auto plan = plan_of(point, point.engine, chip, model);
  if (!plan) return tl::unexpected(plan.error());
  const auto precision = precision_of(point, chip.device, model);
  if (!precision) return tl::unexpected(precision.error());
  const auto lowered = [&](const Machine& machine) {
    return lower_for(chip, machine, model, *plan, *precision);
  };
  ServedPoint served{AnalyticStepModel(lowered(chip.serving_prefill)),
                     AnalyticStepModel(lowered(chip.serving_decode)),
                     load_of(point, *plan, *point.concurrency),
                     {},
                     *precision};
  served.scheduler = scheduler_of(point, chip, model, *plan, served.load);
  const double tokens = served.load.traffic.isl + served.load.traffic.osl;
  const auto memory = memory_ledger(served.decode.table(), model, *precision,
                                    memory_policy_of(point, chip, model, *plan,
                                                     served.scheduler.budget), tokens);
  if (memory) {
    const double room = memory->max_sequences(*plan, tokens) / plan->dp;
    served.scheduler.max_seqs = std::min(served.scheduler.max_seqs, std::max(room, 1.0));
  }
  return served;
}

}  // namespace infersim
