#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "infersim/workload/expert_part.hpp"
#include "infersim/workload/model.hpp"

namespace infersim {

/// What an operator does; decides its equation.
enum class OpKind {
  gemm,               ///< tokens x k times k x n, weights of its own
  batched_gemm,       ///< the same for each of `heads` small matrices (MLA absorption)
  experts,            ///< a part of the work on routed experts: products, each its own k x n, and
                      ///< passes over token copies
  attention_prefill,  ///< new tokens attend to themselves and to what is cached
  attention_decode,   ///< one or a few tokens of each sequence attend to its cache
  index_prefill,      ///< scores by which sparse attention picks tokens, for new ones
  index_decode,       ///< and for those of decoding sequences
  scan_prefill,       ///< linear attention over new tokens, chunk by chunk
  scan_decode,        ///< one or a few tokens update and read their sequence's state
  conv_prefill,       ///< the short convolution before linear attention, over new tokens
  conv_decode,        ///< and over those of decoding sequences
  elementwise,        ///< norms, activation, rotary embedding, routing, sampling: reads and writes
  embedding,          ///< look-up of rows
  reduce,             ///< sum over the tensor-parallel group
  dispatch,           ///< tokens to the ranks of their experts
  combine,            ///< and back
};

std::string_view name(OpKind kind);

/// Which rows an operator works on.
enum class Rows {
  all,              ///< every token of the step
  prefill,          ///< new prompt tokens
  prefill_context,  ///< new prompt tokens and those cached before them (latents expanded again)
  decode,           ///< tokens of decoding sequences
  sampled,          ///< one for each sequence that yields a token
  routed,           ///< tokens x top_k, spread over experts
};

/// How a weight matrix is divided over the tensor-parallel group.
enum class Shard {
  columns,     ///< n is divided
  heads,       ///< columns of query, key and value heads: a rank keeps at least one key-value head
  rows,        ///< k is divided; a reduce follows
  replicated,  ///< every rank has all of it
};

/// In which of the plan's number types the operator stores and computes. Projections are those of
/// attention, which checkpoints often keep wider than feed-forward networks.
enum class Role { linear, projection, experts, head, attention, router };

/// One operator of a layer, before it is distributed. Shapes are of the whole model; what attention
/// reads and computes follows from the LayerGroup's attention.
///
/// A GEMM of weights does 2 k n flop for each of its rows (a batched one: for each head too).
/// Element-wise operators and the embedding are divided over the tensor-parallel group as `shard`
/// says of their values; `replicated` ones run whole on every rank. Collectives move n values for
/// each row.
struct Op {
  std::string name;  ///< `qkv`, `attention_decode`, `experts_up`, …; once in a graph
  /// Under what it is reported: attention, linear (projections, dense and shared feed-forward,
  /// router), experts, collective, elementwise or head.
  std::string op_class;
  OpKind kind = OpKind::gemm;
  ExpertPart part = ExpertPart::permute;  ///< of `experts`
  Rows rows = Rows::all;
  Shard shard = Shard::replicated;
  Role role = Role::linear;
  double n = 0;      ///< columns of the weight; element-wise: values written for each row
  double k = 0;      ///< rows of the weight; element-wise: values read for each row
  double heads = 1;  ///< matrices of a batched GEMM (divided over the tensor-parallel group)
};

/// Operators of one layer and what each waits for. A directed acyclic graph.
struct OpGraph {
  struct Edge {
    std::size_t from = 0;
    std::size_t to = 0;
  };
  std::vector<Op> ops;
  std::vector<Edge> edges;

  /// Adds an operator that waits for `after`; returns its number.
  std::size_t add(Op op, std::vector<std::size_t> after);
};

/// The graph of one layer. It holds the operators of prefill and of decode side by side: those
/// whose rows are absent from a step take no time. MLA is plain for prefill (kv up-projection of
/// new and cached tokens, heads of nope + rope and v) and absorbed for decode (queries and outputs
/// pass through the up-projections, attention runs over the latent cache); with an indexer it is
/// absorbed for both, since each query has keys of its own. The shared experts are a branch beside
/// dispatch, routed experts and combine. A block that is None leaves out its norm too.
OpGraph layer_graph(const ModelSpec& model, const LayerGroup& group);

/// What comes before the first layer: the embedding look-up, its vocabulary divided.
OpGraph input_graph(const ModelSpec& model);
/// What comes after the last: final norm, head, sampling.
OpGraph output_graph(const ModelSpec& model);
/// One MTP module: embedding, norms, projection of 2 hidden to hidden, its layer, final norm, head,
/// sampling. The model has to have one.
OpGraph mtp_graph(const ModelSpec& model);

}  // namespace infersim
