// The table of what figures rest on, in the repository's own words.

#include <string>

#include "support/catch.hpp"
#include "support/golden.hpp"
#include "support/repository.hpp"
#include "support/run_program.hpp"

namespace infersim::test {
namespace {

TEST_CASE("hardware/README.md shows on what every figure rests") {
  const std::string printed = run_infersim({"list", "hw", "--bases"}).out;
  check_golden("bases", printed);
  const std::string readme = read_file(source_dir() / "hardware/README.md");
  const std::string start = "<!-- infersim list hw --bases -->\n\n";
  const std::size_t from = readme.find(start);
  const std::size_t to = readme.find("\n<!-- end -->", from);
  REQUIRE(from != std::string::npos);
  REQUIRE(to != std::string::npos);
  INFO("tools/approve renews the table in hardware/README.md");
  CHECK(readme.substr(from + start.size(), to - from - start.size()) == printed);
}

}  // namespace
}  // namespace infersim::test
