#include "infersim/phase/parallel_plan.hpp"

#include <fmt/format.h>

#include <variant>

#include "infersim/cost/machine.hpp"

namespace infersim {
namespace {

Infeasible refuse(std::string reason, std::string hint) {
  return {std::move(reason), Bytes{}, Bytes{}, std::move(hint)};
}

Feasible<void> check_heads(const LayerGroup& group, int tp) {
  const GroupedQueryAttention* gqa = grouped_query(group.attention);
  const LinearAttention* linear = recurrence(group.attention);
  Count heads = gqa != nullptr ? gqa->heads : tp;
  if (const auto* a = std::get_if<LatentAttention>(&group.attention)) heads = a->heads;
  if (const auto* a = std::get_if<CompressedAttention>(&group.attention)) heads = a->heads;
  for (const Count divided : {heads, linear != nullptr ? linear->heads : tp}) {
    if (divided % tp == 0) continue;
    return tl::unexpected(
        refuse(fmt::format("{} attention heads do not divide over tp {}", divided, tp),
               "choose a tp that divides the heads"));
  }
  if (gqa != nullptr) {
    if (gqa->kv_heads % tp != 0 && tp % gqa->kv_heads != 0) {
      return tl::unexpected(
          refuse(fmt::format("{} key-value heads neither divide over tp {} nor are repeated evenly",
                             gqa->kv_heads, tp),
                 "choose a tp that divides the key-value heads or is a multiple of them"));
    }
  }
  return {};
}

Feasible<void> check_experts(const LayerGroup& group, const ParallelPlan& plan) {
  const MoeFfn* moe = experts_of(group);
  if (moe != nullptr && moe->experts + plan.redundant_experts < plan.ep) {
    return tl::unexpected(
        refuse(fmt::format("{} experts with {} redundant copies cannot fill ep {}", moe->experts,
                           plan.redundant_experts, plan.ep),
               fmt::format("add --redundant-experts {} or lower --ep", plan.ep - moe->experts)));
  }
  return {};
}

}  // namespace

int ParallelPlan::device_tp() const { return tp >= ranks_per_device ? tp / ranks_per_device : 1; }

int ParallelPlan::device_dp() const { return devices() / (pp * device_tp()); }

double ParallelPlan::tokens_per_step() const {
  double sum = 1.0;
  double accepted = 1.0;
  for (int i = 0; i < mtp; ++i) {
    accepted *= acceptance;
    sum += accepted;
  }
  return sum;
}

Feasible<void> check_plan(const ModelSpec& model, const ParallelPlan& plan) {
  if (plan.ranks() % plan.ranks_per_device != 0) {
    return tl::unexpected(refuse(
        fmt::format("{} ranks are not whole devices of {}", plan.ranks(), plan.ranks_per_device),
        "use all dies of each device"));
  }
  if (plan.pp > model.layer_count()) {
    return tl::unexpected(refuse(
        fmt::format("{} layers cannot fill pp {}", model.layer_count(), plan.pp), "lower --pp"));
  }
  if (plan.tp * plan.dp % plan.ep != 0) {
    return tl::unexpected(refuse(
        fmt::format("ep {} does not divide the {} ranks of a stage", plan.ep, plan.tp * plan.dp),
        "choose an ep that divides tp x dp (in ranks)"));
  }
  for (const LayerGroup& group : model.layers) {
    if (auto ok = check_heads(group, plan.tp); !ok) return ok;
    if (auto ok = check_experts(group, plan); !ok) return ok;
  }
  return {};
}

Feasible<void> check_reach(const ModelSpec& model, const ParallelPlan& plan, const Fabric& fabric) {
  const int ranks = experts_of(model) != nullptr ? plan.ranks() : plan.tp * plan.pp;
  if (ranks <= fabric.domain || fabric.scale_out > Bandwidth{}) return {};
  const int most = fabric.domain / plan.ranks_per_device;
  return tl::unexpected(refuse(
      fmt::format("{} devices would have to exchange data, but links join {} and no network "
                  "between them is described",
                  ranks / plan.ranks_per_device, most),
      fmt::format("take at most {} devices for a copy of the model (--tp x --pp, with --dp if it "
                  "has experts), or a system with a [scale_out] network",
                  most)));
}

}  // namespace infersim
