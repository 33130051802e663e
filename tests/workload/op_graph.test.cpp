#include "infersim/workload/op_graph.hpp"

#include <algorithm>
#include <set>
#include <string>

#include "infersim/workload/parameters.hpp"
#include "support/catch.hpp"
#include "workload/architectures.hpp"
#include "workload/models.hpp"

using namespace infersim;
using namespace infersim::test;

namespace {

const char* const ids[] = {"deepseek-v3",   "llama2-7b", "llama3.1-8b",   "llama3.1-70b",
                           "llama3.1-405b", "qwen3-32b", "qwen3-30b-a3b", "qwen3-235b-a22b"};

const Op& op(const OpGraph& graph, const std::string& name) {
  const auto found =
      std::find_if(graph.ops.begin(), graph.ops.end(), [&](const Op& o) { return o.name == name; });
  REQUIRE(found != graph.ops.end());
  return *found;
}

std::size_t number(const OpGraph& graph, const std::string& name) {
  return static_cast<std::size_t>(&op(graph, name) - graph.ops.data());
}

/// Whether `to` waits for `from`, directly or not. Edges go from lower to higher numbers.
bool waits(const OpGraph& graph, const std::string& from, const std::string& to) {
  std::set<std::size_t> reached = {number(graph, from)};
  for (std::size_t node = 0; node < graph.ops.size(); ++node) {
    for (const auto& edge : graph.edges) {
      if (edge.to == node && reached.contains(edge.from)) reached.insert(node);
    }
  }
  return reached.contains(number(graph, to));
}

/// Weights that one token of `rows` meets: k n of each of its GEMMs.
double weights_met(const OpGraph& graph, const LayerGroup& group, Rows rows) {
  double sum = 0;
  for (const Op& o : graph.ops) {
    const bool met = o.rows == rows || o.rows == Rows::all || o.rows == Rows::routed ||
                     (rows == Rows::prefill && o.rows == Rows::prefill_context);
    if (!met) continue;
    if (o.kind == OpKind::gemm || o.kind == OpKind::batched_gemm) sum += o.heads * o.k * o.n;
    if (o.kind == OpKind::experts && has_weights(o.part)) {
      sum += std::get<MoeFfn>(group.ffn).active() * o.k * o.n;
    }
  }
  return sum;
}

/// Parameters of a layer that are not in matrices: norms and correction biases.
double vector_parameters(const ModelSpec& model, const LayerGroup& group) {
  double sum = layer_parameters(model, group).norms;
  if (const auto* latent = std::get_if<LatentAttention>(&group.attention)) {
    sum += static_cast<double>(latent->q_lora_rank + latent->kv_lora_rank);
  } else if (const auto& grouped = std::get<GroupedQueryAttention>(group.attention);
             grouped.qk_norm) {
    sum += static_cast<double>(2 * grouped.head_dim);
  }
  if (const auto* moe = std::get_if<MoeFfn>(&group.ffn); moe != nullptr && moe->router_bias) {
    sum += static_cast<double>(moe->experts);
  }
  return sum;
}

void check_well_formed(const OpGraph& graph) {
  std::set<std::string> names;
  std::set<std::size_t> with_input;
  std::set<std::size_t> with_output;
  for (const auto& edge : graph.edges) {
    CHECK(edge.from < edge.to);  // so there is no cycle
    CHECK(edge.to < graph.ops.size());
    with_input.insert(edge.to);
    with_output.insert(edge.from);
  }
  // One source and one sink: every operator lies on a path between them.
  CHECK(with_input.size() == graph.ops.size() - 1);
  CHECK(with_output.size() == graph.ops.size() - 1);
  const std::set<std::string> classes = {"attention",  "linear",      "experts",
                                         "collective", "elementwise", "head"};
  for (const Op& o : graph.ops) {
    INFO(o.name);
    CHECK(names.insert(o.name).second);
    CHECK(classes.contains(o.op_class));
    const bool by_shape =  // what it reads and computes follows from the layer's attention
        o.op_class == "attention";
    CHECK((by_shape || (o.n > 0 && o.k > 0)));
    CHECK(o.heads >= 1);
  }
}

}  // namespace

TEST_CASE("operator graphs are acyclic and join at one last operator") {
  for (const char* id : ids) {
    INFO(id);
    const ModelSpec model = catalogue_model(id);
    for (const LayerGroup& group : model.layers)
      check_well_formed(layer_graph(model, group));
    check_well_formed(input_graph(model));
    check_well_formed(output_graph(model));
    if (model.mtp) check_well_formed(mtp_graph(model));
  }
}

TEST_CASE("a token meets every active weight of a layer once, in prefill and in decode") {
  // 2 flop per weight and token: the graph's flop are twice the active parameters without norms.
  for (const char* id : ids) {
    const ModelSpec model = catalogue_model(id);
    for (const LayerGroup& group : model.layers) {
      INFO(id);
      const OpGraph graph = layer_graph(model, group);
      const double expected =
          layer_parameters(model, group).active() - vector_parameters(model, group);
      CHECK(weights_met(graph, group, Rows::prefill) == expected);
      CHECK(weights_met(graph, group, Rows::decode) == expected);
    }
  }
}

TEST_CASE("graphs of every architecture are acyclic and join at one last operator") {
  for (const Architecture& architecture : architectures()) {
    INFO(architecture.name);
    const ModelSpec model = read_architecture(architecture);
    for (const LayerGroup& group : model.layers)
      check_well_formed(layer_graph(model, group));
    check_well_formed(input_graph(model));
    check_well_formed(output_graph(model));
    if (model.mtp) check_well_formed(mtp_graph(model));
  }
}

TEST_CASE("a token meets the active weights of a layer, whatever its architecture") {
  // All but convolutions, norms and what a recurrence adds to its states: 1 % at most.
  for (const Architecture& architecture : architectures()) {
    const ModelSpec model = read_architecture(architecture);
    for (const LayerGroup& group : model.layers) {
      INFO(architecture.name);
      const OpGraph graph = layer_graph(model, group);
      const double active = layer_parameters(model, group).active();
      CHECK_THAT(weights_met(graph, group, Rows::prefill), WithinRel(active, 0.01));
      CHECK_THAT(weights_met(graph, group, Rows::decode), WithinRel(active, 0.01));
    }
  }
}

TEST_CASE("the whole model's GEMMs are its active parameters without norms and biases") {
  const ModelSpec model = catalogue_model("deepseek-v3");
  double met = 0;
  double vectors = static_cast<double>(model.hidden);
  for (const LayerGroup& group : model.layers) {
    const auto count = static_cast<double>(group.count);
    met += count * weights_met(layer_graph(model, group), group, Rows::decode);
    vectors += count * vector_parameters(model, group);
  }
  const OpGraph output = output_graph(model);
  met += op(output, "head").k * op(output, "head").n;
  CHECK(met == count_parameters(model).active - vectors);
}

TEST_CASE("MLA is plain in prefill and absorbed in decode") {
  const ModelSpec model = catalogue_model("deepseek-v3");
  const OpGraph graph = layer_graph(model, model.layers.back());

  // Plain: one GEMM of 512 x 128 heads x (128 + 128) for keys and values.
  const Op& up = op(graph, "kv_b");
  CHECK(up.rows == Rows::prefill_context);
  CHECK(up.kind == OpKind::gemm);
  CHECK(up.k == 512);
  CHECK(up.n == 128 * (128 + 128));

  // Absorbed: for each head 128 x 512 into queries and 512 x 128 out of values, the same weights.
  const Op& in = op(graph, "absorb_q");
  const Op& out = op(graph, "absorb_v");
  for (const Op* each : {&in, &out}) {
    CHECK(each->rows == Rows::decode);
    CHECK(each->kind == OpKind::batched_gemm);
    CHECK(each->shard == Shard::columns);
    CHECK(each->heads == 128);
  }
  CHECK((in.k == 128 && in.n == 512));
  CHECK((out.k == 512 && out.n == 128));
  CHECK(in.heads * in.k * in.n + out.heads * out.k * out.n == up.k * up.n);

  // Both down-projections are one GEMM that every rank computes whole.
  CHECK(op(graph, "qkv_a").n == 1536 + 512 + 64);
  CHECK(op(graph, "qkv_a").shard == Shard::replicated);
  CHECK(op(graph, "q_b").n == 128 * (128 + 64));
}

TEST_CASE("prefill and decode are branches that join at the output projection") {
  const ModelSpec model = catalogue_model("deepseek-v3");
  const OpGraph graph = layer_graph(model, model.layers.back());
  CHECK(waits(graph, "kv_b", "attention_prefill"));
  CHECK(waits(graph, "absorb_q", "attention_decode"));
  CHECK(waits(graph, "attention_decode", "absorb_v"));
  CHECK_FALSE(waits(graph, "kv_b", "attention_decode"));
  CHECK_FALSE(waits(graph, "absorb_q", "attention_prefill"));
  CHECK(waits(graph, "attention_prefill", "o"));
  CHECK(waits(graph, "absorb_v", "o"));
}

TEST_CASE("a short convolution runs before the scan of the same rows, where there is one") {
  const ModelSpec model = catalogue_model("qwen3.5-397b-a17b");
  const auto linear = std::find_if(
      model.layers.begin(), model.layers.end(),
      [](const LayerGroup& g) { return std::holds_alternative<LinearAttention>(g.attention); });
  REQUIRE(linear != model.layers.end());
  const OpGraph graph = layer_graph(model, *linear);
  CHECK(op(graph, "conv_prefill").kind == OpKind::conv_prefill);
  CHECK(op(graph, "conv_decode").rows == Rows::decode);
  CHECK(waits(graph, "conv_prefill", "scan_prefill"));
  CHECK(waits(graph, "conv_decode", "scan_decode"));
  LayerGroup without = *linear;
  std::get<LinearAttention>(without.attention).conv = 0;
  CHECK(op(layer_graph(model, without), "scan_activation").kind == OpKind::elementwise);
}

TEST_CASE("shared experts can run while tokens travel to the routed ones and back") {
  const ModelSpec model = catalogue_model("deepseek-v3");
  const OpGraph graph = layer_graph(model, model.layers.back());
  for (const char* shared : {"shared_gate_up", "shared_activation", "shared_down"}) {
    for (const char* routed : {"router", "topk", "dispatch", "experts_permute", "experts_up",
                               "experts_activation", "experts_down", "experts_sum", "combine"}) {
      CHECK_FALSE(waits(graph, shared, routed));
      CHECK_FALSE(waits(graph, routed, shared));
    }
  }
  CHECK(waits(graph, "shared_down", "ffn_add"));
  CHECK(waits(graph, "combine", "ffn_add"));
  CHECK(op(graph, "dispatch").rows == Rows::routed);
  CHECK(op(graph, "dispatch").n == 7168);
}

TEST_CASE("without query compression the queries are one projection of the hidden state") {
  ModelSpec model = catalogue_model("deepseek-v3");
  LayerGroup& group = model.layers.back();
  std::get<LatentAttention>(group.attention).q_lora_rank = 0;
  const OpGraph graph = layer_graph(model, group);
  check_well_formed(graph);
  CHECK(op(graph, "kv_a").n == 512 + 64);
  CHECK(op(graph, "q").k == 7168);
  CHECK_FALSE(waits(graph, "kv_a", "q"));
  CHECK(weights_met(graph, group, Rows::decode) ==
        layer_parameters(model, group).active() - vector_parameters(model, group));
}

TEST_CASE("a dense layer has the shapes of its matrices and two sums") {
  const ModelSpec model = catalogue_model("llama3.1-70b");
  const OpGraph graph = layer_graph(model, model.layers.front());
  CHECK((op(graph, "qkv").k == 8192 && op(graph, "qkv").n == (64 + 2 * 8) * 128));
  CHECK((op(graph, "o").k == 64 * 128 && op(graph, "o").n == 8192));
  CHECK((op(graph, "gate_up").k == 8192 && op(graph, "gate_up").n == 2 * 28672));
  CHECK((op(graph, "down").k == 28672 && op(graph, "down").n == 8192));
  CHECK(op(graph, "attention_decode").heads == 64);
  const auto sums = std::count_if(graph.ops.begin(), graph.ops.end(),
                                  [](const Op& o) { return o.kind == OpKind::reduce; });
  CHECK(sums == 2);
  // Where k is divided, partial sums have to be added up; where n is divided, there are none.
  CHECK((op(graph, "o").shard == Shard::rows && op(graph, "down").shard == Shard::rows));
  CHECK((op(graph, "qkv").shard == Shard::heads && op(graph, "gate_up").shard == Shard::columns));
}

TEST_CASE("an MTP module is its layer between a projection and the head") {
  const ModelSpec model = catalogue_model("deepseek-v3");
  const OpGraph graph = mtp_graph(model);
  CHECK((op(graph, "mtp_projection").k == 2 * 7168 && op(graph, "mtp_projection").n == 7168));
  CHECK(waits(graph, "mtp_projection", "input_norm"));
  CHECK(waits(graph, "ffn_add", "final_norm"));
  CHECK(op(graph, "head").n == 129280);
  CHECK(op(graph, "head").rows == Rows::sampled);
}
