#include "cost/chip_kernels.hpp"

#include <algorithm>

namespace infersim::detail {
namespace {

/// What the largest tile of a library reaches of the fraction that its kernels have without the
/// traffic of operands and the conversion of weights.
double full_gemm_tile(const KernelEfficiency& kernel) {
  const GemmTuning& tuning = kernel.gemm;
  const bool fixed = tuning.tiles == TileSet::fixed;
  const double rows = fixed ? kernel.tile_rows : 256;
  const double columns = fixed ? kernel.tile_columns : 128;
  const double products = rows * columns;
  return products / (products + tuning.side * (rows + columns) + tuning.widen * columns);
}

GemmTuning without_tiles(const GemmTuning& tuning) {
  GemmTuning kept;
  kept.wave = 0;
  kept.sustain = tuning.sustain;
  kept.quantise = tuning.quantise;
  kept.quantise_row = tuning.quantise_row;
  kept.quantise_fill = tuning.quantise_fill;
  kept.quantise_rows = tuning.quantise_rows;
  return kept;
}

ExpertTuning without_tiles(ExpertTuning tuning) {
  tuning.least_tile_rows = 1;
  tuning.tile_share = 1;
  tuning.tile_extra = 0;
  tuning.fill = 0;
  tuning.pad = 1;
  return tuning;
}

AttentionTuning without_tiles(const AttentionTuning& tuning) {
  AttentionTuning kept;
  kept.odd_head = tuning.odd_head;
  kept.small_head = tuning.small_head;
  kept.sustain = tuning.sustain;
  kept.pass_queries = tuning.pass_queries;
  kept.pass_keys = tuning.pass_keys;
  kept.wide_heads = tuning.wide_heads;
  kept.narrow_products = tuning.narrow_products;
  kept.absorbed = tuning.absorbed;
  return kept;
}

ScanTuning without_tiles(const ScanTuning& tuning) {
  ScanTuning kept;
  kept.sequence = tuning.sequence;
  kept.passes = tuning.passes;
  kept.states = tuning.states;
  return kept;
}

bool needs_exponentials(KernelClass kind) {
  return kind == KernelClass::attention_prefill || kind == KernelClass::mla_prefill;
}

/// Applies `change` to every kernel of a table, those of libraries among them.
template <class Change>
std::shared_ptr<const KernelTable> changed(const KernelTable& kernels, Change change) {
  auto own = std::make_shared<KernelTable>(kernels);
  for (const KernelClass kind : all_kernel_classes) {
    for (KernelEfficiency& kernel : own->kernels[index(kind)])
      kernel = change(kind, kernel);
  }
  for (KernelVariant& variant : own->variants)
    variant.efficiency = change(variant.kernel, variant.efficiency);
  return own;
}

}  // namespace

KernelEfficiency without_tiles(KernelClass kind, const KernelEfficiency& kernel) {
  KernelEfficiency own = kernel;
  switch (kind) {
    case KernelClass::gemm:
    case KernelClass::batched_gemm:
      own.compute *= full_gemm_tile(kernel);
      own.tile_rows = own.tile_columns = 1;
      own.gemm = without_tiles(kernel.gemm);
      break;
    case KernelClass::grouped_gemm:
      own.compute *= kernel.tile_rows / (kernel.tile_rows + kernel.experts.tile_extra);
      own.experts = without_tiles(kernel.experts);
      break;
    case KernelClass::attention_prefill:
    case KernelClass::mla_prefill: own.attention = without_tiles(kernel.attention); break;
    case KernelClass::attention_decode:
    case KernelClass::mla_decode:
      own.tile_columns = 1;
      own.attention = without_tiles(kernel.attention);
      break;
    case KernelClass::scan_prefill:
    case KernelClass::scan_decode:
    case KernelClass::conv_prefill:
    case KernelClass::conv_decode: own.scan = without_tiles(kernel.scan); break;
    case KernelClass::elementwise: break;
  }
  own.compute = std::min(own.compute, 1.0);
  own.bandwidth = std::min(own.bandwidth, 1.0);
  return own;
}

double scores_a_second(double rate, double fitted, double own) {
  const double score = 1.0 / rate;
  const double exponential = std::min(score, 1.0 / fitted);
  return 1.0 / (score - exponential * (1.0 - fitted / own));
}

std::shared_ptr<const KernelTable> kernels_on(const Engine& engine, const Efficiency& efficiency) {
  if (!engine.units) {
    return changed(*efficiency.kernels, [](KernelClass kind, const KernelEfficiency& kernel) {
      return without_tiles(kind, kernel);
    });
  }
  const FlopRate fitted = efficiency.unit_exponentials;
  if (engine.exponentials <= FlopRate{} || fitted <= FlopRate{}) return efficiency.kernels;
  const FlopRate own = engine.exponentials / *engine.units;
  return changed(*efficiency.kernels, [&](KernelClass kind, KernelEfficiency kernel) {
    double& rate = kernel.attention.exponentials;
    if (needs_exponentials(kind) && rate > 0 && !kernel.attention.exponentials_of_device) {
      rate = scores_a_second(rate, fitted.base(), own.base());
    }
    return kernel;
  });
}

}  // namespace infersim::detail
