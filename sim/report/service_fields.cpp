#include "report/service_fields.hpp"

#include "report/field_values.hpp"

namespace infersim::detail {

namespace {

using enum FieldRole;

// clang-format off
constexpr Field all_fields[] = {
  {"objectives_met", metric, "objectives met", "whether the mixed service meets both objectives",
   [](const Answer& a) { return Value{a.best().objectives_met()}; }},
  {"ttft_ms", metric, "TTFT, ms",
   "mixed service, mean: front end, wait for the running step and for the scheduler, own prefill "
   "(with `--phase prefill`: prefill.ttft_ms)",
   [](const Answer& a) {
     return of(a.best().headline.ttft, [](Seconds ttft) { return in(ttft, millisecond); });
   },
   [](const Answer& a) { return a.spread(Metric::ttft); }},
  {"confidence.asked", key, "", "`--confidence`: null: objectives are met as predicted",
   [](const Answer& a) { return of(a.scenario.question.confidence, [](double p) { return Value{p}; }); }},
  {"confidence.ttft", metric, "", "probability that a measured TTFT meets its objective",
   [](const Answer& a) { return of(a.best().ttft_chance, [](double p) { return Value{p}; }); }},
  {"confidence.tpot", metric, "", "probability that a measured TPOT meets its objective",
   [](const Answer& a) { return of(a.best().tpot_chance, [](double p) { return Value{p}; }); }},
  {"ttft_median_ms", metric, "", "the same, median over requests",
   [](const Answer& a) {
     return of_service(a, [](auto& s) { return in(s.ttft_median, millisecond); });
   }},
  {"tpot_ms", metric, "TPOT, ms",
   "mixed service: time per output token with the prefills that interrupt or join it (with "
   "`--phase decode`: decode.tpot_ms); null for answers of one token",
   [](const Answer& a) {
     return of(a.best().headline.tpot, [](Seconds tpot) { return in(tpot, millisecond); });
   },
   [](const Answer& a) { return a.spread(Metric::tpot); }},
  {"tokens_per_s_per_device", metric, "tokens/s/device",
   "mixed service: output tokens (with `--phase` those of that phase: prompt or output tokens)",
   [](const Answer& a) { return base(a.best().tokens_per_device); },
   [](const Answer& a) { return a.spread(Metric::tokens_per_s_per_device); }},
  {"tokens_per_s_per_user", metric, "tokens/s/user", "mixed service: 1 / TPOT; null where that is",
   [](const Answer& a) {
     return of(a.best().headline.tpot, [](Seconds tpot) { return base(user_rate(tpot)); });
   },
   [](const Answer& a) { return inverse(a.spread(Metric::tpot)); }},
  {"tokens_per_s", metric, "tokens/s",
   "the same as tokens_per_s_per_device for all devices together",
   [](const Answer& a) { return base(a.best().headline.tokens); },
   [](const Answer& a) { return a.spread(Metric::tokens_per_s_per_device); }},
  {"prefill_time_share", metric, "", "mixed service: share of time that goes to prefills",
   [](const Answer& a) {
     return of_service(a, [](auto& s) { return s.prefill_share; });
   }},
  {"running_sequences", metric, "", "mixed service: sequences of the whole system that decode",
   [](const Answer& a) {
     return of_service(a, [&](auto& s) { return s.running * a.best().groups(); });
   }},
  {"prompts_per_step", metric, "", "mixed service: prompts in a step of a group that has any",
   [](const Answer& a) {
     return of_service(a, [](auto& s) { return s.prompts; });
   }},
  {"queued_sequences", metric, "",
   "mixed service: requests of the whole deployment that wait for a slot: more are in flight than "
   "run at once",
   [](const Answer& a) { return of_service(a, [&](auto&) { return a.best().queued(); }); }},
  {"ttft_queue_ms", metric, "",
   "part of the TTFT, once the service runs steadily, that such a wait is",
   [](const Answer& a) {
     return of_service(a, [](auto& s) { return in(s.terms.queue, millisecond); });
   }},
};
// clang-format on

}  // namespace

std::span<const Field> service_fields() { return all_fields; }

}  // namespace infersim::detail
