#pragma once

#include <cstdint>

namespace infersim {

using Count = std::int64_t;  ///< of layers, heads, values, parameters

}  // namespace infersim
