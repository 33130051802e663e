#include "calibration/compressed_module.hpp"

#include <algorithm>

#include "infersim/cost/reach.hpp"

namespace infersim::detail {
namespace {

/// A DeepSeek-V4 model as a whole.
struct V4 {
  double hidden;
  double heads;
  double q_rank;
  double groups;  ///< of the output projection, each through `o_rank` values
  double top_k;   ///< that the indexer picks
};

constexpr double head_dim = 512;  // key and value in one, shared by all heads
constexpr double o_rank = 1024;
constexpr double index_heads = 64;
constexpr double index_dim = 128;
constexpr double v4_window = 128;

constexpr V4 flash{4096, 64, 1024, 8, 512};
constexpr V4 pro{7168, 128, 1536, 16, 1024};

/// arXiv of DeepSeek-V4, section 2.3, and its config.json. Compression makes an entry of two
/// projections, values and weights; that of CSA overlaps, which doubles both, and has a narrower
/// one beside it for the indexer.
CompressedModule v4_module(const V4& model, bool sparse, double heads, const OperatorTypes& types) {
  CompressedModule module;
  const double hidden = model.hidden;
  const double groups = std::max(1.0, model.groups * heads / model.heads);
  const double overlap = sparse ? 2.0 : 1.0;
  module.projections = {
      {model.q_rank + head_dim, hidden},
      {heads * head_dim, model.q_rank},
      {2.0 * overlap * head_dim, hidden, 1, false},
      {o_rank, heads / groups * head_dim, groups},
      {hidden, groups * o_rank},
  };
  module.passed = model.q_rank + 3.0 * head_dim + 2.0 * heads * head_dim;
  module.window = v4_window;
  module.ratio = sparse ? 4.0 : 128.0;
  AttentionShape& attention = module.attention;
  attention.query_heads = heads;
  attention.kv_heads = 1.0;
  attention.key_dim = attention.value_dim = attention.cached_values = head_dim;
  attention.compute = types.products;
  attention.cache = types.cache;
  if (!sparse) return module;
  module.projections.push_back({index_heads * index_dim, model.q_rank});
  module.projections.push_back({index_heads, hidden, 1, false});
  module.projections.push_back({2.0 * overlap * index_dim, hidden, 1, false});
  module.top_k = model.top_k;
  module.index = index_shape(index_heads, index_dim, types.products, types.cache);
  attention.span = v4_window + model.top_k;
  return module;
}

/// arXiv:2606.13392 and config.json of MiniMaxAI/MiniMax-M3: 16 blocks of 128 tokens for each
/// group of 16 query heads, scored by one head of 128 values a group.
CompressedModule m3_module(double heads, const OperatorTypes& types) {
  constexpr double hidden = 6144;
  constexpr double width = 128;
  constexpr double group = 16;
  constexpr double picked = 16 * 128;
  const double kv_heads = std::max(1.0, heads / group);
  CompressedModule module;
  module.projections = {
      {(heads + 2.0 * kv_heads) * width, hidden},
      {(kv_heads + 1.0) * width, hidden},
      {hidden, heads * width},
  };
  module.passed = (heads + 2.0 * kv_heads) * width;
  module.top_k = picked;
  module.index = index_shape(kv_heads, width, types.products, types.cache);
  AttentionShape& attention = module.attention;
  attention.query_heads = heads;
  attention.kv_heads = kv_heads;
  attention.key_dim = attention.value_dim = width;
  attention.cached_values = 2.0 * width * kv_heads;
  attention.span = picked;
  attention.compute = types.products;
  attention.cache = types.cache;
  return module;
}

}  // namespace

std::optional<CompressedModule> compressed_module(const MeasuredModule& module,
                                                  const OperatorTypes& types) {
  switch (module.module) {
    case SparseModule::deepseek_v32:
    case SparseModule::glm5: break;
    case SparseModule::v4_flash_csa: return v4_module(flash, true, module.heads, types);
    case SparseModule::v4_flash_hca: return v4_module(flash, false, module.heads, types);
    case SparseModule::v4_pro_csa: return v4_module(pro, true, module.heads, types);
    case SparseModule::v4_pro_hca: return v4_module(pro, false, module.heads, types);
    case SparseModule::minimax_m3: return m3_module(module.heads, types);
  }
  return std::nullopt;
}

SparseQueries compressed_queries(const CompressedModule& module, double batch, double tokens,
                                 double past) {
  SparseQueries queries;
  queries.sequences = batch;
  queries.queries = batch * tokens;
  const double entries = (past + tokens) / module.ratio;
  queries.keys = batch * entries;
  AttentionShape reach;
  queries.pairs = batch * reached_pairs(reach, tokens, past) / module.ratio;
  // Entries in units of the tokens that they stand for, so that the same integral serves.
  reach.span = module.top_k * module.ratio;
  queries.chosen = batch * reached_pairs(reach, tokens, past) / module.ratio;
  if (module.window > 0.0) {
    reach.span = module.window;
    queries.chosen += batch * reached_pairs(reach, tokens, past);
  }
  return queries;
}

}  // namespace infersim::detail
