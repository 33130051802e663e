// Did what is printed change? The commands of the README and their neighbours, word for word.

#include <string>
#include <vector>

#include "support/catch.hpp"
#include "support/golden.hpp"
#include "support/repository.hpp"
#include "support/run_program.hpp"

namespace infersim::test {
namespace {

std::string printed(const std::vector<std::string>& arguments) {
  const ProgramResult result = run_infersim(arguments);
  return result.out + result.err;
}

TEST_CASE("The main command") {
  check_golden("run-ascend910b-dsv3", printed({"--hw", "ascend910b", "--model", "dsv3"}));
}

TEST_CASE("A phone") {
  check_golden("run-snapdragon-llama2-7b",
               printed({"--hw", "snapdragon-8-gen3", "--model", "llama2-7b"}));
}

TEST_CASE("Edge next to cloud") {
  check_golden(
      "compare-edge-cloud",
      printed({"compare", "--hw", "snapdragon-8-gen3,ascend910b,h200", "--model", "llama2-7b"}));
}

TEST_CASE("Every term of every equation") {
  check_golden("explain-h200-llama3.1-8b",
               printed({"--hw", "h200", "--model", "llama3.1-8b", "--explain"}));
}

TEST_CASE("What cannot run") {
  check_golden("infeasible", printed({"--hw", "snapdragon-8-gen3", "--model", "llama3.1-405b"}));
}

TEST_CASE("The help text") { check_golden("help", printed({"--help"})); }

TEST_CASE("The README shows what the main command prints") {
  const std::string readme = read_file(source_dir() / "README.md");
  const std::string start = "$ ./infersim --hw ascend910b --model dsv3\n";
  const std::size_t from = readme.find(start);
  REQUIRE(from != std::string::npos);
  const std::size_t to = readme.find("```", from);
  const std::string shown = readme.substr(from + start.size(), to - from - start.size());
  INFO("tools/approve renews the block in README.md");
  CHECK(shown == printed({"--hw", "ascend910b", "--model", "dsv3"}));
}

}  // namespace
}  // namespace infersim::test
