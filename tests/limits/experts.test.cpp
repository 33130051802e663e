#include <cmath>
#include <numeric>
#include <random>
#include <vector>

#include "infersim/cost/gemm.hpp"
#include "limits/machines.hpp"
#include "support/catch.hpp"

namespace infersim::test {
namespace {

/// DeepSeek-V3's routed experts: 256, of which each token picks 8.
GroupedGemmShape deepseek(double tokens, double groups) {
  return {.tokens = tokens,
          .top_k = 8,
          .experts = 256,
          .replicas = 256,
          .groups = groups,
          .n = 4096,
          .k = 7168};
}

TEST_CASE("One token wakes top_k experts, many tokens wake all") {
  CHECK_THAT(expert_load(deepseek(1, 1)).active_experts, WithinRel(8.0, 1e-12));
  CHECK_THAT(expert_load(deepseek(10000, 1)).active_experts, WithinRel(256.0, 1e-12));
  CHECK_THAT(expert_load(deepseek(32, 1)).active_experts,
             WithinRel(256 * (1 - std::pow(1 - 8.0 / 256, 32)), 1e-12));
}

TEST_CASE("A single rank has no imbalance") {
  for (double tokens : {1.0, 7.0, 1000.0}) {
    GroupedGemmShape shape = deepseek(tokens, 1);
    shape.skew = 2;
    CHECK(expert_load(shape).imbalance == 1.0);
    CHECK_THAT(expert_load(shape).rows, WithinRel(8 * tokens, 1e-12));
  }
}

TEST_CASE("Imbalance falls with tokens to what popularity alone makes, and never below 1") {
  GroupedGemmShape even = deepseek(0, 32);
  double last = 1e9;
  for (double tokens = 16; tokens < 1e9; tokens *= 4) {
    even.tokens = tokens;
    const double imbalance = expert_load(even).imbalance;
    CHECK(imbalance >= 1.0);
    CHECK(imbalance <= last);
    last = imbalance;
  }
  CHECK_THAT(last, WithinAbs(1.0, 1e-3));

  GroupedGemmShape skewed = deepseek(1e9, 32);
  skewed.skew = 0.4;
  CHECK_THAT(expert_load(skewed).imbalance, WithinAbs(1.4, 1e-3));
}

TEST_CASE("The busiest rank never has more than all copies") {
  GroupedGemmShape shape = deepseek(1, 256);
  shape.skew = 16;
  const ExpertLoad load = expert_load(shape);
  CHECK(load.imbalance <= 256.0);
  CHECK(load.rows <= 8.0 * (1 + 1e-12));
}

struct Drawn {
  double active;
  double busiest;
};

/// Routes tokens to `top_k` different experts drawn uniformly; means over repetitions.
Drawn draw(int tokens, int top_k, int experts, int groups) {
  std::mt19937 random(7);
  std::vector<int> order(static_cast<std::size_t>(experts));
  std::iota(order.begin(), order.end(), 0);
  double active = 0;
  double busiest = 0;
  constexpr int repetitions = 400;
  for (int r = 0; r < repetitions; ++r) {
    std::vector<int> copies(static_cast<std::size_t>(experts), 0);
    for (int t = 0; t < tokens; ++t) {
      for (int i = 0; i < top_k; ++i) {
        std::uniform_int_distribution<int> pick(i, experts - 1);
        std::swap(order[static_cast<std::size_t>(i)],
                  order[static_cast<std::size_t>(pick(random))]);
        ++copies[static_cast<std::size_t>(order[static_cast<std::size_t>(i)])];
      }
    }
    std::vector<int> rows(static_cast<std::size_t>(groups), 0);
    for (int e = 0; e < experts; ++e) {
      const int n = copies[static_cast<std::size_t>(e)];
      active += n > 0 ? 1 : 0;
      rows[static_cast<std::size_t>(e * groups / experts)] += n;
    }
    busiest += *std::max_element(rows.begin(), rows.end());
  }
  return {active / repetitions / groups, busiest / repetitions};
}

TEST_CASE("Routing drawn at random touches as many experts as expected") {
  for (const auto& [tokens, groups] : {std::pair{4, 1}, {20, 1}, {64, 8}, {256, 32}}) {
    const Drawn drawn = draw(tokens, 8, 256, groups);
    const ExpertLoad load = expert_load(deepseek(tokens, groups));
    CHECK_THAT(load.active_experts, WithinRel(drawn.active, 0.02));
  }
}

TEST_CASE("The expected busiest rank bounds the drawn one from above, by less than a third") {
  for (const auto& [tokens, groups] : {std::pair{64, 8}, {256, 32}, {4096, 32}, {4096, 128}}) {
    const Drawn drawn = draw(tokens, 8, 256, groups);
    const ExpertLoad load = expert_load(deepseek(tokens, groups));
    CHECK(load.rows > drawn.busiest);
    CHECK(load.rows < 1.33 * drawn.busiest);
  }
}

TEST_CASE("A few tokens read the weights of the experts they wake") {
  const GroupedGemmShape shape = deepseek(1, 1);
  const OpCost cost = grouped_gemm_cost(round_machine(), sharp_kernel(), shape);
  CHECK(cost.bound == Bound::memory);
  CHECK_THAT(cost.activity.memory.base(), WithinRel(8 * 4096 * 7168 * 2.0, 0.002));
}

TEST_CASE("Many tokens on few experts cost what their flops do") {
  GroupedGemmShape shape = deepseek(1e6, 1);
  const OpCost cost = grouped_gemm_cost(round_machine(), sharp_kernel(), shape);
  CHECK(cost.bound == Bound::compute);
  // 31,250 rows an expert: half a tile of 128 more is 0.2 %.
  CHECK_THAT(cost.compute.base(), WithinRel(2.0 * 8e6 * 4096 * 7168 / (0.5 * 1e15), 0.003));
}

TEST_CASE("Twice the ranks halve the weights read once every expert is awake") {
  const Machine machine = round_machine();
  const auto memory = [&](double groups) {
    GroupedGemmShape shape = deepseek(2048, groups);
    return grouped_gemm_cost(machine, sharp_kernel(), shape).activity.memory;
  };
  // Weights dominate; rows of the busiest rank fall a little less than by half.
  CHECK(memory(8) / memory(16) > 1.8);
  CHECK(memory(8) / memory(16) < 2.0);
}

}  // namespace
}  // namespace infersim::test
