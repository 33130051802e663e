#include <string>

#include "infersim/core/diagnostic.hpp"
#include "infersim/workload/hf_config.hpp"
#include "infersim/workload/model.hpp"
#include "support/catch.hpp"

using namespace infersim;

namespace {

template <class Load>
std::string faults_of(Load load) {
  try {
    load();
  } catch (const InputError& error) {
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("every fault of a broken model is reported in one go, in the order of its text") {
  const char* text = R"(id              = "m"
name            = "Model"
hidden          = "4096"
vocab           = 12800000000
tied_embeddings = "no"
max_context     = 1.5
checkpoint      = "bf61"
source          = "config"
basis           = "datasheet"

[[layers]]
count = 0

[layers.attention]
kind         = "mla"
heads        = 128
kv_lora_rnk  = 512
nope_dim     = 128
rope_dim     = -64
v_dim        = 128

[layers.ffn]
kind = "sparse"

[mtp]
cuont = 1

[sources.config]
title = ""

[sources.paper]
title = "A paper"
)";
  CHECK(faults_of([&] { (void)load_model(text, "m.toml"); }) ==
        "m.toml:3:19: error: hidden: expected a whole number, found a text\n"
        "m.toml:4:19: error: vocab: expected a whole number from 1 to 10000000, found "
        "12800000000\n"
        "m.toml:5:19: error: tied_embeddings: expected true or false, found a text\n"
        "m.toml:6:19: error: max_context: expected a whole number, found a number\n"
        "m.toml:7:19: error: checkpoint: unknown number type `bf61`\n"
        "  hint: one of: fp32, tf32, bf16, fp16, fp8, int8, fp4, int4\n"
        "m.toml:12:9: error: layers[0].count: expected a whole number from 1 to 100000, found 0\n"
        "m.toml:14:1: error: layers[0].attention.kv_lora_rank: missing required key\n"
        "m.toml:17:1: error: layers[0].attention.kv_lora_rnk: unknown key\n"
        "  hint: did you mean `kv_lora_rank` or `q_lora_rank`?\n"
        "m.toml:19:16: error: layers[0].attention.rope_dim: expected a whole number from 1 to "
        "10000000, found -64\n"
        "m.toml:23:8: error: layers[0].ffn.kind: unknown name `sparse`\n"
        "  hint: one of: dense, moe, none\n"
        "m.toml:25:1: error: mtp.count: missing required key\n"
        "m.toml:26:1: error: mtp.cuont: unknown key\n"
        "  hint: did you mean `count`?\n"
        "m.toml:29:9: error: sources.config.title: must not be empty\n"
        "m.toml:31:1: error: sources.paper: never cited\n"
        "  hint: name it as the `source` of a table, or remove it");
}

TEST_CASE("every fault of a broken configuration is reported in one go") {
  const char* text = R"({
  "model_type": "llama",
  "hidden_size": 4096,
  "intermediate_size": "11008",
  "num_attention_heads": 32,
  "num_hidden_layers": 2000000000,
  "num_key_value_heads": 5,
  "vocab_size": 32e3,
  "max_position_embeddings": null,
  "num_experts_per_tokn": 8,
  "flux_capacitor": {"power": 1.21}
}
)";
  CHECK(faults_of([&] { (void)load_hf_config(text, "config.json"); }) ==
        "config.json: error: max_position_embeddings: missing required key\n"
        "config.json:4:24: error: intermediate_size: expected a whole number, found a text\n"
        "config.json:6:24: error: num_hidden_layers: expected a whole number from 1 to 100000, "
        "found 2000000000\n"
        "config.json:7:26: error: num_key_value_heads: 32 heads cannot share 5 key-value heads "
        "evenly\n"
        "config.json:8:17: error: vocab_size: expected a whole number, found a number\n"
        "config.json:10:27: error: num_experts_per_tokn: neither understood nor known to be "
        "harmless\n"
        "  hint: did you mean `num_experts_per_tok`, `num_experts` or "
        "`num_experts_per_token`? `--accept num_experts_per_tokn` goes on without it\n"
        "config.json:11:21: error: flux_capacitor: neither understood nor known to be harmless\n"
        "  hint: `--accept flux_capacitor` goes on without it");
}
