#include "infersim/report/schema.hpp"

#include <cmath>
#include <optional>

namespace infersim {

namespace {

using enum FieldRole;
using Value = FieldValue;

Value text(std::string_view value) { return std::string(value); }
Value whole(int value) { return std::int64_t{value}; }

/// A count that may have been asked for as a fraction.
Value count(double value) {
  if (std::isfinite(value) && value == std::floor(value) && std::abs(value) < 9e15) {
    return static_cast<std::int64_t>(value);
  }
  return value;
}

template <Dim D>
Value in(Quantity<D> value, Quantity<D> unit) {
  return value / unit;
}

template <Dim D>
Value base(Quantity<D> value) {
  return value.base();
}

/// Bytes of a device whose every rank has `of_rank`.
Value bytes_of(const Answer& a, Bytes of_rank) {
  return count(of_rank.base() * a.best().plan.ranks_per_device);
}

Value per_million(const std::optional<DollarsPerToken>& price) {
  if (!price) return {};
  return (*price * million_tokens).base();
}

Value per_hour(DollarRate rate) { return (rate * hour).base(); }

/// What a bought device's hour is made of; a rental does not say.
Value part_of_hour(const Answer& a, DollarRate HourlyPrice::*part) {
  const auto& hourly = a.best().bill.hourly;
  return hourly && !a.scenario.device.rental ? per_hour((*hourly).*part) : Value{};
}

template <class Read>
Value of_price(const Answer& a, Read read) {
  const auto& hourly = a.best().bill.hourly;
  return hourly ? read(*hourly) : Value{};
}

template <class Read>
Value of_source(const Answer& a, Read read) {
  return of_price(a, [&](const HourlyPrice& hourly) { return read(hourly.provenance); });
}

Value known(const std::string& value) { return value.empty() ? Value{} : text(value); }

Bytes model_kv(const Answer& a) {
  return kv_bytes_per_token(a.scenario.model, a.scenario.precision.kv);
}

Bytes free_bytes(const Answer& a) {
  return a.best().memory.kv_capacity * a.best().plan.ranks_per_device - a.kv_in_use();
}

Carbon carbon_per_million(const Answer& a) {
  return a.best().bill.energy.carbon_per_output_token * million_tokens;
}

/// `value` if the phase it speaks of was asked for.
Value in_prefill(const Answer& a, Value value) { return a.has_prefill() ? value : Value{}; }
Value in_decode(const Answer& a, Value value) { return a.has_decode() ? value : Value{}; }

std::string_view phase_name(PhaseChoice phase) {
  switch (phase) {
    case PhaseChoice::prefill: return "prefill";
    case PhaseChoice::decode: return "decode";
    case PhaseChoice::both: break;
  }
  return "both";
}

TokenRate user_rate(Seconds tpot) { return Tokens{1.0} / tpot; }

// clang-format off
constexpr Field all_fields[] = {
  {"schema", key, "", "version of this document's keys",
   [](const Answer&) { return whole(schema_version); }},
  {"version", key, "", "version of the program",
   [](const Answer&) { return text(version()); }},
  {"hw", key, "", "id of the device",
   [](const Answer& a) { return text(a.scenario.device.id); }},
  {"hw_name", key, "", "its name",
   [](const Answer& a) { return text(a.scenario.device.name); }},
  {"system", key, "", "id of the system it ships in",
   [](const Answer& a) { return text(a.scenario.system.id); }},
  {"site", key, "site", "id of the site it stands at",
   [](const Answer& a) { return text(a.scenario.site.id); }},
  {"model", key, "", "id of the model",
   [](const Answer& a) { return text(a.scenario.model.id); }},
  {"model_name", key, "", "its name",
   [](const Answer& a) { return text(a.scenario.model.name); }},
  {"model_parameters", key, "", "parameters, MTP layers apart",
   [](const Answer& a) { return count(a.scenario.parameters.total); }},
  {"model_active_parameters", key, "", "of those, that one token passes (input embedding excluded)",
   [](const Answer& a) { return count(a.scenario.parameters.active); }},
  {"phase", key, "", "`both`, `prefill` or `decode`: what runs on these devices",
   [](const Answer& a) { return text(phase_name(a.scenario.question.phase)); }},
  {"framework", key, "framework", "id of the serving software",
   [](const Answer& a) { return text(a.scenario.framework.id); }},
  {"scheduler.prefill", key, "", "`mixed`: prompts join decode steps; `exclusive`: they run before",
   [](const Answer& a) { return text(a.scheduler().mixed ? "mixed" : "exclusive"); }},
  {"scheduler.split", key, "", "whether a prompt may be spread over several steps",
   [](const Answer& a) { return Value{a.scheduler().split}; }},
  {"scheduler.budget_tokens", key, "", "new tokens that one step of a group takes",
   [](const Answer& a) { return count(a.scheduler().budget); }},
  {"scheduler.max_sequences", key, "", "sequences of a group that run at once; null: no limit",
   [](const Answer& a) {
     return std::isfinite(a.scheduler().max_seqs) ? count(a.scheduler().max_seqs) : Value{};
   }},
  {"scheduler.recv_interval_steps", key, "", "decode steps between two looks for new requests",
   [](const Answer& a) { return count(a.scheduler().recv_interval); }},
  {"scheduler.gather_steps", key, "", "decode steps for which a waiting prompt waits for others",
   [](const Answer& a) { return count(a.scheduler().gather); }},
  {"scheduler.lag_steps", key, "", "steps between being seen and running",
   [](const Answer& a) { return count(a.scheduler().lag); }},
  {"scheduler.front_latency_ms", key, "", "front end of each request: HTTP, tokenizer, hand-over",
   [](const Answer& a) { return in(a.scheduler().front_latency, millisecond); }},
  {"device.prefill_engine", key, "", "engine of the device that runs prefill",
   [](const Answer& a) { return text(a.scenario.device.prefill_engine().name); }},
  {"device.decode_engine", key, "", "engine of the device that runs decode",
   [](const Answer& a) { return text(a.scenario.device.decode_engine().name); }},
  {"traffic.preset", key, "", "id of the named traffic; null without `--traffic`",
   [](const Answer& a) { return a.scenario.preset ? text(a.scenario.preset->id) : Value{}; }},
  {"traffic.isl_tokens", key, "", "tokens of a request's prompt",
   [](const Answer& a) { return count(a.scenario.traffic.isl); }},
  {"traffic.osl_tokens", key, "", "tokens of its answer",
   [](const Answer& a) { return count(a.scenario.traffic.osl); }},
  {"traffic.decode_context_tokens", key, "",
   "mean context of decode steps: isl + osl/2 unless pinned",
   [](const Answer& a) { return count(a.scenario.decode_context); }},
  {"objectives.ttft_ms", key, "", "objective for the time to the first token",
   [](const Answer& a) { return in(a.scenario.slo.ttft, millisecond); }},
  {"objectives.tpot_ms", key, "", "objective for the time per output token",
   [](const Answer& a) { return in(a.scenario.slo.tpot, millisecond); }},
  {"objectives_met", metric, "objectives met", "whether the mixed service meets both objectives",
   [](const Answer& a) { return Value{a.best().objectives_met()}; }},
  {"ttft_ms", metric, "TTFT, ms",
   "mixed service, mean: front end, wait for the running step and for the scheduler, own prefill "
   "(with `--phase prefill`: prefill.ttft_ms)",
   [](const Answer& a) { return in_prefill(a, in(a.ttft(), millisecond)); }},
  {"ttft_median_ms", metric, "", "the same, median over requests",
   [](const Answer& a) {
     return in_prefill(a, in_decode(a, in(a.best().serving.ttft_median, millisecond)));
   }},
  {"tpot_ms", metric, "TPOT, ms",
   "mixed service: time per output token with the prefills that interrupt or join it (with "
   "`--phase decode`: decode.tpot_ms); null for answers of one token",
   [](const Answer& a) { return a.has_tpot() ? in(a.tpot(), millisecond) : Value{}; }},
  {"tokens_per_s_per_device", metric, "tokens/s/device",
   "mixed service: output tokens (with `--phase` those of that phase: prompt or output tokens)",
   [](const Answer& a) { return base(a.best().tokens_per_device); }},
  {"tokens_per_s_per_user", metric, "tokens/s/user", "mixed service: 1 / TPOT; null where that is",
   [](const Answer& a) { return a.has_tpot() ? base(user_rate(a.tpot())) : Value{}; }},
  {"tokens_per_s", metric, "tokens/s",
   "the same as tokens_per_s_per_device for all devices together",
   [](const Answer& a) { return base(a.best().tokens_per_device * a.devices()); }},
  {"prefill_time_share", metric, "", "mixed service: share of time that goes to prefills",
   [](const Answer& a) {
     return in_prefill(a, in_decode(a, Value{a.best().serving.prefill_share}));
   }},
  {"running_sequences", metric, "", "mixed service: sequences of the whole system that decode",
   [](const Answer& a) {
     return in_prefill(a, in_decode(a, Value{a.best().serving.running * a.best().plan.dp}));
   }},
  {"prompts_per_step", metric, "", "mixed service: prompts in a step of a group that has any",
   [](const Answer& a) {
     return in_prefill(a, in_decode(a, Value{a.best().serving.prompts}));
   }},
  {"plan.devices", key, "devices", "devices used: tp x pp x dp",
   [](const Answer& a) { return whole(a.devices()); }},
  {"plan.nodes", key, "", "nodes that they take, the last perhaps in part",
   [](const Answer& a) { return whole(a.nodes()); }},
  {"plan.tp", key, "tp", "tensor parallelism of attention, in devices",
   [](const Answer& a) { return whole(a.best().plan.device_tp()); }},
  {"plan.pp", key, "pp", "pipeline stages",
   [](const Answer& a) { return whole(a.best().plan.pp); }},
  {"plan.dp", key, "dp", "data parallelism of attention, in devices",
   [](const Answer& a) { return whole(a.best().plan.device_dp()); }},
  {"plan.ep", key, "ep", "ranks over which the experts of a layer are divided",
   [](const Answer& a) { return whole(a.best().plan.ep); }},
  {"plan.ranks", key, "", "ranks: dies that software sees as separate",
   [](const Answer& a) { return whole(a.best().plan.ranks()); }},
  {"plan.ranks_per_device", key, "", "ranks of one device",
   [](const Answer& a) { return whole(a.best().plan.ranks_per_device); }},
  {"plan.rank_tp", key, "", "tensor parallelism of attention, in ranks",
   [](const Answer& a) { return whole(a.best().plan.tp); }},
  {"plan.rank_dp", key, "", "data parallelism of attention, in ranks",
   [](const Answer& a) { return whole(a.best().plan.dp); }},
  {"plan.experts_per_rank", key, "",
   "routed experts of a layer on one rank, copies included; 0 for a dense model",
   [](const Answer& a) { return count(a.experts_per_rank()); }},
  {"plan.redundant_experts", key, "", "further copies of routed experts",
   [](const Answer& a) { return whole(a.best().plan.redundant_experts); }},
  {"plan.batch", key, "batch",
   "sequences in flight in the whole system (with `--phase prefill` and no `--batch`: one prompt for "
   "each stage of each group)",
   [](const Answer& a) { return count(a.best().batch); }},
  {"plan.dtype", key, "weights", "number type in which weights are stored",
   [](const Answer& a) { return text(name(a.scenario.precision.weights)); }},
  {"plan.compute_dtype", key, "", "number type of the products of linear layers",
   [](const Answer& a) { return text(name(a.scenario.precision.compute)); }},
  {"plan.kv_dtype", key, "KV cache", "number type of the KV cache",
   [](const Answer& a) { return text(name(a.scenario.precision.kv)); }},
  {"plan.dtype_reason", key, "", "why these number types",
   [](const Answer& a) { return text(a.scenario.precision.reason); }},
  {"plan.microbatches", key, "", "2: halves of the batch overlap computing and communication",
   [](const Answer& a) { return whole(a.best().plan.microbatches); }},
  {"plan.mtp", key, "", "draft tokens of a decode step",
   [](const Answer& a) { return whole(a.best().plan.mtp); }},
  {"plan.acceptance", key, "", "assumed probability that a draft token is accepted",
   [](const Answer& a) { return Value{a.best().plan.acceptance}; }},
  {"plan.choice", key, "", "why this many devices and this plan",
   [](const Answer& a) { return text(a.planned.choice); }},
  {"prefill.ttft_ms", metric, "prefill, ms", "bare prefill of one request",
   [](const Answer& a) { return in_prefill(a, in(a.best().serving.prefill.step, millisecond)); }},
  {"prefill.tokens_per_s_per_device", metric, "prefill tokens/s/dev",
   "prompt tokens with nothing but prefill on these devices, steps filled up",
   [](const Answer& a) {
     return in_prefill(a, base(a.best().serving.prefill.tokens / a.devices()));
   }},
  {"prefill.prompts_per_step", metric, "", "prompts in such a step, of one data-parallel group",
   [](const Answer& a) { return in_prefill(a, count(a.best().serving.prefill.sequences)); }},
  {"prefill.bound", metric, "prefill bound by",
   "what bounds most of its time: `compute`, `memory`, `link` or `latency`",
   [](const Answer& a) { return in_prefill(a, text(name(a.best().prefill_steps.bound))); }},
  {"prefill.engine", key, "", "engine of the device that runs it",
   [](const Answer& a) { return in_prefill(a, text(a.scenario.device.prefill_engine().name)); }},
  {"decode.tpot_ms", metric, "decode, ms/token",
   "time per output token with nothing but decode, at the decode context",
   [](const Answer& a) { return in_decode(a, in(a.best().serving.decode.tpot, millisecond)); }},
  {"decode.step_ms", metric, "", "time of a decode step; with MTP it yields several tokens",
   [](const Answer& a) { return in_decode(a, in(a.best().serving.decode.step, millisecond)); }},
  {"decode.tokens_per_s_per_device", metric, "decode tokens/s/dev",
   "output tokens with nothing but decode on these devices",
   [](const Answer& a) {
     return in_decode(a, base(a.best().serving.decode.tokens / a.devices()));
   }},
  {"decode.tokens_per_s_per_user", metric, "decode tokens/s/user", "1 / decode.tpot_ms",
   [](const Answer& a) { return in_decode(a, base(user_rate(a.best().serving.decode.tpot))); }},
  {"decode.bound", metric, "decode bound by", "as prefill.bound",
   [](const Answer& a) { return in_decode(a, text(name(a.best().decode_steps.bound))); }},
  {"decode.mfu", metric, "decode MFU",
   "useful flops over the dense peak of the linear layers' type",
   [](const Answer& a) { return in_decode(a, Value{a.best().mfu}); }},
  {"decode.mbu", metric, "decode MBU", "bytes moved over the bandwidth of main memory",
   [](const Answer& a) { return in_decode(a, Value{a.best().mbu}); }},
  {"decode.engine", key, "", "engine of the device that runs it",
   [](const Answer& a) { return in_decode(a, text(a.scenario.device.decode_engine().name)); }},
  {"memory.weights_bytes", metric, "", "weights on the fullest device",
   [](const Answer& a) { return bytes_of(a, a.best().memory.weights); }},
  {"memory.kv_bytes_per_token", metric, "",
   "the model's own: all layers and heads in the KV type, without MTP layers, whatever the plan",
   [](const Answer& a) { return count(model_kv(a).base()); }},
  {"memory.kv_bytes", metric, "",
   "KV cache kept for the sequences in flight, on one device: each at isl + osl (with `--phase "
   "prefill` isl, with `--phase decode` the decode context)",
   [](const Answer& a) { return count(a.kv_in_use().base()); }},
  {"memory.activation_bytes", metric, "", "live tensors of the largest step, on one device",
   [](const Answer& a) { return bytes_of(a, a.best().memory.activations); }},
  {"memory.reserve_bytes", metric, "",
   "operating system, runtime, communication buffers, fragmentation",
   [](const Answer& a) { return bytes_of(a, a.best().memory.reserve); }},
  {"memory.free_bytes", metric, "", "capacity less all of the above",
   [](const Answer& a) { return count(free_bytes(a).base()); }},
  {"memory.capacity_bytes", metric, "", "main memory of one device",
   [](const Answer& a) { return bytes_of(a, a.best().memory.capacity); }},
  {"memory.max_sequences", metric, "sequences it holds",
   "sequences of that length that the whole system holds",
   [](const Answer& a) { return count(a.best().max_sequences); }},
  {"power_w", metric, "W/device", "one device at the board, mean of the mixed service",
   [](const Answer& a) { return base(a.best().board_power); }},
  {"node_power_w", metric, "", "one node at its plug",
   [](const Answer& a) { return base(a.best().bill.energy.node); }},
  {"facility_power_w", metric, "", "all devices with their share of nodes, times PUE",
   [](const Answer& a) { return base(a.best().bill.energy.facility); }},
  {"pue", key, "", "energy of the facility over that at the plugs; 1 for phones and PCs",
   [](const Answer& a) { return Value{a.best().bill.energy.pue}; }},
  {"energy_j_per_output_token", metric, "J/output token", "at the wall with PUE, prefill included",
   [](const Answer& a) { return in_decode(a, base(a.best().bill.energy.per_output_token)); }},
  {"cost.usd_per_mtok_input", metric, "USD/M input", "a million uncached prompt tokens",
   [](const Answer& a) { return per_million(a.best().bill.input); }},
  {"cost.usd_per_mtok_cached_input", metric, "USD/M cached input",
   "a million prompt tokens whose KV cache is kept",
   [](const Answer& a) { return per_million(a.best().bill.cached_input); }},
  {"cost.usd_per_mtok_output", metric, "USD/M output", "a million output tokens",
   [](const Answer& a) { return per_million(a.best().bill.output); }},
  {"cost.usd_per_device_hour", metric, "USD/device/h", "an hour of one device, all in",
   [](const Answer& a) {
     return of_price(a, [](const HourlyPrice& h) { return per_hour(h.rate); });
   }},
  {"cost.usd_capital_per_device_hour", metric, "", "of that, capital; null if rented",
   [](const Answer& a) { return part_of_hour(a, &HourlyPrice::capital); }},
  {"cost.usd_energy_per_device_hour", metric, "", "of that, electricity; null if rented",
   [](const Answer& a) { return part_of_hour(a, &HourlyPrice::energy); }},
  {"cost.usd_hosting_per_device_hour", metric, "", "of that, hosting; null if rented",
   [](const Answer& a) { return part_of_hour(a, &HourlyPrice::hosting); }},
  {"cost.method", key, "priced by", "`rental` or `capital`",
   [](const Answer& a) {
     return of_price(a, [](const HourlyPrice& h) { return text(h.method); });
   }},
  {"cost.basis", key, "",
   "on what the price rests: `datasheet`, `measured`, `press`, `estimate` or `assumed`",
   [](const Answer& a) {
     return of_source(a, [](const Provenance& p) { return text(name(p.basis)); });
   }},
  {"cost.date", key, "", "date of its source",
   [](const Answer& a) { return of_source(a, [](const Provenance& p) { return known(p.date); }); }},
  {"cost.source", key, "", "its source",
   [](const Answer& a) {
     return of_source(a, [](const Provenance& p) { return known(p.source); });
   }},
  {"cost.reason", key, "", "why there is no price; null if there is one",
   [](const Answer& a) { return known(a.best().bill.no_price_reason); }},
  {"gco2_per_mtok", metric, "gCO2/M output",
   "grams of CO2 for a million output tokens, at the wall with PUE, prefill included",
   [](const Answer& a) { return in_decode(a, base(carbon_per_million(a))); }},
  {"search.plans_tried", metric, "", "plans that were evaluated",
   [](const Answer& a) { return count(static_cast<double>(a.planned.plans_tried)); }},
  {"search.batches_tried", metric, "", "batches that were evaluated over all plans",
   [](const Answer& a) { return count(static_cast<double>(a.planned.batches_tried)); }},
  {"search.plans_infeasible", metric, "", "plans that cannot run",
   [](const Answer& a) { return count(static_cast<double>(a.planned.plans_infeasible)); }},
};
// clang-format on

}  // namespace

std::string_view version() { return INFERSIM_VERSION; }

bool Answer::has_tpot() const {
  return has_decode() && (!has_prefill() || scenario.traffic.osl > 1);
}

int Answer::nodes() const {
  const int each = scenario.system.devices_per_node;
  return (devices() + each - 1) / each;
}

Bytes Answer::kv_in_use() const {
  const ParallelPlan& plan = best().plan;
  const Bytes each = best().memory.sequence_bytes(sequence_tokens(scenario));
  return each * (best().batch / plan.dp * plan.ranks_per_device);
}

Seconds Answer::ttft() const {
  return has_decode() ? best().serving.ttft : best().serving.prefill.step;
}

Seconds Answer::tpot() const {
  return has_prefill() ? best().serving.tpot : best().serving.decode.tpot;
}

double Answer::experts_per_rank() const {
  const MoeFfn* moe = experts_of(scenario.model);
  if (moe == nullptr) return 0;
  return (static_cast<double>(moe->experts) + best().plan.redundant_experts) / best().plan.ep;
}

std::span<const Field> fields() { return all_fields; }

}  // namespace infersim
