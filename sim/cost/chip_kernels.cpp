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

/// In what a kernel multiplies.
NumberType products_of(KernelFormat format) {
  switch (format) {
    case KernelFormat::fp16:
    case KernelFormat::int4:
    case KernelFormat::int8_wo:
    case KernelFormat::fp4_wo:
    case KernelFormat::bf16_kv8: return NumberType::bf16;
    case KernelFormat::fp8_block:
    case KernelFormat::mxfp8:
    case KernelFormat::fp4_a8: return NumberType::fp8;
    default: return static_cast<NumberType>(format);
  }
}

/// What a chip does in the time in which the chips that kernels were fitted to do 1.
class Shares {
 public:
  Shares(const Device& device, const Engine& engine, const Efficiency& efficiency)
      : device_(device), engine_(engine), efficiency_(efficiency) {}

  [[nodiscard]] double of(KernelId id) const {
    const KernelScope& origin = efficiency_.origin(id);
    const NumberType type = products_of(id.format);
    if (origin.family.empty()) return by_memory(type);
    return origin.family == device_.family ? by_unit(type) : 1.0;
  }

 private:
  [[nodiscard]] FlopRate peak(NumberType type) const {
    const auto& peaks = engine_.dense_peak;
    return type == NumberType::bf16 ? max(peaks[index(type)], peaks[index(NumberType::fp16)])
                                    : peaks[index(type)];
  }

  [[nodiscard]] double by_memory(NumberType type) const {
    const auto& known = efficiency_.class_fitted_to.flops_per_byte;
    // Integers as floats of their width, and what is not said in proportion to the width.
    double fitted = known[index(type == NumberType::int8 ? NumberType::fp8 : type)];
    if (fitted <= 0) fitted = known[index(NumberType::bf16)] * 16.0 / width(type);
    if (fitted <= 0 || peak(type) <= FlopRate{}) return 1.0;
    return peak(type).base() / device_.main_memory().bandwidth.base() / fitted;
  }

  [[nodiscard]] double by_unit(NumberType type) const {
    const FlopRate fitted = efficiency_.family_fitted_to.unit_flops;
    if (fitted <= FlopRate{} || peak(type) <= FlopRate{}) return 1.0;
    return peak(type) / (*engine_.units * fitted) * (width(type) / 16.0);
  }

  const Device& device_;
  const Engine& engine_;
  const Efficiency& efficiency_;
};

/// A table with `change` of every kernel, those of libraries among them; the same if none changes.
template <class Change>
std::shared_ptr<const KernelTable> changed(std::shared_ptr<const KernelTable> kernels,
                                           Change change) {
  auto own = std::make_shared<KernelTable>(*kernels);
  bool differs = false;
  const auto apply = [&](KernelId id, KernelEfficiency& kernel) {
    const KernelEfficiency made = change(id, kernel);
    differs = differs || made != kernel;
    kernel = made;
  };
  for (const KernelClass kind : all_kernel_classes) {
    for (const KernelFormat format : all_kernel_formats)
      apply({kind, format}, own->kernels[index(kind)][index(format)]);
  }
  for (KernelVariant& variant : own->variants)
    apply({variant.kernel, variant.format}, variant.efficiency);
  return differs ? own : kernels;
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
    case KernelClass::sparse_prefill:
    case KernelClass::sparse_decode:
      own.tile_columns = 1;
      own.attention = without_tiles(kernel.attention);
      own.sparse.padded = 0;
      own.sparse.select = own.sparse.select_start = {};  // of one unit
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

KernelEfficiency with_narrower_tiles(KernelClass kind, const KernelEfficiency& kernel,
                                     double share) {
  constexpr double least_share = 0.25;  // 16 rows, a GEMM's fewest, are then as 64
  if (share >= 1.0) return kernel;
  const bool multiplies = kind == KernelClass::gemm || kind == KernelClass::batched_gemm;
  if (multiplies && share < least_share) return without_tiles(kind, kernel);
  KernelEfficiency own = kernel;
  own.gemm.side *= share;
  own.gemm.widen *= share;
  own.experts.tile_extra *= share;
  own.experts.least_tile_rows = std::max(1.0, share * kernel.experts.least_tile_rows);
  own.attention.least_rows = std::max(1.0, share * kernel.attention.least_rows);
  return own;
}

double scores_a_second(double rate, double fitted, double own) {
  const double score = 1.0 / rate;
  const double exponential = std::min(score, 1.0 / fitted);
  return 1.0 / (score - exponential * (1.0 - fitted / own));
}

std::shared_ptr<const KernelTable> kernels_on(const Device& device, const Engine& engine,
                                              const Efficiency& efficiency) {
  if (!engine.units) {
    return changed(efficiency.kernels, [](KernelId id, const KernelEfficiency& kernel) {
      return without_tiles(id.kernel, kernel);
    });
  }
  const Shares shares(device, engine, efficiency);
  const FlopRate fitted = efficiency.family_fitted_to.unit_exponentials;
  const FlopRate own = engine.exponentials / *engine.units;
  const bool rescales = fitted > FlopRate{} && own > FlopRate{};
  return changed(efficiency.kernels, [&](KernelId id, KernelEfficiency kernel) {
    const AttentionTuning& tuning = kernel.attention;
    if (rescales && needs_exponentials(id.kernel) && tuning.exponentials > 0 &&
        !tuning.exponentials_of_device) {
      kernel.attention.exponentials =
          scores_a_second(tuning.exponentials, fitted.base(), own.base());
    }
    return with_narrower_tiles(id.kernel, kernel, shares.of(id));
  });
}

}  // namespace infersim::detail
