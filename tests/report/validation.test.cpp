#include "infersim/report/validation.hpp"

#include <sstream>

#include <nlohmann/json.hpp>

#include "infersim/report/scatter.hpp"
#include "support/catch.hpp"

using namespace infersim;
using namespace infersim::test;
using nlohmann::json;

namespace {

/// Two chips of one table: 25 % over and 20 % under; a second table of which nothing was compared.
ValidationReport report() {
  const Interval interval{0.7, 0.9};
  ValidationReport report;
  report.series[{"gemm", Metric::latency, {"h100", "*", "vllm", "gemm", "bf16"}}] = {
      {{1e-5, 1.25e-5, interval}, {2e-5, 2.5e-5, interval}, {4e-5, 5e-5, interval}}, 0};
  report.series[{"gemm", Metric::latency, {"h200", "*", "vllm", "gemm", "bf16"}}] = {
      {{1e-3, 0.8e-3, interval}}, 2};
  report.series[{"runs", Metric::tpot, {"tpu", "qwen", "vllm", "*", "fp8"}}] = {{}, 7};
  report.groups = error_groups(report.series);
  report.skipped = {{"a/gemm.csv", "dtype `x` is not known", 2}, {"a/runs.csv", "no model", 7}};
  return report;
}

json find(const json& groups, const std::string& data, const std::string& chip) {
  for (const json& group : groups) {
    if (group["data"] == data && group["chip"] == chip && group["framework"] == "*" &&
        group["op"] == "*" && group["model"] == "*") {
      return group;
    }
  }
  return nullptr;
}

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t n = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1))
    ++n;
  return n;
}

}  // namespace

TEST_CASE("validation as JSON has every group with its figures in percent, shares and ratios") {
  const json document = json::parse(json_validation(report()));
  CHECK(document["schema"] == 1);
  const json h100 = find(document["groups"], "gemm", "h100");
  CHECK(h100["metric"] == "latency");
  CHECK(h100["dtype"] == "*");
  CHECK(h100["rows"] == 3);
  CHECK_THAT(h100["bias"].get<double>(), WithinRel(1.25, 1e-12));
  CHECK_THAT(h100["median_ape"].get<double>(), WithinRel(25.0, 1e-12));
  CHECK(h100["coverage"] == 1.0);  // measured is 0.8 of predicted
  const json all = find(document["groups"], "gemm", "*");
  CHECK(all["rows"] == 4);
  CHECK(all["skipped"] == 2);
  CHECK(all["coverage"] == 0.75);
  CHECK(document["skipped"][1] ==
        json({{"file", "a/runs.csv"}, {"reason", "no model"}, {"rows", 7}}));
}

TEST_CASE("a group without rows has null for its figures and counts what was skipped") {
  const json document = json::parse(json_validation(report()));
  const json group = find(document["groups"], "runs", "tpu");
  CHECK(group["rows"] == 0);
  CHECK(group["skipped"] == 7);
  CHECK(group["median_ape"].is_null());
  CHECK(group["rank_correlation"].is_null());
}

TEST_CASE("the table of errors fits its width and says nothing twice") {
  for (const int width : {80, 120}) {
    const std::string text = validation_table(report(), {.width = width});
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
      INFO(line);
      CHECK(columns_of(line) <= width);
    }
    CHECK_THAT(text, ContainsSubstring("gemm: latency\n"));
    CHECK_THAT(text, ContainsSubstring("  all      4   1.25      25.0    23.8   25.0     75%"));
    CHECK_THAT(text, ContainsSubstring("\n  h200     1  0.800      20.0"));
    CHECK(count(text, "vllm") == 0);  // the only framework
    CHECK(count(text, "runs: tpot") == 0);
    CHECK_THAT(text, ContainsSubstring("7 of a/runs.csv: no model"));
  }
}

TEST_CASE("a plot has the identity, 25 % lines, a legend and a title with its errors") {
  const std::vector<PlotFile> plots = validation_plots(report());
  REQUIRE(plots.size() == 1);
  CHECK(plots.front().name == "gemm.latency.svg");
  const std::string svg = scatter_svg(plots.front().scatter);
  CHECK_THAT(svg, StartsWith("<svg xmlns=") && EndsWith("</svg>\n"));
  CHECK_THAT(svg, ContainsSubstring("n = 4, median error 25.0 %"));
  CHECK_THAT(svg, ContainsSubstring(">h100 (3)<") && ContainsSubstring(">h200 (1)<"));
  CHECK_THAT(svg, ContainsSubstring("measured latency, us"));
  CHECK(count(svg, "h0") == 4);
  CHECK(count(svg, "stroke-dasharray") == 3);
}

TEST_CASE("points that fall on one place are drawn once, and texts are escaped") {
  Scatter scatter{"a < b & c", "", "time", {{"x", {}}}};
  for (int i = 0; i < 1000; ++i)
    scatter.series.front().points.emplace_back(1.0, 1.0);
  scatter.series.front().points.emplace_back(100.0, 10.0);
  const std::string svg = scatter_svg(scatter);
  CHECK(count(svg, "h0") == 2);
  CHECK_THAT(svg, ContainsSubstring("a &lt; b &amp; c"));
}

TEST_CASE("residuals are drawn as ratios, between level lines") {
  Scatter scatter{"a", "n = 2", "time", {{"x", {{1.0, 3.0}, {10.0, 5.0}}}}};
  scatter.ratios = true;
  const std::string svg = scatter_svg(scatter);
  CHECK_THAT(svg, ContainsSubstring("predicted / measured"));
  CHECK(count(svg, "stroke-dasharray=\"5 4\" d=\"M74 ") == 2);
}

TEST_CASE("of many points always the same are drawn, which the subtitle says") {
  Scatter scatter{"a", "n = 10,000", "time", {{"x", {}}, {"rare", {{1.0, 1.0}}}}};
  for (int i = 0; i < 10'000; ++i)
    scatter.series.front().points.emplace_back(1.0 + i, 1.0);
  Scatter again = scatter;
  thin_out(scatter, 20'000);
  CHECK(scatter.series.front().points.size() == 10'000);
  thin_out(scatter, 1'000);
  thin_out(again, 1'000);
  const std::size_t drawn = scatter.series.front().points.size();
  CHECK(drawn > 900);
  CHECK(drawn < 1'100);
  CHECK(again.series.front().points == scatter.series.front().points);
  CHECK_THAT(scatter.subtitle, ContainsSubstring(" of 10,001 points drawn"));
}
