#pragma once

#include <algorithm>
#include <array>
#include <string_view>

namespace infersim::test {

/// Shared configurations of architectures that are not understood yet. Each has to be refused with
/// the keys that say so; one that is understood leaves this list.
inline constexpr std::array<std::string_view, 12> refused_configs = {
    "MiniMaxAI--MiniMax-M3_config.json",
    "deepseek-ai--DeepSeek-V4-Flash_config.json",
    "nvidia--Gemma-4-31B-IT-NVFP4_config.json",
    "nvidia--Qwen3.6-27B-NVFP4_config.json",
    "zai-org--GLM-5.2_config.json",
    "LiquidAI--LFM2-8B-A1B_config.json",
    "arcee-ai--Trinity-Mini_config.json",
    "google--gemma-4-31b_config.json",
    "google--gemma-4-e2b-it_config.json",
    "google--gemma-4-e4b_config.json",
    "meituan-longcat--LongCat-Flash-Chat_config.json",
    "tencent--Hy3-preview_config.json",
};

inline bool is_refused(std::string_view file) {
  return std::find(refused_configs.begin(), refused_configs.end(), file) != refused_configs.end();
}

}  // namespace infersim::test
