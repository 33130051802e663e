#include "infersim/core/quantity.hpp"

#include <type_traits>

#include "support/catch.hpp"

using namespace infersim;

// Dimensions are checked by the compiler: that these lines compile is the test.
static_assert(std::is_same_v<decltype(Bytes{} / Bandwidth{}), Seconds>);
static_assert(std::is_same_v<decltype(Flops{} / FlopRate{}), Seconds>);
static_assert(std::is_same_v<decltype(Watts{} * Seconds{}), Joules>);
static_assert(std::is_same_v<decltype(DollarsPerJoule{} * Joules{}), Dollars>);
static_assert(std::is_same_v<decltype(1.0 / Seconds{}), Frequency>);
static_assert(std::is_same_v<decltype(Seconds{} / Seconds{}), double>);
static_assert(std::is_same_v<decltype(Seconds{} * Frequency{}), double>);
static_assert(sizeof(Watts) == sizeof(double));

template <class A, class B>
concept Addable = requires(A a, B b) {
  a + b;
};
template <class A, class B>
concept Comparable = requires(A a, B b) {
  a < b;
};
static_assert(Addable<Bytes, Bytes>);
static_assert(!Addable<Bytes, Flops>);
static_assert(!Addable<Seconds, double>);
static_assert(!Comparable<Bytes, Seconds>);
static_assert(!std::is_convertible_v<double, Seconds>);
static_assert(!std::is_convertible_v<Seconds, double>);

static_assert(3.0_GB / 3.0_TBps == 1.0_ms);
static_assert(max(1.0_s, 2.0_s) == 2.0_s && min(1.0_s, 2.0_s) == 1.0_s);
static_assert(Seconds::infinity() > 1e300_s);

TEST_CASE("a quantity of an hour at a kilowatt is a kilowatt hour") {
  CHECK(1000.0_W * hour == kilowatt_hour);
  CHECK(hour / millisecond == 3.6e6);
}
