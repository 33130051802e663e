#include "infersim/workload/traffic.hpp"

#include <string>

#include "infersim/core/catalog.hpp"
#include "support/catch.hpp"
#include "support/edited.hpp"

using namespace infersim;
using namespace infersim::test;

namespace {

const std::string complete = R"(id = "support"
aliases = ["help-desk"]
name = "Support"
isl = 2000
osl = 300
source = "log"
basis = "measured"

[objectives]
ttft = "1.5 s"
tpot = "40 ms"

[sources.log]
title = "Log of a week"
date = "2026-01"
)";

std::string fault_of(const std::string& text) {
  return faults_of(load_traffic, text, "support.toml");
}

}  // namespace

TEST_CASE("traffic has lengths, perhaps objectives, and a source") {
  const TrafficPreset traffic = load_traffic(complete, "support.toml");
  CHECK(traffic.id == "support");
  CHECK(traffic.lengths.isl == 2000);
  CHECK(traffic.lengths.osl == 300);
  CHECK(traffic.ttft == Seconds{1.5});
  CHECK(traffic.tpot == 40.0_ms);
  CHECK(traffic.provenance.basis == Basis::measured);
  CHECK(traffic.provenance.source == "Log of a week");
  const TrafficPreset without = load_traffic(
      with(complete, "[objectives]\nttft = \"1.5 s\"\ntpot = \"40 ms\"\n", ""), "support.toml");
  CHECK_FALSE(without.ttft);
  CHECK_FALSE(without.tpot);
}

TEST_CASE("faults of traffic are told with their place") {
  CHECK_THAT(fault_of(with(complete, "isl = 2000", "isl = 0")),
             ContainsSubstring("support.toml:4:"));
  CHECK_THAT(fault_of(with(complete, "osl = 300\n", "")), ContainsSubstring("osl"));
  CHECK_THAT(fault_of(with(complete, "osl = 300", "osl = 300\noslo = 1")),
             ContainsSubstring("oslo"));
  CHECK_THAT(fault_of(with(complete, "\"40 ms\"", "40")), ContainsSubstring("support.toml:11:"));
  CHECK_THAT(fault_of(with(complete, "\"40 ms\"", "\"0 ms\"")), ContainsSubstring("above 0"));
  CHECK_THAT(fault_of(with(complete, "source = \"log\"\nbasis = \"measured\"\n", "")),
             ContainsSubstring("basis"));
}

TEST_CASE("all traffic of the catalogue loads") {
  const auto descriptions = Catalog{}.descriptions(DescriptionKind::traffic);
  CHECK(descriptions.size() >= 5);
  for (const Description& description : descriptions) {
    INFO(description.path);
    CHECK(load_traffic(description.text, description.path).id == description.id);
  }
}
