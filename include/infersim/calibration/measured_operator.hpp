#pragma once

#include <cstddef>
#include <optional>
#include <string_view>
#include <variant>

#include "infersim/core/number_type.hpp"
#include "infersim/core/quantity.hpp"
#include "infersim/cost/efficiency.hpp"
#include "infersim/cost/expert_load.hpp"
#include "infersim/cost/link_efficiency.hpp"

namespace infersim {

/// What kind of operator a table of measurements is about.
enum class OperatorKind {
  gemm,
  attention_prefill,
  attention_decode,
  mla_prefill,
  mla_decode,
  experts,           ///< the routed experts of a layer
  linear_attention,  ///< gated and Kimi delta nets: their convolution and their scan
  collective,
  latent_products,  ///< batched products that absorb the latent projections of decode
  wide_experts,     ///< routed experts of a rank that an all-to-all brings its tokens
  mamba2,           ///< Mamba-2: its convolution
  sparse_prefill,   ///< a whole attention module with an indexer
  sparse_decode,
  exchange,  ///< tokens to the ranks of their experts and back
};

/// A cell of a table as it is written there; `*` where the table has no such column. They are views
/// of the table's text.
struct MeasuredLabels {
  std::string_view chip = "*";
  std::string_view model = "*";
  std::string_view framework = "*";
  std::string_view op = "*";
  std::string_view dtype = "*";
};

/// In what a kernel stores and multiplies, from the names that tables have for it.
struct OperatorTypes {
  NumberType weights = NumberType::bf16;   ///< as stored
  NumberType products = NumberType::bf16;  ///< of what is multiplied
  NumberType cache = NumberType::bf16;     ///< of keys and values
  KernelFormat format = KernelFormat::bf16;
};

/// Whose attention module a row measures. Widths and heads are those of the published models.
///   csa, hca   the two compressed kinds of DeepSeek-V4: four tokens to one of which an indexer
///   picks,
///              128 to one of which all are attended to; both with a window
enum class SparseModule {
  deepseek_v32,
  glm5,
  v4_flash_csa,
  v4_flash_hca,
  v4_pro_csa,
  v4_pro_hca,
  minimax_m3,
};

struct MeasuredGemm {
  double m = 0;
  double n = 0;
  double k = 0;
  double count = 1;  ///< of them side by side
};

/// Attention of one layer on one device over `batch` sequences alike.
struct MeasuredAttention {
  double batch = 0;
  double new_tokens = 1;  ///< of each sequence
  double past = 0;        ///< cached before them; in decode all that are read
  double heads = 1;
  double kv_heads = 1;  ///< of latent attention: 1
  double head_dim = 0;  ///< of latent attention: 0, its widths are fixed
  double window = 0;    ///< 0: none
};

/// Routed experts of one layer on one rank.
struct MeasuredExperts {
  double tokens = 0;  ///< before top-k
  double hidden = 0;
  double inter = 0;  ///< of one expert, undivided
  double top_k = 1;
  double experts = 1;
  double tp = 1;
  double ep = 1;
  Routing routing = Routing::uniform;
  double exponent = 0;
  bool gated = true;       ///< up and gate projection, not up alone
  bool sorted = false;     ///< an all-to-all brought the rank its own tokens
  double replicas = 0;     ///< experts with their copies; 0: no copies
  double rank_tokens = 0;  ///< tokens of the measured rank; 0: not known
};

/// One kernel of linear attention. Of Mamba-2 keys are the groups' B and C, values the heads' x.
struct MeasuredScan {
  bool convolution = false;  ///< the short convolution before the scan, else the scan
  bool prefill = false;
  double batch = 0;
  double tokens = 1;    ///< of each sequence
  double width = 0;     ///< of the convolution
  double channels = 0;  ///< of the convolution
  double key_heads = 1;
  double key_dim = 0;
  double value_heads = 1;
  double value_dim = 0;
};

/// Attention of one layer with all its projections on one device: see module_cost.hpp.
struct MeasuredModule {
  double batch = 0;
  double new_tokens = 1;  ///< of each sequence
  double past = 0;        ///< cached before them
  double heads = 1;       ///< of this device
  bool indexes = true;    ///< else it uses the choice of an earlier layer
  bool dense = false;     ///< attends to all of a short context instead
  SparseModule module = {};
  OperatorTypes projections = {};
};

enum class CollectiveKind { all_reduce, all_gather, reduce_scatter, all_to_all };

/// One collective inside a domain.
struct MeasuredCollective {
  CollectiveKind kind = CollectiveKind::all_reduce;
  double ranks = 1;
  Bytes message;  ///< the whole that is reduced, gathered, scattered or exchanged, at one rank
};

/// One pass of an exchange of tokens over the ranks of their experts.
struct MeasuredExchange {
  ExchangePass pass = ExchangePass::dispatch;
  double nodes = 1;  ///< that the ranks are spread over
  double ranks = 1;
  double hidden = 0;
  double tokens = 0;  ///< of a rank
  double top_k = 1;
  double experts = 1;
  double units = 0;  ///< multiprocessors given to it; 0: as it wants
};

using MeasuredShape = std::variant<MeasuredGemm, MeasuredAttention, MeasuredExperts, MeasuredScan,
                                   MeasuredModule, MeasuredCollective, MeasuredExchange>;

/// One operator that somebody timed on a chip.
struct MeasuredOperator {
  OperatorKind kind = OperatorKind::gemm;
  MeasuredLabels labels;
  std::string_view version;  ///< of the framework
  std::string_view kernel;   ///< as the framework calls it
  OperatorTypes types;
  MeasuredShape shape;
  /// Its inputs were there in the type of the products: nothing was quantised in the time.
  bool inputs_ready = false;
  std::size_t row = 0;  ///< of its table, from 1
  Seconds latency;
  std::optional<Watts> power;  ///< mean board power while it ran again and again
};

/// Whose efficiency parameters an operator's equation takes; of a collective those of `links`.
std::optional<KernelClass> kernel_class(const MeasuredOperator& op);

/// Whether it is one of decode steps, which a device may run on an engine of its own.
bool runs_as_decode(const MeasuredOperator& op);

}  // namespace infersim
