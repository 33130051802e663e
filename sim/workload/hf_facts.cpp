#include "workload/hf_facts.hpp"

#include <algorithm>
#include <iterator>
#include <string>
#include <vector>

#include "infersim/core/text.hpp"

namespace infersim::detail {

namespace {

struct Row {
  std::string_view name;  ///< how the folded name of the architecture (`…ForCausalLM`) begins
  HfFacts facts = {};
};

/// GPT-2 and its kind: LayerNorm, biases everywhere, no gate.
constexpr HfFacts gpt{.qkv_bias = true,
                      .output_bias = true,
                      .mlp_bias = true,
                      .plain_ffn = true,
                      .norm_bias = true,
                      .tied = true};

constexpr HfFacts with_positions(HfFacts facts, Count extra) {
  facts.learned_positions = true;
  facts.extra_positions = extra;
  return facts;
}

constexpr HfFacts untied(HfFacts facts) {
  facts.tied = false;
  return facts;
}

/// What a recurrence without a written context is taken to reach: it has no end of its own.
constexpr Count recurrent_context = 1'048'576;

/// The longest name that fits holds. Those without facts keep shorter names from fitting.
/// Sources: each family's configuration and model classes in Hugging Face's transformers.
constexpr Row rows[] = {
    {"afmoe", {.qk_norm = true, .post_norms = true, .router_bias = true, .output_gate = true}},
    {"apertus", {.qk_norm = true, .plain_ffn = true}},
    {"arcee", {.plain_ffn = true}},
    {"bamba", {}},
    {"bloom", gpt},
    {"chatglm", {.no_output_bias = true}},
    {"codegen", {.mlp_bias = true, .plain_ffn = true, .norm_bias = true}},
    {"cohere", {.tied = true}},
    {"cohere2", {.tied = true, .window_pattern = 4}},
    {"deepseekv3", {.router_bias = true}},
    {"deepseekv4", {.router_bias = true}},
    {"dots1", {.qk_norm = true, .router_bias = true}},
    {"ernie45moe", {.tied = true, .router_bias = true}},
    {"ernie45", {.tied = true}},
    {"exaone4", {.qk_norm = true, .window_pattern = 4}},
    {"falcon", {.plain_ffn = true, .norm_bias = true, .tied = true, .context = 2048}},
    {"falcon3", {}},
    {"falconh1", {}},
    {"falconmamba", {.tied = true, .mamba_alone = true, .context = recurrent_context}},
    {"gemma", {.tied = true, .head_dim = 256}},
    {"gemma2", {.post_norms = true, .tied = true, .window_pattern = 2, .head_dim = 256}},
    {"gemma3",
     {.qk_norm = true,
      .post_norms = true,
      .tied = true,
      .window_pattern = 6,
      .heads = 8,
      .kv_heads = 4,
      .head_dim = 256,
      .vocab = 262208,
      .context = 131072}},
    {"gemma3n",
     {.qk_norm = true, .post_norms = true, .tied = true, .window_pattern = 5, .head_dim = 256}},
    {"gemma4",
     {.qk_norm = true,
      .post_norms = true,
      .tied = true,
      .window_pattern = 6,
      .head_dim = 256,
      .global_head_dim = 512}},
    {"glm", {.no_output_bias = true}},
    {"glm4", {.no_output_bias = true, .post_norms = true}},
    {"glm4moe", {.no_output_bias = true, .router_bias = true}},
    {"glm4v", {.no_output_bias = true, .post_norms = true}},
    {"glm4vmoe", {.no_output_bias = true, .router_bias = true}},
    {"glmmoedsa", {.router_bias = true}},
    {"gpt2", with_positions(gpt, 0)},
    {"gptbigcode", with_positions(gpt, 0)},
    {"gptj", {.mlp_bias = true, .plain_ffn = true, .norm_bias = true}},
    {"gptneox", untied(gpt)},
    {"gptoss", {.expert_bias = true, .sinks = true, .window_pattern = 2}},
    {"granitemoehybrid", {}},
    {"hyv3", {.qk_norm = true, .router_bias = true}},
    {"internlm", {.no_mlp_bias = true}},
    {"internlm3", {}},
    {"lfm2", {.qk_norm = true, .tied = true}},
    {"llama4", {.unweighted_qk_norm = true}},
    {"longcatflash", {.router_bias = true}},
    {"mamba", {.tied = true, .mamba_alone = true, .context = recurrent_context}},
    {"mimo", {.no_output_bias = true}},
    {"minicpm", {.tied = true}},
    {"minimax", {.lightning = true}},
    {"minimaxm3", {.qk_norm = true}},
    {"mpt", {.plain_ffn = true, .tied = true}},
    {"nemotron", {.plain_ffn = true, .norm_bias = true}},
    {"nemotronh", {.plain_ffn = true, .router_bias = true}},
    {"olmo2", {.qk_norm = true}},
    {"olmo3", {.qk_norm = true, .window_pattern = 4}},
    {"olmoe", {.qk_norm = true}},
    {"opt", with_positions(gpt, 2)},
    {"orion", {.norm_bias = true}},
    {"phifor", untied(gpt)},
    {"phimoe", {.norm_bias = true}},
    {"qwen", {.qk_norm = true}},
    {"qwen2", {.qkv_bias = true}},
    {"qwenfor", {.qkv_bias = true, .halved_ffn = true}},
    {"qwenlmhead", {.qkv_bias = true, .halved_ffn = true}},
    {"rwkv7", {.plain_ffn = true, .norm_bias = true}},
    {"smollm3", {.tied = true}},
    {"stablelm", {.norm_bias = true}},
    {"starcoder2", {.plain_ffn = true, .norm_bias = true, .tied = true}},
};

/// Families whose keys say all there is to know: dense decoders and mixtures of Llama's kind.
constexpr std::string_view plain_families[] = {
    "aquila",  "arctic",      "baichuan", "bailing", "cogvlm",  "dbrx",      "deci",     "deepseek",
    "exaone",  "glm4moelite", "granite",  "grok",    "hunyuan", "internlm2", "internvl", "jais",
    "jamba",   "kimi",        "llama",    "llava",   "longcat", "ministral", "mistral",  "mixtral",
    "molmo",   "olmo",        "openlm",   "opengpt", "phi3",    "phi4",      "pixtral",  "plamo",
    "seedoss", "skywork",     "smollm",   "solar",   "step3",   "xverse",    "yi"};

bool is_plain_family(std::string_view name) {
  return std::any_of(std::begin(plain_families), std::end(plain_families),
                     [name](std::string_view family) { return name.starts_with(family); });
}

const Row* find_row(std::string_view name) {
  const Row* best = nullptr;
  for (const Row& row : rows) {
    if (name.starts_with(row.name) && (best == nullptr || row.name.size() > best->name.size())) {
      best = &row;
    }
  }
  return best;
}

/// The facts of a name that nobody knows, by the keys that only one family writes.
HfFacts facts_by_keys(const HfObject& config) {
  const bool qwen = config.has_any({"max_window_layers", "decoder_sparse_step"});
  if (qwen && !config.has_any({"attention_bias", "qkv_bias", "use_qk_norm"})) {
    return find_row("qwen2")->facts;
  }
  if (qwen && config.has("attention_bias") && config.has("head_dim") &&
      !config.has("use_qk_norm")) {
    return find_row("qwen")->facts;
  }
  if (config.has("linear_num_value_heads")) return find_row("qwen")->facts;
  if (config.has("query_pre_attn_scalar")) {
    const bool caps = !config.is_off("attn_logit_softcapping");
    return find_row(caps ? "gemma2" : "gemma3")->facts;
  }
  if (config.has("swiglu_limit") && config.has("num_local_experts")) {
    return find_row("gptoss")->facts;
  }
  if (config.has("hybrid_override_pattern")) return find_row("nemotronh")->facts;
  if (config.has("attention_chunk_size") && config.has("intermediate_size_mlp")) {
    return find_row("llama4")->facts;
  }
  if (config.has_any({"n_embd", "ffn_dim"}) && !config.has("rms_norm_eps")) return gpt;
  return {};
}

}  // namespace

HfFamily read_hf_facts(HfObject& inner, HfObject& outer) {
  std::vector<std::string> names;
  std::string written;
  for (HfObject* config : {&inner, &outer}) {
    // A whole name, so that `qwen` is not every Qwen.
    if (const auto type = config->text("model_type")) {
      names.push_back(fold_name(*type) + "forcausallm");
      if (written.empty()) written = *type;
    }
    for (const std::string& name :
         config->texts("architectures").value_or(std::vector<std::string>{})) {
      names.push_back(fold_name(name));
      written = name;
    }
    if (&inner == &outer) break;
  }
  for (const std::string& name : names) {
    if (const Row* row = find_row(name)) return {.facts = row->facts, .unknown = {}};
  }
  const bool known = std::any_of(names.begin(), names.end(), is_plain_family);
  return {.facts = facts_by_keys(inner), .unknown = known ? std::string() : written};
}

}  // namespace infersim::detail
