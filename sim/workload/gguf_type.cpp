#include "infersim/workload/gguf_type.hpp"

#include <algorithm>
#include <iterator>

namespace infersim {

namespace {

// Numbers: ggml.h; blocks: the structs of ggml-common.h (github.com/ggml-org/llama.cpp). A block of
// 256 has scales of its own and of its parts: Q4_K 128 + 12 + 4 bytes, 4.5 bits a value.
constexpr GgufType types[] = {
    {"f32", 0, 1, 4},         {"f16", 1, 1, 2},         {"q4_0", 2, 32, 18},
    {"q4_1", 3, 32, 20},      {"q5_0", 6, 32, 22},      {"q5_1", 7, 32, 24},
    {"q8_0", 8, 32, 34},      {"q8_1", 9, 32, 36},      {"q2_k", 10, 256, 84},
    {"q3_k", 11, 256, 110},   {"q4_k", 12, 256, 144},   {"q5_k", 13, 256, 176},
    {"q6_k", 14, 256, 210},   {"q8_k", 15, 256, 292},   {"iq2_xxs", 16, 256, 66},
    {"iq2_xs", 17, 256, 74},  {"iq3_xxs", 18, 256, 98}, {"iq1_s", 19, 256, 50},
    {"iq4_nl", 20, 32, 18},   {"iq3_s", 21, 256, 110},  {"iq2_s", 22, 256, 82},
    {"iq4_xs", 23, 256, 136}, {"i8", 24, 1, 1},         {"i16", 25, 1, 2},
    {"i32", 26, 1, 4},        {"i64", 27, 1, 8},        {"f64", 28, 1, 8},
    {"iq1_m", 29, 256, 56},   {"bf16", 30, 1, 2},       {"tq1_0", 34, 256, 54},
    {"tq2_0", 35, 256, 66},   {"mxfp4", 39, 32, 17},    {"nvfp4", 40, 64, 36}};

template <class Match>
const GgufType* find(const Match& match) {
  const auto* found = std::find_if(std::begin(types), std::end(types), match);
  return found == std::end(types) ? nullptr : found;
}

}  // namespace

double GgufType::bits() const { return 8.0 * bytes / block; }

NumberType GgufType::run_as() const {
  if (name == "f16") return NumberType::fp16;
  if (bits() == 16) return NumberType::bf16;
  if (bits() > 16) return NumberType::fp32;
  if (name == "mxfp4" || name == "nvfp4") return NumberType::fp4;
  return bits() > 6 ? NumberType::int8 : NumberType::int4;
}

const GgufType* find_gguf_type(std::uint32_t id) {
  return find([id](const GgufType& type) { return type.id == id; });
}

const GgufType* find_gguf_type(std::string_view name) {
  return find([name](const GgufType& type) { return type.name == name; });
}

}  // namespace infersim
