#include "infersim/cost/gemm.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <span>

#include "cost/kernel_terms.hpp"
#include "infersim/workload/checkpoint.hpp"

namespace infersim {
namespace {

using namespace detail;

constexpr double whole_k = 64;              // sums are cut in pieces of so many values
constexpr double shortest_part = 128;       // of a split sum, in a tuned library
constexpr double shortest_of_fixed = 1024;  // and where nothing is known of the library

constexpr std::array<double, 5> powers = {1, 2, 4, 8, 16};
constexpr std::array<double, 5> sides = {16, 32, 64, 128, 256};

/// The rows of a set that follows m: powers of two within [least, most].
struct Following {
  double least;
  double most;
};

struct Tiles {
  std::vector<std::pair<double, double>> shapes;  ///< rows, columns
  bool splits;
  double shortest;  ///< part of a split sum
};

Following following(const KernelEfficiency& efficiency) {
  switch (efficiency.gemm.tiles) {
    case TileSet::fixed: return {1, static_cast<double>(efficiency.tile_rows)};
    case TileSet::rows64: return {64, 256};
    case TileSet::rows16: return {16, 256};
    default: return {0, 0};
  }
}

bool follows_m(TileSet tiles) { return tiles != TileSet::split && tiles != TileSet::single; }

Tiles tiles_of(const KernelEfficiency& efficiency) {
  constexpr double largest = 256 * 128;
  Tiles tiles{{}, true, shortest_part};
  const auto add = [&](double rows, double columns) {
    const std::pair shape{rows, columns};
    if (std::ranges::find(tiles.shapes, shape) == tiles.shapes.end()) {
      tiles.shapes.push_back(shape);
    }
  };
  switch (efficiency.gemm.tiles) {
    case TileSet::fixed:
      for (double rows = 1; rows < efficiency.tile_rows; rows *= 2)
        add(rows, efficiency.tile_columns);
      add(efficiency.tile_rows, efficiency.tile_columns);
      tiles.shortest = shortest_of_fixed;
      break;
    case TileSet::split:
    case TileSet::single:
      tiles.splits = efficiency.gemm.tiles == TileSet::split;
      for (const double rows : {64.0, 128.0, 256.0}) {
        for (const double columns : sides) {
          if (rows * columns > largest) continue;
          add(rows, columns);
          if (tiles.splits) add(columns, rows);
        }
      }
      break;
    case TileSet::rows64:
      tiles.splits = false;
      for (const double rows : {64.0, 128.0, 256.0}) {
        for (const double columns : {64.0, 128.0, 256.0}) {
          if (rows * columns <= largest) add(rows, columns);
        }
      }
      break;
    case TileSet::rows16:
      for (const double rows : sides) {
        for (const double columns : {32.0, 64.0, 128.0, 256.0}) {
          if (rows * columns <= largest) add(rows, columns);
        }
      }
      break;
  }
  return tiles;
}

bool quantises(const GemmShape& shape) { return width(shape.compute) < 16; }

Bytes activation_size(const GemmShape& shape) {
  return storage_size(quantises(shape) ? shape.compute : shape.activations);
}

/// How weights come in: past vectors, as fast as memory has them, or through the tiles of products.
struct Stream {
  double bandwidth;
  double blend;
};

Stream stream_of(const KernelEfficiency& efficiency, double m) {
  const GemmTuning& tuning = efficiency.gemm;
  if (m <= tuning.vector_rows) return {tuning.vector_bandwidth, tuning.vector_blend};
  return {efficiency.bandwidth, efficiency.blend};
}

/// The share of `bytes` that a benchmark's next repetition finds in the cache.
double warm_share(const Machine& machine, Bytes bytes, double keep, double sharpness) {
  if (keep <= 0 || bytes <= Bytes{} || machine.cache_capacity <= Bytes{}) return 0.0;
  const double fits = std::pow(keep * machine.cache_capacity / bytes, sharpness);
  return fits / (1.0 + fits);
}

/// What a caller without a graph takes to launch.
Seconds host_time(const GemmTuning& tuning, double m, const GemmShape& shape) {
  constexpr double few = 32;
  constexpr double thin_n = 64;
  constexpr double thin_k = 128;
  constexpr double whole_rows = 4;
  Seconds host = tuning.host;
  if (m < few) host *= tuning.host_few;
  if (shape.n < thin_n || shape.k < thin_k) host *= tuning.host_thin;
  if (std::fmod(m, whole_rows) != 0) host *= tuning.host_padded;
  return host;
}

}  // namespace

/// The terms of the tile shape that was chosen.
struct GemmPlan::Choice {
  Seconds time = Seconds::infinity();  ///< without latency and quantisation
  Seconds compute;
  Seconds memory;
  Seconds split;
  double executed = 0;  ///< flops
  bool waits = false;   ///< for steps along k
};

GemmPlan::GemmPlan(const Machine& machine, const KernelEfficiency& efficiency,
                   const GemmShape& shape)
    : shape_(shape) {
  const GemmTuning& tuning = efficiency.gemm;
  const bool follows = follows_m(tuning.tiles);
  const FlopRate rate = machine.peak[index(shape.compute)] * (efficiency.compute / machine.units);
  const Bandwidth share = machine.memory_bandwidth / machine.units;
  const double count = shape.count;
  const double a = activation_size(shape).base();
  weights_ = shape.n * shape.k * stored_size(shape.weights, shape.weight_bits) * count;
  row_ = Bytes{(shape.k * a + 2.0 * shape.n) * count};
  if (quantises(shape)) {
    narrowing_ = Bytes{shape.k * (2.0 + a) * count};
    narrowing_time_ = tuning.quantise_row +
                      narrowing_ / (machine.memory_bandwidth * std::max(tuning.quantise, 1e-6));
  }
  const Tiles tiles = tiles_of(efficiency);
  for (const double splits : std::span(powers).first(tiles.splits ? powers.size() : 1)) {
    if (splits > 1 && shape.k / splits < tiles.shortest) break;
    const double part = std::ceil(shape.k / splits / whole_k) * whole_k;
    for (const auto& [rows, columns] : tiles.shapes) {
      const double wanted = follows ? rows : 0.0;
      if (groups_.empty() || groups_.back().splits != splits || groups_.back().rows != wanted) {
        add_group(machine, tuning, wanted, splits);
      }
      const double flops =
          2.0 * (rows * columns + tuning.side * (rows + columns) + tuning.widen * columns);
      const Seconds step = max(Flops{flops} / rate, tuning.k_latency);
      add({.rows = rows,
           .load = std::ceil(shape.n / columns) * shape.count * splits / machine.units,
           .time = part * step + Bytes{2.0 * rows * columns} * tuning.write / share,
           .executed = 2.0 * rows * columns * shape.k / splits,
           .waits = Flops{flops} / rate < tuning.k_latency},
          groups_.back());
      groups_.back().to = tiles_.size();
    }
  }
}

void GemmPlan::add_group(const Machine& machine, const GemmTuning& tuning, double rows,
                         double splits) {
  Group group{.rows = rows,
              .splits = splits,
              .split = {},
              .split_per_row = {},
              .from = tiles_.size(),
              .to = tiles_.size()};
  if (splits > 1) {
    const Bytes parts{8.0 * splits * shape_.n * shape_.count};
    group.split = tuning.split_latency + splits * tuning.split_step;
    group.split_per_row = tuning.split_traffic * (parts / machine.memory_bandwidth);
  }
  groups_.push_back(group);
}

/// Of equal rows and splits, a tile that is neither slower nor needed more often is always better.
void GemmPlan::add(Tile tile, const Group& group) {
  const auto beats = [](const Tile& a, const Tile& b) {
    return a.rows == b.rows && a.load <= b.load && a.time <= b.time;
  };
  const auto from = tiles_.begin() + static_cast<std::ptrdiff_t>(group.from);
  if (std::any_of(from, tiles_.end(), [&](const Tile& other) { return beats(other, tile); })) {
    return;
  }
  tiles_.erase(
      std::remove_if(from, tiles_.end(), [&](const Tile& other) { return beats(tile, other); }),
      tiles_.end());
  tiles_.push_back(tile);
}

/// Takes the best tile of a group if it beats `best`. Compute time is found first: memory time is
/// the same for all tiles but where units in flight limit it.
void GemmPlan::consider(const Machine& machine, const KernelEfficiency& efficiency, double m,
                        const Traffic& traffic, const Group& group, Choice& best) const {
  const GemmTuning& tuning = efficiency.gemm;
  const Tile* fastest = nullptr;
  Seconds least = Seconds::infinity();
  double load = 0.0;
  for (std::size_t i = group.from; i < group.to; ++i) {
    const Tile& tile = tiles_[i];
    const double x = whole(m / tile.rows) * tile.load;
    // In this order what is no number stays none.
    const double waves = std::max(x + tuning.wave * (whole(x - 1e-9) - x), 1.0);
    const Seconds time = waves * tile.time;
    if (time >= least) continue;
    least = time;
    fastest = &tile;
    load = x;
  }
  if (fastest == nullptr) return;
  constexpr Seconds settled{1e-3};  // clocks fall within about so much
  const Seconds compute = least * (1.0 + tuning.sustain * (least / (least + settled)));
  const Stream stream = stream_of(efficiency, m);
  double reached = stream.bandwidth;
  if (tuning.unit_bandwidth > 0) {
    reached = std::min(reached, tuning.unit_bandwidth * std::min(load, 1.0));
  }
  const Seconds memory = traffic.cold / (machine.memory_bandwidth * reached) + traffic.warm;
  const Seconds split = group.split + m * group.split_per_row;
  // The smooth maximum is no less than the larger of the two: most groups end here, without powers.
  if (max(compute, memory) + split >= best.time) return;
  const Seconds time = smooth_max(compute, memory, Seconds{}, stream.blend) + split;
  if (time >= best.time) return;
  const double count = load * machine.units;
  best = {time, compute, memory, split, count * fastest->executed, fastest->waits};
}

GemmPlan::Traffic GemmPlan::traffic(const Machine& machine, const GemmTuning& tuning,
                                    double m) const {
  const Bytes values = m * row_;
  if (!machine.timed_alone) return {weights_ + values, {}};
  const double sharpness = tuning.keep_sharpness;
  const Bytes warm = weights_ * warm_share(machine, weights_, tuning.keep_weights, sharpness) +
                     values * warm_share(machine, values, tuning.keep_values, sharpness);
  return {weights_ + values - warm, warm / (machine.memory_bandwidth * tuning.keep_gain)};
}

OpCost GemmPlan::cost(const Machine& machine, const KernelEfficiency& efficiency, double m) const {
  OpCost cost;
  if (m <= 0) return cost;
  const Bytes moved = weights_ + m * row_;
  const GemmTuning& tuning = efficiency.gemm;
  const Following range = following(efficiency);
  const double wanted = follows_m(tuning.tiles) ? tile_rows_for(m, range.least, range.most) : 0.0;
  const Traffic moving = traffic(machine, tuning, m);
  Choice best;
  for (const Group& group : groups_) {
    if (group.rows == wanted) consider(machine, efficiency, m, moving, group, best);
  }
  const NumberType type = shape_.compute;
  cost.rows = m;
  cost.compute = best.compute;
  cost.useful_flops = Flops{2.0 * m * shape_.n * shape_.k * shape_.count};
  cost.activity.flops[index(type)] = Flops{best.executed};
  cost.tile_efficiency =
      cost.useful_flops / (best.compute * machine.peak[index(type)] * efficiency.compute);
  cost.memory = best.memory;
  cost.activity.memory = moved + m * narrowing_;
  cost.activity.on_chip = moved;
  cost.bandwidth_fraction = moved / (best.memory * machine.memory_bandwidth);
  cost.compute_fraction = efficiency.compute;
  cost.blend = stream_of(efficiency, m).blend;
  cost.latency = efficiency.latency;
  cost.extra = best.split + m * narrowing_time_;
  if (tuning.quantise_fill > Seconds{} && narrowing_ > Bytes{}) {
    cost.extra += tuning.quantise_fill * (m / (m + tuning.quantise_rows));
  }
  cost.time = cost.latency + best.time - best.split + cost.extra;
  if (machine.timed_alone && tuning.host > Seconds{}) {
    constexpr double sharp = 8;  // the later of the two, and little more
    const Seconds waited =
        smooth_max(cost.time, machine.launch * host_time(tuning, m, shape_), Seconds{}, sharp) -
        cost.time;
    cost.extra += waited;
    cost.time += waited;
  }
  const Seconds busy = cost.time - cost.latency;
  cost.bound = cost.latency > busy ? Bound::latency : busy_bound(cost);
  const bool computes = cost.bound == Bound::compute || cost.bound == Bound::padding;
  if (computes && best.waits) cost.bound = Bound::latency;
  return cost;
}

OpCost gemm_cost(const Machine& machine, const KernelEfficiency& efficiency,
                 const GemmShape& shape) {
  return GemmPlan(machine, efficiency, shape).cost(machine, efficiency, shape.m);
}

}  // namespace infersim
