#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "infersim/workload/model.hpp"

namespace infersim {

/// A named way to store weights that gives the tensors of a model types of their own: a mixture of
/// llama.cpp (`q4_k_m`) or a method (`awq`).
struct WeightFormat {
  std::string_view name;

  friend bool operator==(const WeightFormat&, const WeightFormat&) = default;
};

/// All linear layers in one type, or a format.
using WeightChoice = std::variant<NumberType, WeightFormat>;

/// Reads the name of a number type or a format (case ignored), or what such a type is also called
/// (`f16`, `nvfp4`); empty if it is none.
std::optional<WeightChoice> parse_weights(std::string_view text);
/// All that it reads.
std::vector<std::string> weight_names();

/// How the weights of a model are stored in a format: the type that most of a part have, and the
/// bits that they take in the mean. Tensors get the types that llama.cpp gives them
/// (llama-quant.cpp), also where rows are no multiple of a type's block.
Checkpoint stored_as(const ModelSpec& model, const WeightFormat& format);

}  // namespace infersim
