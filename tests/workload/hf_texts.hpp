#pragma once

#include <string>
#include <vector>

#include "infersim/workload/hf_config.hpp"
#include "workload/models.hpp"

// Small configurations, and what reading them says.
namespace infersim::test {

inline ModelSpec read(const std::string& json) { return load_hf_config(json, "toy/config.json"); }

inline std::string faults(const std::string& json, const std::vector<std::string>& accept = {}) {
  return faults_of([&] { (void)load_hf_config(json, "toy/config.json", accept); });
}

/// A small dense configuration with `more` keys, each followed by a comma, at its beginning.
inline std::string dense(const std::string& more = {}) {
  return "{\n" + more + R"(
"hidden_size": 64, "vocab_size": 100, "num_hidden_layers": 4, "max_position_embeddings": 128,
"num_attention_heads": 4, "intermediate_size": 256})";
}

inline std::string experts(const std::string& more) {
  return dense(R"("num_experts": 8, "num_experts_per_tok": 2, "moe_intermediate_size": 32, )" +
               more);
}

}  // namespace infersim::test
