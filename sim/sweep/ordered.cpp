#include "sweep/ordered.hpp"

#include <deque>
#include <future>
#include <memory>
#include <utility>

#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>

namespace infersim {
namespace {

/// Rows that wait for a slow one before them, for each thread.
constexpr std::size_t ahead_of_each = 64;

}  // namespace

void in_order(unsigned jobs, std::uint64_t count,
              const std::function<SweepRow(std::uint64_t)>& make,
              const std::function<bool(SweepRow&&)>& take) {
  if (jobs <= 1) {
    for (std::uint64_t i = 0; i < count; ++i)
      if (!take(make(i))) return;
    return;
  }
  boost::asio::thread_pool pool(jobs);
  std::deque<std::future<SweepRow>> waiting;
  std::uint64_t posted = 0;
  try {
    while (posted < count || !waiting.empty()) {
      while (posted < count && waiting.size() < jobs * ahead_of_each) {
        // Shared: handlers of a pool have to be copyable.
        auto task = std::make_shared<std::packaged_task<SweepRow()>>(
            [&make, at = posted] { return make(at); });
        waiting.push_back(task->get_future());
        boost::asio::post(pool, [task] { (*task)(); });
        ++posted;
      }
      std::future<SweepRow> next = std::move(waiting.front());
      waiting.pop_front();
      if (!take(next.get())) break;
    }
  } catch (...) {
    pool.stop();
    pool.join();
    throw;
  }
  pool.stop();
  pool.join();
}

}  // namespace infersim
