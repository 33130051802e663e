#include "infersim/workload/model.hpp"

#include <string>

#include "support/catch.hpp"
#include "workload/model_texts.hpp"
#include "workload/models.hpp"

using namespace infersim;
using namespace infersim::test;

TEST_CASE("a model description is read as written") {
  const ModelSpec model = load_model(model_head + dense_layers, "toy.toml");
  CHECK(model.id == "toy");
  CHECK(model.name == "Toy");
  CHECK(model.aliases.empty());
  CHECK(model.hidden == 64);
  CHECK(model.vocab == 100);
  CHECK(model.tied_embeddings);
  CHECK(model.max_context == 128);
  CHECK(model.checkpoint.linear == NumberType::int4);
  CHECK(model.provenance.basis == Basis::assumed);
  CHECK(model.path == "toy.toml");
  CHECK_FALSE(model.mtp);
  REQUIRE(model.layers.size() == 1);
  CHECK(model.layers[0] ==
        LayerGroup{
            .count = 2,
            .attention =
                GroupedQueryAttention{.heads = 4, .kv_heads = 2, .head_dim = 16, .value_dim = 16},
            .ffn = DenseFfn{.intermediate = 256}});
}

TEST_CASE("layers that leave out attention or feed-forward network have that of those before") {
  const ModelSpec model = catalogue_model("deepseek-v3");
  REQUIRE(model.layers.size() == 2);
  CHECK(model.layer_count() == 61);
  CHECK(model.layers[0].count == 3);
  CHECK(model.layers[1].attention == model.layers[0].attention);
  CHECK(std::get<MoeFfn>(model.layers[1].ffn).groups == 8);
  REQUIRE(model.mtp);
  CHECK(model.mtp->count == 1);
  CHECK(model.mtp->attention == model.layers[1].attention);
  CHECK(model.mtp->ffn == model.layers[1].ffn);
}

TEST_CASE("every fault of a model description is reported with its place") {
  CHECK(model_faults(R"(id = "toy"
nmae = "Toy"
hidden = 0
vocab = 10000001
tied_embeddings = "no"
max_context = 128
checkpoint = "bf17"
basis = "assumed"
note = "for tests"

[[layers]]
count = 100001
[layers.attention]
kind = "gqa"
heads = 6
kv_heads = 4
head_dim = 16
[layers.ffn]
kind = "moe"
experts = 8
top_k = 9
intermediate = 32

[[layers]]
count = 1
[layers.attention]
kind = "linear"
[layers.ffn]
kind = "moe"
experts = 8
top_k = 3
intermediate = 32
groups = 4
top_groups = 1
shared = 1

[mtp]
count = 1
[mtp.ffn]
kind = "moe"
experts = 10
top_k = 2
intermediate = 32
groups = 4
)") ==
        R"(toy.toml: error: name: missing required key
toy.toml:2:1: error: nmae: unknown key
  hint: did you mean `name`?
toy.toml:3:10: error: hidden: expected a whole number from 1 to 10000000, found 0
toy.toml:4:9: error: vocab: expected a whole number from 1 to 10000000, found 10000001
toy.toml:5:19: error: tied_embeddings: expected true or false, found a text
toy.toml:7:14: error: checkpoint: unknown number type `bf17`
  hint: one of: fp32, tf32, bf16, fp16, fp8, int8, fp4, int4
toy.toml:12:9: error: layers[0].count: expected a whole number from 1 to 100000, found 100001
toy.toml:16:12: error: layers[0].attention.kv_heads: 6 heads cannot share 4 key-value heads evenly
toy.toml:21:9: error: layers[0].ffn.top_k: 9 of only 8 experts that a token can reach
toy.toml:27:8: error: layers[1].attention.kind: unknown name `linear`
  hint: one of: gqa, mla, compressed, lightning, mamba1, mamba2, gated_delta, kimi_delta, rwkv7, parallel, gated_conv, none
toy.toml:31:9: error: layers[1].ffn.top_k: 3 of only 2 experts that a token can reach
toy.toml:35:1: error: layers[1].ffn.shared: unknown key
  hint: did you mean `shared_gate`, `shared_intermediate` or `gated`?
toy.toml:44:10: error: mtp.ffn.groups: 10 experts do not make 4 equal groups)");
}

TEST_CASE("a description without layers says so") {
  CHECK(model_faults(model_head) == "toy.toml: error: layers: missing required key");
  CHECK(model_faults(model_head + "[[layers]]\ncount = 1\n") ==
        "toy.toml:10:1: error: layers[0].attention: missing required key\n"
        "toy.toml:10:1: error: layers[0].ffn: missing required key");
}

TEST_CASE("groups of experts are checked against each other") {
  const std::string layers = R"([[layers]]
count = 1
[layers.attention]
kind = "mla"
heads = 4
kv_lora_rank = 8
nope_dim = 8
rope_dim = 4
v_dim = 8
[layers.ffn]
kind = "moe"
experts = 8
intermediate = 32
)";
  CHECK(model_faults(model_head + layers + "top_k = 2\ngroups = 4\ntop_groups = 1\n").empty());
  CHECK(model_faults(model_head + layers + "top_k = 2\ngroups = 2\ntop_groups = 3\n") ==
        "toy.toml:25:14: error: layers[0].ffn.top_groups: 3 of only 2 groups");
  // Without `top_groups` every group can be reached.
  CHECK(model_faults(model_head + layers + "top_k = 8\ngroups = 4\n").empty());
}

namespace {

const std::string kinds = R"([kinds.F.attention]
kind = "gqa"
heads = 4
kv_heads = 2
head_dim = 16
[kinds.F.ffn]
kind = "dense"
intermediate = 256
gated = false
[kinds.S]
like = "F"
[kinds.S.attention]
kind = "gqa"
heads = 4
kv_heads = 2
head_dim = 16
value_dim = 8
window = 32
sinks = true
)";

}  // namespace

TEST_CASE("a pattern names the kind of each layer, spaces and line breaks apart") {
  const ModelSpec model =
      load_model(model_head + "pattern = \"\"\"\nSF S\nSF\"\"\"\n" + kinds, "toy.toml");
  REQUIRE(model.layers.size() == 4);
  CHECK(model.layer_count() == 5);
  CHECK(model.layers[0].count == 1);
  CHECK(model.layers[2].count == 2);  // neighbours of one kind
  CHECK(model.layers[0].attention == model.layers[2].attention);
  CHECK(model.layers[0].ffn == model.layers[1].ffn);
  const auto& window = std::get<GroupedQueryAttention>(model.layers[0].attention);
  CHECK(window.reach == Reach::window);
  CHECK(window.span == 32);
  CHECK(window.value_dim == 8);
  CHECK(window.sinks);
  CHECK(std::get<GroupedQueryAttention>(model.layers[1].attention).reach == Reach::all);
  CHECK_FALSE(std::get<DenseFfn>(model.layers[1].ffn).gated);
}

TEST_CASE("faults of a pattern are told with their place") {
  CHECK(model_faults(model_head + "pattern = \"SFX\"\n" + kinds) ==
        "toy.toml:10:11: error: pattern: `X` is no kind of layer\n"
        "  hint: describe it in a table [kinds.X]");
  CHECK(model_faults(model_head + "pattern = \"SS\"\n" + kinds) ==
        "toy.toml:11:1: error: kinds: `F` stands nowhere in `pattern`");
  CHECK(model_faults(model_head + "pattern = \" \"\n" + kinds).find("holds no layer") !=
        std::string::npos);
  CHECK(model_faults(model_head + "pattern = \"F\"\n[kinds.F]\nlike = \"S\"\n") ==
        "toy.toml:12:8: error: kinds.F.like: `S` is no kind that stands before this one");
  CHECK(model_faults(model_head + "pattern = \"F\"\n" + dense_layers + kinds)
            .find("layers are given by `pattern` already") != std::string::npos);
}

TEST_CASE("contradictions within a block are faults") {
  std::string both = model_head + dense_layers;
  both.insert(both.find("[layers.ffn]"), "window = 8\nchunk = 8\n");
  CHECK(model_faults(both).find("a window or chunks, not both") != std::string::npos);
  CHECK(model_faults(model_head + "[[layers]]\ncount = 1\n[layers.attention]\nkind = \"none\"\n"
                                  "[layers.ffn]\nkind = \"none\"\n")
            .find("attention or a feed-forward network, or both") != std::string::npos);
}
