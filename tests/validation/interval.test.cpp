#include "infersim/validation/interval.hpp"

#include "infersim/validation/catalog_names.hpp"
#include "support/catch.hpp"

namespace infersim::test {
namespace {

const std::string measured = R"(id = "mine-lib"
name = "Mine"
family = "mine"
framework = "lib"
[kernel.gemm]
source = "log"
basis = "measured"
[kernel.gemm.bf16]
compute = 0.9
[kernel.gemm.bf16.residual]
rows = 100
chips = ["one", "two"]
median_error = 0.05
mean_error = 0.08
p10 = 0.9
p90 = 1.1
chip_p10 = 0.7
chip_p90 = 1.6
[sources.log]
title = "Log"
)";

/// An operator in BF16 on a chip of that id and family, of which `measured` was fitted.
Interval interval_on(const std::string& id, const std::string& family,
                     KernelFormat format = KernelFormat::bf16, Metric metric = Metric::latency) {
  const Catalog catalog;
  Device device = find_hardware(catalog, "h200").device;
  const Efficiency efficiency =
      with_kernels(find_efficiency(catalog, device), {measured, "mine.toml"});
  device.id = id;
  device.family = family;
  MeasuredOperator op;
  op.shape = MeasuredGemm{256, 4096, 4096};
  op.types.format = format;
  return operator_interval(op, device, efficiency, metric);
}

TEST_CASE(
    "A chip that was fitted has the residuals of rows left out, its relative those of chips") {
  CHECK(interval_on("one", "mine") == Interval{0.9, 1.1});
  CHECK(interval_on("three", "mine") == Interval{0.7, 1.6});
  CHECK(interval_on("one", "others") == class_wide_interval(Regime::inherited, Metric::latency));
  CHECK(interval_on("one", "mine", KernelFormat::fp16) == Interval{0.9, 1.1});
}

TEST_CASE("Residuals of time say nothing of power") {
  CHECK(interval_on("one", "mine", KernelFormat::bf16, Metric::power) ==
        class_wide_interval(Regime::fitted, Metric::power));
}

TEST_CASE("The softer a regime, the wider its interval") {
  for (std::size_t i = 1; i < all_regimes.size(); ++i) {
    const Interval firm = class_wide_interval(all_regimes[i - 1], Metric::latency);
    const Interval soft = class_wide_interval(all_regimes[i], Metric::latency);
    CHECK(soft.p10 <= firm.p10);
    CHECK(soft.p90 >= firm.p90);
  }
}

TEST_CASE("An interval turned over is that of the reciprocal") {
  const Interval interval{0.8, 1.6};
  CHECK_THAT(interval.inverse().p10, WithinRel(0.625, 1e-12));
  CHECK_THAT(interval.inverse().p90, WithinRel(1.25, 1e-12));
}

}  // namespace
}  // namespace infersim::test
