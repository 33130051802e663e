#include <fmt/format.h>

#include <string>
#include <vector>

#include "demands/table.hpp"
#include "infersim/core/catalog.hpp"
#include "infersim/search/planner.hpp"
#include "support/run_program.hpp"

namespace infersim::demands {
namespace {

Scenario deepseek_on_16_ascend() {
  Question question;
  question.hw = "ascend910b";
  question.model = "dsv3";
  question.devices = 16;
  return load_scenario(Catalog{}, question);
}

ParallelPlan plan_of(int tp, int dp, int ep) {
  ParallelPlan plan;
  plan.tp = tp;
  plan.dp = dp;
  plan.ep = ep;
  return plan;
}

double decode_rate(const Scenario& scenario, const ParallelPlan& plan, double batch) {
  const auto e = evaluate(scenario, plan, batch);
  return e ? e->decode->alone.tokens.base() / plan.devices() : 0.0;
}

void decode_grows_with_batch(Section& s) {
  Scenario scenario = deepseek_on_16_ascend();
  const ParallelPlan plan = plan_of(4, 4, 16);
  scenario.question.batch = 32;
  const auto small = find_plan(scenario);
  const Bound bound = small ? small->best.decode->steps.bound : Bound::latency;
  s.rows.push_back(holds("dsv3 on 16 x 910B, two sequences a device: decode is bound by", "memory",
                         std::string(name(bound)), bound == Bound::memory,
                         "up to one and a half: by launches of kernels, 4 to 90 us each"));
  scenario.question.batch.reset();
  std::string rates;
  bool rising = true;
  double last = 0.0;
  for (double batch : {4.0, 8.0, 16.0, 32.0, 64.0}) {
    const double rate = decode_rate(scenario, plan, batch);
    rates += fmt::format("{}{:.1f}", rates.empty() ? "" : ", ", rate);
    rising = rising && rate > last;
    last = rate;
  }
  s.rows.push_back(
      holds("decode tokens/s/device at batch 4, 8, 16, 32, 64", "rising", rates, rising));
  const double most = assemble(scenario.workload(), scenario.pool(plan))->sequences;
  const auto all_run = evaluate(scenario, plan, most);
  const auto more = evaluate(scenario, plan, most + plan.dp);
  const bool tight = all_run && more && all_run->queued() == 0 && more->queued() == plan.dp;
  s.rows.push_back(
      holds("KV capacity stops the batch", "all that fit run, the next queue",
            fmt::format("{} run; of {} wait {}", most, most + plan.dp, more ? more->queued() : 0.0),
            tight));
}

void bandwidth_doubles_speed(Section& s) {
  Scenario scenario = deepseek_on_16_ascend();
  const ParallelPlan plan = plan_of(4, 4, 16);
  const auto before = evaluate(scenario, plan, 32);
  scenario.decode_machine.memory_bandwidth *= 2.0;
  const auto after = evaluate(scenario, plan, 32);
  // What a step takes beyond its memory time cannot shrink, nor an operator below its compute time:
  // the ratio they leave is the bar.
  Seconds left = before->decode->steps.host;
  for (const OpShare& op : before->decode->steps.ops) {
    const OpCost& cost = op.cost;
    const Seconds halved = cost.latency + max(cost.compute, (cost.time - cost.latency) / 2.0);
    left += op.exposed * (cost.bound == Bound::memory ? halved / cost.time : 1.0);
  }
  const Seconds step = before->decode->steps.cost.time;
  const double least = step / left * 0.97;
  const double ratio = step / after->decode->steps.cost.time;
  s.rows.push_back(holds("twice the memory bandwidth, batch 32: speed",
                         fmt::format("{:.2f} to 2, by latency and compute", least),
                         fmt::format("{:.3f}", ratio), ratio >= least && ratio <= 2.0));
}

void slow_links_hurt(Section& s) {
  Question question;
  question.hw = "h200";
  question.model = "llama3.1-70b";
  question.devices = 8;
  Scenario scenario = load_scenario(Catalog{}, question);
  const ParallelPlan plan = plan_of(8, 1, 1);
  const double fast = decode_rate(scenario, plan, 16);
  scenario.decode_machine.fabric.scale_up = scenario.decode_machine.fabric.scale_up / 8.0;
  const double slow = decode_rate(scenario, plan, 16);
  s.rows.push_back(holds("llama3.1-70b, tp 8 over a link of an eighth: tokens/s/device", "fewer",
                         fmt::format("{:.0f} against {:.0f}", slow, fast), slow < fast));
}

void exit_codes(Section& s) {
  struct Case {
    std::vector<std::string> arguments;
    int code;
  };
  const std::vector<Case> cases = {
      {{"--hw", "ascend910b", "--model", "dsv3"}, 0},
      {{"--hw", "ascend910b", "--model", "dsv3", "--tpot", "1"}, 0},
      {{"compare", "--hw", "snapdragon-8-gen3,ascend910b,h200", "--model", "llama2-7b"}, 0},
      {{"--hw", "snapdragon-8-gen3", "--model", "llama3.1-405b"}, 1},
      {{"--hw", "ascend910b", "--model", "dsv3", "--devices", "1"}, 1},
      {{"--hw", "h300", "--model", "dsv3"}, 2},
      {{"--hw", "h200", "--model", "dsv33"}, 2},
      {{"--hw", "h200", "--model", "dsv3", "--isl", "2000000"}, 2},
      {{"--hw", "h200", "--model", "dsv3", "--batch", "nan"}, 2},
      {{"--hw", "h200"}, 2},
  };
  for (const Case& c : cases) {
    std::string line = "infersim";
    for (const std::string& argument : c.arguments)
      line += " " + argument;
    const int code = test::run_infersim(c.arguments).exit_code;
    s.rows.push_back(holds("`" + line + "`", fmt::format("exit {}", c.code),
                           fmt::format("exit {}", code), code == c.code));
  }
}

}  // namespace

Section behaviour() {
  Section s{"Behaviour", {}};
  decode_grows_with_batch(s);
  bandwidth_doubles_speed(s);
  slow_links_hurt(s);
  exit_codes(s);
  return s;
}

}  // namespace infersim::demands
