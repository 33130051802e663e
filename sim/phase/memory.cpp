#include "infersim/phase/memory.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "infersim/phase/lowered_cost.hpp"

namespace infersim {
namespace {

Bytes segment_weights(const Segment& segment) {
  Bytes sum;
  for (const LoweredOp& op : segment.ops)
    sum += weight_bytes(op);
  return sum;
}

Bytes stage_weights(const StepTable& table, const ModelSpec& model,
                    const PrecisionPlan& precision) {
  Bytes layers;
  Bytes head;
  for (const Segment& segment : table.segments) {
    switch (segment.kind) {
      case SegmentKind::input: break;  // its table is looked up, not multiplied
      case SegmentKind::layers: layers += segment.busiest_repeats * segment_weights(segment); break;
      case SegmentKind::output: head = segment_weights(segment); break;
      // One module, run once for each draft token.
      case SegmentKind::drafts: layers += segment_weights(segment); break;
    }
  }
  const Bytes embedding = static_cast<double>((model.vocab + model.positions) * model.hidden) *
                          storage_size(precision.head) / table.plan.tp;
  if (table.plan.pp > 1) return layers + max(embedding, head);
  return layers + (model.tied_embeddings ? max(embedding, head) : embedding + head);
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
  for (const Segment& segment : table.segments) {
    const double layers = segment.kind == SegmentKind::drafts ? 1.0 : segment.busiest_repeats;
    for (const LoweredOp& op : segment.ops) {
      if (op.kind == OpKind::scan_decode) ledger.state += layers * op.cached_once;
      const bool attends = op.kind == OpKind::attention_decode || op.kind == OpKind::index_decode;
      if (!attends || !op.attention.keeps_cache) continue;
      const Bytes per_token = layers * op.attention.kv_heads * op.attention.cached_values *
                              storage_size(op.attention.cache);
      if (op.windowed) {
        ledger.windows.push_back({op.attention.span, per_token});
      } else {
        ledger.kv_per_token += per_token;
      }
    }
  }
}

std::string gigabytes(Bytes bytes) { return fmt::format("{:.1f} GB", bytes.base() / 1e9); }

}  // namespace

Bytes MemoryLedger::sequence_bytes(double tokens) const {
  Bytes bytes = tokens * kv_per_token + state;
  for (const Window& window : windows)
    bytes += std::min(tokens, window.span) * window.per_token;
  return bytes;
}

double MemoryLedger::max_sequences(const ParallelPlan& plan, double tokens) const {
  const Bytes bytes = sequence_bytes(tokens);
  if (bytes <= Bytes{}) return 0.0;
  return std::floor(kv_capacity / bytes) * plan.dp;
}

Feasible<MemoryLedger> memory_ledger(const StepTable& table, const ModelSpec& model,
                                     const PrecisionPlan& precision, double step_tokens) {
  const Machine& machine = table.machine;
  const RuntimeEfficiency& runtime = machine.efficiency.runtime;
  MemoryLedger ledger;
  ledger.capacity = machine.memory_capacity;
  ledger.weights = stage_weights(table, model, precision);
  const double row = 4.0 * static_cast<double>(model.hidden) + widest_row(table);
  ledger.activations = step_tokens * row * storage_size(precision.activations);
  ledger.reserve = machine.memory_reserved + runtime.fixed_reserve;
  add_caches(ledger, table);
  const Bytes rest = ledger.capacity - ledger.weights - ledger.activations - ledger.reserve;
  ledger.kv_capacity = (1.0 - runtime.memory_reserve) * rest;
  ledger.reserve += runtime.memory_reserve * max(rest, Bytes{});
  if (rest <= Bytes{}) {
    const Bytes needed = ledger.weights + ledger.activations + ledger.reserve;
    return tl::unexpected(Infeasible{
        fmt::format("weights {}, activations {} and reserve {} exceed {} on each rank",
                    gigabytes(ledger.weights), gigabytes(ledger.activations),
                    gigabytes(ledger.reserve), gigabytes(ledger.capacity)),
        needed * table.plan.ranks_per_device, ledger.capacity * table.plan.ranks_per_device,
        "spread the model over more devices (--devices, --tp, --pp, --ep) or use a narrower "
        "--dtype"});
  }
  return ledger;
}

}  // namespace infersim
