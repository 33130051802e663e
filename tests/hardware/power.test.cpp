#include "infersim/hardware/device.hpp"
#include "support/catch.hpp"

namespace infersim::test {
namespace {

/// 2 W idle, 22 W at most, 10 TFLOP/s; all else is derived.
PowerModel derived() {
  PowerModel power;
  power.idle = Watts{2};
  power.limit = Watts{22};
  power.active = Watts{5};
  power.active_derived = true;
  power.flop_energy[index(NumberType::bf16)] = JoulesPerFlop{1.21e-12};
  power.flop_energy_derived[index(NumberType::bf16)] = true;
  power.flop_energy[index(NumberType::fp8)] = JoulesPerFlop{0.6e-12};
  return power;
}

TEST_CASE(
    "what is derived from the limit is derived from what the product sheds, if that is less") {
  const PowerModel held = derived().within(Watts{12});
  CHECK(held.limit == Watts{12});
  CHECK(held.idle == Watts{2});
  CHECK_THAT(held.active.base(), WithinRel(2 + 0.15 * 10, 1e-12));
  CHECK_THAT(held.flop_energy[index(NumberType::bf16)].base(), WithinRel(0.66e-12, 1e-12));
  // A figure of the description stays.
  CHECK(held.flop_energy[index(NumberType::fp8)] == JoulesPerFlop{0.6e-12});
}

TEST_CASE("a product that sheds more than the limit changes nothing") {
  const PowerModel held = derived().within(Watts{40});
  CHECK(held.limit == Watts{22});
  CHECK_THAT(held.active.base(), WithinRel(5.0, 1e-12));
  CHECK_THAT(held.flop_energy[index(NumberType::bf16)].base(), WithinRel(1.21e-12, 1e-12));
}

}  // namespace
}  // namespace infersim::test
