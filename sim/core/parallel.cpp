#include "infersim/core/parallel.hpp"

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

namespace infersim {
namespace {

constexpr unsigned most_threads = 8;

std::size_t threads_for(unsigned asked, std::size_t count) {
  // A thread costs about as much to start as a plan to lower.
  const std::size_t worth = std::min<std::size_t>(count / 2, most_threads);
  if (worth <= 1 || asked == 1) return 1;
  const unsigned cores = asked > 0 ? asked : std::thread::hardware_concurrency();
  return std::clamp<std::size_t>(cores, 1, worth);
}

}  // namespace

void for_each_index(unsigned threads, std::size_t count,
                    const std::function<void(std::size_t)>& work) {
  std::atomic<std::size_t> next{0};
  std::exception_ptr failure;
  std::mutex guard;
  const auto run = [&] {
    try {
      for (std::size_t i = next++; i < count; i = next++)
        work(i);
    } catch (...) {
      const std::scoped_lock lock(guard);
      failure = std::current_exception();
    }
  };
  {
    std::vector<std::jthread> others;
    for (std::size_t i = 1; i < threads_for(threads, count); ++i)
      others.emplace_back(run);
    run();
  }
  if (failure) std::rethrow_exception(failure);
}

}  // namespace infersim
