#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <variant>
#include <vector>

#include "catalogue_table/sections.hpp"
#include "infersim/core/catalog.hpp"
#include "infersim/core/diagnostic.hpp"
#include "infersim/scenario/lookup.hpp"
#include "infersim/workload/parameters.hpp"
#include "infersim/workload/weight_format.hpp"
#include "support/published_counts.hpp"

namespace infersim::catalogue_table {
namespace {

using demands::holds;
using demands::within;

std::string found_device(const Catalog& catalog, const std::string& name) {
  try {
    return find_hardware(catalog, name).device.name;
  } catch (const InputError&) {
    return {};
  }
}

void published(Section& s, const std::string& what, double ours, const std::optional<double>& bar,
               double tolerance) {
  if (!bar) return;
  s.rows.push_back(holds(what, fmt::format("{:.4g} +- {:.2g} B", *bar / 1e9, tolerance / 1e9),
                         fmt::format("{:.4f} B", ours / 1e9), std::abs(ours - *bar) <= tolerance));
}

double gibibytes(const Catalog& catalog, const std::string& id, const std::string& format) {
  const ModelSpec model = find_model(catalog, id);
  const auto choice = parse_weights(format);
  if (!choice) return NAN;
  Checkpoint stored = model.checkpoint;
  if (const auto* mixture = std::get_if<WeightFormat>(&*choice))
    stored = stored_as(model, *mixture);
  return weight_bytes(model, stored).base() / (1 << 30);
}

}  // namespace

Section chips() {
  Section s{"Chips, as they are typed", {}};
  const Catalog catalog;
  const std::vector<std::string> typed = {
      "T4",
      "L4",
      "A10",
      "A30",
      "V100 SXM2",
      "H100 NVL",
      "GH200",
      "H20 141 GB",
      "RTX 3090",
      "RTX 4060 Ti 16GB",
      "RTX 5060 Ti",
      "RTX 5070 Ti",
      "RTX 5080",
      "MI308X",
      "MI350X",
      "RX 7900 XTX",
      "RX 9070 XT",
      "Arc B580",
      "Arc Pro B60",
      "GB10",
      "DGX Spark",
      "M2 Ultra",
      "M5",
      "M5 Pro",
      "M5 Max",
      "A19 Pro",
      "8 Elite Gen 5",
      "X2 Elite",
      "Dimensity 9500",
      "Jetson Orin Nano",
      "Raspberry Pi 5",
      "RK3588",
      "Xeon 6980P",
      "EPYC 9755",
      "Kunpeng 920",
      "Inferentia2",
      "Groq 3 LPU",
      "SN40L",
      "Blackhole",
      "BW1000",
      "Maia 200",
      "Cloud AI 100",
      "Ryzen 9 9950X",
      "Core Ultra 9 285K",
      "gpnpu",
      "dcu",
      "树莓派5",
  };
  for (const std::string& name : typed) {
    const std::string device = found_device(catalog, name);
    s.rows.push_back(holds("`--hw \"" + name + "\"`", "is known",
                           device.empty() ? "is not" : device, !device.empty()));
  }
  return s;
}

Section models() {
  Section s{"Models: parameters, published and ours", {}};
  const Catalog catalog;
  const std::vector<std::string> asked = {
      "qwen2.5-0.5b",
      "qwen2.5-1.5b",
      "qwen2.5-3b",
      "qwen2.5-14b",
      "qwen2.5-32b",
      "qwen3-next-80b-a3b",
      "qwen3-coder-30b-a3b",
      "qwen3.5-35b-a3b",
      "qwen3.5-122b-a10b",
      "qwen3.6-27b",
      "gemma3-4b",
      "gemma3-12b",
      "gemma3-27b",
      "mistral-7b",
      "mistral-small-24b",
      "phi-4",
      "glm-4.5-air",
      "glm-4.6",
      "glm-4.7-flash",
      "glm-5.1",
      "minimax-m2.7",
      "kimi-k2.6",
      "kimi-linear-48b-a3b",
      "granite-4.0-h-small",
      "smollm3-3b",
      "olmo3-7b",
      "olmo3-32b",
      "ernie-4.5-21b-a3b",
      "hunyuan-a13b",
      "seed-oss-36b",
      "deepseek-v4-flash",
      "apple-on-device-3b",
      "llama3.3-70b",
      "gpt-moe-1.8t",
      "dense-1b",
      "dense-3b",
      "dense-8b",
      "dense-14b",
      "dense-30b",
      "dense-70b",
      "dense-180b",
      "dense-400b",
      "dense-1t",
  };
  const auto rows = test::published_counts();
  for (const std::string& id : asked) {
    const auto row = std::ranges::find(rows, id, &test::PublishedCount::model);
    if (row == rows.end() || !catalog.find(DescriptionKind::model, id)) {
      s.rows.push_back(holds(id, "is described", "is not", false));
      continue;
    }
    const ModelParameters count = count_parameters(find_model(catalog, id));
    published(s, id + ", total", count.total, row->total, row->tolerance);
    published(s, id + ", active", count.active, row->active, row->active_tolerance);
  }
  return s;
}

Section formats() {
  Section s{"Number types by the names that people use", {}};
  const Catalog catalog;
  struct File {
    const char* model;
    const char* format;
    double gib;
  };
  constexpr File files[] = {{"llama3.1-70b", "q4_k_m", 39.6},
                            {"gpt-oss-20b", "mxfp4", 11.3},
                            {"llama3.1-8b", "f16", 14.96}};
  for (const File& f : files) {
    s.rows.push_back(within(fmt::format("{} in {}", f.model, f.format),
                            gibibytes(catalog, f.model, f.format), f.gib * 0.98, f.gib * 1.02, 2,
                            " GiB"));
  }
  for (const char* name : {"q4_0", "q4_k_m", "q5_k_m", "q6_k", "q8_0", "iq2_xxs", "mxfp4", "nvfp4",
                           "w4a16", "awq", "gptq", "int6"}) {
    const bool known = parse_weights(name).has_value();
    s.rows.push_back(
        holds(fmt::format("`--dtype {}`", name), "is known", known ? "is" : "is not", known));
  }
  return s;
}

}  // namespace infersim::catalogue_table
