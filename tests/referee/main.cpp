// How far the closed form of a closed loop is from its scheduler, step by step, over random
// scenarios: a table of shares within bars and of what the worst have in common.

#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <algorithm>
#include <vector>

#include "infersim/serving/closed_loop.hpp"
#include "referee/scenario_draw.hpp"
#include "serving/simulation.hpp"

using namespace infersim;
using namespace infersim::referee;

namespace {

struct Outcome {
  Drawn drawn;
  double tpot = 0;  ///< predicted over simulated
  double ttft = 0;
  double tpot_simulated = 0;
  double ttft_simulated = 0;
  ServingResult closed;
};

double off(double ratio) { return ratio > 0 ? std::abs(std::log(ratio)) : 99; }

void print(const Outcome& o) {
  const ServingLoad& l = o.drawn.load;
  const Scheduler& s = o.drawn.scheduler;
  std::printf(
      "tpot %6.3f (%8.3f ms) ttft %6.3f (%9.2f ms) %s b %g dp %d pp %d isl %g(%g) osl %g w %.2f/%.2f "
      "tps %.2f waves %g | %s %s budget %g seqs %g r %g g %g lag %g h %.1f | n %.3f run %.2f "
      "step %.3f delay %.3f\n",
      o.tpot, o.tpot_simulated * 1e3, o.ttft, o.ttft_simulated * 1e3, o.drawn.subject.name.c_str(),
      l.batch, l.dp, l.pp, l.traffic.isl, l.cached, l.traffic.osl, l.isl_width, l.osl_width,
      l.tokens_per_step, l.waves, s.mixed ? "mixed" : "exclusive", s.split ? "split" : "whole",
      s.budget, s.max_seqs, s.recv_interval, s.gather, s.lag, s.front_latency.base() * 1e3,
      o.closed.prompts, o.closed.running, o.closed.decode_step.base() * 1e3,
      o.closed.delay.base() * 1e3);
}

void shares(const char* name, const std::vector<Outcome>& all, bool (*of)(const Outcome&)) {
  double n = 0, t5 = 0, t15 = 0, f15 = 0, timed = 0;
  for (const Outcome& o : all) {
    if (!of(o)) continue;
    n += 1;
    if (o.tpot_simulated > 0) {
      timed += 1;
      t5 += off(o.tpot) <= std::log(1.05);
      t15 += off(o.tpot) <= std::log(1.15);
    }
    f15 += off(o.ttft) <= std::log(1.15);
  }
  if (n == 0) return;
  std::printf("  %-28s %6.0f   TPOT 5%%: %5.1f  15%%: %5.1f   TTFT 15%%: %5.1f\n", name, n,
              100 * t5 / std::max(timed, 1.0), 100 * t15 / std::max(timed, 1.0), 100 * f15 / n);
}

}  // namespace

int main(int argc, char** argv) {
  const int n = argc > 1 ? std::atoi(argv[1]) : 500;
  const unsigned seed = argc > 2 ? static_cast<unsigned>(std::atoi(argv[2])) : 1;
  Range range;
  int worst = 12;
  bool by_ttft = false;
  int pp = 0;
  for (int i = 3; i < argc; ++i) {
    if (std::strncmp(argv[i], "osl=", 4) == 0) range.osl_least = std::atof(argv[i] + 4);
    if (std::strncmp(argv[i], "oslmost=", 8) == 0) range.osl_most = std::atof(argv[i] + 8);
    if (std::strncmp(argv[i], "batch=", 6) == 0) range.batch_most = std::atof(argv[i] + 6);
    if (std::strncmp(argv[i], "worst=", 6) == 0) worst = std::atoi(argv[i] + 6);
    if (std::strcmp(argv[i], "finite") == 0) range.finite = true;
    if (std::strcmp(argv[i], "ttft") == 0) by_ttft = true;
    if (std::strcmp(argv[i], "pp") == 0) pp = 1;
    if (std::strcmp(argv[i], "nopp") == 0) pp = -1;
  }
  std::mt19937 random(seed);
  std::vector<Outcome> all;
  double closed_s = 0, simulated_s = 0, steps = 0;
  for (int i = 0; i < n; ++i) {
    std::mt19937 own(random());
    Subject subject = draw_roofline(own);
    while ((pp > 0 && subject.pp == 1) || (pp < 0 && subject.pp > 1))
      subject = draw_roofline(own);
    Drawn drawn = draw(own, std::move(subject), range);
    Outcome o;
    o.drawn = drawn;
    const auto t0 = std::chrono::steady_clock::now();
    const StepModel& model = *drawn.subject.model;
    const PrefillProfile profile{};
    o.closed = closed_loop({model, model, profile}, o.drawn.load, o.drawn.scheduler);
    const auto t1 = std::chrono::steady_clock::now();
    if (std::getenv("TRACE") != nullptr) { Outcome p = o; std::fprintf(stderr, "%d %s\n", i, ""); print(p); std::fflush(stdout); }
    test::Simulation simulation(model, o.drawn.load, o.drawn.scheduler, 7, true);
    const test::Simulation::Means means = simulation.run(3e5);
    const auto t2 = std::chrono::steady_clock::now();
    closed_s += std::chrono::duration<double>(t1 - t0).count();
    simulated_s += std::chrono::duration<double>(t2 - t1).count();
    steps += means.steps;
    o.tpot_simulated = means.tpot;
    o.ttft_simulated = means.ttft;
    o.tpot = means.tpot > 0 ? o.closed.tpot.base() / means.tpot : 1;
    o.ttft = o.closed.ttft.base() / means.ttft;
    all.push_back(o);
  }
  std::printf("%d scenarios, closed %.1f us each, simulated %.1f ms each, %.0f steps each\n", n,
              closed_s / n * 1e6, simulated_s / n * 1e3, steps / n);
  shares("all", all, [](const Outcome&) { return true; });
  shares("osl 1..7", all, [](const Outcome& o) { return o.drawn.load.traffic.osl < 8; });
  shares("osl 8..63", all, [](const Outcome& o) {
    return o.drawn.load.traffic.osl >= 8 && o.drawn.load.traffic.osl < 64;
  });
  shares("osl 64..", all, [](const Outcome& o) { return o.drawn.load.traffic.osl >= 64; });
  shares("64.. mixed split", all, [](const Outcome& o) { return o.drawn.load.traffic.osl >= 64 && o.drawn.scheduler.mixed && o.drawn.scheduler.split; });
  shares("64.. mixed whole", all, [](const Outcome& o) { return o.drawn.load.traffic.osl >= 64 && o.drawn.scheduler.mixed && !o.drawn.scheduler.split; });
  shares("64.. exclusive split", all, [](const Outcome& o) { return o.drawn.load.traffic.osl >= 64 && !o.drawn.scheduler.mixed && o.drawn.scheduler.split; });
  shares("64.. exclusive whole", all, [](const Outcome& o) { return o.drawn.load.traffic.osl >= 64 && !o.drawn.scheduler.mixed && !o.drawn.scheduler.split; });
  shares("64.. exact lengths", all, [](const Outcome& o) { return o.drawn.load.traffic.osl >= 64 && o.drawn.load.osl_width == 0; });
  shares("64.. pp", all, [](const Outcome& o) { return o.drawn.load.traffic.osl >= 64 && o.drawn.load.pp > 1; });
  shares("64.. pp 1", all, [](const Outcome& o) { return o.drawn.load.traffic.osl >= 64 && o.drawn.load.pp == 1; });
  shares("64.. looks", all, [](const Outcome& o) { return o.drawn.load.traffic.osl >= 64 && o.drawn.scheduler.recv_interval > 1; });
  shares("64.. gathers", all, [](const Outcome& o) { return o.drawn.load.traffic.osl >= 64 && o.drawn.scheduler.gather > 1; });
  shares("64.. queue", all, [](const Outcome& o) { return o.drawn.load.traffic.osl >= 64 && o.drawn.scheduler.max_seqs < o.drawn.load.per_group(); });
  std::sort(all.begin(), all.end(), [&](const Outcome& a, const Outcome& b) {
    return by_ttft ? off(a.ttft) > off(b.ttft) : off(a.tpot) > off(b.tpot);
  });
  for (int i = 0; i < worst && i < n; ++i)
    print(all[static_cast<std::size_t>(i)]);
}
