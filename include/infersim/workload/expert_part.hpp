#pragma once

namespace infersim {

/// What is done with the token copies of a layer's routed experts on a rank, in order.
///   permute     copies are sorted by expert and, for narrow products, quantised
///   up          gate and up projection
///   activation  of the inner values
///   down        back to the hidden width
///   sum         a token's copies are weighted and added
enum class ExpertPart { permute, up, activation, down, sum };

/// Whether it multiplies by weights.
constexpr bool has_weights(ExpertPart part) {
  return part == ExpertPart::up || part == ExpertPart::down;
}

}  // namespace infersim
