#include "infersim/scenario/lookup.hpp"
#include "support/catch.hpp"

namespace infersim::test {
namespace {

CustomAllReduce all_reduce_of(const std::string& device, const std::string& framework) {
  const Catalog catalog;
  return find_efficiency(catalog, find_hardware(catalog, device).device, framework).links.custom;
}

TEST_CASE("A chip without measured collectives takes those of its kind of server") {
  // vLLM launches other kernels in an NVL72 than on an HGX board.
  CHECK(all_reduce_of("gb300", "vllm") == all_reduce_of("gb200", "vllm"));
  CHECK(all_reduce_of("b300", "vllm") == all_reduce_of("b200", "vllm"));
  CHECK_FALSE(all_reduce_of("gb200", "vllm").symmetric == all_reduce_of("b200", "vllm").symmetric);
}

TEST_CASE("A framework has an all-reduce of its own where it was measured, else the usual one") {
  CHECK(all_reduce_of("h200", "vllm").symmetric.fraction > 0);
  CHECK(all_reduce_of("h200", "sglang").symmetric.fraction == 0);
  CHECK(all_reduce_of("h200", "sglang").known());
  CHECK(all_reduce_of("h200", "") == all_reduce_of("h200", "vllm"));         // what most run
  CHECK(all_reduce_of("h200", "generic") == all_reduce_of("h200", "sglang"));  // usual kernels
  CHECK_FALSE(all_reduce_of("mi300x", "sglang").known());
}

}  // namespace
}  // namespace infersim::test
