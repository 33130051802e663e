#include "infersim/workload/weight_format.hpp"

#include <string>

#include "infersim/workload/gguf_type.hpp"
#include "infersim/workload/parameters.hpp"
#include "support/catch.hpp"
#include "workload/models.hpp"

using namespace infersim;
using namespace infersim::test;

namespace {

constexpr double gibibyte = 1024.0 * 1024 * 1024;

Checkpoint stored(const ModelSpec& model, const std::string& format) {
  const auto choice = parse_weights(format);
  REQUIRE(choice);
  return stored_as(model, std::get<WeightFormat>(*choice));
}

double gibibytes(const std::string& id, const std::string& format) {
  const ModelSpec model = catalogue_model(id);
  return weight_bytes(model, stored(model, format)).base() / gibibyte;
}

/// Of all weights in the mean.
double bits(const std::string& id, const std::string& format) {
  return gibibytes(id, format) * gibibyte * 8 / count_parameters(catalogue_model(id)).total;
}

}  // namespace

TEST_CASE("types of tensors take the bits of their blocks") {
  const auto type = [](std::string_view name) { return *find_gguf_type(name); };
  CHECK(type("q4_0").bits() == 4.5);
  CHECK(type("q4_k").bits() == 4.5);
  CHECK(type("q6_k").bits() == 6.5625);
  CHECK(type("q8_0").bits() == 8.5);
  CHECK(type("iq2_xxs").bits() == 2.0625);
  CHECK(type("mxfp4").bits() == 4.25);
  CHECK(type("nvfp4").bits() == 4.5);
  CHECK(type("q5_k").run_as() == NumberType::int4);
  CHECK(type("q6_k").run_as() == NumberType::int8);
  CHECK(type("mxfp4").run_as() == NumberType::fp4);
  CHECK(type("bf16").run_as() == NumberType::bf16);
  CHECK(type("f32").run_as() == NumberType::fp32);
  CHECK(find_gguf_type(4) == nullptr);  // Q4_2, which is no more
}

TEST_CASE("names are those of number types, of mixtures and of methods") {
  CHECK(parse_weights("FP8") == WeightChoice{NumberType::fp8});
  CHECK(parse_weights("f16") == WeightChoice{NumberType::fp16});
  CHECK(parse_weights("nvfp4") == WeightChoice{NumberType::fp4});
  CHECK(parse_weights("Q4_K_M") == WeightChoice{WeightFormat{"q4_k_m"}});
  CHECK(parse_weights("iq2-xxs") == WeightChoice{WeightFormat{"iq2_xxs"}});
  CHECK(parse_weights("AWQ") == WeightChoice{WeightFormat{"awq"}});
  CHECK_FALSE(parse_weights("q7_k"));
  CHECK_FALSE(parse_weights(""));
  for (const std::string& name : weight_names()) {
    INFO(name);
    CHECK(parse_weights(name));
  }
}

TEST_CASE("files of a mixture are as large as published ones") {
  // Expectations: sizes of the files of bartowski and of ggml-org on huggingface.co.
  CHECK_THAT(gibibytes("llama3.1-70b", "q4_k_m"), WithinRel(39.6, 0.005));
  CHECK_THAT(gibibytes("llama3.1-8b", "q4_k_m"), WithinRel(4.58, 0.01));
  CHECK_THAT(gibibytes("llama3.1-8b", "q8_0"), WithinRel(7.95, 0.005));
  CHECK_THAT(gibibytes("gpt-oss-20b", "mxfp4"), WithinRel(11.3, 0.02));
  // 16 bits have no mixture.
  const ModelSpec model = catalogue_model("llama3.1-8b");
  CHECK_THAT(weight_bytes(model, NumberType::fp16, NumberType::fp16).base() / gibibyte,
             WithinRel(14.96, 0.002));
}

TEST_CASE("mixtures take more than their name says, in the order of their names") {
  CHECK_THAT(bits("llama3.1-70b", "q4_k_m"), WithinAbs(4.82, 0.02));
  const char* const ordered[] = {"iq1_s",   "iq2_xxs", "iq2_xs", "iq2_m",  "q2_k_s",
                                 "iq3_xxs", "q3_k_s",  "q3_k_m", "iq4_xs", "q4_k_s",
                                 "q4_k_m",  "q5_k_s",  "q5_k_m", "q6_k",   "q8_0"};
  double last = 1.5;
  for (const char* format : ordered) {
    INFO(format);
    const double now = bits("llama3.1-70b", format);
    CHECK(now > last);
    last = now;
  }
}

TEST_CASE("more bits go to values, outputs and heads") {
  const ModelSpec model = catalogue_model("llama3.1-70b");
  const Checkpoint mixed = stored(model, "q4_k_m");
  CHECK(mixed.linear == NumberType::int4);
  CHECK(mixed.head == NumberType::int8);
  CHECK(mixed.embedding == NumberType::int4);
  CHECK(mixed.bits.head == 6.5625);
  CHECK(mixed.bits.embedding == 4.5);
  // Of 80 layers 10 + 10 + 20 have their down projections, a third of a network, in 6.56 bits.
  CHECK_THAT(mixed.bits.linear, WithinRel(4.5 + 2.0625 / 3 / 2, 1e-12));
  // Queries and outputs are 8/18 each, keys 1/18; values are in 5.5 or 6.5625 bits, half and half.
  CHECK_THAT(mixed.bits.projections, WithinRel((17 * 4.5 + (5.5 + 6.5625) / 2) / 18, 1e-12));
  CHECK_FALSE(mixed.experts);
}

TEST_CASE("rows that are no multiple of a block take the next type") {
  ModelSpec model = catalogue_model("llama3.1-8b");
  model.hidden = 2880;                              // of gpt-oss: no multiple of 256, but of 32
  CHECK(stored(model, "q4_k_m").bits.head == 8.5);  // Q6_K gives way to Q8_0
  CHECK(stored(model, "q4_k_m").bits.embedding == 5.5);  // Q4_K to Q5_0
  model.hidden = 2888;
  CHECK(stored(model, "q4_0").embedding == NumberType::fp16);
}

TEST_CASE("experts alone are in MXFP4, or all linear layers of a dense model") {
  const Checkpoint experts = stored(catalogue_model("gpt-oss-20b"), "mxfp4");
  CHECK(experts.experts == NumberType::fp4);
  CHECK(experts.bits.experts == 4.25);
  CHECK(experts.projections == NumberType::int8);
  CHECK(experts.bits.projections == 8.5);
  const Checkpoint dense = stored(catalogue_model("llama3.1-8b"), "mxfp4");
  CHECK(dense.linear == NumberType::fp4);
  CHECK(dense.bits.linear == 4.25);
  CHECK(dense.head == NumberType::bf16);
}

TEST_CASE("AWQ and GPTQ leave embedding and head in 16 bits") {
  const ModelSpec model = catalogue_model("llama3.1-8b");
  for (const char* format : {"awq", "gptq"}) {
    const Checkpoint grouped = stored(model, format);
    CHECK(grouped.linear == NumberType::int4);
    CHECK(grouped.bits.linear == 4.15625);  // 16 bits of scale and 4 of zero point for 128 weights
    CHECK(grouped.head == NumberType::bf16);
    CHECK(grouped.format == format);
  }
  CHECK(stored(model, "w4a16").bits.linear == 4.125);
  CHECK(stored(model, "w8a16").weight_only == NumberType::int8);
}

TEST_CASE("scales are part of a name where checkpoints have them") {
  const ModelSpec model = catalogue_model("qwen3-30b-a3b");
  const Checkpoint blocks = stored(model, "fp8_block");
  CHECK(blocks.linear == NumberType::fp8);
  CHECK(blocks.experts == NumberType::fp8);
  CHECK(blocks.block_scales);
  CHECK(blocks.bits.linear == 8.0 + 32.0 / 16384);
  CHECK(blocks.head == NumberType::bf16);
  CHECK(stored(model, "int4_g128").bits.experts == stored(model, "w4a16").bits.experts);
  CHECK(stored(model, "int4_g32").bits.experts == 4.5);
  CHECK(parse_weights("FP8-block") == parse_weights("fp8_block"));
  CHECK(parse_weights("int6") == parse_weights("q6_k"));
}
