#include <sstream>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "infersim/report/text.hpp"
#include "support/catch.hpp"
#include "support/repository.hpp"
#include "support/run_program.hpp"

using namespace infersim::test;
using nlohmann::json;

namespace {

const std::vector<std::string> pinned = {"--hw",      "h200", "--model", "llama3.1-8b",
                                         "--devices", "1",    "--batch", "16"};

std::vector<std::string> with(std::vector<std::string> arguments,
                              const std::vector<std::string>& more) {
  arguments.insert(arguments.end(), more.begin(), more.end());
  return arguments;
}

}  // namespace

TEST_CASE("an answer is on standard output and leaves standard error empty") {
  const auto result = run_infersim(pinned);
  CHECK(result.exit_code == 0);
  CHECK(result.err.empty());
  CHECK_THAT(result.out, ContainsSubstring("tokens/s per device"));
}

TEST_CASE("run is the verb where the first argument is an option") {
  CHECK(run_infersim(pinned).out == run_infersim(with({"run"}, pinned)).out);
}

TEST_CASE("the document has every key that is promised") {
  const auto result = run_infersim(with(pinned, {"--json"}));
  REQUIRE(result.exit_code == 0);
  CHECK(result.err.empty());
  const json document = json::parse(result.out);
  CHECK(document["schema"] == 1);
  for (const char* path : {"/version",
                           "/hw",
                           "/system",
                           "/model",
                           "/objectives_met",
                           "/ttft_ms",
                           "/tpot_ms",
                           "/plan/devices",
                           "/plan/tp",
                           "/plan/pp",
                           "/plan/dp",
                           "/plan/ep",
                           "/plan/batch",
                           "/plan/dtype",
                           "/plan/kv_dtype",
                           "/prefill/ttft_ms",
                           "/prefill/tokens_per_s_per_device",
                           "/prefill/bound",
                           "/decode/tpot_ms",
                           "/decode/tokens_per_s_per_device",
                           "/decode/tokens_per_s_per_user",
                           "/decode/bound",
                           "/decode/mfu",
                           "/decode/mbu",
                           "/tokens_per_s_per_device",
                           "/memory/weights_bytes",
                           "/memory/kv_bytes_per_token",
                           "/memory/kv_bytes",
                           "/memory/activation_bytes",
                           "/memory/reserve_bytes",
                           "/memory/capacity_bytes",
                           "/memory/max_sequences",
                           "/operators/0/phase",
                           "/operators/0/op",
                           "/operators/0/time_us",
                           "/operators/0/share",
                           "/operators/0/bound",
                           "/power_w",
                           "/energy_j_per_output_token",
                           "/cost/usd_per_mtok_input",
                           "/cost/usd_per_mtok_cached_input",
                           "/cost/usd_per_mtok_output",
                           "/cost/usd_per_device_hour",
                           "/cost/basis",
                           "/cost/date",
                           "/cost/source",
                           "/gco2_per_mtok",
                           "/assumptions/0/key",
                           "/assumptions/0/value",
                           "/assumptions/0/basis",
                           "/assumptions/0/source"}) {
    INFO(path);
    CHECK(document.contains(json::json_pointer(path)));
    CHECK_FALSE(document[json::json_pointer(path)].is_null());
  }
}

TEST_CASE("names are the same whatever their case and punctuation") {
  const auto result = run_infersim(with(pinned, {"--json"}));
  for (const char* name : {"Llama-3.1-8B", "llama3.1-8b", "llama_3_1_8b"}) {
    INFO(name);
    CHECK(
        run_infersim({"--hw", "H200", "--model", name, "--devices", "1", "--batch", "16", "--json"})
            .out == result.out);
  }
}

TEST_CASE("what cannot run is a document and exit code 1") {
  const std::vector<std::string> too_big = {"--hw", "snapdragon-8-gen3", "--model", "llama3.1-70b"};
  const auto text = run_infersim(too_big);
  CHECK(text.exit_code == 1);
  CHECK(text.out.empty());
  CHECK_THAT(text.err, ContainsSubstring("needed"));
  const auto result = run_infersim(with(too_big, {"--json"}));
  CHECK(result.exit_code == 1);
  const json document = json::parse(result.out);
  CHECK(document["schema"] == 1);
  const json& infeasible = document["infeasible"];
  CHECK(infeasible["needed_bytes"].get<double>() > infeasible["available_bytes"].get<double>());
  CHECK_FALSE(infeasible["reason"].get<std::string>().empty());
  CHECK_FALSE(infeasible["hint"].get<std::string>().empty());
}

TEST_CASE("every bad value exits with 2, names its option and prints nothing on standard output") {
  const std::vector<std::pair<std::string, std::string>> bad = {
      {"--tp", "0"},
      {"--pp", "-1"},
      {"--dp", "1.5"},
      {"--ep", "x"},
      {"--devices", ""},
      {"--devices", "1e300"},
      {"--batch", "nan"},
      {"--batch", "inf"},
      {"--isl", "0"},
      {"--isl", "99999999"},
      {"--osl", "-3"},
      {"--context", "0x10"},
      {"--ttft", "0"},
      {"--ttft", "-5"},
      {"--tpot", "nan"},
      {"--tpot", "5 GB"},
      {"--phase", "both of"},
      {"--dtype", "fp7"},
      {"--kv-dtype", ""},
      {"--mtp", "1000"},
      {"--acceptance", "1.1"},
      {"--site", "mars"},
      {"--site", ""},
      {"--microbatches", "3"},
      {"--redundant-experts", "-1"},
      {"--isl", "131072"},  // with the answer beyond the model's context
  };
  for (const auto& [option, value] : bad) {
    INFO(option << " '" << value << "'");
    const auto result = run_infersim({"--hw", "h200", "--model", "llama3.1-8b", option, value});
    CHECK(result.exit_code == 2);
    CHECK(result.out.empty());
    const bool named = result.err.find(option) != std::string::npos ||
                       (!value.empty() && result.err.find(value) != std::string::npos);
    CHECK(named);
    CHECK_THAT(result.err, ContainsSubstring("error: "));
  }
}

TEST_CASE("all faults of a command line are reported together") {
  const auto result = run_infersim(
      {"--hw", "h200", "--model", "dsv3", "--tp", "0", "--batch", "nan", "--dtype", "fp7"});
  CHECK(result.exit_code == 2);
  for (const char* option : {"--tp", "--batch", "--dtype"}) {
    CHECK_THAT(result.err, ContainsSubstring(std::string("error: ") + option));
  }
}

TEST_CASE("unknown options, verbs and names list the nearest") {
  const auto option = run_infersim({"--hw", "h200", "--modle", "dsv3"});
  CHECK(option.exit_code == 2);
  CHECK_THAT(option.err, ContainsSubstring("`--model`"));
  const auto verb = run_infersim({"compair", "--hw", "h200"});
  CHECK(verb.exit_code == 2);
  CHECK_THAT(verb.err, ContainsSubstring("`compare`"));
  const auto device = run_infersim({"--hw", "h2oo", "--model", "dsv3"});
  CHECK(device.exit_code == 2);
  CHECK_THAT(device.err, ContainsSubstring("`h200`"));
  const auto model = run_infersim({"--hw", "h200", "--model", "llama3.1-80b"});
  CHECK(model.exit_code == 2);
  CHECK_THAT(model.err, ContainsSubstring("`llama3.1-8"));
}

TEST_CASE("without a device or a model it says which there are") {
  const auto result = run_infersim({});
  CHECK(result.exit_code == 2);
  CHECK(result.out.empty());
  CHECK_THAT(result.err, ContainsSubstring("ascend910b"));
  CHECK_THAT(result.err, ContainsSubstring("deepseek-v3"));
}

TEST_CASE("each fault is on one line where standard error is no terminal") {
  const auto result = run_infersim({"--hw", "no-such-chip", "--model", "no-such-model"});
  CHECK(result.exit_code == 2);
  std::size_t faults = 0;
  std::istringstream lines(result.err);
  for (std::string line; std::getline(lines, line);) {
    const bool fault = line.rfind("error: ", 0) == 0;
    CHECK((fault || line.rfind("  hint: ", 0) == 0));
    faults += fault ? 1 : 0;
  }
  CHECK(faults == 2);
}

TEST_CASE("values out of range are told together with wrong names, one mistake once") {
  const auto result = run_infersim(
      {"--hw", "h201", "--model", "dsv3", "--tp", "0", "--mtp", "x", "--acceptance", "0.8"});
  CHECK(result.exit_code == 2);
  for (const char* part : {"`h201`", "--tp: 0", "--mtp: `x`"}) {
    CHECK_THAT(result.err, ContainsSubstring(part));
  }
  CHECK(result.err.find("--acceptance") == std::string::npos);
}

TEST_CASE("an option without its value does not take its neighbour for one") {
  const auto apart = run_infersim({"--hw", "h200", "--tp", "--model", "dsv3"});
  CHECK(apart.exit_code == 2);
  CHECK_THAT(apart.err, ContainsSubstring("--tp: its value is missing"));
  const auto empty = run_infersim({"--hw", "h200", "--ttft=", "--model", "dsv3"});
  CHECK(empty.exit_code == 2);
  CHECK_THAT(empty.err, ContainsSubstring("--ttft: an empty value"));
  const auto twice = run_infersim(with(pinned, {"--batch", "4"}));
  CHECK(twice.exit_code == 2);
  CHECK_THAT(twice.err, ContainsSubstring("--batch: given more than once"));
}

TEST_CASE("help and version are answers") {
  const auto help = run_infersim({"--help"});
  CHECK(help.exit_code == 0);
  for (const char* part :
       {"compare", "--redundant-experts", "--catalog", "Examples", "Exit codes"}) {
    CHECK_THAT(help.out, ContainsSubstring(part));
  }
  std::istringstream lines(help.out);
  for (std::string line; std::getline(lines, line);) {
    INFO(line);
    CHECK(infersim::columns_of(line) <= 80);
  }
  CHECK(run_infersim({"compare", "--help"}).exit_code == 0);
  const auto version = run_infersim({"--version"});
  CHECK(version.exit_code == 0);
  CHECK_THAT(version.out, StartsWith("infersim "));
}

TEST_CASE("explain follows the answer") {
  const auto result = run_infersim(with(pinned, {"--explain"}));
  CHECK(result.exit_code == 0);
  CHECK_THAT(result.out, StartsWith(run_infersim(pinned).out));
  CHECK_THAT(result.out, ContainsSubstring("smooth_max("));
}

TEST_CASE("a model may be a config.json") {
  const auto config = shared_path("model_configs");
  if (!config) return skip("no shared data");
  std::filesystem::path found;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(*config)) {
    const std::string path = entry.path().string();
    if (path.ends_with(".json") && path.find("Llama-3.1-8B") != std::string::npos) found = path;
  }
  if (found.empty()) return skip("no Llama-3.1-8B among the shared configurations");
  const auto result = run_infersim(
      {"--hw", "h200", "--model", found.string(), "--devices", "1", "--batch", "16", "--json"});
  REQUIRE(result.exit_code == 0);
  const json own = json::parse(run_infersim(with(pinned, {"--json"})).out);
  CHECK(json::parse(result.out)["decode"] == own["decode"]);
}

TEST_CASE("named traffic is an answer's default, and said to be one") {
  const auto named = run_infersim(with(pinned, {"--traffic", "Chat"}));
  REQUIRE(named.exit_code == 0);
  CHECK_THAT(named.out,
             ContainsSubstring("--traffic chat (Chat, 1k in and 1k out) sets --isl 1024"));
  const auto as_json = run_infersim(with(pinned, {"--traffic", "chat", "--osl", "64", "--json"}));
  const json document = json::parse(as_json.out)["traffic"];
  CHECK(document["preset"] == "chat");
  CHECK(document["isl_tokens"] == 1024);
  CHECK(document["osl_tokens"] == 64);
  const auto compared = run_infersim({"compare", "--hw", "h100,snapdragon-8-gen3", "--model",
                                      "llama2-7b", "--traffic", "chat", "--json"});
  REQUIRE(compared.exit_code == 0);
  for (const json& result : json::parse(compared.out)["results"]) {
    CHECK(result["traffic"]["isl_tokens"] == 1024);
  }
  CHECK(run_infersim(with(pinned, {"--traffic", "no-such"})).exit_code == 2);
}

TEST_CASE("a write that fails is no success") {
  const std::string command =
      program().string() + " --hw h200 --model llama3.1-8b --devices 1 > /dev/full";
  const auto full = run_command({"sh", "-c", command});
  CHECK(full.exit_code == 2);
  CHECK_THAT(full.err, ContainsSubstring("standard output"));
}
