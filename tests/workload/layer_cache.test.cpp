#include "infersim/workload/layer_cache.hpp"

#include "infersim/workload/parameters.hpp"
#include "support/catch.hpp"
#include "workload/models.hpp"

using namespace infersim;
using namespace infersim::test;

namespace {

/// Latents of 512 values, rotary keys of 64, index keys of 128.
LatentAttention sparse_latent() {
  LatentAttention attention;
  attention.heads = 16;
  attention.kv_lora_rank = 512;
  attention.rope_dim = 64;
  attention.indexer = Indexer{.heads = 4, .head_dim = 128, .top_k = 2048};
  return attention;
}

double per_token(const Attention& attention, NumberType type) {
  return layer_cache(attention, 4096, type).per_token.base();
}

}  // namespace

TEST_CASE("KV bytes follow the number type") {
  const ModelSpec model = catalogue_model("llama3.1-70b");
  CHECK(kv_bytes_per_token(model, NumberType::bf16) == Bytes{327680});
  CHECK(kv_bytes_per_token(model, NumberType::fp8) == Bytes{327680 / 2.0});
}

TEST_CASE("windows hold what they span, and grow no further") {
  // gpt-oss-120b: 18 layers of 8 heads of 64 see all, 18 see 128 tokens.
  const ModelSpec model = catalogue_model("gpt-oss-120b");
  const double layer = 2.0 * 8 * 64 * 2;
  CHECK(kv_bytes_per_token(model, NumberType::bf16) == Bytes{18 * layer});
  CHECK(state_bytes(model, NumberType::bf16) == Bytes{18 * 128 * layer});
  const LayerCache window =
      layer_cache(model.layers.front().attention, model.hidden, NumberType::bf16);
  CHECK(window.bytes(64) == Bytes{64 * layer});
  CHECK(window.bytes(128) == window.bytes(1e6));
}

TEST_CASE("recurrent states are there from the first token and in their own number type") {
  // Qwen3.5-397B-A17B: 45 of 60 layers keep 64 heads of 128 x 128 in FP32 and 3 inputs of the
  // convolution over 2 x 16 x 128 + 64 x 128 channels in 16 bits.
  const ModelSpec model = catalogue_model("qwen3.5-397b-a17b");
  const double layer = 64.0 * 128 * 128 * 4 + 3.0 * (2 * 16 * 128 + 64 * 128) * 2;
  CHECK(state_bytes(model, NumberType::bf16) == Bytes{45 * layer});
  CHECK(state_bytes(model, NumberType::fp8) == Bytes{45 * layer});
  CHECK(layer_cache(model.layers.front().attention, model.hidden, NumberType::bf16).bytes(0) ==
        Bytes{layer});
}

TEST_CASE("Kimi Linear keeps 20 layers of 32 heads of 128 x 128 in FP32: 43.4 MB") {
  LinearAttention delta;
  delta.kind = LinearKind::kimi_delta;
  delta.heads = delta.key_heads = 32;
  delta.key_dim = delta.value_dim = 128;
  delta.conv = 4;
  delta.state = NumberType::fp32;
  const double layer = layer_cache(delta, 2304, NumberType::bf16).fixed.base();
  CHECK(20 * layer == 20.0 * (32 * 128 * 128 * 4 + 3 * 3 * 32 * 128 * 2));
  CHECK_THAT(20 * layer, WithinAbs(43.4e6, 0.05e6));
}

TEST_CASE("a row of sparse latent attention is 788 bytes in FP8 and 1,284 in BF16") {
  // SGLang PR 11309: 512 + 16 bytes of scales + 64 x 2 + an index key of 128 + 4.
  CHECK(per_token(sparse_latent(), NumberType::fp8) == 788);
  CHECK(per_token(sparse_latent(), NumberType::bf16) == 1284);
  // Without an indexer latents have no scales of their own.
  LatentAttention dense = sparse_latent();
  dense.indexer.reset();
  CHECK(per_token(dense, NumberType::fp8) == 576);
  CHECK(per_token(dense, NumberType::bf16) == 1152);
  // One that takes an earlier layer's choice keeps no key.
  LatentAttention shared = sparse_latent();
  shared.indexer->shared = true;
  CHECK(per_token(shared, NumberType::fp8) == 656);
  CHECK(per_token(shared, NumberType::bf16) == 1152);
}

TEST_CASE("DeepSeek-V3.2 caches 48,068 bytes a token in FP8, as SGLang's pools do") {
  // 8 x B200, TP8 DP8: 975,424 tokens in 43.67 GiB, 1,462,784 in 65.49.
  const ModelSpec model = catalogue_model("deepseek-v3.2");
  const Bytes token = kv_bytes_per_token(model, NumberType::fp8);
  CHECK(token == Bytes{61 * 788});
  CHECK_THAT(43.67 * 1073741824 / 975424, WithinRel(token.base(), 1e-3));
  CHECK_THAT(65.49 * 1073741824 / 1462784, WithinRel(token.base(), 1e-3));
  CHECK(kv_bytes_per_token(model, NumberType::bf16) == Bytes{61 * 1284});
}

TEST_CASE("pooled entries grow the cache by a token's share of them") {
  CompressedAttention pooled;
  pooled.heads = 64;
  pooled.head_dim = 512;
  pooled.rope_dim = 64;
  pooled.window = 128;
  pooled.ratio = 128;
  const LayerCache heavy = layer_cache(pooled, 4096, NumberType::fp8);
  CHECK(heavy.per_token == Bytes{584.0 / 128});
  CHECK(heavy.bytes(1000) - heavy.fixed == Bytes{128 * 584 + 1000 * 584.0 / 128});
  pooled.ratio = 4;
  pooled.indexer = Indexer{.heads = 64, .head_dim = 128, .top_k = 512};
  CHECK(per_token(pooled, NumberType::fp8) == (584 + 132) / 4.0);
  CHECK(per_token(pooled, NumberType::bf16) == (1024 + 132) / 4.0);
  pooled.ratio = 0;
  pooled.indexer.reset();
  CHECK(layer_cache(pooled, 4096, NumberType::bf16).bytes(1e6) == Bytes{128 * 1024});
}

TEST_CASE("layers that share an earlier one's keys and values cache none") {
  const ModelSpec model = catalogue_model("llama3.1-8b");
  LayerGroup shared = model.layers.front();
  auto& attention = std::get<GroupedQueryAttention>(shared.attention);
  const double whole = layer_parameters(model, shared).attention;
  attention.shared_kv = true;
  CHECK(whole - layer_parameters(model, shared).attention == 2.0 * 8 * 128 * 4096);
  CHECK(layer_cache(shared.attention, model.hidden, NumberType::bf16).bytes(1000) == Bytes{});
}

TEST_CASE("a projection for keys and values alike is one less, and both are cached") {
  const ModelSpec model = catalogue_model("llama3.1-8b");
  LayerGroup equal = model.layers.front();
  const double whole = layer_parameters(model, equal).attention;
  const double cached = per_token(equal.attention, NumberType::bf16);
  std::get<GroupedQueryAttention>(equal.attention).keys_as_values = true;
  CHECK(whole - layer_parameters(model, equal).attention == 8.0 * 128 * 4096);
  CHECK(per_token(equal.attention, NumberType::bf16) == cached);
}
