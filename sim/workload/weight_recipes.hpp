#pragma once

#include <span>
#include <string_view>

#include "infersim/workload/count.hpp"

// What llama.cpp makes of the tensors of a model, by the name of a mixture.
namespace infersim::detail {

/// Layers that have another type than the others of a model of n.
enum class Where {
  nowhere,
  first_two,
  first_four,
  first_sixteenth,
  first_eighth,
  most_sensitive,  ///< the first and the last eighth, and every third between
  middle           ///< all but the first and the last eighth
};

/// How many of n layers, as a share.
double share_of(Where where, Count layers);

/// A type, and that of some layers.
struct Place {
  std::string_view type;  ///< empty: the usual one
  Where where = Where::nowhere;
  std::string_view there = {};
};

struct Recipe {
  std::string_view name;
  std::string_view usual;
  std::string_view head = "q6_k";   ///< and of an embedding that is the head too
  std::string_view embedding = {};  ///< empty: the usual one
  Place value = {};
  std::string_view grouped_value =
      {};  ///< where four heads or more share values; empty: as `value`
  std::string_view query_and_key = {};
  std::string_view output = {};  ///< of attention
  Place up = {};                 ///< and gate
  Place down = {};
  std::string_view experts = {};  ///< of routed ones; empty: as of a network
};

std::span<const Recipe> recipes();

/// The type of a tensor whose rows are no multiple of its block.
std::string_view fallback(std::string_view type);

}  // namespace infersim::detail
