#include "infersim/cost/exchange_kernel.hpp"

#include "infersim/cost/collective.hpp"
#include "limits/machines.hpp"
#include "support/catch.hpp"

namespace infersim::test {
namespace {

constexpr double up = 400e9;  // of round_machine, bytes a second
constexpr double out = 50e9;

/// Links and NICs at their full rates and nothing else.
ExchangeEfficiency bare(bool relayed) {
  ExchangeEfficiency pass;
  pass.relayed = relayed;
  pass.fraction = 1.0;
  pass.out_fraction = 1.0;
  pass.blend = 64;
  return pass;
}

ExchangeShape shape(int ranks, double domains) {
  ExchangeShape shape;
  shape.ranks = ranks;
  shape.domains = domains;
  shape.tokens = 4096;
  shape.top_k = 8;
  shape.experts = 256;
  shape.token_bytes = Bytes{7392};
  return shape;
}

double time(const ExchangeEfficiency& pass, const ExchangeShape& of) {
  return exchange_pass_cost(round_machine(), pass, of).time.base();
}

TEST_CASE("A token's experts touch one group at least and no more than there are") {
  CHECK(touched_groups(1, 8, 256) == 1.0);
  CHECK_THAT(touched_groups(8, 1, 256), WithinRel(1.0, 1e-12));
  // All different: eight of eight experts touch all eight ranks, eight of many about 5.3.
  CHECK_THAT(touched_groups(8, 8, 8), WithinRel(8.0, 1e-12));
  CHECK_THAT(touched_groups(8, 8, 256), WithinRel(5.30, 0.01));
  // Of very many experts it makes no difference whether one may be drawn again.
  CHECK_THAT(touched_groups(8, 8, 1e9), WithinRel(touched_groups(8, 8, 0), 1e-6));
}

TEST_CASE(
    "Direct copies use the links of a domain for its share of them and the NIC for the rest") {
  // 8 copies, of which 7 of 8 ranks are others.
  const double bytes = 4096 * 7392.0;
  CHECK_THAT(time(bare(false), shape(8, 1)), WithinRel(bytes * 8 * 7 / 8 / up, 1e-3));
  // Over 4 domains three quarters of the copies leave.
  CHECK_THAT(time(bare(false), shape(32, 4)), WithinRel(bytes * 8 * 3 / 4 / out, 1e-3));
}

TEST_CASE("A relay sends a token once to each domain that needs it") {
  const double bytes = 4096 * 7392.0;
  const double domains = touched_groups(4, 8, 256);
  CHECK_THAT(time(bare(true), shape(32, 4)), WithinRel(bytes * domains * 3 / 4 / out, 1e-3));
  CHECK(time(bare(true), shape(32, 4)) < time(bare(false), shape(32, 4)));
  ExchangeShape limited = shape(64, 8);
  limited.limit_domains = 4;
  CHECK_THAT(time(bare(true), limited), WithinRel(bytes * 4 * 7 / 8 / out, 1e-3));
}

TEST_CASE("Few units bound a relay by what passes through them, twice as many take half as long") {
  ExchangeEfficiency pass = bare(true);
  pass.unit_bandwidth = Bandwidth{1e9};
  ExchangeShape few = shape(8, 1);
  few.units = 4;
  ExchangeShape more = few;
  more.units = 8;
  const double passing = 4096 * 7392.0 * touched_groups(8, 8, 256);
  CHECK_THAT(time(pass, few), WithinRel(passing / 4e9, 1e-3));
  CHECK_THAT(time(pass, few) / time(pass, more), WithinRel(2.0, 1e-3));
}

TEST_CASE("A unit serves an expert: few experts leave units idle") {
  ExchangeEfficiency pass = bare(false);
  pass.token = Seconds{1e-3};
  ExchangeShape few = shape(8, 1);
  few.experts = 8;
  few.top_k = 2;
  ExchangeShape many = few;
  many.experts = 1e6;
  CHECK_THAT(time(pass, few), WithinRel(4096 * 1e-3 / 8, 1e-3));
  CHECK_THAT(time(pass, many), WithinRel(4096 * 1e-3 / round_machine().units, 1e-3));
}

TEST_CASE("An exchange takes no less with more tokens, ranks, copies or bytes") {
  ExchangeEfficiency pass = bare(false);
  pass.latency = Seconds{10e-6};
  pass.hop = Seconds{1e-6};
  pass.domain_hop = Seconds{5e-6};
  pass.ramp = Seconds{20e-6};
  pass.ramp_tokens = 100;
  for (const bool relayed : {false, true}) {
    pass.relayed = relayed;
    const double base = time(pass, shape(16, 2));
    ExchangeShape more = shape(16, 2);
    more.tokens *= 2;
    CHECK(time(pass, more) > base);
    more = shape(16, 2);
    more.top_k = 9;
    CHECK(time(pass, more) >= base);
    more = shape(16, 2);
    more.token_bytes *= 2.0;
    CHECK(time(pass, more) > base);
    CHECK(time(pass, shape(32, 4)) > base);
    more = shape(16, 2);
    more.imbalance = 1.5;
    CHECK(time(pass, more) > base);
  }
}

TEST_CASE("A host that launches is waited for alone and not in a server") {
  ExchangeEfficiency pass = bare(false);
  pass.host = Seconds{1e-3};
  ExchangeShape one = shape(8, 1);
  one.tokens = 1;
  Machine machine = round_machine();
  CHECK(exchange_pass_cost(machine, pass, one).time < Seconds{1e-4});
  machine.timed_alone = true;
  CHECK_THAT(exchange_pass_cost(machine, pass, one).time.base(), WithinRel(1e-3, 1e-3));
  machine.launch = 2.0;
  CHECK_THAT(exchange_pass_cost(machine, pass, one).time.base(), WithinRel(2e-3, 1e-3));
}

TEST_CASE("A server takes the fastest kernels that were fitted, for few tokens and for many") {
  Machine machine = round_machine();
  ExchangeKernels normal{"normal", {}};
  ExchangeKernels quick{"quick", {}};
  ExchangeEfficiency& relay = normal.passes[index(ExchangePass::dispatch)];
  relay = bare(true);
  relay.latency = Seconds{50e-6};
  ExchangeEfficiency& direct = quick.passes[index(ExchangePass::dispatch)];
  direct = bare(false);
  direct.latency = Seconds{10e-6};
  machine.efficiency.links.exchanges = {normal, quick};
  ExpertExchange exchange{.ranks = 32, .tokens = 1, .top_k = 8, .token_bytes = Bytes{7392}};
  exchange.experts = 256;
  CHECK(expert_exchange_cost(machine, exchange).algorithm == direct_exchange);
  exchange.tokens = 4096;
  CHECK(expert_exchange_cost(machine, exchange).algorithm == relayed_exchange);
  // Nobody fitted the way back.
  exchange.back = true;
  CHECK(expert_exchange_cost(machine, exchange).time > Seconds{});
}

TEST_CASE("Kernels that prepare do so before they dispatch, not before they combine") {
  Machine machine = round_machine();
  ExchangeKernels kernels{"two-sided", {}};
  for (const ExchangePass pass :
       {ExchangePass::prepare, ExchangePass::dispatch, ExchangePass::combine}) {
    kernels.passes[index(pass)] = bare(false);
    kernels.passes[index(pass)].latency = Seconds{10e-6};
  }
  machine.efficiency.links.exchanges = {kernels};
  ExpertExchange exchange{.ranks = 8, .tokens = 1, .top_k = 8, .token_bytes = Bytes{1}};
  CHECK_THAT(expert_exchange_cost(machine, exchange).time.base(), WithinRel(20e-6, 1e-3));
  exchange.back = true;
  CHECK_THAT(expert_exchange_cost(machine, exchange).time.base(), WithinRel(10e-6, 1e-3));
}

}  // namespace
}  // namespace infersim::test
