#include "referee/real_subjects.hpp"

#include <algorithm>
#include <cstdio>

#include "infersim/core/catalog.hpp"
#include "infersim/scenario/evaluate.hpp"
#include "infersim/scenario/scenario.hpp"

namespace infersim::referee {
namespace {

struct Choice {
  const char* hw;
  const char* model;
  int tp;
  int pp;
  int dp;
  int mtp;
};

constexpr Choice choices[] = {
    {"h100", "llama3.1-8b", 1, 1, 1, 0},
    {"h200", "qwen3-32b", 4, 1, 1, 0},
    {"h200", "qwen3-32b", 4, 1, 2, 0},
    {"h200", "llama3.1-70b", 2, 2, 1, 0},
    {"b200", "llama3.1-70b", 2, 1, 1, 0},
    {"b200", "gpt-oss-120b", 1, 1, 8, 0},
    {"h200", "dsv3", 8, 1, 1, 0},
    {"h200", "dsv3", 8, 1, 1, 1},
    {"mi355x", "dsr1", 8, 1, 1, 0},
    {"gb200", "llama3.1-70b", 4, 1, 1, 0},
    {"ascend910b", "qwen3-32b", 4, 1, 1, 0},
    {"tpu-v5p", "qwen2.5-7b", 1, 1, 1, 0},
    {"l40s", "llama3.1-8b", 1, 1, 1, 0},
    {"rtx-4090", "llama3.1-8b", 2, 1, 1, 0},
};

constexpr const char* frameworks[] = {"generic", "vllm",        "sglang",   "trtllm",
                                      "atom",    "vllm-ascend", "llama.cpp"};

/// What a model needs to live.
struct Held {
  std::vector<PreparedPlan> plan;
};

}  // namespace

std::vector<Subject> real_subjects() {
  std::vector<Subject> subjects;
  const Catalog catalog;
  for (const Choice& choice : choices) {
    Question question;
    question.hw = choice.hw;
    question.model = choice.model;
    question.isl = 512;
    question.osl = 128;
    Subject subject;
    subject.name = std::string(choice.hw) + " " + choice.model;
    for (const char* framework : frameworks) {
      question.framework = framework;
      const Scenario scenario = load_scenario(catalog, question);
      ParallelPlan plan;
      plan.ranks_per_device = scenario.device.ranks;
      plan.tp = choice.tp * scenario.device.ranks;
      plan.pp = choice.pp;
      plan.dp = choice.dp;
      plan.mtp = choice.mtp;
      plan.acceptance = choice.mtp > 0 ? 0.7 : 0.0;
      auto prepared = prepare(scenario, plan);
      if (!prepared) {
        std::fprintf(stderr, "%s: %s\n", subject.name.c_str(), prepared.error().reason.c_str());
        break;
      }
      subject.schedulers.push_back(prepared->scheduler);
      if (subject.model != nullptr) continue;
      const auto held = std::make_shared<Held>();
      held->plan.push_back(*std::move(prepared));
      const PreparedPlan& kept = held->plan.front();
      subject.model = std::shared_ptr<const StepModel>(held, &kept.decode);
      subject.dp = plan.dp;
      subject.pp = plan.pp;
      subject.tokens_per_step = plan.tokens_per_step();
      subject.queries_per_sequence = 1.0 + plan.mtp;
      subject.room = kept.memory.max_sequences(plan, 1000.0) * 1000.0 / plan.dp;
      subject.context = std::min(131072.0, subject.room);
    }
    if (subject.model != nullptr) subjects.push_back(std::move(subject));
  }
  return subjects;
}

}  // namespace infersim::referee
