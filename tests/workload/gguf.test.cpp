#include "infersim/workload/gguf.hpp"

#include <list>
#include <sstream>
#include <string>
#include <vector>

#include "infersim/workload/parameters.hpp"
#include "support/catch.hpp"
#include "support/gguf_writer.hpp"
#include "workload/models.hpp"

using namespace infersim;
using namespace infersim::test;

namespace {

ModelSpec read(const std::vector<std::string>& files) {
  std::list<std::istringstream> streams;
  std::vector<GgufFile> parts;
  for (const std::string& bytes : files) {
    streams.emplace_back(bytes);
    const std::string number = std::to_string(parts.size() + 1);
    parts.push_back({files.size() == 1 ? "toy.gguf" : "toy-0000" + number + "-of-00002.gguf",
                     &streams.back(), bytes.size()});
  }
  return load_gguf(parts);
}

ModelSpec read(const GgufWriter& writer) { return read(std::vector{writer.file()}); }

std::string faults(const std::string& bytes) {
  return faults_of([&] { (void)read(std::vector{bytes}); });
}

std::string faults(const GgufWriter& writer) { return faults(writer.file()); }

/// The keys of a decoder of hidden size 256 with 4 heads of 64, which share 2 of keys and values.
GgufWriter keys(const std::string& architecture, std::uint32_t layers) {
  GgufWriter writer;
  writer.key("general.architecture", architecture)
      .key("general.name", "Toy 1")
      .key(architecture + ".block_count", layers)
      .key(architecture + ".context_length", 4096)
      .key(architecture + ".embedding_length", 256)
      .key(architecture + ".attention.head_count", 4)
      .key(architecture + ".attention.head_count_kv", 2)
      .texts("tokenizer.ggml.tokens", {"a", "b", "c"});
  return writer;
}

void add_attention(GgufWriter& writer, const std::string& block, std::string_view type = "q4_k") {
  writer.tensor(block + "attn_norm.weight", {256})
      .tensor(block + "attn_q.weight", {256, 256}, type)
      .tensor(block + "attn_k.weight", {256, 128}, type)
      .tensor(block + "attn_v.weight", {256, 128}, "q6_k")
      .tensor(block + "attn_output.weight", {256, 256}, type);
}

void add_network(GgufWriter& writer, const std::string& block, std::string_view type = "q4_k") {
  writer.tensor(block + "ffn_norm.weight", {256})
      .tensor(block + "ffn_gate.weight", {256, 512}, type)
      .tensor(block + "ffn_up.weight", {256, 512}, type)
      .tensor(block + "ffn_down.weight", {512, 256}, type);
}

GgufWriter dense(std::uint32_t layers = 2) {
  GgufWriter writer = keys("llama", layers);
  writer.key("general.file_type", 15)
      .tensor("token_embd.weight", {256, 1000}, "q4_k")
      .tensor("output.weight", {256, 1000}, "q6_k")
      .tensor("output_norm.weight", {256})
      .tensor("rope_freqs.weight", {32});
  for (std::uint32_t layer = 0; layer < layers; ++layer) {
    add_attention(writer, "blk." + std::to_string(layer) + ".");
    add_network(writer, "blk." + std::to_string(layer) + ".");
  }
  return writer;
}

}  // namespace

TEST_CASE("a GGUF file describes a dense decoder by its tensors") {
  const ModelSpec model = read(dense());
  CHECK(model.id == "toy");
  CHECK(model.name == "Toy 1");
  CHECK(model.hidden == 256);
  CHECK(model.vocab == 1000);
  CHECK(model.max_context == 4096);
  CHECK_FALSE(model.tied_embeddings);
  GroupedQueryAttention attention;
  attention.heads = 4;
  attention.kv_heads = 2;
  attention.head_dim = attention.value_dim = 64;
  CHECK(model.layers == std::vector<LayerGroup>{{2, attention, DenseFfn{512, true, false}}});
}

TEST_CASE("types of a GGUF file are by part, with the bits of its weights") {
  const ModelSpec model = read(dense());
  const Checkpoint& stored = model.checkpoint;
  CHECK(stored.format == "q4_k_m");
  CHECK(stored.linear == NumberType::int4);
  CHECK(stored.bits.linear == 4.5);
  CHECK(stored.projections == NumberType::int4);
  // A sixth of attention's weights are values: 5/6 of 4.5 bits and 1/6 of 6.5625.
  CHECK_THAT(stored.bits.projections, WithinRel(4.5 * 5 / 6 + 6.5625 / 6, 1e-12));
  CHECK(stored.head == NumberType::int8);
  CHECK(stored.bits.head == 6.5625);
  CHECK(stored.embedding == NumberType::int4);
  CHECK(stored.weight_only == NumberType::int8);
  // 256 x 1000 in Q4_K and Q6_K; a layer's 5/6 of 196,608 and 3 x 131,072 in Q4_K, 32,768 in Q6_K;
  // norms and frequencies in FP32.
  const double layer = (163840 + 393216) * 4.5 / 8 + 32768 * 6.5625 / 8 + 2 * 256 * 4;
  CHECK(stored.bytes == static_cast<Count>(256000 * (4.5 + 6.5625) / 8 + 2 * layer + 288 * 4));
  // What is counted is that, but for norms of 16 bits and the frequencies.
  CHECK_THAT(counted_files(model).base(),
             WithinAbs(static_cast<double>(stored.bytes) - (5 * 256 * 2 + 128), 1.0));
}

TEST_CASE("models without a head multiply by their embedding") {
  GgufWriter writer = keys("llama", 1);
  writer.tensor("token_embd.weight", {256, 1000}, "q6_k").tensor("output_norm.weight", {256});
  add_attention(writer, "blk.0.", "q8_0");
  add_network(writer, "blk.0.", "q8_0");
  const ModelSpec model = read(writer);
  CHECK(model.tied_embeddings);
  CHECK(model.checkpoint.head == NumberType::int8);
  CHECK(model.checkpoint.linear == NumberType::int8);
  CHECK(model.checkpoint.weight_only == NumberType::int8);
  CHECK(model.checkpoint.format == "q8_0");  // what most tensors are in, as nothing says
}

TEST_CASE("experts of a GGUF file are apart, beside shared ones and a first dense layer") {
  GgufWriter writer = keys("deepseek2", 2);
  writer.key("deepseek2.expert_count", 8)
      .key("deepseek2.expert_used_count", 2)
      .tensor("token_embd.weight", {256, 1000}, "q8_0")
      .tensor("output.weight", {256, 1000}, "q8_0")
      .tensor("output_norm.weight", {256});
  add_attention(writer, "blk.0.", "q8_0");
  add_network(writer, "blk.0.", "q8_0");
  add_attention(writer, "blk.1.", "q8_0");
  writer.tensor("blk.1.ffn_norm.weight", {256})
      .tensor("blk.1.ffn_gate_inp.weight", {256, 8})
      .tensor("blk.1.exp_probs_b.bias", {8})
      .tensor("blk.1.ffn_gate_exps.weight", {256, 64, 8}, "mxfp4")
      .tensor("blk.1.ffn_up_exps.weight", {256, 64, 8}, "mxfp4")
      .tensor("blk.1.ffn_down_exps.weight", {64, 256, 8}, "mxfp4")
      .tensor("blk.1.ffn_gate_shexp.weight", {256, 32}, "q8_0")
      .tensor("blk.1.ffn_up_shexp.weight", {256, 32}, "q8_0")
      .tensor("blk.1.ffn_down_shexp.weight", {32, 256}, "q8_0");
  const ModelSpec model = read(writer);
  REQUIRE(model.layers.size() == 2);
  MoeFfn moe;
  moe.experts = 8;
  moe.top_k = 2;
  moe.intermediate = 64;
  moe.shared_intermediate = 32;
  moe.router_bias = true;
  CHECK(model.layers[1].ffn == Ffn{moe});
  CHECK(model.checkpoint.experts == NumberType::fp4);
  CHECK(model.checkpoint.bits.experts == 4.25);
  CHECK(model.checkpoint.linear == NumberType::int8);
  CHECK(model.checkpoint.bits.linear == 8.5);
}

TEST_CASE("latent attention, windows and figures by layer are read") {
  GgufWriter latent = keys("deepseek2", 1);
  latent.key("deepseek2.attention.kv_lora_rank", 128)
      .key("deepseek2.attention.q_lora_rank", 64)
      .tensor("token_embd.weight", {256, 100})
      .tensor("output_norm.weight", {256})
      .tensor("blk.0.attn_norm.weight", {256})
      .tensor("blk.0.attn_q_a.weight", {256, 64})
      .tensor("blk.0.attn_q_a_norm.weight", {64})
      .tensor("blk.0.attn_q_b.weight", {64, 4 * (32 + 16)})
      .tensor("blk.0.attn_kv_a_mqa.weight", {256, 128 + 16})
      .tensor("blk.0.attn_kv_a_norm.weight", {128})
      .tensor("blk.0.attn_k_b.weight", {32, 128, 4})
      .tensor("blk.0.attn_v_b.weight", {128, 48, 4})
      .tensor("blk.0.attn_output.weight", {4 * 48, 256});
  add_network(latent, "blk.0.");
  CHECK(read(latent).layers.front().attention == Attention{LatentAttention{.heads = 4,
                                                                           .q_lora_rank = 64,
                                                                           .kv_lora_rank = 128,
                                                                           .nope_dim = 32,
                                                                           .rope_dim = 16,
                                                                           .v_dim = 48}});

  // Heads by layer; a window in the first alone.
  GgufWriter windows;
  windows.key("general.architecture", "gemma4")
      .key("gemma4.block_count", 2)
      .key("gemma4.context_length", 4096)
      .key("gemma4.embedding_length", 256)
      .key("gemma4.attention.head_count", 4)
      .list("gemma4.attention.head_count_kv", {2, 1})
      .key("gemma4.attention.sliding_window", 512)
      .list("gemma4.attention.sliding_window_pattern", {1, 0}, true)
      .tensor("token_embd.weight", {256, 100})
      .tensor("output_norm.weight", {256});
  add_attention(windows, "blk.0.");
  add_network(windows, "blk.0.");
  windows.tensor("blk.1.attn_q.weight", {256, 4 * 128})
      .tensor("blk.1.attn_k.weight", {256, 128})
      .tensor("blk.1.attn_q_norm.weight", {128})
      .tensor("blk.1.attn_output.weight", {4 * 128, 256});
  add_network(windows, "blk.1.");
  const ModelSpec model = read(windows);
  REQUIRE(model.layers.size() == 2);
  const auto& first = std::get<GroupedQueryAttention>(model.layers[0].attention);
  CHECK(first.reach == Reach::window);
  CHECK(first.span == 512);
  const auto& second = std::get<GroupedQueryAttention>(model.layers[1].attention);
  CHECK(second.reach == Reach::all);
  CHECK(second.kv_heads == 1);
  CHECK(second.head_dim == 128);
  CHECK(second.keys_as_values);
  CHECK(second.qk_norm);
}

TEST_CASE("recurrences of GGUF files are told by their tensors") {
  GgufWriter writer;
  writer.key("general.architecture", "hybrid")
      .key("hybrid.block_count", 3)
      .key("hybrid.context_length", 4096)
      .key("hybrid.embedding_length", 256)
      .key("hybrid.ssm.inner_size", 512)
      .key("hybrid.ssm.state_size", 16)
      .key("hybrid.ssm.time_step_rank", 8)
      .key("hybrid.ssm.group_count", 2)
      .key("hybrid.ssm.conv_kernel", 4)
      .tensor("token_embd.weight", {256, 100})
      .tensor("output_norm.weight", {256})
      // Mamba-1: inputs of the scan from the convolution's output.
      .tensor("blk.0.ssm_in.weight", {256, 1024})
      .tensor("blk.0.ssm_conv1d.weight", {4, 512})
      .tensor("blk.0.ssm_conv1d.bias", {512})
      .tensor("blk.0.ssm_x.weight", {512, 40})
      .tensor("blk.0.ssm_dt.weight", {8, 512})
      .tensor("blk.0.ssm_dt.bias", {512})
      .tensor("blk.0.ssm_a", {16, 512})
      .tensor("blk.0.ssm_d", {512})
      .tensor("blk.0.ssm_out.weight", {512, 256})
      // Mamba-2: eight heads of 64 values.
      .tensor("blk.1.ssm_in.weight", {256, 2 * 512 + 2 * 2 * 16 + 8})
      .tensor("blk.1.ssm_conv1d.weight", {4, 512 + 2 * 2 * 16})
      .tensor("blk.1.ssm_dt.bias", {8})
      .tensor("blk.1.ssm_a", {1, 8})
      .tensor("blk.1.ssm_d", {1, 8})
      .tensor("blk.1.ssm_norm.weight", {256, 2})
      .tensor("blk.1.ssm_out.weight", {512, 256})
      // A short convolution.
      .tensor("blk.2.shortconv.in_proj.weight", {256, 768})
      .tensor("blk.2.shortconv.conv.weight", {3, 256})
      .tensor("blk.2.shortconv.out_proj.weight", {256, 256});
  const ModelSpec model = read(writer);
  REQUIRE(model.layers.size() == 3);
  LinearAttention mamba1;
  mamba1.kind = LinearKind::mamba1;
  mamba1.heads = 512;
  mamba1.key_heads = mamba1.value_dim = 1;
  mamba1.key_dim = 16;
  mamba1.conv = 4;
  mamba1.conv_bias = true;
  mamba1.state = NumberType::fp32;
  mamba1.ranks.decay = 8;
  CHECK(model.layers[0] == LayerGroup{1, mamba1, None{}});
  LinearAttention mamba2 = mamba1;
  mamba2.kind = LinearKind::mamba2;
  mamba2.heads = 8;
  mamba2.key_heads = 2;
  mamba2.value_dim = 64;
  mamba2.conv_bias = false;
  mamba2.ranks = {};
  CHECK(model.layers[1] == LayerGroup{1, mamba2, None{}});
  CHECK(model.layers[2] == LayerGroup{1, GatedConvolution{.taps = 3, .bias = false}, None{}});
}

TEST_CASE("a model may be split into files") {
  GgufWriter first = keys("llama", 1);
  first.key("split.no", 0).key("split.count", 2).tensor("token_embd.weight", {256, 100}, "q8_0");
  add_attention(first, "blk.0.");
  GgufWriter second;
  second.key("split.no", 1).key("split.count", 2).tensor("output_norm.weight", {256});
  add_network(second, "blk.0.");
  const ModelSpec model = read({first.file(), second.file()});
  CHECK(model.id == "toy");
  CHECK(model.layers.size() == 1);
  CHECK(model.checkpoint.bytes > 0);
  CHECK(faults_of([&] {
          (void)read({second.file(), first.file()});
        }) ==
        "toy-00001-of-00002.gguf: error: `split.no` is not 0\n"
        "toy-00002-of-00002.gguf: error: `split.no` is not 1");
  CHECK(faults(first) == "toy.gguf: error: `split.count` is 2; files: 1");
  GgufWriter twice = second;
  twice.tensor("token_embd.weight", {256, 100});
  CHECK_THAT(faults_of([&] {
               (void)read({first.file(), twice.file()});
             }),
             ContainsSubstring("`token_embd.weight` is in another file too"));
}

TEST_CASE("keys and shapes that contradict each other are faults") {
  GgufWriter heads = dense(1);
  heads.key("llama.attention.key_length", 64);
  CHECK(read(heads).layers.size() == 1);
  GgufWriter odd = keys("llama", 1);
  odd.tensor("token_embd.weight", {128, 100});
  add_attention(odd, "blk.0.");
  add_network(odd, "blk.0.");
  CHECK_THAT(faults(odd), ContainsSubstring("`token_embd.weight`: 128 values; `embedding_length` "
                                            "is 256"));
  GgufWriter strange = dense(1);
  strange.tensor("blk.0.flux.weight", {256, 256});
  CHECK(faults(strange) ==
        "toy.gguf: error: tensors `flux.weight` (in 1 layers) are not understood");
  GgufWriter none;
  none.key("general.name", "none").tensor("token_embd.weight", {256, 100});
  CHECK(faults(none) == "toy.gguf: error: `general.architecture`: missing required key");
  GgufWriter tower;
  tower.key("general.architecture", "clip").tensor("v.patch_embd.weight", {256, 100});
  CHECK(faults(tower) == "toy.gguf: error: the projector of a vision tower is no language model");
}

TEST_CASE("a header that is no header is refused with its byte") {
  const std::string good = dense(1).file();
  CHECK(faults("GGML") ==
        "toy.gguf: error: byte 0: no GGUF file\n  hint: its first four bytes are GGUF");
  CHECK_THAT(faults(""),
             ContainsSubstring("byte 0: magic number of 4 bytes ends after the file's 0"));
  std::string version = good;
  version[4] = 1;
  CHECK_THAT(faults(version), ContainsSubstring("byte 4: version 1 is not understood"));
  std::string counts = good;
  counts.replace(8, 8, std::string(8, '\x7f'));
  CHECK_THAT(faults(counts), ContainsSubstring("byte 8: 9187201950435737471 tensors do not fit"));
  std::string many = good;
  many.replace(16, 8, std::string(8, '\x7f'));
  CHECK_THAT(faults(many), ContainsSubstring("byte 16: 9187201950435737471 keys do not fit"));
  // The length of the first key's name.
  std::string name = good;
  name.replace(24, 8, GgufWriter::number(std::uint64_t{1} << 40));
  CHECK_THAT(faults(name), ContainsSubstring("byte 32: key of 1099511627776 bytes ends after the "
                                             "file's"));
  // Beginnings of a file are faults, and nothing worse.
  const std::size_t step = good.size() / 400 + 7;
  for (std::size_t size = 0; size < good.size(); size += step)
    CHECK_FALSE(faults(good.substr(0, size)).empty());
  CHECK_THAT(faults(good.substr(0, good.size() - 1)), ContainsSubstring("is the file whole?"));
}

TEST_CASE("values and tensors that cannot be are refused") {
  const auto with_key = [](std::uint32_t kind, const std::string& value) {
    GgufWriter writer = dense(1);
    writer.key("odd.key", kind, value);
    return faults(writer);
  };
  CHECK_THAT(with_key(13, ""), ContainsSubstring("`odd.key`: there is no type 13 of values"));
  CHECK_THAT(with_key(9, GgufWriter::number(std::uint32_t{4}) +
                             GgufWriter::number(std::uint64_t{1} << 60)),
             ContainsSubstring("`odd.key`: 1152921504606846976 values of 4 bytes end after"));
  std::string nested;
  for (int depth = 0; depth < 6; ++depth)
    nested += GgufWriter::number(std::uint32_t{9}) + GgufWriter::number(std::uint64_t{1});
  CHECK_THAT(with_key(9, nested), ContainsSubstring("`odd.key`: arrays in arrays"));
  GgufWriter twice = dense(1);
  twice.key("general.name", "again");
  CHECK_THAT(faults(twice), ContainsSubstring("`general.name` is there twice"));

  const auto with_tensor = [](const std::string& description) {
    GgufWriter writer = dense(1);
    std::string bytes = writer.header();
    bytes[8] = static_cast<char>(bytes[8] + 1);
    bytes += GgufWriter::text("odd") + description;
    bytes.resize(bytes.size() + 4'000'000);
    return faults(bytes);
  };
  const auto u32 = [](std::uint32_t value) { return GgufWriter::number(value); };
  const auto u64 = [](std::uint64_t value) { return GgufWriter::number(value); };
  CHECK_THAT(with_tensor(u32(5)), ContainsSubstring("`odd`: 5 dimensions; expected 1 to 4"));
  CHECK_THAT(with_tensor(u32(2) + u64(1ull << 30) + u64(1ull << 30)),
             ContainsSubstring("`odd`: dimension 1 of 1073741824 values"));
  CHECK_THAT(with_tensor(u32(1) + u64(1ull << 40)),
             ContainsSubstring("`odd`: dimension 0 of 1099511627776 values"));
  CHECK_THAT(with_tensor(u32(1) + u64(0)), ContainsSubstring("`odd`: dimension 0 of 0 values"));
  CHECK_THAT(with_tensor(u32(1) + u64(32) + u32(4) + u64(0)),
             ContainsSubstring("`odd`: there is no type 4 of tensors"));
  CHECK_THAT(with_tensor(u32(1) + u64(48) + u32(8) + u64(0)),
             ContainsSubstring("`odd`: rows of 48 values are no blocks of 32 (q8_0)"));
  CHECK_THAT(with_tensor(u32(1) + u64(32) + u32(0) + u64(3)),
             ContainsSubstring("`odd`: data at 3 are not aligned to 32"));
  CHECK_THAT(with_tensor(u32(1) + u64(32) + u32(0) + u64(64)),
             ContainsSubstring("data at 64 begin inside those of the tensor before"));
  CHECK_THAT(with_tensor(u32(1) + u64(32) + u32(0) + u64(1ull << 62)),
             ContainsSubstring("`odd`: its 128 bytes end after the file's"));
}
