#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "infersim/core/number_type.hpp"
#include "infersim/core/provenance.hpp"
#include "infersim/core/quantity.hpp"
#include "infersim/workload/attention_kinds.hpp"
#include "infersim/workload/checkpoint.hpp"
#include "infersim/workload/count.hpp"

namespace infersim {

/// Feed-forward network: down(act(gate x) * up x), three matrices of hidden x intermediate, or
/// down(act(up x)), two, if it is not gated.
struct DenseFfn {
  Count intermediate = 0;
  bool gated = true;
  bool bias = false;

  friend bool operator==(const DenseFfn&, const DenseFfn&) = default;
};

/// Mixture of experts: a router, `experts` routed ones of which `top_k` see each token, and shared
/// ones (as one network of shared_intermediate) that see every token; that network may also be a
/// dense one beside the experts (Gemma 4).
struct MoeFfn {
  Count experts = 0;
  Count top_k = 0;
  /// Further choices of the router that pass a token on as it is (LongCat-Flash): of the top_k they
  /// take their share.
  Count zero_experts = 0;
  Count intermediate = 0;         ///< of one routed expert
  Count shared_intermediate = 0;  ///< of all shared experts together; 0: none
  bool gated = true;              ///< of routed and shared experts alike
  bool bias = false;              ///< on the matrices of routed experts and on the router
  bool router_bias = false;       ///< a correction bias for each expert (DeepSeek-V3)
  bool shared_gate = false;       ///< a gate of one column for the shared experts (Qwen2-MoE)
  Count latent = 0;               ///< width that routed experts work in, if not `hidden`
  Count groups = 1;               ///< node-limited routing: experts come from
  Count top_groups = 1;           ///< `top_groups` of `groups`

  friend bool operator==(const MoeFfn&, const MoeFfn&) = default;

  /// Experts with weights that a token passes in the mean: top_k experts / (experts +
  /// zero_experts).
  [[nodiscard]] double active() const;
  /// Choices that a token has: (experts + zero_experts) of the groups that it may go to.
  [[nodiscard]] Count reachable() const;
};

using Ffn = std::variant<DenseFfn, MoeFfn, None>;

/// `count` equal layers in a row.
struct LayerGroup {
  Count count = 0;
  Attention attention;
  Ffn ffn;

  friend bool operator==(const LayerGroup&, const LayerGroup&) = default;
};

/// How the residual stream is more than one.
///   hyper_connections    `count` streams, of which each block reads a mixture and to which it
///   writes
///                        one, by weights from a projection of all (arXiv:2512.24880, DeepSeek-V4)
///   alternating_updates  of `count` streams each layer computes one, and predicts and corrects the
///                        others (AltUp, arXiv:2301.13310; Gemma 3n)
enum class StreamKind { hyper_connections, alternating_updates };

std::string_view name(StreamKind kind);

struct ResidualStreams {
  StreamKind kind = StreamKind::hyper_connections;
  Count count = 0;

  friend bool operator==(const ResidualStreams&, const ResidualStreams&) = default;
};

/// A further embedding of each token for each layer, gated into it (Gemma 3n and 4): a table of
/// `vocab` rows of `width` values a layer, which is looked up and not multiplied.
struct PerLayerEmbedding {
  Count vocab = 0;
  Count width = 0;

  friend bool operator==(const PerLayerEmbedding&, const PerLayerEmbedding&) = default;
};

/// Layers that a model may have; the deepest published one has 126.
inline constexpr Count max_layers = 100'000;

/// A decoder-only language model: shapes, and nothing about how it is run.
struct ModelSpec {
  std::string id;
  std::vector<std::string> aliases;
  std::string name;
  Count hidden = 0;
  Count vocab = 0;
  bool tied_embeddings = false;
  Count max_context = 0;    ///< tokens
  bool norm_bias = false;   ///< norms have biases (LayerNorm)
  bool post_norms = false;  ///< attention and feed-forward network are normalised after too (Gemma)
  Count positions = 0;      ///< rows of a learned position embedding; 0: none
  Count vision = 0;         ///< parameters of a vision tower, which nothing else counts; 0: none
  std::optional<ResidualStreams> streams;  ///< more than one residual stream
  Count laurel = 0;  ///< rank of a learned residual beside attention (LAuReL, Gemma 3n); 0: none
  std::optional<PerLayerEmbedding> per_layer;
  Checkpoint checkpoint;
  std::vector<LayerGroup> layers;  ///< from the first layer to the last
  std::optional<LayerGroup> mtp;   ///< multi-token-prediction layers, apart from `layers`
  Provenance provenance;
  std::string path;

  [[nodiscard]] Count layer_count() const;
};

/// The routed experts of a group's layers; none if it has none.
const MoeFfn* experts_of(const LayerGroup& group);
/// Those of the first layer of a model that has some.
const MoeFfn* experts_of(const ModelSpec& model);

/// Reads a model description (its keys: workloads/README.md); throws InputError with every fault.
ModelSpec load_model(std::string_view toml, const std::string& path);

}  // namespace infersim
