#include "infersim/phase/layer_schedule.hpp"

#include <numeric>
#include <random>

#include "infersim/phase/graph_order.hpp"
#include "phase/fixtures.hpp"
#include "support/catch.hpp"

using namespace infersim;
using namespace infersim::test;

namespace {

using Times = std::vector<Seconds>;

constexpr bool computing = false;
constexpr bool sending = true;

double period(const Segment& segment, const Times& times, int microbatches = 1) {
  return segment_period(segment, times, microbatches).base();
}

Seconds sum(std::span<const Seconds> times) {
  return std::accumulate(times.begin(), times.end(), Seconds{});
}

/// A layer as it could come out of a graph: each operator waits for some before it.
Segment random_segment(std::mt19937& random, std::size_t most) {
  std::vector<OpSketch> sketches(1 + random() % most);
  for (std::size_t i = 0; i < sketches.size(); ++i) {
    sketches[i].communicates = random() % 2 == 0;
    for (unsigned j = 0; j < i; ++j) {
      if (random() % 3 == 0) sketches[i].waits_for.push_back(j);
    }
  }
  return segment_of(sketches);
}

/// Whole numbers of seconds, so that sums are exact; about one in five operators is absent.
Times random_times(std::mt19937& random, const Segment& segment) {
  Times times;
  for (std::size_t i = 0; i < segment.ops.size(); ++i) {
    times.emplace_back(random() % 5 == 0 ? 0.0 : static_cast<double>(1 + random() % 20));
  }
  return times;
}

OpGraph graph_of(const Segment& segment) {
  OpGraph graph;
  for (std::size_t i = 0; i < segment.ops.size(); ++i) {
    std::vector<std::size_t> after;
    for (std::size_t j = 0; j < i; ++j) {
      if ((segment.ops[i].waits_for >> j & 1U) != 0) after.push_back(j);
    }
    graph.add(Op{}, after);
  }
  return graph;
}

}  // namespace

TEST_CASE("a chain of operators takes the sum of their times on whatever stream") {
  const Segment chain = segment_of({{computing, {}}, {sending, {0}}, {computing, {1}}});
  CHECK(period(chain, {Seconds{2}, Seconds{5}, Seconds{3}}) == 10.0);
}

TEST_CASE("a collective hides behind a branch that does not wait for it") {
  const Segment fork =
      segment_of({{computing, {}}, {sending, {0}}, {computing, {0}}, {computing, {1, 2}}});
  // 2, then the longer of 5 and 3, then 1
  CHECK(period(fork, {Seconds{2}, Seconds{5}, Seconds{3}, Seconds{1}}) == 8.0);
}

TEST_CASE("branches of one stream take their turns") {
  const Segment fork =
      segment_of({{computing, {}}, {computing, {0}}, {computing, {0}}, {computing, {1, 2}}});
  CHECK(period(fork, {Seconds{2}, Seconds{5}, Seconds{3}, Seconds{1}}) == 11.0);
}

TEST_CASE("an operator that is absent holds nothing up") {
  // A long message is under way; the absent collective behind it delays nothing.
  const Segment layer =
      segment_of({{sending, {}}, {computing, {}}, {sending, {1}}, {computing, {2}}});
  // compute: 1 + 2, beside the message of 10
  CHECK(period(layer, {Seconds{10}, Seconds{1}, Seconds{0}, Seconds{2}}) == 10.0);
  CHECK(exposed_times(layer, Times{Seconds{10}, Seconds{1}, Seconds{0}, Seconds{2}})[3] ==
        Seconds{});
}

TEST_CASE("two micro-batches keep the longer of compute and communication busy") {
  const Segment layer = segment_of({{computing, {}}, {sending, {0}}});
  // While one computes the other communicates; each layer has both do both: twice the longer.
  CHECK(period(layer, {Seconds{3}, Seconds{1}}, 2) == 6.0);
  CHECK(period(layer, {Seconds{1}, Seconds{3}}, 2) == 6.0);
  CHECK(period(layer, {Seconds{2}, Seconds{2}}, 2) == 4.0);
}

TEST_CASE("two micro-batches that only compute take twice as long as one") {
  const Segment layer = segment_of({{computing, {}}, {computing, {0}}, {computing, {1}}});
  CHECK(period(layer, {Seconds{3}, Seconds{1}, Seconds{2}}, 2) == 12.0);
}

TEST_CASE("an absent collective does not couple two micro-batches") {
  const Segment layer =
      segment_of({{computing, {}}, {sending, {0}}, {computing, {1}}, {sending, {2}}});
  // Compute 1 + 1 and link 2 for each of the two: both streams can be busy all the time.
  CHECK(period(layer, {Seconds{1}, Seconds{0}, Seconds{1}, Seconds{2}}, 2) == 4.0);
}

TEST_CASE("exposed times sum to the period") {
  std::mt19937 random(3);
  for (int i = 0; i < 300; ++i) {
    const Segment segment = random_segment(random, 12);
    const Times times = random_times(random, segment);
    CHECK(sum(exposed_times(segment, times)).base() == period(segment, times));
  }
}

TEST_CASE("a period lies between the critical path and the sum of all times") {
  std::mt19937 random(5);
  for (int i = 0; i < 300; ++i) {
    const Segment segment = random_segment(random, 12);
    const Times times = random_times(random, segment);
    CHECK(period(segment, times) >= critical_path(graph_of(segment), times).base());
    CHECK(period(segment, times) <= sum(times).base());
  }
}

TEST_CASE("two micro-batches take no less than a stream's work and no more than their turns") {
  std::mt19937 random(13);
  for (int i = 0; i < 300; ++i) {
    const Segment segment = random_segment(random, 12);
    const Times times = random_times(random, segment);
    std::array<double, 2> work{};
    for (std::size_t j = 0; j < times.size(); ++j) {
      work[segment.ops[j].communicates ? 1 : 0] += times[j].base();
    }
    CHECK(period(segment, times, 2) >= 2.0 * std::max(work[0], work[1]));
    CHECK(period(segment, times, 2) <= 2.0 * period(segment, times));
  }
}

TEST_CASE("attention of one micro-batch covers the dispatch of the other") {
  // Attention 4, dispatch 3, experts 4, combine 3: of each pair one computes while one sends, so
  // the period is the compute of both, 2 x (4 + 4). One after the other they would take 2 x 14.
  const Segment layer =
      segment_of({{computing, {}}, {sending, {0}}, {computing, {1}}, {sending, {2}}});
  CHECK(period(layer, {Seconds{4}, Seconds{3}, Seconds{4}, Seconds{3}}, 2) == 16.0);
}

TEST_CASE("cores are so divided that the streams of two micro-batches end together") {
  Segment layer = segment_of({{computing, {}}, {sending, {0}}, {computing, {1}}, {sending, {2}}});
  layer.ops[1].kind = OpKind::dispatch;
  const Times times = {Seconds{4}, Seconds{3}, Seconds{4}, Seconds{3}};
  // Launches of 1 s each and the links pass whatever the cores: 1 + 3/x = 7 + 3/(1 - x) = T.
  const Times waits = {Seconds{1}, Seconds{3}, Seconds{1}, Seconds{3}};
  const double t = 0.5 * divided_period(layer, times, waits).base();
  CHECK_THAT(3.0 / (t - 1.0) + 3.0 / (t - 7.0), WithinRel(1.0, 1e-12));
  // Without waits cores are all there is; with nothing else each stream takes its own time.
  const Times computes = {Seconds{4}, Seconds{0}, Seconds{3}, Seconds{0}};
  CHECK(divided_period(layer, computes, Times(4)).base() == 14.0);
  CHECK(divided_period(layer, times, times).base() == 20.0);
}

TEST_CASE("an operator behind a collective of its own micro-batch holds up no stream") {
  Segment layer = segment_of({{computing, {}}, {sending, {0}}, {computing, {0}}});
  layer.ops[1].kind = OpKind::dispatch;
  const Times waits = {Seconds{0}, Seconds{5}, Seconds{0}};
  const Times times = {Seconds{2}, Seconds{5}, Seconds{3}};
  const Times alone = {Seconds{2}, Seconds{5}, Seconds{0}};
  CHECK(divided_period(layer, times, waits) == divided_period(layer, alone, waits));
}

TEST_CASE("where no tokens are dispatched cores are not divided") {
  const Segment layer = segment_of({{computing, {}}, {sending, {0}}});
  const Times times = {Seconds{3}, Seconds{1}};
  CHECK(divided_period(layer, times, times).base() == period(layer, times, 2));
}

TEST_CASE("a layer without operators takes no time") {
  CHECK(period(Segment{}, {}) == 0.0);
  CHECK(period(Segment{}, {}, 2) == 0.0);
}
