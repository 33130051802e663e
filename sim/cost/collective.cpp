#include "infersim/cost/collective.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>

namespace infersim {
namespace {

/// Software latencies of a relayed exchange: ranks tell each other how much will come, the host
/// waits for that, and tokens move in two hops.
constexpr double relay_phases = 8.0;

struct Choice {
  std::string_view algorithm;
  Seconds latency;
  Seconds transfer;
  Bytes up;
  Bytes out;
};

Bandwidth up_bandwidth(const Machine& machine, int ranks) {
  return group_bandwidth(machine.fabric, ranks) * machine.efficiency.links.scale_up;
}

Bandwidth out_bandwidth(const Machine& machine) {
  return machine.fabric.scale_out * machine.efficiency.links.scale_out;
}

OpCost cost_of(const Machine& machine, int ranks, const Choice& choice) {
  OpCost cost;
  cost.algorithm = choice.algorithm;
  cost.latency = choice.latency;
  cost.link = choice.transfer;
  cost.time = choice.latency + choice.transfer;
  cost.bound = choice.latency > choice.transfer ? Bound::latency : Bound::link;
  cost.activity.scale_up = choice.up;
  cost.activity.scale_out = choice.out;
  if (choice.up > Bytes{}) cost.up_bandwidth = up_bandwidth(machine, ranks);
  if (choice.out > Bytes{}) cost.out_bandwidth = out_bandwidth(machine);
  return cost;
}

OpCost with_imbalance(OpCost cost, double imbalance) {
  cost.imbalance = imbalance;
  return cost;
}

Seconds total(const Choice& choice) { return choice.latency + choice.transfer; }

const Choice& faster(const Choice& a, const Choice& b) { return total(b) < total(a) ? b : a; }

/// Ranks of a group of neighbours that share a domain, and the number of domains it spans.
struct Spread {
  double local;
  double domains;
};

Spread spread(const Fabric& fabric, int ranks) {
  const double local = std::min(ranks, fabric.domain);
  return {local, std::ceil(ranks / local)};
}

/// Within one domain.
Choice local_all_reduce(const Machine& machine, Bytes message, double n) {
  const Seconds software = machine.efficiency.links.reduce_latency;
  const Seconds hop = machine.fabric.scale_up_latency;
  const Bandwidth bandwidth = up_bandwidth(machine, static_cast<int>(n));
  const Bytes all = (n - 1.0) * message;
  Choice best{"one-shot", software + hop, all / bandwidth, all, Bytes{}};
  const Bytes twice = 2.0 * (n - 1.0) / n * message;
  best = faster(best, {"two-shot", 2.0 * (software + hop), twice / bandwidth, twice, Bytes{}});
  if (machine.fabric.in_network_reduction) {
    const Bytes once = (n + 1.0) / n * message;
    best = faster(best, {"in-network", 2.0 * (software + hop), once / bandwidth, once, Bytes{}});
  }
  return best;
}

/// Share of a device's links that a box of `n` neighbours uses; see group_bandwidth.
double torus_share(int n, int dimensions) {
  std::array<int, 3> sides = {1, 1, 1};
  for (int filled = 1, next = 0; filled < n; filled *= 2, next = (next + 1) % dimensions) {
    sides[static_cast<std::size_t>(next)] *= 2;
  }
  double share = 0.0;
  for (const int side : sides)
    share += side > 2 ? 1.0 : side == 2 ? 0.5 : 0.0;
  return std::max(share, 0.5) / dimensions;  // a pair at least
}

}  // namespace

Bandwidth group_bandwidth(const Fabric& fabric, int ranks) {
  const int n = std::min(ranks, fabric.domain);
  switch (fabric.topology) {
    case Topology::none:
    case Topology::fabric: return fabric.scale_up;
    case Topology::mesh:
      return fabric.domain > 1 ? fabric.scale_up * (std::max(n - 1, 1) / (fabric.domain - 1.0))
                               : fabric.scale_up;
    case Topology::ring: return n > 2 ? fabric.scale_up : fabric.scale_up * 0.5;
    case Topology::torus: return fabric.scale_up * torus_share(n, fabric.dimensions);
  }
  return fabric.scale_up;
}

OpCost all_reduce_cost(const Machine& machine, Bytes message, int ranks) {
  if (ranks <= 1 || message <= Bytes{}) return {};
  const auto [g, m] = spread(machine.fabric, ranks);
  if (m <= 1.0) return cost_of(machine, ranks, local_all_reduce(machine, message, g));

  const Bandwidth up = up_bandwidth(machine, static_cast<int>(g));
  const Bandwidth out = out_bandwidth(machine);
  const Bytes inside = 2.0 * (g - 1.0) / g * message;
  const Bytes between = 2.0 * (m - 1.0) / m * (message / g);
  Choice choice{"hierarchical",
                machine.efficiency.links.reduce_latency +
                    2.0 * std::log2(m) * machine.fabric.scale_out_latency +
                    (g > 1.0 ? 2.0 : 0.0) * machine.fabric.scale_up_latency,
                between / out, inside, between};
  if (g > 1.0) choice.transfer += inside / up;
  return cost_of(machine, ranks, choice);
}

OpCost all_gather_cost(const Machine& machine, Bytes shard, int ranks) {
  if (ranks <= 1 || shard <= Bytes{}) return {};
  const auto [g, m] = spread(machine.fabric, ranks);
  const Seconds software = machine.efficiency.links.reduce_latency;
  const Bytes inside = (g - 1.0) * m * shard;
  const Bytes between = (m - 1.0) * shard;
  Choice choice{"all-gather", software + machine.fabric.scale_up_latency, Seconds{}, inside,
                between};
  if (g > 1.0) choice.transfer += inside / up_bandwidth(machine, static_cast<int>(g));
  if (m > 1.0) {
    choice.transfer += between / out_bandwidth(machine);
    choice.latency += std::log2(m) * machine.fabric.scale_out_latency;
  }
  return cost_of(machine, ranks, choice);
}

OpCost expert_exchange_cost(const Machine& machine, const ExpertExchange& exchange) {
  if (exchange.ranks <= 1 || exchange.tokens <= 0) return {};
  const auto [g, m] = spread(machine.fabric, exchange.ranks);
  const double n = exchange.ranks;
  const double k = exchange.top_k;
  const Seconds software = machine.efficiency.links.all_to_all_latency;
  const Bytes volume = exchange.tokens * exchange.token_bytes;
  const Bandwidth up = up_bandwidth(machine, static_cast<int>(g));

  Choice direct{direct_exchange, software + machine.fabric.scale_up_latency, Seconds{},
                volume * (k * (g - 1.0) / n), volume * (k * (1.0 - g / n))};
  if (g > 1.0) direct.transfer = direct.up / up;
  if (m <= 1.0) {
    direct.transfer *= exchange.imbalance;
    return with_imbalance(cost_of(machine, exchange.ranks, direct), exchange.imbalance);
  }

  const Bandwidth out = out_bandwidth(machine);
  direct.latency = software + machine.fabric.scale_out_latency;
  direct.transfer = max(direct.transfer, direct.out / out) * exchange.imbalance;

  double domains = m * (1.0 - std::pow(1.0 - 1.0 / m, k));
  if (exchange.limit_domains > 0) domains = std::min(domains, exchange.limit_domains);
  Choice relayed{
      relayed_exchange,
      relay_phases * software + machine.fabric.scale_out_latency + machine.fabric.scale_up_latency,
      Seconds{}, volume * (k * (g - 1.0) / g), volume * (domains * (m - 1.0) / m)};
  relayed.transfer = relayed.out / out;
  if (g > 1.0) relayed.transfer = max(relayed.transfer, relayed.up / up);
  relayed.transfer *= exchange.imbalance;
  return with_imbalance(
      cost_of(machine, exchange.ranks, g > 1.0 ? faster(direct, relayed) : direct),
      exchange.imbalance);
}

OpCost send_cost(const Machine& machine, Bytes message, bool same_domain) {
  if (message <= Bytes{}) return {};
  if (same_domain) {
    return cost_of(machine, 2,
                   {"send", machine.fabric.scale_up_latency, message / up_bandwidth(machine, 2),
                    message, Bytes{}});
  }
  return cost_of(machine, 2,
                 {"send", machine.fabric.scale_out_latency, message / out_bandwidth(machine),
                  Bytes{}, message});
}

}  // namespace infersim
