#include "infersim/workload/model_writer.hpp"

#include <algorithm>
#include <cstddef>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace infersim {

namespace {

/// Groups of layers that are still read easily one after the other.
constexpr std::size_t most_groups = 6;
constexpr std::size_t pattern_width = 60;

std::string quoted(std::string_view text) {
  std::string written = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') written += '\\';
    if (static_cast<unsigned char>(c) < 0x20 || c == '\x7f') {
      written += fmt::format("\\u{:04x}", static_cast<unsigned>(static_cast<unsigned char>(c)));
    } else {
      written += c;
    }
  }
  return written + '"';
}

/// The keys of one table, whose equals signs stand below each other.
class Table {
 public:
  void text(std::string key, std::string_view value) { add(std::move(key), quoted(value)); }
  void count(std::string key, Count value) { add(std::move(key), std::to_string(value)); }
  /// Figures and switches whose default is none.
  void further(std::string key, Count value, Count usual = 0) {
    if (value != usual) count(std::move(key), value);
  }
  void further(std::string key, bool value, bool usual = false) {
    if (value != usual) add(std::move(key), value ? "true" : "false");
  }
  void add(std::string key, std::string value) {
    lines_.emplace_back(std::move(key), std::move(value));
  }

  [[nodiscard]] std::string written() const {
    std::size_t width = 0;
    for (const auto& line : lines_)
      width = std::max(width, line.first.size());
    std::string text;
    for (const auto& [key, value] : lines_)
      text += fmt::format("{:{}} = {}\n", key, width, value);
    return text;
  }

 private:
  std::vector<std::pair<std::string, std::string>> lines_;
};

std::string header(const std::string& path) { return "\n[" + path + "]\n"; }

std::string written(const GroupedQueryAttention& a, const std::string& path) {
  Table table;
  table.text("kind", "gqa");
  table.count("heads", a.heads);
  table.count("kv_heads", a.kv_heads);
  table.count("head_dim", a.head_dim);
  table.further("value_dim", a.value_dim, a.head_dim);
  if (a.reach != Reach::all) table.count(std::string(name(a.reach)), a.span);
  table.further("qk_norm", a.qk_norm);
  table.further("bias", a.bias);
  table.further("output_bias", a.output_bias);
  table.further("output_gate", a.output_gate);
  table.further("sinks", a.sinks);
  table.further("shared_kv", a.shared_kv);
  return header(path) + table.written();
}

std::string written(const LatentAttention& a, const std::string& path) {
  Table table;
  table.text("kind", "mla");
  table.count("heads", a.heads);
  table.further("q_lora_rank", a.q_lora_rank);
  table.count("kv_lora_rank", a.kv_lora_rank);
  table.count("nope_dim", a.nope_dim);
  table.count("rope_dim", a.rope_dim);
  table.count("v_dim", a.v_dim);
  std::string text = header(path) + table.written();
  if (!a.indexer) return text;
  Table indexer;
  indexer.count("heads", a.indexer->heads);
  indexer.count("head_dim", a.indexer->head_dim);
  indexer.count("top_k", a.indexer->top_k);
  return text + header(path + ".indexer") + indexer.written();
}

std::string written(const LinearAttention& a, const std::string& path) {
  Table table;
  table.text("kind", name(a.kind));
  table.count("heads", a.heads);
  table.count("key_heads", a.key_heads);
  table.count("key_dim", a.key_dim);
  table.count("value_dim", a.value_dim);
  table.further("conv", a.conv);
  table.further("conv_bias", a.conv_bias);
  if (a.state != NumberType::bf16) table.text("state", name(a.state));
  return header(path) + table.written();
}

std::string written(const DenseFfn& f, const std::string& path) {
  Table table;
  table.text("kind", "dense");
  table.count("intermediate", f.intermediate);
  table.further("gated", f.gated, true);
  table.further("bias", f.bias);
  return header(path) + table.written();
}

std::string written(const MoeFfn& f, const std::string& path) {
  Table table;
  table.text("kind", "moe");
  table.count("experts", f.experts);
  table.count("top_k", f.top_k);
  table.count("intermediate", f.intermediate);
  table.further("shared_intermediate", f.shared_intermediate);
  table.further("gated", f.gated, true);
  table.further("bias", f.bias);
  table.further("router_bias", f.router_bias);
  table.further("shared_gate", f.shared_gate);
  table.further("latent", f.latent);
  table.further("groups", f.groups, 1);
  table.further("top_groups", f.top_groups, f.groups);
  return header(path) + table.written();
}

std::string written(const None&, const std::string& path) {
  Table table;
  table.text("kind", "none");
  return header(path) + table.written();
}

std::string written_attention(const LayerGroup& group, const std::string& path) {
  return std::visit([&](const auto& a) { return written(a, path + ".attention"); },
                    group.attention);
}

std::string written_ffn(const LayerGroup& group, const std::string& path) {
  return std::visit([&](const auto& f) { return written(f, path + ".ffn"); }, group.ffn);
}

/// The blocks in which a group is unlike `before`.
std::string written_blocks(const LayerGroup& group, const LayerGroup* before,
                           const std::string& path) {
  std::string text;
  if (before == nullptr || before->attention != group.attention) {
    text += written_attention(group, path);
  }
  if (before == nullptr || before->ffn != group.ffn) text += written_ffn(group, path);
  return text;
}

std::string written_groups(const std::vector<LayerGroup>& groups) {
  std::string text;
  const LayerGroup* before = nullptr;
  for (const LayerGroup& group : groups) {
    text += fmt::format("\n[[layers]]\ncount = {}\n", group.count);
    text += written_blocks(group, before, "layers");
    before = &group;
  }
  return text;
}

struct Kind {
  char letter;
  const LayerGroup* layer;
};

/// What a kind of layer is called by if no other is: F full attention, S sliding window, C chunks,
/// K keys and values of another layer, M Mamba, L linear attention, D dense network and E experts
/// without attention.
char usual_letter(const LayerGroup& layer) {
  if (const auto* grouped = std::get_if<GroupedQueryAttention>(&layer.attention)) {
    if (grouped->shared_kv) return 'K';
    if (grouped->reach == Reach::window) return 'S';
    return grouped->reach == Reach::chunk ? 'C' : 'F';
  }
  if (const auto* linear = std::get_if<LinearAttention>(&layer.attention)) {
    return linear->kind == LinearKind::mamba2 ? 'M' : 'L';
  }
  if (std::holds_alternative<LatentAttention>(layer.attention)) return 'F';
  return std::holds_alternative<MoeFfn>(layer.ffn) ? 'E' : 'D';
}

char free_letter(const std::vector<Kind>& kinds, char wanted) {
  constexpr std::string_view letters =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
  const auto taken = [&kinds](char letter) {
    return std::any_of(kinds.begin(), kinds.end(),
                       [letter](const Kind& kind) { return kind.letter == letter; });
  };
  if (!taken(wanted)) return wanted;
  const auto* found = std::find_if_not(letters.begin(), letters.end(), taken);
  return found == letters.end() ? '\0' : *found;
}

/// The kinds of layer in the order in which they first come, with the characters of all layers;
/// empty if there are more kinds than characters.
std::vector<Kind> find_kinds(const std::vector<LayerGroup>& groups, std::string& pattern) {
  std::vector<Kind> kinds;
  for (const LayerGroup& group : groups) {
    const auto known = std::find_if(kinds.begin(), kinds.end(), [&](const Kind& kind) {
      return kind.layer->attention == group.attention && kind.layer->ffn == group.ffn;
    });
    const char letter =
        known != kinds.end() ? known->letter : free_letter(kinds, usual_letter(group));
    if (letter == '\0') return {};
    if (known == kinds.end()) kinds.push_back({letter, &group});
    pattern.append(static_cast<std::size_t>(group.count), letter);
  }
  return kinds;
}

std::string written_pattern(const std::vector<Kind>& kinds, const std::string& pattern) {
  std::string text = "\npattern = ";
  if (pattern.size() <= pattern_width) {
    text += '"' + pattern + "\"\n";
  } else {
    text += "\"\"\"";
    for (std::size_t at = 0; at < pattern.size(); at += pattern_width)
      text += '\n' + pattern.substr(at, pattern_width);
    text += "\"\"\"\n";
  }
  for (std::size_t i = 0; i < kinds.size(); ++i) {
    const LayerGroup& layer = *kinds[i].layer;
    const std::string path = fmt::format("kinds.{}", kinds[i].letter);
    const auto end = kinds.begin() + static_cast<std::ptrdiff_t>(i);
    const auto like = std::find_if(kinds.begin(), end, [&](const Kind& kind) {
      return kind.layer->attention == layer.attention || kind.layer->ffn == layer.ffn;
    });
    if (like == end) {
      text += written_blocks(layer, nullptr, path);
    } else {
      text += header(path) + fmt::format("like = \"{}\"\n", like->letter);
      text += written_blocks(layer, like->layer, path);
    }
  }
  return text;
}

std::string written_layers(const std::vector<LayerGroup>& groups) {
  if (groups.size() <= most_groups) return written_groups(groups);
  std::string pattern;
  const std::vector<Kind> kinds = find_kinds(groups, pattern);
  return kinds.empty() ? written_groups(groups) : written_pattern(kinds, pattern);
}

std::string written_aliases(const std::vector<std::string>& aliases) {
  std::string text = "[";
  for (const std::string& alias : aliases)
    text += (text.size() > 1 ? ", " : "") + quoted(alias);
  return text + "]";
}

}  // namespace

std::string write_model(const ModelSpec& model) {
  Table top;
  top.text("id", model.id);
  if (!model.aliases.empty()) top.add("aliases", written_aliases(model.aliases));
  top.text("name", model.name);
  top.count("hidden", model.hidden);
  top.count("vocab", model.vocab);
  top.add("tied_embeddings", model.tied_embeddings ? "true" : "false");
  top.count("max_context", model.max_context);
  top.further("norm_bias", model.norm_bias);
  top.further("post_norms", model.post_norms);
  top.further("positions", model.positions);
  top.further("vision", model.vision);
  top.text("checkpoint", name(model.checkpoint));
  top.further("block_scales", model.block_scales);
  if (model.experts_checkpoint) top.text("experts_checkpoint", name(*model.experts_checkpoint));
  top.text("source", "config");
  top.text("basis", name(model.provenance.basis));
  if (!model.provenance.note.empty()) top.text("note", model.provenance.note);

  std::string text = top.written() + written_layers(model.layers);
  if (model.mtp) {
    text += fmt::format("\n[mtp]\ncount = {}\n", model.mtp->count);
    text +=
        written_blocks(*model.mtp, model.layers.empty() ? nullptr : &model.layers.back(), "mtp");
  }
  Table source;
  source.text("title", model.provenance.source.empty() ? model.name : model.provenance.source);
  if (!model.provenance.date.empty()) source.text("date", model.provenance.date);
  return text + header("sources.config") + source.written();
}

}  // namespace infersim
