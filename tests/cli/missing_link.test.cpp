#include <string>
#include <vector>

#include "support/catch.hpp"
#include "support/run_program.hpp"
#include "support/temporary_folder.hpp"

using namespace infersim::test;

namespace {

constexpr const char* two_cards = R"(id = "two-cards"
name = "Desktop with two cards"
device = "rtx-5090"
site = "us"
devices_per_node = 2
max_nodes = 1

[holds]
basis = "assumed"
note = "own PC"

[scale_up]
topology = "fabric"
domain = 2
latency = "10 us"
basis = "assumed"
note = "PCIe"

[server]
fixed = "100 W"
psu_efficiency = 0.9
capital_per_device = "0 USD"
basis = "assumed"
note = "PC"
)";

}  // namespace

TEST_CASE("cards that a system joins without a link of theirs are an error that names both files") {
  const TemporaryFolder folder;
  const std::string file = folder.write("hardware/systems/two-cards.toml", two_cards);
  const std::vector<std::string> question = {
      "--catalog", folder.path(), "--hw", "two-cards", "--model", "llama3.1-8b", "--dtype",
      "int4",      "--batch",     "1",    "--isl",     "512",     "--osl",       "128"};
  const std::vector<std::vector<std::string>> ways = {{},         {"--pp", "2"},      {"--tp", "2"},
                                                      {"--json"}, {"--devices", "2"}, {"compare"}};
  for (const std::vector<std::string>& way : ways) {
    std::vector<std::string> arguments = question;
    const bool verb = !way.empty() && way.front() == "compare";
    arguments.insert(verb ? arguments.begin() : arguments.end(), way.begin(), way.end());
    const ProgramResult result = run_infersim(arguments);
    INFO((way.empty() ? "" : way.front()) << result.err);
    CHECK(result.exit_code == 2);
    CHECK(result.out.empty());
    CHECK_THAT(result.err, ContainsSubstring(file + ":13:"));
    CHECK_THAT(result.err, ContainsSubstring("rtx-5090.toml) has no [scale_up] link"));
    CHECK_THAT(result.err, ContainsSubstring("add [scale_up] with `name`, `per_direction`"));
  }
  const ProgramResult linted = run_infersim({"lint", file});
  CHECK(linted.exit_code == 2);
  CHECK_THAT(linted.out, ContainsSubstring("error: scale_up.topology: a fabric of 2 devices"));
}
