#include "report/plan_fields.hpp"

#include "report/field_values.hpp"

namespace infersim::detail {

namespace {

using enum FieldRole;

// clang-format off
constexpr Field all_fields[] = {
  {"plan.devices", key, "devices", "devices used: replicas x tp x pp x dp",
   [](const Answer& a) { return whole(a.devices()); }},
  {"plan.nodes", key, "", "nodes that they take, the last perhaps in part",
   [](const Answer& a) { return whole(a.nodes()); }},
  {"plan.replicas", key, "replicas",
   "engines with all of the model each, which share nothing but the requests",
   [](const Answer& a) { return whole(a.best().replicas); }},
  {"plan.tp", key, "tp", "tensor parallelism of attention, in devices",
   [](const Answer& a) { return whole(a.best().plan.device_tp()); }},
  {"plan.pp", key, "pp", "pipeline stages",
   [](const Answer& a) { return whole(a.best().plan.pp); }},
  {"plan.dp", key, "dp", "data parallelism of attention, in devices",
   [](const Answer& a) { return whole(a.best().plan.device_dp()); }},
  {"plan.ep", key, "ep", "ranks over which the experts of a layer are divided",
   [](const Answer& a) { return whole(a.best().plan.ep); }},
  {"plan.ranks", key, "", "ranks of one engine: dies that software sees as separate",
   [](const Answer& a) { return whole(a.best().plan.ranks()); }},
  {"plan.ranks_per_device", key, "", "ranks of one device",
   [](const Answer& a) { return whole(a.best().plan.ranks_per_device); }},
  {"plan.rank_tp", key, "", "tensor parallelism of attention, in ranks",
   [](const Answer& a) { return whole(a.best().plan.tp); }},
  {"plan.rank_dp", key, "", "data parallelism of attention, in ranks",
   [](const Answer& a) { return whole(a.best().plan.dp); }},
  {"plan.moe_tp", key, "", "ranks that share each routed expert; null for a dense model",
   [](const Answer& a) {
     return a.experts_per_rank() > 0 ? whole(a.best().plan.expert_slices()) : Value{};
   }},
  {"plan.experts_per_rank", key, "",
   "routed experts of a layer on one rank, copies included; 0 for a dense model",
   [](const Answer& a) { return count(a.experts_per_rank()); }},
  {"plan.redundant_experts", key, "", "further copies of routed experts",
   [](const Answer& a) { return whole(a.best().plan.redundant_experts); }},
  {"plan.batch", key, "batch",
   "requests in flight in the whole deployment, all replicas (with `--phase prefill` and no "
   "`--batch`: one prompt for each stage of each group)",
   [](const Answer& a) { return count(a.best().batch); }},
  {"plan.dtype", key, "weights", "number type in which weights are stored",
   [](const Answer& a) { return text(name(a.scenario.precision.weights)); }},
  {"plan.weight_format", key, "",
   "name of a mixture of types that weights are stored in; null if there is none",
   [](const Answer& a) {
     const std::string& format = a.scenario.precision.format;
     return format.empty() ? Value{} : text(format);
   }},
  {"plan.compute_dtype", key, "", "number type of the products of linear layers",
   [](const Answer& a) { return text(name(a.scenario.precision.compute)); }},
  {"plan.expert_dtype", key, "", "number type of routed experts; null for a dense model",
   [](const Answer& a) {
     return a.experts_per_rank() > 0 ? text(name(a.scenario.precision.experts)) : Value{};
   }},
  {"plan.kv_dtype", key, "KV cache", "number type of the KV cache",
   [](const Answer& a) { return text(name(a.scenario.precision.kv)); }},
  {"plan.dtype_reason", key, "", "why these number types",
   [](const Answer& a) { return text(a.scenario.precision.reason); }},
  {"plan.microbatches", key, "", "2: halves of the batch overlap computing and communication",
   [](const Answer& a) { return whole(a.best().plan.microbatches); }},
  {"plan.mtp", key, "", "draft tokens of a decode step",
   [](const Answer& a) { return whole(a.best().plan.mtp); }},
  {"plan.draft", key, "", "what makes the draft tokens: id of a model, or `ngram`; null: its own layers",
   [](const Answer& a) {
     const Scenario& s = a.scenario;
     return s.draft ? text(s.draft->model.id) : s.question.draft ? text("ngram") : Value{};
   }},
  {"plan.acceptance", key, "", "assumed probability that a draft token is accepted",
   [](const Answer& a) { return Value{a.best().plan.acceptance}; }},
  {"plan.choice", key, "", "why this many devices and this plan",
   [](const Answer& a) { return text(a.planned.choice); }},
};
// clang-format on

}  // namespace

std::span<const Field> plan_fields() { return all_fields; }

}  // namespace infersim::detail
