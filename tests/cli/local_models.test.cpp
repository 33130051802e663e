#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "support/catch.hpp"
#include "support/gguf_writer.hpp"
#include "support/run_program.hpp"
#include "support/temporary_folder.hpp"

// Models as they lie on a machine: folders, the Hub's local cache, GGUF files.
using namespace infersim::test;
using nlohmann::json;

namespace {

/// A dense model of 70.6 billion parameters.
constexpr const char* large = R"({"architectures": ["LlamaForCausalLM"], "model_type": "llama",
  "hidden_size": 8192, "num_hidden_layers": 80, "num_attention_heads": 64,
  "num_key_value_heads": 8, "intermediate_size": 28672, "vocab_size": 128256,
  "max_position_embeddings": 131072, "hidden_act": "silu", "tie_word_embeddings": false,
  "torch_dtype": "bfloat16"})";

constexpr const char* quantised = R"({"producer": {"name": "modelopt", "version": "0.31.0"},
  "quantization": {"quant_algo": "FP8", "kv_cache_quant_algo": "FP8",
                   "exclude_modules": ["lm_head"]}})";

/// Of the program with a cache of the Hub.
ProgramResult run_with_cache(const std::string& home, const std::vector<std::string>& arguments) {
  std::vector<std::string> command = {
      "env",           "-u", "HF_HUB_CACHE", "-u", "HUGGINGFACE_HUB_CACHE", "HF_HOME=" + home,
      INFERSIM_PROGRAM};
  command.insert(command.end(), arguments.begin(), arguments.end());
  return run_command(command);
}

json shown(const ProgramResult& result) {
  INFO(result.err);
  REQUIRE(result.exit_code == 0);
  return json::parse(result.out);
}

/// A decoder of two layers.
std::string gguf() {
  GgufWriter writer;
  writer.key("general.architecture", "llama")
      .key("general.name", "Tiny")
      .key("general.file_type", 7)
      .key("llama.block_count", 2)
      .key("llama.context_length", 2048)
      .key("llama.embedding_length", 256)
      .key("llama.attention.head_count", 4)
      .key("llama.attention.head_count_kv", 2)
      .tensor("token_embd.weight", {256, 4096}, "q8_0")
      .tensor("output_norm.weight", {256});
  for (const char* block : {"blk.0.", "blk.1."}) {
    const std::string b = block;
    writer.tensor(b + "attn_norm.weight", {256})
        .tensor(b + "attn_q.weight", {256, 256}, "q8_0")
        .tensor(b + "attn_k.weight", {256, 128}, "q8_0")
        .tensor(b + "attn_v.weight", {256, 128}, "q8_0")
        .tensor(b + "attn_output.weight", {256, 256}, "q8_0")
        .tensor(b + "ffn_norm.weight", {256})
        .tensor(b + "ffn_gate.weight", {256, 512}, "q8_0")
        .tensor(b + "ffn_up.weight", {256, 512}, "q8_0")
        .tensor(b + "ffn_down.weight", {512, 256}, "q8_0");
  }
  return writer.file();
}

}  // namespace

TEST_CASE("a checkpoint that ModelOpt made is as large as its file says") {
  const TemporaryFolder folder;
  (void)folder.write("large/hf_quant_config.json", quantised);
  const std::string config = folder.write("large/config.json", large);
  const json document = shown(run_infersim({"show", config, "--json"}));
  CHECK(document["checkpoint"] == "fp8");
  CHECK(document["kv_checkpoint"] == "fp8");
  // 68.45 billion linear weights of 1 byte, 2.1 of embedding and head of 2.
  CHECK_THAT(document["weight_bytes"]["checkpoint"].get<double>(), WithinRel(72.7e9, 0.005));
  const json answer =
      shown(run_infersim({"--hw", "h100", "--model", config, "--devices", "1", "--batch", "1",
                          "--isl", "500", "--osl", "100", "--json"}));
  CHECK(answer["plan"]["dtype"] == "fp8");
  CHECK(answer["plan"]["kv_dtype"] == "fp8");
  // The folder stands for its file.
  CHECK(shown(run_infersim({"show", "model", folder.path("large"), "--json"}))["total_params"] ==
        document["total_params"]);
  (void)folder.write("large/hf_quant_config.json", R"({"quantization": {"quant_algo": "W3A3"}})");
  const ProgramResult refused = run_infersim({"show", config});
  CHECK(refused.exit_code == 2);
  CHECK_THAT(refused.err, ContainsSubstring("hf_quant_config.json:1:33: error: "
                                            "quantization.quant_algo: `W3A3` is not understood"));
}

TEST_CASE("files that hold more than is counted are named in the answer") {
  const TemporaryFolder folder;
  const std::string config = folder.write("large/config.json", large);
  const auto with_index = [&](const std::string& bytes) {
    (void)folder.write("large/model.safetensors.index.json",
                       R"({"metadata": {"total_size": )" + bytes + R"(}, "weight_map": {}})");
  };
  with_index("141107412992");
  CHECK_THAT(run_infersim({"show", config}).out,
             ContainsSubstring("files of 141,107,412,992 bytes, 141,107,412,992 counted") &&
                 !ContainsSubstring("more than parts"));
  const std::vector<std::string> ask = {"--hw",    "h200", "--model", config, "--devices", "2",
                                        "--batch", "4",    "--isl",   "500",  "--osl",     "100"};
  CHECK_THAT(run_infersim(ask).out, !ContainsSubstring("model.checkpoint_bytes"));
  with_index("150000000000");
  CHECK_THAT(run_infersim({"show", config}).out, ContainsSubstring("6% more"));
  CHECK_THAT(run_infersim(ask).out, ContainsSubstring("141 GB counted, its files hold 150 GB"));
}

TEST_CASE("a model of the Hub is found in its local cache") {
  const TemporaryFolder home;
  const std::string model = "hub/models--some-org--Large-70B/";
  (void)home.write(model + "snapshots/0123abcd/config.json", large);
  (void)home.write(model + "snapshots/ffff0000/config.json", "not read");
  const auto show = [&] {
    return run_with_cache(home.path(), {"show", "some-org/Large-70B", "--json"});
  };
  // Two snapshots and nothing that says which.
  CHECK(show().exit_code == 2);
  (void)home.write(model + "refs/main", "0123abcd\n");
  CHECK(shown(show())["id"] == "some-org/Large-70B");
  const ProgramResult answer =
      run_with_cache(home.path(), {"--hw", "h200", "--model", "some-org/Large-70B", "--devices",
                                   "2", "--batch", "1", "--json"});
  CHECK(shown(answer)["model"].dump().find("some-org/Large-70B") != std::string::npos);
  CHECK(run_with_cache(home.path(), {"show", "some-org/Other"}).exit_code == 2);
  CHECK(run_with_cache(home.path(), {"show", "../hub/Large-70B"}).exit_code == 2);
}

TEST_CASE("an architecture that nobody knows is named in the answer") {
  const TemporaryFolder folder;
  std::string config = large;
  config.replace(config.find("LlamaForCausalLM"), 16, "NovelForCausalLM");
  config.replace(config.find("\"model_type\": \"llama\""), 21, "\"model_type\": \"novel\"");
  const std::string path = folder.write("novel/config.json", config);
  CHECK_THAT(run_infersim({"show", path}).out, ContainsSubstring("is not known"));
  CHECK_THAT(run_infersim({"--hw", "h200", "--model", path, "--devices", "2", "--batch", "1"}).out,
             ContainsSubstring("assumed  model: novel: architecture `NovelForCausalLM`"));
}

TEST_CASE("a GGUF file is a model, alone or in its folder") {
  const TemporaryFolder folder;
  const std::string file = folder.write("tiny/tiny-q8.gguf", gguf());
  const json document = shown(run_infersim({"show", file, "--json"}));
  CHECK(document["id"] == "tiny-q8");
  CHECK(document["checkpoint_format"] == "q8_0");
  // 1,048,576 of the embedding, 2 x (196,608 + 393,216) of layers, 5 norms of 256.
  CHECK(document["total_params"] == 1048576 + 2 * 589824 + 5 * 256);
  CHECK(document["checkpoint_bytes"] == (1048576 + 2 * 589824) * 34 / 32 + 5 * 256 * 4);
  const json answer = shown(run_infersim({"--hw", "rtx-4090", "--model", file, "--json"}));
  CHECK(answer["plan"]["weight_format"] == "q8_0");
  CHECK(answer["plan"]["dtype"] == "int8");
  CHECK(shown(run_infersim({"show", "model", folder.path("tiny"), "--json"}))["total_params"] ==
        document["total_params"]);
  const ProgramResult imported = run_infersim({"import", file});
  CHECK(imported.exit_code == 0);
  CHECK_THAT(imported.out, ContainsSubstring("q8_0"));
  CHECK(shown(run_infersim({"show", folder.write("again.toml", imported.out),
                            "--json"}))["weight_bytes"] == document["weight_bytes"]);

  (void)folder.write("tiny/cut-00001-of-00002.gguf", gguf());
  const ProgramResult cut = run_infersim({"show", folder.path("tiny/cut-00001-of-00002.gguf")});
  CHECK(cut.exit_code == 2);
  CHECK_THAT(cut.err, ContainsSubstring("cut-00002-of-00002.gguf: cannot be read") &&
                          ContainsSubstring("a split model needs all of its files"));
  const ProgramResult broken = run_infersim(
      {"--hw", "h200", "--model", folder.write("broken.gguf", gguf().substr(0, 5000))});
  CHECK(broken.exit_code == 2);
  CHECK_THAT(broken.err, ContainsSubstring("broken.gguf: error: byte"));
  CHECK(run_infersim({"show", folder.path("none.gguf")}).exit_code == 2);
}

TEST_CASE("weights may be asked for in a format") {
  const auto ask = [](const std::string& format) {
    return run_infersim(
        {"--hw", "m4-max", "--model", "llama3.1-8b", "--dtype", format, "--batch", "1", "--json"});
  };
  const json four = shown(ask("Q4_K_M"));
  CHECK(four["plan"]["weight_format"] == "q4_k_m");
  const json eight = shown(ask("q8_0"));
  // Decoding reads 8.5 bits a weight in place of 4.85.
  const double ratio =
      eight["decode"]["tpot_ms"].get<double>() / four["decode"]["tpot_ms"].get<double>();
  CHECK(ratio > 1.4);
  CHECK(ratio < 1.85);
  const ProgramResult refused = ask("q7_k");
  CHECK(refused.exit_code == 2);
  CHECK_THAT(refused.err, ContainsSubstring("q4_k_m"));
}
