#include <fmt/format.h>

#include "demands/table.hpp"
#include "infersim/core/catalog.hpp"
#include "infersim/search/planner.hpp"

namespace infersim::demands {
namespace {

Feasible<PlannedAnswer> answer(const Question& question) {
  return find_plan(load_scenario(Catalog{}, question));
}

Question asking(const char* hw, const char* model) {
  Question question;
  question.hw = hw;
  question.model = model;
  return question;
}

double user_rate(const char* phone) {
  const auto found = answer(asking(phone, "llama2-7b"));
  return found ? 1.0 / found->best.serving.decode.tpot.base() : 0.0;
}

/// DeepSeek-R1 with attention on each device by itself and two micro-batches.
Question deployed(const char* hw, int devices, int ep, PhaseChoice phase) {
  Question q = asking(hw, "dsr1");
  q.devices = devices;
  q.tp = 1;
  q.ep = ep;
  q.microbatches = 2;
  q.phase = phase;
  return q;
}

Question decoding(Question q, double per_device, double context) {
  q.batch = per_device * *q.devices;
  q.context = context;
  return q;
}

/// Steps of `prompts` prompts of 4,096 tokens on each rank.
Question prefilling(Question q, double prompts) {
  q.isl = 4096;
  q.batch = prompts * *q.ep;
  return q;
}

/// Uncached tokens/s of one rank whose prompts have `uncached` tokens after `cached` ones, one
/// prompt in a step.
double uncached_rate(const Question& question, double uncached, double cached) {
  const Scenario scenario = load_scenario(Catalog{}, question);
  for (const ParallelPlan& plan : enumerate_plans(scenario, *question.devices)) {
    const auto prepared = prepare(scenario, plan);
    if (!prepared) continue;
    const StepCost step = prepared->prefill.step(StepBatch::prefill(1.0, uncached, cached));
    return uncached / step.occupancy.base();
  }
  return 0.0;
}

void add_point(Section& s, std::string demand, const Question& question, double published,
               double scale, std::string remark) {
  const auto found = answer(question);
  const double rate = found ? found->best.tokens_per_device.base() * scale : 0.0;
  if (found && question.phase == PhaseChoice::decode) {
    remark += fmt::format("; TPOT {:.1f} ms", found->best.serving.decode.tpot / millisecond);
  }
  s.rows.push_back(
      within_factor(std::move(demand), rate, published, 1.5, 0, " tokens/s", std::move(remark)));
}

}  // namespace

Section phones() {
  Section s{"Phones", {}};
  s.rows.push_back(within("Snapdragon 8 Gen 3, Llama-2-7B, tokens/s (20 vendor, 12.9 independent)",
                          user_rate("snapdragon-8-gen3"), 12.9, 20.0, 1, ""));
  // A claim is a best case: the prediction lies under it and over an independent phone of the same
  // memory.
  s.rows.push_back(within("Dimensity 9300, Llama-2-7B, tokens/s (20 claimed)",
                          user_rate("dimensity-9300"), 12.9, 20.0, 1, ""));
  return s;
}

Section published() {
  Section s{"Published points", {}};
  Question h800_decode = decoding(deployed("h800", 144, 144, PhaseChoice::decode), 88, 4989);
  h800_decode.redundant_experts = 32;
  add_point(s, "H800 decode, output per node of 8", h800_decode, 14800, 8,
            "EP144, 32 redundant experts, two micro-batches, mean KV 4,989; batch unpublished: 88 "
            "sequences a GPU, which is 1,850 tokens/s at 47.5 ms. A 24-hour average");
  add_point(s, "H800 decode, DeepSeek's own profile, per GPU",
            decoding(deployed("h800", 128, 128, PhaseChoice::decode), 128, 4096), 2324, 1,
            "EP128, 128 sequences a GPU, KV 4,096 (profile-data, as InferSim cites it)");
  Question h800_prefill = deployed("h800", 32, 32, PhaseChoice::prefill);
  h800_prefill.redundant_experts = 32;
  s.rows.push_back(within_factor("H800 prefill, uncached input per node of 8",
                                 8 * uncached_rate(h800_prefill, 2180, 2809), 32200, 1.5, 0,
                                 " tokens/s",
                                 "EP32, 32 redundant experts; prompt and batch unpublished: the "
                                 "mean context of 4,989 with its "
                                 "56.3 % hit rate, one prompt a GPU in a step. A 24-hour average"));
  add_point(s, "H800 prefill, DeepSeek's own profile, per GPU", prefilling(h800_prefill, 4), 7839,
            1, "4 prompts of 4,096 tokens a GPU (profile-data, as InferSim cites it)");
  Question cloudmatrix = decoding(deployed("ascend910c", 160, 320, PhaseChoice::decode), 96, 4096);
  cloudmatrix.mtp = 1;
  cloudmatrix.acceptance = 0.7;
  add_point(s, "CloudMatrix384 decode, output per 910C", cloudmatrix, 1943, 1,
            "EP320, 96 sequences an NPU, one draft token at 70 %; KV 4,096");
  add_point(s, "CloudMatrix384 prefill, input per 910C",
            prefilling(deployed("ascend910c", 16, 32, PhaseChoice::prefill), 4), 5655, 1,
            "EP32, 4,096 tokens, 16,384 tokens a die in a step");
  return s;
}

}  // namespace infersim::demands
