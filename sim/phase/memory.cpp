#include "infersim/phase/memory.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "infersim/phase/lowered_cost.hpp"
#include "infersim/phase/placed_table.hpp"
#include "phase/trial_step.hpp"

namespace infersim {
namespace {

Bytes segment_weights(const Segment& segment, Place place) {
  Bytes sum;
  for (const LoweredOp& op : segment.ops) {
    if (op.place == place) sum += weight_bytes(op);
  }
  return sum;
}

/// Where an operator keeps caches: those of layers on flash are in the memory of what computes
/// them.
Place cache_place(const LoweredOp& op) {
  if (op.place != Place::flash) return op.place;
  return op.on_host != nullptr ? Place::host : Place::device;
}

/// Where an end of the model is.
Place place_of(const Segment& end) { return end.ops.back().place; }

Bytes stage_weights(const StepTable& table, const ModelSpec& model, const PrecisionPlan& precision,
                    Place place) {
  Bytes layers;
  Bytes input;
  Bytes head;
  bool has_input = false;
  bool has_head = false;
  for (const Segment& segment : table.segments) {
    switch (segment.kind) {
      // Tables are looked up, not multiplied: they are counted below.
      case SegmentKind::input:
        has_input = place_of(segment) == place;
        input = segment_weights(segment, place);
        break;
      case SegmentKind::layers:
        layers += segment.busiest_repeats * segment_weights(segment, place);
        break;
      case SegmentKind::output:
        has_head = place_of(segment) == place;
        head = segment_weights(segment, place);
        break;
      // One module or model, run once for each draft token.
      case SegmentKind::drafts: layers += segment.copies * segment_weights(segment, place); break;
      case SegmentKind::draft_prompts: break;  // the same weights again
    }
  }
  if (place == Place::device) layers += table.draft_embedding;
  if (!has_input) return layers + head;
  const Bytes row = stored_size(precision.embedding, precision.bits.embedding);
  const Bytes embedding =
      static_cast<double>((model.vocab + model.positions) * model.hidden) * row / table.plan.tp;
  if (model.per_layer) {
    const Count values = model.per_layer->vocab * model.layer_count() * model.per_layer->width;
    input += static_cast<double>(values) * row / table.plan.tp;
  }
  if (table.plan.pp > 1) return layers + max(input + embedding, head);
  const bool shared = model.tied_embeddings && has_head;
  return layers + input + (shared ? max(embedding, head) : embedding + head);
}

/// Values of one row of the widest operator, input and output.
double widest_row(const StepTable& table) {
  double widest = 0.0;
  for (const Segment& segment : table.segments) {
    if (segment.kind == SegmentKind::output) continue;  // only sampled rows: too few to matter
    for (const LoweredOp& op : segment.ops) {
      if (op.kind == OpKind::gemm) widest = std::max(widest, op.gemm.n + op.gemm.k);
      if (op.kind == OpKind::experts) {
        // Copies of a token that land on this rank, when all ranks of the group are equally busy.
        const ExpertShape& shape = op.experts;
        const double copies = shape.routing.top_k * op.group_factor / shape.routing.groups;
        widest =
            std::max(widest, copies * ((shape.gated ? 2.0 : 1.0) * shape.inner + shape.hidden));
      }
    }
  }
  return widest;
}

/// What sequences keep on this rank: its stage's layers and the heads it holds.
void add_caches(MemoryLedger& ledger, const StepTable& table) {
  const Place place = ledger.place;
  for (const Segment& segment : table.segments) {
    if (segment.kind == SegmentKind::draft_prompts) continue;  // drafts keep the same
    const double layers =
        segment.kind == SegmentKind::drafts ? segment.copies : segment.busiest_repeats;
    for (const LoweredOp& op : segment.ops) {
      if (cache_place(op) != place) continue;
      ledger.kv_per_token += layers * op.cache.per_token;
      ledger.state += layers * op.cache.fixed;
      if (op.cache.span == 0) continue;
      ledger.windows.push_back(
          {static_cast<double>(op.cache.span), layers * op.cache.per_window_token});
    }
  }
}

/// Live tensors of the largest step where no trial step is described.
Bytes usual_activations(const StepTable& table, const ModelSpec& model,
                        const PrecisionPlan& precision, double tokens) {
  const double row = 4.0 * static_cast<double>(model.hidden) + widest_row(table);
  return tokens * row * storage_size(precision.activations);
}

/// What a policy does to the memory of a rank that holds such weights and runs such a step.
class Division {
 public:
  Division(const StepTable& table, const MemoryPolicy& policy, const MemoryLedger& ledger)
      : policy_(policy), weights_(ledger.weights), activations_(ledger.activations) {
    const Machine& machine = table.machine;
    const RuntimeEfficiency& runtime = machine.efficiency.runtime;
    memory_ = machine.memory_capacity - machine.memory_reserved - policy.driver;
    context_ = policy.context.value_or(runtime.fixed_reserve) + policy.graphs;
    if (table.plan.ranks() > 1) context_ += policy.links;
    usual_share_ = 1.0 - runtime.memory_reserve;
    if (policy.pool == PoolShare::fixed) {
      // Engines round to a thousandth.
      const double left = 1.0 - policy.spare / machine.memory_capacity;
      usual_share_ = std::round(std::max(left, 0.0) * 1000) / 1000;
    }
    set_aside_ = policy.states * ledger.state;
  }

  [[nodiscard]] double share() const { return policy_.share.value_or(usual_share_); }

  /// Of what the share is.
  [[nodiscard]] Bytes shared() const {
    switch (policy_.pool) {
      case PoolShare::rest: return memory_ - weights_ - activations_ - context_;
      case PoolShare::fixed: return memory_ - context_;
      case PoolShare::all: break;
    }
    return memory_;
  }

  /// Negative: what is missing.
  [[nodiscard]] Bytes pool(double share) const {
    switch (policy_.pool) {
      case PoolShare::rest: {
        const Bytes rest = shared();
        return (rest > Bytes{} ? share * rest : rest) - set_aside_;
      }
      case PoolShare::fixed: return share * shared() - weights_ - set_aside_;
      case PoolShare::all: break;
    }
    return share * shared() - weights_ - activations_ - context_ - set_aside_;
  }

  /// A pool that is fixed before any step runs must leave room for one.
  [[nodiscard]] double most_share() const {
    if (policy_.pool != PoolShare::fixed) return most_memory_share;
    return std::min(most_memory_share, 1.0 - activations_ / shared());
  }

  /// Of a step, at a share: no more than a fixed pool leaves it.
  [[nodiscard]] Bytes activations(double share) const {
    if (policy_.pool != PoolShare::fixed) return activations_;
    return min(activations_, max((1.0 - share) * shared(), Bytes{}));
  }

 private:
  const MemoryPolicy& policy_;
  Bytes weights_;
  Bytes activations_;
  Bytes memory_;
  Bytes context_;
  Bytes set_aside_;
  double usual_share_ = 1;
};

std::string gigabytes(Bytes bytes) { return fmt::format("{:.1f} GB", bytes.base() / 1e9); }

constexpr std::string_view spread_out =
    "spread the model over more devices (--devices, --tp, --pp, --ep) or use a narrower --dtype";

/// `advice`, and the share that would do.
std::string hint_of(const MemoryLedger& ledger, Bytes pool, std::string_view advice) {
  const auto share = ledger.share_for(pool);
  if (!share) return std::string(advice);
  return fmt::format(
      "start the server with a larger share of memory (--memory-share {:.2f} or "
      "more; it is {:.3g}), {}",
      *share, ledger.share, advice);
}

Infeasible too_large(const MemoryLedger& ledger, const ParallelPlan& plan, double tokens) {
  const Bytes sequence = ledger.pool_bytes(tokens);
  // What a device would have to have, as it is divided now.
  const Bytes needed = ledger.capacity - ledger.kv_capacity + sequence;
  const std::string pool_hint = hint_of(ledger, max(sequence, Bytes{1}), spread_out);
  if (ledger.kv_capacity <= Bytes{}) {
    return {fmt::format("weights {}, activations {} and reserve {} exceed {} on each rank",
                        gigabytes(ledger.weights), gigabytes(ledger.activations),
                        gigabytes(ledger.reserve), gigabytes(ledger.capacity)),
            needed * plan.ranks_per_device, ledger.capacity * plan.ranks_per_device, pool_hint};
  }
  return {fmt::format("no room for the KV cache of one sequence of {} tokens", tokens),
          needed * plan.ranks_per_device, ledger.capacity * plan.ranks_per_device,
          hint_of(ledger, sequence,
                  "take more --devices, a narrower --dtype or --kv-dtype, or shorter --isl and "
                  "--osl")};
}

/// The memories beside the device's that hold weights.
std::vector<MemoryLedger> other_ledgers(const StepTable& table, const ModelSpec& model,
                                        const PrecisionPlan& precision, Bytes activations) {
  std::vector<MemoryLedger> others;
  if (!table.placed) return others;
  if (table.placed->host) {
    const Machine& machine = table.placed->host->machine;
    MemoryLedger& host = others.emplace_back();
    host.place = Place::host;
    host.capacity = machine.memory_capacity;
    host.reserve = machine.memory_reserved;
    if (table.placed->second_device) {
      host.activations = activations;
      host.reserve += machine.efficiency.runtime.fixed_reserve;
    }
    host.weights = stage_weights(table, model, precision, Place::host);
    add_caches(host, table);
    host.kv_capacity = host.capacity - host.reserve - host.weights - host.activations;
  }
  MemoryLedger flash;
  flash.place = Place::flash;
  flash.weights = flash.capacity = stage_weights(table, model, precision, Place::flash);
  if (flash.weights > Bytes{}) others.push_back(std::move(flash));
  return others;
}

Infeasible host_too_small(const MemoryLedger& host, bool second_device, double tokens) {
  if (second_device) {
    return {fmt::format("weights {}, activations and reserve {} and the KV cache of one sequence "
                        "of {} tokens exceed {} of the second device",
                        gigabytes(host.weights), gigabytes(host.activations + host.reserve), tokens,
                        gigabytes(host.capacity)),
            host.weights + host.reserve + host.activations + host.sequence_bytes(tokens),
            host.capacity, "take a smaller model, a narrower --dtype or other devices"};
  }
  return {fmt::format("weights {} and the KV cache of one sequence of {} tokens exceed what the "
                      "system leaves of {} of the host",
                      gigabytes(host.weights), tokens, gigabytes(host.capacity)),
          host.weights + host.reserve + host.sequence_bytes(tokens), host.capacity,
          "leave layers on flash (--flash-layers auto), name a host with more memory (--host, "
          "--set host.memory.capacity=...) or use a narrower --dtype"};
}

}  // namespace

Bytes MemoryLedger::sequence_bytes(double tokens) const {
  Bytes bytes = tokens * kv_per_token + state;
  for (const Window& window : windows)
    bytes += std::min(tokens, window.span) * window.per_token;
  return bytes;
}

Bytes MemoryLedger::pool_bytes(double tokens) const {
  const Bytes bytes = sequence_bytes(tokens);
  if (state_pool <= 0.0 || state <= Bytes{}) return bytes;
  return max((bytes - state) / (1.0 - state_pool), state_slots * state / state_pool);
}

double MemoryLedger::max_sequences(const ParallelPlan& plan, double tokens) const {
  const Bytes bytes = pool_bytes(tokens);
  if (elsewhere.empty()) return bytes > Bytes{} ? std::floor(kv_capacity / bytes) * plan.dp : 0.0;
  double most = std::numeric_limits<double>::infinity();
  const auto limit = [&](const MemoryLedger& ledger) {
    const Bytes each = ledger.pool_bytes(tokens);
    if (each > Bytes{}) most = std::min(most, std::floor(ledger.kv_capacity / each) * plan.dp);
  };
  limit(*this);
  for (const MemoryLedger& other : elsewhere)
    limit(other);
  return std::isfinite(most) ? most : 0.0;
}

std::optional<double> MemoryLedger::share_for(Bytes pool) const {
  if (shared <= Bytes{}) return std::nullopt;
  const double least = share + (pool - kv_capacity) / shared;
  const double hundredths = std::ceil(least * 100 - 1e-6) / 100;
  if (hundredths <= share || hundredths > most_share) return std::nullopt;
  return hundredths;
}

Feasible<MemoryLedger> memory_ledger(const StepTable& table, const ModelSpec& model,
                                     const PrecisionPlan& precision, const MemoryPolicy& policy,
                                     double sequence_tokens) {
  MemoryLedger ledger;
  ledger.capacity = table.machine.memory_capacity;
  ledger.weights = stage_weights(table, model, precision, Place::device);
  ledger.activations = policy.trial
                           ? trial_peak(table, model, precision, *policy.trial)
                           : usual_activations(table, model, precision, policy.step_tokens);
  add_caches(ledger, table);
  ledger.elsewhere = other_ledgers(table, model, precision, ledger.activations);
  for (const MemoryLedger& other : ledger.elsewhere) {
    const Bytes room =
        other.place == Place::flash ? Bytes{} : other.sequence_bytes(sequence_tokens);
    if (other.kv_capacity < room)
      return tl::unexpected(host_too_small(other, table.placed->second_device, sequence_tokens));
  }
  ledger.state_pool = policy.state_pool;
  ledger.state_slots = policy.state_slots;
  const Division division(table, policy, ledger);
  const auto divide = [&](double share) {
    ledger.share = share;
    ledger.kv_capacity = division.pool(share);
    ledger.activations = division.activations(share);
    ledger.reserve = ledger.capacity - ledger.weights - ledger.activations - ledger.kv_capacity;
  };
  const auto holds = [&] {
    return ledger.kv_capacity > Bytes{} &&
           (sequence_tokens <= 0 || ledger.max_sequences(table.plan, sequence_tokens) >= 1);
  };
  ledger.shared = division.shared();
  ledger.most_share = division.most_share();
  divide(division.share());
  if (!holds() && policy.raised && ledger.most_share > ledger.share) divide(ledger.most_share);
  if (!holds()) return tl::unexpected(too_large(ledger, table.plan, sequence_tokens));
  return ledger;
}

}  // namespace infersim
