#include "infersim/workload/lint.hpp"

#include <string>

#include "support/catch.hpp"

using namespace infersim;
using namespace infersim::test;

namespace {

/// Llama 3.1 8B.
ModelSpec llama() {
  ModelSpec model;
  model.id = "llama3.1-8b";
  model.name = "Llama 3.1 8B";
  model.hidden = 4096;
  model.vocab = 128256;
  model.max_context = 131072;
  GroupedQueryAttention attention;
  attention.heads = 32;
  attention.kv_heads = 8;
  attention.head_dim = 128;
  attention.value_dim = 128;
  model.layers = {{32, attention, DenseFfn{14336, true, false}}};
  return model;
}

std::string suspected(const ModelSpec& model) {
  std::string keys;
  for (const Suspicion& each : suspicions(model))
    keys += (keys.empty() ? "" : " ") + each.key;
  return keys;
}

}  // namespace

TEST_CASE("a published model is not suspected, nor are more heads than the hidden size holds") {
  CHECK(suspected(llama()).empty());
  ModelSpec wide = llama();
  std::get<GroupedQueryAttention>(wide.layers[0].attention).heads = 64;
  CHECK(suspected(wide).empty());
}

TEST_CASE("a model has about the size that its name says") {
  ModelSpec model = llama();
  model.layers[0].count = 80;
  // Expectation: 80 layers of 218 million parameters are 18.5 billion with the embeddings.
  const auto found = suspicions(model);
  REQUIRE(found.size() == 1);
  CHECK(found[0].key == "id");
  CHECK_THAT(found[0].message, ContainsSubstring("billion total parameters"));
  CHECK_THAT(found[0].message, ContainsSubstring("says 8 billion"));

  SECTION("active parameters too") {
    model = llama();
    model.id = "moe-30b-a3b";
    model.name = "MoE";
    MoeFfn moe;
    moe.experts = 64;
    moe.top_k = 2;
    moe.intermediate = 1024;
    model.layers[0].ffn = moe;
    // Expectation: 2.2 billion in attention and embeddings, 25.8 in experts, 0.8 of them active.
    CHECK(suspected(model).empty());
    std::get<MoeFfn>(model.layers[0].ffn).top_k = 32;
    CHECK(suspected(model) == "id");
  }
  SECTION("or is called after its active ones") {
    model = llama();
    model.id = model.name = "llama-7b-64e";
    MoeFfn moe;
    moe.experts = 64;
    moe.top_k = 8;
    moe.intermediate = 1024;
    model.layers[0].ffn = moe;
    // Expectation: 28 billion in all, 5.1 of them active.
    CHECK(suspected(model).empty());
  }
  SECTION("words that only look like a size say nothing") {
    for (const char* id : {"glm-8x7b", "some-fp8", "phi3-mini-128k", "next-1bit", "v2.5"}) {
      INFO(id);
      model.id = model.name = id;
      CHECK(suspected(model).empty());
    }
  }
}

TEST_CASE("shapes that no model has are suspected") {
  ModelSpec model = llama();
  model.id = model.name = "toy";
  SECTION("a tiny vocabulary") {
    model.vocab = 512;
    CHECK(suspected(model) == "vocab");
  }
  SECTION("an odd hidden size") {
    model.hidden = 4095;
    CHECK(suspected(model) == "hidden");
  }
  SECTION("all heads taken for one") {
    std::get<GroupedQueryAttention>(model.layers[0].attention).head_dim = 4096;
    CHECK(suspected(model) == "layers[0].attention.head_dim");
  }
  SECTION("a window beyond the context") {
    auto& attention = std::get<GroupedQueryAttention>(model.layers[0].attention);
    attention.reach = Reach::window;
    attention.span = 4096;
    CHECK(suspected(model).empty());
    attention.span = 262144;
    CHECK(suspected(model) == "layers[0].attention.window");
  }
  SECTION("a rank's share of a network") {
    model.layers[0].ffn = DenseFfn{448, true, false};
    CHECK(suspected(model) == "layers[0].ffn.intermediate");
  }
  SECTION("experts that all see every token") {
    MoeFfn moe;
    moe.experts = 8;
    moe.top_k = 8;
    moe.intermediate = 1024;
    model.layers[0].ffn = moe;
    CHECK(suspected(model) == "layers[0].ffn.top_k");
  }
  SECTION("unless it says why") {
    model.vocab = 512;
    model.provenance.unusual = "a model of bytes";
    CHECK(suspected(model).empty());
  }
}
