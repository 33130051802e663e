#include "infersim/cost/collective.hpp"

#include <algorithm>
#include <cmath>
#include <optional>

#include "cost/link_terms.hpp"
#include "infersim/cost/exchange_kernel.hpp"

namespace infersim {
namespace {

using detail::faster;
using detail::link_cost;

/// Software latencies of a relayed exchange: ranks tell each other how much will come, the host
/// waits for that, and tokens move in two hops.
constexpr double relay_phases = 8.0;

Bandwidth up_bandwidth(const Machine& machine, int ranks) {
  return group_bandwidth(machine.fabric, ranks) * machine.efficiency.links.scale_up;
}

Bandwidth out_bandwidth(const Machine& machine) {
  return machine.fabric.scale_out * machine.efficiency.links.scale_out;
}

/// Ranks of a group of neighbours that share a domain, and the number of domains it spans.
struct Spread {
  int local;
  double domains;
};

Spread spread(const Fabric& fabric, int ranks) {
  const int local = std::min(ranks, fabric.domain);
  return {local, std::ceil(static_cast<double>(ranks) / local)};
}

/// What goes over the NIC after, before or between what `cost` does in the domain.
void add_between(const Machine& machine, OpCost& cost, Bytes sent, Seconds latency) {
  const detail::Sent out{sent, out_bandwidth(machine)};
  cost.latency += latency;
  cost.link += out.time();
  cost.activity.scale_out = out.bytes;
  cost.out_bandwidth = out.rate;
  detail::settle(cost);
}

/// One of the log2(m) steps of a collective between domains: the host or a proxy of the library
/// hands each message to the NIC and waits for its counterpart.
Seconds step_between(const Machine& machine) {
  return machine.fabric.scale_out_latency + machine.efficiency.links.between_latency;
}

/// The same operations one after the other, started as one. The bandwidth is that of all bytes.
OpCost as_one(const Machine& machine, const OpCost& first, const OpCost& second) {
  OpCost both = first;
  both.latency += second.latency - machine.efficiency.links.reduce_latency;
  both.link += second.link;
  both.activity += second.activity;
  if (both.link > Seconds{}) both.up_bandwidth = both.activity.scale_up / both.link;
  return both;
}

/// Copies of tokens use links and NICs at once; the busiest rank's take longest.
OpCost exchange_cost(const Machine& machine, std::string_view algorithm, Seconds latency, Bytes up,
                     Bytes out, int local, double imbalance) {
  OpCost cost = link_cost(algorithm, latency, {up, up_bandwidth(machine, local)},
                          {out, out_bandwidth(machine)});
  const detail::Sent inside{up, cost.up_bandwidth};
  const detail::Sent between{out, cost.out_bandwidth};
  cost.link = max(inside.time(), between.time()) * imbalance;
  cost.imbalance = imbalance;
  detail::settle(cost);
  return cost;
}

}  // namespace

OpCost all_reduce_cost(const Machine& machine, Bytes message, int ranks) {
  if (ranks <= 1 || message <= Bytes{}) return {};
  const auto [g, m] = spread(machine.fabric, ranks);
  if (m <= 1.0) return framework_all_reduce_cost(machine, message, g);

  OpCost cost;
  if (g > 1) {
    cost = as_one(machine, library_cost(machine, LinkOperation::reduce_scatter, message, g),
                  library_cost(machine, LinkOperation::all_gather, message, g));
  } else {
    cost.latency = machine.efficiency.links.reduce_latency;
  }
  cost.algorithm = "hierarchical";
  add_between(machine, cost, 2.0 * (m - 1.0) / m * (message / static_cast<double>(g)),
              2.0 * std::log2(m) * step_between(machine));
  return cost;
}

OpCost all_gather_cost(const Machine& machine, Bytes shard, int ranks) {
  if (ranks <= 1 || shard <= Bytes{}) return {};
  const auto [g, m] = spread(machine.fabric, ranks);
  OpCost cost;
  if (g > 1) {
    cost = library_cost(machine, LinkOperation::all_gather, g * m * shard, g);
  } else {
    cost.latency = machine.efficiency.links.reduce_latency;
  }
  cost.algorithm = "all-gather";
  if (m > 1.0) {
    add_between(machine, cost, (m - 1.0) * shard, std::log2(m) * step_between(machine));
  }
  return cost;
}

namespace {

/// The fastest of the framework's own kernels; nothing where none were fitted.
std::optional<OpCost> fitted_exchange(const Machine& machine, const ExpertExchange& exchange,
                                      double domains) {
  ExchangeShape shape;
  shape.ranks = exchange.ranks;
  shape.domains = domains;
  shape.tokens = exchange.tokens;
  shape.top_k = exchange.top_k;
  shape.experts = exchange.experts;
  shape.limit_domains = exchange.limit_domains;
  shape.imbalance = exchange.imbalance;
  std::optional<OpCost> best;
  for (const ExchangeKernels& kernels : machine.efficiency.links.exchanges) {
    const auto& moves =
        kernels.pass(exchange.back ? ExchangePass::combine : ExchangePass::dispatch);
    if (!moves.known()) continue;
    shape.token_bytes = exchange.token_bytes;
    OpCost cost = exchange_pass_cost(machine, moves, shape);
    const ExchangeEfficiency& prepares = kernels.pass(ExchangePass::prepare);
    if (!exchange.back && prepares.known()) {
      shape.token_bytes = {};
      cost.latency += exchange_pass_cost(machine, prepares, shape).time;
      detail::settle(cost);
    }
    if (!best || cost.time < best->time) best = cost;
  }
  return best;
}

}  // namespace

OpCost expert_exchange_cost(const Machine& machine, const ExpertExchange& exchange) {
  if (exchange.ranks <= 1 || exchange.tokens <= 0) return {};
  const auto [local, m] = spread(machine.fabric, exchange.ranks);
  if (const auto fitted = fitted_exchange(machine, exchange, m)) return *fitted;
  const double g = local;
  const double n = exchange.ranks;
  const double k = exchange.top_k;
  const Bytes volume = exchange.tokens * exchange.token_bytes;
  if (m <= 1.0) {
    OpCost cost =
        library_cost(machine, LinkOperation::alltoall, volume * (k * exchange.imbalance), local);
    cost.algorithm = direct_exchange;
    cost.imbalance = exchange.imbalance;
    cost.activity.scale_up = cost.activity.scale_up / exchange.imbalance;
    return cost;
  }

  const Seconds software = machine.efficiency.links.all_to_all_latency;
  const Seconds out_hop = machine.fabric.scale_out_latency;
  const OpCost direct =
      exchange_cost(machine, direct_exchange, software + out_hop, volume * (k * (g - 1.0) / n),
                    volume * (k * (1.0 - g / n)), local, exchange.imbalance);
  if (local <= 1) return direct;

  double domains = m * (1.0 - std::pow(1.0 - 1.0 / m, k));
  if (exchange.limit_domains > 0) domains = std::min(domains, exchange.limit_domains);
  const OpCost relayed = exchange_cost(
      machine, relayed_exchange,
      relay_phases * software + out_hop + machine.fabric.scale_up_latency,
      volume * (k * (g - 1.0) / g), volume * (domains * (m - 1.0) / m), local, exchange.imbalance);
  return faster(direct, relayed);
}

OpCost send_cost(const Machine& machine, Bytes message, bool same_domain) {
  if (message <= Bytes{}) return {};
  if (same_domain) {
    return link_cost("send", machine.fabric.scale_up_latency, {message, up_bandwidth(machine, 2)});
  }
  return link_cost("send", machine.fabric.scale_out_latency, {}, {message, out_bandwidth(machine)});
}

}  // namespace infersim
