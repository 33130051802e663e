#include "report/asked_fields.hpp"

#include "report/field_values.hpp"

namespace infersim::detail {

namespace {

using enum FieldRole;

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
  {"tuning", key, "", "`tuned` or `plain`: how its servers are launched",
   [](const Answer& a) { return text(name(a.scenario.framework.tuning)); }},
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
  {"device.engine", key, "",
   "kind of both (`gpu`, `npu`, `cpu`), or where they differ of the two, as `--engine` takes them",
   [](const Answer& a) { return text(name(a.scenario.device.running())); }},
  {"traffic.preset", key, "", "id of the named traffic; null without `--traffic`",
   [](const Answer& a) { return a.scenario.preset ? text(a.scenario.preset->id) : Value{}; }},
  {"traffic.isl_tokens", key, "", "tokens of a request's prompt, mean",
   [](const Answer& a) { return count(a.scenario.traffic.isl); }},
  {"traffic.osl_tokens", key, "", "tokens of its answer, mean",
   [](const Answer& a) { return count(a.scenario.traffic.osl); }},
  {"traffic.nominal_isl_tokens", key, "",
   "length of a prompt as it was named, of which lengths are shares",
   [](const Answer& a) { return count(a.scenario.nominal.isl); }},
  {"traffic.nominal_osl_tokens", key, "", "of an answer, likewise",
   [](const Answer& a) { return count(a.scenario.nominal.osl); }},
  {"traffic.length_least", key, "", "shortest length over the nominal one; 1: all are alike",
   [](const Answer& a) { return Value{a.scenario.question.lengths.least}; }},
  {"traffic.length_most", key, "", "longest, likewise; lengths are drawn evenly between both",
   [](const Answer& a) { return Value{a.scenario.question.lengths.most}; }},
  {"traffic.cached_tokens", key, "",
   "of a mean prompt, tokens that a prefix cache holds: they are not computed",
   [](const Answer& a) { return count(a.best().cached); }},
  {"traffic.waves", key, "",
   "requests of a benchmark that starts with `plan.batch` at once, over `plan.batch`; null: steady "
   "state",
   [](const Answer& a) {
     return of(a.scenario.question.waves, [](double waves) { return count(waves); });
   }},
  {"traffic.decode_context_tokens", key, "",
   "mean context of decode steps: isl + osl/2 unless pinned",
   [](const Answer& a) { return count(a.scenario.decode_context); }},
  {"objectives.ttft_ms", key, "", "objective for the time to the first token",
   [](const Answer& a) { return in(a.scenario.slo.ttft, millisecond); }},
  {"objectives.tpot_ms", key, "", "objective for the time per output token",
   [](const Answer& a) { return in(a.scenario.slo.tpot, millisecond); }},
};
// clang-format on

}  // namespace

std::span<const Field> asked_fields() { return all_fields; }

}  // namespace infersim::detail
