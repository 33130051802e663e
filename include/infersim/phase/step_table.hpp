#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "infersim/cost/attention.hpp"
#include "infersim/cost/collective.hpp"
#include "infersim/cost/experts.hpp"
#include "infersim/cost/gemm.hpp"
#include "infersim/cost/kernels.hpp"
#include "infersim/cost/machine.hpp"
#include "infersim/cost/scan.hpp"
#include "infersim/cost/short_convolution.hpp"
#include "infersim/phase/host.hpp"
#include "infersim/phase/parallel_plan.hpp"
#include "infersim/phase/precision.hpp"
#include "infersim/phase/step_model.hpp"
#include "infersim/workload/layer_cache.hpp"
#include "infersim/workload/op_graph.hpp"

namespace infersim {

/// Operators of one layer at most, so that a step needs no memory from the heap.
inline constexpr std::size_t max_segment_ops = 48;

/// In which memory weights lie.
enum class Place { device, host, flash };

std::string_view name(Place place);

/// One operator, distributed: what its cost function needs, with all that a batch does not change.
struct LoweredOp {
  std::string name;
  std::string op_class;
  OpKind kind = OpKind::gemm;
  Rows rows = Rows::all;
  bool communicates = false;  ///< runs on the communication stream
  bool grows_with_context = false;
  const KernelEfficiency* efficiency = nullptr;  ///< among those of the table's machine
  GemmShape gemm;                                ///< n, k, count of this rank; m is the batch's
  GemmPlan plan;                                 ///< of the same
  ExpertShape experts;
  ExpertPart part = ExpertPart::permute;  ///< of the experts' work
  AttentionShape attention;
  ScanShape scan;
  ConvolutionShape convolution;
  ExpertExchange exchange;
  double read = 0;  ///< element-wise: values per row
  double written = 0;
  double group_factor = 1;      ///< tokens of the expert group per token of this rank
  double exchange_share = 1;    ///< share of the rank's tokens that it sends itself (1/tp)
  int gather_group = 1;         ///< ranks of an all-gather (its mirror image for a combine)
  int reduce_group = 1;         ///< ranks of an all-reduce
  Bytes bytes_per_row;          ///< of a message
  bool sparse = false;          ///< runs in kernels of sparse attention
  LayerCache cache;             ///< that it keeps of a sequence on this rank
  bool shares_weights = false;  ///< its weights are another operator's (absorbed projections)
  std::uint64_t waits_for = 0;  ///< bit i: operator i of the segment must have ended
  /// The operator before it that costs the same for any batch (kinds of layers share their
  /// attention, a layer's norms are alike), so that it is evaluated once; -1: none.
  int twin_segment = -1;
  std::size_t twin_op = 0;
  double executions = 1;        ///< per repeat of its segment, those of its twins included
  Place place = Place::device;  ///< of its weights and cache
  /// The same operator of the host, which computes what is not the device's; null: the device does.
  const LoweredOp* on_host = nullptr;
  Bytes handed_over;  ///< for each row, between the host's memory and the device's
};

/// What part of the model a segment is.
///   input, output   its ends
///   layers          equal layers
///   drafts          an MTP module or a part of a draft model: one token a sequence, `repeats`
///   times draft_prompts   the same part of a draft model, on prompts
enum class SegmentKind { input, layers, output, drafts, draft_prompts };

/// Operators of one kind of layer (or of the ends of the model) in an order that can be issued.
struct Segment {
  SegmentKind kind = SegmentKind::layers;
  std::string name;
  double repeats = 1;          ///< of equal layers, over all stages
  double busiest_repeats = 1;  ///< of those, how many the stage with the most layers has
  std::vector<LoweredOp> ops;  ///< at most max_segment_ops
  double copies = 1;           ///< of drafts: equal layers with weights and caches of their own
  bool placed = false;         ///< some of its operators have their weights elsewhere
};

struct PlacedTable;

/// The flat table of a (model, plan, precision, machine): built once, evaluated for any batch.
struct StepTable {
  Machine machine;
  ParallelPlan plan;
  std::vector<Segment> segments;
  Bytes stage_message_per_token;  ///< activations that a pipeline stage hands on
  HostOverhead host;              ///< the runtime's of the machine's class, unless replaced
  Bytes draft_embedding = {};     ///< of a draft model whose head is not its embedding
  std::shared_ptr<const PlacedTable> placed = {};  ///< null: all weights are the device's
};

/// Lowers the op graphs of a model: divides every operator over the plan's ranks, picks its
/// efficiency, checks that each graph has no cycle and orders it so that communication is issued as
/// early as it can be. The plan must have passed `check_plan`.
StepTable lower(const ModelSpec& model, const Machine& machine, const ParallelPlan& plan,
                const PrecisionPlan& precision);

}  // namespace infersim
