#include "infersim/cost/efficiency.hpp"

#include "infersim/core/diagnostic.hpp"
#include "support/catch.hpp"
#include "support/repository.hpp"

namespace infersim::test {
namespace {

EfficiencyText base() {
  const auto path = source_dir() / "hardware/efficiency/datacenter.toml";
  return {read_file(path), path.string()};
}

EfficiencyText fit(const std::string& tables) {
  return {
      "id = \"a-b\"\nname = \"b on a\"\nfamily = \"a\"\nframework = \"b\"\n"
      "[kernel.gemm]\nsource = \"s\"\nbasis = \"measured\"\n" +
          tables + "[sources.s]\ntitle = \"s\"\n",
      "a-b.toml"};
}

Efficiency loaded(const std::string& tables, std::string_view device = {}) {
  return with_kernels(load_efficiency(base(), {}), fit(tables), device);
}

const KernelEfficiency& fp8_gemm(const Efficiency& efficiency) {
  return efficiency.kernel(KernelClass::gemm, KernelFormat::fp8);
}

TEST_CASE("a device's own table lies over its family's") {
  const std::string tables =
      "[kernel.gemm.fp8]\nlatency = \"5 us\"\ncompute = 0.5\n"
      "[kernel.gemm.fp8.device.mychip]\nlatency = \"9 us\"\n";
  CHECK_THAT(fp8_gemm(loaded(tables)).latency.base(), WithinRel(5e-6, 1e-12));
  CHECK_THAT(fp8_gemm(loaded(tables, "other")).latency.base(), WithinRel(5e-6, 1e-12));
  CHECK_THAT(fp8_gemm(loaded(tables, "mychip")).latency.base(), WithinRel(9e-6, 1e-12));
  CHECK(fp8_gemm(loaded(tables, "mychip")).compute == 0.5);
}

TEST_CASE("the residual spread of a fit is known with its parameters") {
  const std::string residual =
      "[kernel.gemm.fp8]\nlatency = \"5 us\"\nresidual = { rows = 900, chips = [\"a1\", \"a2\"], "
      "median_error = 0.05, mean_error = 0.08, p10 = 0.9, p90 = 1.2, chip_p10 = 0.8, chip_p90 = "
      "1.3 }\nnote = \"b 1.0\"\n";
  const Efficiency efficiency = loaded(residual);
  const KernelResidual& found = efficiency.residual(KernelClass::gemm, KernelFormat::fp8);
  CHECK(found.rows == 900);
  CHECK(found.chips == std::vector<std::string>{"a1", "a2"});
  CHECK(found.median_error == 0.05);
  CHECK(found.spread == ResidualSpread{0.9, 1.2});
  CHECK(found.chip_spread == ResidualSpread{0.8, 1.3});
  CHECK(efficiency.residual(KernelClass::gemm, KernelFormat::bf16).rows == 0);
  const std::string upside_down =
      "[kernel.gemm.fp8]\nresidual = { rows = 1, chips = [], median_error = 0, mean_error = 0, "
      "p10 = 1.2, p90 = 0.9 }\n";
  CHECK_THROWS_AS(loaded(upside_down), InputError);
}

TEST_CASE("libraries of a framework beneath do not stand in for those of the one above") {
  const Efficiency efficiency =
      with_kernels(with_kernels(load_efficiency(base(), {}),
                                fit("[kernel.gemm.fp8]\nlatency = \"5 us\"\n"
                                    "[kernel.gemm.fp8.variant.triton]\nlatency = \"7 us\"\n")),
                   fit("[kernel.gemm.fp8]\nlatency = \"6 us\"\n"));
  const auto& kernel = efficiency.kernel(KernelClass::gemm, KernelFormat::fp8, "a_triton_gemm");
  CHECK_THAT(kernel.latency.base(), WithinRel(6e-6, 1e-12));
}

}  // namespace
}  // namespace infersim::test
