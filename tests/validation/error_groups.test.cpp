#include "infersim/validation/error_groups.hpp"

#include <algorithm>

#include "support/catch.hpp"

using namespace infersim;

namespace {

const ErrorGroup* find(const std::vector<ErrorGroup>& groups, const ErrorLabels& labels) {
  const auto found = std::find_if(groups.begin(), groups.end(), [&](const ErrorGroup& group) {
    return group.key.labels == labels;
  });
  return found == groups.end() ? nullptr : &*found;
}

ErrorSeries series(std::size_t rows, std::size_t skipped = 0) {
  return {std::vector<ErrorSample>(rows, {1, 1, {}}), skipped};
}

}  // namespace

TEST_CASE("rows are grouped by each label alone, by operator and type, and all together") {
  ErrorSeriesMap all;
  all[{"gemm", Metric::latency, {"h100", "*", "vllm", "gemm", "fp8"}}] = series(3);
  all[{"gemm", Metric::latency, {"h100", "*", "vllm", "gemm", "bf16"}}] = series(5, 2);
  all[{"gemm", Metric::latency, {"h200", "*", "sglang", "gemm", "bf16"}}] = series(7);
  const std::vector<ErrorGroup> groups = error_groups(all);
  const auto rows = [&](const ErrorLabels& labels) {
    const ErrorGroup* group = find(groups, labels);
    REQUIRE(group != nullptr);
    return group->statistics.rows;
  };
  CHECK(rows({}) == 15);
  CHECK(rows({.chip = "h100"}) == 8);
  CHECK(rows({.framework = "sglang"}) == 7);
  CHECK(rows({.op = "gemm", .dtype = "bf16"}) == 12);
  CHECK(rows({.chip = "h100", .op = "gemm", .dtype = "bf16"}) == 5);
  CHECK(rows({.chip = "h100", .framework = "vllm"}) == 8);
  CHECK(find(groups, {})->skipped == 2);
  CHECK(find(groups, {.chip = "h200"})->skipped == 0);
}

TEST_CASE("a label that a table does not have makes no group of its own") {
  ErrorSeriesMap all;
  all[{"scan", Metric::latency, {"h100", "qwen", "vllm", "gdn", "*"}}] = series(4);
  const std::vector<ErrorGroup> groups = error_groups(all);
  const auto everything = std::count_if(groups.begin(), groups.end(), [](const ErrorGroup& group) {
    return group.key.labels == ErrorLabels{};
  });
  CHECK(everything == 1);
  REQUIRE(find(groups, {.op = "gdn"}) != nullptr);
  CHECK(find(groups, {.op = "gdn"})->statistics.rows == 4);
}

TEST_CASE("tables and metrics are apart") {
  ErrorSeriesMap all;
  all[{"a", Metric::ttft, {}}] = series(1);
  all[{"a", Metric::tpot, {}}] = series(2);
  all[{"b", Metric::tpot, {}}] = series(3);
  const std::vector<ErrorGroup> groups = error_groups(all);
  REQUIRE(groups.size() == 3);
  CHECK(groups[1].key.metric == Metric::tpot);
  CHECK(groups[2].statistics.rows == 3);
}
