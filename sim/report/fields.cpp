#include "infersim/report/fields.hpp"

#include <vector>

#include "report/asked_fields.hpp"
#include "report/bill_fields.hpp"
#include "report/phase_fields.hpp"
#include "report/plan_fields.hpp"
#include "report/service_fields.hpp"

namespace infersim {

std::span<const Field> fields() {
  static const std::vector<Field> all = [] {
    std::vector<Field> list;
    for (const auto group : {detail::asked_fields(), detail::service_fields(),
                             detail::plan_fields(), detail::phase_fields(), detail::bill_fields()})
      list.insert(list.end(), group.begin(), group.end());
    return list;
  }();
  return all;
}

}  // namespace infersim
