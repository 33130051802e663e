#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <functional>
#include <string>
#include <vector>

#include "demands/table.hpp"
#include "infersim/core/catalog.hpp"
#include "infersim/search/planner.hpp"
#include "support/counted_allocations.hpp"
#include "support/repository.hpp"
#include "support/run_program.hpp"

namespace infersim::demands {
namespace {

/// Median of `repetitions` times of `run`, which does `count` of what is timed.
double median_seconds(int repetitions, double count, const std::function<void()>& run) {
  std::vector<double> times;
  for (int i = 0; i < repetitions; ++i) {
    const auto start = std::chrono::steady_clock::now();
    run();
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
    times.push_back(took.count() / count);
  }
  std::nth_element(times.begin(), times.begin() + repetitions / 2, times.end());
  return times[static_cast<std::size_t>(repetitions / 2)];
}

Row at_most(std::string demand, double value, double bar, int decimals, const std::string& unit) {
  return holds(std::move(demand), fmt::format("at most {}{}", bar, unit),
               fmt::format("{:.{}f}{}", value, decimals, unit), value <= bar);
}

void step_evaluation(Section& s, const Scenario& scenario) {
  ParallelPlan plan;
  plan.dp = plan.ep = 16;
  const StepTable table = lower(scenario.model, scenario.decode_machine, plan, scenario.precision);
  LoweredBatch batch(table);
  batch.lower(StepBatch::decode(32, 4500));
  Seconds sum;
  constexpr int count = 20000;
  const double context = median_seconds(31, count, [&] {
    for (int i = 0; i < count; ++i)
      sum += batch.at_context(144000.0 + i).time;
  });
  const double fresh = median_seconds(31, count / 10, [&] {
    for (int i = 0; i < count / 10; ++i) {
      batch.lower(StepBatch::decode(1.0 + i % 256, 4500));
      sum += batch.cost().time;
    }
  });
  const std::size_t before = test::allocations;
  for (int i = 0; i < count; ++i) {
    if (i % 2 == 0) batch.lower(StepBatch::decode(1.0 + i % 256, 4500));
    sum += batch.at_context(144000.0 + i).time;
  }
  const auto allocated = static_cast<double>(test::allocations - before);
  s.rows.push_back(at_most("step of a lowered graph (61 layers, MoE, MLA), new context",
                           context * 1e6, 1.0, 2, " us"));
  s.rows.push_back(at_most("the same, new batch", fresh * 1e6, 5.0, 2, " us"));
  s.rows.push_back(at_most("allocations in 20,000 of both", allocated, 0.0, 0, ""));
  if (sum <= Seconds{}) s.rows.push_back(holds("steps take time", "> 0", "0", false));
}

/// What `./infersim` adds when nothing is newer than its program.
void launcher(Section& s) {
  const std::string root = test::source_dir().string();
  const std::string program = root + "/build/program/infersim";
  const auto version = [](const std::string& path) { test::run_command({path, "--version"}); };
  version(root + "/infersim");  // builds it where something is newer
  const double through = median_seconds(201, 1, [&] { version(root + "/infersim"); });
  const double direct = median_seconds(201, 1, [&] { version(program); });
  s.rows.push_back(at_most("what the launcher adds when nothing is newer (median of 201)",
                           1e3 * (through - direct), 8.0, 1, " ms"));
}

}  // namespace

Section speed() {
  Section s{"Speed", {}};
  const std::vector<std::string> pinned = {"--hw",      "ascend910b", "--model", "dsv3",
                                           "--devices", "16",         "--tp",    "4",
                                           "--dp",      "4",          "--batch", "32"};
  s.rows.push_back(at_most("process start to answer, pinned plan (median of 101)",
                           1e3 * median_seconds(101, 1, [&] { test::run_infersim(pinned); }), 10.0,
                           1, " ms"));
  Question question;
  question.hw = "ascend910b";
  question.model = "dsv3";
  const Scenario scenario = load_scenario(Catalog{}, question);
  s.rows.push_back(at_most("full plan search of dsv3 on ascend910b, one core (median of 31)",
                           1e3 * median_seconds(31, 1, [&] { find_plan(scenario); }), 200.0, 1,
                           " ms"));
  step_evaluation(s, scenario);
  launcher(s);
  return s;
}

Section bare_system() {
  Section s{"A bare Debian 12", {}};
  std::ifstream file(test::source_dir() / "results" / "bare_debian.csv");
  std::string demand;
  std::string bar;
  std::string measured;
  while (std::getline(file, demand, ',') && std::getline(file, bar, ',') &&
         std::getline(file, measured)) {
    s.rows.push_back(holds(demand, "at most " + bar + " s", measured + " s",
                           std::stod(measured) <= std::stod(bar)));
  }
  if (s.rows.empty()) {
    s.rows.push_back(holds("both commands of the README", "measured",
                           "results/bare_debian.csv is "
                           "absent",
                           false, "write it with tests/package/bare_debian.sh"));
  }
  return s;
}

}  // namespace infersim::demands
