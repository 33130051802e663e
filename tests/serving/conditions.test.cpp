#include "infersim/serving/conditions.hpp"

#include <limits>

#include "serving/fake_steps.hpp"
#include "support/catch.hpp"

using namespace infersim;
using namespace infersim::test;

namespace {

ServingLoad load_of(double batch, double isl, double osl) {
  ServingLoad load;
  load.traffic = {isl, osl};
  load.batch = batch;
  return load;
}

/// What is said of a result of 16 requests after it was changed.
template <class Change>
std::vector<std::string> after(bool mixed, Change&& change) {
  const FakeSteps model;
  const ServingLoad load = load_of(16, 1000, 101);
  Scheduler scheduler;
  scheduler.mixed = mixed;
  const PrefillProfile profile = profile_prefill(model, load, scheduler.budget);
  ServingResult result = closed_loop({model, model, profile}, load, scheduler);
  change(result);
  return broken_conditions({model, model, profile}, load, scheduler, result);
}

bool says(const std::vector<std::string>& broken, const std::string& part) {
  for (const std::string& each : broken) {
    if (each.find(part) != std::string::npos) return true;
  }
  return false;
}

}  // namespace

TEST_CASE("nothing is wrong with a result as it is") {
  for (const bool mixed : {true, false})
    CHECK(after(mixed, [](ServingResult&) {}).empty());
}

TEST_CASE("times that cannot be are named") {
  CHECK(says(after(true, [](ServingResult& r) { r.tpot = Seconds{-1e-3}; }), "tpot is -0.001"));
  CHECK(says(after(true, [](ServingResult& r) { r.ttft = Seconds{}; }), "ttft is 0"));
  CHECK(says(
      after(true,
            [](ServingResult& r) { r.energy = Joules{std::numeric_limits<double>::quiet_NaN()}; }),
      "energy is nan"));
}

TEST_CASE("a decode step longer than the longest is named, where prompts join it or stop it") {
  const auto slower = [](ServingResult& r) {
    // Everything else as it would be if it were so.
    const Seconds decode = 100 * r.tpot;
    r.tpot = Seconds{0.1};
    r.cycle += 100 * r.tpot - decode;
    r.running = r.slots * (100 * r.tpot / r.cycle);
    r.output_tokens = Tokens{16.0 * 101} / (r.ttft + 100 * r.tpot);
  };
  CHECK(says(after(true, slower), "the longest"));
  CHECK(says(after(false, slower), "the longest"));
}

TEST_CASE("tokens faster than decode alone, and requests that Little's law misses, are named") {
  CHECK(says(after(true,
                   [](ServingResult& r) {
                     r.ttft = r.ttft / 1e3;
                     r.tpot = r.tpot / 10;
                     r.output_tokens = Tokens{16.0 * 101} / (r.ttft + 100 * r.tpot);
                     r.run_output_tokens = r.output_tokens;
                   }),
             "decode alone makes"));
  CHECK(says(after(true, [](ServingResult& r) { r.output_tokens = 2 * r.output_tokens; }),
             "are in flight"));
  CHECK(says(after(true, [](ServingResult& r) { r.running = 0.5 * r.running; }), "decode, rate"));
}

TEST_CASE("conditions take a handful of step evaluations") {
  const FakeSteps model;
  const ServingLoad load = load_of(64, 1000, 101);
  const PrefillProfile profile = profile_prefill(model, load, 8192);
  const ServingResult result = closed_loop({model, model, profile}, load, Scheduler());
  model.evaluations = 0;
  CHECK(broken_conditions({model, model, profile}, load, Scheduler(), result).empty());
  CHECK(model.evaluations <= 12);
}
