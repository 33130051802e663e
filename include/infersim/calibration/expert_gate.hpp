#pragma once

#include <string_view>

namespace infersim {

/// Whether a measured layer of routed experts has a gate beside its up projection. A kernel may say
/// that it has none (`moe_torch_flow_nongated`); rows of other kernels leave it out, and tables
/// have no column for it. The models of three shapes (hidden, inner, top-k of experts) apply a
/// squared ReLU to one projection: 2688 x 1856, 6 of 128 (Nemotron 3 Nano) and two of 22 of 512.
/// Whether 1024 x 2688 and 4096 x 2688, 22 of 512, have one is open: times of frameworks point both
/// ways, and they are taken to have.
bool measured_with_gate(std::string_view kernel, double hidden, double inner, double top_k,
                        double experts);

}  // namespace infersim
