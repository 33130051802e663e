#include "infersim/cost/kernel_class.hpp"
#include "support/catch.hpp"

namespace infersim::test {
namespace {

TEST_CASE("Kernels with weights go by how these are stored and scaled and what is multiplied") {
  using enum NumberType;
  CHECK(weight_format(bf16, bf16, false) == KernelFormat::bf16);
  CHECK(weight_format(fp8, fp8, false) == KernelFormat::fp8);
  CHECK(weight_format(fp8, fp8, true) == KernelFormat::fp8_block);
  CHECK(weight_format(bf16, bf16, true) == KernelFormat::bf16);
  CHECK(weight_format(int8, int8, false) == KernelFormat::int8);
  CHECK(weight_format(int8, bf16, false) == KernelFormat::int8_wo);
  CHECK(weight_format(int4, bf16, false) == KernelFormat::int4);
  CHECK(weight_format(fp4, fp4, false) == KernelFormat::fp4);
  CHECK(weight_format(fp4, fp8, false) == KernelFormat::fp4_a8);
  CHECK(weight_format(fp4, fp16, false) == KernelFormat::fp4_wo);
}

TEST_CASE("A general form comes before the formats that it stands for") {
  for (const KernelFormat format : all_kernel_formats) {
    CHECK(index(general_form(format)) <= index(format));
    CHECK(general_form(general_form(format)) == general_form(format));
  }
}

}  // namespace
}  // namespace infersim::test
