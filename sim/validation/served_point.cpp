#include "infersim/validation/served_point.hpp"

#include <algorithm>
#include <cmath>
#include <optional>

#include <fmt/format.h>

#include "infersim/core/diagnostic.hpp"
#include "infersim/core/text.hpp"
#include "infersim/validation/speculation.hpp"
#include "validation/peak_share.hpp"

namespace infersim {
namespace {

/// A run of which more than this share would pass at the peaks is doubtful. No other row of engines
/// in steady use comes to more than 0.7.
constexpr double most_of_peaks = 0.9;

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

/// The layout of an engine with its drafts; none where its degrees contradict each other.
tl::expected<ParallelPlan, Skip> plan_of(const ServingPoint& point, const ServingLayout& layout,
                                         const MeasuredChip& chip, const ModelSpec& model) {
  for (const auto& degree :
       {layout.tp, layout.pp, layout.attention_dp, layout.moe_ep, layout.moe_tp}) {
    if (degree && !(*degree >= 1)) {
      return tl::unexpected(Skip{fmt::format("a degree of parallelism is {}", *degree)});
    }
  }
  const auto count = [](const std::optional<double>& given) {
    return static_cast<int>(given.value_or(1));
  };
  ParallelPlan plan;
  plan.tp = count(layout.tp);
  plan.pp = count(layout.pp);
  plan.dp = count(layout.attention_dp);
  plan.ranks_per_device = chip.device.ranks;
  if (experts_of(model) != nullptr) {
    plan.ep = count(layout.moe_ep);
    const int shared = count(layout.moe_tp) * plan.ep;
    if (shared != plan.tp * plan.dp && (layout.moe_tp || layout.moe_ep)) {
      return tl::unexpected(Skip{"moe_tp_size x moe_ep_size is not tp_size x attention_dp_size"});
    }
  }
  plan.mtp = speculation_of(point, plan.dp > 1).drafts;
  return plan;
}

/// Settings of the row over the framework's.
EngineSettings settings_of(const ServingPoint& point, const ParallelPlan& plan) {
  EngineSettings settings;
  settings.started = true;  // tables do not say the share
  settings.version = point.version;
  settings.tokens_per_step = speculation_of(point, plan.dp > 1).tokens_per_step;
  settings.scheduler.budget = point.prefill_tokens;
  if (!point.chunked_prefill.empty()) settings.scheduler.split = point.chunked_prefill == "on";
  settings.scheduler.recv_interval = point.recv_interval;
  settings.scheduler.max_seqs = point.max_num_seqs;
  return settings;
}

tl::expected<AskedPool, Skip> pool_of(const ServingPoint& point, const ServingLayout& layout,
                                      std::string_view what, const MeasuredChip& chip,
                                      const ModelSpec& model) {
  AskedPool pool;
  pool.replicas = static_cast<int>(layout.workers.value_or(1));
  if (pool.replicas < 1) return tl::unexpected(Skip{fmt::format("no {} workers", what)});
  const auto plan = plan_of(point, layout, chip, model);
  if (!plan) return tl::unexpected(plan.error());
  pool.plan = *plan;
  pool.settings = settings_of(point, *plan);
  return pool;
}

void limit(std::optional<double>& setting, const std::optional<double>& most) {
  if (most) setting = std::min(setting.value_or(INFINITY), *most);
}

/// The largest 2^k or 3 2^k that is no more than `most`.
double built_batch(double most) {
  const double power = std::exp2(std::floor(std::log2(std::max(most, 1.0))));
  return 1.5 * power <= most && power > 1.0 ? 1.5 * power : power;
}

/// Decode slots of a group as they are set or usual, whatever the memory.
std::optional<double> slots_of(const ServingPoint& point, const MeasuredChip& chip, double groups) {
  if (point.decode_slots) return *point.decode_slots / groups;
  if (point.decode->max_batch) return point.decode->max_batch;
  if (chip.framework.id == "trtllm" && !point.decode->batch) {
    return built_batch(*point.concurrency / groups);
  }
  return std::nullopt;
}

tl::expected<AskedPools, Skip> pools_of(const ServingPoint& point, const MeasuredChip& chip,
                                        const ModelSpec& model) {
  auto prefill = pool_of(point, *point.prefill, "prefill", chip, model);
  if (!prefill) return tl::unexpected(prefill.error());
  auto decode = pool_of(point, *point.decode, "decode", chip, model);
  if (!decode) return tl::unexpected(decode.error());
  limit(prefill->settings.scheduler.max_seqs, point.prefill->max_batch);
  limit(decode->settings.scheduler.max_seqs,
        slots_of(point, chip, 1.0 * decode->replicas * decode->plan.dp));
  AskedPools pools{*std::move(prefill), *std::move(decode), std::nullopt};
  const auto says = [&](std::string_view what) {
    return point.kv_transfer.find(what) != std::string::npos;
  };
  if (says("no MNNVL") || says("over IB")) pools.handover_inside = false;
  return pools;
}

/// What the weights are kept in, unless it is what the checkpoint has.
tl::expected<std::optional<NumberType>, Skip> weights_of(const ServingPoint& point,
                                                         const ModelSpec& model) {
  if (point.precision.empty()) return std::nullopt;
  const auto type = type_of(point.precision);
  if (!type) return tl::unexpected(Skip{"precision " + quote(point.precision) + " is not known"});
  if (*type == model.checkpoint.experts_type()) return std::nullopt;
  return type;
}

}  // namespace

tl::expected<Question, Skip> question_of(const ServingPoint& point, const MeasuredChip& chip,
                                         const ModelSpec& model) {
  if (!point.concurrency) return tl::unexpected(Skip{"no concurrency"});
  Question question;
  const auto weights = weights_of(point, model);
  if (!weights) return tl::unexpected(weights.error());
  question.dtype = *weights;
  question.kv_dtype = cache_type(point);
  if (point.gemm_quant_mode == "fp8_block" || point.moe_quant_mode == "fp8_block") {
    question.block_scales = true;
  }
  question.isl = point.isl;
  question.osl = point.osl;
  question.lengths = point.lengths;
  if (point.inferencex()) question.benchmark = "inferencex";
  question.batch = *point.concurrency;
  question.waves =
      point.num_prompts ? std::max(1.0, *point.num_prompts / *point.concurrency) : usual_waves;
  if (point.pooled()) {
    auto pools = pools_of(point, chip, model);
    if (!pools) return tl::unexpected(pools.error());
    question.pools = *std::move(pools);
  } else {
    const auto plan = plan_of(point, point.engine, chip, model);
    if (!plan) return tl::unexpected(plan.error());
    question.plan = *plan;
    question.settings = settings_of(point, *plan);
  }
  return question;
}

ServedPoint::Times ServedPoint::run() const {
  const Workload workload = scenario.workload();
  if (pools) {
    const PooledResult r = serve(workload, *pools, loop);
    return {r.ttft, r.ttft_median, r.tpot, r.run_output_tokens};
  }
  const ServingResult r = serve(workload, *engine, loop);
  return {r.ttft, r.ttft_median, r.tpot, r.run_output_tokens};
}

const AnalyticStepModel& ServedPoint::prefill() const {
  return pools ? pools->prefill.model : engine->prefill;
}

const AnalyticStepModel& ServedPoint::decode() const {
  return pools ? pools->decode.model : engine->decode;
}

tl::expected<ServedPoint, Skip> serve_point(const ServingPoint& point, const MeasuredChip& chip,
                                            const ModelSpec& model) {
  auto question = question_of(point, chip, model);
  if (!question) return tl::unexpected(question.error());
  try {
    Scenario scenario =
        seal(*std::move(question), {chip.device, chip.system, Site{}, chip.framework, model,
                                    std::nullopt, chip.serving_prefill, chip.serving_decode});
    ServedPoint served{std::move(scenario), std::nullopt, std::nullopt, {}};
    const Question& asked = served.scenario.question;
    served.loop = served.scenario.loop(*asked.batch);
    const Workload workload = served.scenario.workload();
    if (asked.pools) {
      auto pools = assemble_pools(workload, served.scenario.pools());
      if (!pools) return tl::unexpected(Skip{pools.error().reason});
      served.pools = *std::move(pools);
    } else {
      auto engine = assemble(workload, served.scenario.pool(*asked.plan));
      if (!engine) return tl::unexpected(Skip{engine.error().reason});
      served.engine = *std::move(engine);
    }
    const double share = peak_share(point, served);
    if (share > most_of_peaks) {
      return tl::unexpected(Skip{fmt::format(
          "doubtful: at the peaks its kernels alone would take {:.2f} of its time", share)});
    }
    return served;
  } catch (const InputError& error) {
    return tl::unexpected(Skip{error.faults().front().message});
  }
}

}  // namespace infersim
