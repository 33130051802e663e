#pragma once

#include <string>

#include "infersim/workload/model.hpp"
#include "workload/models.hpp"

// Parts of descriptions of models, and what is wrong with one.
namespace infersim::test {

inline const std::string model_head = R"(id = "toy"
name = "Toy"
hidden = 64
vocab = 100
tied_embeddings = true
max_context = 128
checkpoint = "int4"
basis = "assumed"
note = "for tests"
)";

inline const std::string dense_layers = R"([[layers]]
count = 2
[layers.attention]
kind = "gqa"
heads = 4
kv_heads = 2
head_dim = 16
[layers.ffn]
kind = "dense"
intermediate = 256
)";

inline std::string model_faults(const std::string& text) {
  return faults_of([&] { (void)load_model(text, "toy.toml"); });
}

}  // namespace infersim::test
