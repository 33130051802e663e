#pragma once

#include "infersim/core/number_type.hpp"
#include "infersim/cost/kernel_efficiency.hpp"
#include "infersim/cost/machine.hpp"
#include "infersim/cost/op_cost.hpp"

namespace infersim {

/// The causal convolution over few tokens before linear attention, on one rank: each channel by
/// itself, its last taps - 1 inputs kept as a state.
struct ConvolutionShape {
  double channels = 1;  ///< of this rank: queries, keys and values
  double taps = 4;
  NumberType compute = NumberType::bf16;

  friend bool operator==(const ConvolutionShape&, const ConvolutionShape&) = default;
};

/// `tokens` of `sequences` alike, n = tokens / sequences each, with the activation after it:
///
///     flops = 2 taps tokens channels
///     bytes = 4 passes tokens channels + 4 sequences channels (taps - 1)
///     t_c   = sequences ceil(channels / 256) (start + ceil(n / tile_rows) item) / units
///     t     = latency + sequences sequence + (min(n, tile_rows) - 1) step
///             + (t_c^p + (bytes/(bandwidth B))^p)^(1/p)
///
/// A block of channels of a sequence is a work item whose tokens follow each other within a tile;
/// where kernels are timed alone the host's launch is added. Prefill and decode have kernels, and
/// so parameters, of their own. Neutral parameters (no times) leave the bytes. Source:
/// causal-conv1d (Dao), residuals of measured shapes. Checked in: tests/limits/scan.test.cpp.
OpCost short_convolution_cost(const Machine& machine, const KernelEfficiency& efficiency,
                              const ConvolutionShape& shape, double sequences, double tokens);

}  // namespace infersim
