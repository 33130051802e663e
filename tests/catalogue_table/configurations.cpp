#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "catalogue_table/sections.hpp"
#include "support/repository.hpp"
#include "support/run_program.hpp"
#include "support/temporary_folder.hpp"

namespace infersim::catalogue_table {
namespace {

/// Billions of parameters of what has no size in its name, or another one there.
const std::map<std::string, double>& published() {
  static const std::map<std::string, double> totals = {
      {"MiniMaxAI--MiniMax-M2.7", 230},
      {"deepseek-ai--DeepSeek-R1", 671},
      {"deepseek-ai--DeepSeek-V3", 671},
      {"deepseek-ai--DeepSeek-V3.2", 671},
      {"deepseek-ai--DeepSeek-V4-Flash", 284},
      {"deepseek-v2-lite", 15.7},
      {"llama-2-7b-hf", 6.74},
      {"qwen2.5-7b-instruct", 7.62},
      {"meta-llama--Llama-4-Maverick-17B-128E-Instruct", 400},
      {"mistralai--Mixtral-8x7B-v0.1", 46.7},
      {"moonshotai--Kimi-K2-Instruct", 1026},
      {"moonshotai--Kimi-K2.5", 1026},
      {"nvidia--DeepSeek-V3.1-NVFP4", 671},
      {"nvidia--Kimi-K2.6-NVFP4", 1026},
      {"nvidia--Kimi-K2.7-Code-NVFP4", 1026},
      {"zai-org--GLM-4.7-Flash", 30},
      {"zai-org--GLM-5.1", 744},
      {"zai-org--GLM-5.2", 744},
      {"zai-org--GLM-4.5-Air", 106},
      {"zai-org--GLM-4.6", 355},
      {"microsoft--phi-4", 14.7},
      {"arcee-ai--Trinity-Mini", 26},
      {"meituan-longcat--LongCat-Flash-Chat", 560},
      {"tencent--Hy3-preview", 295},
  };
  return totals;
}

/// Files whose layers are defaults of the class, not those of the model that they are called after.
bool is_default(const std::string& name) {
  return name == "LiquidAI--LFM2-8B-A1B" || name == "arcee-ai--Trinity-Mini";
}

/// The first size in a name that is no active or effective one: 397 of `Qwen3.5-397B-A17B`.
std::optional<double> size_in(const std::string& name) {
  for (std::size_t at = 0; at < name.size(); ++at) {
    const bool begins =
        std::isdigit(static_cast<unsigned char>(name[at])) != 0 && (at == 0 || name[at - 1] == '-');
    if (!begins) continue;
    std::size_t end = at;
    while (end < name.size() &&
           (std::isdigit(static_cast<unsigned char>(name[end])) != 0 || name[end] == '.'))
      ++end;
    if (end < name.size() && (name[end] == 'B' || name[end] == 'b'))
      return std::stod(name.substr(at, end - at));
  }
  return std::nullopt;
}

std::optional<double> size_of(const std::string& name) {
  const auto found = published().find(name);
  return found != published().end() ? std::optional(found->second) : size_in(name);
}

Row imported(const std::filesystem::path& file, const test::TemporaryFolder& folder) {
  constexpr std::string_view ending = "_config";
  const std::string stem = file.stem().string();
  const std::string name = stem.substr(0, stem.size() - ending.size());
  const std::string to = folder.path(stem + ".toml");
  const double size = is_default(name) ? 0 : size_of(name).value_or(0);
  const std::string bar = size > 0 ? fmt::format("{:g} B, to 8 %", size)
                                   : "imports; no count of these shapes is published";
  if (test::run_infersim({"import", file.string(), "-o", to}).exit_code != 0) {
    return demands::holds(name, bar, "refused", false);
  }
  const auto shown = test::run_infersim({"show", to, "--json"});
  const auto json = nlohmann::json::parse(shown.out, nullptr, false);
  if (shown.exit_code != 0 || json.is_discarded()) {
    return demands::holds(name, bar, "not shown", false);
  }
  const double total = json.at("total_params").get<double>() / 1e9;
  return demands::holds(name, bar, fmt::format("{:.4g} B", total),
                        size <= 0 || std::abs(total - size) <= 0.08 * size);
}

}  // namespace

Section configurations() {
  Section s{"Configurations beside the repository, imported", {}};
  const auto shared = test::shared_path("model_configs");
  if (!shared) return s;
  std::vector<std::filesystem::path> files;
  for (const auto& file : std::filesystem::recursive_directory_iterator(*shared)) {
    if (file.path().extension() == ".json") files.push_back(file.path());
  }
  std::ranges::sort(files);
  const test::TemporaryFolder folder;
  for (const auto& file : files)
    s.rows.push_back(imported(file, folder));
  return s;
}

}  // namespace infersim::catalogue_table
