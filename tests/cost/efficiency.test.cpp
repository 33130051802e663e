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

TEST_CASE("sparse attention without a table follows latent attention, with one it has its own") {
  const std::string latent =
      "[kernel.mla_decode]\nsource = \"s\"\nbasis = \"measured\"\n"
      "[kernel.mla_decode.bf16]\nlatency = \"7 us\"\n";
  const auto latency = [](const Efficiency& efficiency, KernelFormat format) {
    return efficiency.kernel(KernelClass::sparse_decode, format).latency;
  };
  const Efficiency follows = loaded(latent);
  CHECK(latency(follows, KernelFormat::bf16) == 7.0_us);
  CHECK(follows.kernels->standing_for(KernelClass::sparse_decode) == KernelClass::mla_decode);
  const Efficiency own = loaded(latent +
                                "[kernel.sparse_decode]\nsource = \"s\"\nbasis = \"measured\"\n"
                                "[kernel.sparse_decode.bf16_kv8]\nlatency = \"30 us\"\n"
                                "select = \"0.4 ns\"\n");
  CHECK(own.kernels->standing_for(KernelClass::sparse_decode) == KernelClass::sparse_decode);
  CHECK(latency(own, KernelFormat::bf16_kv8) == 30.0_us);
  CHECK_THAT(own.kernel(KernelClass::sparse_decode, KernelFormat::bf16_kv8).sparse.select.base(),
             WithinRel(0.4e-9, 1e-9));
  CHECK(latency(own, KernelFormat::bf16) == 7.0_us);  // what latent attention had
  CHECK(own.kernel(KernelClass::mla_decode, KernelFormat::bf16_kv8).latency != 30.0_us);
}

TEST_CASE("a library is told by a kernel's name or by the operator, and changes its table alone") {
  const Efficiency efficiency = loaded("[kernel.gemm.fp8.variant.kda]\nlatency = \"8 us\"\n");
  const auto latency = [&](std::string_view kernel, std::string_view op) {
    return efficiency.kernel(KernelClass::gemm, KernelFormat::fp8, kernel, op).latency;
  };
  CHECK(latency("chunk_kda", "") == 8.0_us);
  CHECK(latency("causal_conv1d_fn", "kda") == 8.0_us);
  CHECK(latency("causal_conv1d_fn", "gdn") == fp8_gemm(efficiency).latency);
  // A table of libraries alone says nothing of the format's other kernels, nor of what follows it.
  const Efficiency plain = loaded("");
  CHECK(fp8_gemm(efficiency) == fp8_gemm(plain));
  CHECK(efficiency.kernel(KernelClass::gemm, KernelFormat::fp8_block) ==
        plain.kernel(KernelClass::gemm, KernelFormat::fp8_block));
  CHECK(efficiency.origin({KernelClass::gemm, KernelFormat::fp8}).file ==
        plain.origin({KernelClass::gemm, KernelFormat::fp8}).file);
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
