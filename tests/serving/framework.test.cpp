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
per_sequence = "7 us"
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

[points]
chips = ["h200", "b200"]
models = ["llama3.1-70b"]
weights = ["fp8"]
isl_most = 8192
source = "log"
basis = "measured"

[[residual]]
regime = "fitted"
metric = "tpot"
p10 = 0.9
p90 = 1.2
rows = 40
median_error = 0.05
source = "log"
basis = "measured"

[[residual]]
regime = "chip"
metric = "tpot"
p10 = 0.8
p90 = 1.5
rows = 20
median_error = 0.12
source = "log"
basis = "measured"

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

TEST_CASE("what a framework is on one family is called so") {
  const std::string apart = with(complete, "id = \"mine\"\n",
                                 "id = \"mine-cdna3\"\nframework = \"mine\"\nfamily = \"cdna3\"\n");
  CHECK(load_framework(apart, "mine-cdna3.toml").family == "cdna3");
  const std::string fault = fault_of(with(apart, "mine-cdna3\"", "mine-3\""));
  CHECK(fault.find("is not that of this framework on this family") != std::string::npos);
  CHECK(fault.find("mine-cdna3") != std::string::npos);
}

TEST_CASE("what a framework says comes before what its chip's class says") {
  const Framework mine = load_framework(complete, "mine.toml");
  CHECK(mine.host(500.0_us) == HostOverhead{200.0_us, 0.5_ms, 7.0_us, 0, {}});
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
             ContainsSubstring("mine.toml:12:"));
  CHECK_THAT(fault_of(with(complete, "budget = 4096", "budget = 0")),
             ContainsSubstring("scheduler.budget"));
  CHECK_THAT(fault_of(with(complete, "budget", "budgett")), ContainsSubstring("did you mean"));
  CHECK_THAT(fault_of(with(complete, "\"8 ms\"", "8")), ContainsSubstring("unit"));
  CHECK_THAT(fault_of(with(complete, "tp_below = 8", "tp_under = 8")),
             ContainsSubstring("tp_under"));
  CHECK_THAT(fault_of(with(complete,
                           "[host]\nstep = \"200 us\"\nper_layer_launch = \"0.5 ms\"\n"
                           "per_sequence = \"7 us\"\n"
                           "source = \"log\"\nbasis = \"measured\"\n",
                           "")),
             ContainsSubstring("host"));
}

TEST_CASE("measurements to one side of the prediction are a bias, which is refused") {
  const std::string fault = fault_of(with(complete, "p10 = 0.9", "p10 = 1.12"));
  CHECK_THAT(fault, ContainsSubstring("to one side"));
}

TEST_CASE("an interval is wider for all in which a service lies beyond what was measured") {
  Framework framework;
  framework.residuals = {{Regime::chip, Metric::tpot, {0.8, 1.2}, 9, 0.1, "", {}}};
  framework.widenings = {{Beyond::batch, Metric::tpot, {0.9, 1.5}, 9, "", {}},
                         {Beyond::nodes, Metric::tpot, {1.0, 2.0}, 9, "", {}},
                         {Beyond::nodes, Metric::ttft, {0.1, 9.0}, 9, "", {}}};
  const auto of = [&](const std::vector<Beyond>& beyond) {
    return *interval(framework, Regime::chip, Metric::tpot, beyond);
  };
  CHECK(of({}) == Interval{0.8, 1.2});
  CHECK(of({Beyond::isl}) == Interval{0.8, 1.2});  // nobody knows by how much
  CHECK(of({Beyond::batch}).p10 == 0.8 * 0.9);
  CHECK(of({Beyond::batch, Beyond::nodes}).p90 == 1.2 * 1.5 * 2.0);
}

TEST_CASE("an interval is that of the regime, else of the next softer one, never of a firmer one") {
  const Framework mine = load_framework(complete, "mine.toml");
  CHECK(interval(mine, Regime::fitted, Metric::tpot) == Interval{0.9, 1.2});
  CHECK(interval(mine, Regime::model, Metric::tpot) == Interval{0.8, 1.5});
  CHECK(interval(mine, Regime::chip, Metric::tpot) == Interval{0.8, 1.5});
  CHECK_FALSE(interval(mine, Regime::inherited, Metric::tpot).has_value());
  CHECK_FALSE(interval(mine, Regime::fitted, Metric::ttft).has_value());
  CHECK(residual_of(mine, Regime::model, Metric::tpot)->rows == 20);
  CHECK(residual_of(mine, Regime::model, Metric::tpot)->framework == "mine");
}

TEST_CASE("measured points know their chips and models by any spelling") {
  const MeasuredPoints points = load_framework(complete, "mine.toml").points;
  CHECK(points.on_chip("H-200"));
  CHECK_FALSE(points.on_chip("h100"));
  CHECK(points.of_model("Llama-3.1-70B"));
  CHECK_FALSE(points.of_model("llama3.1-8b"));
  CHECK(points.weights == std::vector{NumberType::fp8});
  CHECK(points.isl_most == 8192);
  CHECK_FALSE(points.osl_most.has_value());
}

TEST_CASE("faults of residuals are told with their place") {
  CHECK_THAT(fault_of(with(complete, "regime = \"chip\"", "regime = \"chips\"")),
             ContainsSubstring("inherited"));
  CHECK_THAT(fault_of(with(complete, "regime = \"chip\"", "regime = \"fitted\"")),
             ContainsSubstring("was given before"));
  CHECK_THAT(fault_of(with(complete, "p90 = 1.5", "p90 = 0.7")), ContainsSubstring("p90"));
  CHECK_THAT(fault_of(with(complete, "weights = [\"fp8\"]", "weights = [\"fp7\"]")),
             ContainsSubstring("`fp7` is no number type"));
}

TEST_CASE("all frameworks of the catalogue load") {
  const auto descriptions = Catalog{}.descriptions(DescriptionKind::framework);
  CHECK(descriptions.size() >= 7);
  for (const Description& description : descriptions) {
    INFO(description.path);
    CHECK(load_framework(description.text, description.path).id == description.id);
  }
}
