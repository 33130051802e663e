#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "catalogue_table/sections.hpp"
#include "support/repository.hpp"
#include "support/run_program.hpp"
#include "support/temporary_folder.hpp"

namespace infersim::catalogue_table {
namespace {

using Json = nlohmann::json;

/// What a command does: its exit code and texts on either stream.
struct Case {
  std::string id;
  std::string what;
  std::vector<std::string> arguments;
  int code = 0;
  std::vector<std::string> says;
  std::string remark;
};

Row tried(const Case& c) {
  const test::ProgramResult result = test::run_infersim(c.arguments);
  std::string missing;
  for (const std::string& text : c.says) {
    const bool said = (result.out + result.err).find(text) != std::string::npos;
    if (!said) missing += (missing.empty() ? "; does not say " : ", ") + text;
  }
  std::string bar = fmt::format("exit {}", c.code);
  for (std::size_t i = 0; i < c.says.size(); ++i)
    bar += (i == 0 ? "; says " : ", ") + c.says[i];
  return demands::holds(c.id + ": " + c.what, bar,
                        fmt::format("exit {}{}", result.exit_code, missing),
                        result.exit_code == c.code && missing.empty(), c.remark);
}

/// A model of the catalogue as Hugging Face would configure it, for keys beside it.
Json llama_70b() {
  return {{"architectures", {"LlamaForCausalLM"}},
          {"model_type", "llama"},
          {"hidden_size", 8192},
          {"intermediate_size", 28672},
          {"num_hidden_layers", 80},
          {"num_attention_heads", 64},
          {"num_key_value_heads", 8},
          {"vocab_size", 128256},
          {"max_position_embeddings", 131072},
          {"tie_word_embeddings", false},
          {"torch_dtype", "bfloat16"}};
}

/// Side files and keys of published checkpoints.
void checkpoints(Section& s, const test::TemporaryFolder& folder) {
  const std::string config = folder.write("fp8/config.json", llama_70b().dump());
  folder.write("fp8/hf_quant_config.json",
               R"({"producer": {"name": "modelopt"}, "quantization": {"quant_algo": "FP8",)"
               R"( "kv_cache_quant_algo": "FP8", "exclude_modules": ["lm_head"]}})");
  const auto shown = test::run_infersim({"show", config, "--json"});
  const Json card = Json::parse(shown.out, nullptr, false);
  const double bytes = card.is_discarded() ? 0 : card["weight_bytes"]["checkpoint"].get<double>();
  s.rows.push_back(demands::within("D2: 70 B in FP8 by hf_quant_config.json, weights", bytes / 1e9,
                                   71, 73, 1, " GB"));
  s.rows.push_back(tried({"D2",
                          "it runs on one H100",
                          {"--hw", "h100", "--model", config, "--devices", "1", "--batch", "1",
                           "--isl", "1000", "--osl", "200"},
                          0,
                          {"TPOT"},
                          {}}));
  if (const auto shared = test::shared_path("model_configs")) {
    s.rows.push_back(
        tried({"D11",
               "`language_model_only` is harmless (Qwen3.6-27B-NVFP4)",
               {"import", (*shared / "nvidia--Qwen3.6-27B-NVFP4_config.json").string()},
               0,
               {"gated_delta"},
               {}}));
    s.rows.push_back(tried({"D11",
                            "layers that share an indexer (GLM-5.2)",
                            {"import", (*shared / "zai-org--GLM-5.2_config.json").string()},
                            0,
                            {"shared"},
                            {}}));
  }
}

constexpr const char* two_cards = R"(id = "two-5090"
name = "Desktop with two RTX 5090"
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

/// To hundredths.
double bar_of(double value) { return std::round(100 * value) / 100; }

/// Tokens a second of one user who decodes, against what was measured.
Row speed(const std::string& what, std::vector<std::string> arguments, double measured) {
  arguments.insert(arguments.end(), {"--phase", "decode", "--batch", "1", "--json"});
  const auto result = test::run_infersim(arguments);
  const Json answer = Json::parse(result.out, nullptr, false);
  const bool known = result.exit_code == 0 && !answer.is_discarded();
  const double tokens = known ? answer["tokens_per_s_per_user"].get<double>() : 0;
  return demands::within(what + fmt::format(", measured {}", measured), tokens,
                         bar_of(0.75 * measured), bar_of(1.25 * measured), 1, " tokens/s");
}

/// Weights outside the device's memory, and several devices of one user.
void other_memories(Section& s) {
  const std::vector<std::string> r1 = {"--hw",    "rtx-4090", "--model",       "deepseek-r1",
                                       "--dtype", "q4_k_m",   "--cpu-experts", "all",
                                       "--host",  "epyc-9755"};
  const auto beside = [&](const char* bandwidth, const char* context) {
    std::vector<std::string> all = r1;
    all.insert(all.end(),
               {"--set", std::string("host.memory.bandwidth=") + bandwidth, "--context", context});
    return all;
  };
  s.rows.push_back(speed("F2: DeepSeek-R1 on 24 GB, experts on 12 channels of DDR5-4800, at 1,000",
                         beside("460.8GB/s", "1000"), 14));
  s.rows.push_back(speed("F2: the same at 10,000", beside("460.8GB/s", "10000"), 10));
  s.rows.push_back(speed("F2: the same on 16 channels of two sockets, at 2,080",
                         beside("614.4GB/s", "2080"), 13.4));
  s.rows.push_back(speed("F2: Qwen3-32B in 4 bits on 12 GB at 672 GB/s, the rest in RAM",
                         {"--hw", "rtx-4070-super", "--set", "device.memory.bandwidth=672GB/s",
                          "--model", "qwen3-32b", "--dtype", "int4", "--offload", "auto"},
                         4.4));
  s.rows.push_back(
      speed("F2: gpt-oss-20b on 8 GB at 448 GB/s, experts of 12 layers in RAM",
            {"--hw", "rtx-4060-ti", "--set", "device.memory.bandwidth=448GB/s", "--set",
             "device.memory.capacity=8188MiB", "--model", "gpt-oss-20b", "--cpu-experts", "12"},
            36));
  const auto cards = [](const char* degree) {
    return std::vector<std::string>{"--hw",      "rtx-5060-ti", "--model",   "qwen3.6-27b",
                                    "--dtype",   "int4",        degree,      "2",
                                    "--context", "1000",        "--devices", "2"};
  };
  s.rows.push_back(speed("F3: a 27 B on two cards of 448 GB/s, by tensors", cards("--tp"), 37.1));
  s.rows.push_back(speed("F3: the same by layers", cards("--pp"), 22.1));
  s.rows.push_back(tried({"F3",
                          "two cards of a PC by `--devices 2`",
                          {"--hw", "rtx-5090", "--devices", "2", "--model", "llama3.1-70b",
                           "--dtype", "int4", "--batch", "1"},
                          0,
                          {"tokens/s"},
                          {}}));
  s.rows.push_back(tried({"F3",
                          "two Macs by a cable",
                          {"--hw", "m3-ultra", "--devices", "2", "--model", "deepseek-r1",
                           "--dtype", "q8_0", "--link", "thunderbolt"},
                          0,
                          {"tokens/s"},
                          {}}));
  s.rows.push_back(tried({"F3",
                          "cards that differ",
                          {"--hw", "rtx-5090+rtx-3090", "--model", "llama3.1-70b", "--batch", "1"},
                          0,
                          {"layers"},
                          {}}));
}

std::vector<Case> commands(const test::TemporaryFolder& folder) {
  folder.write("mine/hardware/systems/two-5090.toml", two_cards);
  const std::string mine = folder.path("mine");
  std::vector<Case> all;
  for (const char* chip :
       {"h100-nvl", "mi308x", "mi350x", "rtx-3090", "a10", "h20-141gb", "gh200", "l20"})
    all.push_back(
        {"D13", "`show " + std::string(chip) + "`", {"show", chip}, 0, {"ridge point"}, {}});
  const std::vector<std::string> cards = {"--catalog",    mine,      "--hw", "two-5090", "--model",
                                          "llama3.1-70b", "--dtype", "int4", "--batch",  "1"};
  all.push_back(
      {"F1", "two cards whose description has no link", cards, 2, {"no [scale_up] link"}, {}});
  all.push_back(
      {"F2",
       "32 B in 4 bits on 12 GB without `--offload`",
       {"--hw", "rtx-4070-super", "--model", "qwen3-32b", "--dtype", "int4", "--batch", "1"},
       1,
       {"let weights lie"},
       {}});
  for (const char* type : {"q4_k_m", "q8_0", "iq2_xxs", "mxfp4", "nvfp4"}) {
    all.push_back({"F4",
                   "`--dtype " + std::string(type) + "`",
                   {"--hw", "rtx-5090", "--model", "llama3.1-8b", "--dtype", type, "--batch", "1"},
                   0,
                   {"tokens/s"},
                   {}});
  }
  all.push_back(
      {"F5",
       "DeepSeek-R1 of 404 GB fits a Mac Studio of 512 GB",
       {"--hw", "m3-ultra", "--model", "deepseek-r1", "--dtype", "q4_k_m", "--batch", "1"},
       0,
       {"tokens/s"},
       {}});
  all.push_back({"F13",
                 "a draft model",
                 {"--hw", "h100", "--model", "qwen3-32b", "--draft", "qwen3-0.6b", "--draft-tokens",
                  "4", "--acceptance", "0.7", "--batch", "1"},
                 0,
                 {"by Qwen3 0.6B"},
                 {}});
  for (const char* name : {"macbook-pro-m4-max", "mac-studio-m3-ultra", "iphone-16-pro"}) {
    all.push_back({"F14",
                   "`show " + std::string(name) + "` is the system",
                   {"show", name},
                   0,
                   {"holds "},
                   {}});
  }
  all.push_back({"F14",
                 "columns of `compare` are headed as typed",
                 {"compare", "--hw", "macbook-air-m4,mac-mini-m4", "--model", "llama3.1-8b"},
                 0,
                 {"macbook-air-m4", "mac-mini-m4"},
                 {}});
  for (const char* chip :
       {"rtx-3090", "gb10", "rx-7900-xtx", "m2-ultra", "jetson-orin-nano", "raspberry-pi-5",
        "rk3588", "epyc-9755", "core-ultra-9-285k", "ryzen-9-9950x"}) {
    all.push_back({"F15",
                   "a 3 B model on `" + std::string(chip) + "`",
                   {"--hw", chip, "--model", "llama3.2-3b", "--batch", "1"},
                   0,
                   {"tokens/s"},
                   {}});
  }
  for (const char* chip : {"rtx-3060", "rtx-5070", "arc-a770", "m1"}) {
    all.push_back({"F15",
                   "`show " + std::string(chip) + "`",
                   {"show", chip},
                   0,
                   {"ridge point"},
                   std::string(open) + "not among the chips described so far"});
  }
  all.push_back({"names",
                 "a missing chip",
                 {"--hw", "rtx-2080", "--model", "dsv3"},
                 2,
                 {"did you mean"},
                 {}});
  return all;
}

}  // namespace

Section cases() {
  Section s{"Commands on which the program was wrong", {}};
  const test::TemporaryFolder folder;
  checkpoints(s, folder);
  for (const Case& c : commands(folder))
    s.rows.push_back(tried(c));
  other_memories(s);
  return s;
}

}  // namespace infersim::catalogue_table
