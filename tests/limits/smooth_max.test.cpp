#include "infersim/cost/op_cost.hpp"
#include "support/catch.hpp"

namespace infersim::test {
namespace {

constexpr Seconds zero{};

TEST_CASE("The smooth maximum of one term is the term") {
  CHECK(smooth_max(Seconds{3.0}, zero, zero, 4.0) == Seconds{3.0});
  CHECK(smooth_max(zero, zero, Seconds{3.0}, 1.0) == Seconds{3.0});
  CHECK(smooth_max(zero, zero, zero, 4.0) == zero);
}

TEST_CASE("With exponent 1 the smooth maximum is the sum") {
  CHECK_THAT(smooth_max(Seconds{1.0}, Seconds{2.0}, Seconds{3.0}, 1.0).base(),
             WithinRel(6.0, 1e-12));
}

TEST_CASE("Two equal terms meet at 2^(1/p)") {
  CHECK_THAT(smooth_max(Seconds{1.0}, Seconds{1.0}, zero, 2.0).base(),
             WithinRel(1.4142135623730951, 1e-12));
  CHECK_THAT(smooth_max(Seconds{1.0}, Seconds{1.0}, zero, 64.0).base(),
             WithinRel(1.0108892860517005, 1e-12));
}

TEST_CASE("The smooth maximum lies between the largest term and the sum, whatever their order") {
  for (double p : {1.0, 1.5, 4.0, 32.0}) {
    for (double x : {0.001, 0.02, 0.3, 1.0, 7.0}) {
      const Seconds t = smooth_max(Seconds{x}, Seconds{1.0}, Seconds{0.5}, p);
      CHECK(t >= Seconds{std::max(x, 1.0)});
      CHECK(t <= Seconds{(x + 1.5) * (1 + 1e-12)});
      CHECK_THAT(smooth_max(Seconds{0.5}, Seconds{x}, Seconds{1.0}, p).base(),
                 WithinRel(t.base(), 1e-12));
    }
  }
}

TEST_CASE("Leaving out small terms changes the maximum by under one in 10^8") {
  // Tight on both sides of the cuts, where the difference is largest.
  for (const auto& [p, cut] : {std::pair{4.0, 1e-2}, {2.0, 1e-4}, {1.0, 1e-8}}) {
    const Seconds left_out = smooth_max(Seconds{1.0}, Seconds{0.999 * cut}, zero, p);
    const Seconds counted = smooth_max(Seconds{1.0}, Seconds{1.001 * cut}, zero, p);
    CHECK(left_out == Seconds{1.0});
    CHECK(counted > left_out);
    CHECK_THAT(counted.base(), WithinRel(1.0, 1.01e-8));
  }
}

}  // namespace
}  // namespace infersim::test
