#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

#include "infersim/calibration/measured_operator.hpp"
#include "infersim/cost/machine.hpp"
#include "infersim/cost/op_cost.hpp"

namespace infersim {

/// What the cost layer says of a measured operator on that machine: the one place where rows of
/// measurements meet the equations. A reason if the machine cannot run it: no unit for the type of
/// its products, more ranks than its domain has.
///
///     experts     all of a layer's routed experts: permutation to the sum of copies
///     scan        scan_prefill_cost or scan_decode_cost; its convolution short_convolution_cost
///     module      module_cost: the lowered layer around sparse attention
///     exchange    exchange_pass_cost of the kernels that the table names
///     collective  the library's (framework `nccl`, `rccl`, `hccl`, `oneccl`); of a serving
///     framework
///                 its own all-reduce
tl::expected<OpCost, std::string> predict(const MeasuredOperator& op, const Machine& machine);

/// Whether a framework's name is that of a communication library.
bool is_communication_library(std::string_view framework);

/// The operation of the communication library that a collective is; empty if it is a serving
/// framework's own all-reduce.
std::optional<LinkOperation> library_operation(const MeasuredOperator& op);

/// Why the machine cannot run an operator; empty if it can.
std::string refusal(const MeasuredOperator& op, const Machine& machine);

/// Of a whole module what does not depend on the kernels of its own class; nothing of others.
std::optional<OpCost> frame_of(const MeasuredOperator& op, const Machine& machine);

/// The times of operators that the machine can run, as `predict` says of each, with the frames that
/// `frame_of` has of them; neighbours alike share the work.
std::vector<Seconds> predict_times(std::span<const MeasuredOperator* const> ops,
                                   std::span<const std::optional<OpCost>> frames,
                                   const Machine& machine);

}  // namespace infersim
