#include <fmt/format.h>

#include <cmath>

#include "demands/table.hpp"
#include "infersim/core/catalog.hpp"
#include "infersim/scenario/scenario.hpp"
#include "infersim/workload/layer_cache.hpp"
#include "infersim/workload/parameters.hpp"
#include "support/published_counts.hpp"

namespace infersim::demands {
namespace {

std::string show(double count) {
  if (count == std::floor(count) && count < 1e9) return fmt::format("{:.0f}", count);
  return fmt::format("{:.8g} B", count / 1e9);
}

void compare(Section& s, const std::string& what, const std::optional<double>& published,
             double ours, double tolerance, const std::string& source) {
  if (!published) {
    s.rows.push_back(holds(what, "not published", show(ours), true));
    return;
  }
  const std::string bar =
      tolerance > 0 ? fmt::format("{} +- {}", show(*published), show(tolerance)) : show(*published);
  s.rows.push_back(holds(what, bar, show(ours), std::abs(ours - *published) <= tolerance, source));
}

}  // namespace

Section models() {
  Section s{"Models: published counts and ours", {}};
  const Catalog catalog;
  for (const test::PublishedCount& row : test::published_counts()) {
    const ModelSpec model = find_model(catalog, row.model);
    const ModelParameters count = count_parameters(model);
    compare(s, model.name + ", parameters", row.total, count.total, row.tolerance, row.source);
    compare(s, model.name + ", active", row.active, count.active, row.active_tolerance, "");
    compare(s, model.name + ", KV bytes a token", row.kv_bytes,
            kv_bytes_per_token(model, NumberType::bf16).base(), 0, "");
    compare(s, model.name + ", state bytes", row.state_bytes,
            state_bytes(model, NumberType::bf16).base(), 0, "");
  }
  return s;
}

}  // namespace infersim::demands
