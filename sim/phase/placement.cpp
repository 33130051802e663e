#include "infersim/phase/placement.hpp"

#include <algorithm>
#include <array>
#include <memory>
#include <string>
#include <vector>

#include "infersim/phase/placed_table.hpp"
#include "phase/lowering.hpp"

namespace infersim {
namespace {

/// Where the weights of a layer are.
enum class Kept { device, host_experts, host, flash };

constexpr std::array all_kept = {Kept::flash, Kept::host, Kept::host_experts, Kept::device};

std::string_view suffix(Kept kept) {
  switch (kept) {
    case Kept::flash: return " from flash";
    case Kept::host: return " on the host";
    case Kept::host_experts: return ", experts on the host";
    case Kept::device: break;
  }
  return "";
}

/// How many layers of a group that begins with layer `first` are kept in one way.
double layers_kept(const LayerGroup& group, Count first, const Placement& placement, Kept kept) {
  const auto within = [&](Count from, Count to) {
    const Count low = std::max(from, first);
    const Count high = std::min(to, first + group.count);
    return static_cast<double>(std::max<Count>(high - low, 0));
  };
  const Count flash = placement.flash_layers;
  const Count away = flash + placement.host_layers;
  const double experts =
      experts_of(group) != nullptr ? within(away, std::max(away, placement.expert_layers)) : 0.0;
  switch (kept) {
    case Kept::flash: return within(0, flash);
    case Kept::host: return within(flash, away);
    case Kept::host_experts: return experts;
    case Kept::device: break;
  }
  return within(away, first + group.count) - experts;
}

bool moves(const LoweredOp& op, Kept kept) {
  return kept == Kept::host || kept == Kept::flash ||
         (kept == Kept::host_experts && op.kind == OpKind::experts);
}

/// What can run on another machine no more is the twin of nothing.
void forget_twins(Segment& segment) {
  for (LoweredOp& op : segment.ops) {
    op.twin_segment = -1;
    op.executions = 1;
  }
}

/// The segment as it is where its layers are kept in one way. `hosted`: the host's own.
Segment kept_so(Segment segment, Kept kept, const Segment* hosted, Bytes token) {
  if (kept == Kept::device) return segment;
  segment.name += suffix(kept);
  segment.placed = true;
  for (std::size_t i = 0; i < segment.ops.size(); ++i) {
    LoweredOp& op = segment.ops[i];
    if (!moves(op, kept)) continue;
    op.place = kept == Kept::flash ? Place::flash : Place::host;
    if (hosted != nullptr) op.on_host = &hosted->ops[i];
    const bool border = op.part == ExpertPart::permute || op.part == ExpertPart::sum;
    if (kept == Kept::host_experts && border) op.handed_over = token;
  }
  return segment;
}

}  // namespace

PrecisionPlan products_on(const Engine& engine, PrecisionPlan plan) {
  constexpr std::array wide = {NumberType::bf16, NumberType::fp16, NumberType::fp32};
  const auto* widest = std::find_if(wide.begin(), wide.end(),
                                    [&](NumberType type) { return engine.computes_in(type); });
  for (NumberType* type :
       {&plan.compute, &plan.projection_compute, &plan.expert_compute, &plan.attention}) {
    if (!engine.computes_in(*type) && widest != wide.end()) *type = *widest;
  }
  return plan;
}

void place(StepTable& table, const ModelSpec& model, const PrecisionPlan& precision,
           const Placement& placement, const OtherMemories& others, const Engine* host_engine) {
  auto placed = std::make_shared<PlacedTable>();
  placed->link = others.link;
  placed->latency = others.latency;
  placed->flash = others.flash;
  placed->second_device = others.second_device;
  if (others.host) {
    placed->host = std::make_shared<const StepTable>(
        lower(model, *others.host, table.plan, products_on(*host_engine, precision)));
  }
  const auto hosted = [&](std::size_t segment) {
    return placed->host ? &placed->host->segments[segment] : nullptr;
  };
  const Bytes token = table.stage_message_per_token;
  const std::vector<std::size_t> kinds = detail::kinds_of_layers(model);
  std::vector<Segment> segments;
  for (std::size_t s = 0; s < table.segments.size(); ++s) {
    Segment& segment = table.segments[s];
    forget_twins(segment);
    const bool end = segment.kind == SegmentKind::input || segment.kind == SegmentKind::output;
    if (segment.kind == SegmentKind::input && others.second_device) {
      segment.placed = true;
      segment.ops.back().handed_over = token;
    } else if (end && placed->host &&
               (segment.kind == SegmentKind::input || placement.head_on_host)) {
      segment = kept_so(std::move(segment), Kept::host, hosted(s), token);
      // All layers before the first one of the device are the host's: tokens pass once.
      if (segment.kind == SegmentKind::input && !placement.head_on_host) {
        segment.ops.back().handed_over = token;
      }
    }
    if (segment.kind != SegmentKind::layers) {
      segments.push_back(std::move(segment));
      continue;
    }
    for (const Kept kept : all_kept) {
      Segment part = kept_so(segment, kept, hosted(s), token);
      part.repeats = 0;
      Count first = 0;
      for (std::size_t i = 0; i < model.layers.size(); ++i) {
        if (1 + kinds[i] == s) part.repeats += layers_kept(model.layers[i], first, placement, kept);
        first += model.layers[i].count;
      }
      part.busiest_repeats = part.repeats;
      if (part.repeats > 0) segments.push_back(std::move(part));
    }
  }
  table.segments = std::move(segments);
  table.placed = std::move(placed);
  detail::mark_twins(table);
}

}  // namespace infersim
