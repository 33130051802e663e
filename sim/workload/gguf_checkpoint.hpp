#pragma once

#include "infersim/workload/checkpoint.hpp"
#include "workload/gguf_model.hpp"
#include "workload/gguf_share.hpp"

namespace infersim::detail {

/// The weights of a model by parts.
struct GgufParts {
  GgufShare network;  ///< dense ones and shared experts
  GgufShare attention;
  GgufShare experts;
  GgufShare head;
  GgufShare embedding;
};

/// Their types and bits. A model without a head of its own multiplies by its embedding.
Checkpoint settle_gguf(const GgufParts& parts);

/// How a GGUF model's weights are stored: by part the type that most of them have, and the bits
/// that they take in the mean.
Checkpoint read_gguf_checkpoint(const GgufModel& model);

}  // namespace infersim::detail
