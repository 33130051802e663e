#include <string>

#include "infersim/workload/hf_config.hpp"
#include "support/catch.hpp"
#include "workload/hf_texts.hpp"

using namespace infersim;
using namespace infersim::test;

TEST_CASE("every fault of a configuration is reported together, with its place") {
  CHECK(faults(R"({
"hidden_size": 100,
"vocab_size": 10000001,
"num_hidden_layers": 0,
"num_attention_heads": 12,
"num_key_value_heads": 5,
"num_experts": 8,
"num_experts_per_tok": 9,
"moe_intermediate_size": 32,
"mlp_only_layers": [1, -1],
"flux": 256,
"is_encoder_decoder": true,
"hidden_act": "tanh",
"rope_theta": 10000.0
})") == R"(toy/config.json: error: max_position_embeddings: missing required key
toy/config.json:3:15: error: vocab_size: expected a whole number from 1 to 10000000, found 10000001
toy/config.json:4:22: error: num_hidden_layers: expected a whole number from 1 to 100000, found 0
toy/config.json:5:24: error: num_attention_heads: hidden_size 100 is no multiple of 12 heads
  hint: give head_dim
toy/config.json:6:24: error: num_key_value_heads: 12 heads cannot share 5 key-value heads evenly
toy/config.json:8:24: error: num_experts_per_tok: 9 of only 8 experts that a token can reach
toy/config.json:11:9: error: flux: neither understood nor known to be harmless
  hint: `--accept flux` goes on without it
toy/config.json:12:23: error: is_encoder_decoder: true is not understood
  hint: `--accept is_encoder_decoder` goes on without it
toy/config.json:13:15: error: hidden_act: `tanh` is not understood
  hint: understood are silu, gelu and relu in their kinds)");
}

TEST_CASE("a key that nobody knows may have been meant as another") {
  CHECK_THAT(faults(dense(R"("num_experts_per_tokn": 2,)")),
             ContainsSubstring("hint: did you mean `num_experts_per_tok`"));
  CHECK_THAT(faults(dense(R"("num_experts_per_tokn": 2,)")),
             EndsWith("? `--accept num_experts_per_tokn` goes on without it"));
}

TEST_CASE("contradictions are faults that name both keys") {
  CHECK(faults(experts(R"("n_routed_experts": 4,)")) ==
        "toy/config.json:2:16: error: num_experts: contradicts n_routed_experts = 4");
  CHECK(faults(experts(R"("mlp_only_layers": [4],)")) ==
        "toy/config.json:2:93: error: mlp_only_layers: layers are numbered from 0 to 3");
  CHECK(faults(experts(R"("first_k_dense_replace": 5,)")) ==
        "toy/config.json:2:99: error: first_k_dense_replace: 5 of only 4 layers");
  CHECK(faults(experts(R"("n_group": 3,)")) ==
        "toy/config.json:2:85: error: n_group: 8 experts do not make 3 equal groups");
  CHECK(faults(experts(R"("n_group": 8, "topk_group": 1,)")) ==
        "toy/config.json:2:42: error: num_experts_per_tok: 2 of only 1 experts that a token "
        "can reach");
  CHECK(faults(experts(R"("interleave_moe_layer_step": 2, "moe_layers": [0, 2],)")) ==
        "toy/config.json:2:120: error: moe_layers: contradicts interleave_moe_layer_step");
  CHECK(faults(experts(R"("num_experts_per_tok": 2, )")).find("duplicate key") !=
        std::string::npos);
  CHECK(faults(dense(R"("qk_nope_head_dim": 16,)")) ==
        "toy/config.json: error: kv_lora_rank: missing required key\n"
        "toy/config.json: error: qk_rope_head_dim: missing required key\n"
        "toy/config.json: error: v_head_dim: missing required key");
  CHECK(faults(dense(R"("num_layers": 5,)")) ==
        "toy/config.json:2:15: error: num_layers: contradicts num_hidden_layers = 4");
  CHECK(faults(dense(R"("layer_types": ["full_attention"],)")) ==
        "toy/config.json:2:16: error: layer_types: 1 types for 4 layers");
  CHECK(faults(dense(R"("hybrid_override_pattern": "M*-",)")) ==
        "toy/config.json:2:28: error: hybrid_override_pattern: 3 types for 4 layers");
  const std::string types = R"("layer_types": ["sliding_attention", "full_attention",
"sliding_attention", "full_attention"],)";
  CHECK(faults(dense(types)) ==
        "toy/config.json: error: sliding_window: missing required key\n"
        "  hint: layer_types has layers with a window");
  CHECK(faults(dense(types + R"("sliding_window": 16, "use_sliding_window": false,)")) ==
        "toy/config.json:2:16: error: layer_types: contradicts use_sliding_window = false");
  CHECK(faults(dense(types + R"("sliding_window": 16, "sliding_window_pattern": 4,)")) ==
        "toy/config.json:3:88: error: sliding_window_pattern: contradicts layer_types");
  CHECK(
      faults(dense(R"("layer_types": ["full_attention", "dynamic_attention"],)")) ==
      "toy/config.json:2:16: error: layer_types: `dynamic_attention` is not understood\n"
      "  hint: understood are full_attention, sliding_attention, chunked_attention, "
      "linear_attention, mamba, conv, attention, mlp, moe and the sparse and compressed attention "
      "of DeepSeek, GLM and MiniMax");
}

TEST_CASE("architectures without a shape here are refused by the key that says so") {
  const auto refused = [](const std::string& more) { return faults(dense(more)); };
  CHECK(refused(R"("lru_width": 16,)") ==
        "toy/config.json:2:14: error: lru_width: recurrent layers of Griffin are not understood\n"
        "  hint: `--accept lru_width` goes on without it");
  for (const char* key : {"lru_width", "attention_hidden_size", "num_mem_blocks", "rescale_every",
                          "hybrid_layer_ids"}) {
    INFO(key);
    CHECK_THAT(refused(std::string("\"") + key + "\": 2,"), ContainsSubstring("not understood"));
    CHECK(refused(std::string("\"") + key + "\": null,").empty());
    CHECK(refused(std::string("\"") + key + "\": 0,").empty());
  }
}

TEST_CASE("what the user accepts is read as if it were not there") {
  CHECK(faults(dense(R"("flux": 3,)"), {"flux"}).empty());
  CHECK(faults(R"({"text_config": )" + dense(R"("flux": 3,)") + "}", {"text_config.flux"}).empty());
  CHECK(faults(dense(R"("sliding_window": "wide",)"), {"sliding_window"}).empty());
  CHECK(faults(dense(R"("num_layers": 5,)"), {"num_layers"}).empty());
  CHECK_THAT(faults(dense(R"("flux": 3, "flow": 4,)"), {"flux"}),
             ContainsSubstring("flow: neither understood"));
  CHECK(faults(dense(), {"flux"}) == "toy/config.json: error: --accept flux: there is no such key");
}

TEST_CASE("what is no configuration is a fault, never a crash") {
  CHECK_FALSE(faults("").empty());
  CHECK_FALSE(faults("", {"flux"}).empty());
  CHECK_FALSE(faults("[]").empty());
  CHECK_FALSE(faults("{\"hidden_size\": 1e400}").empty());
  CHECK_FALSE(faults(R"({"text_config": {}})").empty());
  // 10^7 layers, every other one with experts, would be as many groups.
  CHECK_THAT(faults(R"({"hidden_size": 1, "num_hidden_layers": 10000000, "moe_layer_freq": 2})"),
             ContainsSubstring("num_hidden_layers: expected a whole number from 1 to 100000"));
}
