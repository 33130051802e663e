#include "infersim/calibration/module_cost.hpp"

#include <algorithm>
#include <string_view>

#include "calibration/compressed_module.hpp"
#include "infersim/cost/attention_decode.hpp"
#include "infersim/cost/attention_prefill.hpp"
#include "infersim/cost/gemm.hpp"
#include "infersim/cost/kernels.hpp"
#include "infersim/cost/sparse_attention.hpp"
#include "infersim/phase/lowered_cost.hpp"
#include "infersim/phase/step_table.hpp"
#include "infersim/workload/model.hpp"

namespace infersim {
namespace {

constexpr double meets = 4;  // exponent where host and device take about as long

/// The attention of one layer of a published model, with so many of its heads.
struct Layer {
  Count hidden = 0;
  LatentAttention attention;
};

/// Widths: config.json of deepseek-ai/DeepSeek-V3.2 and zai-org/GLM-5.
Layer layer_of(const MeasuredModule& module) {
  Layer layer;
  LatentAttention& a = layer.attention;
  a.heads = static_cast<Count>(module.heads);
  a.kv_lora_rank = 512;
  a.rope_dim = 64;
  switch (module.module) {
    case SparseModule::deepseek_v32:
      layer.hidden = 7168;
      a.q_lora_rank = 1536;
      a.nope_dim = 128;
      a.v_dim = 128;
      a.indexer = Indexer{64, 128, 2048};
      break;
    default:  // GLM-5; the others are no layers
      layer.hidden = 6144;
      a.q_lora_rank = 2048;
      a.nope_dim = 192;
      a.v_dim = 256;
      a.indexer = Indexer{32, 128, 2048};
      break;
  }
  return layer;
}

PrecisionPlan precision_of(const MeasuredModule& module, const OperatorTypes& types) {
  PrecisionPlan plan;
  plan.projections = module.projections.weights;
  plan.projection_compute = module.projections.products;
  plan.block_scales = module.projections.format == KernelFormat::fp8_block;
  plan.attention = types.products;
  plan.kv = types.cache;
  return plan;
}

bool attends(OpKind kind) {
  return kind == OpKind::attention_prefill || kind == OpKind::attention_decode;
}

bool indexes(OpKind kind) { return kind == OpKind::index_prefill || kind == OpKind::index_decode; }

bool projects_for_index(std::string_view name) { return name == "index_q" || name == "index_k"; }

/// Attention and the indexer under parameters of latent attention, where none of sparse attention
/// were fitted.
OpCost general_cost(const Machine& machine, const KernelEfficiency& efficiency,
                    const AttentionShape& shape, const MeasuredModule& module, bool decode) {
  if (decode) {
    return attention_decode_cost(machine, efficiency, shape, module.batch, module.new_tokens,
                                 module.batch * module.past);
  }
  const double tokens = module.batch * module.new_tokens;
  const double pairs = module.new_tokens * (module.past + module.new_tokens / 2.0);
  return attention_prefill_cost(machine, efficiency, shape, module.batch, tokens,
                                module.batch * pairs, module.batch * module.past);
}

/// The same of a module over compressed tokens.
OpCost compressed_core(const detail::CompressedModule& compressed, const MeasuredModule& module,
                       const Machine& machine, const KernelEfficiency& efficiency) {
  const SparseQueries queries =
      detail::compressed_queries(compressed, module.batch, module.new_tokens, module.past);
  const OpCost attention =
      sparse_attention_cost(machine, efficiency, compressed.attention, queries);
  if (compressed.top_k <= 0.0) return attention;
  AttentionShape scores = compressed.index;
  scores.span = compressed.top_k;
  return in_sequence(attention, index_cost(machine, efficiency, scores, queries));
}

/// Projections and passes of a module over compressed tokens.
OpCost compressed_frame(const detail::CompressedModule& compressed, const MeasuredModule& module,
                        const Machine& in_graph) {
  const double rows = module.batch * module.new_tokens;
  OpCost frame;
  for (const detail::ModuleProjection& projection : compressed.projections) {
    const OperatorTypes types = projection.narrow ? module.projections : OperatorTypes{};
    const KernelClass kernel =
        projection.count > 1.0 ? KernelClass::batched_gemm : KernelClass::gemm;
    GemmShape shape{rows, projection.n, projection.k, projection.count};
    shape.weights = types.weights;
    shape.compute = types.products;
    frame = in_sequence(
        frame, gemm_cost(in_graph, in_graph.efficiency.kernel(kernel, types.format), shape));
  }
  const auto& passes = in_graph.efficiency.kernel(KernelClass::elementwise, KernelFormat::bf16);
  return in_sequence(
      frame, elementwise_cost(in_graph, passes, rows, compressed.passed, compressed.passed));
}

/// Attention over the chosen tokens and, where the layer has one, its indexer.
OpCost core_cost(const MeasuredModule& module, const MeasuredOperator& op, const Machine& machine,
                 const KernelEfficiency& efficiency) {
  if (const auto compressed = detail::compressed_module(module, op.types)) {
    return compressed_core(*compressed, module, machine, efficiency);
  }
  const Layer layer = layer_of(module);
  const Indexer& indexer = *layer.attention.indexer;
  AttentionShape shape =
      absorbed_shape(layer.attention, module.heads, op.types.products, op.types.cache);
  shape.span = static_cast<double>(indexer.top_k);
  AttentionShape scores =
      index_shape(static_cast<double>(indexer.heads), static_cast<double>(indexer.head_dim),
                  op.types.products, op.types.cache);
  const KernelClass kernel = *kernel_class(op);
  if (machine.efficiency.kernels->standing_for(kernel) != kernel) {
    const bool decode = op.kind == OperatorKind::sparse_decode;
    const OpCost attention = general_cost(machine, efficiency, shape, module, decode);
    if (!module.indexes) return attention;
    return in_sequence(attention, general_cost(machine, efficiency, scores, module, decode));
  }
  scores.span = shape.span;
  const SparseQueries queries =
      sparse_queries(module.batch, module.new_tokens, module.past, shape.span);
  const OpCost attention = sparse_attention_cost(machine, efficiency, shape, queries);
  if (!module.indexes) return attention;
  return in_sequence(attention, index_cost(machine, efficiency, scores, queries));
}

Seconds host_time(const MeasuredModule& module, const MeasuredOperator& op,
                  const SparseTuning& tuning) {
  if (op.kind == OperatorKind::sparse_decode &&
      (tuning.host_from <= 0.0 || module.batch < tuning.host_from)) {
    return {};
  }
  Seconds host = tuning.host;
  if (module.indexes && !module.dense) host += tuning.host_index;
  if (width(module.projections.products) < 16) host += tuning.host_narrow;
  return host;
}

}  // namespace

OpCost module_frame(const MeasuredModule& module, const MeasuredOperator& op,
                    const Machine& machine) {
  Machine in_graph = machine;
  in_graph.timed_alone = false;
  if (const auto compressed = detail::compressed_module(module, op.types)) {
    return compressed_frame(*compressed, module, in_graph);
  }
  Layer layer = layer_of(module);
  if (module.dense) layer.attention.indexer.reset();
  ModelSpec model;
  model.hidden = layer.hidden;
  model.layers.push_back({1, layer.attention, None{}});
  const StepTable table = lower(model, in_graph, ParallelPlan{}, precision_of(module, op.types));
  const bool decode = op.kind == OperatorKind::sparse_decode;
  const StepBatch batch = decode ? StepBatch::decode(module.batch, module.past)
                                 : StepBatch::prefill(module.batch, module.new_tokens, module.past);
  OpCost frame;
  for (const Segment& segment : table.segments) {
    if (segment.kind != SegmentKind::layers) continue;
    for (const LoweredOp& each : segment.ops) {
      const bool core = indexes(each.kind) || (attends(each.kind) && !module.dense);
      const bool absent = !module.indexes && projects_for_index(each.name);
      if (core || absent || each.name == "input_norm") continue;
      frame = in_sequence(frame, lowered_cost(table.machine, each, batch));
    }
  }
  return frame;
}

OpCost module_cost(const MeasuredModule& module, const MeasuredOperator& op, const Machine& machine,
                   const OpCost& frame) {
  const KernelEfficiency& efficiency =
      machine.efficiency.kernel(*kernel_class(op), op.types.format, op.kernel, op.labels.op);
  const SparseTuning& tuning = efficiency.sparse;
  OpCost cost = frame;
  cost.latency = tuning.launch_share * frame.latency;
  cost.time += cost.latency - frame.latency;
  if (module.dense) {
    const Seconds extra = efficiency.latency + module.batch * module.new_tokens * tuning.row;
    cost.extra += extra;
    cost.time += extra;
  } else {
    cost = in_sequence(cost, core_cost(module, op, machine, efficiency));
  }
  const Seconds host = machine.launch * host_time(module, op, tuning);
  if (!machine.timed_alone || host <= Seconds{}) return cost;
  const Seconds waited = smooth_max(cost.time, host, {}, meets) - cost.time;
  cost.extra += waited;
  cost.time += waited;
  return cost;
}

}  // namespace infersim
