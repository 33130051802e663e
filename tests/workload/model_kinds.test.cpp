#include <string>

#include "infersim/workload/model.hpp"
#include "support/catch.hpp"
#include "workload/model_texts.hpp"

// Kinds of layers and of checkpoints in descriptions.
using namespace infersim;
using namespace infersim::test;

TEST_CASE("recurrent layers, indexers and layers of one block are read as written") {
  const std::string text = model_head + R"(norm_bias = true
post_norms = true
positions = 77
vision = 1000
experts_checkpoint = "fp4"
[[layers]]
count = 3
[layers.attention]
kind = "mamba2"
heads = 8
key_heads = 2
key_dim = 16
value_dim = 4
conv = 4
conv_bias = true
state = "fp32"
[layers.ffn]
kind = "none"
[[layers]]
count = 1
[layers.attention]
kind = "mla"
heads = 4
kv_lora_rank = 8
nope_dim = 8
rope_dim = 4
v_dim = 8
[layers.attention.indexer]
heads = 2
head_dim = 8
top_k = 16
[layers.ffn]
kind = "moe"
experts = 8
top_k = 2
intermediate = 32
latent = 16
shared_intermediate = 64
shared_gate = true
gated = false
)";
  const ModelSpec model = load_model(text, "toy.toml");
  CHECK(model.norm_bias);
  CHECK(model.post_norms);
  CHECK(model.positions == 77);
  CHECK(model.vision == 1000);
  CHECK(model.checkpoint.experts == NumberType::fp4);
  CHECK(model.layers[0] == LayerGroup{.count = 3,
                                      .attention = LinearAttention{.kind = LinearKind::mamba2,
                                                                   .heads = 8,
                                                                   .key_heads = 2,
                                                                   .key_dim = 16,
                                                                   .value_dim = 4,
                                                                   .conv = 4,
                                                                   .conv_bias = true,
                                                                   .state = NumberType::fp32},
                                      .ffn = None{}});
  CHECK(std::get<LatentAttention>(model.layers[1].attention).indexer ==
        Indexer{.heads = 2, .head_dim = 8, .top_k = 16});
  REQUIRE(experts_of(model.layers[1]) != nullptr);
  CHECK(experts_of(model.layers[0]) == nullptr);
  CHECK(experts_of(model.layers[1])->latent == 16);
  CHECK(experts_of(model.layers[1])->shared_gate);
}

TEST_CASE("parts of a checkpoint, residual streams and embeddings for each layer are read") {
  const ModelSpec model = load_model(model_head + R"(projections_checkpoint = "fp8"
head_checkpoint = "int8"
embedding_checkpoint = "int4"
kv_checkpoint = "fp8"
weight_only = "int8"
checkpoint_format = "mine"
checkpoint_bytes = 1234567890123
laurel = 16
[weight_bits]
linear = 4.5
head = 6.5625
[streams]
kind = "alternating_updates"
count = 4
[per_layer]
vocab = 900
width = 8
)" + dense_layers,
                                     "toy.toml");
  const Checkpoint& stored = model.checkpoint;
  CHECK(stored.projections == NumberType::fp8);
  CHECK(stored.head == NumberType::int8);
  CHECK(stored.embedding == NumberType::int4);
  CHECK(stored.kv == NumberType::fp8);
  CHECK(stored.weight_only == NumberType::int8);
  CHECK(stored.format == "mine");
  CHECK(stored.bytes == 1234567890123);
  CHECK(stored.bits == WeightBits{.linear = 4.5, .head = 6.5625});
  CHECK(model.laurel == 16);
  CHECK(model.streams == ResidualStreams{StreamKind::alternating_updates, 4});
  CHECK(model.per_layer == PerLayerEmbedding{.vocab = 900, .width = 8});
  CHECK_THAT(model_faults(model_head + "[streams]\nkind = \"braided\"\ncount = 1\n" + dense_layers),
             ContainsSubstring("streams.kind: unknown name `braided`") &&
                 ContainsSubstring("streams.count: expected a whole number from 2 to 64, found 1"));
  CHECK_THAT(model_faults(model_head + "[weight_bits]\nlinear = 0.1\nother = 1\n" + dense_layers),
             ContainsSubstring("weight_bits.linear: expected") &&
                 ContainsSubstring("weight_bits.other: unknown key"));
}

TEST_CASE("compressed attention, mixers side by side and gated convolutions are read") {
  const auto layer = [](const std::string& attention) {
    return model_head + "[[layers]]\ncount = 1\n[layers.attention]\n" + attention +
           "[layers.ffn]\nkind = \"dense\"\nintermediate = 256\n";
  };
  const auto read = [&](const std::string& attention) {
    return load_model(layer(attention), "toy.toml").layers.front().attention;
  };
  const std::string compressed = R"(kind = "compressed"
heads = 8
q_lora_rank = 32
head_dim = 64
rope_dim = 16
window = 128
o_groups = 2
o_lora_rank = 48
)";
  CompressedAttention window{.heads = 8,
                             .q_lora_rank = 32,
                             .head_dim = 64,
                             .rope_dim = 16,
                             .window = 128,
                             .o_groups = 2,
                             .o_lora_rank = 48};
  CHECK(read(compressed) == Attention{window});
  const std::string indexer = "[layers.attention.indexer]\nheads = 2\nhead_dim = 32\ntop_k = 64\n";
  window.ratio = 4;
  window.indexer = Indexer{.heads = 2, .head_dim = 32, .top_k = 64};
  CHECK(read(compressed + "ratio = 4\n" + indexer) == Attention{window});
  CHECK_THAT(model_faults(layer(compressed + indexer)),
             ContainsSubstring("there are no entries to pick from"));
  std::string groups = compressed;
  groups.replace(groups.find("o_groups = 2"), 12, "o_groups = 3");
  CHECK_THAT(model_faults(layer(groups)), ContainsSubstring("8 heads do not make 3 equal groups"));

  const std::string both = R"(kind = "parallel"
[layers.attention.attention]
heads = 4
kv_heads = 2
head_dim = 16
[layers.attention.recurrence]
kind = "mamba2"
heads = 8
key_heads = 1
key_dim = 16
value_dim = 8
)";
  const auto mixers = std::get<ParallelMixers>(read(both));
  CHECK(mixers.attention.kv_heads == 2);
  CHECK(mixers.recurrence.kind == LinearKind::mamba2);
  CHECK(mixers.recurrence.heads == 8);
  CHECK_THAT(model_faults(layer("kind = \"parallel\"\n")),
             ContainsSubstring("attention.attention: missing required") &&
                 ContainsSubstring("attention.recurrence: missing required"));
  CHECK(read("kind = \"gated_conv\"\ntaps = 3\n") == Attention{GatedConvolution{.taps = 3}});
  CHECK_THAT(model_faults(layer("kind = \"gated_conv\"\ntaps = 0\n")),
             ContainsSubstring("taps: expected a whole number from 1 to 1024, found 0"));
  const auto rwkv = std::get<LinearAttention>(read(R"(kind = "rwkv7"
heads = 4
key_heads = 4
key_dim = 16
value_dim = 16
decay_rank = 8
rate_rank = 7
value_rank = 6
gate_rank = 5
)"));
  CHECK(rwkv.ranks == LowRanks{.decay = 8, .rate = 7, .value = 6, .gate = 5});
}
