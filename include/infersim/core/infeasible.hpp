#pragma once

#include <string>

#include <tl/expected.hpp>

#include "infersim/core/quantity.hpp"

namespace infersim {

/// Why something cannot run: a value, not an error, because in a search it is a normal answer.
struct Infeasible {
  std::string reason;  ///< one sentence: what does not fit where
  Bytes needed;      ///< what the fullest device would have to hold; 0 if bytes are not the matter
  Bytes available;   ///< what that device can hold
  std::string hint;  ///< what would make it fit
  /// It may well run, but what came out cannot be true: the reason says which conditions it breaks.
  bool no_answer = false;
};

template <class T>
using Feasible = tl::expected<T, Infeasible>;

}  // namespace infersim
