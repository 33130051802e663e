#include "infersim/cost/expert_load.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace infersim {
namespace {

constexpr double packed_rows = 128;  // with which an expert is filled before the next

/// Integral of x^(p-1) from a to b.
double power_integral(double a, double b, double p) {
  if (std::abs(p) < 1e-9) return std::log(b / a);
  return (std::pow(b, p) - std::pow(a, p)) / p;
}

/// Expected maximum of n standard normal variables: Gumbel's limit with its second-order terms.
double normal_maximum(double n) {
  if (n <= 1.0) return 0.0;
  const double log_n = std::log(std::max(n, 2.0));
  const double l = std::sqrt(2.0 * log_n);
  return l - (std::log(log_n) + std::log(4.0 * std::numbers::pi)) / (2.0 * l) + 0.5772 / l;
}

double mean_rows(const ExpertRouting& routing) {
  return routing.tokens * routing.top_k / routing.groups;
}

/// Busiest over mean rank of `groups` that share experts of relative variance `variance`, none of
/// which has more than `largest` times the mean.
double busiest_share(double groups, double variance, double largest) {
  if (groups <= 1.0) return 1.0;
  const double shape = 1.0 / variance;  // of a gamma variable of mean 1
  const double root = 1.0 - 1.0 / (9.0 * shape) + normal_maximum(groups) / (3.0 * std::sqrt(shape));
  const double maximum = std::pow(std::max(root, 1.0), 3);
  // A maximum that is smooth where its bounds meet.
  const double bounded = std::pow(std::pow(maximum, -4) + std::pow(largest, -4), -0.25);
  return std::clamp(bounded, 1.0, groups);
}

}  // namespace

double ExpertLoad::share_above(double least_rows) const {
  return power_integral(std::clamp(least_rows, least_, most_), most_, exponent_) / whole_;
}

double ExpertLoad::mean_above(double least_rows) const {
  return power_integral(std::clamp(least_rows, least_, most_), most_, 1.0 + exponent_) / whole_;
}

void ExpertLoad::draw_power_law(const ExpertRouting& routing) {
  const double mean = mean_rows(routing);
  const bool many = routing.tokens * routing.top_k > routing.replicas;
  const double least = many ? 1.0 : 0.01;
  const double most = many ? std::max(0.8 * routing.tokens, 1.5) : 2.0;
  exponent_ = 1.0 - routing.exponent;
  const double whole = power_integral(least, most, exponent_);
  const double first = power_integral(least, most, exponent_ + 1.0) / whole;
  const double second = power_integral(least, most, exponent_ + 2.0) / whole;
  const double variance = std::max(second / (first * first) - 1.0, 1e-3);
  // A small batch is drawn in whole rows: its counts scatter by about 0.4 of a Poisson draw.
  const double scatter = many ? 0.0 : 0.4 / mean;
  const double share = busiest_share(routing.groups, variance / local + scatter, most / first);
  rows = std::max(routing.rank_rows > 0 ? routing.rank_rows : mean * share, 1.0);
  const double scale = rows / (local * first);
  least_ = least * scale;
  most_ = most * scale;
  whole_ = whole * std::pow(scale, exponent_);
  // Rows lost to rounding go one each to the largest.
  const double rounded = local * share_above(0.5);
  const double lost = std::clamp(1.0 - local * mean_above(0.5) / rows, 0.0, 1.0) * rows;
  active = std::min(std::max({rounded, std::min(lost, local), 1.0}), rows);
}

double ExpertLoad::tiles(double tile_rows) const {
  const double each = rows / active / tile_rows;
  switch (routing_) {
    case Routing::balanced:
    case Routing::packed: return active * std::ceil(each - 1e-9);
    case Routing::uniform:
    case Routing::served: break;
    case Routing::power_law: {
      const double full = local * share_above(tile_rows);
      return std::max(active - full, 0.0) + local * mean_above(tile_rows) / tile_rows + 0.5 * full;
    }
  }
  return active * std::max(1.0, each + 0.5);
}

double expert_imbalance(const ExpertRouting& routing) {
  const double mean = mean_rows(routing);
  if (routing.groups <= 1 || mean <= 0) return 1.0;
  const double draw = std::sqrt(2.0 * std::log(routing.groups) / mean);
  return std::min(1.0 + routing.skew + draw, routing.groups);
}

ExpertLoad expert_load(const ExpertRouting& routing) {
  ExpertLoad load;
  const double mean = mean_rows(routing);
  if (mean <= 0) return load;
  load.routing_ = routing.routing;
  load.local = routing.replicas / routing.groups;
  switch (routing.routing) {
    case Routing::power_law: load.draw_power_law(routing); break;
    case Routing::balanced:
      load.rows = std::max(mean, 1.0);
      load.active = std::min(load.local, std::ceil(load.rows));
      break;
    case Routing::packed:
      load.rows = std::max(mean, 1.0);
      load.active = std::min(load.local, std::ceil(load.rows / packed_rows));
      break;
    case Routing::served: load.imbalance = expert_imbalance(routing); [[fallthrough]];
    case Routing::uniform: {
      load.rows = mean * load.imbalance;
      const double each = routing.tokens * routing.top_k / routing.replicas;
      const double untouched =
          routing.variation > 0 ? std::pow(1.0 + routing.variation * each, -1.0 / routing.variation)
                                : std::pow(1.0 - routing.top_k / routing.replicas, routing.tokens);
      const double touched = 1.0 - untouched;
      load.active = std::max(std::min(load.local * touched, mean), std::min(1.0, mean));
      if (routing.routing == Routing::served && routing.groups > 1) {
        const double spread = std::sqrt(load.local * touched * untouched);
        load.active = std::min(
            {load.active + normal_maximum(routing.groups) * spread, load.local, load.rows});
      }
      break;
    }
  }
  return load;
}

}  // namespace infersim
