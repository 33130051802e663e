#include "infersim/core/regime.hpp"

#include <cstddef>

namespace infersim {
namespace {

struct Words {
  std::string_view name;
  std::string_view meaning;
};

constexpr std::array<Words, all_regimes.size()> words = {{
    {"fitted", "this chip and model were among the measured"},
    {"model", "this chip was among the measured, this model was not"},
    {"chip", "others of the chip's family were measured, or its kernels alone"},
    {"inherited", "kernels in use are of other families, or of the chip's class"},
    {"concept", "the chip exists on paper alone"},
}};

const Words& words_of(Regime regime) { return words[static_cast<std::size_t>(regime)]; }

}  // namespace

std::string_view name(Regime regime) { return words_of(regime).name; }

std::string_view meaning(Regime regime) { return words_of(regime).meaning; }

}  // namespace infersim
