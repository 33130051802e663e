#include "calibration/module_columns.hpp"

#include <algorithm>
#include <iterator>

#include "infersim/calibration/operator_types.hpp"
#include "infersim/core/text.hpp"

namespace infersim::detail {
namespace {

struct PublishedModule {
  std::string_view model;  ///< part of the names of its checkpoints
  std::string_view op;     ///< with which the operators of the module begin
  SparseModule module;
};

constexpr PublishedModule published_modules[] = {
    {"DeepSeek-V3.2", "dsa_", SparseModule::deepseek_v32},
    {"GLM-5", "dsa_", SparseModule::glm5},
    {"DeepSeek-V4-Flash", "dsv4_csa_", SparseModule::v4_flash_csa},
    {"DeepSeek-V4-Flash", "dsv4_hca_", SparseModule::v4_flash_hca},
    {"DeepSeek-V4-Pro", "dsv4_csa_", SparseModule::v4_pro_csa},
    {"DeepSeek-V4-Pro", "dsv4_hca_", SparseModule::v4_pro_hca},
    {"MiniMax-M3", "msa_", SparseModule::minimax_m3},
};

}  // namespace

ModuleColumns::ModuleColumns(const MeasuredTable& table)
    : model_(table, "model"),
      gemm_dtype_(table, "gemm_dtype"),
      batch_(table, "batch"),
      isl_(table, "isl"),
      past_kv_(table, "past_kv"),
      kv_len_(table, "kv_len"),
      num_heads_(table, "num_heads") {}

MeasuredModule ModuleColumns::module(Row& row, const MeasuredLabels& labels,
                                     std::string_view kernel, OperatorKind kind) const {
  MeasuredModule shape;
  const std::string_view model = row.text(model_);
  const auto* found = std::ranges::find_if(published_modules, [&](const PublishedModule& each) {
    return model.find(each.model) != std::string_view::npos && labels.op.starts_with(each.op);
  });
  if (found != std::end(published_modules)) {
    shape.module = found->module;
  } else {
    row.reject("op {} of model {} is no attention module that is known", quote(labels.op),
               quote(model));
  }
  if (const auto types = weight_types(row.text(gemm_dtype_))) {
    shape.projections = *types;
  } else {
    row.reject("gemm_dtype {} is not known", quote(row.text(gemm_dtype_)));
  }
  shape.batch = row.positive(batch_);
  shape.heads = row.positive(num_heads_);
  if (kind == OperatorKind::sparse_prefill) {
    shape.new_tokens = row.positive(isl_);
    shape.past = row.amount(past_kv_);
  } else {
    shape.past = row.positive(kv_len_);
  }
  shape.indexes = !labels.op.ends_with("skip_indexer");
  shape.dense = kernel.find("dense") != std::string_view::npos;
  return shape;
}

}  // namespace infersim::detail
