#include "validation_bars/pages.hpp"

#include <filesystem>
#include <string>

#include "support/catch.hpp"
#include "support/repository.hpp"
#include "support/temporary_folder.hpp"
#include "validation_bars/other_program.hpp"

using namespace infersim;
using namespace infersim::bars;
using namespace infersim::test;
using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::WithinRel;

namespace {

LeftOutError error(double median, double mean) { return {100, median, mean, {}, {}, {}}; }

/// Runs that InferenceX might have measured; the second was not asked of the other program.
constexpr const char* runs =
    "id,chip,framework,model,precision,isl,osl,concurrency,tp_size,gpus,ttft_ms,tpot_ms,"
    "settings_source\n"
    "one,h200_sxm,vllm,llama3.1-70b,fp8,1000,1001,8,4,4,200,12,\n"
    "two,h200_sxm,vllm,llama3.1-70b,fp8,1000,1001,16,4,4,300,14,\n";

}  // namespace

TEST_CASE("the page of bars counts verdicts and gives each miss its plot and its reason") {
  Bar bar;
  bar.id = "gemm";
  bar.what = "GEMM";
  bar.kernel = "gemm";
  bar.limits.median = 6;
  bar.limits.mean = 10;
  bar.lacks = {{{}, "The state of the cache."}};
  Result pass{&bar, "h100", "GEMM, h100", "5 folds by shape", error(5, 9), error(4, 8), {}, {}};
  Result miss{&bar, "l40s", "GEMM, l40s", "in sample", {}, error(7.46, 9), {}, Samples(1)};
  Result other = miss;
  other.chip = "a100";
  const std::string page = bars_page({pass, miss, other}, {});
  CHECK_THAT(page, ContainsSubstring("1 pass, 2 miss, 0 are not"));
  CHECK_THAT(page, ContainsSubstring("| GEMM, h100 | 6 / 10 % | 5 folds by shape | 5.0 / 9.0 % | "
                                     "4.0 / 8.0 % | 100 | pass |"));
  CHECK_THAT(page, ContainsSubstring("| not measured | 7.5 / 9.0 % | 100 | [**miss**](#gemm-l40s) "
                                     "(in sample) |"));
  CHECK_THAT(page, ContainsSubstring("[Residuals](residuals/gemm-l40s.svg)"));
  CHECK_THAT(page, ContainsSubstring("The state of the cache.\n\n### gemm-a100"));
  CHECK_THAT(page, ContainsSubstring("The same as of [gemm-l40s](#gemm-l40s)."));
}

TEST_CASE("every plot that the committed page of bars links is there") {
  const auto directory = source_dir() / "results/validation";
  const std::string page = read_file(directory / "bars.md");
  std::size_t links = 0;
  for (std::size_t at = page.find(".svg)"); at != std::string::npos;
       at = page.find(".svg)", at + 1)) {
    const std::size_t from = page.rfind('(', at) + 1;
    const std::string link = page.substr(from, at + 4 - from);
    CAPTURE(link);
    CHECK(std::filesystem::exists(directory / link));
    ++links;
  }
  CHECK(links > 20);
}

TEST_CASE("a class of published points of which one misses has a plot of all that ran") {
  published::PointClass edge;
  edge.id = "edge";
  edge.title = "Edge";
  edge.bar = 0.15;
  published::Point point;
  point.metric = published::Metric::user_rate;
  point.question.hw = "m3";
  point.published = 10;
  published::Rows rows{&edge, {{&point, published::Prediction{11, {}, ""}}}};
  CHECK(published_plots({rows}).empty());
  CHECK_THAT(bars_page({}, {rows}), ContainsSubstring("| Edge | 15 % | 1 of 1 | 9.1 | pass |") ||
                                        ContainsSubstring("| 1 of 1 | 10.0 | pass |"));
  rows.rows.push_back({&point, published::Prediction{14, {}, ""}});
  rows.rows.push_back({&point, tl::unexpected(Infeasible{"memory", {}, {}, {}})});
  const std::vector<PlotFile> plots = published_plots({rows});
  REQUIRE(plots.size() == 1);
  CHECK(plots[0].name == "residuals/published-edge.svg");
  const Scatter& scatter = plots[0].scatter;
  CHECK(scatter.ratios);
  CHECK(scatter.tolerance == 0.15);
  CHECK(scatter.quantity == "tokens/s a user");
  CHECK(scatter.subtitle == "1 of 3 within 15 %; 1 cannot run");
  REQUIRE(scatter.series.size() == 1);
  CHECK(scatter.series[0].name == "m3");
  CHECK(scatter.series[0].points.size() == 2);
  CHECK_THAT(bars_page({}, {rows}), ContainsSubstring("[**miss**](published.md), "
                                                      "[residuals](residuals/published-edge.svg)"));
}

TEST_CASE("coverage and time have bars of their own") {
  Bar interval;
  interval.id = "coverage";
  interval.what = "Interval";
  interval.limits.least_coverage = 0.75;
  interval.limits.most_coverage = 0.85;
  Result covered{&interval, "", "Interval", "left out: rows", error(8, 12), {}, {}, {}};
  covered.left_out->coverage = 0.86;
  CHECK(covered.verdict() == Result::Verdict::miss);
  covered.left_out->coverage = 0.84;
  CHECK(covered.verdict() == Result::Verdict::pass);
  CHECK_THAT(bars_page({covered}, {}), ContainsSubstring("| 75 to 85 % within | left out: rows | "
                                                         "84 % within |"));
  Bar speed;
  speed.limits.seconds = 2;
  Result slow{&speed, "", "All", "here", {}, {}, 2.5, {}};
  CHECK_THAT(bars_page({slow}, {}), ContainsSubstring("2 s asked for, under 3 s measured"));
}

TEST_CASE("another program is compared on the rows that it answered, tokens by its times") {
  const TemporaryFolder folder;
  folder.write("measurements/agg.csv", runs);
  const std::string answers =
      folder.write("answers.csv", "id,aic_ttft_ms,aic_tpot_ms\none,1000,9\nthree,1,1\n");
  const Measurements measurements(folder.path("measurements"));
  const BesideOther tpot = beside_other(measurements, Metric::tpot, answers);
  REQUIRE(tpot.ours.size() == 1);
  CHECK(tpot.ours[0].cell("id") == "one");
  CHECK_THAT(tpot.other[0].error.predicted, WithinRel(0.009));
  CHECK_THAT(tpot.other[0].error.measured, WithinRel(0.012));
  // 8 requests of 1001 tokens in 1 s + 1000 x 9 ms on 4 devices.
  const BesideOther tokens = beside_other(measurements, Metric::tokens_per_s_per_device, answers);
  CHECK_THAT(tokens.other.at(0).error.predicted, WithinRel(8 * 1001 / 10.0 / 4));
  CHECK(beside_other(measurements, Metric::tpot, folder.path("none.csv")).ours.empty());
}

TEST_CASE("pages have a table of each part, and say what was not measured") {
  const TemporaryFolder folder;
  folder.write("measurements/agg.csv", runs);
  folder.write("measurements/gemm.csv",
               "chip,framework,op,kernel,dtype,m,n,k,latency_us\n"
               "h200_sxm,vllm,gemm,a,bfloat16,64,4096,4096,10\n");
  const Measurements measurements(folder.path("measurements"));
  const std::string serving = serving_page(measurements, {}, folder.path("none.csv"));
  CHECK_THAT(serving, ContainsSubstring("Not measured."));
  CHECK_THAT(serving, ContainsSubstring("| TPOT | 2 |"));
  CHECK_THAT(serving, !ContainsSubstring("aiconfigurator"));
  const std::string operators = operators_page(measurements, {});
  CHECK_THAT(operators, ContainsSubstring("| h200_sxm gemm bfloat16 | 1 |"));
  CHECK_THAT(operators, ContainsSubstring("| vllm a | 1 |"));
  const std::vector<PlotFile> plots = table_plots(measurements);
  REQUIRE(plots.size() == 4);
  CHECK(plots[0].name == "plots/agg.ttft.svg");
}
