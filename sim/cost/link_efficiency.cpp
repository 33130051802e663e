#include "infersim/cost/link_efficiency.hpp"

#include <algorithm>

namespace infersim {

std::string_view name(LinkOperation operation) {
  switch (operation) {
    case LinkOperation::all_reduce: return "all_reduce";
    case LinkOperation::all_gather: return "all_gather";
    case LinkOperation::reduce_scatter: return "reduce_scatter";
    case LinkOperation::alltoall: return "alltoall";
  }
  return "";
}

std::string_view name(ExchangePass pass) {
  switch (pass) {
    case ExchangePass::prepare: return "prepare";
    case ExchangePass::dispatch: return "dispatch";
    case ExchangePass::combine: return "combine";
    case ExchangePass::combine_narrow: return "combine_narrow";
  }
  return "";
}

const ExchangeKernels* LinkEfficiency::exchange(std::string_view wanted) const {
  const auto found = std::ranges::find(exchanges, wanted, &ExchangeKernels::name);
  return found == exchanges.end() ? nullptr : &*found;
}

}  // namespace infersim
