#include "infersim/explore/sensitivity.hpp"

#include <algorithm>
#include <cmath>

#include "infersim/core/diagnostic.hpp"
#include "infersim/core/toml_edit.hpp"
#include "infersim/core/toml_figures.hpp"
#include "infersim/explore/tornado.hpp"
#include "infersim/report/metric_fields.hpp"
#include "support/catch.hpp"

using namespace infersim;
using Catch::Matchers::WithinAbs;
using Catch::Matchers::WithinRel;

namespace {

Question asked(const char* hw, const char* model, double batch) {
  Question question;
  question.hw = hw;
  question.model = model;
  question.batch = batch;
  return question;
}

Sensitivities of(const Question& question, const std::vector<const char*>& metrics) {
  const Catalog catalog;
  std::vector<const Field*> fields;
  for (const char* metric : metrics)
    fields.push_back(&metric_field(metric, "--metric"));
  auto found = sensitivities(catalog, question, fields, 0.02, [](std::size_t, std::size_t) {});
  REQUIRE(found);
  return *std::move(found);
}

/// Of the first metric; 0 where the figure moves nothing.
double elasticity(const Sensitivities& found, std::string_view key, std::size_t metric = 0) {
  for (const FigureSensitivity& figure : found.figures) {
    if (figure.key == key) return figure.elasticity[metric].value_or(0.0);
  }
  return 0.0;
}

}  // namespace

TEST_CASE("Figures of a description: each key is the one that --set takes") {
  const Catalog catalog;
  for (const DescriptionKind kind : {DescriptionKind::device, DescriptionKind::system,
                                     DescriptionKind::site, DescriptionKind::framework}) {
    for (const Description& description : catalog.descriptions(kind)) {
      for (const TomlFigure& figure : toml_figures(description.text, description.path)) {
        if (!written_number(figure.value)) continue;
        INFO(description.path << " " << figure.key);
        const EditedToml edited =
            with_value(description.text, description.path, figure.key, figure.value);
        CHECK(edited.key == figure.key);
        CHECK_FALSE(edited.was.empty());
      }
    }
  }
}

TEST_CASE("Numbers as they are written, with their units") {
  const auto bandwidth = written_number("4.8 TB/s");
  REQUIRE(bandwidth);
  CHECK(bandwidth->number == 4.8);
  CHECK(bandwidth->unit == "TB/s");
  CHECK(written_number("132")->unit.empty());
  CHECK(written_number("0.27 pJ/FLOP")->unit == "pJ/FLOP");
  for (const char* none :
       {"2024-03-11", "2024-03", "true", "hopper", "", "[...]", "1.2.3", "4 of 8"})
    CHECK_FALSE(written_number(none));
}

TEST_CASE("Elasticities: price by its rate, energy by the site, one user by bandwidth") {
  const Sensitivities found = of(asked("h200", "llama3.1-70b", 1.0),
                                 {"tpot_ms", "usd_per_mtok_output", "energy_j_per_output_token"});
  CHECK_THAT(elasticity(found, "device.rental.rate", 1), WithinAbs(1.0, 1e-3));
  CHECK_THAT(elasticity(found, "device.rental.rate", 0), WithinAbs(0.0, 1e-9));
  CHECK_THAT(elasticity(found, "site.pue.value", 2), WithinAbs(1.0, 1e-3));
  // One sequence reads all weights for each token: between a half and all of the time.
  CHECK(elasticity(found, "device.memory.HBM3e.bandwidth") < -0.5);
  CHECK(elasticity(found, "device.memory.HBM3e.bandwidth") > -1.01);
  CHECK(std::is_sorted(found.figures.begin(), found.figures.end(),
                       [](const auto& a, const auto& b) { return a.greatest() > b.greatest(); }));
  const std::string svg = tornado_svg(found, 5);
  CHECK(svg.find("device.memory.HBM3e.bandwidth") != std::string::npos);
}

TEST_CASE("Elasticities: a figure that is set is moved from there") {
  Question question = asked("h200", "llama3.1-70b", 1.0);
  question.set.push_back({"device.memory.bandwidth", "100 GB/s"});
  const Sensitivities slow = of(question, {"tpot_ms"});
  // All that is left is memory.
  CHECK_THAT(elasticity(slow, "device.memory.HBM3e.bandwidth"), WithinAbs(-1.0, 0.03));
}

TEST_CASE("Metrics by the end of their keys, and what is none with those of like names") {
  CHECK(metric_field("usd_per_mtok_output", "--metric").path == "cost.usd_per_mtok_output");
  CHECK(metric_field("tpot_ms", "--metric").path == "tpot_ms");
  CHECK(metric_field("decode.tpot_ms", "--metric").path == "decode.tpot_ms");
  CHECK_THROWS_AS(metric_field("tpot_mss", "--metric"), InputError);
  CHECK_THROWS_AS(metric_field("", "--metric"), InputError);
}
