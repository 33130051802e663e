#include "infersim/calibration/power_reading.hpp"
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
  rates.active = Watts{200.0};
  rates.limit = Watts{700.0};
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

Machine powered_machine() {
  Machine machine = round_machine();
  machine.energy = rates();
  return machine;
}

TEST_CASE("Board power rises with the work done in the same time") {
  const Machine machine = powered_machine();
  OpCost cost;
  cost.time = Seconds{1e-3};
  double before = 0.0;
  for (const double work : {0.0, 1.0, 2.0, 4.0}) {
    cost.activity = activity(1e11 * work, 1e8 * work);
    const double now = mean_power(cost, machine).base();
    CHECK(now > before);
    before = now;
  }
}

TEST_CASE("A kernel draws at least the active power, however little it does, and never the limit") {
  const Machine machine = powered_machine();
  for (const double m : {1.0, 64.0, 1024.0, 16384.0}) {
    const OpCost cost = gemm_cost(machine, sharp_kernel(), {.m = m, .n = 8192, .k = 8192});
    CHECK(mean_power(cost, machine) >= machine.energy.active);
    CHECK(mean_power(cost, machine) < machine.energy.limit);
  }
}

TEST_CASE("A meter reads between what a board draws when idle and what it draws when it runs") {
  Machine machine = powered_machine();
  machine.timed_alone = true;
  MeasuredOperator op;
  for (const double m : {1.0, 64.0, 1024.0, 16384.0}) {
    const OpCost cost = gemm_cost(machine, sharp_kernel(), {.m = m, .n = 1024, .k = 1024});
    const Watts reading = power_reading(op, cost, machine);
    CHECK(reading > machine.energy.idle);
    CHECK(reading < mean_power(cost, machine));
  }
}

}  // namespace
}  // namespace infersim::test
