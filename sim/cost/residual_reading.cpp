#include "cost/residual_reading.hpp"

#include <string>

namespace infersim::detail {
namespace {

/// `p10` and `p90`, or with a prefix the like.
ResidualSpread read_spread(TableReader& table, const std::string& prefix) {
  constexpr double widest = 1e3;
  ResidualSpread spread;
  spread.p10 = table.number(prefix + "p10", 1.0 / widest, widest);
  spread.p90 = table.number(prefix + "p90", spread.p10, widest);
  return spread;
}

}  // namespace

KernelResidual read_residual(TableReader& parent) {
  parent.optional_text("note");
  parent.optional_texts("held");
  KernelResidual residual;
  auto table = parent.optional_table("residual");
  if (!table) return residual;
  residual.rows = static_cast<int>(table->integer("rows", {.least = 1}));
  residual.chips = table->texts("chips");
  residual.median_error = table->number("median_error", 0.0, 10.0);
  residual.mean_error = table->number("mean_error", 0.0, 10.0);
  residual.spread = read_spread(*table, "");
  if (table->has("chip_p10")) residual.chip_spread = read_spread(*table, "chip_");
  table->finish();
  return residual;
}

}  // namespace infersim::detail
