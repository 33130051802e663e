#include "infersim/cost/domain_collective.hpp"

#include <string_view>

#include "limits/machines.hpp"
#include "support/catch.hpp"

namespace infersim::test {
namespace {

constexpr double link_rate = 400e9;  // bytes a second, of round_machine

/// A library of two protocols on a fabric whose switches add, and a framework with a one-shot and a
/// two-shot kernel up to 1 MB over 8 ranks (8 MB / n), then one over symmetric memory up to 32 MB.
Machine fitted_machine() {
  Machine machine = round_machine();
  machine.fabric.in_network_reduction = true;
  LinkEfficiency& links = machine.efficiency.links;
  const LibraryEfficiency library = {
      .bulk = {{Seconds{20e-6}, 0.75}, Seconds{1e-6}, Seconds{30e-6}, Bytes{20e6}},
      .low = {{Seconds{4e-6}, 0.25}, Seconds{2e-6}, Seconds{2e-6}, Bytes{4e3}}};
  links.library.fill(library);
  links.library[index(LinkOperation::all_reduce)].in_network = {Seconds{60e-6}, 0.65};
  links.custom = {.one_shot = {Seconds{3e-6}, 0.6},
                  .two_shot = {Seconds{8e-6}, 0.6},
                  .hop = Seconds{0.1e-6},
                  .limit = Bytes{1e6},
                  .limit_ranks = -1.0,
                  .symmetric = {Seconds{12e-6}, 0.4},
                  .symmetric_limit = Bytes{32e6},
                  .host = Seconds{50e-6},
                  .copy = 0.5};
  return machine;
}

Seconds time_of(const Machine& machine, LinkOperation operation, double bytes, int ranks) {
  return library_cost(machine, operation, Bytes{bytes}, ranks).time;
}

double framework_time(const Machine& machine, double bytes, int ranks) {
  return framework_all_reduce_cost(machine, Bytes{bytes}, ranks).time.base();
}

TEST_CASE("Within a domain one rank, or nothing to send, takes no time") {
  for (const LinkOperation operation : all_link_operations) {
    CHECK(time_of(fitted_machine(), operation, 1e6, 1) == Seconds{});
    CHECK(time_of(fitted_machine(), operation, 0, 8) == Seconds{});
  }
  CHECK(framework_time(fitted_machine(), 1e6, 1) == 0);
}

TEST_CASE("A box of neighbours in a torus has the links of the dimensions it is long in") {
  Fabric fabric;
  fabric.topology = Topology::torus;
  fabric.scale_up = Bandwidth{600e9};
  fabric.domain = 64;
  fabric.dimensions = 3;
  const auto share = [&](int ranks) { return group_bandwidth(fabric, ranks).base() / 600e9; };
  CHECK_THAT(share(2), WithinRel(1.0 / 6, 1e-12));  // one of six links
  CHECK_THAT(share(4), WithinRel(2.0 / 6, 1e-12));  // a square
  CHECK_THAT(share(8), WithinRel(3.0 / 6, 1e-12));  // a cube of side 2: half of them
  CHECK_THAT(share(64), WithinRel(1.0, 1e-12));     // of side 4: all
  fabric.dimensions = 2;
  CHECK_THAT(share(4), WithinRel(0.5, 1e-12));
  CHECK_THAT(share(16), WithinRel(1.0, 1e-12));
  for (int ranks = 2; ranks < 64; ranks *= 2)
    CHECK(share(2 * ranks) >= share(ranks));
}

TEST_CASE("A group in a mesh reaches its members' lanes alone") {
  Fabric mesh;
  mesh.topology = Topology::mesh;
  mesh.domain = 8;
  mesh.scale_up = Bandwidth{448e9};
  CHECK_THAT(group_bandwidth(mesh, 8).base(), WithinRel(448e9, 1e-12));
  CHECK_THAT(group_bandwidth(mesh, 4).base(), WithinRel(192e9, 1e-12));
  CHECK_THAT(group_bandwidth(mesh, 2).base(), WithinRel(64e9, 1e-12));
  mesh.topology = Topology::fabric;
  CHECK_THAT(group_bandwidth(mesh, 2).base(), WithinRel(448e9, 1e-12));
  mesh.topology = Topology::ring;
  CHECK_THAT(group_bandwidth(mesh, 2).base(), WithinRel(224e9, 1e-12));
}

TEST_CASE("Long messages approach the fraction of bandwidth that a ring reaches") {
  for (int n : {2, 4, 8}) {
    const double volume = (n - 1.0) / n * 1e13;
    for (const LinkOperation operation : all_link_operations) {
      if (operation == LinkOperation::all_reduce) continue;
      CHECK_THAT(time_of(fitted_machine(), operation, 1e13, n).base(),
                 WithinRel(volume / (0.75 * link_rate), 1e-5));
    }
    const OpCost sum =
        library_cost(fitted_machine(), LinkOperation::all_reduce, Bytes{1e13}, n, NumberType::int8);
    CHECK_THAT(sum.time.base(), WithinRel(2 * volume / (0.75 * link_rate), 1e-5));
  }
}

TEST_CASE("Short messages approach the latency of the low-latency protocol and its hops") {
  for (int n : {2, 4, 8}) {
    const OpCost cost = library_cost(fitted_machine(), LinkOperation::all_gather, Bytes{1e-3}, n);
    CHECK(cost.algorithm == "low-latency");
    CHECK_THAT(cost.time.base(), WithinRel(4e-6 + (n - 1) * 2e-6, 1e-5));
  }
}

TEST_CASE("The library changes protocol where the bulk one becomes the faster") {
  // Two ranks, no ramps: 6 us + V/(0.25 B) against 21 us + V/(0.75 B) meet at V = 15 us * B * 3/8.
  Machine machine = fitted_machine();
  LibraryEfficiency& gather = machine.efficiency.links.library[index(LinkOperation::all_gather)];
  gather.bulk.ramp = gather.low.ramp = Seconds{};
  const double crossover = 2 * 15e-6 * link_rate * 3 / 8;  // S = 2 V
  const auto at = [&](double factor) {
    return library_cost(machine, LinkOperation::all_gather, Bytes{factor * crossover}, 2);
  };
  CHECK(at(0.999).algorithm == "low-latency");
  CHECK(at(1.001).algorithm == "all_gather");
  CHECK_THAT(at(1.001).time / at(0.999).time, WithinRel(1.0, 2e-3));
}

TEST_CASE("The library never takes less for more bytes or for more ranks") {
  for (const LinkOperation operation : all_link_operations) {
    for (int n : {2, 3, 4, 8}) {
      Seconds before;
      for (double bytes = 256; bytes < 1e10; bytes *= 1.3) {
        const Seconds now = time_of(fitted_machine(), operation, bytes, n);
        CHECK(now > before);
        before = now;
      }
    }
    // In-switch sums send (n+1)/n S, less with more ranks: of 8-bit values, which are not summed
    // there.
    for (double bytes : {1e3, 1e6, 1e9}) {
      for (int n : {2, 4}) {
        const auto time = [&](int ranks) {
          return library_cost(fitted_machine(), operation, Bytes{bytes}, ranks, NumberType::int8)
              .time;
        };
        CHECK(time(2 * n) > time(n));
      }
    }
  }
}

TEST_CASE("Each rank sends what the operation needs, and no faster than its links") {
  for (double bytes : {1e3, 1e6, 1e10}) {
    for (int n : {2, 4, 8}) {
      for (const LinkOperation operation : all_link_operations) {
        const OpCost cost = library_cost(fitted_machine(), operation, Bytes{bytes}, n);
        const double passes = operation == LinkOperation::all_reduce ? 2.0 : 1.0;
        const double sent = cost.algorithm == "in-network" ? (n + 1.0) / n : passes * (n - 1.0) / n;
        CHECK_THAT(cost.activity.scale_up.base(), WithinRel(sent * bytes, 1e-12));
        CHECK(cost.time.base() >= sent * bytes / link_rate);
      }
      const OpCost own = framework_all_reduce_cost(fitted_machine(), Bytes{bytes}, n);
      CHECK(own.time >= own.activity.scale_up / Bandwidth{link_rate});
      CHECK_THAT(own.link.base(),
                 WithinRel((own.activity.scale_up / own.up_bandwidth).base(), 1e-12));
    }
  }
}

TEST_CASE("Switches that add beat rings for long messages of 16 bits over more than two ranks") {
  const auto algorithm = [](double bytes, int ranks, NumberType type) {
    return library_cost(fitted_machine(), LinkOperation::all_reduce, Bytes{bytes}, ranks, type)
        .algorithm;
  };
  CHECK(algorithm(1e9, 8, NumberType::bf16) == "in-network");
  CHECK(algorithm(1e9, 8, NumberType::fp16) == "in-network");
  CHECK(algorithm(1e9, 8, NumberType::int8) != "in-network");
  CHECK(algorithm(1e9, 2, NumberType::bf16) != "in-network");
  CHECK(algorithm(1e4, 8, NumberType::bf16) != "in-network");
  // 9/8 S / 0.65 against 7/4 S / 0.75.
  const auto time = [](NumberType type) {
    return library_cost(fitted_machine(), LinkOperation::all_reduce, Bytes{1e13}, 8, type).time;
  };
  CHECK_THAT(time(NumberType::int8) / time(NumberType::bf16),
             WithinRel(1.75 / 0.75 / (1.125 / 0.65), 1e-4));
}

TEST_CASE("Ranks that share PCIe get less the more they are") {
  Machine machine = fitted_machine();
  machine.efficiency.links.library[index(LinkOperation::all_gather)].contention = 2.0;
  const double alone = time_of(machine, LinkOperation::all_gather, 1e13, 2).base() / (1.0 / 2);
  CHECK_THAT(time_of(machine, LinkOperation::all_gather, 1e13, 8).base() / (7.0 / 8),
             WithinRel(16 * alone, 1e-5));
}

TEST_CASE("A framework's kernels change from one-shot to two-shot where they cost the same") {
  // Over 8 ranks 3 us + 7 S/(0.6 B) and 8 us + 1.75 S/(0.6 B) meet at S = 5 us * 0.6 B / 5.25.
  const double crossover = 5e-6 * 0.6 * link_rate / 5.25;
  const auto at = [&](double factor) {
    return framework_all_reduce_cost(fitted_machine(), Bytes{factor * crossover}, 8);
  };
  CHECK(at(0.999).algorithm == "one-shot");
  CHECK(at(1.001).algorithm == "two-shot");
  CHECK_THAT(at(1.001).time / at(0.999).time, WithinRel(1.0, 2e-3));
}

TEST_CASE("A framework's limits are taken at their word, also where the time steps there") {
  const auto algorithm = [](double bytes, int ranks) {
    return framework_all_reduce_cost(fitted_machine(), Bytes{bytes}, ranks).algorithm;
  };
  CHECK(algorithm(0.999e6, 8) == "two-shot");
  CHECK(algorithm(1.001e6, 8) == "symmetric");
  CHECK(algorithm(1.999e6, 4) == "two-shot");
  CHECK(algorithm(2.001e6, 4) == "symmetric");
  CHECK(algorithm(31.9e6, 8) == "symmetric");
  CHECK(algorithm(32.1e6, 8) == "in-network");
  const auto step = [](double limit) {
    return framework_time(fitted_machine(), 1.001 * limit, 8) /
           framework_time(fitted_machine(), 0.999 * limit, 8);
  };
  CHECK(step(1e6) > 1.1);    // 8.7 us + 1.75 S/(0.6 B) are 16 us, 12 us + S/(0.4 B) 18
  CHECK(step(32e6) < 0.97);  // 12 us + S/(0.4 B) are 212 us, 60 us + 9/8 S/(0.65 B) 198
  // Between steps time grows with the message.
  for (const auto& [from, to] : {std::pair{1e2, 0.999e6}, {1.001e6, 31.9e6}, {32.1e6, 1e10}}) {
    for (double bytes = from; bytes * 1.3 < to; bytes *= 1.3) {
      CHECK(framework_time(fitted_machine(), bytes * 1.3, 8) >
            framework_time(fitted_machine(), bytes, 8));
    }
  }
}

TEST_CASE("Without a limit a framework takes the fastest of its kernels and the library") {
  Machine machine = fitted_machine();
  machine.efficiency.links.custom.limit = machine.efficiency.links.custom.symmetric_limit = Bytes{};
  bool own = false;
  bool library = false;
  double before = 0;
  for (double bytes = 256; bytes < 1e10; bytes *= 1.3) {
    const OpCost cost = framework_all_reduce_cost(machine, Bytes{bytes}, 8);
    CHECK(cost.time <= time_of(machine, LinkOperation::all_reduce, bytes, 8));
    CHECK(cost.time.base() > before);
    before = cost.time.base();
    own = own || cost.algorithm == "one-shot";
    library = library || cost.algorithm == "in-network";
  }
  CHECK(own);
  CHECK(library);
}

TEST_CASE("Kernels over symmetric memory get no more of the links than sums in switches") {
  Machine machine = fitted_machine();
  machine.efficiency.links.custom.symmetric_ranks = 1.0;  // each rank's share at the same rate
  const auto rate = [&](int ranks) {
    const OpCost cost = framework_all_reduce_cost(machine, Bytes{31e6}, ranks);
    REQUIRE(cost.algorithm == "symmetric");
    return cost.up_bandwidth.base() / link_rate;
  };
  CHECK_THAT(rate(2), WithinRel(0.4, 1e-12));
  machine.fabric.domain = 64;
  CHECK_THAT(rate(64), WithinRel(0.65, 1e-12));
}

TEST_CASE("A launch without a graph waits for its host, where kernels are timed alone") {
  Machine machine = fitted_machine();
  const auto eager = [&](double bytes) {
    return framework_all_reduce_cost(machine, Bytes{bytes}, 8, Launch::eager).time.base();
  };
  CHECK_THAT(eager(1e3), WithinRel(framework_time(machine, 1e3, 8), 1e-12));
  machine.timed_alone = true;
  CHECK_THAT(eager(1e3), WithinRel(50e-6, 1e-12));
  // The copy reads and writes the message at half of 4 TB/s.
  CHECK_THAT(eager(1e9), WithinRel(framework_time(machine, 1e9, 8) + 2e9 / 2e12, 1e-9));
}

TEST_CASE("What was not fitted has the latency and the fraction of all links") {
  // L + a = 4 us, once for each phase.
  for (const LinkOperation operation : {LinkOperation::all_gather, LinkOperation::reduce_scatter}) {
    CHECK_THAT(time_of(round_machine(), operation, 8e9, 8).base(),
               WithinRel(4e-6 + 7e9 / (0.8 * link_rate), 1e-12));
  }
  CHECK_THAT(time_of(round_machine(), LinkOperation::all_reduce, 8e9, 8).base(),
             WithinRel(8e-6 + 14e9 / (0.8 * link_rate), 1e-12));
  CHECK_THAT(time_of(round_machine(), LinkOperation::alltoall, 8e9, 8).base(),
             WithinRel(21e-6 + 7e9 / (0.8 * link_rate), 1e-12));
}

}  // namespace
}  // namespace infersim::test
