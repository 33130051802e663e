#include <algorithm>
#include <cmath>
#include <vector>

#include <fmt/format.h>

#include "infersim/phase/memory.hpp"
#include "infersim/phase/step_table.hpp"
#include "infersim/scenario/evaluate.hpp"
#include "scenario/questions.hpp"
#include "support/catch.hpp"
#include "support/repository.hpp"
#include "support/skip.hpp"

using namespace infersim;
using namespace infersim::test;

namespace {

constexpr double gib = 1073741824.0;

/// What a server logged at its start: the pool of its cache, in tokens or in GiB of a rank.
struct Log {
  std::string framework;
  std::string version;  ///< empty: unknown, as in a question
  std::string hw;
  std::string model;
  NumberType weights;
  NumberType cache;
  int tp;
  int dp;
  double share;
  double tokens;  ///< of one replica; 0: `pool` is told
  double pool;    ///< GiB of a rank
  std::string source;
};

constexpr auto bf16 = NumberType::bf16;
constexpr auto fp8 = NumberType::fp8;
constexpr auto fp4 = NumberType::fp4;

// Pools of the planner's report that it does not print are its 0.95 x 79.19 GiB less the weights,
// peak and non-torch memory that it does.
const std::string planner = "llm-d planner PR 205, accuracy_report.md";
const std::string benchmark = "llm-d-benchmark PR 732, empirical-vllm-memory-results.md";

const std::vector<Log> logs = {
    {"vllm", "0.19.0", "h100", "llama3.1-8b", bf16, bf16, 1, 1, 0.95, 476016, 0, planner},
    {"vllm", "0.19.0", "h100", "llama3.1-8b", bf16, fp8, 1, 1, 0.95, 952032, 0, planner},
    {"vllm", "0.19.0", "h100", "llama3.1-8b", bf16, bf16, 2, 1, 0.95, 0, 63.76, planner},
    {"vllm", "0.19.0", "h100", "llama3.1-8b", bf16, bf16, 4, 1, 0.95, 0, 67.44, planner},
    {"vllm", "0.19.0", "h100", "qwen2.5-7b", bf16, bf16, 1, 1, 0.95, 1096000, 0, planner},
    {"vllm", "0.19.0", "h100", "qwen2.5-7b", bf16, bf16, 2, 1, 0.95, 0, 63.84, planner},
    {"vllm", "0.19.0", "h100", "qwen3-8b", bf16, bf16, 1, 1, 0.95, 0, 57.50, planner},
    {"vllm", "0.19.0", "h100", "qwen3-30b-a3b", bf16, bf16, 1, 1, 0.95, 0, 15.41, planner},
    {"vllm", "0.19.0", "h100", "deepseek-v2-lite", bf16, bf16, 1, 1, 0.95, 0, 43.61, planner},
    {"vllm", "0.19.0", "h100", "gemma2-9b", bf16, bf16, 1, 1, 0.95, 0, 54.1, planner},
    {"vllm", "0.19.0", "h100", "mixtral-8x7b", bf16, bf16, 2, 1, 0.95, 0, 28.46, planner},
    {"vllm", "0.19.0", "h100", "qwen2.5-72b", bf16, bf16, 2, 1, 0.95, 0, 3.07, planner},
    {"vllm", "0.19.0", "h100", "llama3.1-70b", fp8, bf16, 2, 1, 0.95, 0, 37.29, planner},
    {"vllm", "0.19.0", "h100", "llama3.1-70b", fp8, bf16, 4, 1, 0.95, 0, 54.08, planner},
    {"vllm", "0.17.0", "h100", "qwen3-14b", bf16, bf16, 1, 1, 0.95, 0, 45.34, planner},
    {"vllm", "0.16.0", "h100", "qwen3-14b", bf16, bf16, 1, 1, 0.95, 0, 41.94, planner},
    {"vllm", "0.15.0", "h100", "llama3.1-8b", bf16, bf16, 1, 1, 0.90, 0, 51.38, benchmark},
    {"vllm", "0.15.0", "h100", "llama3.1-70b", fp8, bf16, 2, 1, 0.90, 0, 32.0, benchmark},
    {"vllm", "0.15.0", "h100", "qwen3-0.6b", bf16, bf16, 1, 1, 0.90, 0, 64.45, benchmark},
    {"vllm", "0.15.0", "h100", "qwen3-32b", bf16, bf16, 1, 1, 0.90, 0, 4.45, benchmark},
    {"vllm", "0.15.0", "h100", "gpt-oss-20b", fp4, bf16, 1, 1, 0.90, 0, 50.28, benchmark},
    {"vllm", "0.15.0", "h100", "gpt-oss-120b", fp4, bf16, 1, 1, 0.95, 0, 3.33, benchmark},
    {"vllm", "0.19.0", "a100-sxm", "gpt-oss-20b", fp4, bf16, 1, 1, 0.65, 0, 36.56,
     "myoceane.fr/index.php/ai-vllm-a100-gemma-4"},
    {"vllm", "0.9.2", "h100", "qwen3-235b-a22b-fp8", fp8, bf16, 4, 1, 0.90, 178880, 0,
     "vLLM issue 21348"},
    {"vllm", "0.7.2", "rtx-4090", "deepseek-r1-distill-qwen-14b", bf16, bf16, 2, 1, 0.98, 81536, 0,
     "vLLM issue 13061"},
    {"vllm", "", "h100", "llama3.1-70b", NumberType::int8, bf16, 1, 1, 0.98, 22096, 0,
     "vLLM pull request 12569"},
    {"vllm", "", "b200", "kimi-k2.5", fp4, fp8, 1, 4, 0.92, 4 * 265860, 0,
     "aiconfigurator issue 1396"},
    {"sglang", "", "h100", "qwen3-235b-a22b-fp8", fp8, bf16, 4, 1, 0.93, 367404, 0,
     "vLLM issue 21348"},
    {"sglang", "", "h200", "deepseek-r1", fp8, bf16, 8, 1, 0.82, 509000, 0,
     "aisimulate pull request 263"},
};

ParallelPlan plan_of(const Log& log) {
  ParallelPlan plan;
  plan.tp = log.tp;
  plan.dp = log.dp;
  if (log.dp > 1) plan.ep = log.dp;
  return plan;
}

Feasible<MemoryLedger> ledger_of(const Log& log) {
  Question question = ask(log.hw, log.model);
  question.framework = log.framework;
  question.dtype = log.weights;
  question.kv_dtype = log.cache;
  question.settings.version = log.version;
  question.settings.memory_share = log.share;
  const Scenario scenario = load(question);
  const ParallelPlan plan = plan_of(log);
  const MemoryPolicy policy = memory_policy_of(scenario.workload(), scenario.pool(plan), 0);
  return memory_ledger(lower(scenario.model, scenario.decode_machine, plan, scenario.precision),
                       scenario.model, scenario.precision, policy);
}

double predicted_over_logged(const Log& log) {
  const auto ledger = ledger_of(log);
  if (!ledger) return 0.0;
  if (log.tokens <= 0) return ledger->kv_capacity.base() / gib / log.pool;
  return ledger->kv_capacity / ledger->kv_per_token * log.dp / log.tokens;
}

std::string told(const Log& log, double ratio) {
  return fmt::format("{} {} on {} tp {} dp {}: {:.3f} ({})", log.framework, log.model, log.hw,
                     log.tp, log.dp, ratio, log.source);
}

Question one_device(const std::string& hw, const std::string& model, const std::string& framework) {
  Question question = ask(hw, model);
  question.framework = framework;
  question.devices = 1;
  question.isl = 1024;
  question.osl = 1024;
  return question;
}

}  // namespace

TEST_CASE("pools of the cache are those that servers log at their start") {
  std::vector<double> errors;
  std::string all;
  for (const Log& log : logs) {
    const double ratio = predicted_over_logged(log);
    errors.push_back(std::abs(ratio - 1));
    all += told(log, ratio) + '\n';
  }
  INFO(all);
  CHECK(*std::max_element(errors.begin(), errors.end()) < 0.25);
  std::nth_element(errors.begin(), errors.begin() + errors.size() / 2, errors.end());
  CHECK(errors[errors.size() / 2] < 0.02);
}

TEST_CASE("70 billion weights of 8 bits on one H100: 22,096 tokens at 0.98, no start at 0.90") {
  const auto found =
      std::find_if(logs.begin(), logs.end(), [](const Log& log) { return log.tokens == 22096; });
  REQUIRE(found != logs.end());
  const auto ledger = ledger_of(*found);
  REQUIRE(ledger);
  CHECK_THAT(ledger->weights.base() / gib, WithinRel(67.72, 0.005));
  CHECK_THAT(ledger->kv_capacity / ledger->kv_per_token, WithinRel(22096, 0.15));

  Question question = one_device("h100", "llama3.1-70b", "vllm");
  question.dtype = NumberType::int8;
  const Scenario scenario = load(question);
  const auto refused = assemble(scenario.workload(), scenario.pool(ParallelPlan{}));
  REQUIRE_FALSE(refused);
  CHECK_THAT(refused.error().hint, ContainsSubstring("--memory-share 0.9"));
}

TEST_CASE("servers that did not start at their share are refused") {
  // vLLM issue 23278: -2.14 GiB are left.
  Log oss{"vllm", "0.10.1", "h100", "gpt-oss-120b", fp4, bf16, 1, 1, 0.90, 0, 0, ""};
  CHECK_FALSE(ledger_of(oss));
  // llm-d-benchmark: -1.44 GiB.
  Log llama{"vllm", "0.15.0", "h100", "llama3.1-70b", fp8, bf16, 1, 1, 0.90, 0, 0, ""};
  CHECK_FALSE(ledger_of(llama));
}

TEST_CASE("the share of a hint is the least, in hundredths, that works") {
  Log log{"vllm", "0.15.0", "h100", "llama3.1-70b", fp8, bf16, 1, 1, 0.90, 0, 0, ""};
  const auto refused = ledger_of(log);
  REQUIRE_FALSE(refused);
  const std::string& hint = refused.error().hint;
  const std::string option = "--memory-share ";
  const auto at = hint.find(option);
  REQUIRE(at != std::string::npos);
  log.share = std::stod(hint.substr(at + option.size()));
  CHECK(log.share > 0.90);
  CHECK(ledger_of(log));
  log.share -= 0.01;
  CHECK_FALSE(ledger_of(log));
}

TEST_CASE("DeepSeek-R1 in 8 bits on four B200 starts by free memory, and by a raised share") {
  Log log{"trtllm", "", "b200", "deepseek-r1", fp8, bf16, 4, 1, 0.90, 0, 0, ""};
  CHECK(ledger_of(log));
  log.framework = "sglang";
  log.share = 0.855;  // its default there
  const auto refused = ledger_of(log);
  REQUIRE_FALSE(refused);
  CHECK_THAT(refused.error().hint, ContainsSubstring("--memory-share 0.9"));
  log.share = 0.95;
  CHECK(ledger_of(log));
}

TEST_CASE("Qwen3-Next in 16 bits does not start on two H20 under SGLang, and does on four") {
  const auto configs = shared_path("model_configs");
  if (!configs) return skip("no shared data");
  Question question =
      ask("h20", (*configs / "Qwen--Qwen3-Next-80B-A3B-Thinking_config.json").string());
  question.framework = "sglang";
  question.settings.version = "0.5.3";
  question.isl = 1000;
  question.osl = 2000;
  const Scenario scenario = load(question);
  ParallelPlan plan;
  plan.tp = 2;
  CHECK_FALSE(assemble(scenario.workload(), scenario.pool(plan)));
  plan.tp = 4;
  CHECK(assemble(scenario.workload(), scenario.pool(plan)));
}
