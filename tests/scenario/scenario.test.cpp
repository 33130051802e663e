#include "infersim/scenario/scenario.hpp"

#include <filesystem>
#include <fstream>
#include <limits>

#include "infersim/scenario/lookup.hpp"
#include "scenario/questions.hpp"
#include "support/catch.hpp"
#include "support/repository.hpp"

using namespace infersim;
using namespace infersim::test;

using Messages = std::vector<std::string>;

TEST_CASE("a datacentre chip is asked with 4000 tokens in and 1000 out") {
  const Scenario s = load(ask("ascend910b", "dsv3"));
  CHECK(s.traffic.isl == 4000);
  CHECK(s.traffic.osl == 1000);
  CHECK(s.decode_context == 4500);  // isl + osl/2
  CHECK(s.slo.ttft == Seconds{2});
  CHECK(s.slo.tpot == 50.0_ms);
  CHECK(s.system.id == "atlas-800i-a2");
  CHECK(s.site.id == "china");
}

TEST_CASE("phones and PCs are asked with 512 tokens in and 128 out, in 4 bits") {
  for (const char* hw : {"snapdragon-8-gen3", "dimensity-9300", "m3-max"}) {
    const Scenario s = load(ask(hw, "llama2-7b"));
    CAPTURE(hw);
    CHECK(s.traffic.isl == 512);
    CHECK(s.traffic.osl == 128);
    CHECK(s.precision.weights == NumberType::int4);
  }
}

TEST_CASE("lengths that were not asked for are cut to the model's context in proportion") {
  const Scenario s = load(ask("h200", "llama2-7b"));
  // 4096 tokens at 4 to 1
  CHECK(s.traffic.isl == 3276);
  CHECK(s.traffic.osl == 819);
}

TEST_CASE("named traffic sets lengths and objectives that are not asked for") {
  Question question = ask("ascend910b", "dsv3");
  question.traffic = "phone-assistant";  // 512 in, 128 out, 2 s and 100 ms
  const Scenario s = load(question);
  REQUIRE(s.preset);
  CHECK(s.preset->id == "phone-assistant");
  CHECK(s.traffic.isl == 512);
  CHECK(s.traffic.osl == 128);
  CHECK(s.decode_context == 576);
  CHECK(s.slo.ttft == Seconds{2});
  CHECK(s.slo.tpot == 100.0_ms);
  question.osl = 300;
  question.tpot = 30.0_ms;
  const Scenario pinned = load(question);
  CHECK(pinned.traffic.isl == 512);
  CHECK(pinned.traffic.osl == 300);
  CHECK(pinned.slo.tpot == 30.0_ms);
  question.traffic = "chat";  // without objectives
  question.tpot.reset();
  CHECK(load(question).slo.tpot == 50.0_ms);
}

TEST_CASE("named traffic that does not exist, or is too long for the model, is a fault") {
  Question question = ask("h200", "llama2-7b");
  question.traffic = "chatt";
  const auto unknown = faults_of_question(question);
  REQUIRE(unknown.size() == 1);
  CHECK(unknown[0].message == "no traffic is called `chatt`");
  CHECK_THAT(unknown[0].hint, ContainsSubstring("`chat`"));
  question.traffic = "summarise";  // 8192 tokens, the model holds 4096
  CHECK_THAT(messages(question).at(0), ContainsSubstring("--traffic summarise exceed the 4096"));
}

TEST_CASE("beside a length that is asked for the other gives way") {
  Question question = ask("h200", "llama2-7b");
  question.isl = 3500;
  CHECK(load(question).traffic.osl == 596);
  question.isl.reset();
  question.osl = 2000;
  CHECK(load(question).traffic.isl == 2096);
}

TEST_CASE("a system is as good a name as its device") {
  const Scenario by_system = load(ask("cloudmatrix384", "dsv3"));
  CHECK(by_system.device.id == "ascend910c");
  CHECK(by_system.system.id == load(ask("ascend910c", "dsv3")).system.id);
}

TEST_CASE("names are looked up without case and punctuation") {
  for (const char* name : {"Llama-3.1-70B", "llama3.1-70b", "llama_3_1_70b", "LLAMA 3.1/70b"}) {
    CAPTURE(name);
    CHECK(load(ask("H200_SXM", name)).model.id == "llama3.1-70b");
  }
}

TEST_CASE("a rank is a die of a device of several") {
  const Scenario s = load(ask("ascend910c", "dsv3"));
  CHECK(s.decode_machine.memory_capacity == 64.0_GB);  // half of 128
  CHECK(s.decode_machine.fabric.domain == 768);        // 384 packages of two dies
}

TEST_CASE("what is asked for comes before defaults") {
  Question question = ask("h200", "dsv3");
  question.isl = 100;
  question.osl = 50;
  question.ttft = 500.0_ms;
  question.tpot = 20.0_ms;
  question.context = 7000;
  question.site = "europe";
  const Scenario s = load(question);
  CHECK(s.traffic.isl == 100);
  CHECK(s.traffic.osl == 50);
  CHECK(s.slo.ttft == 500.0_ms);
  CHECK(s.slo.tpot == 20.0_ms);
  CHECK(s.decode_context == 7000);
  CHECK(s.site.id == "europe");
}

TEST_CASE("unknown names are told together, each with the nearest valid ones") {
  const auto faults = faults_of_question(ask("h80O", "lama3.1-8b"));
  REQUIRE(faults.size() == 2);
  CHECK(faults[0].message == "--hw: no device or system is called `h80O`");
  CHECK_THAT(faults[0].hint, ContainsSubstring("h800"));
  CHECK(faults[1].message == "no model is called `lama3.1-8b`");
  CHECK_THAT(faults[1].hint, ContainsSubstring("llama3.1-8b"));
}

TEST_CASE("a path in place of a chip's name is told where files are read from") {
  for (const char* path : {"my/hardware/devices/chip.toml", "chip.toml", "../chip"}) {
    INFO(path);
    const auto faults = faults_of_question(ask(path, "llama3.1-8b"));
    REQUIRE(faults.size() == 1);
    CHECK_THAT(faults[0].hint, ContainsSubstring("--catalog DIR --hw NAME reads "
                                                 "DIR/hardware/devices/NAME.toml"));
  }
}

TEST_CASE("values out of range are told with unknown names") {
  Question question = ask("h80O", "dsv3");
  question.tp = 0;
  question.batch = 0.5;
  question.microbatches = 3;
  question.tpot = Seconds{};
  const Messages expected = {"--tp: 0 is not possible", "--batch: 0.5 is not possible",
                             "--microbatches: 3 is not possible", "--tpot: 0 ms is not possible",
                             "--hw: no device or system is called `h80O`"};
  CHECK(messages(question) == expected);
}

TEST_CASE("degrees of zero are told before they are divided by") {
  Question question = ask("h200", "dsv3");
  question.devices = 16;
  question.tp = 0;
  CHECK(messages(question) == Messages{"--tp: 0 is not possible"});
}

TEST_CASE("what is no number is out of every range") {
  Question question = ask("h200", "dsv3");
  question.batch = question.isl = std::numeric_limits<double>::quiet_NaN();
  CHECK(messages(question) == Messages{"--batch: nan is not possible", "--isl: nan is too small"});
}

TEST_CASE("degrees cannot be so many that nothing has them") {
  Question question = ask("h200", "dsv3");
  question.tp = question.pp = question.dp = 100'000;
  CHECK(messages(question) == Messages{"--tp, --pp and --dp make 1000000000000000 devices"});
  question.tp = 2'000'000'000;
  CHECK(messages(question).front() == "--tp: 2000000000 is not possible");
}

TEST_CASE("what the model lacks is told together") {
  Question question = ask("h200", "llama3.1-8b");
  question.ep = 8;
  question.redundant_experts = 2;
  question.mtp = 1;
  question.acceptance = 0.7;
  question.isl = 131072;
  const Messages expected = {
      "--isl 131072 and an answer exceed the 131072 tokens of context of Llama 3.1 8B",
      "--ep 8: Llama 3.1 8B has no experts", "--redundant-experts: Llama 3.1 8B has no experts",
      "--mtp: Llama 3.1 8B has no multi-token-prediction layers"};
  CHECK(messages(question) == expected);
}

TEST_CASE("lengths up to the model's context are possible, one more is not") {
  Question question = ask("h200", "llama2-7b");
  question.isl = 4000;
  question.osl = 96;
  CHECK(messages(question).empty());
  question.osl = 97;
  CHECK(messages(question) ==
        Messages{"--isl 4000 and --osl 97 exceed the 4096 tokens of context of Llama 2 7B"});
}

TEST_CASE("a context beyond the model's is refused") {
  Question question = ask("h200", "llama2-7b");
  question.context = 5000;
  CHECK(messages(question) ==
        Messages{"--context 5000 exceeds the 4096 tokens of context of Llama 2 7B"});
}

TEST_CASE("drafts need an acceptance, and an acceptance drafts") {
  Question question = ask("h200", "dsv3");
  question.mtp = 1;
  CHECK(messages(question) == Messages{"--mtp: how many draft tokens are accepted is not known"});
  question.mtp.reset();
  question.acceptance = 0.7;
  CHECK(messages(question) == Messages{"--acceptance: there are no draft tokens to accept"});
}

TEST_CASE("degrees have to make the devices that are asked for") {
  Question question = ask("h200", "dsv3");
  question.devices = 16;
  question.tp = 4;
  question.pp = 1;
  question.dp = 8;
  CHECK(messages(question) == Messages{"--tp 4 x --pp 1 x --dp 8 does not make --devices 16"});
  question.dp = 4;
  CHECK(messages(question).empty());
}

TEST_CASE("degrees that leave some free have to divide the devices") {
  Question question = ask("h200", "dsv3");
  question.devices = 16;
  question.tp = 3;
  CHECK(messages(question) == Messages{"--tp 3 x --pp 1 x --dp 1 does not make --devices 16"});
}

TEST_CASE("a phone is a single device") {
  Question question = ask("snapdragon-8-gen3", "llama2-7b");
  question.devices = 2;
  CHECK(messages(question) == Messages{"Phone with a Snapdragon 8 Gen 3 is a single device"});
}

TEST_CASE("a number type that a chip cannot run is told with other faults") {
  Question question = ask("ascend910b", "dsv3");
  question.dtype = NumberType::fp8;
  question.context = 1e6;
  const Messages expected = {
      "--dtype fp8: Huawei Ascend 910B2 does not compute in it",
      "--context 1000000 exceeds the 163840 tokens of context of DeepSeek-V3"};
  CHECK(messages(question) == expected);
}

TEST_CASE("a Hugging Face config.json is a model") {
  const auto path = shared_path("model_configs");
  if (!path) return skip("shared data is not here");
  std::optional<std::filesystem::path> config;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(*path)) {
    const std::string name = entry.path().string();
    if (entry.path().extension() == ".json" && name.find("DeepSeek-V3") != std::string::npos) {
      config = entry.path();
    }
  }
  if (!config) return skip("no configuration of DeepSeek-V3 is here");
  const Scenario s = load(ask("ascend910b", config->string()));
  CHECK(s.model.layers == load(ask("ascend910b", "dsv3")).model.layers);
}

TEST_CASE("a path that cannot be read is told as such") {
  const Messages told = messages(ask("h200", "no/such/config.json"));
  CHECK(told == Messages{"no/such/config.json: cannot be read"});
}

TEST_CASE("a description by path is a model") {
  const auto path = source_dir() / "workloads/models/llama3.1-8b.toml";
  CHECK(load(ask("h200", path.string())).model.id == "llama3.1-8b");
}

TEST_CASE("a framework is described apart for its families alone") {
  const Catalog catalog;
  CHECK(find_framework(catalog, "sglang", "cdna3").description == "sglang-cdna3");
  const Framework plain = find_framework(catalog, "sglang");
  CHECK(plain.description == "sglang");
  CHECK(plain.residuals.size() == find_framework(catalog, "sglang", "hopper").residuals.size());
  // A framework whose name is like one on a family.
  CHECK(find_framework(catalog, "vllm", "ascend").description == "vllm");
}

TEST_CASE("a chip is served by what is usual on it unless a framework is asked for") {
  CHECK(load(ask("h200", "llama3.1-8b")).framework.id == "vllm");
  CHECK(load(ask("mi355x", "llama3.1-8b")).framework.id == "sglang");
  CHECK(load(ask("mi355x", "llama3.1-8b")).framework.description == "sglang-cdna4");
  CHECK(load(ask("snapdragon-8-gen3", "llama2-7b")).framework.id == "genie");
  CHECK(load(ask("dimensity-9300", "llama2-7b")).framework.id == "generic");
  Question question = ask("h200", "llama3.1-8b");
  question.framework = "TensorRT-LLM";
  CHECK(load(question).framework.id == "trtllm");
  question.framework = "sglan";
  const auto faults = faults_of_question(question);
  REQUIRE(faults.size() == 1);
  CHECK_THAT(faults[0].hint, ContainsSubstring("`sglang`"));
}

TEST_CASE("a family that names its framework alone leaves the figures to its class") {
  const Efficiency& efficiency = load(ask("h200", "llama3.1-8b")).decode_machine.efficiency;
  CHECK(efficiency.runtime.step_overhead == 500.0_us);
  const auto file_of = [&](const std::string& parameter) {
    for (const EfficiencyScope& scope : efficiency.scopes) {
      if (scope.parameter == parameter) return scope.file_id;
    }
    return std::string();
  };
  CHECK(file_of("framework") == "hopper");
  CHECK(file_of("runtime") == "datacenter");
}
