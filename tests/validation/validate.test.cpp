#include "infersim/validation/validate.hpp"

#include <algorithm>
#include <filesystem>

#include <fmt/format.h>

#include "infersim/calibration/operator_cost.hpp"
#include "infersim/core/diagnostic.hpp"
#include "infersim/validation/catalog_names.hpp"
#include "support/catch.hpp"
#include "support/temporary_folder.hpp"

using namespace infersim;
using namespace infersim::test;

namespace {

const std::string gemm_header = "chip,framework,version,op,kernel,dtype,m,n,k,latency_us,power_w\n";

ValidationReport validate_paths(const std::vector<std::string>& paths) {
  return validate(measured_files(paths), Catalog(), [](const std::string&) {});
}

const ErrorGroup& overall(const ValidationReport& report, const std::string& data,
                          Metric metric = Metric::latency) {
  const ErrorKey key{data, metric, {}};
  const auto found = std::find_if(report.groups.begin(), report.groups.end(),
                                  [&](const ErrorGroup& group) { return group.key == key; });
  REQUIRE(found != report.groups.end());
  return *found;
}

OpCost gemm_on_h200(double m) {
  const Catalog catalog;
  CatalogNames names(catalog);
  MeasuredOperator op;
  op.shape = MeasuredGemm{m, 4096, 4096};
  return *predict(op, names.chip("h200", "vllm")->prefill);
}

}  // namespace

TEST_CASE("a row that measured what is predicted has no error") {
  const TemporaryFolder folder;
  const double us = gemm_on_h200(256).time / microsecond;
  folder.write("mine.csv",
               gemm_header +
                   fmt::format("h200_sxm,vllm,1,gemm,x,bfloat16,256,4096,4096,{},\n", us) +
                   fmt::format("h200_sxm,vllm,1,gemm,x,bfloat16,256,4096,4096,{},\n", us / 1.5));
  const ErrorGroup& group = overall(validate_paths({folder.path()}), "mine");
  CHECK(group.statistics.rows == 2);
  CHECK_THAT(group.statistics.bias, WithinRel(1.25, 1e-9));
  CHECK_THAT(group.statistics.mean_ape, WithinRel(25.0, 1e-9));
  CHECK_THAT(group.statistics.coverage, WithinRel(0.5, 1e-9));
}

TEST_CASE("a table named _power is about power alone, others about latency alone") {
  const TemporaryFolder folder;
  const std::string rows = gemm_header +
                           "h200,vllm,1,gemm,x,bfloat16,256,4096,4096,20,500\n"
                           "h200,vllm,1,gemm,x,bfloat16,256,4096,4096,20,\n";
  folder.write("gemm_power.csv", rows);
  folder.write("gemm.csv", rows);
  const ValidationReport report = validate_paths({folder.path()});
  for (const ErrorGroup& group : report.groups) {
    CHECK((group.key.metric == Metric::power) == (group.key.data == "gemm_power"));
  }
  CHECK(overall(report, "gemm_power", Metric::power).skipped == 1);
  CHECK(overall(report, "gemm").statistics.rows == 2);
  CHECK(report.compared() == 3);
  REQUIRE(report.skipped.size() == 1);
  CHECK(report.skipped.front().reason == "no power_w");
}

TEST_CASE("rows that mean nothing are counted by file and reason, and in their groups") {
  const TemporaryFolder folder;
  folder.write("a.csv", gemm_header +
                            "h300,vllm,1,gemm,x,bfloat16,1,2,3,4,\n"
                            "h300,vllm,1,gemm,x,bfloat16,1,2,3,4,\n"
                            "h200,vllm,1,gemm,x,fp7,1,2,3,4,\n"
                            "a100,vllm,1,gemm,x,fp8,1,2,3,4,\n"
                            "h200,vllm,1,gemm,x,bfloat16,1,2,3,4,\n");
  const ValidationReport report = validate_paths({folder.path()});
  REQUIRE(report.skipped.size() == 3);
  CHECK(report.skipped[0].file == folder.path("a.csv"));
  CHECK(report.skipped[0].reason == "a100 has no units for fp8");
  CHECK(report.skipped[1].reason == "chip `h300` is not in the catalogue");
  CHECK(report.skipped[1].rows == 2);
  CHECK(report.skipped[2].reason == "dtype `fp7` is not known");
  CHECK(overall(report, "a").statistics.rows == 1);
  CHECK(overall(report, "a").skipped == 4);
}

TEST_CASE("a row of which nothing can be said is skipped") {
  const TemporaryFolder folder;
  folder.write("nccl.csv",
               "chip,framework,op,dtype,num_gpus,message_size,latency_us\n"
               "h200,nccl,all_reduce,half,1,1024,5\n");
  folder.write("gemm.csv", gemm_header + "h200,vllm,1,gemm,x,bfloat16,1e200,1e200,4096,20,\n");
  const ValidationReport report = validate_paths({folder.path()});
  CHECK(report.compared() == 0);
  REQUIRE(report.skipped.size() == 2);
  CHECK(report.skipped[0].reason == "the prediction is no finite figure above zero");
  CHECK(report.skipped[1].reason == "the prediction is no finite figure above zero");
}

TEST_CASE("a file of unknown columns is skipped as a whole and says what would make it known") {
  const TemporaryFolder folder;
  const std::string file = folder.write("notes.csv", "chip,op,m,n,k\na,b,1,2,3\nc,d,4,5,6\n");
  const ValidationReport report = validate_paths({file});
  CHECK(report.groups.empty());
  REQUIRE(report.skipped.size() == 1);
  CHECK(report.skipped.front().rows == 2);
  CHECK_THAT(report.skipped.front().reason,
             ContainsSubstring("a table of GEMMs would also have framework, latency_us, dtype"));
}

TEST_CASE("serving runs are recognised and the names in them looked up") {
  const TemporaryFolder folder;
  folder.write("runs.csv",
               "chip,gpus,framework,model,isl,osl,concurrency,tp_size,ttft_ms,tpot_ms,precision\n"
               "h200_sxm,8,vllm,openai/gpt-5,1024,1024,4,8,100,10,fp8\n"
               "h300_sxm,8,vllm,Qwen/Qwen3-32B,1024,1024,4,8,100,10,fp8\n");
  const ValidationReport report = validate_paths({folder.path()});
  REQUIRE(report.skipped.size() == 2);
  CHECK(report.skipped[0].reason == "chip `h300_sxm` is not in the catalogue");
  CHECK(report.skipped[1].reason == "model `openai/gpt-5` is not in the catalogue");
  CHECK(overall(report, "runs", Metric::tpot).skipped == 2);
}

TEST_CASE("paths are files or directories, sorted, each once") {
  const TemporaryFolder folder;
  folder.write("b/2.csv", "a\n");
  folder.write("b/1.csv", "a\n");
  folder.write("b/deep/3.csv", "a\n");
  folder.write("b/notes.txt", "a\n");
  const std::vector<std::string> files = measured_files({folder.path("b/2.csv"), folder.path("b")});
  CHECK(files == std::vector<std::string>{folder.path("b/2.csv"), folder.path("b/1.csv"),
                                          folder.path("b/deep/3.csv")});
  std::filesystem::create_directory(folder.path("empty"));
  CHECK_THROWS_WITH(
      measured_files({folder.path("empty"), "/nowhere"}),
      ContainsSubstring("no *.csv below") && ContainsSubstring("no file or directory `/nowhere`"));
}

TEST_CASE("faults of all files are told together") {
  const TemporaryFolder folder;
  folder.write("a.csv", gemm_header + "h200,vllm,1,gemm,x,bfloat16,one,2,3,4,\n");
  folder.write("b.csv", "a,b\n1\n");
  CHECK_THROWS_WITH(validate_paths({folder.path()}),
                    ContainsSubstring("a.csv:2:29: error: m: `one` is not a number") &&
                        ContainsSubstring("b.csv:2:1: error: 1 cells under a header of 2"));
}
