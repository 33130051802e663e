#pragma once

#include <cstdint>
#include <functional>

#include "sweep/evaluator.hpp"

namespace infersim {

/// Makes rows 0 to count - 1 on `jobs` threads and hands them to `take` on the calling thread in
/// their order, with at most some hundred of them waiting. Ends early where `take` returns false.
/// What `make` throws is thrown again in its turn.
void in_order(unsigned jobs, std::uint64_t count,
              const std::function<SweepRow(std::uint64_t)>& make,
              const std::function<bool(SweepRow&&)>& take);

}  // namespace infersim
