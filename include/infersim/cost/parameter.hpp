#pragma once

#include <string_view>
#include <type_traits>

#include "infersim/core/quantity.hpp"

namespace infersim {

/// How a parameter is written in a description.
enum class ParameterUnit { number, whole, flag, seconds, bytes, bytes_per_second };

/// One parameter of an efficiency description: the same table serves reading, fitting and writing.
template <class Owner>
struct Parameter {
  std::string_view key;
  ParameterUnit unit = ParameterUnit::number;
  double least = 0;  ///< in base units
  double most = 0;
  double (*get)(const Owner&) = nullptr;
  void (*set)(Owner&, double) = nullptr;
};

namespace detail {

template <class T>
constexpr ParameterUnit unit_of() {
  if constexpr (std::is_same_v<T, Seconds>) return ParameterUnit::seconds;
  if constexpr (std::is_same_v<T, Bytes>) return ParameterUnit::bytes;
  if constexpr (std::is_same_v<T, Bandwidth>) return ParameterUnit::bytes_per_second;
  if constexpr (std::is_same_v<T, bool>) return ParameterUnit::flag;
  if constexpr (std::is_same_v<T, int>) return ParameterUnit::whole;
  return ParameterUnit::number;
}

template <class T>
double base_value(const T& field) {
  if constexpr (unit_of<T>() == ParameterUnit::seconds || unit_of<T>() == ParameterUnit::bytes ||
                unit_of<T>() == ParameterUnit::bytes_per_second) {
    return field.base();
  } else {
    return static_cast<double>(field);
  }
}

/// What a path of members leads to.
template <auto First, auto... Rest, class Owner>
constexpr auto& member(Owner& owner) {
  if constexpr (sizeof...(Rest) == 0) {
    return owner.*First;
  } else {
    return member<Rest...>(owner.*First);
  }
}

}  // namespace detail

/// The parameter that a path of members of `Owner` leads to.
template <class Owner, auto... Path>
constexpr Parameter<Owner> parameter(std::string_view key, double least, double most) {
  using T = std::remove_cvref_t<decltype(detail::member<Path...>(std::declval<Owner&>()))>;
  return {key,
          detail::unit_of<T>(),
          least,
          most,
          [](const Owner& owner) { return detail::base_value(detail::member<Path...>(owner)); },
          [](Owner& owner, double v) { detail::member<Path...>(owner) = static_cast<T>(v); }};
}

}  // namespace infersim
