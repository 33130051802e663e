#include "referee/outcomes.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "infersim/serving/conditions.hpp"
#include "serving/simulation.hpp"

namespace infersim::referee {
namespace {

double off(double ratio) { return ratio > 0 ? std::abs(std::log(ratio)) : 99; }

bool at_least_64(const Outcome& o) { return o.drawn.load.traffic.osl >= 64; }

struct Group {
  const char* name;
  bool (*belongs)(const Outcome&);
};

constexpr Group groups[] = {
    {"all", [](const Outcome&) { return true; }},
    {"osl 1 to 7", [](const Outcome& o) { return o.drawn.load.traffic.osl < 8; }},
    {"osl 8 to 63",
     [](const Outcome& o) { return o.drawn.load.traffic.osl >= 8 && !at_least_64(o); }},
    {"osl from 64", at_least_64},
    {"  one stage", [](const Outcome& o) { return at_least_64(o) && o.drawn.load.pp == 1; }},
    {"  stages", [](const Outcome& o) { return at_least_64(o) && o.drawn.load.pp > 1; }},
    {"  mixed, split",
     [](const Outcome& o) {
       return at_least_64(o) && o.drawn.scheduler.mixed && o.drawn.scheduler.split;
     }},
    {"  mixed, whole",
     [](const Outcome& o) {
       return at_least_64(o) && o.drawn.scheduler.mixed && !o.drawn.scheduler.split;
     }},
    {"  exclusive", [](const Outcome& o) { return at_least_64(o) && !o.drawn.scheduler.mixed; }},
    {"  exact answers",
     [](const Outcome& o) { return at_least_64(o) && o.drawn.load.osl_width == 0; }},
    {"  looks seldom",
     [](const Outcome& o) { return at_least_64(o) && o.drawn.scheduler.recv_interval > 1; }},
    {"  gathers", [](const Outcome& o) { return at_least_64(o) && o.drawn.scheduler.gather > 1; }},
    {"  queue for slots",
     [](const Outcome& o) {
       return at_least_64(o) && o.drawn.scheduler.max_seqs < o.drawn.load.per_group();
     }},
    {"  drafts",
     [](const Outcome& o) { return at_least_64(o) && o.drawn.load.tokens_per_step > 1; }},
    {"schedulers of frameworks", [](const Outcome& o) { return o.drawn.policy == "framework"; }},
};

void print(const Outcome& o) {
  const ServingLoad& l = o.drawn.load;
  const Scheduler& s = o.drawn.scheduler;
  std::printf(
      "TPOT %6.3f of %.4g ms, TTFT %6.3f of %.4g ms: %s, batch %g, dp %d, pp %d, isl %g, cached "
      "%g, "
      "osl %g, widths %.2f %.2f, %.2f tokens a step, waves %g; %s, %s, budget %g, max_seqs %g, "
      "recv_interval %g, gather %g, lag %g, front %.1f ms; %.2f decode, step %.3g ms\n",
      o.tpot, o.tpot_simulated * 1e3, o.ttft, o.ttft_simulated * 1e3, o.drawn.subject.name.c_str(),
      l.batch, l.dp, l.pp, l.traffic.isl, l.cached, l.traffic.osl, l.isl_width, l.osl_width,
      l.tokens_per_step, l.waves, s.mixed ? "mixed" : "exclusive", s.split ? "split" : "whole",
      s.budget, s.max_seqs, s.recv_interval, s.gather, s.lag, s.front_latency.base() * 1e3,
      o.predicted.running, o.predicted.decode_step.base() * 1e3);
  for (const std::string& broken : o.broken)
    std::printf("  broken: %s\n", broken.c_str());
}

}  // namespace

Outcome judge(const Drawn& drawn, bool direct, double work) {
  Outcome o;
  o.drawn = drawn;
  const StepModel& model = *o.drawn.subject.model;
  const PrefillProfile profile{};
  const ServingEngine engine{model, model, profile};
  o.predicted = closed_loop(engine, o.drawn.load, o.drawn.scheduler);
  o.broken = broken_conditions(engine, o.drawn.load, o.drawn.scheduler, o.predicted);
  test::Simulation simulation(model, o.drawn.load, o.drawn.scheduler, 7, direct);
  const test::Simulation::Means means = simulation.run(work);
  o.tpot_simulated = means.tpot;
  o.ttft_simulated = means.ttft;
  if (means.tpot > 0) o.tpot = o.predicted.tpot.base() / means.tpot;
  o.ttft = o.predicted.ttft.base() / means.ttft;
  return o;
}

Shares shares(const std::vector<Outcome>& all, bool (*belongs)(const Outcome&)) {
  Shares sum;
  double timed = 0;
  for (const Outcome& o : all) {
    if (!belongs(o)) continue;
    sum.scenarios += 1;
    sum.ttft_15 += off(o.ttft) <= std::log(1.15) ? 1 : 0;
    if (o.tpot_simulated <= 0) continue;
    timed += 1;
    sum.tpot_5 += off(o.tpot) <= std::log(1.05) ? 1 : 0;
    sum.tpot_15 += off(o.tpot) <= std::log(1.15) ? 1 : 0;
  }
  if (sum.scenarios == 0) return sum;
  sum.ttft_15 /= sum.scenarios;
  sum.tpot_5 /= std::max(timed, 1.0);
  sum.tpot_15 /= std::max(timed, 1.0);
  return sum;
}

void print_groups(const std::vector<Outcome>& all) {
  std::printf("%-26s %9s  %9s  %9s  %9s\n", "within", "scenarios", "TPOT 5 %", "TPOT 15 %",
              "TTFT 15 %");
  for (const Group& group : groups) {
    const Shares s = shares(all, group.belongs);
    if (s.scenarios == 0) continue;
    std::printf("%-26s %9.0f  %9.1f  %9.1f  %9.1f\n", group.name, s.scenarios, 100 * s.tpot_5,
                100 * s.tpot_15, 100 * s.ttft_15);
  }
}

void print_worst(std::vector<Outcome> all, std::size_t count, bool by_ttft) {
  std::stable_sort(all.begin(), all.end(), [&](const Outcome& a, const Outcome& b) {
    if (a.broken.empty() != b.broken.empty()) return b.broken.empty();
    return by_ttft ? off(a.ttft) > off(b.ttft) : off(a.tpot) > off(b.tpot);
  });
  for (std::size_t i = 0; i < std::min(count, all.size()); ++i)
    print(all[i]);
}

}  // namespace infersim::referee
