#include <cstdint>
#include <sstream>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "infersim/report/text.hpp"
#include "support/catch.hpp"
#include "support/run_program.hpp"
#include "support/temporary_folder.hpp"

using namespace infersim::test;
using nlohmann::json;

namespace {

json shown(std::vector<std::string> words) {
  words.insert(words.begin(), "show");
  words.emplace_back("--json");
  const auto result = run_infersim(words);
  INFO(result.err);
  REQUIRE(result.exit_code == 0);
  return json::parse(result.out);
}

json figure(const json& document, const std::string& key) {
  for (const json& each : document["figures"]) {
    if (each["key"] == key) return each;
  }
  return nullptr;
}

/// Writes Llama-3.1-8B as Hugging Face describes it, with one more key, and returns the path.
std::string config_with(const TemporaryFolder& folder, const std::string& key) {
  return folder.write("tiny/config.json",
                      R"({"model_type": "llama", "hidden_size": 4096,
    "num_hidden_layers": 32, "num_attention_heads": 32, "num_key_value_heads": 8,
    "intermediate_size": 14336, "vocab_size": 128256, "max_position_embeddings": 131072,
    "hidden_act": "silu", "tie_word_embeddings": false, "torch_dtype": "bfloat16")" +
                          (key.empty() ? "" : ", \"" + key + "\": 7") + "}");
}

}  // namespace

TEST_CASE("a chip shows under each framework whose kernels it has") {
  const json kernels = shown({"b200"})["kernels"];
  const auto from = [&](const char* framework, const char* kernel) {
    std::vector<std::string> files;
    for (const json& each : kernels) {
      if (each["framework"] == framework && each["kernel"] == kernel) files.push_back(each["from"]);
    }
    return files;
  };
  CHECK(from("vllm", "mla_decode") == std::vector<std::string>{"blackwell-trtllm"});
  CHECK(from("sglang", "mla_decode") == std::vector<std::string>{"blackwell-sglang"});
  CHECK(from("vllm", "elementwise") == std::vector<std::string>{"datacenter"});
  CHECK(from("llama.cpp", "gemm").empty());
  for (const json& each : shown({"tpu-v7"})["kernels"]) {
    CHECK(each["of_family"].is_null());
    CHECK(each["regime"] == "inherited");
  }
  for (const json& each : shown({"3d-dram-npu"})["kernels"])
    CHECK(each["regime"] == "concept");
}

TEST_CASE("a model's parts add up to its parameters") {
  for (const char* model :
       {"dsv3", "gpt-oss-120b", "qwen3.5-397b-a17b", "nemotron-h-8b", "gemma2-2b", "gpt3-175b"}) {
    INFO(model);
    const json document = shown({model});
    CHECK(document["kind"] == "model");
    const auto sum = [](const json& parts) {
      std::int64_t total = 0;
      for (const json& part : parts)
        total += part.get<std::int64_t>();
      return total;
    };
    CHECK(sum(document["params_by_part"]) == document["total_params"]);
    CHECK(sum(document["active_by_part"]) == document["active_params"]);
    std::int64_t layers = 0;
    for (const json& kind : document["layer_kinds"])
      layers += kind["count"].get<std::int64_t>();
    CHECK(layers == document["layers"]);
  }
}

TEST_CASE("a model is shown with what a sequence keeps and what its weights take") {
  const json llama = shown({"llama3.1-8b"});
  CHECK(llama["total_params"] == 8'030'261'248);
  CHECK(llama["kv_bytes_per_token"] == 131'072);
  CHECK(llama["state_bytes"] == 0);
  CHECK(llama["kv_bytes_per_token_by_type"]["fp8"] == 65'536);
  CHECK(llama["weight_bytes"]["bf16"] == 2 * 8'030'261'248);
  CHECK(llama["weight_bytes"]["checkpoint"] == llama["weight_bytes"]["bf16"]);
  CHECK(llama["sequence_bytes"].back()["tokens"] == 131'072);
  CHECK(llama["sequence_bytes"].back()["bytes"] == std::int64_t{131'072} * 131'072);
  const json dsv3 = shown({"dsv3"});
  CHECK(dsv3["mtp_params"] > 11'000'000'000);
  CHECK(dsv3["vision_params"] == 0);
  CHECK(shown({"qwen3.5-397b-a17b"})["vision_params"] > 400'000'000);
}

TEST_CASE("the checkpoint's own number type is marked") {
  CHECK_THAT(run_infersim({"show", "dsv3"}).out,
             ContainsSubstring("673 GB   the checkpoint's own"));
  CHECK_THAT(run_infersim({"show", "gpt-oss-120b"}).out, ContainsSubstring("bf16, experts fp4"));
}

TEST_CASE("a device's figures carry unit, basis and source") {
  const json h200 = shown({"h200"});
  CHECK(h200["kind"] == "hardware");
  CHECK(h200["class"] == "datacenter");
  const json bandwidth = figure(h200, "memory.HBM3e.bandwidth");
  REQUIRE_FALSE(bandwidth.is_null());
  CHECK(bandwidth["value"] == 4'800'000'000'000);
  CHECK(bandwidth["unit"] == "B/s");
  CHECK(bandwidth["text"] == "4.8 TB/s");
  CHECK(bandwidth["basis"] == "datasheet");
  CHECK_FALSE(bandwidth["source"].get<std::string>().empty());
  for (const json& each : h200["figures"]) {
    INFO(each["key"]);
    const std::string source = each["source"];
    const std::string note = each["note"];
    CHECK((source.size() + note.size()) > 0);
  }
}

TEST_CASE("what follows from a device's figures is stated with its arithmetic") {
  const json derived = shown({"h200"})["derived"];
  // 989 TFLOP/s over 4.8 TB/s
  CHECK_THAT(derived["ridge_flop_per_byte"]["bf16"].get<double>(), WithinRel(989.0 / 4.8, 1e-9));
  CHECK_THAT(derived["bytes_per_flop"]["bf16"].get<double>(), WithinRel(4.8 / 989.0, 1e-9));
  // Llama-2-7B: 32 layers of 4 x 4096^2 + 3 x 4096 x 11008 at 4.5 bits, and in 16 bits 65 norms of
  // 4096 and the head of 32000 x 4096.
  const double linear = 32.0 * (4.0 * 4096 * 4096 + 3.0 * 4096 * 11008);
  const double bytes = linear * 4.5 / 8 + 2.0 * (65 * 4096 + 32000.0 * 4096);
  CHECK_THAT(derived["single_user_bytes"].get<double>(), WithinRel(bytes, 1e-9));
  CHECK_THAT(derived["single_user_tokens_per_s"].get<double>(), WithinRel(4.8e12 / bytes, 1e-9));
  const std::string text = run_infersim({"show", "h200"}).out;
  CHECK_THAT(text, ContainsSubstring("4.80 TB/s / 3.91 GB"));
}

TEST_CASE("the engines of an SoC say which runs prefill and which decode") {
  const json phone = shown({"snapdragon-8-gen3"});
  CHECK(phone["prefill_engine"] == "Hexagon NPU");
  CHECK(phone["decode_engine"] == "Hexagon NPU");
  CHECK(phone["engines"].size() >= 2);
  CHECK(phone["ships_in"]["battery_j"] > 0);
  CHECK(phone["ships_in"]["memory_sizes_bytes"].size() > 1);
  const auto run = run_infersim({"--hw", "snapdragon-8-gen3", "--model", "llama2-7b"});
  CHECK_THAT(run.out, ContainsSubstring("on the Hexagon NPU"));
  const auto as_json =
      run_infersim({"--hw", "snapdragon-8-gen3", "--model", "llama2-7b", "--json"});
  CHECK(json::parse(as_json.out)["device"]["prefill_engine"] == "Hexagon NPU");
}

TEST_CASE("efficiency parameters say whether they are the family's or its class's") {
  bool own = false;
  bool inherited = false;
  const json h200 = shown({"h200"});
  for (const json& each : h200["efficiency"]) {
    own = own || (each["from"] == "hopper" && !each["inherited"].get<bool>());
    inherited = inherited || (each["from"] == "datacenter" && each["inherited"].get<bool>());
    CHECK_FALSE(each["basis"].get<std::string>().empty());
  }
  CHECK(own);
  CHECK(inherited);
}

TEST_CASE(
    "systems, sites, traffic and frameworks are shown likewise, a kind may stand before the name") {
  CHECK(shown({"system", "hgx-h200"})["devices_per_node"] == 8);
  CHECK(shown({"hgx-h200"})["kind"] == "system");
  CHECK(shown({"site", "china"})["pue"] == 1.3);
  const json chat = shown({"traffic", "chat"});
  CHECK(chat["isl_tokens"] == 1024);
  CHECK(figure(chat, "isl")["basis"] == "datasheet");
  const json sglang = shown({"framework", "sglang"});
  CHECK(sglang["prefill"] == "exclusive");
  CHECK(figure(sglang, "scheduler.stall")["value"] == 1.0);
  CHECK(shown({"hw", "h200"}) == shown({"h200"}));
  CHECK(shown({"models", "dsv3"}) == shown({"dsv3"}));
}

TEST_CASE("a name of several things is that of what is called so, and the others are told") {
  const auto both = run_infersim({"show", "iphone-15-pro"});
  CHECK(both.exit_code == 0);
  CHECK_THAT(both.out, StartsWith("iPhone 15 Pro"));
  CHECK_THAT(both.out, EndsWith("`iphone-15-pro` is also a device:\n"
                                "  infersim show device a17-pro\n"));
  CHECK(shown({"iphone-15-pro"})["kind"] == "system");
  CHECK(shown({"hw", "iphone-15-pro"})["kind"] == "hardware");
  CHECK(shown({"m4-max"})["kind"] == "hardware");
}

TEST_CASE("every card fits 80 columns") {
  for (const char* name :
       {"h200", "snapdragon-8-gen3", "ascend910c", "wse-3", "dsv3", "qwen3.5-397b-a17b", "hgx-h200",
        "china", "deepseek-online", "iphone-15-pro"}) {
    const auto result = run_infersim({"show", name});
    REQUIRE(result.exit_code == 0);
    std::istringstream lines(result.out);
    for (std::string line; std::getline(lines, line);) {
      INFO(name << ": " << line);
      CHECK(infersim::columns_of(line) <= 80);
    }
  }
}

TEST_CASE("a path is read as what it describes") {
  CHECK(shown({"hardware/devices/h200.toml"}) == shown({"h200"}));
  CHECK(shown({"workloads/models/deepseek-v3.toml"}) == shown({"dsv3"}));
  CHECK(shown({"workloads/traffic/chat.toml"}) == shown({"traffic", "chat"}));
  const TemporaryFolder folder;
  const json config = shown({config_with(folder, "")});
  CHECK(config["total_params"] == 8'030'261'248);
  CHECK(config["id"] == "tiny");  // of the folder: the file has no name of its own
}

TEST_CASE("a key that is not understood is refused by name, and passed over with --accept") {
  const TemporaryFolder folder;
  const std::string path = config_with(folder, "num_frobnicators");
  const auto refused = run_infersim({"show", path});
  CHECK(refused.exit_code == 2);
  CHECK(refused.out.empty());
  CHECK_THAT(refused.err, ContainsSubstring("num_frobnicators"));
  CHECK(shown({path, "--accept", "num_frobnicators"})["total_params"] == 8'030'261'248);
  const auto run = run_infersim({"--hw", "h200", "--model", path, "--devices", "1", "--batch", "4",
                                 "--accept", "num_frobnicators", "--json"});
  CHECK(run.exit_code == 0);
  CHECK(run_infersim({"--hw", "h200", "--model", path}).exit_code == 2);
}

TEST_CASE("unknown names list the nearest, bad input prints no answer") {
  const auto unknown = run_infersim({"show", "h2000"});
  CHECK(unknown.exit_code == 2);
  CHECK(unknown.out.empty());
  CHECK_THAT(unknown.err, ContainsSubstring("`h200`"));
  const auto wrong_kind = run_infersim({"show", "model", "h200"});
  CHECK(wrong_kind.exit_code == 2);
  CHECK(run_infersim({"show"}).exit_code == 2);
  CHECK(run_infersim({"show", "h200", "h100"}).exit_code == 2);
  CHECK(run_infersim({"show", "no/such/file.toml"}).exit_code == 2);
  CHECK(run_infersim({"show", "no/such/config.json"}).exit_code == 2);
  CHECK(run_infersim({"show", "hardware/efficiency/hopper.toml"}).exit_code == 2);
}
