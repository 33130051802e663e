#include <memory>

#include "infersim/phase/lowered_cost.hpp"
#include "phase/fixtures.hpp"
#include "support/catch.hpp"

using namespace infersim;
using namespace infersim::test;

namespace {

/// An ideal machine whose kernels of that class and format differ from all others in latency.
Machine marked(KernelClass kernel, KernelFormat format) {
  auto kernels = std::make_shared<KernelTable>();
  kernels->kernels[index(kernel)][index(format)].latency = Seconds{1e-3};
  Machine machine = ideal_machine();
  machine.efficiency.kernels = std::move(kernels);
  return machine;
}

Seconds latency(const Machine& machine, const char* model, const char* segment, const char* op,
                const PrecisionPlan& precision) {
  const StepTable table = lower(catalogue_model(model), machine, plan_of(1), precision);
  return op_named(table, segment, op).efficiency->latency;
}

}  // namespace

TEST_CASE("attention over an 8-bit cache takes the kernels that are made for it") {
  PrecisionPlan narrow = precision_of();
  narrow.kv = NumberType::fp8;
  PrecisionPlan all = narrow;
  all.attention = NumberType::fp8;
  struct Case {
    const char* model;
    const char* segment;
    const char* op;
    KernelClass kernel;
  };
  for (const Case& c :
       {Case{"llama3.1-8b", "layer", "attention_prefill", KernelClass::attention_prefill},
        Case{"llama3.1-8b", "layer", "attention_decode", KernelClass::attention_decode},
        Case{"deepseek-v3", "moe layer", "attention_prefill", KernelClass::mla_prefill},
        Case{"deepseek-v3", "moe layer", "attention_decode", KernelClass::mla_decode}}) {
    CAPTURE(c.model, c.op);
    const auto takes = [&](KernelFormat format, const PrecisionPlan& precision) {
      return latency(marked(c.kernel, format), c.model, c.segment, c.op, precision) > Seconds{};
    };
    CHECK(takes(KernelFormat::bf16, precision_of()));
    CHECK(takes(KernelFormat::bf16_kv8, narrow));
    CHECK(takes(KernelFormat::fp8, all));
    CHECK_FALSE(takes(KernelFormat::bf16, narrow));
    CHECK_FALSE(takes(KernelFormat::bf16_kv8, precision_of()));
  }
}

TEST_CASE("prompts expand their latents, also where the kernel was timed over latents") {
  auto kernels = std::make_shared<KernelTable>();
  kernels->kernels[index(KernelClass::mla_prefill)][index(KernelFormat::bf16)].attention.absorbed =
      true;
  Machine absorbing = ideal_machine();
  absorbing.efficiency.kernels = std::move(kernels);
  const StepTable table =
      lower(catalogue_model("deepseek-v3"), absorbing, plan_of(8), precision_of());
  const AttentionShape& prefill = op_named(table, "moe layer", "attention_prefill").attention;
  CHECK(prefill.kv_heads == 16);
  CHECK(prefill.key_dim == 192);
  const AttentionShape& decode = op_named(table, "moe layer", "attention_decode").attention;
  CHECK(decode.kv_heads == 1);
  CHECK(decode.key_dim == 576);
}

TEST_CASE("short convolutions before linear attention have kernels of their own") {
  const auto conv = [](const char* op, KernelClass kernel) {
    return latency(marked(kernel, KernelFormat::bf16), "qwen3.5-397b-a17b", "gated_delta moe layer",
                   op, precision_of());
  };
  CHECK(conv("conv_prefill", KernelClass::conv_prefill) > Seconds{});
  CHECK(conv("conv_decode", KernelClass::conv_decode) > Seconds{});
  CHECK(conv("conv_decode", KernelClass::elementwise) == Seconds{});
  const StepTable table =
      lower(catalogue_model("qwen3.5-397b-a17b"), ideal_machine(), plan_of(2), precision_of());
  // 2 x 16 x 128 + 64 x 128 channels over two ranks
  const ConvolutionShape& shape =
      op_named(table, "gated_delta moe layer", "conv_decode").convolution;
  CHECK(shape.channels == 6144);
  CHECK(shape.taps == 4);
}

TEST_CASE("sparse attention takes kernels of its own where they were fitted, else latent ones") {
  const auto table_with = [](bool own) {
    auto kernels = std::make_shared<KernelTable>();
    if (own) {
      kernels->describe(KernelClass::sparse_decode);
      kernels->kernels[index(KernelClass::sparse_decode)][index(KernelFormat::bf16)].latency =
          Seconds{1e-3};
    }
    Machine machine = ideal_machine();
    machine.efficiency.kernels = std::move(kernels);
    return lower(catalogue_model("deepseek-v3.2"), machine, plan_of(1), precision_of());
  };
  const StepTable latent = table_with(false);
  const StepTable sparse = table_with(true);
  for (const char* name : {"attention_decode", "index_decode"}) {
    CHECK(!op_named(latent, "moe layer", name).sparse);
    CHECK(op_named(sparse, "moe layer", name).sparse);
  }
  CHECK(!op_named(sparse, "moe layer", "attention_prefill").sparse);
  const StepBatch batch = StepBatch::decode(8, 65536);
  const auto time = [&](const StepTable& table, const char* name) {
    return lowered_cost(table.machine, op_named(table, "moe layer", name), batch).time;
  };
  CHECK(time(sparse, "attention_decode") > Seconds{1e-3});
  CHECK(time(latent, "attention_decode") < Seconds{1e-3});
  CHECK(time(sparse, "index_decode") > Seconds{});
}
