#pragma once

#include <compare>
#include <limits>

namespace infersim {

/// Exponents of the eight base dimensions of this project.
///
/// Base units: second, byte, flop (one multiply or one add), joule, US dollar, gram of CO2, token,
/// metre. "Per device", "per sequence" and the like are not dimensions; names say them.
struct Dim {
  int time = 0;
  int data = 0;
  int flop = 0;
  int energy = 0;
  int money = 0;
  int carbon = 0;
  int token = 0;
  int length = 0;

  friend constexpr bool operator==(const Dim&, const Dim&) = default;
};

constexpr Dim operator+(Dim a, Dim b) {
  return {a.time + b.time,   a.data + b.data,     a.flop + b.flop,   a.energy + b.energy,
          a.money + b.money, a.carbon + b.carbon, a.token + b.token, a.length + b.length};
}

constexpr Dim operator-(Dim a, Dim b) {
  return {a.time - b.time,   a.data - b.data,     a.flop - b.flop,   a.energy - b.energy,
          a.money - b.money, a.carbon - b.carbon, a.token - b.token, a.length - b.length};
}

/// A physical quantity: a double in base units whose dimension is part of its type.
///
/// Sums and comparisons need equal dimensions, products and quotients add and subtract exponents,
/// and a quotient of equal dimensions is a plain double. Adding bytes to flops does not compile:
///
///     Seconds t = Bytes{3e9} / Bandwidth{3e12};   // 1 ms
///
/// A quantity cannot tell bytes of HBM from bytes of a link: those are different fields of
/// Activity.
template <Dim D>
class Quantity {
 public:
  constexpr Quantity() = default;
  /// `base` is in base units; other scales enter through literals, `mega()`-like helpers or the
  /// reader.
  constexpr explicit Quantity(double base) : base_(base) {}

  /// The value in base units (seconds, bytes, flops, joules, dollars, …).
  [[nodiscard]] constexpr double base() const { return base_; }

  static constexpr Quantity infinity() { return Quantity{std::numeric_limits<double>::infinity()}; }

  constexpr Quantity& operator+=(Quantity o) { return base_ += o.base_, *this; }
  constexpr Quantity& operator-=(Quantity o) { return base_ -= o.base_, *this; }
  constexpr Quantity& operator*=(double f) { return base_ *= f, *this; }
  constexpr Quantity& operator/=(double f) { return base_ /= f, *this; }

  friend constexpr Quantity operator+(Quantity a, Quantity b) {
    return Quantity{a.base_ + b.base_};
  }
  friend constexpr Quantity operator-(Quantity a, Quantity b) {
    return Quantity{a.base_ - b.base_};
  }
  friend constexpr Quantity operator-(Quantity a) { return Quantity{-a.base_}; }
  friend constexpr Quantity operator*(Quantity a, double f) { return Quantity{a.base_ * f}; }
  friend constexpr Quantity operator*(double f, Quantity a) { return Quantity{f * a.base_}; }
  friend constexpr Quantity operator/(Quantity a, double f) { return Quantity{a.base_ / f}; }
  friend constexpr auto operator<=>(Quantity, Quantity) = default;

 private:
  double base_ = 0.0;
};

template <Dim A, Dim B>
constexpr auto operator*(Quantity<A> a, Quantity<B> b) {
  if constexpr (A + B == Dim{}) {
    return a.base() * b.base();
  } else {
    return Quantity<A + B>{a.base() * b.base()};
  }
}

template <Dim A, Dim B>
constexpr auto operator/(Quantity<A> a, Quantity<B> b) {
  if constexpr (A == B) {
    return a.base() / b.base();
  } else {
    return Quantity<A - B>{a.base() / b.base()};
  }
}

template <Dim D>
constexpr auto operator/(double a, Quantity<D> b) {
  return Quantity<Dim{} - D>{a / b.base()};
}

template <Dim D>
constexpr Quantity<D> max(Quantity<D> a, Quantity<D> b) {
  return a < b ? b : a;
}

template <Dim D>
constexpr Quantity<D> min(Quantity<D> a, Quantity<D> b) {
  return b < a ? b : a;
}

namespace dim {
inline constexpr Dim time{.time = 1};
inline constexpr Dim data{.data = 1};
inline constexpr Dim flop{.flop = 1};
inline constexpr Dim energy{.energy = 1};
inline constexpr Dim money{.money = 1};
inline constexpr Dim carbon{.carbon = 1};
inline constexpr Dim token{.token = 1};
inline constexpr Dim area{.length = 2};
}  // namespace dim

using Seconds = Quantity<dim::time>;
using Frequency =
    Quantity<Dim{} - dim::time>;  ///< per second; a clock rate in hertz, or requests/s
using Bytes = Quantity<dim::data>;
using Bandwidth = Quantity<dim::data - dim::time>;
using Flops = Quantity<dim::flop>;  ///< a count of operations, not a rate
using FlopRate = Quantity<dim::flop - dim::time>;
using Joules = Quantity<dim::energy>;
using Watts = Quantity<dim::energy - dim::time>;
using JoulesPerByte = Quantity<dim::energy - dim::data>;
using JoulesPerFlop = Quantity<dim::energy - dim::flop>;
using JoulesPerToken = Quantity<dim::energy - dim::token>;
using Dollars = Quantity<dim::money>;
using DollarRate = Quantity<dim::money - dim::time>;
using DollarsPerJoule = Quantity<dim::money - dim::energy>;
using DollarsPerToken = Quantity<dim::money - dim::token>;
using Carbon = Quantity<dim::carbon>;  ///< grams of CO2 equivalent
using CarbonPerJoule = Quantity<dim::carbon - dim::energy>;
using CarbonPerToken = Quantity<dim::carbon - dim::token>;
using Tokens = Quantity<dim::token>;
using TokenRate = Quantity<dim::token - dim::time>;
using Area = Quantity<dim::area>;  ///< square metres
using BytesPerToken = Quantity<dim::data - dim::token>;

inline namespace literals {
// clang-format off
constexpr Seconds operator""_s(long double v) { return Seconds{static_cast<double>(v)}; }
constexpr Seconds operator""_ms(long double v) { return Seconds{static_cast<double>(v) * 1e-3}; }
constexpr Seconds operator""_us(long double v) { return Seconds{static_cast<double>(v) * 1e-6}; }
constexpr Seconds operator""_hours(long double v) { return Seconds{static_cast<double>(v) * 3600.0}; }
constexpr Bytes operator""_B(long double v) { return Bytes{static_cast<double>(v)}; }
constexpr Bytes operator""_MB(long double v) { return Bytes{static_cast<double>(v) * 1e6}; }
constexpr Bytes operator""_GB(long double v) { return Bytes{static_cast<double>(v) * 1e9}; }
constexpr Bandwidth operator""_GBps(long double v) { return Bandwidth{static_cast<double>(v) * 1e9}; }
constexpr Bandwidth operator""_TBps(long double v) { return Bandwidth{static_cast<double>(v) * 1e12}; }
constexpr FlopRate operator""_TFLOPps(long double v) { return FlopRate{static_cast<double>(v) * 1e12}; }
constexpr Watts operator""_W(long double v) { return Watts{static_cast<double>(v)}; }
// clang-format on
}  // namespace literals

/// Scales of display: each is what one printed unit is in base units.
inline constexpr Seconds millisecond{1e-3};
inline constexpr Seconds microsecond{1e-6};
inline constexpr Seconds hour{3600.0};
inline constexpr Tokens million_tokens{1e6};
inline constexpr Joules kilowatt_hour{3.6e6};
inline constexpr Joules watt_hour{3.6e3};
inline constexpr Area square_millimetre{1e-6};

}  // namespace infersim
