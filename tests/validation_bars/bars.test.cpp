#include "validation_bars/bars.hpp"

#include <string>

#include "infersim/core/catalog.hpp"
#include "infersim/core/diagnostic.hpp"
#include "support/catch.hpp"
#include "support/repository.hpp"
#include "support/temporary_folder.hpp"
#include "validation_bars/left_out.hpp"
#include "validation_bars/measure.hpp"

using namespace infersim;
using namespace infersim::bars;
using namespace infersim::test;
using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::WithinRel;

namespace {

/// Two GEMMs of one chip and one of another, whatever they are predicted to take.
constexpr const char* gemms =
    "chip,framework,op,kernel,dtype,m,n,k,latency_us\n"
    "h200_sxm,vllm,gemm,a,bfloat16,64,4096,4096,10\n"
    "h200_sxm,vllm,gemm,b,fp8,64,4096,4096,10\n"
    "h100_sxm,vllm,gemm,a,bfloat16,64,4096,4096,10\n";

constexpr const char* gemm_bar =
    "[[bar]]\nid = \"g\"\nwhat = \"GEMM\"\nkind = \"operators\"\ndata = [\"gemm\"]\n"
    "where = { dtype = [\"bfloat16\"] }\neach_chip = true\nclass = \"gemm\"\nformat = \"bf16\"\n"
    "median = 6\nmean = 10\n"
    "[[bar.lack]]\nchips = [\"h100_sxm\"]\ntext = \"fans\"\n[[bar.lack]]\ntext = \"all else\"\n";

std::vector<Result> measured(const std::string& toml, const TemporaryFolder& folder) {
  static std::vector<Bar> bars;
  bars = read_bars(toml, "bars.toml");
  const Measurements measurements(folder.path("measurements"));
  const LeftOut left_out = read_left_out(folder.path());
  const Catalog catalog;
  CatalogNames names(catalog);
  std::vector<Result> results;
  for (const Bar& bar : bars) {
    for (Result& result :
         measure(bar, {measurements, left_out, names, [](const std::string&) { return 1.5; }})) {
      result.samples.clear();  // they look into the tables
      results.push_back(std::move(result));
    }
  }
  return results;
}

}  // namespace

TEST_CASE("the bars of the repository can be read, and each names what its misses lack by chip") {
  const std::string path = "tests/validation_bars/bars.toml";
  CHECK(read_bars(read_file(source_dir() / path), path).size() > 20);
  const Bar bar = read_bars(gemm_bar, "bars.toml").front();
  CHECK(bar.lack_on("h100_sxm") == "fans");
  CHECK(bar.lack_on("h200_sxm") == "all else");
}

TEST_CASE("faults of the bars are told together, each with its line") {
  const std::string text =
      "[[bar]]\nid = \"a\"\nwhat = \"A\"\nkind = \"guess\"\ndata = [\"gemm\"]\n"
      "[[bar]]\nid = \"a\"\nwhat = \"A\"\nkind = \"speed\"\nseconds = 2\nmedain = 3\n";
  try {
    read_bars(text, "bars.toml");
    FAIL("no fault");
  } catch (const InputError& error) {
    CHECK_THAT(error.what(), ContainsSubstring("bars.toml:4"));
    CHECK_THAT(error.what(), ContainsSubstring("names no table of measurements"));
    CHECK_THAT(error.what(), ContainsSubstring("medain"));
    CHECK_THAT(error.what(), ContainsSubstring("a second time"));
  }
}

TEST_CASE("a bar of each chip has a line for each that its rows name, in sample without folds") {
  const TemporaryFolder folder;
  folder.write("measurements/ops/gemm.csv", gemms);
  const std::vector<Result> results = measured(gemm_bar, folder);
  REQUIRE(results.size() == 2);
  CHECK(results[0].id() == "g-h100_sxm");
  CHECK(results[1].what == "GEMM, h200_sxm");
  CHECK(results[1].in_sample->rows == 1);  // the row in FP8 is not the bar's
  CHECK_FALSE(results[1].left_out);
  CHECK(results[1].how == "in sample");
}

TEST_CASE("rows that were left out decide where there are any") {
  const TemporaryFolder folder;
  folder.write("measurements/ops/gemm.csv", gemms);
  folder.write("calibration/gemm.json",
               R"({"groups": [
        {"chip": "h200", "class": "gemm", "format": "bf16", "framework": "*",
         "rows": 900, "median_ape": 5.9, "mean_ape": 9.9, "p90_ape": 20.0, "bias": 1.0,
         "chip_left_out": {"rows": 900, "median_ape": 15.5, "mean_ape": 20.0}},
        {"chip": "h100", "class": "gemm", "format": "bf16", "framework": "*",
         "rows": 900, "median_ape": 5.9, "mean_ape": 10.1}]})");
  folder.write("calibration/mi355x.json", R"({"groups": [], "left_out": {"chip": "mi355x",
        "family": "cdna3", "errors": [
        {"what": "gemm", "rows": 500, "median_ape": 12.0, "mean_ape": 20.0},
        {"what": "gemm fp8 aiter", "rows": 500, "median_ape": 12.0, "mean_ape": 20.0}]}})");
  const std::vector<Result> results =
      measured(std::string(gemm_bar) +
                   "[[bar]]\nid = \"c\"\nwhat = \"Chip left out\"\n"
                   "kind = \"chip left out\"\nmedian = 15\nmean = 25\n",
               folder);
  REQUIRE(results.size() == 4);
  CHECK(results[0].verdict() == Result::Verdict::miss);
  CHECK(results[1].verdict() == Result::Verdict::pass);
  CHECK(results[1].left_out->rows == 900);
  CHECK(results[2].what == "Chip left out: gemm bf16, h200");
  CHECK(results[2].verdict() == Result::Verdict::miss);
  CHECK(results[3].what == "Chip left out: gemm, mi355x");
  CHECK(results[3].how == "fit of cdna3");
  CHECK(results[3].verdict() == Result::Verdict::pass);
}

TEST_CASE("what is asked of models left out is not answered by rows that were fitted") {
  const TemporaryFolder folder;
  folder.write("measurements/e2e/agg.csv",
               "chip,framework,model,precision,isl,osl,concurrency,tp_size,gpus,ttft_ms,tpot_ms\n"
               "h200_sxm,vllm,llama3.1-70b,fp8,1024,1024,8,4,4,200,12\n");
  const std::string bar =
      "[[bar]]\nid = \"m\"\nwhat = \"TPOT\"\nkind = \"serving\"\ndata = [\"agg\"]\n"
      "metric = \"tpot\"\nfolds = \"model\"\nmedian = 1000\n";
  CHECK(measured(bar, folder).at(0).verdict() == Result::Verdict::not_measured);
  folder.write("serving_cv.json", R"([{"folds": "model", "framework": "vllm", "metric": "tpot",
    "rows": 431, "median": 1.0, "mean": 1.0}, {"folds": "model", "metric": "tpot", "rows": 1204,
                                       "median": 11.0, "mean": 15.0, "coverage": 0.8}])");
  const Result result = measured(bar, folder).at(0);
  CHECK(result.verdict() == Result::Verdict::pass);
  CHECK(result.how == "left out: model");
  CHECK_THAT(result.left_out->median, WithinRel(11.0));
}

TEST_CASE("a document of errors that is none is named") {
  const TemporaryFolder folder;
  folder.write("serving_cv.json", R"([{"folds": "rows"}])");
  CHECK_THROWS_WITH(read_left_out(folder.path()), ContainsSubstring("serving_cv.json"));
}
