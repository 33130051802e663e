#include "infersim/calibration/free_parameters.hpp"

#include <algorithm>
#include <cmath>

namespace infersim {
namespace {

constexpr double us = 1e-6;
constexpr double ns = 1e-9;
constexpr bool linear = false;

constexpr FreeParameter gemm_table[] = {
    {"compute", 0.3, 1.3, {0.85, 1.0}, 0.2},
    {"bandwidth", 0.2, 1.1, {0.85, 0.85}, 0.1},
    {"latency", 0.1 * us, 100 * us, {2.5 * us, 6 * us}, 0.6},
    {"blend", 0.8, 12, {2.5, 1.8}, 0.3},
    {"side", 0.01, 300, {1, 20}, 2},
    {"widen", 0.1, 1000, {10, 10}, 1},
    {"wave", 0, 1, {0.2, 0.7}, 0.3, linear},
    {"write", 0.005, 20, {0.7, 1}, 0.4},
    {"k_latency", 0.001 * ns, 20 * ns, {1.5 * ns, 5 * ns}, 0.6},
    {"sustain", 0.001, 2, {0.15, 0.3}, 1},
    {"split_latency", 0.01 * us, 20 * us, {2.2 * us, 5 * us}, 0.6},
    {"split_step", 0.1 * ns, 5 * us, {15 * ns, 50 * ns}, 1},
    {"unit_bandwidth", 0.3, 39, {2, 5}, 0.6},
    {"quantise", 0.02, 10, {0.5, 0.5}, 0.5},
    {"quantise_row", 0.0001 * ns, 100 * ns, {0.1 * ns, 3 * ns}, 2},
    {"quantise_fill", 0.1 * us, 1000 * us, {20 * us, 5 * us}, 1},
    {"quantise_rows", 1, 1e5, {100, 100}, 1},
    {"keep_weights", 0.01, 4, {0.2, 0.5}, 1},
    {"keep_values", 0.01, 4, {1, 0.5}, 1},
    {"keep_gain", 1, 1000, {3, 10}, 1},
    {"host", 1 * us, 1000 * us, {90 * us, 250 * us}, 0.5},
    {"host_few", 0.1, 10, {0.7, 1}, 0.3},
    {"host_thin", 0.1, 10, {2, 1}, 0.4},
    {"host_padded", 0.1, 10, {1.05, 1}, 0.2},
};

constexpr FreeParameter decode_table[] = {
    {"compute", 0.05, 2, {0.7, 0.3}, 0.3},
    {"bandwidth", 0.2, 1.1, {0.85, 0.7}, 0.1},
    {"latency", 0.1 * us, 300 * us, {6 * us, 20 * us}, 0.6},
    {"blend", 0.8, 12, {2.5, 1.5}, 0.3},
    {"merge", 0.01 * us, 100 * us, {2.5 * us, 1 * us}, 0.6},
    {"unit_start", 0.01 * us, 100 * us, {1.5 * us, 0.5 * us}, 0.6},
    {"unit_start_single", 0.01 * us, 100 * us, {1.2 * us, 0.5 * us}, 0.6},
    {"query_value", 0.001 * ns, 10 * ns, {0.1 * ns, 0.5 * ns}, 1},
    {"tile", 0.001 * us, 20 * us, {0.5 * us, 0.1 * us}, 1},
    {"ramp", 0.01 * us, 100 * us, {2 * us, 0.5 * us}, 1},
    {"unit_bandwidth", 1e9, 1e12, {40e9, 80e9}, 0.5},
    {"unit_bandwidth_single", 1e9, 1e12, {30e9, 60e9}, 0.5},
    {"odd_head", 0.01 * us, 50 * us, {0.3 * us, 2 * us}, 1},
    {"small_head", 0.01 * us, 50 * us, {0.3 * us, 2 * us}, 1},
    {"single_latency", 0.01 * us, 50 * us, {1 * us, 3 * us}, 1},
    {"wave", 0, 1, {0.7, 0.3}, 0.3, linear},
    {"warm", 0.01, 4, {0.5, 1}, 1},
    {"warm_gain", 1, 1000, {3, 10}, 1},
};

constexpr FreeParameter prefill_table[] = {
    {"compute", 0.05, 1.2, {0.8, 0.6}, 0.2},
    {"bandwidth", 0.2, 1.1, {0.85, 0.7}, 0.1},
    {"latency", 0.1 * us, 300 * us, {8 * us, 30 * us}, 0.6},
    {"unit_start", 0.01 * us, 100 * us, {2 * us, 0.5 * us}, 0.6},
    {"query_value", 0.001 * ns, 10 * ns, {0.1 * ns, 0.5 * ns}, 1},
    {"tile", 0.001 * us, 20 * us, {0.1 * us, 0.02 * us}, 1},
    {"ramp", 0.01 * us, 100 * us, {2 * us, 0.5 * us}, 1},
    {"exponentials", 1e9, 5e12, {1e11, 5e11}, 0.6},
    {"balance", 1, 12, {4, 8}, 0.5},
    {"sustain", 0.001, 2, {0.05, 0.2}, 1},
    {"pass_queries", 0.01, 30, {1, 2}, 0.7},
    {"pass_keys", 0.01, 30, {2, 5}, 0.7},
    {"odd_head", 0.01 * us, 50 * us, {0.3 * us, 2 * us}, 1},
    {"wave", 0, 1, {0.5, 0.9}, 0.3, linear},
    {"packed", 0.3, 5, {1.1, 1.1}, 0.2},
    {"wide_heads", 0.3, 10, {1.5, 2}, 0.4},
    {"warm", 0.01, 4, {0.5, 1}, 1},
    {"warm_gain", 1, 1000, {3, 10}, 1},
};

constexpr FreeParameter expert_table[] = {
    {"compute", 0.1, 1, {0.7, 0.9}, 0.3},
    {"bandwidth", 0.3, 1, {0.85, 0.75}, 0.15},
    {"latency", 0.1 * us, 200 * us, {20 * us, 8 * us}, 0.6},
    {"blend", 0.8, 12, {2.5, 1.8}, 0.3},
    {"columns", 8, 1024, {64, 160}, 0.7},
    {"tile_extra", 0.1, 1000, {40, 5}, 1},
    {"fill", 0.001, 10, {0.5, 0.1}, 1},
    {"ramp", 0.1 * us, 200 * us, {25 * us, 10 * us}, 1},
    {"ramp_tokens", 1, 1000, {30, 100}, 1},
    {"per_expert", 0.1 * ns, 5 * us, {30 * ns, 100 * ns}, 1},
    {"rows", 0.001, 30, {1, 3}, 0.7},
    {"all_hidden", 0.001, 30, {1, 3}, 0.7},
    {"all_inner", 0.001, 30, {1, 0.1}, 0.7},
    {"sharded", 0.2, 1, {0.8, 0.95}, 0.2},
    {"host", 10 * us, 2000 * us, {300 * us, 100 * us}, 0.5},
};

constexpr FreeParameter scan_table[] = {
    {"compute", 0.01, 1.2, {0.3, 0.6}, 0.5},
    {"bandwidth", 0.2, 1.1, {0.85, 0.7}, 0.1},
    {"latency", 0.1 * us, 100 * us, {3 * us, 8 * us}, 0.6},
    {"blend", 0.8, 12, {3, 8}, 0.3},
    {"start", 0.001 * us, 200 * us, {1 * us, 5 * us}, 1},
    {"chunk", 0.001 * us, 50 * us, {2 * us, 0.5 * us}, 0.7},
    {"item", 0.1 * ns, 50 * us, {0.5 * us, 0.05 * us}, 1},
    {"sequence", 0.1 * ns, 50 * us, {0.05 * us, 0.5 * us}, 1},
    {"step", 0.1 * ns, 10 * us, {1 * us, 0.3 * us}, 1},
    {"passes", 0.01, 30, {1, 3}, 0.7},
    {"states", 0.01, 30, {0.5, 1}, 1},
    {"wave", 0, 1, {0.5, 0.9}, 0.3, linear},
    {"occupancy", 0.3, 16, {1, 2}, 0.5},
    {"warm", 0.01, 4, {0.5, 1}, 1},
    {"warm_gain", 1, 1000, {3, 10}, 1},
};

constexpr FreeParameter sparse_table[] = {
    {"compute", 0.02, 1.5, {0.3, 0.6}, 0.5},
    {"bandwidth", 0.02, 1.1, {0.6, 0.3}, 0.5},
    {"latency", 0.1 * us, 500 * us, {20 * us, 60 * us}, 1},
    {"blend", 0.8, 12, {4, 2}, 0.5},
    {"gather", 0.05, 10, {0.6, 1}, 1},
    {"padded", 0, 1, {0.5, 0.9}, 0.5, linear},
    {"row", 0.001 * ns, 1 * us, {10 * ns, 1 * ns}, 2},
    {"index_latency", 0.01 * us, 200 * us, {20 * us, 60 * us}, 1},
    {"index_compute", 0.02, 1, {0.4, 0.2}, 0.5},
    {"select", 0.0001 * ns, 100 * ns, {0.35 * ns, 2 * ns}, 1},
    {"select_start", 0.01 * us, 100 * us, {8 * us, 2 * us}, 1},
    {"launch_share", 0, 1.5, {0.3, 0.8}, 0.5, linear},
    {"host", 10 * us, 5000 * us, {500 * us, 1400 * us}, 0.5},
    {"host_index", 1 * us, 5000 * us, {600 * us, 100 * us}, 0.7},
    {"host_narrow", 1 * us, 5000 * us, {300 * us, 50 * us}, 0.7},
};

constexpr FreeParameter convolution_table[] = {
    {"bandwidth", 0.2, 1.1, {0.85, 0.7}, 0.1},
    {"latency", 0.1 * us, 100 * us, {3 * us, 8 * us}, 0.6},
    {"blend", 0.8, 12, {3, 8}, 0.3},
    {"item", 0.1 * ns, 500 * us, {20 * us, 1 * us}, 1},
    {"start", 0.001 * us, 500 * us, {10 * us, 1 * us}, 1},
    {"sequence", 0.1 * ns, 50 * us, {0.05 * us, 0.5 * us}, 1},
    {"step", 0.1 * ns, 10 * us, {0.3 * us, 0.5 * us}, 1},
    {"host", 1 * us, 3000 * us, {500 * us, 800 * us}, 0.5},
    {"passes", 0.01, 30, {0.5, 1}, 0.7},
    {"warm", 0.01, 4, {0.5, 1}, 1},
    {"warm_gain", 1, 1000, {3, 10}, 1},
};

constexpr double kB = 1e3;
constexpr double MB = 1e6;

constexpr FreeParameter library_table[] = {
    {"latency", 0.5 * us, 300 * us, {12 * us, 25 * us}, 0.5},
    {"hop", 0.001 * us, 50 * us, {0.6 * us, 3 * us}, 1},
    {"ramp", 0.1 * us, 1000 * us, {30 * us, 60 * us}, 0.7},
    {"knee", 10 * kB, 100 * MB, {20 * MB, 2 * MB}, 1},
    {"fraction", 0.01, 1, {0.75, 0.5}, 0.2},
    {"low_latency", 0.5 * us, 300 * us, {4 * us, 8 * us}, 0.4},
    {"low_hop", 0.001 * us, 50 * us, {0.9 * us, 0.2 * us}, 1},
    {"low_ramp", 0.1 * us, 50 * us, {1.5 * us, 3 * us}, 0.7},
    {"low_knee", 0.1 * kB, 300 * kB, {5 * kB, 20 * kB}, 1},
    {"low_fraction", 0.001, 1, {0.25, 0.08}, 0.6},
    {"switch_latency", 1 * us, 300 * us, {60 * us, 20 * us}, 0.5},
    {"switch_fraction", 0.05, 1, {0.65, 0.5}, 0.2},
    {"contention", 0.05, 4, {1.9, 1}, 0.5},
};

constexpr FreeParameter custom_table[] = {
    {"one_latency", 0.2 * us, 100 * us, {3 * us, 5 * us}, 0.4},
    {"one_fraction", 0.01, 1, {0.6, 0.3}, 0.4},
    {"two_latency", 0.2 * us, 100 * us, {6 * us, 12 * us}, 0.5},
    {"two_fraction", 0.01, 1, {0.6, 0.3}, 0.4},
    {"hop", 0.001 * us, 20 * us, {0.1 * us, 2 * us}, 1},
    {"contention", 0.05, 4, {1.5, 1}, 0.5},
    {"symmetric_latency", 0.5 * us, 100 * us, {12 * us, 25 * us}, 0.5},
    {"symmetric_fraction", 0.01, 1, {0.5, 0.25}, 0.4},
    {"symmetric_ranks", -2, 2, {0, 0.5}, 0.4, linear},
    {"host", 1 * us, 1000 * us, {25 * us, 60 * us}, 0.5},
    {"copy", 0.05, 10, {0.6, 2}, 0.5},
};

constexpr FreeParameter exchange_table[] = {
    {"latency", 1 * us, 1000 * us, {12 * us, 40 * us}, 0.6},
    {"hop", 0.001 * us, 200 * us, {2 * us, 0.5 * us}, 1},
    {"domain_hop", 0.001 * us, 200 * us, {7 * us, 35 * us}, 1},
    {"expert", 0.001 * ns, 1 * us, {15 * ns, 5 * ns}, 1},
    {"ramp", 0.1 * us, 2000 * us, {50 * us, 400 * us}, 1},
    {"ramp_tokens", 0.1, 1e4, {100, 5000}, 1},
    {"token", 1 * ns, 100 * us, {2 * us, 0.2 * us}, 1},
    {"unit_bandwidth", 1e9, 200e9, {17e9, 30e9}, 0.6},
    {"fraction", 0.02, 1, {0.5, 0.8}, 0.3},
    {"out_fraction", 0.1, 1, {0.93, 0.8}, 0.1},
    {"far", 0.1, 1, {0.5, 0.7}, 0.5},
    {"contention", 0, 2, {0.1, 0.3}, 0.3, linear},
    {"blend", 0.8, 12, {3, 8}, 0.4},
    {"overlap", 0.8, 12, {1.1, 2}, 0.4},
    {"host", 1 * us, 1000 * us, {60 * us, 150 * us}, 0.5},
};

}  // namespace

std::span<const FreeParameter> free_parameters(KernelClass kernel) {
  switch (kernel) {
    case KernelClass::gemm:
    case KernelClass::batched_gemm: return gemm_table;
    case KernelClass::grouped_gemm: return expert_table;
    case KernelClass::attention_prefill:
    case KernelClass::mla_prefill: return prefill_table;
    case KernelClass::attention_decode:
    case KernelClass::mla_decode: return decode_table;
    case KernelClass::scan_prefill:
    case KernelClass::scan_decode: return scan_table;
    case KernelClass::conv_prefill:
    case KernelClass::conv_decode: return convolution_table;
    case KernelClass::sparse_prefill:
    case KernelClass::sparse_decode: return sparse_table;
    case KernelClass::elementwise: break;
  }
  return {};
}

std::span<const FreeParameter> free_library_parameters() { return library_table; }

std::span<const FreeParameter> free_custom_parameters() { return custom_table; }

std::span<const FreeParameter> free_exchange_parameters() { return exchange_table; }

double FreeParameter::scaled(double value) const {
  const double within = std::clamp(value, least, most);
  return logarithmic ? std::log(within) : within;
}

double FreeParameter::value(double scaled) const {
  return std::clamp(logarithmic ? std::exp(scaled) : scaled, least, most);
}

std::vector<KernelCoordinate> kernel_coordinates(KernelClass kernel,
                                                 const KernelEfficiency& described,
                                                 const std::vector<std::string>& keys) {
  std::vector<KernelCoordinate> chosen;
  for (const auto& table : {common_parameters(kernel), tuning_parameters(kernel)})
    add_coordinates(table, free_parameters(kernel), described, keys, chosen);
  return chosen;
}

}  // namespace infersim
