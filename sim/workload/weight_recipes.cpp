#include "workload/weight_recipes.hpp"

#include <algorithm>
#include <iterator>

namespace infersim::detail {

namespace {

// github.com/ggml-org/llama.cpp, src/llama-quant.cpp: llama_ftype_get_default_type and
// llama_tensor_get_type_impl, as files are made with an importance matrix where types of 1 to 3
// bits need one.
constexpr Recipe table[] = {
    {.name = "q4_0", .usual = "q4_0"},
    {.name = "q4_1", .usual = "q4_1"},
    {.name = "q5_0", .usual = "q5_0"},
    {.name = "q5_1", .usual = "q5_1"},
    {.name = "q8_0", .usual = "q8_0", .head = "q8_0"},
    {.name = "q2_k",
     .usual = "q2_k",
     .value = {"q3_k"},
     .grouped_value = "q4_k",
     .output = "q3_k",
     .down = {"q3_k"}},
    {.name = "q2_k_s",
     .usual = "q2_k",
     .grouped_value = "q4_k",
     .down = {"q2_k", Where::first_eighth, "q4_k"}},
    {.name = "q3_k_s", .usual = "q3_k"},
    {.name = "q3_k_m",
     .usual = "q3_k",
     .value = {"q4_k", Where::first_two, "q5_k"},
     .output = "q4_k",
     .down = {"q4_k", Where::first_sixteenth, "q5_k"}},
    {.name = "q3_k_l", .usual = "q3_k", .value = {"q5_k"}, .output = "q5_k", .down = {"q5_k"}},
    {.name = "q4_k_s",
     .usual = "q4_k",
     .value = {"q4_k", Where::first_four, "q5_k"},
     .down = {"q4_k", Where::first_eighth, "q5_k"}},
    {.name = "q4_k_m",
     .usual = "q4_k",
     .value = {"q4_k", Where::most_sensitive, "q6_k"},
     .down = {"q4_k", Where::most_sensitive, "q6_k"}},
    {.name = "q5_k_s", .usual = "q5_k"},
    {.name = "q5_k_m",
     .usual = "q5_k",
     .value = {"q5_k", Where::most_sensitive, "q6_k"},
     .down = {"q5_k", Where::most_sensitive, "q6_k"}},
    {.name = "q6_k", .usual = "q6_k"},
    {.name = "iq1_s",
     .usual = "iq1_s",
     .head = "q5_k",
     .embedding = "q2_k",
     .value = {"q2_k"},
     .grouped_value = "q4_k",
     .output = "iq2_xxs",
     .down = {"iq1_s", Where::first_eighth, "q2_k"}},
    {.name = "iq1_m",
     .usual = "iq1_m",
     .head = "q5_k",
     .embedding = "q2_k",
     .value = {"q2_k"},
     .grouped_value = "q4_k",
     .output = "iq2_xxs",
     .down = {"iq1_m", Where::first_eighth, "q2_k"}},
    {.name = "iq2_xxs",
     .usual = "iq2_xxs",
     .head = "q5_k",
     .embedding = "q2_k",
     .value = {"q2_k"},
     .grouped_value = "q4_k",
     .down = {"iq2_xxs", Where::first_eighth, "q2_k"}},
    {.name = "iq2_xs",
     .usual = "iq2_xs",
     .head = "q5_k",
     .embedding = "q2_k",
     .value = {"q2_k"},
     .grouped_value = "q4_k",
     .down = {"iq2_xs", Where::first_eighth, "q2_k"}},
    {.name = "iq2_s",
     .usual = "iq2_xs",
     .head = "q5_k",
     .embedding = "iq3_s",
     .value = {"iq3_s"},
     .grouped_value = "q4_k",
     .output = "iq3_s",
     .down = {"iq2_xs", Where::first_eighth, "iq3_s"}},
    {.name = "iq2_m",
     .usual = "iq2_s",
     .head = "q5_k",
     .embedding = "iq3_s",
     .value = {"iq3_s"},
     .grouped_value = "q4_k",
     .output = "iq3_s",
     .down = {"iq2_s", Where::first_eighth, "iq3_s"}},
    {.name = "iq3_xxs",
     .usual = "iq3_xxs",
     .head = "q5_k",
     .embedding = "iq3_s",
     .grouped_value = "q4_k",
     .query_and_key = "iq2_s",
     .output = "iq3_s"},
    {.name = "iq3_xs",
     .usual = "iq3_s",
     .grouped_value = "q4_k",
     .query_and_key = "iq3_xxs",
     .up = {"iq3_s", Where::middle, "iq3_xxs"}},
    {.name = "iq3_s", .usual = "iq3_s", .grouped_value = "q4_k"},
    {.name = "iq3_m",
     .usual = "iq3_s",
     .value = {"q4_k"},
     .output = "q4_k",
     .down = {"iq3_s", Where::first_eighth, "q4_k"}},
    {.name = "iq4_xs", .usual = "iq4_xs", .grouped_value = "q5_k"},
    {.name = "iq4_nl", .usual = "iq4_nl", .grouped_value = "q5_k"},
    {.name = "tq1_0", .usual = "tq1_0", .embedding = "q4_k"},
    {.name = "tq2_0", .usual = "tq2_0", .embedding = "q4_k"}};

struct Substitute {
  std::string_view type;
  std::string_view instead;
};

constexpr Substitute substitutes[] = {
    {"iq1_s", "iq4_nl"}, {"iq1_m", "iq4_nl"},   {"iq2_xxs", "iq4_nl"}, {"iq2_xs", "iq4_nl"},
    {"iq2_s", "iq4_nl"}, {"iq3_xxs", "iq4_nl"}, {"iq3_s", "iq4_nl"},   {"iq4_xs", "iq4_nl"},
    {"q2_k", "q4_0"},    {"q3_k", "q4_0"},      {"tq1_0", "q4_0"},     {"tq2_0", "q4_0"},
    {"q4_k", "q5_0"},    {"q5_k", "q5_1"},      {"q6_k", "q8_0"}};

}  // namespace

double share_of(Where where, Count layers) {
  if (layers <= 0) return 0;
  const Count eighth = layers / 8;
  const Count seven = 7 * layers / 8;
  Count count = 0;
  switch (where) {
    case Where::nowhere: break;
    case Where::first_two: count = std::min<Count>(2, layers); break;
    case Where::first_four: count = std::min<Count>(4, layers); break;
    case Where::first_sixteenth: count = layers / 16; break;
    case Where::first_eighth: count = eighth; break;
    case Where::middle: count = seven - eighth; break;
    case Where::most_sensitive: count = eighth + (layers - seven) + (seven - eighth) / 3; break;
  }
  return static_cast<double>(count) / static_cast<double>(layers);
}

std::span<const Recipe> recipes() { return table; }

std::string_view fallback(std::string_view type) {
  const auto* found = std::find_if(std::begin(substitutes), std::end(substitutes),
                                   [type](const Substitute& each) { return each.type == type; });
  return found == std::end(substitutes) ? "f16" : found->instead;
}

}  // namespace infersim::detail
