#include "infersim/core/number_type.hpp"

#include "infersim/core/text.hpp"

namespace infersim {

namespace {

struct Format {
  std::string_view name;
  int width;
  double bytes;
};

/// In the order of NumberType.
constexpr PerNumberType<Format> formats = {{{"fp32", 32, 4.0},
                                            {"tf32", 32, 4.0},
                                            {"bf16", 16, 2.0},
                                            {"fp16", 16, 2.0},
                                            {"fp8", 8, 1.0},
                                            {"int8", 8, 1.0},
                                            {"fp4", 4, 4.5 / 8},
                                            {"int4", 4, 4.5 / 8}}};

}  // namespace

std::string_view name(NumberType type) { return formats[index(type)].name; }

std::optional<NumberType> parse_number_type(std::string_view text) {
  for (const NumberType type : all_number_types) {
    if (fold_name(text) == name(type)) return type;
  }
  return std::nullopt;
}

Bytes storage_size(NumberType type) { return Bytes{formats[index(type)].bytes}; }

int width(NumberType type) { return formats[index(type)].width; }

}  // namespace infersim
