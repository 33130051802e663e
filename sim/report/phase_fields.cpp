#include "report/phase_fields.hpp"

#include "report/field_values.hpp"

namespace infersim::detail {

namespace {

using enum FieldRole;

// clang-format off
constexpr Field all_fields[] = {
  {"prefill.ttft_ms", metric, "prefill, ms", "bare prefill of one request",
   [](const Answer& a) {
     return of_prefill(a, [](auto& p) { return in(p.alone.step, millisecond); });
   }},
  {"prefill.tokens_per_s_per_device", metric, "prefill tokens/s/dev",
   "prompt tokens with nothing but prefill on these devices, steps as full as those in flight make "
   "them",
   [](const Answer& a) {
     return of_prefill(a, [](auto& p) { return base(p.tokens_per_device); });
   }},
  {"prefill.prompts_per_step", metric, "", "prompts in such a step, of one data-parallel group",
   [](const Answer& a) { return of_prefill(a, [](auto& p) { return count(p.alone.sequences); }); }},
  {"prefill.bound", metric, "prefill bound by",
   "what bounds most of its time: `compute`, `memory`, `link` or `latency`; `padding`: compute of "
   "next to no use, a fault of a description",
   [](const Answer& a) {
     return of_prefill(a, [](auto& p) { return text(name(p.steps.bound)); });
   }},
  {"prefill.engine", key, "", "engine of the device that runs it",
   [](const Answer& a) {
     return of_prefill(a, [&](auto&) { return text(a.scenario.device.prefill_engine().name); });
   }},
  {"decode.tpot_ms", metric, "decode, ms/token",
   "time per output token with nothing but decode, at the decode context",
   [](const Answer& a) {
     return of_decode(a, [](auto& d) { return in(d.alone.tpot, millisecond); });
   }},
  {"decode.step_ms", metric, "", "time of a decode step; with MTP it yields several tokens",
   [](const Answer& a) {
     return of_decode(a, [](auto& d) { return in(d.alone.step, millisecond); });
   }},
  {"decode.tokens_per_s_per_device", metric, "decode tokens/s/dev",
   "output tokens with nothing but decode on these devices",
   [](const Answer& a) {
     return of_decode(a, [](auto& d) { return base(d.tokens_per_device); });
   }},
  {"decode.tokens_per_s_per_user", metric, "decode tokens/s/user", "1 / decode.tpot_ms",
   [](const Answer& a) {
     return of_decode(a, [](auto& d) { return base(user_rate(d.alone.tpot)); });
   }},
  {"decode.bound", metric, "decode bound by", "as prefill.bound",
   [](const Answer& a) { return of_decode(a, [](auto& d) { return text(name(d.steps.bound)); }); }},
  {"decode.mfu", metric, "decode MFU",
   "useful flops over the dense peak of the linear layers' type",
   [](const Answer& a) { return of_decode(a, [](auto& d) { return d.mfu; }); }},
  {"decode.mbu", metric, "decode MBU", "bytes moved over the bandwidth of main memory",
   [](const Answer& a) { return of_decode(a, [](auto& d) { return d.mbu; }); }},
  {"decode.engine", key, "", "engine of the device that runs it",
   [](const Answer& a) {
     return of_decode(a, [&](auto&) { return text(a.scenario.device.decode_engine().name); });
   }},
  {"memory.weights_bytes", metric, "", "weights on the fullest device",
   [](const Answer& a) { return bytes_of(a, a.best().memory.weights); }},
  {"memory.kv_bytes_per_token", metric, "",
   "the model's own: all layers and heads in the KV type, without MTP layers, whatever the plan",
   [](const Answer& a) { return count(model_kv(a).base()); }},
  {"memory.kv_bytes", metric, "",
   "KV cache kept for the sequences in flight, on one device: each at isl + osl (with `--phase "
   "prefill` isl, with `--phase decode` the decode context)",
   [](const Answer& a) { return count(a.kv_in_use().base()); }},
  {"memory.activation_bytes", metric, "",
   "live tensors of the largest step, on one device: of the framework's trial step where it has one",
   [](const Answer& a) { return bytes_of(a, a.best().memory.activations); }},
  {"memory.reserve_bytes", metric, "",
   "operating system, runtime, communication buffers, and what the engine leaves free at its share "
   "of memory",
   [](const Answer& a) { return bytes_of(a, a.best().memory.reserve); }},
  {"memory.free_bytes", metric, "", "capacity less all of the above",
   [](const Answer& a) { return count(free_bytes(a).base()); }},
  {"memory.share", key, "",
   "share of a device's memory that `--memory-share` gives the engine; null: the framework's own",
   [](const Answer& a) {
     return of(a.scenario.question.settings.memory_share, [](double share) { return share; });
   }},
  {"memory.capacity_bytes", metric, "", "main memory of one device",
   [](const Answer& a) { return bytes_of(a, a.best().memory.capacity); }},
  {"memory.max_sequences", metric, "sequences it holds",
   "sequences of that length that the whole deployment holds",
   [](const Answer& a) { return count(a.best().max_sequences); }},
};
// clang-format on

}  // namespace

std::span<const Field> phase_fields() { return all_fields; }

}  // namespace infersim::detail
