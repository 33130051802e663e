#include "infersim/core/number_type.hpp"

#include "support/catch.hpp"

using namespace infersim;

TEST_CASE("every number type reads back from its name, whatever the case") {
  for (const NumberType type : all_number_types)
    CHECK(parse_number_type(name(type)) == type);
  CHECK(parse_number_type("BF16") == NumberType::bf16);
  CHECK_FALSE(parse_number_type("bf17"));
  CHECK_FALSE(parse_number_type(""));
}

TEST_CASE("a stored value takes its width, and half a bit of scale where it has four") {
  for (const NumberType type : all_number_types) {
    INFO(name(type));
    const double scales = width(type) == 4 ? 4.5 / 4 : 1.0;  // half a bit of scale per value
    CHECK(storage_size(type).base() == width(type) / 8.0 * scales);
  }
}
