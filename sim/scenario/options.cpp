#include "infersim/scenario/options.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "scenario/option_values.hpp"

namespace infersim {
namespace {

using namespace detail;
using enum OptionGroup;
using Text = std::string_view;

/// A field of the question as `Parse` reads it.
template <auto Field, auto Parse>
void parsed(Question& q, Text option, Text text, Diagnostics& faults) {
  q.*Field = Parse(option, text, faults);
}

template <auto Field>
constexpr auto count = parsed<Field, parse_count>;
template <auto Field>
constexpr auto number = parsed<Field, parse_number>;
template <auto Field>
constexpr auto time = parsed<Field, parse_milliseconds>;
template <auto Field>
constexpr auto type = parsed<Field, parse_type>;

template <auto Field>
void name(Question& q, Text option, Text text, Diagnostics& faults) {
  if (text.empty()) faults.error({}, fmt::format("{}: the name is empty", option));
  q.*Field = std::string(text);
}

/// A count of the scheduler of one data-parallel group.
template <auto Field>
void setting(Question& q, Text option, Text text, Diagnostics& faults) {
  q.settings.scheduler.*Field = parse_count(option, text, faults);
}

// clang-format off
constexpr QuestionOption all_options[] = {
  {"--hw", "NAME", asked, "device (ascend910b) or system that ships it; two\ncards with a plus: rtx-5090+rtx-3090", name<&Question::hw>},
  {"--model", "NAME", asked, "model (dsv3), or path of its TOML, config.json,\nGGUF file or folder, or org/name where the Hub's\nlocal cache has it",
   name<&Question::model>},
  {"--site", "NAME", asked,
   "where it stands: electricity, PUE, carbon\n(default: the system's own)",
   name<&Question::site>},
  {"--framework", "NAME", asked,
   "serving software (vllm; `infersim list\nframeworks`; default: the usual on such chips)",
   name<&Question::framework>},
  {"--engine", "KIND", asked,
   "gpu, npu or cpu of a device that has several, or\na pair for prefill and decode: npu,cpu (default:\n"
   "what the framework runs on, or the device's own)",
   parsed<&Question::engine, parse_engine>},
  {"--phase", "PHASE", asked, "prefill or decode: that phase alone",
   parsed<&Question::phase, parse_phase>},

  {"--traffic", "NAME", load,
   "lengths and objectives by name (chat; `infersim\nlist traffic`)", name<&Question::traffic>},
  {"--isl", "TOKENS", load, "prompt length (4000; phones and PCs 512)", count<&Question::isl>},
  {"--osl", "TOKENS", load, "answer length (1000; phones and PCs 128)", count<&Question::osl>},
  {"--lengths", "RANGE", load,
   "exact (default), or LO-HI: lengths are drawn\nbetween these shares of --isl and --osl. The mean\n"
   "of 0.8-1.0 is 0.9; 0-1 is what one popular\nbenchmark client draws",
   parsed<&Question::lengths, parse_lengths>},
  {"--cached", "PART", load,
   "of each prompt, what a prefix cache holds: tokens\n(512) or a share (40%); it is not computed",
   parsed<&Question::cached, parse_cached>},
  {"--context", "TOKENS", load, "mean context of decode steps (isl + osl/2)",
   count<&Question::context>},
  {"--ttft", "MS", load, "objective, time to first token (2000)", time<&Question::ttft>},
  {"--tpot", "MS", load, "objective, time per output token (50)", time<&Question::tpot>},
  {"--confidence", "P", load,
   "probability with which a measurement meets each\nobjective, 0.5 to 0.99 (default: as predicted)",
   number<&Question::confidence>},
  {"--batch", "N", load,
   "requests in flight in the whole deployment, all\nreplicas together: what runs and what queues",
   number<&Question::batch>},
  {"--waves", "N", load,
   "a benchmark of N waves of --batch requests that\nstart together, the drain at its end in its\n"
   "rates; 1 is a burst (default: steady state)",
   count<&Question::waves>},

  {"--price-basis", "BASIS", money,
   "on-demand, spot, 1-year, 3-years or own (default:\nthe first of on-demand, 3-years, own for which\n"
   "every device has a figure)",
   parsed<&Question::price_basis, parse_terms>},
  {"--price", "NAME=PRICE", money,
   "of a device instead of its own: h200=2.10 (USD an\nhour), h200=15CNY/h, h200=25000USD (bought);\n"
   "repeatable",
   parsed<&Question::prices, parse_prices>},
  {"--utilization", "U", money,
   "share of all hours in which devices work, 0.01 to\n1, rented and owned alike (default: the site's)",
   number<&Question::utilization>},

  {"--requests-per-day", "N", money,
   "of one user, whose phone, PC or card then pays for\nall hours by this use; servers are shared, at\n"
   "--utilization",
   number<&Question::requests_per_day>},
  {"--dedicated", "yes|no", money, "whether a server too is that user's alone (no)",
   parsed<&Question::dedicated, parse_yes_no>},
  {"--currency", "CODE", money,
   "usd, cny or eur: in which text and tables show\nmoney, at the site's dated rate (usd)",
   parsed<&Question::currency, parse_shown_currency>},

  {"--devices", "N", plan, "devices = replicas x tp x pp x dp", count<&Question::devices>},
  {"--link", "KIND", plan,
   "how several PCs, Macs or cards are joined: pcie\n(default of cards), thunderbolt (of computers),\nethernet",
   parsed<&Question::link, parse_join>},
  {"--size", "WHICH", plan,
   "without --devices: cheapest output tokens\n(default), or smallest, the fewest devices that\n"
   "meet the objectives",
   parsed<&Question::size, parse_size>},
  {"--replicas", "N", plan,
   "engines with all of the model each, over which\nrequests are spread", count<&Question::replicas>},
  {"--tp", "N", plan, "tensor parallelism of attention, in devices", count<&Question::tp>},
  {"--pp", "N", plan, "pipeline stages", count<&Question::pp>},
  {"--dp", "N", plan, "data parallelism of attention, in devices", count<&Question::dp>},
  {"--ep", "N", plan, "ranks over which the experts of a layer are\ndivided",
   count<&Question::ep>},
  {"--moe-tp", "N", plan, "ranks that share each expert:\nep x moe-tp = tp x dp, in ranks",
   count<&Question::moe_tp>},
  {"--redundant-experts", "N", plan, "further copies of routed experts",
   count<&Question::redundant_experts>},
  {"--microbatches", "N", plan, "2: halves of the batch overlap computing and\ncommunication",
   count<&Question::microbatches>},
  {"--mtp", "N", plan, "draft tokens of a decode step, by layers of the\nmodel's own",
   count<&Question::mtp>},
  {"--draft", "MODEL", plan, "a second model that makes drafts, or ngram", name<&Question::draft>},
  {"--draft-tokens", "N", plan, "drafts of a decode step by --draft", count<&Question::mtp>},
  {"--acceptance", "P", plan, "probability that a draft is accepted, 0 to 1",
   number<&Question::acceptance>},
  {"--offload", "HOW", plan,
   "auto: what the device's memory does not hold lies\nin the host's or on flash, as is fastest; none\n(default)",
   [](Question& q, Text o, Text t, Diagnostics& f) { q.offload.automatic = parse_offload(o, t, f); }},
  {"--gpu-layers", "N", plan,
   "layers in the device's memory, from the last, the\nhead counted (llama.cpp's -ngl); the rest is on\nthe host, or all",
   [](Question& q, Text o, Text t, Diagnostics& f) {
     q.offload.gpu_layers = parse_layers(o, t, "all", f);
   }},
  {"--cpu-experts", "N|all", plan,
   "layers, from the first, whose routed experts are\non the host (--n-cpu-moe, KTransformers)",
   [](Question& q, Text o, Text t, Diagnostics& f) {
     q.offload.cpu_experts = parse_layers(o, t, "all", f);
   }},
  {"--flash-layers", "N|auto", plan,
   "layers, from the first, read from flash for every\nstep; auto: as many as fit nowhere else",
   [](Question& q, Text o, Text t, Diagnostics& f) {
     q.offload.flash_layers = parse_layers(o, t, "auto", f);
     q.offload.flash_automatic = q.offload.flash_layers == all_layers;
     if (q.offload.flash_automatic) q.offload.flash_layers.reset();
   }},
  {"--host", "NAME", plan, "processor and memory beside the device\n(xeon-6980p; default: the system's, or a usual\none)",
   [](Question& q, Text o, Text t, Diagnostics& f) {
     if (t.empty()) f.error({}, fmt::format("{}: the name is empty", o));
     q.offload.host = std::string(t);
   }},
  {"--dtype", "TYPE", plan,
   "weights: bf16 fp16 fp8 int8 fp4 int4, or a format\n(q4_k_m q8_0 mxfp4 awq ...; default: the\ncheckpoint's or what the chip has nearest)",
   parsed<&Question::dtype, parse_weight_choice>},
  {"--expert-dtype", "TYPE", plan, "routed experts: bf16 fp16 fp8 int8 fp4 int4 (as\n--dtype)",
   type<&Question::expert_dtype>},
  {"--kv-dtype", "TYPE", plan, "KV cache: one of the same", type<&Question::kv_dtype>},

  {"--tuning", "HOW", engine,
   "tuned (default): settings chosen for model and\nchip; plain: the command that documentation has",
   parsed<&Question::tuning, parse_tuning>},
  {"--memory-share", "S", engine,
   "of a device's memory, what the engine takes, 0 to\n1 (vLLM's gpu-memory-utilization, SGLang's\n"
   "mem-fraction-static)",
   [](Question& q, Text o, Text t, Diagnostics& f) {
     q.settings.memory_share = parse_number(o, t, f);
   }},
  {"--max-seqs", "N", engine,
   "sequences of one data-parallel group that run at\nonce (vLLM's max-num-seqs); others queue",
   setting<&SchedulerSettings::max_seqs>},
  {"--step-tokens", "N", engine,
   "new tokens of one step of a group (vLLM's\nmax-num-batched-tokens, SGLang's\n"
   "chunked-prefill-size)",
   setting<&SchedulerSettings::budget>},
  {"--chunked-prefill", "yes|no", engine, "whether a prompt may be spread over several steps",
   [](Question& q, Text o, Text t, Diagnostics& f) {
     q.settings.scheduler.split = parse_yes_no(o, t, f);
   }},
  {"--recv-interval", "N", engine,
   "decode steps between two looks for new requests\n(SGLang's scheduler-recv-interval)",
   setting<&SchedulerSettings::recv_interval>},
};
// clang-format on

}  // namespace

std::string QuestionOption::key() const {
  std::string key(name.substr(2));
  std::replace(key.begin(), key.end(), '-', '_');
  return key;
}

std::span<const QuestionOption> question_options() { return all_options; }

}  // namespace infersim
