// Any bytes read as a GGUF file: a model or an InputError, nothing else.

#include <cstddef>
#include <cstdint>
#include <sstream>
#include <string>

#include "expect.hpp"
#include "infersim/workload/gguf.hpp"
#include "infersim/workload/parameters.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace infersim;
  std::istringstream stream(std::string(reinterpret_cast<const char*>(data), size));
  expect_value_or_faults([&] {
    const ModelSpec model = load_gguf({GgufFile{"any.gguf", &stream, size}});
    if (!(counted_files(model) >= Bytes{0})) __builtin_trap();
  });
  return 0;
}
