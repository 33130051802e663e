#include <algorithm>
#include <chrono>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "infersim/report/text.hpp"
#include "support/catch.hpp"
#include "support/run_program.hpp"

using namespace infersim::test;
using nlohmann::json;

namespace {

json listed(std::vector<std::string> words) {
  words.insert(words.begin(), "list");
  words.emplace_back("--json");
  const auto result = run_infersim(words);
  INFO(result.err);
  REQUIRE(result.exit_code == 0);
  return json::parse(result.out);
}

const json* entry(const json& list, const std::string& id) {
  const auto found =
      std::find_if(list.begin(), list.end(), [&](const json& each) { return each["id"] == id; });
  return found == list.end() ? nullptr : &*found;
}

}  // namespace

TEST_CASE("every kind is listed within 80 columns, a line for each thing") {
  for (const char* kind : {"hw", "systems", "models", "sites", "traffic", "frameworks"}) {
    INFO(kind);
    const auto result = run_infersim({"list", kind});
    REQUIRE(result.exit_code == 0);
    CHECK(result.err.empty());
    std::istringstream lines(result.out);
    for (std::string line; std::getline(lines, line);) {
      INFO(line);
      CHECK(infersim::columns_of(line) <= 80);
    }
    for (const json& each : listed({kind})) {
      const std::string id = each["id"];
      INFO(id);
      CHECK_THAT(result.out, ContainsSubstring("\n  " + id + " "));
    }
  }
}

TEST_CASE("devices are listed with the figures of their data sheets as numbers") {
  const json devices = listed({"hw"});
  CHECK(devices.size() >= 90);
  const json* h200 = entry(devices, "h200");
  REQUIRE(h200 != nullptr);
  CHECK((*h200)["name"] == "NVIDIA H200 SXM");
  CHECK((*h200)["class"] == "datacenter");
  CHECK((*h200)["memory_bytes"] == 150'754'820'096);             // 143,771 MiB
  CHECK((*h200)["bandwidth_bytes_per_s"] == 4'800'000'000'000);  // 4.8 TB/s
  CHECK((*h200)["peaks_flop_per_s"]["fp8"] == 1'979'000'000'000'000);
  CHECK((*h200)["power_w"] == 700);
  std::set<std::string> classes;
  for (const json& device : devices) {
    CHECK(device["aliases"].is_array());
    CHECK(device["memory_bytes"].is_number_integer());
    classes.insert(device["class"]);
  }
  CHECK(classes == std::set<std::string>{"datacenter", "pc", "phone", "embedded"});
}

TEST_CASE("models are listed with whole counts") {
  const json models = listed({"models"});
  const json* llama = entry(models, "llama3.1-8b");
  REQUIRE(llama != nullptr);
  CHECK((*llama)["total_params"] == 8'030'261'248);  // meta-llama/Llama-3.1-8B, safetensors
  CHECK((*llama)["kv_bytes_per_token"] == 131'072);  // 32 layers x 8 heads x 2 x 128 x 2 bytes
  for (const json& model : models) {
    INFO(model["id"]);
    for (const char* key : {"total_params", "active_params", "kv_bytes_per_token", "state_bytes"}) {
      CHECK(model[key].is_number_integer());
    }
  }
}

TEST_CASE("a filter is a part of any name, of devices also of vendor, family and class") {
  CHECK(entry(listed({"hw", "H200_SXM"}), "h200") != nullptr);  // alias
  CHECK(entry(listed({"hw", "hopper"}), "h200") != nullptr);    // family
  CHECK(entry(listed({"hw", "phone"}), "a18-pro") != nullptr);  // class
  CHECK(entry(listed({"hw", "huawei"}), "ascend910b") != nullptr);
  CHECK(entry(listed({"hw", "huawei"}), "h200") == nullptr);
  CHECK(entry(listed({"models", "LLAMA 3.1"}), "llama3.1-8b") != nullptr);
  CHECK(entry(listed({"models", "llama", "3.1"}), "llama3.1-8b") != nullptr);
  CHECK(entry(listed({"systems", "h200"}), "hgx-h200") != nullptr);  // its device
  CHECK(listed({"hw", "h20"}).size() >= 2);
}

TEST_CASE("one kind has several words") {
  const std::string out = run_infersim({"list", "hw"}).out;
  for (const char* word : {"hardware", "devices", "device", "HW"}) {
    CHECK(run_infersim({"list", word}).out == out);
  }
}

TEST_CASE("where nothing matches the exit code is 1 and the nearest names are told") {
  const auto result = run_infersim({"list", "hw", "snapdargon-8-gen3"});
  CHECK(result.exit_code == 1);
  CHECK(result.out.empty());
  CHECK_THAT(result.err, ContainsSubstring("snapdragon-8-gen3"));
  const auto as_json = run_infersim({"list", "models", "nothing-like-it", "--json"});
  CHECK(as_json.exit_code == 1);
  CHECK(json::parse(as_json.out) == json::array());
}

TEST_CASE("a wrong kind, option or catalog is bad input") {
  const auto kind = run_infersim({"list", "chipz"});
  CHECK(kind.exit_code == 2);
  CHECK(kind.out.empty());
  CHECK_THAT(kind.err, ContainsSubstring("hw, systems, models, sites, traffic"));
  CHECK_THAT(run_infersim({"list"}).err, ContainsSubstring("hw, systems"));
  CHECK(run_infersim({"list"}).exit_code == 2);
  const auto option = run_infersim({"list", "hw", "--jsn"});
  CHECK(option.exit_code == 2);
  CHECK_THAT(option.err, ContainsSubstring("`--json`"));
  CHECK(run_infersim({"list", "hw", "--catalog"}).exit_code == 2);
  CHECK(run_infersim({"list", "hw", "--catalog", "no/such/folder"}).exit_code == 2);
}

TEST_CASE("listing all devices takes well under a second, start and all") {
  const auto begin = std::chrono::steady_clock::now();
  CHECK(run_infersim({"list", "hw"}).exit_code == 0);
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
  // 0.03 s by itself; the bound leaves room for a busy machine and builds with sanitizers.
  CHECK(took.count() < 2.0);
}

TEST_CASE("the help of each verb fits 80 columns and has examples") {
  for (const char* verb : {"list", "show", "import"}) {
    INFO(verb);
    const auto help = run_infersim({verb, "--help"});
    CHECK(help.exit_code == 0);
    for (const char* part : {"Usage: infersim ", "Examples:", "--catalog", "Exit codes:"}) {
      CHECK_THAT(help.out, ContainsSubstring(part));
    }
    std::istringstream lines(help.out);
    for (std::string line; std::getline(lines, line);) {
      INFO(line);
      CHECK(infersim::columns_of(line) <= 80);
    }
  }
}
