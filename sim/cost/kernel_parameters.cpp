#include "infersim/cost/kernel_parameters.hpp"

namespace infersim {
namespace {

template <auto Member>
constexpr KernelParameter common(std::string_view key, double least, double most) {
  return parameter<KernelEfficiency, Member>(key, least, most);
}

/// A member of one of the tunings.
template <auto Tuning, auto Member>
constexpr KernelParameter of(std::string_view key, double least, double most) {
  return parameter<KernelEfficiency, Tuning, Member>(key, least, most);
}

constexpr auto gemm = &KernelEfficiency::gemm;
constexpr auto attention = &KernelEfficiency::attention;
constexpr auto experts = &KernelEfficiency::experts;
constexpr auto scan = &KernelEfficiency::scan;
constexpr auto sparse = &KernelEfficiency::sparse;

constexpr double longest = 1.0;   // second
constexpr double fastest = 1e15;  // bytes a second

constexpr KernelParameter common_table[] = {
    common<&KernelEfficiency::compute>("compute", 1e-6, 2.0),
    common<&KernelEfficiency::bandwidth>("bandwidth", 1e-6, 1.2),
    common<&KernelEfficiency::latency>("latency", 0, longest),
    common<&KernelEfficiency::blend>("blend", 0.8, 64),
    common<&KernelEfficiency::tile_rows>("tile_rows", 1, 4096),
    common<&KernelEfficiency::tile_columns>("tile_columns", 1, 4096),  // the last
};

constexpr KernelParameter gemm_table[] = {
    of<gemm, &GemmTuning::side>("side", 0, 1000),
    of<gemm, &GemmTuning::widen>("widen", 0, 1000),
    of<gemm, &GemmTuning::wave>("wave", 0, 1),
    of<gemm, &GemmTuning::write>("write", 0, 100),
    of<gemm, &GemmTuning::k_latency>("k_latency", 0, longest),
    of<gemm, &GemmTuning::sustain>("sustain", 0, 10),
    of<gemm, &GemmTuning::split_latency>("split_latency", 0, longest),
    of<gemm, &GemmTuning::split_step>("split_step", 0, longest),
    of<gemm, &GemmTuning::split_traffic>("split_traffic", 0, 100),
    of<gemm, &GemmTuning::unit_bandwidth>("unit_bandwidth", 0, 1000),
    of<gemm, &GemmTuning::vector_rows>("vector_rows", 0, 4096),
    of<gemm, &GemmTuning::vector_bandwidth>("vector_bandwidth", 1e-6, 1.2),
    of<gemm, &GemmTuning::vector_blend>("vector_blend", 0.8, 64),
    of<gemm, &GemmTuning::quantise>("quantise", 0, 100),
    of<gemm, &GemmTuning::quantise_row>("quantise_row", 0, longest),
    of<gemm, &GemmTuning::quantise_fill>("quantise_fill", 0, longest),
    of<gemm, &GemmTuning::quantise_rows>("quantise_rows", 0, 1e6),
    of<gemm, &GemmTuning::keep_weights>("keep_weights", 0, 4),
    of<gemm, &GemmTuning::keep_values>("keep_values", 0, 4),
    of<gemm, &GemmTuning::keep_gain>("keep_gain", 1, 1e3),
    of<gemm, &GemmTuning::keep_sharpness>("keep_sharpness", 0.5, 64),
    of<gemm, &GemmTuning::host>("host", 0, longest),
    of<gemm, &GemmTuning::host_few>("host_few", 0, 10),
    of<gemm, &GemmTuning::host_thin>("host_thin", 0, 10),
    of<gemm, &GemmTuning::host_padded>("host_padded", 0, 10),
};

constexpr KernelParameter attention_table[] = {
    of<attention, &AttentionTuning::unit_start>("unit_start", 0, longest),
    of<attention, &AttentionTuning::unit_start_single>("unit_start_single", 0, longest),
    of<attention, &AttentionTuning::query_value>("query_value", 0, longest),
    of<attention, &AttentionTuning::tile>("tile", 0, longest),
    of<attention, &AttentionTuning::ramp>("ramp", 0, longest),
    of<attention, &AttentionTuning::unit_bandwidth>("unit_bandwidth", 0, fastest),
    of<attention, &AttentionTuning::unit_bandwidth_single>("unit_bandwidth_single", 0, fastest),
    of<attention, &AttentionTuning::merge>("merge", 0, longest),
    of<attention, &AttentionTuning::odd_head>("odd_head", 0, longest),
    of<attention, &AttentionTuning::small_head>("small_head", 0, longest),
    of<attention, &AttentionTuning::single_latency>("single_latency", 0, longest),
    of<attention, &AttentionTuning::host>("host", 0, longest),
    of<attention, &AttentionTuning::exponentials>("exponentials", 0, 1e15),
    of<attention, &AttentionTuning::balance>("balance", 0, 64),
    of<attention, &AttentionTuning::sustain>("sustain", 0, 10),
    of<attention, &AttentionTuning::pass_queries>("pass_queries", 0, 100),
    of<attention, &AttentionTuning::pass_keys>("pass_keys", 0, 100),
    of<attention, &AttentionTuning::packed>("packed", 0.1, 10),
    of<attention, &AttentionTuning::wide_heads>("wide_heads", 0.1, 100),
    of<attention, &AttentionTuning::edge>("edge", 0, 4),
    of<attention, &AttentionTuning::wave>("wave", 0, 1),
    of<attention, &AttentionTuning::occupancy>("occupancy", 0.01, 64),
    of<attention, &AttentionTuning::warm>("warm", 0, 4),
    of<attention, &AttentionTuning::warm_gain>("warm_gain", 1, 1e6),
    of<attention, &AttentionTuning::most_packed>("most_packed", 1, 1000),
    of<attention, &AttentionTuning::shortest_split>("shortest_split", 0.1, 1000),
    of<attention, &AttentionTuning::most_splits>("most_splits", 0, 4096),
    of<attention, &AttentionTuning::split_from>("split_from", 0, 1e6),
    of<attention, &AttentionTuning::least_rows>("least_rows", 1, 1024),
    of<attention, &AttentionTuning::single_alone>("single_alone", 0, 1),
    of<attention, &AttentionTuning::window_alone>("window_alone", 0, 1),
    of<attention, &AttentionTuning::splits_single>("splits_single", 0, 1),
    of<attention, &AttentionTuning::scaled_tiles>("scaled_tiles", 0, 1),
    of<attention, &AttentionTuning::overlaps>("overlaps", 0, 1),
    of<attention, &AttentionTuning::narrow_products>("narrow_products", 0, 1),
    of<attention, &AttentionTuning::packs>("packs", 0, 1),
    of<attention, &AttentionTuning::absorbed>("absorbed", 0, 1),
};

constexpr KernelParameter expert_table[] = {
    of<experts, &ExpertTuning::columns>("columns", 1, 4096),
    of<experts, &ExpertTuning::least_tile_rows>("least_tile_rows", 1, 4096),
    of<experts, &ExpertTuning::tile_share>("tile_share", 0.01, 100),
    of<experts, &ExpertTuning::tile_extra>("tile_extra", 0, 1e4),
    of<experts, &ExpertTuning::fill>("fill", 0, 100),
    of<experts, &ExpertTuning::pad>("pad", 1, 4096),
    of<experts, &ExpertTuning::ramp>("ramp", 0, longest),
    of<experts, &ExpertTuning::ramp_tokens>("ramp_tokens", 1e-3, 1e6),
    of<experts, &ExpertTuning::per_expert>("per_expert", 0, longest),
    of<experts, &ExpertTuning::rows>("rows", 0, 100),
    of<experts, &ExpertTuning::all_hidden>("all_hidden", 0, 100),
    of<experts, &ExpertTuning::all_inner>("all_inner", 0, 100),
    of<experts, &ExpertTuning::resident>("resident", 0, 4),
    of<experts, &ExpertTuning::sweep>("sweep", 1, 100),
    of<experts, &ExpertTuning::sharded>("sharded", 0, 1),
    of<experts, &ExpertTuning::stored>("stored", 0, 8),
    of<experts, &ExpertTuning::routing>("routing", 0, longest),
    of<experts, &ExpertTuning::exchange_sorts>("exchange_sorts", 0, 1e6),
    of<experts, &ExpertTuning::host>("host", 0, longest),
};

constexpr KernelParameter scan_table[] = {
    of<scan, &ScanTuning::start>("start", 0, longest),
    of<scan, &ScanTuning::chunk>("chunk", 0, longest),
    of<scan, &ScanTuning::item>("item", 0, longest),
    of<scan, &ScanTuning::sequence>("sequence", 0, longest),
    of<scan, &ScanTuning::step>("step", 0, longest),
    of<scan, &ScanTuning::passes>("passes", 0, 100),
    of<scan, &ScanTuning::states>("states", 0, 100),
    of<scan, &ScanTuning::wave>("wave", 0, 1),
    of<scan, &ScanTuning::occupancy>("occupancy", 0.01, 64),
    of<scan, &ScanTuning::warm>("warm", 0, 4),
    of<scan, &ScanTuning::warm_gain>("warm_gain", 1, 1e6),
    of<scan, &ScanTuning::host>("host", 0, longest),
};

constexpr KernelParameter sparse_table[] = {
    of<attention, &AttentionTuning::least_rows>("least_rows", 1, 1024),
    of<sparse, &SparseTuning::gather>("gather", 1e-3, 1000),
    of<sparse, &SparseTuning::padded>("padded", 0, 1),
    of<sparse, &SparseTuning::row>("row", 0, longest),
    of<sparse, &SparseTuning::index_latency>("index_latency", 0, longest),
    of<sparse, &SparseTuning::index_compute>("index_compute", 1e-6, 2),
    of<sparse, &SparseTuning::select>("select", 0, longest),
    of<sparse, &SparseTuning::select_start>("select_start", 0, longest),
    of<sparse, &SparseTuning::launch_share>("launch_share", 0, 2),
    of<sparse, &SparseTuning::host>("host", 0, longest),
    of<sparse, &SparseTuning::host_index>("host_index", 0, longest),
    of<sparse, &SparseTuning::host_narrow>("host_narrow", 0, longest),
    of<sparse, &SparseTuning::host_from>("host_from", 0, 1e6),
};

}  // namespace

std::span<const KernelParameter> common_parameters(KernelClass kernel) {
  const std::span<const KernelParameter> all(common_table);
  constexpr std::size_t sizes = 2;  // tile_rows, tile_columns
  switch (kernel) {
    case KernelClass::grouped_gemm: return all.first(all.size() - 1);
    case KernelClass::sparse_prefill:
    case KernelClass::sparse_decode: return all.first(all.size() - sizes);
    default: return all;
  }
}

std::span<const KernelParameter> tuning_parameters(KernelClass kernel) {
  switch (kernel) {
    case KernelClass::gemm:
    case KernelClass::batched_gemm: return gemm_table;
    case KernelClass::grouped_gemm: return expert_table;
    case KernelClass::attention_prefill:
    case KernelClass::attention_decode:
    case KernelClass::mla_prefill:
    case KernelClass::mla_decode: return attention_table;
    case KernelClass::scan_prefill:
    case KernelClass::scan_decode:
    case KernelClass::conv_prefill:
    case KernelClass::conv_decode: return scan_table;
    case KernelClass::sparse_prefill:
    case KernelClass::sparse_decode: return sparse_table;
    case KernelClass::elementwise: break;
  }
  return {};
}

}  // namespace infersim
