#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <random>
#include <vector>

#include "infersim/cost/expert_load.hpp"
#include "limits/deepseek_routing.hpp"
#include "support/catch.hpp"

namespace infersim::test {
namespace {

ExpertRouting deepseek(double tokens, double groups, Routing routing = Routing::served) {
  return deepseek_routing(tokens, groups, routing);
}

constexpr std::array all_routings = {Routing::balanced, Routing::uniform, Routing::power_law,
                                     Routing::served};

TEST_CASE("One token wakes top_k experts, many tokens wake all") {
  CHECK_THAT(expert_load(deepseek(1, 1)).active, WithinRel(8.0, 1e-12));
  CHECK_THAT(expert_load(deepseek(10000, 1)).active, WithinRel(256.0, 1e-12));
  CHECK_THAT(expert_load(deepseek(32, 1)).active,
             WithinRel(256 * (1 - std::pow(1 - 8.0 / 256, 32)), 1e-12));
}

TEST_CASE("A single rank has no imbalance") {
  for (double tokens : {1.0, 7.0, 1000.0}) {
    ExpertRouting shape = deepseek(tokens, 1);
    shape.skew = 2;
    CHECK(expert_load(shape).imbalance == 1.0);
    CHECK_THAT(expert_load(shape).rows, WithinRel(8 * tokens, 1e-12));
  }
}

TEST_CASE("Imbalance falls with tokens to what popularity alone makes, and never below 1") {
  ExpertRouting even = deepseek(0, 32);
  double last = 1e9;
  for (double tokens = 16; tokens < 1e9; tokens *= 4) {
    even.tokens = tokens;
    const double imbalance = expert_load(even).imbalance;
    CHECK(imbalance >= 1.0);
    CHECK(imbalance <= last);
    last = imbalance;
  }
  CHECK_THAT(last, WithinAbs(1.0, 1e-3));

  ExpertRouting skewed = deepseek(1e9, 32);
  skewed.skew = 0.4;
  CHECK_THAT(expert_load(skewed).imbalance, WithinAbs(1.4, 1e-3));
}

TEST_CASE("The busiest rank never has more than all copies") {
  ExpertRouting shape = deepseek(1, 256);
  shape.skew = 16;
  const ExpertLoad load = expert_load(shape);
  CHECK(load.imbalance <= 256.0);
  CHECK(load.rows <= 8.0 * (1 + 1e-12));
}

struct Drawn {
  double active;
  double busiest;
  double most_active = 0;  ///< experts of the rank that has most of them
};

/// Routes tokens to `top_k` different experts drawn uniformly; means over repetitions.
Drawn draw(int tokens, int top_k, int experts, int groups) {
  std::mt19937 random(7);
  std::vector<int> order(static_cast<std::size_t>(experts));
  std::iota(order.begin(), order.end(), 0);
  double active = 0;
  double most_active = 0;
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
    std::vector<int> hit(static_cast<std::size_t>(groups), 0);
    for (int e = 0; e < experts; ++e) {
      const int n = copies[static_cast<std::size_t>(e)];
      const auto rank = static_cast<std::size_t>(e * groups / experts);
      active += n > 0 ? 1 : 0;
      hit[rank] += n > 0 ? 1 : 0;
      rows[rank] += n;
    }
    busiest += *std::max_element(rows.begin(), rows.end());
    most_active += *std::max_element(hit.begin(), hit.end());
  }
  return {active / repetitions / groups, busiest / repetitions, most_active / repetitions};
}

TEST_CASE("Routing drawn at random touches as many experts as expected") {
  for (const auto& [tokens, groups] : {std::pair{4, 1}, {20, 1}, {64, 8}, {256, 32}}) {
    const Drawn drawn = draw(tokens, 8, 256, groups);
    const ExpertLoad load = expert_load(deepseek(tokens, groups, Routing::uniform));
    CHECK_THAT(load.active, WithinRel(drawn.active, 0.02));
  }
}

TEST_CASE("In a server the rank that reads most experts counts, as drawn") {
  for (const int groups : {4, 8, 16, 32}) {
    for (const int tokens : {1, 4, 16, 64, 256}) {
      CAPTURE(groups, tokens);
      const Drawn drawn = draw(tokens, 8, 256, groups);
      const ExpertLoad load = expert_load(deepseek(tokens, groups));
      // A single token's experts are few whole numbers.
      CHECK_THAT(load.active, WithinRel(drawn.most_active, tokens > 1 ? 0.13 : 0.2));
      CHECK(load.active >= expert_load(deepseek(tokens, groups, Routing::uniform)).active);
    }
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

TEST_CASE("No rank has more active experts than it has, nor than it has rows") {
  for (const Routing routing : all_routings) {
    for (const double groups : {1.0, 8.0, 64.0, 256.0}) {
      for (double tokens = 1; tokens <= 65536; tokens *= 2) {
        const ExpertLoad load = expert_load(deepseek(tokens, groups, routing));
        CAPTURE(routing, groups, tokens);
        CHECK(load.local == 256 / groups);
        CHECK(load.active > 0);
        CHECK(load.active <= load.local * (1 + 1e-12));
        CHECK(load.active <= load.rows * (1 + 1e-12));
        CHECK(load.rows <= 8 * tokens * (1 + 1e-12));
      }
    }
  }
}

TEST_CASE("Balanced rows of all ranks are all copies, and so are uniform ones of the mean rank") {
  for (const double groups : {1.0, 8.0, 64.0}) {
    for (double tokens = 64; tokens <= 65536; tokens *= 4) {
      for (const Routing routing : {Routing::balanced, Routing::uniform}) {
        const ExpertLoad load = expert_load(deepseek(tokens, groups, routing));
        CHECK_THAT(load.rows * groups, WithinRel(8 * tokens, 1e-12));
      }
    }
  }
}

TEST_CASE("Tiles hold all rows and waste less than one an expert") {
  for (const Routing routing : all_routings) {
    for (const double tokens : {64.0, 500.0, 4096.0, 65536.0}) {
      const ExpertLoad load = expert_load(deepseek(tokens, 8, routing));
      for (const double rows : {8.0, 64.0, 256.0}) {
        CAPTURE(routing, tokens, rows);
        CHECK(load.tiles(rows) * rows >= load.rows * (1 - 1e-9));
        CHECK(load.tiles(rows) * rows <= load.rows + load.active * rows * (1 + 1e-9));
      }
      CHECK_THAT(load.tiles(1e9), WithinRel(load.active, 1e-9));
    }
  }
}

TEST_CASE("More tokens never mean fewer rows or fewer active experts") {
  for (const Routing routing : {Routing::balanced, Routing::uniform, Routing::served}) {
    ExpertLoad last;
    for (double tokens = 1; tokens <= 65536; tokens *= 1.5) {
      const ExpertLoad load = expert_load(deepseek(tokens, 32, routing));
      CHECK(load.rows >= last.rows);
      CHECK(load.active >= last.active);
      last = load;
    }
  }
}

/// Draws frequencies of 256 experts from x^-exponent, scales them to all copies and rounds; means
/// over repetitions of the busiest rank's rows and active experts.
Drawn draw_power_law(double tokens, double exponent, int groups) {
  std::mt19937 random(11);
  std::uniform_real_distribution<double> unit;
  const double copies = 8 * tokens;
  const double least = copies > 256 ? 1.0 : 0.01;
  const double most = copies > 256 ? 0.8 * tokens : 2.0;
  const double c = 1 - exponent;
  double active = 0;
  double busiest = 0;
  constexpr int repetitions = 200;
  for (int r = 0; r < repetitions; ++r) {
    std::vector<double> share(256);
    for (double& x : share) {
      const double from = std::pow(least, c);
      x = std::pow(from + unit(random) * (std::pow(most, c) - from), 1 / c);
    }
    const double sum = std::accumulate(share.begin(), share.end(), 0.0);
    Drawn largest{0, 0};
    for (int g = 0; g < groups; ++g) {
      Drawn rank{0, 0};
      for (int e = g * 256 / groups; e < (g + 1) * 256 / groups; ++e) {
        const double rows = std::round(share[static_cast<std::size_t>(e)] / sum * copies);
        rank.busiest += rows;
        rank.active += rows > 0 ? 1 : 0;
      }
      if (rank.busiest > largest.busiest) largest = rank;
    }
    active += largest.active;
    busiest += largest.busiest;
  }
  return {active / repetitions, busiest / repetitions};
}

TEST_CASE("The closed power law has the busiest rank of its draws") {
  for (const double exponent : {1.01, 1.2}) {
    for (const int groups : {1, 8, 32}) {
      for (const double tokens : {64.0, 1024.0, 16384.0}) {
        CAPTURE(exponent, groups, tokens);
        const Drawn drawn = draw_power_law(tokens, exponent, groups);
        ExpertRouting routing = deepseek(tokens, groups, Routing::power_law);
        routing.exponent = exponent;
        const ExpertLoad load = expert_load(routing);
        CHECK_THAT(load.rows, WithinRel(drawn.busiest, 0.12));
        CHECK_THAT(load.active, WithinRel(drawn.active, 0.12));
      }
    }
  }
}

TEST_CASE("Exponents at which moments become logarithms are no exception") {
  ExpertRouting routing = deepseek(1024, 8, Routing::power_law);
  for (const double exponent : {1.0, 2.0, 3.0}) {
    routing.exponent = exponent;
    const ExpertLoad load = expert_load(routing);
    routing.exponent = exponent + 1e-5;
    const ExpertLoad beside = expert_load(routing);
    CHECK_THAT(load.rows, WithinRel(beside.rows, 1e-4));
    CHECK_THAT(load.tiles(64), WithinRel(beside.tiles(64), 1e-4));
  }
}

}  // namespace
}  // namespace infersim::test
