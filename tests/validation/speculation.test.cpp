#include "infersim/validation/speculation.hpp"

#include "support/catch.hpp"

using namespace infersim;

namespace {

ServingPoint point_of(const std::string& speculative) {
  ServingPoint point;
  point.speculative = speculative;
  point.osl = 1024;
  return point;
}

}  // namespace

TEST_CASE("drafts are those that a row names, in its own words too") {
  CHECK(speculation_of(point_of(""), false).drafts == 0);
  CHECK(speculation_of(point_of("none"), true).drafts == 0);
  CHECK(speculation_of(point_of("EAGLE/MTP steps=2 draft=3"), false).drafts == 2);
  const ServingPoint layers = point_of("MTP (3 layers; 1 with attention DP)");
  CHECK(speculation_of(layers, false).drafts == 3);
  CHECK(speculation_of(layers, true).drafts == 1);
  ServingPoint counted = point_of("mtp");
  counted.spec_steps = 2;
  CHECK(speculation_of(counted, true).drafts == 2);
}

TEST_CASE("a row that says no more than mtp drafts as usual") {
  CHECK(speculation_of(point_of("mtp"), false).drafts == 3);
  CHECK(speculation_of(point_of("mtp"), true).drafts == 1);
}

TEST_CASE("tokens of a step are those observed, else those usual for the drafts") {
  ServingPoint point = point_of("mtp");
  CHECK(speculation_of(point_of("none"), false).tokens_per_step == 1.0);
  CHECK(speculation_of(point, true).tokens_per_step == 1.8);
  CHECK(speculation_of(point, false).tokens_per_step == 2.5);
  point.spec_steps = 7;
  CHECK(speculation_of(point, false).tokens_per_step == 2.5);
  point.osl = 8192;
  CHECK(speculation_of(point, false).tokens_per_step == 2.8);
  point.tokens_per_step = 1.7;
  CHECK(speculation_of(point, false).tokens_per_step == 1.7);
}
