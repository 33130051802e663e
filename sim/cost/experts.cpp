#include "infersim/cost/experts.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "cost/kernel_terms.hpp"
#include "infersim/workload/checkpoint.hpp"

namespace infersim {
namespace {

using namespace detail;

constexpr double cache_gain = 5;   // bandwidth of weights in the cache, over memory's
constexpr double last_wave = 0.5;  // expected part of a wave that is not full
constexpr double value = 2;        // bytes, of activations between kernels
constexpr double launches = 6;     // of the chain, over which its fixed time is spread
constexpr double permute_launches = 2;

/// What the parts of a layer have in common.
struct Layer {
  const Machine& machine;
  const KernelEfficiency& efficiency;
  const ExpertShape& shape;
  const ExpertLoad& load;

  [[nodiscard]] const ExpertTuning& tuning() const { return efficiency.experts; }
  [[nodiscard]] double inner() const {
    return std::ceil(shape.inner / tuning().pad) * tuning().pad;
  }
  /// Gate and up projection.
  [[nodiscard]] double wide() const { return (shape.gated ? 2 : 1) * inner(); }
  [[nodiscard]] double weight_size() const {
    return tuning().stored > 0 ? tuning().stored
                               : stored_size(shape.weights, shape.weight_bits).base();
  }
  /// Size of a working set over the part of the cache that it survives in.
  [[nodiscard]] double over_cache(Bytes set) const {
    return set / (machine.cache_capacity * tuning().resident);
  }
  [[nodiscard]] double copies_seen() const {
    return shape.sorted ? load.rows : shape.routing.tokens * shape.routing.top_k;
  }
  [[nodiscard]] Seconds fixed() const {
    const double tokens =
        shape.sorted ? std::min(shape.routing.tokens, load.rows) : shape.routing.tokens;
    return efficiency.latency + tuning().ramp * (tokens / (tokens + tuning().ramp_tokens)) +
           load.local * tuning().per_expert;
  }
};

/// Whether copies arrive in the order of experts and leave to be added up elsewhere.
bool sorted_on_the_way(const ExpertTuning& tuning, const ExpertShape& shape) {
  return shape.sorted && shape.routing.tokens <= tuning.exchange_sorts * shape.routing.groups;
}

double fourth(double x) { return (x * x) * (x * x); }

/// Share of the weights that the repetition before has left in the cache.
double kept_weights(const Layer& layer) {
  if (!layer.machine.timed_alone || layer.machine.cache_capacity <= Bytes{}) return 0.0;
  const double inner = layer.inner();
  const Bytes weights{layer.load.active * layer.shape.hidden * (layer.wide() + inner) *
                      layer.weight_size()};
  return 1.0 / (1.0 + fourth(layer.over_cache(weights)));
}

OpCost product(const Layer& layer, double n, double k) {
  const auto& [machine, efficiency, shape, load] = layer;
  const ExpertTuning& tuning = efficiency.experts;
  const ExpertRouting& routing = shape.routing;
  const double expected = tuning.tile_share * routing.tokens * routing.top_k / routing.replicas;
  const double tm = tile_rows_for(expected, tuning.least_tile_rows, efficiency.tile_rows);
  const double columns = std::max(n / tuning.columns, 1.0);
  const double row_tiles = load.tiles(tm);
  const double tiles = row_tiles * columns;
  const double share = shape.sorted ? 1.0 : std::max(tuning.sharded, 1.0 / routing.groups);
  const FlopRate rate = machine.peak[index(shape.compute)] * (efficiency.compute * share);
  const double width_of_item = std::min(tuning.columns, n);
  const double waves = std::max(1.0, tiles / machine.units + last_wave);
  const Flops item{2.0 * (tm + tuning.tile_extra) * width_of_item * k};

  OpCost cost;
  cost.compute = waves * machine.units * (item / rate);
  cost.useful_flops = Flops{2.0 * load.rows * n * k};
  cost.activity.flops[index(shape.compute)] = Flops{2.0 * tiles * tm * width_of_item * k};
  cost.tile_efficiency =
      cost.useful_flops / (cost.compute * machine.peak[index(shape.compute)] * efficiency.compute);

  const double a =
      bytes_of(infersim::width(shape.compute) < 16 ? shape.compute : shape.activations);
  const double weights = load.active * n * k * layer.weight_size();
  const double cold = 1.0 - kept_weights(layer) * (1.0 - 1.0 / cache_gain);
  const double outputs = load.rows * value * n;
  cost.activity.memory = Bytes{weights * cold + load.rows * k * a + outputs};
  cost.activity.on_chip =
      Bytes{weights * row_tiles / load.active + load.rows * k * a * columns + outputs};
  const double thin = tuning.fill * machine.units / (load.active * columns);
  const double filled = thin > 0.0 ? 1.0 / std::sqrt(1.0 + thin * thin) : 1.0;
  cost.bandwidth_fraction = efficiency.bandwidth * filled;
  cost.memory = cost.activity.memory / (machine.memory_bandwidth * cost.bandwidth_fraction);
  return cost;
}

/// Passes over activations of `width` values, of which `share` are this part's. Time counts passes
/// as they were fitted, bytes the `accesses` to each value that there have to be where nothing is
/// fused. Fits with fewer are of libraries that gather rows as a product loads them, or add copies
/// up as it writes them: those bytes are the product's, and no more count here than pass in the
/// time.
OpCost passes(const Layer& layer, double width, double all, double share, double accesses) {
  const Machine& machine = layer.machine;
  const double sweep = layer.tuning().sweep;
  const double rows = layer.tuning().rows * layer.load.rows + all * layer.copies_seen();
  const Bytes swept{value * rows * width};
  double cached = 0.0;
  if (machine.cache_capacity > Bytes{}) {
    const double over = layer.over_cache(swept);
    cached = 1.0 / (1.0 + over * over);
  }
  const Seconds time = share * (swept / machine.memory_bandwidth) / (1.0 + (sweep - 1.0) * cached);
  OpCost cost;
  if (time <= Seconds{}) return cost;
  const Bytes touched{value * layer.load.rows * width * accesses};
  cost.activity.memory = min((1.0 - cached) * touched, time * machine.memory_bandwidth);
  cost.activity.on_chip = touched;
  if (cached < 0.5) {
    cost.memory = time;
    cost.bandwidth_fraction = cost.activity.memory / (time * machine.memory_bandwidth);
  } else {
    // Of an unpublished cache the fit says how much faster than memory it is.
    const Bandwidth cache = max(machine.cache_bandwidth, sweep * machine.memory_bandwidth);
    cost.on_chip = time;
    cost.on_chip_bandwidth = cache;
    cost.activity.on_chip = min(touched, time * cache);
    cost.bandwidth_fraction = cost.activity.on_chip / (time * cache);
  }
  return cost;
}

OpCost busy_part(const Layer& layer, ExpertPart part) {
  const double hidden = layer.shape.hidden;
  const ExpertTuning& tuning = layer.tuning();
  switch (part) {
    case ExpertPart::permute:
    case ExpertPart::sum: return passes(layer, hidden, tuning.all_hidden, 0.5, 2);
    case ExpertPart::up: return product(layer, layer.wide(), hidden);
    case ExpertPart::activation:
      return passes(layer, layer.wide() + layer.inner(), tuning.all_inner, 1, 1);
    case ExpertPart::down: return product(layer, hidden, layer.inner());
  }
  return {};
}

}  // namespace

double weights_of(const ExpertShape& shape, ExpertPart part) {
  switch (part) {
    case ExpertPart::up: return (shape.gated ? 2.0 : 1.0) * shape.hidden * shape.inner;
    case ExpertPart::down: return shape.inner * shape.hidden;
    case ExpertPart::permute:
    case ExpertPart::activation:
    case ExpertPart::sum: break;
  }
  return 0.0;
}

OpCost expert_part_cost(const Machine& machine, const KernelEfficiency& efficiency,
                        const ExpertShape& shape, const ExpertLoad& load, ExpertPart part) {
  if (load.rows <= 0) return {};
  const bool moves = part == ExpertPart::permute || part == ExpertPart::sum;
  if (moves && sorted_on_the_way(efficiency.experts, shape)) return {};
  const Layer layer{machine, efficiency, shape, load};
  OpCost cost = busy_part(layer, part);
  const bool permutes = part == ExpertPart::permute;
  Seconds latency = layer.fixed() * ((permutes ? permute_launches : 1.0) / launches);
  if (permutes) {
    latency +=
        machine.timed_alone ? machine.launch * efficiency.experts.host : efficiency.experts.routing;
  }
  const double fraction = cost.bandwidth_fraction;
  finish(cost, efficiency, latency);
  cost.bandwidth_fraction = fraction;
  cost.rows = load.rows;
  cost.imbalance = load.imbalance;
  cost.mean_share = 1.0 / load.imbalance;
  cost.active_experts = load.active;
  return cost;
}

OpCost experts_cost(const Machine& machine, const KernelEfficiency& efficiency,
                    const ExpertShape& shape) {
  constexpr std::array parts = {ExpertPart::permute, ExpertPart::up, ExpertPart::activation,
                                ExpertPart::down, ExpertPart::sum};
  const ExpertLoad load = expert_load(shape.routing);
  OpCost whole;
  for (const ExpertPart part : parts) {
    whole = in_sequence(whole, expert_part_cost(machine, efficiency, shape, load, part));
  }
  return whole;
}

}  // namespace infersim
