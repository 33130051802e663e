#include "infersim/cost/gemm.hpp"
#include "limits/machines.hpp"
#include "support/catch.hpp"

namespace infersim::test {
namespace {

EnergyRates rates() {
  EnergyRates rates;
  rates.flop[index(NumberType::bf16)] = JoulesPerFlop{0.4e-12};
  rates.flop[index(NumberType::fp8)] = JoulesPerFlop{0.2e-12};
  rates.memory = JoulesPerByte{32e-12};
  rates.on_chip = JoulesPerByte{1.2e-12};
  rates.scale_up = JoulesPerByte{10e-12};
  rates.scale_out = JoulesPerByte{160e-12};
  rates.idle = Watts{80.0};
  return rates;
}

Activity activity(double flop, double bytes) {
  Activity a;
  a.flops[index(NumberType::bf16)] = Flops{flop};
  a.memory = Bytes{bytes};
  a.on_chip = Bytes{3 * bytes};
  a.scale_up = Bytes{bytes / 10};
  a.scale_out = Bytes{bytes / 100};
  return a;
}

TEST_CASE("Energy is additive over activities") {
  const Activity a = activity(1e12, 1e9);
  const Activity b = activity(5e11, 7e9);
  Activity both = a;
  both += b;
  CHECK_THAT(dynamic_energy(rates(), both).base(),
             WithinRel((dynamic_energy(rates(), a) + dynamic_energy(rates(), b)).base(), 1e-12));
  CHECK_THAT(dynamic_energy(rates(), a * 3.0).base(),
             WithinRel(3 * dynamic_energy(rates(), a).base(), 1e-12));
}

TEST_CASE("Doing nothing takes no dynamic energy") {
  CHECK(dynamic_energy(rates(), Activity{}) == Joules{});
}

TEST_CASE("Each level and link pays its own price") {
  // 0.4 J of flops, 32 mJ of memory, 3.6 mJ of cache, 1 mJ of links, 1.6 mJ of NIC.
  CHECK_THAT(dynamic_energy(rates(), activity(1e12, 1e9)).base(),
             WithinRel(0.4 + 0.032 + 0.0036 + 0.001 + 0.0016, 1e-12));
}

TEST_CASE("Padding of tiles costs energy as it costs time") {
  GemmShape shape{.m = 3, .n = 100, .k = 4096};
  const OpCost cost = gemm_cost(round_machine(), sharp_kernel(), shape);
  // Three rows in a tile of four, 100 columns in one of 128.
  CHECK_THAT(cost.activity.total_flops() / cost.useful_flops, WithinRel(4.0 / 3 * 1.28, 1e-12));
}

}  // namespace
}  // namespace infersim::test
