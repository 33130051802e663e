#include "infersim/phase/lowered_cost.hpp"

#include <cmath>

#include "infersim/cost/attention_decode.hpp"
#include "infersim/cost/attention_prefill.hpp"
#include "infersim/cost/sparse_attention.hpp"

namespace infersim {
namespace {

ExpertShape with_tokens(const LoweredOp& op, double tokens) {
  ExpertShape shape = op.experts;
  shape.routing.tokens = tokens * op.group_factor;
  return shape;
}

OpCost exchange_cost(const Machine& machine, const LoweredOp& op, double tokens) {
  OpCost moved;
  if (op.exchange.ranks > 1) {
    ExpertExchange exchange = op.exchange;
    exchange.tokens = tokens * op.exchange_share;
    exchange.imbalance = expert_imbalance(with_tokens(op, tokens).routing);
    moved = expert_exchange_cost(machine, exchange);
  } else if (op.gather_group > 1) {
    moved =
        all_gather_cost(machine, tokens * op.exchange_share * op.bytes_per_row, op.gather_group);
  }
  return in_sequence(moved, all_reduce_cost(machine, tokens * op.bytes_per_row, op.reduce_group));
}

/// Sequences of a step are taken to be alike.
SparseQueries sparse_queries_of(const LoweredOp& op, const StepBatch& batch) {
  const bool decode = op.rows == Rows::decode;
  const double sequences = decode ? batch.decode_sequences : batch.prefill_sequences;
  const double tokens = decode ? batch.queries_per_sequence : batch.prefill_tokens / sequences;
  const double past = decode ? batch.context_sum : batch.prefill_past;
  return sparse_queries(sequences, tokens, past / sequences, op.attention.span);
}

OpCost sparse_cost(const Machine& machine, const LoweredOp& op, const StepBatch& batch) {
  const SparseQueries queries = sparse_queries_of(op, batch);
  const bool indexes = op.kind == OpKind::index_prefill || op.kind == OpKind::index_decode;
  return indexes ? index_cost(machine, *op.efficiency, op.attention, queries)
                 : sparse_attention_cost(machine, *op.efficiency, op.attention, queries);
}

}  // namespace

double rows_of(const LoweredOp& op, const StepBatch& batch) {
  switch (op.rows) {
    case Rows::all: return batch.tokens();
    case Rows::prefill: return batch.prefill_tokens;
    case Rows::prefill_context: return batch.prefill_tokens + batch.prefill_past;
    case Rows::decode: return batch.decode_tokens();
    case Rows::sampled: return batch.sampled();
    case Rows::routed: return batch.tokens();
  }
  return batch.tokens();
}

OpCost lowered_cost(const Machine& machine, const LoweredOp& op, const StepBatch& batch) {
  const double rows = rows_of(op, batch);
  if (rows <= 0.0) return {};
  if (op.sparse) return sparse_cost(machine, op, batch);
  switch (op.kind) {
    case OpKind::gemm:
    case OpKind::batched_gemm: return op.plan.cost(machine, *op.efficiency, rows);
    case OpKind::experts: {
      const ExpertShape shape = with_tokens(op, rows);
      return expert_part_cost(machine, *op.efficiency, shape, expert_load(shape.routing), op.part);
    }
    case OpKind::attention_prefill:
    case OpKind::index_prefill:
      return attention_prefill_cost(machine, *op.efficiency, op.attention, batch.prefill_sequences,
                                    batch.prefill_tokens, batch.prefill_pairs, batch.prefill_past);
    case OpKind::attention_decode:
    case OpKind::index_decode:
      return attention_decode_cost(machine, *op.efficiency, op.attention, batch.decode_sequences,
                                   batch.queries_per_sequence, batch.context_sum);
    case OpKind::scan_prefill:
      return scan_prefill_cost(machine, *op.efficiency, op.scan, batch.prefill_sequences,
                               batch.prefill_tokens);
    case OpKind::scan_decode:
      return scan_decode_cost(machine, *op.efficiency, op.scan, batch.decode_sequences,
                              batch.queries_per_sequence);
    case OpKind::conv_prefill:
      return short_convolution_cost(machine, *op.efficiency, op.convolution,
                                    batch.prefill_sequences, rows);
    case OpKind::conv_decode:
      return short_convolution_cost(machine, *op.efficiency, op.convolution, batch.decode_sequences,
                                    rows);
    case OpKind::elementwise:
    case OpKind::embedding:
      return elementwise_cost(machine, *op.efficiency, rows, op.read, op.written);
    case OpKind::reduce: return all_reduce_cost(machine, rows * op.bytes_per_row, op.reduce_group);
    case OpKind::dispatch:
    case OpKind::combine: return exchange_cost(machine, op, rows);
  }
  return {};
}

Bytes weight_bytes(const LoweredOp& op) {
  if (op.shares_weights) return {};
  if (op.kind == OpKind::gemm || op.kind == OpKind::batched_gemm) {
    return op.gemm.n * op.gemm.k * op.gemm.count *
           stored_size(op.gemm.weights, op.gemm.weight_bits);
  }
  if (op.kind == OpKind::experts) {
    const ExpertRouting& routing = op.experts.routing;
    const double local = std::ceil(routing.replicas / routing.groups);
    return local * weights_of(op.experts, op.part) *
           stored_size(op.experts.weights, op.experts.weight_bits);
  }
  return {};
}

}  // namespace infersim
