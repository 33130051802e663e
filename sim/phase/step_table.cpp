#include "infersim/phase/step_table.hpp"

#include <algorithm>
#include <string>
#include <variant>

#include "phase/lowering.hpp"

namespace infersim {
namespace {

/// Layers of each group that the stage with the most work holds: stages are filled from the end,
/// where the expert layers are.
std::vector<double> busiest_stage(const ModelSpec& model, int pp) {
  Count left = (model.layer_count() + pp - 1) / pp;
  std::vector<double> counts(model.layers.size());
  for (std::size_t i = model.layers.size(); i-- > 0 && left > 0;) {
    const Count taken = std::min(left, model.layers[i].count);
    counts[i] = static_cast<double>(taken);
    left -= taken;
  }
  return counts;
}

/// Whether two operators cost the same for any batch. Those of routed experts never do: they have
/// more to compare than there is to gain.
bool cost_the_same(const LoweredOp& a, const LoweredOp& b) {
  if (a.kind != b.kind || a.rows != b.rows || a.rows == Rows::routed) return false;
  return a.read == b.read && a.written == b.written && a.bytes_per_row == b.bytes_per_row &&
         a.reduce_group == b.reduce_group && a.gemm == b.gemm && a.attention == b.attention &&
         a.sparse == b.sparse && a.scan == b.scan && a.convolution == b.convolution &&
         a.efficiency == b.efficiency;
}

/// Finds the first operator before operator `i` of segment `s` that costs the same.
void find_twin(StepTable& table, std::size_t s, std::size_t i) {
  LoweredOp& op = table.segments[s].ops[i];
  const bool drafts = table.segments[s].kind == SegmentKind::drafts;
  if (table.segments[s].placed) return;
  for (std::size_t t = 0; t <= s; ++t) {
    Segment& earlier = table.segments[t];
    // Drafts see another batch, and what lies elsewhere another machine.
    if ((earlier.kind == SegmentKind::drafts) != drafts || earlier.placed) continue;
    const std::size_t end = t == s ? i : earlier.ops.size();
    for (std::size_t j = 0; j < end; ++j) {
      LoweredOp& twin = earlier.ops[j];
      if (twin.twin_segment >= 0 || !cost_the_same(twin, op)) continue;
      op.twin_segment = static_cast<int>(t);
      op.twin_op = j;
      twin.executions += table.segments[s].repeats / earlier.repeats;
      return;
    }
  }
}

/// What tells a kind of attention apart from plain attention to all tokens.
std::string kind_of(const GroupedQueryAttention& a) {
  std::string text;
  if (a.reach != Reach::all) text += std::string(name(a.reach)) + " ";
  if (a.indexer) text += "sparse ";
  if (a.shared_kv) text += "shared-kv ";
  return text;
}
std::string kind_of(const LatentAttention& a) {
  return a.indexer && a.indexer->shared ? "shared-index " : "";
}
std::string kind_of(const CompressedAttention& a) {
  if (a.ratio == 0) return "window ";
  return a.indexer ? "compressed sparse " : "heavily compressed ";
}
std::string kind_of(const LinearAttention& a) { return std::string(name(a.kind)) + " "; }
std::string kind_of(const ParallelMixers& a) {
  return kind_of(a.attention) + "parallel " + kind_of(a.recurrence);
}
std::string kind_of(const GatedConvolution&) { return "convolution "; }
std::string kind_of(const None&) { return ""; }

/// `moe layer`, `window layer`, `mamba2 layer`, `attention layer`, …: what tells a model's kinds of
/// layers apart.
std::string layer_name(const LayerGroup& group) {
  std::string text = std::visit([](const auto& a) { return kind_of(a); }, group.attention);
  if (std::holds_alternative<None>(group.ffn)) {
    if (text.empty()) text = "attention ";
  } else {
    if (std::holds_alternative<None>(group.attention)) text = "ffn ";
    if (experts_of(group) != nullptr) text += "moe ";
  }
  return text + "layer";
}

}  // namespace

namespace detail {

void mark_twins(StepTable& table) {
  for (std::size_t s = 0; s < table.segments.size(); ++s) {
    for (std::size_t i = 0; i < table.segments[s].ops.size(); ++i)
      find_twin(table, s, i);
  }
}

std::vector<std::size_t> kinds_of_layers(const ModelSpec& model) {
  std::vector<std::size_t> kinds;
  std::vector<const LayerGroup*> known;
  for (const LayerGroup& group : model.layers) {
    const auto same = std::find_if(known.begin(), known.end(), [&](const LayerGroup* other) {
      return other->attention == group.attention && other->ffn == group.ffn;
    });
    kinds.push_back(static_cast<std::size_t>(same - known.begin()));
    if (same == known.end()) known.push_back(&group);
  }
  return kinds;
}

}  // namespace detail

std::string_view name(Place place) {
  switch (place) {
    case Place::device: return "device";
    case Place::host: return "host";
    case Place::flash: return "flash";
  }
  return "";
}

StepTable lower(const ModelSpec& model, const Machine& machine, const ParallelPlan& plan,
                const PrecisionPlan& precision) {
  StepTable table{
      machine, plan, {}, {}, {machine.efficiency.runtime.step_overhead, Seconds{}, {}, 0, {}}};
  const detail::Lowering lowering(model, machine, plan, precision);
  table.segments.push_back(
      lowering.segment(SegmentKind::input, "input", input_graph(model), nullptr));
  const std::vector<double> busiest = busiest_stage(model, plan.pp);
  const std::vector<std::size_t> kinds = detail::kinds_of_layers(model);
  for (std::size_t i = 0; i < model.layers.size(); ++i) {
    const LayerGroup& group = model.layers[i];
    if (1 + kinds[i] == table.segments.size()) {
      table.segments.push_back(lowering.segment(SegmentKind::layers, layer_name(group),
                                                layer_graph(model, group), &group));
      table.segments.back().repeats = table.segments.back().busiest_repeats = 0.0;
    }
    Segment& segment = table.segments[1 + kinds[i]];
    segment.repeats += static_cast<double>(group.count);
    segment.busiest_repeats += busiest[i];
  }
  table.segments.push_back(
      lowering.segment(SegmentKind::output, "output", output_graph(model), nullptr));
  if (plan.mtp > 0 && model.mtp) {
    Segment segment =
        lowering.segment(SegmentKind::drafts, "mtp draft", mtp_graph(model), &*model.mtp);
    segment.repeats = segment.busiest_repeats = plan.mtp;
    table.segments.push_back(std::move(segment));
  }
  const Count streams = model.streams ? model.streams->count : 1;
  table.stage_message_per_token =
      static_cast<double>(streams * model.hidden) * storage_size(precision.activations);
  detail::mark_twins(table);
  return table;
}

}  // namespace infersim
