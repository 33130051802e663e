#include "infersim/cost/collective.hpp"

#include <cmath>
#include <string_view>

#include "limits/machines.hpp"
#include "support/catch.hpp"

namespace infersim::test {
namespace {

constexpr double up = 0.8 * 400e9;  // achievable, bytes a second
constexpr double out = 0.8 * 50e9;

Machine without_latency() {
  Machine machine = round_machine();
  machine.fabric.scale_up_latency = machine.fabric.scale_out_latency = Seconds{};
  machine.efficiency.links.reduce_latency = Seconds{};
  machine.efficiency.links.all_to_all_latency = Seconds{};
  return machine;
}

TEST_CASE("Collectives of one rank or of nothing take no time") {
  const Machine machine = round_machine();
  CHECK(all_reduce_cost(machine, Bytes{1e6}, 1).time == Seconds{});
  CHECK(all_reduce_cost(machine, Bytes{}, 8).time == Seconds{});
  CHECK(all_gather_cost(machine, Bytes{1e6}, 1).time == Seconds{});
  CHECK(expert_exchange_cost(machine, {.ranks = 1, .tokens = 10, .token_bytes = Bytes{1e3}}).time ==
        Seconds{});
  CHECK(send_cost(machine, Bytes{}, true).time == Seconds{});
}

TEST_CASE("A large all-reduce sends 2(n-1)/n of the message over each rank's links") {
  for (int n : {2, 4, 8}) {
    const OpCost cost = all_reduce_cost(round_machine(), Bytes{1e10}, n);
    CHECK(cost.algorithm == (n == 2 ? "one-shot" : "two-shot"));  // of two, both send one message
    CHECK_THAT(cost.time.base(), WithinRel(2.0 * (n - 1) / n * 1e10 / up, 1e-3));
    CHECK_THAT(cost.activity.scale_up.base(), WithinRel(2.0 * (n - 1) / n * 1e10, 1e-12));
  }
}

TEST_CASE("Switches that add send the message once and an n-th of it") {
  Machine machine = round_machine();
  machine.fabric.in_network_reduction = true;
  const OpCost cost = all_reduce_cost(machine, Bytes{1e10}, 8);
  CHECK(cost.algorithm == "in-network");
  CHECK_THAT(cost.time.base(), WithinRel(9.0 / 8 * 1e10 / up, 1e-3));
}

TEST_CASE("Small all-reduces are one-shot, up to where two barriers cost less than n-1 messages") {
  // One-shot: 4 us + 7 S/B. Two-shot: 8 us + 1.75 S/B. They meet at S = 4 us * B / 5.25.
  const Machine machine = round_machine();
  const double crossover = 4e-6 * up / 5.25;
  CHECK(all_reduce_cost(machine, Bytes{0.999 * crossover}, 8).algorithm == "one-shot");
  CHECK(all_reduce_cost(machine, Bytes{1.001 * crossover}, 8).algorithm == "two-shot");
  CHECK_THAT(all_reduce_cost(machine, Bytes{1.0}, 8).time.base(), WithinRel(4e-6, 1e-4));
  const Seconds before = all_reduce_cost(machine, Bytes{0.999 * crossover}, 8).time;
  const Seconds after = all_reduce_cost(machine, Bytes{1.001 * crossover}, 8).time;
  CHECK_THAT(after / before, WithinRel(1.0, 2e-3));
}

TEST_CASE("An all-reduce over two domains is slower than within one") {
  for (double bytes : {1e3, 1e6, 1e9}) {
    const OpCost inside = all_reduce_cost(round_machine(), Bytes{bytes}, 8);
    const OpCost across = all_reduce_cost(round_machine(), Bytes{bytes}, 16);
    CHECK(across.algorithm == "hierarchical");
    CHECK(across.time > inside.time);
  }
}

TEST_CASE("A hierarchical all-reduce sends an eighth of the message between domains") {
  const OpCost cost = all_reduce_cost(round_machine(), Bytes{1e10}, 16);
  CHECK_THAT(cost.activity.scale_out.base(), WithinRel(1e10 / 8, 1e-12));  // 2 (m-1)/m S/8, m = 2
  CHECK_THAT(cost.activity.scale_up.base(), WithinRel(1.75e10, 1e-12));
  CHECK_THAT(cost.link.base(), WithinRel(1e10 / 8 / out + 1.75e10 / up, 1e-12));
}

TEST_CASE("The parts of a hierarchical all-reduce are started as one") {
  // 3 us once, two hops inside, two of 4 us between.
  const OpCost cost = all_reduce_cost(round_machine(), Bytes{1.0}, 16);
  CHECK_THAT(cost.latency.base(), WithinRel(3e-6 + 2 * 1e-6 + 2 * 4e-6, 1e-12));
}

TEST_CASE("A large all-reduce is a reduce-scatter and an all-gather") {
  const Machine machine = without_latency();
  const Seconds both = 2.0 * all_gather_cost(machine, Bytes{1e9 / 8}, 8).time;
  CHECK_THAT(all_reduce_cost(machine, Bytes{1e9}, 8).time / both, WithinRel(1.0, 1e-12));
}

TEST_CASE("In a mesh two ranks need four times as long for an all-reduce as eight") {
  // Two-shot: twice (n-1)/n of the message over (n-1)/7 of the bandwidth is 14 S / (n B).
  Machine machine = without_latency();
  machine.fabric.topology = Topology::mesh;
  CHECK_THAT(
      all_reduce_cost(machine, Bytes{1e9}, 2).time / all_reduce_cost(machine, Bytes{1e9}, 8).time,
      WithinRel(4.0, 1e-9));
}

ExpertExchange exchange(int ranks, double tokens) {
  return {.ranks = ranks, .tokens = tokens, .top_k = 8, .token_bytes = Bytes{7168}};
}

TEST_CASE("A direct exchange conserves copies: what stays, goes up and goes out is all") {
  for (int ranks : {4, 8, 64, 256}) {
    const OpCost cost = expert_exchange_cost(round_machine(), exchange(ranks, 128));
    REQUIRE(cost.algorithm == "direct");
    const double all = 128 * 8 * 7168.0;
    const double stays = all / ranks;
    CHECK_THAT(cost.activity.scale_up.base() + cost.activity.scale_out.base() + stays,
               WithinRel(all, 1e-12));
  }
}

TEST_CASE("An exchange within a domain takes its bytes over the links") {
  const OpCost cost = expert_exchange_cost(round_machine(), exchange(8, 1e6));
  CHECK_THAT(cost.link.base(), WithinRel(1e6 * 8 * 7168 * 7 / 8 / up, 1e-12));
  CHECK(cost.activity.scale_out == Bytes{});
}

TEST_CASE("Many tokens are relayed over four domains, few go straight") {
  // 256 ranks in 32 domains. Straight: 8 * 31/32 copies; relayed: 4 * 31/32, latency 8 * 20 us more
  // than once 20 us, and a hop. They meet where half the straight bytes take 141 us.
  ExpertExchange limited = exchange(256, 1);
  limited.limit_domains = 4;
  const double saved = 4.0 * 31 / 32 * 7168 / out;
  const double crossover = (160e-6 + 1e-6 - 20e-6) / saved;
  limited.tokens = 0.999 * crossover;
  CHECK(expert_exchange_cost(round_machine(), limited).algorithm == "direct");
  limited.tokens = 1.001 * crossover;
  CHECK(expert_exchange_cost(round_machine(), limited).algorithm == "relayed");
}

TEST_CASE("Routing limited to four domains halves what large exchanges send out") {
  const OpCost free = expert_exchange_cost(round_machine(), exchange(256, 1e5));
  ExpertExchange limited = exchange(256, 1e5);
  limited.limit_domains = 4;
  const OpCost four = expert_exchange_cost(round_machine(), limited);
  REQUIRE(free.algorithm == "relayed");
  // Eight uniform picks among 32 domains reach 32 (1 - (31/32)^8) = 7.18 of them.
  CHECK_THAT(free.activity.scale_out / four.activity.scale_out, WithinAbs(7.1776 / 4, 1e-3));
}

TEST_CASE("An exchange within a domain costs what the library's alltoall does") {
  Machine machine = round_machine();
  LibraryEfficiency& alltoall = machine.efficiency.links.library[index(LinkOperation::alltoall)];
  alltoall.bulk.way = {Seconds{12e-6}, 0.7};
  alltoall.low.way = {Seconds{6e-6}, 0.05};
  for (double tokens : {1.0, 1e5}) {
    const OpCost library =
        library_cost(machine, LinkOperation::alltoall, Bytes{tokens * 8 * 7168}, 8);
    const OpCost cost = expert_exchange_cost(machine, exchange(8, tokens));
    CHECK(cost.algorithm == direct_exchange);
    CHECK(cost.time == library.time);
  }
}

TEST_CASE("The busiest rank's load stretches an exchange") {
  ExpertExchange uneven = exchange(8, 1e4);
  uneven.imbalance = 1.5;
  const OpCost even = expert_exchange_cost(round_machine(), exchange(8, 1e4));
  CHECK_THAT(expert_exchange_cost(round_machine(), uneven).link / even.link, WithinRel(1.5, 1e-12));
}

TEST_CASE("Slower links never make a collective faster") {
  Machine slow = round_machine();
  slow.fabric.scale_up *= 0.5;
  slow.fabric.scale_out *= 0.5;
  for (double bytes : {1e2, 1e4, 1e6, 1e8}) {
    for (int n : {2, 8, 16, 64}) {
      CHECK(all_reduce_cost(slow, Bytes{bytes}, n).time >=
            all_reduce_cost(round_machine(), Bytes{bytes}, n).time);
    }
  }
}

}  // namespace
}  // namespace infersim::test
