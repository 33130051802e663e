// How far closed loops are from their schedulers step by step, over random scenarios: shares within
// bars, and the worst.
//   infersim_referee [count=10000] [seed=1] [worst=20] [steps=fake|real|both] [by=tpot|ttft]
//                    [osl=1:10000] [batch=10000] [waves] [stages] [bars]
// `stages`: of what is drawn only engines of several stages.
// `bars`: ends with 1 where TPOT is within 5 % of fewer than 90 %, within 15 % of fewer than 97 %,
// TTFT within 15 % of fewer than 85 %, or a condition is broken.

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "referee/outcomes.hpp"
#include "referee/real_subjects.hpp"

using namespace infersim::referee;

namespace {

struct Options {
  int count = 10'000;
  unsigned seed = 1;
  std::size_t worst = 20;
  std::string steps = "both";
  bool by_ttft = false;
  bool bars = false;
  bool stages = false;
  Range range;
};

Options read(int argc, char** argv) {
  Options options;
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    const std::size_t equals = word.find('=');
    const std::string_view key = word.substr(0, equals);
    const std::string value(equals == std::string_view::npos ? "" : word.substr(equals + 1));
    if (key == "count") options.count = std::atoi(value.c_str());
    if (key == "seed") options.seed = static_cast<unsigned>(std::atoi(value.c_str()));
    if (key == "worst") options.worst = static_cast<std::size_t>(std::atoi(value.c_str()));
    if (key == "steps") options.steps = value;
    if (key == "by") options.by_ttft = value == "ttft";
    if (key == "bars") options.bars = true;
    if (key == "stages") options.stages = true;
    if (key == "waves") options.range.finite = true;
    if (key == "batch") options.range.batch_most = std::atof(value.c_str());
    if (key == "osl") {
      options.range.osl_least = std::atof(value.c_str());
      options.range.osl_most = std::atof(value.substr(value.find(':') + 1).c_str());
    }
  }
  return options;
}

}  // namespace

int main(int argc, char** argv) {
  const Options options = read(argc, argv);
  std::vector<Subject> real;
  if (options.steps != "fake") real = real_subjects();
  std::mt19937 random(options.seed);
  std::vector<Outcome> all;
  std::size_t broken = 0;
  const auto begin = std::chrono::steady_clock::now();
  for (int i = 0; i < options.count; ++i) {
    std::mt19937 own(random());
    const bool fake = options.steps == "fake" || (options.steps == "both" && i % 2 == 0);
    const Subject subject = fake ? draw_roofline(own) : real[own() % real.size()];
    const Drawn drawn = draw(own, subject, options.range);
    if (options.stages && drawn.load.pp == 1) continue;
    all.push_back(judge(drawn, fake, 3e5));
    broken += all.back().broken.empty() ? 0 : 1;
  }
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
  print_groups(all);
  std::printf("%zu with a broken condition; %.0f s\n\n", broken, took.count());
  print_worst(all, options.worst, options.by_ttft);
  if (!options.bars) return 0;
  const Shares whole = shares(all, [](const Outcome&) { return true; });
  const bool held =
      broken == 0 && whole.tpot_5 >= 0.90 && whole.tpot_15 >= 0.97 && whole.ttft_15 >= 0.85;
  return held ? 0 : 1;
}
