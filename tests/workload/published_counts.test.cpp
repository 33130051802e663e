#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "infersim/workload/layer_cache.hpp"
#include "infersim/workload/parameters.hpp"
#include "support/catch.hpp"
#include "support/published_counts.hpp"
#include "workload/models.hpp"

using namespace infersim;
using namespace infersim::test;

namespace {

std::map<std::string, PublishedCount> published() {
  std::map<std::string, PublishedCount> rows;
  for (PublishedCount& row : published_counts()) {
    const std::string id = row.model;
    REQUIRE(rows.emplace(id, std::move(row)).second);
  }
  return rows;
}

}  // namespace

TEST_CASE("every model of the catalogue has its published counts, to the precision published") {
  const auto rows = published();
  for (const auto& file :
       std::filesystem::directory_iterator(source_dir() / "workloads" / "models")) {
    const std::string id = file.path().stem().string();
    INFO(id);
    REQUIRE(rows.contains(id));
    const PublishedCount& row = rows.at(id);
    const ModelSpec model = catalogue_model(id);
    const ModelParameters count = count_parameters(model);
    CHECK_FALSE(row.source.empty());
    if (row.total) CHECK_THAT(count.total, WithinAbs(*row.total, row.tolerance));
    if (row.active) CHECK_THAT(count.active, WithinAbs(*row.active, row.active_tolerance));
    if (row.kv_bytes) CHECK(kv_bytes_per_token(model, NumberType::bf16) == Bytes{*row.kv_bytes});
    if (row.state_bytes) CHECK(state_bytes(model, NumberType::bf16) == Bytes{*row.state_bytes});
  }
}

TEST_CASE("published counts are of models that are described") {
  for (const auto& [id, row] : published()) {
    INFO(id);
    CHECK(std::filesystem::exists(source_dir() / "workloads" / "models" / (id + ".toml")));
  }
}
