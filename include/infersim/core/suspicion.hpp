#pragma once

#include <string>

namespace infersim {

/// What is legal in a description but odd enough for a second look: `infersim lint` warns of it.
/// A table that says `unusual = "why it is right all the same"` is not suspected.
struct Suspicion {
  std::string key;      ///< path of the figure: `engine[0].dense.bf16`; `place_of` finds it
  std::string message;  ///< what is odd, and beside which neighbours
  std::string hint;     ///< what would be right
};

}  // namespace infersim
