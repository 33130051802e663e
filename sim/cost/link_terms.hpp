#pragma once

#include <string_view>

#include "infersim/cost/op_cost.hpp"

// What the costs of collectives are put together from.
namespace infersim::detail {

/// Bytes on one network and the bandwidth that they get.
struct Sent {
  Bytes bytes;
  Bandwidth rate;

  [[nodiscard]] Seconds time() const { return bytes > Bytes{} ? bytes / rate : Seconds{}; }
};

/// Adds up the terms of a collective and says what bounds it.
inline void settle(OpCost& cost) {
  cost.time = cost.latency + cost.extra + cost.link;
  cost.bound = cost.latency + cost.extra > cost.link ? Bound::latency : Bound::link;
}

/// Bytes that go over scale-up links first and then over the NIC.
inline OpCost link_cost(std::string_view algorithm, Seconds latency, Sent up, Sent out = {}) {
  OpCost cost;
  cost.algorithm = algorithm;
  cost.latency = latency;
  cost.link = up.time() + out.time();
  cost.activity.scale_up = up.bytes;
  cost.activity.scale_out = out.bytes;
  if (up.bytes > Bytes{}) cost.up_bandwidth = up.rate;
  if (out.bytes > Bytes{}) cost.out_bandwidth = out.rate;
  settle(cost);
  return cost;
}

inline const OpCost& faster(const OpCost& a, const OpCost& b) { return b.time < a.time ? b : a; }

}  // namespace infersim::detail
