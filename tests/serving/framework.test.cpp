#include "infersim/serving/framework.hpp"

#include <cmath>
#include <string>

#include "infersim/core/catalog.hpp"
#include "support/catch.hpp"
#include "support/edited.hpp"

using namespace infersim;
using namespace infersim::test;

namespace {

const std::string complete = R"(id = "mine"
name = "Mine"

[host]
step = "200 us"
per_layer_launch = "0.5 ms"
source = "log"
basis = "measured"

[scheduler]
prefill = "exclusive"
split = false
budget = 4096
lag = 1
front_latency = "8 ms"
source = "log"
basis = "measured"

[[scheduler.when]]
families = ["hopper", "ada"]
stall = "2 s"

[[scheduler.when]]
model = "Llama"
tp_below = 8
isl_most = 1024
benchmark = "inferencex"
gather = 20
stall = "3 s"
basis = "assumed"
note = "a guess"

[sources.log]
title = "Log of a week"
date = "2026-01"
)";

std::string fault_of(const std::string& text) {
  return faults_of(load_framework, text, "mine.toml");
}

ServingSituation benchmark_of_llama() {
  ServingSituation situation;
  situation.family = "hopper";
  situation.model = "llama3.1-70b";
  situation.tp = 4;
  situation.isl = 1024;
  situation.osl = 1024;
  situation.benchmark = "inferencex";
  return situation;
}

}  // namespace

TEST_CASE("what a framework says comes before what its chip's class says") {
  const Framework mine = load_framework(complete, "mine.toml");
  CHECK(mine.host(500.0_us) == HostOverhead{200.0_us, 0.5_ms});
  const Scheduler scheduler = mine.scheduler({}, 8192);
  CHECK_FALSE(scheduler.mixed);
  CHECK_FALSE(scheduler.split);
  CHECK(scheduler.budget == 4096);
  CHECK(std::isinf(scheduler.max_seqs));
  CHECK(scheduler.front_latency == 8.0_ms);
  const std::string silent = with(with(complete, "budget = 4096\n", ""), "step = \"200 us\"\n", "");
  CHECK(load_framework(silent, "mine.toml").host(500.0_us).step == 500.0_us);
  CHECK(load_framework(silent, "mine.toml").scheduler({}, 8192).budget == 8192);
}

TEST_CASE("rules hold where all of their conditions do, the later before the earlier") {
  const Framework mine = load_framework(complete, "mine.toml");
  const auto stall = [&](const ServingSituation& s) { return mine.scheduler(s, 1).stall; };
  ServingSituation situation = benchmark_of_llama();
  CHECK(stall(situation) == 3.0_s);
  CHECK(mine.scheduler(situation, 1).gather == 20);
  situation.benchmark = "";
  CHECK(stall(situation) == 2.0_s);
  situation = benchmark_of_llama();
  situation.tp = 8;
  CHECK(stall(situation) == 2.0_s);
  situation = benchmark_of_llama();
  situation.isl = 8192;
  CHECK(stall(situation) == 2.0_s);
  situation.family = "cdna3";
  CHECK(stall(situation) == Seconds{});
  CHECK(mine.rules[0].provenance.source == "Log of a week");
  CHECK(mine.rules[1].provenance.basis == Basis::assumed);
}

TEST_CASE("faults of a framework are told with their place") {
  CHECK_THAT(fault_of(with(complete, "\"exclusive\"", "\"eager\"")),
             ContainsSubstring("mine.toml:11:"));
  CHECK_THAT(fault_of(with(complete, "budget = 4096", "budget = 0")),
             ContainsSubstring("scheduler.budget"));
  CHECK_THAT(fault_of(with(complete, "budget", "budgett")), ContainsSubstring("did you mean"));
  CHECK_THAT(fault_of(with(complete, "\"8 ms\"", "8")), ContainsSubstring("unit"));
  CHECK_THAT(fault_of(with(complete, "tp_below = 8", "tp_under = 8")),
             ContainsSubstring("tp_under"));
  CHECK_THAT(fault_of(with(complete,
                           "[host]\nstep = \"200 us\"\nper_layer_launch = \"0.5 ms\"\n"
                           "source = \"log\"\nbasis = \"measured\"\n",
                           "")),
             ContainsSubstring("host"));
}

TEST_CASE("all frameworks of the catalogue load") {
  const auto descriptions = Catalog{}.descriptions(DescriptionKind::framework);
  CHECK(descriptions.size() >= 7);
  for (const Description& description : descriptions) {
    INFO(description.path);
    CHECK(load_framework(description.text, description.path).id == description.id);
  }
}
