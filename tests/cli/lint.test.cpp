#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "support/catch.hpp"
#include "support/repository.hpp"
#include "support/run_program.hpp"
#include "support/temporary_folder.hpp"

using namespace infersim::test;
using nlohmann::json;

namespace {

/// The description of a device of the catalogue under another name, with parts of it replaced.
std::string changed(const std::string& device,
                    const std::vector<std::pair<std::string, std::string>>& parts) {
  std::string text = read_file(source_dir() / "hardware/devices" / (device + ".toml"));
  const std::size_t aliases = text.find("aliases");
  text.erase(aliases, text.find(']', aliases) + 1 - aliases);
  for (const auto& [from, to] : parts) {
    const std::size_t at = text.find(from);
    REQUIRE(at != std::string::npos);
    text.replace(at, from.size(), to);
  }
  return text;
}

json findings(const std::vector<std::string>& arguments, int exit_code) {
  std::vector<std::string> all = {"lint", "--json"};
  all.insert(all.end(), arguments.begin(), arguments.end());
  const ProgramResult result = run_infersim(all);
  CHECK(result.exit_code == exit_code);
  CHECK(result.err.empty());
  return json::parse(result.out);
}

bool has_warning(const json& found, const std::string& key) {
  for (const json& each : found) {
    const bool starts = each["message"].get<std::string>().starts_with(key + ": ");
    if (starts && each["severity"] == "warning") return true;
  }
  return false;
}

}  // namespace

TEST_CASE("the whole catalogue is free of faults and suspicions") {
  const ProgramResult result = run_infersim({"lint"});
  CHECK(result.exit_code == 0);
  CHECK_THAT(result.out, ContainsSubstring("descriptions: nothing to remark"));
  CHECK_THAT(result.out, StartsWith(result.out.substr(0, result.out.find(' '))));
  CHECK(findings({}, 0).empty());
}

TEST_CASE("the usual mistakes with a known chip are suspected, with their place") {
  const TemporaryFolder folder;
  const std::string id = "id       = \"";
  const std::string sparse = folder.write(
      "sparse.toml",
      changed("a100-sxm", {{id + "a100-sxm\"", id + "mine\""}, {"312 TFLOP/s", "624 TFLOP/s"}}));
  const json found = findings({sparse}, 1);
  REQUIRE(found.size() == 1);
  CHECK(found[0]["file"] == sparse);
  CHECK(found[0]["line"].get<int>() > 1);
  CHECK(found[0]["column"].get<int>() >= 1);
  CHECK(found[0]["severity"] == "warning");
  CHECK_THAT(found[0]["message"].get<std::string>(), ContainsSubstring("engine[0].dense.bf16"));
  CHECK_THAT(found[0]["hint"].get<std::string>(), ContainsSubstring("sparsity"));

  const ProgramResult text = run_infersim({"lint", sparse});
  CHECK(text.exit_code == 1);
  CHECK_THAT(text.out, StartsWith(sparse + ":"));
  CHECK_THAT(text.out, ContainsSubstring(": warning: engine[0].dense.bf16: 624 TFLOP/s"));
  CHECK_THAT(text.out, ContainsSubstring("\n  hint: "));
  CHECK_THAT(text.out, ContainsSubstring("1 description: 0 faults, 1 suspicious"));

  const struct {
    const char* from;
    const char* to;
    const char* key;
  } mistakes[] = {
      {"450 GB/s", "900 GB/s", "scale_up.per_direction"},
      {"81559 MiB", "100 GB", "memory[0].capacity"},
      {"3.35 TB/s", "3.35 GB/s", "memory[0].bandwidth"},
      {"3.35 TB/s", "6.7 TB/s", "memory[0].bandwidth"},
      {"1979 TFLOP/s", "3958 TFLOP/s", "engine[0].dense.fp8"},
  };
  for (const auto& [from, to, key] : mistakes) {
    INFO(from << " as " << to);
    // Also where the file is the very chip: it then stands in its own place in the catalogue.
    for (const char* name : {"h100", "mine"}) {
      const std::string file =
          folder.write("h.toml", changed("h100", {{id + "h100\"", id + name + "\""}, {from, to}}));
      CHECK(has_warning(findings({file}, 1), key));
    }
  }
}

TEST_CASE("faults come first and exit with 2") {
  const TemporaryFolder folder;
  const std::string file =
      folder.write("x.toml", changed("h100", {{"id       = \"h100\"", "id       = \"mine\""},
                                              {"989 TFLOP/s", "989"},
                                              {"capacity", "capacty"}}));
  const json found = findings({file}, 2);
  REQUIRE(found.size() == 3);
  for (const json& each : found) {
    CHECK(each["severity"] == "error");
    CHECK(each["line"].get<int>() > 0);
  }
  const ProgramResult text = run_infersim({"lint", file});
  CHECK(text.exit_code == 2);
  CHECK_THAT(text.out, ContainsSubstring(": error: "));
  CHECK_THAT(text.out, ContainsSubstring("3 faults, 0 suspicious"));
}

TEST_CASE("a name of another description, and a reference to none, are faults") {
  const TemporaryFolder folder;
  const std::string file = folder.write(
      "x.toml",
      changed("h100", {{"id       = \"h100\"", "id       = \"mine\"\naliases = [\"H200_SXM\"]"},
                       {"\"hgx-h100\"", "\"hgx-h1000\""}}));
  const json found = findings({file}, 2);
  REQUIRE(found.size() == 2);
  CHECK_THAT(found[0]["message"].get<std::string>(),
             ContainsSubstring("`H200_SXM` is already a name of hardware/devices/h200.toml"));
  CHECK_THAT(found[1]["message"].get<std::string>(), ContainsSubstring("`hgx-h1000`"));
  CHECK_THAT(found[1]["hint"].get<std::string>(), ContainsSubstring("`hgx-h100`"));
}

TEST_CASE("what a file describes is told by its folder or its keys") {
  const TemporaryFolder folder;
  for (const char* path :
       {"hardware/devices/h200.toml", "hardware/systems/hgx-h200.toml", "hardware/sites/china.toml",
        "hardware/efficiency/hopper.toml", "hardware/efficiency/datacenter.toml",
        "hardware/efficiency/frameworks/sglang.toml", "hardware/efficiency/frameworks/generic.toml",
        "workloads/models/dsv3.toml", "workloads/traffic/chat.toml"}) {
    std::string from = path;
    if (from.ends_with("dsv3.toml")) from = "workloads/models/deepseek-v3.toml";
    INFO(from);
    const std::string text = read_file(source_dir() / from);
    CHECK(findings({(source_dir() / from).string()}, 0).empty());
    const std::string leaf = from.substr(from.rfind('/') + 1);
    CHECK(findings({folder.write(leaf, text)}, 0).empty());
  }
  CHECK(findings({folder.write("a.toml", "colour = 1\n")}, 2).size() == 1);
  CHECK(findings({folder.write("b.toml", "id = \n")}, 2)[0]["line"] == 1);
  CHECK(findings({folder.path("missing.toml")}, 2).size() == 1);
}

TEST_CASE("what is no file is looked up by its name in the catalogue") {
  const TemporaryFolder folder;
  REQUIRE(run_infersim({"init", folder.path("one")}).exit_code == 0);
  CHECK(findings({"h200"}, 0).empty());
  CHECK(findings({"H200 SXM", "dsv3", "vllm"}, 0).empty());
  CHECK(findings({"--catalog", folder.path("one"), "mychip"}, 0).empty());
  const json near = findings({"h2OO"}, 2);
  REQUIRE(near.size() == 1);
  CHECK(near[0]["message"] == "cannot be read");
  CHECK_THAT(near[0]["hint"].get<std::string>(), ContainsSubstring("`h200`"));
  const json far = findings({"mychip"}, 2);
  CHECK_THAT(far[0]["hint"].get<std::string>(), ContainsSubstring("--catalog DIR"));
}

TEST_CASE("a folder means what lies below it, with its files as each other's neighbours") {
  const TemporaryFolder folder;
  REQUIRE(run_infersim({"init", folder.path("one")}).exit_code == 0);
  CHECK(findings({folder.path("one")}, 0).empty());
  CHECK(findings({"--catalog", folder.path("one")}, 0).empty());
  const std::string chip = folder.path("one/hardware/devices/mychip.toml");
  // Expectation: its system is found beside it although no --catalog names the folder.
  CHECK(findings({chip}, 0).empty());
  folder.write("one/hardware/devices/twin.toml",
               read_file(chip).replace(read_file(chip).find("\"mychip\" "), 9, "\"twin\" "));
  CHECK(findings({folder.path("one")}, 2).size() >= 1);
}
