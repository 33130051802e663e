#include "infersim/phase/draft_model.hpp"

#include <utility>

namespace infersim {

ParallelPlan draft_plan(const ParallelPlan& plan) {
  ParallelPlan own = plan;
  own.pp = own.ep = 1;
  own.redundant_experts = own.mtp = 0;
  return own;
}

void add_draft_model(StepTable& table, const DraftModel& draft) {
  const ModelSpec& model = draft.model;
  const ParallelPlan plan = draft_plan(table.plan);
  StepTable own = lower(model, table.machine, plan, draft.precision);
  for (Segment& segment : own.segments) {
    for (LoweredOp& op : segment.ops) {
      op.twin_segment = -1;  // places of twins are those of its own table
      op.executions = 1;
    }
    segment.name = "draft " + segment.name;
    segment.copies = segment.repeats;
    segment.busiest_repeats = segment.repeats;
    Segment prompts = segment;
    prompts.kind = SegmentKind::draft_prompts;
    segment.kind = SegmentKind::drafts;
    segment.repeats = segment.busiest_repeats = segment.copies * table.plan.mtp;
    table.segments.push_back(std::move(segment));
    table.segments.push_back(std::move(prompts));
  }
  if (!model.tied_embeddings) {
    table.draft_embedding = static_cast<double>(model.vocab * model.hidden) *
                            stored_size(draft.precision.embedding, draft.precision.bits.embedding) /
                            plan.tp;
  }
}

}  // namespace infersim
