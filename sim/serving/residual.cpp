#include "infersim/serving/residual.hpp"

#include <algorithm>

#include "infersim/core/text.hpp"
#include "infersim/core/toml_reader.hpp"
#include "serving/named.hpp"

namespace infersim {

using detail::contains;
using detail::names_of;
using detail::read_named;

namespace {

/// A measurement that is further from its prediction is one of something else.
constexpr double widest = 1e3;
constexpr double largest_error = 10;

}  // namespace

std::string_view name(Beyond beyond) {
  switch (beyond) {
    case Beyond::isl: return "isl";
    case Beyond::osl: return "osl";
    case Beyond::batch: return "batch";
    case Beyond::devices: return "devices";
    case Beyond::nodes: return "nodes";
  }
  return "isl";
}

bool MeasuredPoints::on_chip(std::string_view id) const { return contains(chips, id); }

bool MeasuredPoints::of_model(std::string_view id) const { return contains(models, id); }

MeasuredPoints read_points(TableReader& root) {
  MeasuredPoints points;
  auto table = root.optional_table("points");
  if (!table) return points;
  points.chips = table->texts("chips");
  points.models = table->texts("models");
  for (const std::string& text : table->optional_texts("weights")) {
    if (const auto type = parse_number_type(text)) {
      points.weights.push_back(*type);
    } else {
      table->fault("weights", quote(text) + " is no number type",
                   "types: " + join(names_of(all_number_types)));
    }
  }
  points.isl_most = table->optional_number("isl_most", 1);
  points.osl_most = table->optional_number("osl_most", 1);
  points.batch_most = table->optional_number("batch_most", 1);
  points.devices_most = table->optional_number("devices_most", 1);
  points.nodes_most = table->optional_number("nodes_most", 1);
  points.provenance = table->provenance();
  table->finish();
  return points;
}

std::vector<ServingResidual> read_residuals(TableReader& root, const std::string& framework) {
  std::vector<ServingResidual> residuals;
  for (TableReader& table : root.tables("residual")) {
    ServingResidual residual;
    residual.framework = framework;
    residual.regime = read_named(table, "regime", all_regimes);
    residual.metric = read_named(table, "metric", serving_metrics);
    residual.interval.p10 = table.number("p10", 1 / widest, widest);
    residual.interval.p90 = table.number("p90", residual.interval.p10, widest);
    residual.rows = static_cast<int>(table.integer("rows"));
    residual.median_error = table.number("median_error", 0.0, largest_error);
    residual.provenance = table.provenance();
    const bool twice =
        std::any_of(residuals.begin(), residuals.end(), [&](const ServingResidual& other) {
          return other.regime == residual.regime && other.metric == residual.metric;
        });
    if (twice) {
      table.fault("metric", "a residual of this regime and metric was given before",
                  "one table for each regime and metric");
    }
    if (residual.interval.p10 > 1.0 || residual.interval.p90 < 1.0) {
      table.fault("p10", "measurements lie to one side of what is predicted",
                  "that is a bias: fit it out, for example as `stretch` of [host]");
    }
    table.finish();
    residuals.push_back(std::move(residual));
  }
  return residuals;
}

std::vector<Widening> read_widenings(TableReader& root, const std::string& framework) {
  std::vector<Widening> widenings;
  for (TableReader& table : root.tables("widening")) {
    Widening widening;
    widening.framework = framework;
    widening.beyond = read_named(table, "beyond", all_beyonds);
    widening.metric = read_named(table, "metric", serving_metrics);
    widening.factor.p10 = table.number("p10", 1 / widest, 1.0);
    widening.factor.p90 = table.number("p90", 1.0, widest);
    widening.rows = static_cast<int>(table.integer("rows"));
    widening.provenance = table.provenance();
    table.finish();
    widenings.push_back(std::move(widening));
  }
  return widenings;
}

}  // namespace infersim
