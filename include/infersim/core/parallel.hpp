#pragma once

#include <cstddef>
#include <functional>

namespace infersim {

/// Calls `work` with 0 to count - 1, each once, on at most so many threads (0: as many as the
/// machine has cores, up to 8). Each call writes nothing but what is its own, so that the outcome
/// is the same on any number of threads. An exception of a call is thrown again once all threads
/// have ended.
void for_each_index(unsigned threads, std::size_t count,
                    const std::function<void(std::size_t)>& work);

}  // namespace infersim
