#pragma once

#include <optional>
#include <vector>

#include "infersim/calibration/measured_operator.hpp"
#include "infersim/cost/sparse_attention.hpp"

namespace infersim::detail {

/// A product of a module's tokens with weights.
struct ModuleProjection {
  double n = 0;
  double k = 0;
  double count = 1;    ///< of them side by side
  bool narrow = true;  ///< in the type of the module's projections, else in 16 bits
};

/// An attention module that no layer of a model description has yet: DeepSeek-V4's over compressed
/// tokens, MiniMax-M3's over blocks. Each query attends to a window of its last tokens and to
/// `top_k` (0: all) of the entries that `ratio` tokens each were compressed to.
struct CompressedModule {
  std::vector<ModuleProjection> projections;
  double passed = 0;         ///< values a token that norms, rotation and compression read and write
  AttentionShape attention;  ///< its span: what a query attends to at most
  AttentionShape index;      ///< scores of entries; no heads: there is no indexer
  double window = 0;
  double ratio = 1;
  double top_k = 0;
};

/// Those of DeepSeek-V4 and MiniMax-M3; nothing of modules that are lowered as layers.
std::optional<CompressedModule> compressed_module(const MeasuredModule& module,
                                                  const OperatorTypes& types);

/// What `batch` sequences of `tokens` new tokens after `past` see of it. Keys and pairs are of
/// entries that are scored, chosen ones of what attention reads.
SparseQueries compressed_queries(const CompressedModule& module, double batch, double tokens,
                                 double past);

}  // namespace infersim::detail
