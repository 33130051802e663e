#include "workload/hf_vision.hpp"

#include <algorithm>
#include <optional>
#include <string>

namespace infersim::detail {

namespace {

constexpr IntegerRange vision_range{.least = 1, .most = 1'000'000};

/// One of several names; what is no whole number (lists, for towers in stages) is not there.
std::optional<double> figure(HfObject& tower, HfNames names) {
  for (const std::string_view key : names) {
    if (tower.kind(key) != JsonKind::integer || tower.is_off(key)) continue;
    const auto value = tower.integer({key}, vision_range);
    return value ? std::optional(static_cast<double>(*value)) : std::nullopt;
  }
  return std::nullopt;
}

/// Patches that the projector makes one; 0 if it merges none.
double merged_patches(HfObject& tower) {
  if (const auto side = figure(tower, {"spatial_merge_size"})) return *side * *side;
  if (tower.kind("merge_kernel_size") != JsonKind::array) return 0;
  const auto sides = tower.integers("merge_kernel_size");
  if (!sides || sides->size() != 2) return 0;
  return static_cast<double>((*sides)[0]) * static_cast<double>((*sides)[1]);
}

/// Rows of the position embedding.
double position_rows(HfObject& tower, double patch) {
  if (const auto rows = figure(tower, {"num_position_embeddings"})) return *rows;
  const auto high = figure(tower, {"init_pos_emb_height"});
  const auto wide = figure(tower, {"init_pos_emb_width"});
  if (high && wide) return *high * *wide;
  const auto image = figure(tower, {"image_size"});
  return image && patch > 0 ? *image / patch * (*image / patch) : 0;
}

}  // namespace

Count read_hf_vision(HfObject& outer, Count hidden) {
  if (outer.kind("vision_config") != JsonKind::object) {
    outer.ignore({"vision_config"});
    return 0;
  }
  auto tower = outer.object("vision_config");
  const auto layers =
      figure(*tower, {"depth", "num_hidden_layers", "vt_num_hidden_layers", "layers"});
  // Qwen2-VL's hidden_size is that of the language model, and embed_dim its own.
  const auto width = figure(*tower, {"embed_dim", "vt_hidden_size", "hidden_size", "width"});
  auto inner = figure(*tower, {"intermediate_size", "vt_intermediate_size"});
  const auto ratio = figure(*tower, {"mlp_ratio"});
  if (!inner && ratio && width) inner = *ratio * *width;
  if (!layers || !width || !inner) return 0;

  bool gated = false;  // Qwen2.5-VL
  if (tower->kind("hidden_act") == JsonKind::text) gated = tower->text("hidden_act") == "silu";
  const double patch = figure(*tower, {"patch_size", "spatial_patch_size"}).value_or(0);
  const double frames = figure(*tower, {"temporal_patch_size"}).value_or(1);
  const double d = *width;
  const double f = *inner;
  const double merged = merged_patches(*tower) * d;
  const double parameters = *layers * (4 * d * d + (gated ? 3 : 2) * d * f + 9 * d + f) +
                            (3 * patch * patch * frames + position_rows(*tower, patch)) * d +
                            merged * (merged + static_cast<double>(hidden));
  constexpr double most = 1e12;  // what a description may say
  return static_cast<Count>(std::clamp(parameters, 0.0, most));
}

}  // namespace infersim::detail
