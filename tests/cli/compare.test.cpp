#include <sstream>
#include <string>

#include <nlohmann/json.hpp>

#include "infersim/report/text.hpp"
#include "support/catch.hpp"
#include "support/run_program.hpp"

using namespace infersim::test;
using nlohmann::json;

TEST_CASE("with a phone among the devices its lengths hold for all, and batch 1 is shown beside") {
  const auto result = run_infersim(
      {"compare", "--hw", "snapdragon-8-gen3,ascend910b,h200", "--model", "llama2-7b", "--json"});
  REQUIRE(result.exit_code == 0);
  const json results = json::parse(result.out)["results"];
  REQUIRE(results.size() == 5);
  for (const json& document : results) {
    CHECK(document["traffic"]["isl_tokens"] == 512);
    CHECK(document["traffic"]["osl_tokens"] == 128);
  }
  CHECK(results[0]["hw"] == "snapdragon-8-gen3");
  CHECK(results[0]["plan"]["batch"] == 1);
  CHECK(results[0]["plan"]["dtype"] == "int4");
  CHECK(results[1]["plan"]["batch"] > 1);
  CHECK(results[2]["hw"] == results[1]["hw"]);
  CHECK(results[2]["plan"]["batch"] == 1);
  CHECK(results[2]["plan"]["devices"] == results[1]["plan"]["devices"]);
}

TEST_CASE("among cloud devices each is as it would be alone") {
  const auto result =
      run_infersim({"compare", "--hw", "h100,h200", "--model", "llama3.1-8b", "--json"});
  REQUIRE(result.exit_code == 0);
  const json results = json::parse(result.out)["results"];
  REQUIRE(results.size() == 2);
  const auto alone = run_infersim({"--hw", "h200", "--model", "llama3.1-8b", "--json"});
  CHECK(results[1] == json::parse(alone.out));
}

TEST_CASE("a comparison has the intervals of its figures and says what each column rests on") {
  const auto result = run_infersim(
      {"compare", "--hw", "h200,tpu-v7", "--model", "llama3.1-70b", "--framework", "vllm"});
  REQUIRE(result.exit_code == 0);
  CHECK_THAT(result.out, ContainsSubstring("    P10-P90"));
  CHECK_THAT(result.out, ContainsSubstring("  h200 is fitted: "));
  CHECK_THAT(result.out, ContainsSubstring("  tpu-v7 is inherited: "));
  CHECK_THAT(result.out, ContainsSubstring("kernels from class datacenter"));
}

TEST_CASE("one that cannot run does not stop the others") {
  const auto some =
      run_infersim({"compare", "--hw", "snapdragon-8-gen3,h200", "--model", "llama3.1-70b"});
  CHECK(some.exit_code == 0);
  CHECK_THAT(some.out, ContainsSubstring("snapdragon-8-gen3 cannot run: "));
  const auto none = run_infersim(
      {"compare", "--hw", "snapdragon-8-gen3,dimensity-9300", "--model", "llama3.1-70b", "--json"});
  CHECK(none.exit_code == 1);
  for (const json& document : json::parse(none.out)["results"]) {
    CHECK(document.contains("infeasible"));
  }
}

TEST_CASE("a comparison fits 80 columns whatever the number of devices") {
  const auto result = run_infersim(
      {"compare", "--hw", "h100,h200,b200,mi300x,m3-max,ascend910c", "--model", "llama3.1-8b"});
  REQUIRE(result.exit_code == 0);
  std::istringstream lines(result.out);
  for (std::string line; std::getline(lines, line);) {
    INFO(line);
    CHECK(infersim::columns_of(line) <= 80);
  }
}

TEST_CASE("every wrong name of a list is reported, a wrong model once") {
  const auto result = run_infersim({"compare", "--hw", "h201,h101", "--model", "dsv3"});
  CHECK(result.exit_code == 2);
  CHECK_THAT(result.err, ContainsSubstring("`h201`"));
  CHECK_THAT(result.err, ContainsSubstring("`h101`"));
  const auto model = run_infersim({"compare", "--hw", "h200,h100", "--model", "nothing-like-it"});
  CHECK(model.exit_code == 2);
  CHECK(model.err.find("nothing-like-it") == model.err.rfind("nothing-like-it"));
}

TEST_CASE("a column that was asked for by its system is headed by it") {
  const auto result =
      run_infersim({"compare", "--hw", "macbook-air-m4,mac-mini-m4,m4", "--model", "llama3.2-1b"});
  CHECK(result.exit_code == 0);
  CHECK_THAT(result.out, ContainsSubstring("macbook-air-m4") && ContainsSubstring("mac-mini-m4"));
}

TEST_CASE("several devices without compare are told of it") {
  const auto result = run_infersim({"--hw", "h200,h100", "--model", "dsv3"});
  CHECK(result.exit_code == 2);
  CHECK_THAT(result.err, ContainsSubstring("infersim compare --hw h200,h100"));
}
