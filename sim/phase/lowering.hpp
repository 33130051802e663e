#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "infersim/phase/step_table.hpp"

namespace infersim::detail {

/// For each group of layers the kind that it is of: the segment after the input that it is lowered
/// to.
std::vector<std::size_t> kinds_of_layers(const ModelSpec& model);

/// Finds equal operators, which are evaluated once. None of the table may be marked yet.
void mark_twins(StepTable& table);

/// Divides the operators of graphs over the ranks of a plan. What it is made of must outlive it.
class Lowering {
 public:
  Lowering(const ModelSpec& model, const Machine& machine, const ParallelPlan& plan,
           const PrecisionPlan& precision)
      : model_(model), machine_(machine), plan_(plan), precision_(precision) {}

  /// The operators of a graph in an order that can be issued. `layer` is the layer that the graph
  /// is of; none for the ends of the model.
  [[nodiscard]] Segment segment(SegmentKind kind, std::string name, const OpGraph& graph,
                                const LayerGroup* layer) const;

 private:
  [[nodiscard]] LoweredOp lower_op(const Op& op, const LayerGroup* layer) const;
  [[nodiscard]] const KernelEfficiency& kernel(KernelClass k, NumberType type) const {
    return machine_.efficiency.kernel(k, type);
  }
  [[nodiscard]] const KernelEfficiency& kernel(KernelClass k, KernelFormat format) const {
    return machine_.efficiency.kernel(k, format);
  }
  /// Of the kernels of a library, where a framework has some of its own.
  [[nodiscard]] const KernelEfficiency& kernel(KernelClass k, KernelFormat format,
                                               std::string_view library) const {
    return machine_.efficiency.kernel(k, format, library);
  }
  /// Of kernels with weights: by how these are stored and scaled and what is multiplied.
  [[nodiscard]] const KernelEfficiency& kernel(KernelClass k, NumberType weights,
                                               NumberType products) const {
    return machine_.efficiency.kernel(k, weight_format(weights, products, precision_.block_scales));
  }
  void set_types(GemmShape& shape, Role role) const;
  /// What a layer keeps of a sequence, where a rank keeps all of it.
  [[nodiscard]] LayerCache whole_cache(const LayerGroup& layer) const {
    return layer_cache(layer.attention, model_.hidden, precision_.kv);
  }
  [[nodiscard]] double local_columns(const Op& op, double columns, const LayerGroup* layer) const;
  [[nodiscard]] ExpertShape expert_shape(const MoeFfn& moe) const;
  void lower_gemm(const Op& op, LoweredOp& low, const LayerGroup* layer) const;
  void lower_batched_gemm(const Op& op, LoweredOp& low) const;
  void lower_experts(const Op& op, LoweredOp& low, const LayerGroup& layer) const;
  void lower_grouped_query(const GroupedQueryAttention& gqa, LoweredOp& low) const;
  void lower_latent(const LatentAttention& mla, LoweredOp& low) const;
  void lower_compressed(const CompressedAttention& pooled, LoweredOp& low) const;
  [[nodiscard]] bool sparse_kernels(bool decode) const;
  [[nodiscard]] const KernelEfficiency& latent_kernel(const LatentAttention& mla,
                                                      bool decode) const;
  [[nodiscard]] static std::string_view library_of(const LinearAttention& linear);
  void lower_attention(LoweredOp& low, const LayerGroup& layer) const;
  void lower_index(LoweredOp& low, const LayerGroup& layer) const;
  void lower_scan(LoweredOp& low, const LayerGroup& layer) const;
  void lower_convolution(LoweredOp& low, const LayerGroup& layer) const;
  void lower_elementwise(const Op& op, LoweredOp& low, const LayerGroup* layer) const;
  void lower_reduce(const Op& op, LoweredOp& low) const;
  void lower_exchange(const Op& op, LoweredOp& low, const LayerGroup& layer) const;

  const ModelSpec& model_;
  const Machine& machine_;
  const ParallelPlan& plan_;
  const PrecisionPlan& precision_;
};

}  // namespace infersim::detail
