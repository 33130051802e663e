#include "infersim/report/model_card.hpp"

#include <cmath>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "infersim/core/text.hpp"
#include "infersim/report/card.hpp"
#include "infersim/report/table.hpp"
#include "infersim/workload/layer_cache.hpp"
#include "infersim/workload/parameters.hpp"
#include "report/entries.hpp"
#include "report/figures.hpp"
#include "report/model_shapes.hpp"
#include "report/summary_sections.hpp"

namespace infersim {

namespace {

using detail::paragraph;
using Json = nlohmann::ordered_json;

/// Types that weights and KV cache are kept in; of those of one size the first is shown.
constexpr NumberType kept_in[] = {NumberType::fp32, NumberType::bf16, NumberType::fp8,
                                  NumberType::int4};

std::string same_size(NumberType type) {
  std::vector<std::string> names;
  for (const NumberType other : all_number_types) {
    if (other != NumberType::tf32 && storage_size(other) == storage_size(type)) {
      names.emplace_back(name(other));
    }
  }
  return join(names, ", ");
}

std::string whole(double value) { return digits(std::round(value), 1); }

Bytes checkpoint_bytes(const ModelSpec& model) { return weight_bytes(model, model.checkpoint); }

/// `fp8`, or with what is stored in another way: `bf16, experts fp4`; a mixture of types by its
/// name with what a weight takes in the mean.
std::string checkpoint_name(const ModelSpec& model) {
  const Checkpoint& stored = model.checkpoint;
  if (!stored.format.empty()) {
    const double bits = 8 * checkpoint_bytes(model).base() / count_parameters(model).total;
    return fmt::format("{} ({} bits a weight)", stored.format, digits(bits));
  }
  std::string text{name(stored.linear)};
  const auto part = [&](std::string_view what, const std::optional<NumberType>& type) {
    if (type && *type != stored.linear) text += fmt::format(", {} {}", what, name(*type));
  };
  part("experts", stored.experts);
  part("projections", stored.projections);
  part("head", stored.head);
  part("embedding", stored.embedding);
  if (stored.kv) text += fmt::format(", KV cache {}", name(*stored.kv));
  return text;
}

/// Whether all linear layers are in one type, so that the table of types says what the checkpoint
/// takes.
bool is_uniform(const Checkpoint& stored) {
  return stored.experts_type() == stored.linear && stored.projections_type() == stored.linear &&
         !stored.head && !stored.embedding && stored.bits == WeightBits{};
}

/// Everything that one sequence keeps between steps.
Bytes sequence_bytes(const ModelSpec& model, double tokens, NumberType type) {
  Bytes sum;
  for (const LayerGroup& group : model.layers) {
    sum += static_cast<double>(group.count) *
           layer_cache(group.attention, model.hidden, type).bytes(tokens);
  }
  return sum;
}

/// Lengths at which a sequence is weighed: powers of eight, and the whole context.
std::vector<Count> lengths(const ModelSpec& model) {
  std::vector<Count> tokens;
  for (Count length = 1024; length < model.max_context && length <= 65'536; length *= 8)
    tokens.push_back(length);
  tokens.push_back(model.max_context);
  return tokens;
}

std::string head_section(const ModelSpec& model, const TextStyle& style) {
  std::string text =
      heading(wrap(fmt::format("{} ({})", model.name, model.id), style.width), style);
  text += paragraph(
      fmt::format("{} layers, hidden {}, vocabulary {}, context {} tokens, {}, checkpoint in {}",
                  model.layer_count(), whole(static_cast<double>(model.hidden)),
                  whole(static_cast<double>(model.vocab)),
                  whole(static_cast<double>(model.max_context)),
                  model.tied_embeddings ? "head tied to the embedding" : "head of its own",
                  checkpoint_name(model)),
      style);
  if (!model.aliases.empty()) text += paragraph("also: " + join(model.aliases), style);
  return text;
}

std::string layers_section(const ModelSpec& model, const TextStyle& style) {
  constexpr int indent = 9;
  std::string text = heading("Layers by kind", style);
  const auto line = [&](const std::string& label, const std::string& shape) {
    text += pad_right(label, indent) + wrap(shape, style.width, indent) + '\n';
  };
  for (const LayerGroup& kind : detail::layer_kinds(model)) {
    const bool attention = !std::holds_alternative<None>(kind.attention);
    const bool ffn = !std::holds_alternative<None>(kind.ffn);
    const std::string count = fmt::format("{:>6} x", kind.count);
    if (attention) line(count, detail::shape(kind.attention));
    if (ffn) line(attention ? "" : count, detail::shape(kind.ffn));
    if (!attention && !ffn) line(count, "nothing");
  }
  return text;
}

std::string parameters_section(const ModelSpec& model, const TextStyle& style) {
  const ModelParameters all = count_parameters(model);
  Table table;
  table.columns = {{"Parameters"}, {"total", true}, {"active", true}, {"of total", true}};
  const auto row = [&](std::string label, double total, double active) {
    table.rows.push_back(
        {std::move(label), whole(total), whole(active), show_percent(total / all.total)});
  };
  for (const detail::Part& part : detail::parts(model)) {
    if (part.total > 0 || part.active > 0) row(std::string(part.label), part.total, part.active);
  }
  row("all", all.total, all.active);
  std::string text = table.text(style);
  text +=
      paragraph("active: what one token passes, without the look-up in the input embedding", style);
  if (all.mtp > 0) {
    text += paragraph(fmt::format("apart from these: {} in {} MTP layer{}", whole(all.mtp),
                                  model.mtp->count, model.mtp->count == 1 ? "" : "s"),
                      style);
  }
  if (model.vision > 0) {
    text += paragraph(fmt::format("apart from these: {} in a vision tower",
                                  whole(static_cast<double>(model.vision))),
                      style);
  }
  return text;
}

std::string sequence_section(const ModelSpec& model, const TextStyle& style) {
  const std::vector<Count> at = lengths(model);
  Table table;
  table.columns = {{"What a sequence keeps"}, {"B/token", true}, {"state", true}};
  for (const Count tokens : at)
    table.columns.push_back({"at " + whole(static_cast<double>(tokens)), true});
  for (const NumberType type : kept_in) {
    if (type == NumberType::fp32) continue;
    std::vector<std::string> row = {same_size(type), whole(kv_bytes_per_token(model, type).base()),
                                    show(state_bytes(model, type))};
    for (const Count tokens : at)
      row.push_back(show(sequence_bytes(model, static_cast<double>(tokens), type)));
    table.rows.push_back(std::move(row));
  }
  std::string text = table.text(style);
  return text + paragraph(
                    "B/token: KV cache of a further token beyond every window. state: full "
                    "windows and recurrent state, whatever the length.",
                    style);
}

/// How the files' own figure compares with what is counted.
std::string files_sentence(const ModelSpec& model) {
  const Bytes files{static_cast<double>(model.checkpoint.bytes)};
  const Bytes counted = counted_files(model);
  const double off = files / counted - 1;
  const std::string says =
      fmt::format("files of {} bytes, {} counted", whole(files.base()), whole(counted.base()));
  if (!files_differ(model)) return says;
  return fmt::format("{}: {} {}, more than parts and types that are known explain", says,
                     show_percent(std::abs(off)), off > 0 ? "more" : "less");
}

std::string weights_section(const ModelSpec& model, const TextStyle& style) {
  Table table;
  table.columns = {{"Weights"}, {"bytes", true}, {""}, {""}};
  const auto row = [&](std::string label, Bytes bytes, std::string_view mark) {
    table.rows.push_back({std::move(label), whole(bytes.base()), show(bytes), std::string(mark)});
  };
  const Checkpoint& stored = model.checkpoint;
  const bool uniform = is_uniform(stored);
  for (const NumberType type : kept_in) {
    const bool own = uniform && storage_size(type) == storage_size(stored.linear);
    row(same_size(type), weight_bytes(model, type, type), own ? "the checkpoint's own" : "");
  }
  if (!uniform) row(checkpoint_name(model), checkpoint_bytes(model), "the checkpoint's own");
  std::string text =
      table.text(style) +
      paragraph("embeddings, head, norms and router in 16 bits, 4-bit types with their scales",
                style);
  if (stored.bytes > 0) text += paragraph(files_sentence(model), style);
  return text;
}

}  // namespace

std::string model_card(const ModelSpec& model, const TextStyle& style) {
  std::string text = head_section(model, style);
  for (const std::string& section :
       {layers_section(model, style), parameters_section(model, style),
        sequence_section(model, style), weights_section(model, style),
        heading("Source", style) + paragraph(provenance_text(model.provenance), style)}) {
    text += '\n' + section;
  }
  return text;
}

std::string model_json(const ModelSpec& model) {
  const ModelParameters all = count_parameters(model);
  Json document = {{"kind", "model"}};
  document.update(detail::entry(model));
  const Checkpoint& stored = model.checkpoint;
  document["experts_checkpoint"] = name(stored.experts_type());
  document["projections_checkpoint"] = name(stored.projections_type());
  document["kv_checkpoint"] = stored.kv ? Json(name(*stored.kv)) : Json();
  document["checkpoint_format"] = stored.format.empty() ? Json() : Json(stored.format);
  document["checkpoint_bytes"] = stored.bytes > 0 ? Json(stored.bytes) : Json();
  document["mtp_params"] = detail::number(all.mtp);
  document["vision_params"] = model.vision;
  document["hidden"] = model.hidden;
  document["vocab"] = model.vocab;
  document["tied_embeddings"] = model.tied_embeddings;
  document["layer_kinds"] = Json::array();
  for (const LayerGroup& kind : detail::layer_kinds(model)) {
    document["layer_kinds"].push_back({{"count", kind.count},
                                       {"attention", detail::shape_json(kind.attention)},
                                       {"ffn", detail::shape_json(kind.ffn)}});
  }
  for (const detail::Part& part : detail::parts(model)) {
    document["params_by_part"][std::string(part.key)] = detail::number(part.total);
    document["active_by_part"][std::string(part.key)] = detail::number(part.active);
  }
  for (const NumberType type : all_number_types) {
    if (type == NumberType::tf32) continue;  // a way to compute, not to store
    const std::string key{name(type)};
    document["kv_bytes_per_token_by_type"][key] =
        detail::number(std::round(kv_bytes_per_token(model, type).base()));
    document["state_bytes_by_type"][key] =
        detail::number(std::round(state_bytes(model, type).base()));
    document["weight_bytes"][key] =
        detail::number(std::round(weight_bytes(model, type, type).base()));
  }
  document["weight_bytes"]["checkpoint"] =
      detail::number(std::round(checkpoint_bytes(model).base()));
  document["sequence_bytes"] = Json::array();
  for (const Count tokens : lengths(model)) {
    const Bytes bytes = sequence_bytes(model, static_cast<double>(tokens), NumberType::bf16);
    document["sequence_bytes"].push_back(
        {{"tokens", tokens}, {"bytes", detail::number(std::round(bytes.base()))}});
  }
  const Provenance& p = model.provenance;
  document["source"] = {
      {"basis", name(p.basis)}, {"source", p.source}, {"date", p.date}, {"note", p.note}};
  return detail::dumped(document);
}

}  // namespace infersim
