#pragma once

#include "infersim/calibration/measured_operator.hpp"
#include "infersim/core/quantity.hpp"
#include "infersim/cost/machine.hpp"
#include "infersim/cost/op_cost.hpp"

namespace infersim {

/// The kernels of a module around sparse attention: the layer's projections, norms, rotation and
/// the products that absorb latents, as the graph of such a layer is lowered for one rank. Where a
/// kernel attends to all of a short context (`dense`), latent attention itself.
OpCost module_frame(const MeasuredModule& module, const MeasuredOperator& op,
                    const Machine& machine);

/// A whole module: frame F with fixed time L, and attention with its indexer as
/// `sparse_attention_cost` and `index_cost` have them:
///
///     t = (d^4 + h^4)^(1/4),   d = F - (1 - launch_share) L + attention + indexer
///     h = launch (host + [indexer] host_index + [quantised projections] host_narrow), in prefill
///         and, in decode, from `host_from` sequences on: smaller ones run in a graph
///
/// L is what kernels take when timed one by one; in a graph launches overlap. The frame rests on
/// fits of its own, so that what is left of measured modules is attention's.
OpCost module_cost(const MeasuredModule& module, const MeasuredOperator& op, const Machine& machine,
                   const OpCost& frame);

}  // namespace infersim
