#include <set>
#include <sstream>
#include <string>

#include <nlohmann/json.hpp>

#include "support/catch.hpp"
#include "support/repository.hpp"
#include "support/run_program.hpp"
#include "support/temporary_folder.hpp"

using namespace infersim::test;
using nlohmann::json;

namespace {

const std::string rows =
    "chip,framework,version,op,kernel,dtype,m,n,k,latency_us,power_w\n"
    "h200_sxm,vllm,0.24.0,gemm,x,bfloat16,256,4096,4096,20,\n"
    "h200_sxm,vllm,0.24.0,gemm,x,fp8,4096,4096,4096,120,\n"
    "mychip,vllm,0.24.0,gemm,x,fp8,4096,4096,4096,120,\n";

}  // namespace

TEST_CASE("validate compares the rows of a file and ends with 0") {
  const TemporaryFolder folder;
  const std::string file = folder.write("mine.csv", rows);
  const auto result = run_infersim({"validate", file});
  CHECK(result.exit_code == 0);
  CHECK(result.err.empty());
  CHECK_THAT(result.out, StartsWith("mine: latency\n"));
  CHECK_THAT(result.out, ContainsSubstring("chip `mychip` is not in the catalogue"));
}

TEST_CASE("validate --json is one document with groups and what was skipped") {
  const TemporaryFolder folder;
  folder.write("ops/mine.csv", rows);
  const auto result = run_infersim({"validate", folder.path(), "--json"});
  REQUIRE(result.exit_code == 0);
  const json document = json::parse(result.out);
  CHECK(document["schema"] == 1);
  CHECK(document["groups"][0]["data"] == "mine");
  CHECK(document["groups"][0]["rows"] == 2);
  CHECK(document["skipped"][0]["rows"] == 1);
}

TEST_CASE("docs/validate.md lists the keys of the document, and no others") {
  const TemporaryFolder folder;
  folder.write("mine.csv", rows);
  const json document = json::parse(run_infersim({"validate", folder.path(), "--json"}).out);
  std::set<std::string> written;
  for (const char* list : {"groups", "skipped"}) {
    for (const auto& [key, value] : document[list][0].items())
      written.insert(std::string("| `") + list + "[]." + key + "` |");
  }
  std::set<std::string> described;
  std::istringstream lines(read_file(source_dir() / "docs/validate.md"));
  for (std::string line; std::getline(lines, line);) {
    if (line.find("[].") != std::string::npos)
      described.insert(line.substr(0, line.find("|", 1) + 1));
  }
  CHECK(written == described);
}

TEST_CASE("an added catalogue makes its chips known") {
  const TemporaryFolder folder;
  const std::string file = folder.write("mine.csv", rows);
  REQUIRE(run_infersim({"init", folder.path("mine")}).exit_code == 0);
  const auto result = run_infersim({"validate", file, "--catalog", folder.path("mine"), "--json"});
  REQUIRE(result.exit_code == 0);
  CHECK(json::parse(result.out)["groups"][0]["rows"] == 3);
}

TEST_CASE("validate --plot writes an SVG for each table and figure") {
  const TemporaryFolder folder;
  const std::string file = folder.write("mine.csv", rows);
  REQUIRE(run_infersim({"validate", file, "--plot", folder.path("plots")}).exit_code == 0);
  CHECK_THAT(read_file(folder.path("plots/mine.latency.svg")), StartsWith("<svg "));
  const auto refused = run_infersim({"validate", file, "--plot", file});
  CHECK(refused.exit_code == 2);
  CHECK_THAT(refused.err, ContainsSubstring("cannot be written"));
}

TEST_CASE("validate ends with 1 where nothing could be compared, with 2 for bad input") {
  const TemporaryFolder folder;
  const std::string unknown = folder.write("notes.csv", "a,b\n1,2\n");
  const auto nothing = run_infersim({"validate", unknown});
  CHECK(nothing.exit_code == 1);
  CHECK_THAT(nothing.out, ContainsSubstring("its columns are those of no known"));

  const std::string broken = folder.write("broken.csv", rows + "h200,vllm,1,gemm,x,fp8,?,1,1,1,\n");
  const auto faulty = run_infersim({"validate", broken});
  CHECK(faulty.exit_code == 2);
  CHECK_THAT(faulty.err, ContainsSubstring("broken.csv:5:24: error: m: `?` is not a number"));
  CHECK(faulty.out.empty());
  CHECK(run_infersim({"validate"}).exit_code == 2);
  CHECK(run_infersim({"validate", folder.path("missing")}).exit_code == 2);
}
