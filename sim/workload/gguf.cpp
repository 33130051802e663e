#include "infersim/workload/gguf.hpp"

#include <array>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "infersim/core/text.hpp"
#include "workload/gguf_attention.hpp"
#include "workload/gguf_checkpoint.hpp"
#include "workload/gguf_ffn.hpp"
#include "workload/gguf_model.hpp"
#include "workload/layer_list.hpp"

namespace infersim {

namespace {

using namespace detail;

constexpr Count most_layers_read = 4096;

/// Parts of names of tensors that are next to nothing or follow from others.
constexpr std::string_view harmless[] = {"norm", "rope_", "rot_embd", "scale", "altup", "nextn."};

/// That the files are the parts of one model, in their order.
void check_parts(const std::vector<GgufHeader>& parts, Diagnostics& faults) {
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const auto number = [&](const char* key) -> std::optional<std::int64_t> {
      const auto found = parts[i].values.find(key);
      if (found == parts[i].values.end()) return std::nullopt;
      const auto* value = std::get_if<std::int64_t>(&found->second.value);
      return value == nullptr ? std::nullopt : std::optional(*value);
    };
    const auto fault = [&](const std::string& message) {
      faults.error({parts[i].path, 0, 0}, message);
    };
    const std::int64_t count = number("split.count").value_or(1);
    if (count != static_cast<std::int64_t>(parts.size())) {
      fault(fmt::format("`split.count` is {}; files: {}", count, parts.size()));
    }
    if (parts.size() > 1 && number("split.no") != static_cast<std::int64_t>(i)) {
      fault(fmt::format("`split.no` is not {}", i));
    }
  }
}

/// `llama` of `llama.gguf` and `llama-00001-of-00002.gguf`.
std::string id_of(const std::string& path) {
  std::string id = std::filesystem::path(path).stem().string();
  constexpr std::string_view part = "-00001-of-";
  const std::size_t at = id.rfind(part);
  if (at != std::string::npos && at > 0) id.resize(at);
  return id;
}

void read_embeddings(GgufModel& file, ModelSpec& model) {
  const GgufTensor* embedding = file.tensor("token_embd.weight");
  model.hidden = file.required("embedding_length");
  if (embedding == nullptr) {
    file.fault_of_file("no tensor `token_embd.weight`");
    return;
  }
  model.vocab = rows(*embedding);
  if (model.hidden > 0 && columns(*embedding) != model.hidden) {
    file.fault(*embedding, fmt::format("{} values; `embedding_length` is {}", columns(*embedding),
                                       model.hidden));
  }
  model.tied_embeddings = file.tensor("output.weight") == nullptr;
  if (const GgufTensor* positions = file.tensor("position_embd.weight")) {
    model.positions = rows(*positions);
  }
  model.norm_bias = file.tensor("output_norm.bias") != nullptr;
  (void)file.tensor("output.bias");
}

/// What Gemma 3n and 4 have beside the layers.
void read_further(GgufModel& file, ModelSpec& model) {
  if (const GgufTensor* rank = file.tensor(0, "laurel_l.weight")) model.laurel = rows(*rank);
  if (const GgufTensor* rows_of_layers = file.tensor("per_layer_token_embd.weight")) {
    const Count layers = model.layer_count();
    const Count width = columns(*rows_of_layers);
    if (layers == 0 || width % layers != 0) {
      file.fault(*rows_of_layers, fmt::format("{} values for {} layers", width, layers));
    } else {
      model.per_layer = PerLayerEmbedding{.vocab = rows(*rows_of_layers), .width = width / layers};
    }
  }
  (void)file.tensor("per_layer_model_proj.weight");
  if (const GgufTensor* others = file.tensor("altup_proj.weight")) {
    model.streams =
        ResidualStreams{StreamKind::alternating_updates, static_cast<Count>(others->shape[2]) + 1};
  }
}

void read_layers(GgufModel& file, ModelSpec& model) {
  const Count blocks = file.required("block_count");
  if (blocks > most_layers_read) {
    file.fault("block_count",
               fmt::format("expected at most {}, found {}", most_layers_read, blocks));
    return;
  }
  const Count modules = file.number("nextn_predict_layers").value_or(0);
  const Count layers = modules < blocks ? blocks - modules : blocks;
  std::vector<LayerGroup> mtp;
  for (Count layer = 0; layer < blocks; ++layer) {
    LayerGroup group{.count = 1,
                     .attention = read_gguf_attention(file, layer, layers, model.hidden),
                     .ffn = read_gguf_ffn(file, layer)};
    for (const char* name :
         {"inp_gate.weight", "proj.weight", "laurel_l.weight", "laurel_r.weight"})
      (void)file.tensor(layer, name);
    for (const char* name : {"post_attention_norm.weight", "post_ffw_norm.weight"}) {
      // Qwen3-Next calls the norm before its network so.
      const bool both = file.tensor(layer, "ffn_norm.weight") != nullptr;
      if (file.tensor(layer, name) != nullptr && both) model.post_norms = true;
    }
    append_layer(layer < layers ? model.layers : mtp, std::move(group));
  }
  if (!mtp.empty()) {
    model.mtp = mtp.back();
    model.mtp->count = modules;
  }
}

/// Tensors that nobody asked for change what the model is.
void refuse_unread(GgufModel& file) {
  for (const auto& [name, layers] : file.unread()) {
    bool passed = false;
    for (const std::string_view each : harmless)
      passed = passed || name.find(each) != std::string::npos;
    if (passed) continue;
    file.fault_of_file(
        fmt::format("tensors {} (in {} layers) are not understood", quote(name), layers));
  }
}

}  // namespace

ModelSpec load_gguf(const std::vector<GgufFile>& files) {
  std::vector<GgufHeader> parts;
  for (const GgufFile& file : files)
    parts.push_back(read_gguf_header(*file.stream, file.size, file.path));
  if (parts.empty()) throw InputError("a GGUF model of no files");
  Diagnostics faults;
  check_parts(parts, faults);
  faults.throw_if_any();
  GgufModel file(parts, faults);
  faults.throw_if_any();
  if (file.architecture() == "clip") {
    file.fault_of_file("the projector of a vision tower is no language model");
    faults.throw_if_any();
  }

  ModelSpec model;
  model.path = parts.front().path;
  model.id = id_of(model.path);
  model.name = file.text("general.name").value_or(model.id);
  model.provenance = {.basis = Basis::datasheet, .source = model.path, .date = {}, .note = {}};
  read_embeddings(file, model);
  model.max_context = file.required("context_length");
  read_layers(file, model);
  read_further(file, model);
  refuse_unread(file);
  faults.throw_if_any();
  model.checkpoint = read_gguf_checkpoint(file);
  return model;
}

}  // namespace infersim
