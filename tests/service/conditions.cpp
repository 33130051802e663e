#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "infersim/core/catalog.hpp"
#include "infersim/core/diagnostic.hpp"
#include "infersim/search/planner.hpp"
#include "service/sections.hpp"

namespace infersim::service {
namespace {

constexpr std::uint32_t seed = 20261130;

/// What came of the questions.
struct Tally {
  std::size_t asked = 0;
  std::size_t answered = 0;
  std::size_t cannot_run = 0;
  std::vector<std::string> no_answer;  ///< what came out broke a condition and was kept back
  std::size_t not_possible = 0;        ///< lengths beyond a context, types that a chip has not
  std::vector<std::string> broken;
};

double log_uniform(std::mt19937& random, double least, double most) {
  std::uniform_real_distribution<double> draw(std::log(least), std::log(most));
  return std::round(std::exp(draw(random)));
}

template <class Things>
const auto& any(std::mt19937& random, const Things& things) {
  return things[std::uniform_int_distribution<std::size_t>(0, things.size() - 1)(random)];
}

constexpr std::array frameworks = {"vllm", "sglang", "trtllm", "generic"};
constexpr std::array degrees = {1, 1, 2, 4, 8};

/// Short and long, pinned and left open.
Question random_question(std::mt19937& random, std::size_t k) {
  Question q;
  q.isl = log_uniform(random, 1, 4000);
  q.osl = log_uniform(random, 1, k % 2 == 0 ? 48 : 1500);
  if (k % 3 != 0) q.batch = log_uniform(random, 1, 8000);
  if (k % 5 == 0) q.framework = any(random, frameworks);
  if (k % 4 == 0) {
    q.tp = any(random, degrees);
    q.pp = any(random, degrees);
    q.dp = any(random, degrees);
  } else if (k % 7 == 0) {
    q.devices = any(random, degrees) * any(random, degrees);
  }
  if (k % 11 == 0) q.waves = any(random, degrees);
  if (q.waves && !q.batch) q.batch = log_uniform(random, 1, 500);
  if (k % 13 == 0) q.lengths = {0.0, 1.0};
  if (k % 17 == 0) q.cached = PrefixHits{0.0, 0.4};
  return q;
}

std::string told(const Question& q) {
  const auto option = [](const char* name, const auto& value) {
    return value ? fmt::format(" --{} {}", name, *value) : std::string{};
  };
  std::string text =
      fmt::format("--hw {} --model {} --isl {} --osl {}", q.hw, q.model, *q.isl, *q.osl);
  text += option("batch", q.batch) + option("devices", q.devices) + option("tp", q.tp) +
          option("pp", q.pp) + option("dp", q.dp) + option("waves", q.waves) +
          option("framework", q.framework);
  if (q.cached) text += " --cached 40%";
  return q.lengths == LengthRange{} ? text : text + " --lengths 0-1";
}

bool positive(double value) { return std::isfinite(value) && value > 0; }

/// The first condition that an answer breaks, empty if none.
std::string broken(const Scenario& scenario, const Evaluation& e) {
  const ServingResult& r = *e.service;
  const bool several = scenario.traffic.osl > 1.0;
  if (!positive(r.ttft.base())) return fmt::format("TTFT {} ms", r.ttft / millisecond);
  if (several && !positive(r.tpot.base())) return fmt::format("TPOT {} ms", r.tpot / millisecond);
  const double rate = e.tokens_per_device.base();
  if (!positive(rate)) return fmt::format("{} tokens/s a device", rate);
  const Device& device = scenario.device;
  if (!positive(e.board_power.base()) || e.board_power > 1.02 * device.power.limit) {
    return fmt::format("{:.0f} W of {:.0f}", e.board_power.base(), device.power.limit.base());
  }
  for (const auto& price : {e.bill.input, e.bill.cached_input, e.bill.output}) {
    if (price && !(std::isfinite(price->base()) && price->base() >= 0))
      return "a price is negative";
  }
  if (several) {
    // Of the tokens after each answer's first no more than decode alone makes of as many or fewer.
    const auto engine = assemble(scenario.workload(), scenario.pool(e.plan, e.replicas));
    const ServingLoad load = load_of(scenario.workload(), *engine, scenario.loop(e.batch));
    double most = 0;
    for (double b = 1; b < 2.0 * r.slots; b *= 1.3) {
      const PhaseResult alone = decode_alone(engine->decode, load, std::min(b, r.slots));
      most = std::max(most, alone.tokens.base() / e.plan.devices());
    }
    const double later = rate * (scenario.traffic.osl - 1.0) / scenario.traffic.osl;
    if (later > 1.1 * most) return fmt::format("{:.4g} tokens/s, decode alone {:.4g}", later, most);
  }
  return {};
}

/// Asks `count` questions of random chips and models, some of each pair.
Tally ask(std::uint32_t from, std::size_t count) {
  constexpr std::size_t each = 20;
  const Catalog catalog;
  const std::vector<std::string> chips = catalog.ids(DescriptionKind::device);
  const std::vector<std::string> models = catalog.ids(DescriptionKind::model);
  std::mt19937 random(from);
  Tally tally;
  std::string hw;
  std::string model;
  for (std::size_t k = 0; k < count; ++k) {
    if (k % each == 0) {
      hw = any(random, chips);
      model = any(random, models);
    }
    Question q = random_question(random, k);
    q.hw = hw;
    q.model = model;
    ++tally.asked;
    try {
      const Scenario scenario = load_scenario(catalog, q);
      const auto answer = find_plan(scenario);
      if (!answer) {
        ++tally.cannot_run;
        if (answer.error().no_answer) {
          tally.no_answer.push_back(answer.error().reason + ": " + told(q));
        }
        continue;
      }
      ++tally.answered;
      const std::string wrong = broken(scenario, answer->best);
      if (!wrong.empty()) tally.broken.push_back(wrong + ": " + told(q));
    } catch (const InputError&) {
      ++tally.not_possible;
    }
  }
  return tally;
}

}  // namespace

Section conditions(std::size_t questions) {
  Tally first;
  Tally second;
  std::thread other([&] { second = ask(seed + 1, questions / 2); });
  first = ask(seed, questions - questions / 2);
  other.join();
  first.broken.insert(first.broken.end(), second.broken.begin(), second.broken.end());
  first.no_answer.insert(first.no_answer.end(), second.no_answer.begin(), second.no_answer.end());
  Section section{"Conditions of every answer", {}};
  std::string examples;
  for (std::size_t i = 0; i < std::min<std::size_t>(first.broken.size(), 5); ++i)
    examples += (i > 0 ? "; " : "") + first.broken[i];
  section.rows.push_back(
      holds(fmt::format("answers of {} random questions (seed {}) that break a condition",
                        questions, seed),
            "0", fmt::format("{}", first.broken.size()), first.broken.empty(), examples));
  section.rows.push_back(
      holds("of those are kept back as no answer", "at most 1 %",
            fmt::format("{}", first.no_answer.size()), 100 * first.no_answer.size() <= questions,
            first.no_answer.empty() ? "" : "for example " + first.no_answer.front()));
  const std::size_t possible =
      first.asked + second.asked - first.not_possible - second.not_possible;
  const std::size_t answered = first.answered + second.answered;
  section.rows.push_back(holds("of those that can be asked are answered", "at least 60 %",
                               fmt::format("{} of {}", answered, possible),
                               10 * answered >= 6 * possible));
  return section;
}

}  // namespace infersim::service
