#include "infersim/cost/domain_collective.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>

#include "cost/link_terms.hpp"

namespace infersim {
namespace {

using detail::faster;
using detail::link_cost;

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

Bandwidth shared_bandwidth(const Machine& machine, int ranks, double contention) {
  return group_bandwidth(machine.fabric, ranks) * std::pow(2.0 / ranks, contention);
}

/// What was fitted of an operation, or what the general parameters say of it.
LibraryEfficiency library_of(const Machine& machine, LinkOperation operation) {
  const LinkEfficiency& links = machine.efficiency.links;
  LibraryEfficiency library = links.library[index(operation)];
  if (library.known()) return library;
  const Seconds software =
      operation == LinkOperation::alltoall ? links.all_to_all_latency : links.reduce_latency;
  const double phases = operation == LinkOperation::all_reduce ? 2.0 : 1.0;
  library.bulk.way = {phases * (software + machine.fabric.scale_up_latency), links.scale_up};
  library.in_network = library.bulk.way;
  return library;
}

CustomAllReduce custom_of(const Machine& machine) {
  const LinkEfficiency& links = machine.efficiency.links;
  CustomAllReduce custom = links.custom;
  if (custom.known()) return custom;
  const Seconds phase = links.reduce_latency + machine.fabric.scale_up_latency;
  custom.one_shot = {phase, links.scale_up};
  custom.two_shot = {2.0 * phase, links.scale_up};
  return custom;
}

OpCost protocol_cost(std::string_view algorithm, const LinkProtocol& protocol, Bytes volume,
                     int ranks, Bandwidth links) {
  Seconds latency = protocol.way.latency + protocol.hop * (ranks - 1.0);
  if (protocol.ramp > Seconds{}) latency += protocol.ramp * (volume / (volume + protocol.knee));
  return link_cost(algorithm, latency, {volume, links * protocol.way.fraction});
}

/// The framework's own kernels for small messages, if it has any for this one.
OpCost shot_cost(const CustomAllReduce& custom, Bytes message, int ranks, Bandwidth links) {
  const double n = ranks;
  const Seconds hops = custom.hop * (n - 1.0);
  const auto shot = [&](std::string_view algorithm, const LinkWay& way, double share) {
    return link_cost(algorithm, way.latency + hops, {share * message, links * way.fraction});
  };
  if (custom.two_shot.fraction <= 0.0) return shot("one-shot", custom.one_shot, n - 1.0);
  const OpCost two = shot("two-shot", custom.two_shot, 2.0 * (n - 1.0) / n);
  if (custom.one_shot.fraction <= 0.0) return two;
  return faster(shot("one-shot", custom.one_shot, n - 1.0), two);
}

/// Two ranks send each other the message, more of them have switches add or multicast it: no faster
/// than what switches do for the library.
OpCost symmetric_cost(const Machine& machine, const CustomAllReduce& custom, Bytes message,
                      int ranks, Bandwidth links) {
  const double n = ranks;
  const double share = std::min(2.0 * (n - 1.0) / n, (n + 1.0) / n);
  const double in_network = library_of(machine, LinkOperation::all_reduce).in_network.fraction;
  const double most = in_network > 0.0 ? in_network : 1.0;
  const double fraction = custom.symmetric.fraction * std::pow(n / 2.0, custom.symmetric_ranks);
  return link_cost("symmetric", custom.symmetric.latency,
                   {share * message, links * std::min(share * fraction, most)});
}

OpCost graph_all_reduce(const Machine& machine, const CustomAllReduce& custom, Bytes message,
                        int ranks) {
  const double eighths = ranks / 8.0;
  const Bandwidth links = shared_bandwidth(machine, ranks, custom.contention);
  const bool limited = custom.limit > Bytes{};
  if (limited && message < custom.limit * std::pow(eighths, custom.limit_ranks)) {
    return shot_cost(custom, message, ranks, links);
  }
  if (message < custom.symmetric_limit * std::pow(eighths, custom.symmetric_limit_ranks)) {
    return symmetric_cost(machine, custom, message, ranks, links);
  }
  const OpCost library = library_cost(machine, LinkOperation::all_reduce, message, ranks);
  return limited ? library : faster(shot_cost(custom, message, ranks, links), library);
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

OpCost library_cost(const Machine& machine, LinkOperation operation, Bytes all, int ranks,
                    NumberType type) {
  if (ranks <= 1 || all <= Bytes{}) return {};
  const double n = ranks;
  const bool sums = operation == LinkOperation::all_reduce;
  const LibraryEfficiency library = library_of(machine, operation);
  const Bandwidth links = shared_bandwidth(machine, ranks, library.contention);
  const Bytes volume = (sums ? 2.0 : 1.0) * (n - 1.0) / n * all;
  OpCost best =
      protocol_cost(sums ? "two-shot" : name(operation), library.bulk, volume, ranks, links);
  if (library.low.way.fraction > 0.0) {
    best = faster(best, protocol_cost("low-latency", library.low, volume, ranks, links));
  }
  const bool switches_add = machine.fabric.in_network_reduction && width(type) == 16 && ranks > 2;
  if (sums && switches_add && library.in_network.fraction > 0.0) {
    best = faster(best, link_cost("in-network", library.in_network.latency,
                                  {(n + 1.0) / n * all, links * library.in_network.fraction}));
  }
  return best;
}

OpCost framework_all_reduce_cost(const Machine& machine, Bytes message, int ranks, Launch launch) {
  if (ranks <= 1 || message <= Bytes{}) return {};
  const CustomAllReduce custom = custom_of(machine);
  OpCost cost = graph_all_reduce(machine, custom, message, ranks);
  if (launch == Launch::graph || !machine.timed_alone) return cost;
  if (custom.copy > 0.0) cost.extra = 2.0 * message / (machine.memory_bandwidth * custom.copy);
  const Seconds device = cost.latency + cost.extra + cost.link;
  const Seconds host = machine.launch * custom.host;
  if (host > device) cost.latency += host - device;
  detail::settle(cost);
  return cost;
}

}  // namespace infersim
