#pragma once

#include <string>
#include <string_view>

#include "infersim/core/diagnostic.hpp"
#include "infersim/workload/model.hpp"
#include "support/repository.hpp"

namespace infersim::test {

/// The description `workloads/models/<id>.toml`.
inline ModelSpec catalogue_model(std::string_view id) {
  const std::string path = "workloads/models/" + std::string(id) + ".toml";
  return load_model(read_file(source_dir() / path), path);
}

/// What an InputError says; empty if `read` throws none.
template <class Read>
std::string faults_of(Read read) {
  try {
    read();
  } catch (const InputError& error) {
    return error.what();
  }
  return {};
}

}  // namespace infersim::test
