#include "infersim/workload/model_writer.hpp"

#include <filesystem>
#include <string>

#include "infersim/workload/hf_config.hpp"
#include "infersim/workload/weight_format.hpp"
#include "support/catch.hpp"
#include "workload/architectures.hpp"
#include "workload/models.hpp"

using namespace infersim;
using namespace infersim::test;

namespace {

void check_round_trip(const ModelSpec& model) {
  const std::string text = write_model(model);
  INFO(text);
  const ModelSpec read = load_model(text, "written.toml");
  CHECK(read.id == model.id);
  CHECK(read.aliases == model.aliases);
  CHECK(read.name == model.name);
  CHECK(read.hidden == model.hidden);
  CHECK(read.vocab == model.vocab);
  CHECK(read.tied_embeddings == model.tied_embeddings);
  CHECK(read.max_context == model.max_context);
  CHECK(read.norm_bias == model.norm_bias);
  CHECK(read.post_norms == model.post_norms);
  CHECK(read.positions == model.positions);
  CHECK(read.vision == model.vision);
  CHECK(read.checkpoint == model.checkpoint);
  CHECK(read.streams == model.streams);
  CHECK(read.laurel == model.laurel);
  CHECK(read.per_layer == model.per_layer);
  CHECK(read.layers == model.layers);
  CHECK(read.mtp == model.mtp);
  CHECK(read.provenance.basis == model.provenance.basis);
  CHECK(read.provenance.source == model.provenance.source);
}

}  // namespace

TEST_CASE("the models of the catalogue are written as they are read") {
  for (const auto& file :
       std::filesystem::directory_iterator(source_dir() / "workloads" / "models")) {
    check_round_trip(catalogue_model(file.path().stem().string()));
  }
}

TEST_CASE("every kind of layer and of checkpoint is written as it is read") {
  for (const Architecture& architecture : architectures())
    check_round_trip(read_architecture(architecture));
  ModelSpec model = catalogue_model("gpt-oss-20b");
  for (const char* format : {"q4_k_m", "mxfp4", "awq"}) {
    model.checkpoint = stored_as(model, {format});
    model.checkpoint.kv = NumberType::fp8;
    model.checkpoint.bytes = 12'345'678'901;
    check_round_trip(model);
  }
}

TEST_CASE("imported configurations are written as they are read") {
  const auto folder = shared_path("model_configs");
  if (!folder) {
    skip("model_configs is not there");
    return;
  }
  int configurations = 0;
  for (const auto& file : std::filesystem::directory_iterator(*folder)) {
    const std::string name = file.path().filename().string();
    if (file.path().extension() != ".json") continue;
    check_round_trip(load_hf_config(read_file(file.path()), file.path().filename().string()));
    ++configurations;
  }
  CHECK(configurations >= 26);
}

TEST_CASE("a description is written with what is not usual, and with its groups") {
  ModelSpec model;
  model.id = "toy";
  model.name = "Toy \"moe\"";
  model.hidden = 64;
  model.vocab = 100;
  model.max_context = 128;
  model.provenance = {
      .basis = Basis::datasheet, .source = "toy/config.json", .date = {}, .note = {}};
  const GroupedQueryAttention attention{
      .heads = 4, .kv_heads = 2, .head_dim = 16, .value_dim = 16, .qk_norm = true};
  model.layers = {{.count = 1, .attention = attention, .ffn = DenseFfn{.intermediate = 256}},
                  {.count = 3,
                   .attention = attention,
                   .ffn = MoeFfn{.experts = 8, .top_k = 2, .intermediate = 32}}};
  CHECK(write_model(model) == R"(id              = "toy"
name            = "Toy \"moe\""
hidden          = 64
vocab           = 100
tied_embeddings = false
max_context     = 128
checkpoint      = "bf16"
source          = "config"
basis           = "datasheet"

[[layers]]
count = 1

[layers.attention]
kind     = "gqa"
heads    = 4
kv_heads = 2
head_dim = 16
qk_norm  = true

[layers.ffn]
kind         = "dense"
intermediate = 256

[[layers]]
count = 3

[layers.ffn]
kind         = "moe"
experts      = 8
top_k        = 2
intermediate = 32

[sources.config]
title = "toy/config.json"
)");
}

TEST_CASE("layers that interleave are written as a pattern") {
  ModelSpec model = catalogue_model("llama3.1-8b");
  LayerGroup full = model.layers.front();
  full.count = 1;
  LayerGroup window = full;
  auto& attention = std::get<GroupedQueryAttention>(window.attention);
  attention.reach = Reach::window;
  attention.span = 512;
  model.layers.clear();
  for (int i = 0; i < 4; ++i) {
    model.layers.push_back(window);
    model.layers.push_back(full);
  }
  const std::string text = write_model(model);
  CHECK_THAT(text, ContainsSubstring("\npattern = \"SFSFSFSF\"\n\n[kinds.S.attention]\n"));
  CHECK_THAT(text, ContainsSubstring("\n[kinds.F]\nlike = \"S\"\n\n[kinds.F.attention]\n"));
  check_round_trip(model);
}
