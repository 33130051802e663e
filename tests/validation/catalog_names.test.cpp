#include "infersim/validation/catalog_names.hpp"

#include "support/catch.hpp"
#include "support/repository.hpp"
#include "support/temporary_folder.hpp"

using namespace infersim;
using namespace infersim::test;

TEST_CASE("chips are found by the names that benchmarks give them") {
  const Catalog catalog;
  CatalogNames names(catalog);
  const auto id = [&](const char* name) {
    INFO(name);
    const auto& chip = names.chip(name, "");
    REQUIRE(chip.has_value());
    return chip->device.id;
  };
  CHECK(id("h100_sxm") == "h100");
  CHECK(id("a100_sxm") == "a100-sxm");
  CHECK(id("b300_sxm") == "b300");
  CHECK(id("GB200") == "gb200");
  CHECK(id("l40s") == "l40s");
  CHECK(id("h20_sxm5") == "h20");
  CHECK(id("mi325x_oam") == "mi325x");
  CHECK(id("rtx_pro_6000") == "rtx-pro-6000-server");
  CHECK(id("ascend910b") == "ascend910b");
  CHECK(id("tpu-v7") == "tpu-v7");
  CHECK(&names.chip("h100_sxm", "vllm") == &names.chip("h100_sxm", "vllm"));  // loaded once
  CHECK(&names.chip("h100_sxm", "sglang") != &names.chip("h100_sxm", "vllm"));
  CHECK(names.chip("h1000_sxm", "vllm").error() == "chip `h1000_sxm` is not in the catalogue");
  CHECK(!names.chip("sxm", "vllm"));
}

TEST_CASE("a chip's ranks have the figures and parameters that `run` gives them") {
  const Catalog catalog;
  CatalogNames names(catalog);
  const MeasuredChip& chip = *names.chip("ascend910b", "vllm");
  CHECK_THAT(chip.prefill.peak[index(NumberType::bf16)].base() / 1e12, WithinRel(376.0, 0.01));
  CHECK_THAT(chip.decode.memory_bandwidth.base() / 1e12, WithinRel(1.6, 1e-9));
  CHECK(!chip.decode.efficiency.scopes.empty());
}

TEST_CASE(
    "a chip serves with the framework of the table, or its usual one if that serves nothing") {
  const Catalog catalog;
  CatalogNames names(catalog);
  CHECK(names.chip("h200", "sglang")->framework.id == "sglang");
  CHECK(names.chip("h200", "dynamo-trtllm")->framework.id == "trtllm");
  CHECK(names.chip("h200", "nccl")->framework.id == names.chip("h200", "")->framework.id);
}

TEST_CASE("a framework that is described apart on a family is taken from there") {
  const Catalog catalog;
  CatalogNames names(catalog);
  const auto description = [&](const char* chip) {
    return names.chip(chip, "sglang")->framework.description;
  };
  CHECK(description("h200") == "sglang");
  CHECK(description("mi300x") == "sglang-cdna3");
  CHECK(description("mi355x") == "sglang-cdna4");
  // As if its own family had never been measured.
  names.count_as("mi355x", "cdna3");
  CHECK(description("mi355x") == "sglang-cdna3");
  CHECK(names.chip("mi355x", "sglang")->device.id == "mi355x");
  CHECK(description("mi300x") == "sglang-cdna3");
}

TEST_CASE("models are found behind any publisher and number type of their checkpoint") {
  const Catalog catalog;
  CatalogNames names(catalog);
  const auto id = [&](const char* name) {
    INFO(name);
    const auto& model = names.model(name);
    return model ? model->id : std::string("none");
  };
  CHECK(id("deepseek-ai/DeepSeek-V3") == "deepseek-v3");
  CHECK(id("meta-llama/Llama-3.1-70B") == id("somebody/Llama-3.1-70B"));
  CHECK(id("nvidia/Llama-3.1-8B-Instruct-FP8") == "llama3.1-8b-fp8");  // described of its own
  CHECK(id("nvidia/Llama-3.1-70B-FP8") == id("meta-llama/Llama-3.1-70B"));
  CHECK(id("Qwen/Qwen3-32B-AWQ") == id("Qwen/Qwen3-32B"));
  CHECK(id("openai--gpt-oss-120b") == "gpt-oss-120b");
  for (const char* name : {"Qwen/Qwen3-32B", "Qwen/Qwen3.5-397B-A17B", "moonshotai/Kimi-K2.5",
                           "deepseek-ai/DeepSeek-R1", "meta-llama/Llama-3.1-8B-Instruct"}) {
    CHECK(id(name) != "none");
  }
  CHECK(names.model("openai/gpt-5").error() == "model `openai/gpt-5` is not in the catalogue");
  CHECK(id("fp8") == "none");
}

TEST_CASE("a configuration that an added catalogue has is found by its file's name") {
  const auto config = shared_path("model_configs/Qwen--Qwen3-32B_config.json");
  if (!config) return skip("shared/model_configs is not there");
  const TemporaryFolder folder;
  folder.write("workloads/models/Somebody--New-Model-7B_config.json", read_file(*config));
  Catalog catalog;
  catalog.add_directory(folder.path());
  CatalogNames names(catalog);
  CHECK(names.model("Somebody/New-Model-7B"));
  CHECK(names.model("Another/New-Model-7B"));
  CHECK(names.model("New-Model-7B-FP8"));
}

TEST_CASE("a description with faults means nothing, and its first fault says why") {
  const TemporaryFolder folder;
  const std::string file = folder.write("workloads/models/odd_config.json", "{\"model_type\": 3}");
  Catalog catalog;
  catalog.add_directory(folder.path());
  CatalogNames names(catalog);
  const auto& model = names.model("odd");
  REQUIRE(!model);
  CHECK_THAT(model.error(), StartsWith("model `odd`: " + file + ": error: hidden_size: "));
}
