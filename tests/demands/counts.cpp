#include <utility>

#include "demands/table.hpp"
#include "infersim/core/catalog.hpp"
#include "infersim/phase/memory.hpp"
#include "infersim/scenario/scenario.hpp"
#include "infersim/workload/layer_cache.hpp"
#include "infersim/workload/parameters.hpp"

namespace infersim::demands {
namespace {

ModelSpec model(const char* name) { return find_model(Catalog{}, name); }

double billions(double count) { return count / 1e9; }

double total(const char* name) { return billions(count_parameters(model(name)).total); }

double kv_bytes(const char* name) {
  return kv_bytes_per_token(model(name), NumberType::bf16).base();
}

/// Bytes of a rank's weights when one device of a large size holds all of the model.
double weight_bytes_of(const char* name, NumberType type) {
  Question question;
  question.hw = "h200";
  question.model = name;
  question.dtype = type;
  question.devices = 16;
  question.tp = 8;
  const Scenario scenario = load_scenario(Catalog{}, question);
  ParallelPlan plan;
  plan.tp = 8;
  plan.dp = 2;
  plan.ep = 16;
  if (std::holds_alternative<DenseFfn>(scenario.model.layers.back().ffn)) plan.ep = 1;
  const StepTable table = lower(scenario.model, scenario.decode_machine, plan, scenario.precision);
  const auto ledger = memory_ledger(table, scenario.model, scenario.precision, MemoryPolicy{});
  return ledger ? ledger->weights.base() : 0.0;
}

}  // namespace

Section counts() {
  Section s{"Counts", {}};
  const ModelParameters v3 = count_parameters(model("dsv3"));
  s.rows.push_back(printed("DeepSeek-V3, parameters", billions(v3.total), 671.03, 2, " B"));
  s.rows.push_back(printed("DeepSeek-V3, active without the input embedding", billions(v3.active),
                           36.6, 1, " B"));
  s.rows.push_back(
      printed("DeepSeek-V3, active with it", billions(v3.active + v3.embedding), 37.55, 2, " B"));
  s.rows.push_back(
      printed("DeepSeek-V3, KV of a token in BF16", kv_bytes("dsv3"), 70272, 0, " bytes"));
  s.rows.push_back(printed("Llama-3.1-70B, parameters", total("llama3.1-70b"), 70.55, 2, " B"));
  s.rows.push_back(
      printed("Llama-3.1-70B, KV of a token", kv_bytes("Llama-3.1-70B"), 327680, 0, " bytes"));
  s.rows.push_back(printed("Llama-2-7B, parameters", total("llama2-7b"), 6.74, 2, " B"));
  s.rows.push_back(
      printed("Llama-2-7B, KV of a token", kv_bytes("llama2-7b"), 524288, 0, " bytes"));
  s.rows.push_back(
      printed("Llama-3.1-405B, KV of a token", kv_bytes("llama_3_1_405b"), 516096, 0, " bytes"));
  s.rows.push_back(printed("KV of Llama-3.1-70B over DeepSeek-V3's",
                           kv_bytes("llama3.1-70b") / kv_bytes("dsv3"), 4.7, 1, ""));
  s.rows.push_back(printed("KV of Llama-3.1-405B over DeepSeek-V3's",
                           kv_bytes("llama3.1-405b") / kv_bytes("dsv3"), 7.3, 1, ""));
  const double halves =
      weight_bytes_of("dsv3", NumberType::bf16) / weight_bytes_of("dsv3", NumberType::fp8);
  s.rows.push_back(within("DeepSeek-V3, weight bytes in BF16 over FP8", halves, 1.9, 2.0, 3, ""));
  return s;
}

}  // namespace infersim::demands
