// Architectures that are more than grouped-query attention and one network, against what their
// makers publish.

#include <string>

#include "infersim/workload/layer_cache.hpp"
#include "infersim/workload/model_writer.hpp"
#include "infersim/workload/parameters.hpp"
#include "support/catch.hpp"
#include "workload/architectures.hpp"
#include "workload/models.hpp"

using namespace infersim;
using namespace infersim::test;

namespace {

ModelSpec read(const std::string& keys) { return load_hf_config("{" + keys + "}", "toy.json"); }

double kv_bytes(const ModelSpec& model, NumberType type = NumberType::bf16) {
  return kv_bytes_per_token(model, type).base();
}

/// Layers whose attention `is` says.
template <class Is>
Count layers_with(const ModelSpec& model, Is is) {
  Count count = 0;
  for (const LayerGroup& group : model.layers) {
    if (is(group.attention)) count += group.count;
  }
  return count;
}

template <class Kind>
Count layers_of(const ModelSpec& model) {
  return layers_with(model, [](const Attention& a) { return std::holds_alternative<Kind>(a); });
}

}  // namespace

TEST_CASE("every architecture is written as it is read") {
  for (const Architecture& architecture : architectures()) {
    INFO(architecture.name);
    const ModelSpec model = read_architecture(architecture);
    const std::string text = write_model(model);
    INFO(text);
    const ModelSpec again = load_model(text, "again.toml");
    CHECK(again.layers == model.layers);
    CHECK(again.mtp == model.mtp);
    CHECK(again.streams == model.streams);
    CHECK(again.per_layer == model.per_layer);
    CHECK(again.laurel == model.laurel);
    CHECK(again.checkpoint == model.checkpoint);
    CHECK(count_parameters(again).total == count_parameters(model).total);
  }
}

TEST_CASE("DeepSeek-V4 pools tokens in two ways and mixes four streams") {
  const ModelSpec model = read(deepseek_v4_flash);
  const ModelParameters count = count_parameters(model);
  CHECK_THAT(count.total, WithinAbs(284e9, 0.5e9));  // model card: 284 B, 13 B active
  CHECK_THAT(count.active, WithinAbs(13e9, 0.5e9));
  const auto with_ratio = [&](Count ratio) {
    return layers_with(
        model, [&](const Attention& a) { return std::get<CompressedAttention>(a).ratio == ratio; });
  };
  CHECK(with_ratio(0) == 2);
  CHECK(with_ratio(4) == 21);
  CHECK(with_ratio(128) == 20);
  for (const LayerGroup& group : model.layers) {
    const auto& attention = std::get<CompressedAttention>(group.attention);
    CHECK(attention.indexer.has_value() == (attention.ratio == 4));
  }
  CHECK(std::get<CompressedAttention>(model.mtp->attention).ratio == 0);
  CHECK(model.streams == ResidualStreams{StreamKind::hyper_connections, 4});
  CHECK(model.checkpoint.linear == NumberType::fp8);
  CHECK(model.checkpoint.experts == NumberType::fp4);
  // vLLM: 584 B a row in FP8 and 1,024 in BF16, 132 B an index key.
  CHECK(kv_bytes(model) == 21 * (1024 + 132) / 4.0 + 20 * 1024 / 128.0);
  CHECK(kv_bytes(model, NumberType::fp8) == 21 * (584 + 132) / 4.0 + 20 * 584 / 128.0);
  // Windows, and keys and scores in FP32 that are not yet pooled.
  const double unpooled = 21 * 2 * 8 * 2 * (512 + 128) * 4.0 + 20 * 2 * 128 * 512 * 4.0;
  CHECK(state_bytes(model, NumberType::bf16) == Bytes{43 * 128 * 1024 + unpooled});
}

TEST_CASE("layers of GLM-5.2 share an indexer") {
  const ModelSpec model = read(glm_5_2);
  CHECK_THAT(count_parameters(model).total, WithinAbs(744e9, 1e9));  // model card: 744 B, 40 B
  CHECK_THAT(count_parameters(model).active, WithinAbs(40e9, 0.5e9));
  const auto shared = [](const Attention& a) { return indexer(a)->shared; };
  // Layers 0, 1, 2 and every fourth from 6 on have one of their own.
  CHECK(layers_with(model, shared) == 78 - 21);
  CHECK_FALSE(indexer(model.mtp->attention)->shared);
  CHECK(kv_bytes(model) == 78 * 1152 + 21 * 132);
  CHECK(kv_bytes(model, NumberType::fp8) == 78 * 656 + 21 * 132);
  // The same, written layer by layer or as a pattern; without an offset layers 0 and 1 come first.
  const std::string four = R"("hidden_size": 64, "vocab_size": 100, "num_hidden_layers": 6,
      "max_position_embeddings": 4096, "intermediate_size": 128, "num_attention_heads": 4,
      "kv_lora_rank": 32, "qk_nope_head_dim": 16, "qk_rope_head_dim": 8, "v_head_dim": 16,
      "index_head_dim": 16, "index_n_heads": 2, "index_topk": 64)";
  CHECK(layers_with(read(four + R"(, "index_topk_freq": 4)"), shared) == 3);
  CHECK(layers_with(read(four + R"(, "index_topk_pattern": "FSSFSS")"), shared) == 4);
  CHECK(layers_with(read(four + R"(, "indexer_types": ["full", "shared", "shared", "shared",
      "full", "full"])"),
                    shared) == 3);
  CHECK(faults_of([&] { (void)read(four + R"(, "indexer_types": ["full", "half"])"); }) ==
        "toy.json:4:84: error: indexer_types: 2 types for 6 layers");
  CHECK(faults_of([&] { (void)read(four + R"(, "index_topk_pattern": "FSX")"); }) ==
        "toy.json:4:89: error: index_topk_pattern: `FSX` is no F or S for each of 6 layers");
}

TEST_CASE("MiniMax-M3 picks blocks of tokens") {
  const ModelSpec model = read(minimax_m3);
  CHECK_THAT(count_parameters(model).total, WithinRel(428e9, 0.01));  // model card: ~428 B
  // ~23 B active, without the head of 1.23 B.
  CHECK_THAT(count_parameters(model).active - 1.23e9, WithinAbs(23e9, 0.6e9));
  CHECK(layers_with(model, [](const Attention& a) { return indexer(a) != nullptr; }) == 57);
  CHECK(indexer(model.layers.back().attention)->top_k == 2048);
  CHECK(std::get<DenseFfn>(model.layers.front().ffn).intermediate == 12288);
  CHECK(kv_bytes(model) == 60 * 2 * 4 * 128 * 2 + 57 * 128 * 2);
  CHECK(kv_bytes(model, NumberType::fp8) == kv_bytes(model) / 2);
}

TEST_CASE("Gemma 4 has other heads in global layers, whose keys are their values") {
  const ModelSpec model = read(gemma4_31b);
  CHECK_THAT(count_parameters(model).total, WithinAbs(30.7e9, 0.05e9));  // model card: 30.7 B
  CHECK(kv_bytes(model) == 10 * 2 * 4 * 512 * 2);                        // both are cached
  CHECK(state_bytes(model, NumberType::bf16) == Bytes{50 * 1024.0 * 2 * 16 * 256 * 2});
  const ModelSpec small = read(gemma4_e2b);
  const ModelParameters count = count_parameters(small);
  // Model card: 5.1 B with embeddings and towers, 2.3 B effective.
  CHECK_THAT(count.total, WithinAbs(4.65e9, 0.1e9));
  CHECK_THAT(count.total - count.per_layer, WithinAbs(2.3e9, 0.05e9));
  CHECK(count.per_layer == 262144.0 * 35 * 256);
  CHECK(std::get<DenseFfn>(small.layers.front().ffn).intermediate == 6144);
  CHECK(std::get<DenseFfn>(small.layers.back().ffn).intermediate == 12288);
  CHECK(kv_bytes(small) == 3 * 2 * 512 * 2);
  // 26B-A4B: a dense network beside 128 experts.
  const ModelSpec moe = read(R"("model_type": "gemma4_text", "hidden_size": 2816,
      "vocab_size": 262144, "num_hidden_layers": 30, "max_position_embeddings": 262144,
      "intermediate_size": 2112, "num_attention_heads": 16, "num_key_value_heads": 8,
      "head_dim": 256, "global_head_dim": 512, "num_global_key_value_heads": 2,
      "attention_k_eq_v": true, "enable_moe_block": true, "num_experts": 128,
      "top_k_experts": 8, "moe_intermediate_size": 704, "sliding_window": 1024)");
  CHECK_THAT(count_parameters(moe).total, WithinAbs(25.2e9, 0.05e9));  // model card: 25.2 B
  CHECK_THAT(count_parameters(moe).active, WithinAbs(3.8e9, 0.05e9));  // 3.8 B active
  // Figures of single layers may be written apart.
  const ModelSpec apart = read(R"("model_type": "gemma4_text", "hidden_size": 64,
      "vocab_size": 100, "num_hidden_layers": 2, "max_position_embeddings": 4096,
      "intermediate_size": 128, "num_attention_heads": 4, "num_key_value_heads": 2,
      "head_dim": 16, "sliding_window": 32, "hidden_size_per_layer_input": 0,
      "layer_types": ["sliding_attention", "full_attention"],
      "per_layer_config": {"01": {"head_dim": 48, "num_key_value_heads": 1}})");
  CHECK(std::get<GroupedQueryAttention>(apart.layers.front().attention).head_dim == 16);
  CHECK(std::get<GroupedQueryAttention>(apart.layers.back().attention).head_dim == 48);
  CHECK(kv_bytes(apart) == 2 * 48 * 2);
}

TEST_CASE("Gemma 3n updates one of four streams and has embeddings for each layer") {
  const ModelSpec model = read(gemma3n_e2b);
  CHECK_THAT(count_parameters(model).total, WithinRel(4.46e9, 0.01));  // Ollama: 4.46 B of text
  CHECK(model.streams == ResidualStreams{StreamKind::alternating_updates, 4});
  CHECK(model.laurel == 64);
  // Of 30 layers every fifth sees everything; the last ten share keys and values.
  CHECK(kv_bytes(model) == 4 * 2 * 2 * 256 * 2);
  CHECK(layers_with(model, [](const Attention& a) {
          return std::get<GroupedQueryAttention>(a).shared_kv;
        }) == 10);
}

TEST_CASE("a layer of LongCat has two attentions, and a third of its choices do nothing") {
  const ModelSpec model = read(longcat_flash);
  CHECK_THAT(count_parameters(model).total, WithinAbs(560e9, 1e9));    // report: 560 B
  CHECK_THAT(count_parameters(model).active, WithinAbs(27e9, 0.5e9));  // about 27 B in the mean
  CHECK(layers_of<LatentAttention>(model) == 56);
  CHECK(kv_bytes(model) == 56 * 576 * 2);
  const auto& moe = std::get<MoeFfn>(model.layers[1].ffn);
  CHECK(moe.active() == 8);
  CHECK(moe.shared_intermediate == 12288);
}

TEST_CASE("Falcon-H1 has attention and Mamba-2 side by side") {
  const ModelSpec model = read(falcon_h1);
  CHECK_THAT(count_parameters(model).total, WithinRel(521411104.0, 2e-4));  // safetensors
  CHECK(layers_of<ParallelMixers>(model) == 36);
  CHECK(kv_bytes(model) == 36 * 2 * 2 * 64 * 2);
  const double channels = 2 * 128 + 1536;
  CHECK(state_bytes(model, NumberType::bf16) == Bytes{36 * (24 * 64 * 128 * 2 + 3 * channels * 2)});
}

TEST_CASE(
    "Jamba has attention in one layer of eight, experts in every other, Mamba-1 in the rest") {
  const ModelSpec model = read(jamba);
  CHECK_THAT(count_parameters(model).total, WithinAbs(51.6e9, 0.1e9));  // safetensors: 51.6 B
  CHECK_THAT(count_parameters(model).active, WithinAbs(12e9, 0.5e9));   // arXiv:2403.19887: 12 B
  CHECK(layers_of<GroupedQueryAttention>(model) == 4);
  CHECK(kv_bytes(model) == 4 * 2 * 8 * 128 * 2);
  // arXiv:2403.19887, section 2: 4 GB of KV cache at 256 K tokens.
  CHECK(262144 * kv_bytes(model) == 4.0 * 1024 * 1024 * 1024);
  const ModelSpec alone = read(mamba);
  CHECK_THAT(count_parameters(alone).total, WithinRel(2768345600.0, 1e-3));  // 2.8 B, safetensors
  CHECK(kv_bytes(alone) == 0);
  CHECK(state_bytes(alone, NumberType::bf16) == Bytes{64 * 5120 * (16 + 3) * 2.0});
  CHECK(std::holds_alternative<None>(alone.layers.front().ffn));
}

TEST_CASE("RWKV-7 keeps a matrix for each head in FP32, and the token before") {
  const ModelSpec model = read(rwkv7);
  CHECK_THAT(count_parameters(model).total, WithinRel(1527404544.0, 1e-3));  // safetensors: 1.53 B
  CHECK(kv_bytes(model) == 0);
  CHECK(state_bytes(model, NumberType::bf16) == Bytes{24 * (32 * 64 * 64 * 4.0 + 2 * 2048 * 2)});
}

TEST_CASE("LFM2 has short convolutions, and attention where it says") {
  const ModelSpec model = read(lfm2);
  CHECK_THAT(count_parameters(model).total, WithinAbs(1.17e9, 0.005e9));  // model card: 1.17 B
  CHECK(layers_of<GatedConvolution>(model) == 10);
  CHECK(kv_bytes(model) == 6 * 2 * 8 * 64 * 2);
  CHECK(state_bytes(model, NumberType::bf16) == Bytes{10 * 2 * 2048 * 2.0});
  // LFM2-8B-A1B names the layers by type: 8.3 B, 1.5 B active.
  const std::string three = R"("conv", "conv", "full_attention", "conv")";
  const ModelSpec moe = read(R"("model_type": "lfm2_moe", "hidden_size": 2048,
      "vocab_size": 65536, "num_hidden_layers": 24, "max_position_embeddings": 128000,
      "intermediate_size": 7168, "moe_intermediate_size": 1792, "num_dense_layers": 2,
      "num_experts": 32, "num_experts_per_tok": 4, "use_expert_bias": true,
      "num_attention_heads": 32, "num_key_value_heads": 8, "conv_L_cache": 3, "layer_types": [)" +
                             repeated(three, 6) + "]");
  CHECK_THAT(count_parameters(moe).total, WithinAbs(8.3e9, 0.05e9));
  CHECK_THAT(count_parameters(moe).active, WithinAbs(1.5e9, 0.06e9));
}

TEST_CASE("Trinity, Step-3 and Hunyuan 3 count as published") {
  const ModelSpec trinity = read(trinity_mini);
  CHECK_THAT(count_parameters(trinity).total, WithinAbs(26e9, 0.3e9));  // model card: 26 B, 3 B
  CHECK_THAT(count_parameters(trinity).active, WithinAbs(3e9, 0.5e9));
  CHECK(std::get<GroupedQueryAttention>(trinity.layers.front().attention).output_gate);
  CHECK(kv_bytes(trinity) == 8 * 2 * 4 * 128 * 2);
  const ModelSpec step = read(one_line(step3));
  CHECK_THAT(count_parameters(step).total, WithinAbs(316e9, 1e9));   // arXiv:2507.19427: 316 B
  CHECK_THAT(count_parameters(step).active, WithinRel(38e9, 0.02));  // 38 B
  CHECK(kv_bytes(step) == 61 * 2 * 256 * 2);
  CHECK(experts_of(step.layers[1])->shared_intermediate == 5120);
  const ModelSpec hunyuan = read(R"("model_type": "hy_v3", "hidden_size": 4096,
      "vocab_size": 120832, "num_hidden_layers": 80, "max_position_embeddings": 131072,
      "intermediate_size": 13312, "num_attention_heads": 64, "num_key_value_heads": 8,
      "head_dim": 128, "num_experts": 192, "num_experts_per_tok": 8, "num_shared_experts": 1,
      "moe_intermediate_size": 1536, "router_scaling_factor": 2.826,
      "enable_moe_fp32_combine": true, "mlp_layer_types": ["dense", )" +
                                 repeated("\"sparse\"", 79) + "]");
  CHECK_THAT(count_parameters(hunyuan).total, WithinAbs(295e9, 0.5e9));  // model card: 295 B, 21 B
  CHECK_THAT(count_parameters(hunyuan).active, WithinAbs(21e9, 1e9));
}

TEST_CASE("an architecture that nobody knows is said to be taken for what its keys are") {
  const std::string keys = R"("hidden_size": 64, "vocab_size": 100, "num_hidden_layers": 2,
      "max_position_embeddings": 128, "num_attention_heads": 4, "intermediate_size": 256)";
  const ModelSpec unknown = read(R"("architectures": ["FrobnicatorForCausalLM"], )" + keys);
  CHECK(unknown.provenance.basis == Basis::assumed);
  CHECK(unknown.provenance.note ==
        "architecture `FrobnicatorForCausalLM` is not known: by its keys it is taken for a dense "
        "decoder");
  const ModelSpec experts = read(R"("model_type": "frobnicator", "num_experts": 8,
      "num_experts_per_tok": 2, "moe_intermediate_size": 32, )" +
                                 keys);
  CHECK_THAT(experts.provenance.note, ContainsSubstring("a decoder with experts"));
  for (const char* known : {"llama", "mistral", "qwen3", "kimi_k2", "phi3", "step3_text"}) {
    INFO(known);
    const ModelSpec model = read(std::string(R"("model_type": ")") + known + R"(", )" + keys);
    CHECK(model.provenance.basis == Basis::datasheet);
    CHECK(model.provenance.note.empty());
  }
  CHECK(read(keys).provenance.note.empty());  // nothing says what it is called
}
