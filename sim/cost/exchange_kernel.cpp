#include "infersim/cost/exchange_kernel.hpp"

#include <algorithm>
#include <cmath>

#include "cost/link_terms.hpp"
#include "infersim/cost/collective.hpp"

namespace infersim {
namespace {

constexpr double near = 4;   // domains within which relays keep the NIC's rate
constexpr double sharp = 8;  // the later of host and device, and little more

double units_of(const Machine& machine, const ExchangeEfficiency& efficiency,
                const ExchangeShape& shape) {
  const double given = shape.units > 0.0 ? shape.units : efficiency.units;
  if (given > 0.0) return given;
  const double all = machine.units;
  return shape.experts > 0.0 ? std::min(all, shape.experts) : all;
}

}  // namespace

double touched_groups(double groups, double top_k, double experts) {
  if (groups <= 1.0) return 1.0;
  if (experts <= 0.0) return groups * (1.0 - std::pow(1.0 - 1.0 / groups, top_k));
  double untouched = 1.0;
  for (double i = 0.0; i < top_k; i += 1.0) {
    const double share = std::min(top_k - i, 1.0);  // of a last expert that is not whole
    const double left = std::max(experts - i, 1.0);
    untouched *= 1.0 - share * std::min(experts / groups / left, 1.0);
  }
  return groups * (1.0 - untouched);
}

OpCost exchange_pass_cost(const Machine& machine, const ExchangeEfficiency& efficiency,
                          const ExchangeShape& shape) {
  OpCost cost;
  if (shape.ranks <= 1 || shape.tokens <= 0.0) return cost;
  const double n = shape.ranks;
  const double m = std::max(shape.domains, 1.0);
  const double g = n / m;
  const bool relayed = efficiency.relayed;
  double domains = relayed ? touched_groups(m, shape.top_k, shape.experts) : shape.top_k;
  if (relayed && shape.limit_domains > 0.0) domains = std::min(domains, shape.limit_domains);
  double ranks = relayed ? touched_groups(n, shape.top_k, shape.experts) : shape.top_k;
  if (relayed) ranks = std::min(ranks, domains * g);
  const Bytes volume = shape.tokens * shape.token_bytes;
  const double inside = relayed ? ranks * (g - 1.0) / g : shape.top_k * (g - 1.0) / n;

  const double contention = std::pow(2.0 / n, efficiency.contention);
  const double far = m > near ? efficiency.far : 1.0;
  const detail::Sent up{inside * volume, group_bandwidth(machine.fabric, static_cast<int>(g)) *
                                             (efficiency.fraction * contention)};
  const detail::Sent out{domains * (m - 1.0) / m * volume,
                         machine.fabric.scale_out * (efficiency.out_fraction * far)};
  const double units = units_of(machine, efficiency, shape);
  Seconds unit = shape.tokens * efficiency.token / units;
  if (efficiency.unit_bandwidth > Bandwidth{}) {
    const double passing = ranks + (m > 1.0 ? domains : 0.0);
    unit += passing * volume / (units * efficiency.unit_bandwidth);
  }
  const Seconds busy = shape.imbalance * smooth_max(unit, up.time(), out.time(), efficiency.blend);
  const double ramped = shape.tokens / (shape.tokens + efficiency.ramp_tokens);
  const Seconds fixed = efficiency.latency + std::log2(g) * efficiency.hop +
                        std::log2(m) * efficiency.domain_hop + shape.experts * efficiency.expert +
                        ramped * efficiency.ramp;
  Seconds time = smooth_max(fixed, busy, {}, efficiency.overlap);
  if (machine.timed_alone && efficiency.host > Seconds{}) {
    time = smooth_max(time, machine.launch * efficiency.host, {}, sharp);
  }
  cost.algorithm = relayed ? relayed_exchange : direct_exchange;
  // What the networks do not explain is fixed time or that of the units, which hide part of it.
  cost.link = min(shape.imbalance * max(up.time(), out.time()), time);
  cost.latency = time - cost.link;
  cost.activity.scale_up = up.bytes;
  cost.activity.scale_out = out.bytes;
  if (up.bytes > Bytes{}) cost.up_bandwidth = up.rate;
  if (out.bytes > Bytes{}) cost.out_bandwidth = out.rate;
  cost.imbalance = shape.imbalance;
  cost.rows = shape.tokens;
  detail::settle(cost);
  return cost;
}

}  // namespace infersim
