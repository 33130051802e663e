#include "infersim/workload/model_writer.hpp"

#include <algorithm>
#include <cstddef>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "workload/layer_writing.hpp"

namespace infersim {

namespace {

using detail::header;
using detail::written_text;
using Table = detail::WrittenTable;

/// Groups of layers that are still read easily one after the other.
constexpr std::size_t most_groups = 6;
constexpr std::size_t pattern_width = 60;

/// The blocks in which a group is unlike `before`.
std::string written_blocks(const LayerGroup& group, const LayerGroup* before,
                           const std::string& path) {
  std::string text;
  if (before == nullptr || before->attention != group.attention) {
    text += detail::written_attention(group.attention, path);
  }
  if (before == nullptr || before->ffn != group.ffn) text += detail::written_ffn(group.ffn, path);
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
/// K keys and values of another layer, I another layer's indexer, P pooled entries, M Mamba, L
/// linear attention, V convolution, D dense network and E experts without attention.
char usual_letter(const LayerGroup& layer) {
  if (const GroupedQueryAttention* grouped = grouped_query(layer.attention)) {
    if (grouped->shared_kv) return 'K';
    if (grouped->reach == Reach::window) return 'S';
    return grouped->reach == Reach::chunk ? 'C' : 'F';
  }
  if (const LinearAttention* linear = recurrence(layer.attention)) {
    return linear->kind == LinearKind::mamba1 || linear->kind == LinearKind::mamba2 ? 'M' : 'L';
  }
  if (const Indexer* picks = indexer(layer.attention); picks != nullptr && picks->shared)
    return 'I';
  if (const auto* pooled = std::get_if<CompressedAttention>(&layer.attention)) {
    return pooled->ratio > 0 ? 'P' : 'S';
  }
  if (std::holds_alternative<LatentAttention>(layer.attention)) return 'F';
  if (std::holds_alternative<GatedConvolution>(layer.attention)) return 'V';
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
    text += (text.size() > 1 ? ", " : "") + written_text(alias);
  return text + "]";
}

/// Residual streams, and embeddings for each layer.
std::string written_around(const ModelSpec& model) {
  std::string text;
  if (model.streams) {
    Table table;
    table.text("kind", name(model.streams->kind));
    table.count("count", model.streams->count);
    text += header("streams") + table.written();
  }
  if (model.per_layer) {
    Table table;
    table.count("vocab", model.per_layer->vocab);
    table.count("width", model.per_layer->width);
    text += header("per_layer") + table.written();
  }
  return text;
}

std::string written_bits(const WeightBits& bits) {
  Table table;
  for (const auto& [part, each] :
       {std::pair{"linear", bits.linear}, std::pair{"projections", bits.projections},
        std::pair{"experts", bits.experts}, std::pair{"head", bits.head},
        std::pair{"embedding", bits.embedding}}) {
    if (each > 0) table.add(part, fmt::format("{}", each));
  }
  const std::string written = table.written();
  return written.empty() ? written : header("weight_bits") + written;
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
  top.further("laurel", model.laurel);
  const Checkpoint& stored = model.checkpoint;
  top.text("checkpoint", name(stored.linear));
  top.further("block_scales", stored.block_scales);
  top.further("weight_only", stored.weight_only);
  top.further("experts_checkpoint", stored.experts);
  top.further("projections_checkpoint", stored.projections);
  top.further("head_checkpoint", stored.head);
  top.further("embedding_checkpoint", stored.embedding);
  top.further("kv_checkpoint", stored.kv);
  if (!stored.format.empty()) top.text("checkpoint_format", stored.format);
  top.further("checkpoint_bytes", stored.bytes);
  top.text("source", "config");
  top.text("basis", name(model.provenance.basis));
  if (!model.provenance.note.empty()) top.text("note", model.provenance.note);

  std::string text = top.written() + written_layers(model.layers) + written_around(model) +
                     written_bits(stored.bits);
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
