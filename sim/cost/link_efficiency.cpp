#include "infersim/cost/link_efficiency.hpp"

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

}  // namespace infersim
