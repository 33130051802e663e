#include "infersim/cost/efficiency.hpp"

#include "phase/fixtures.hpp"
#include "support/catch.hpp"

using namespace infersim;
using namespace infersim::test;

namespace {

EfficiencyText kernels(const std::string& framework, const std::string& tables) {
  const std::string head = "id = \"some-" + framework + "\"\nname = \"some\"\n";
  return {head + tables + "\n[sources.s]\ntitle = \"some\"\ndate = \"2026-01\"\n", framework};
}

/// `[kernel.attention_decode.<format>]` with that latency.
std::string decode(const std::string& format, int us) {
  return "\n[kernel.attention_decode." + format + "]\nlatency = \"" + std::to_string(us) +
         " us\"\n";
}

const std::string measured = "[kernel.attention_decode]\nsource = \"s\"\nbasis = \"measured\"\n";

Seconds latency(const Efficiency& efficiency, KernelFormat format, const char* kernel) {
  return efficiency.kernel(KernelClass::attention_decode, format, kernel).latency;
}

}  // namespace

TEST_CASE("a library's kernels are those of the framework that names it") {
  const EfficiencyText usual =
      kernels("usual", measured + decode("bf16", 5) + decode("bf16.variant.triton", 50));
  const EfficiencyText own = kernels("own", measured + decode("bf16", 7));
  const Efficiency one = load_efficiency(efficiency_text("datacenter"), usual);
  CHECK(latency(one, KernelFormat::bf16, "a_triton_kernel") == 50.0_us);
  CHECK(latency(one, KernelFormat::bf16, "another") == 5.0_us);
  const Efficiency both = with_kernels(one, own);
  CHECK(latency(both, KernelFormat::bf16, "a_triton_kernel") == 7.0_us);
}

TEST_CASE("formats without a fit of their own take that of the format they come from") {
  const Efficiency efficiency = load_efficiency(efficiency_text("datacenter"),
                                                kernels("own", measured + decode("bf16", 7)));
  CHECK(latency(efficiency, KernelFormat::bf16_kv8, "") == 7.0_us);
  CHECK(latency(efficiency, KernelFormat::fp16, "") == 7.0_us);
  CHECK(latency(efficiency, KernelFormat::fp8, "") > 7.0_us);  // the class's
}
