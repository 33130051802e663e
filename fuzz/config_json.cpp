// Any bytes read as a Hugging Face configuration: a value or an InputError, nothing else.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "expect.hpp"
#include "infersim/core/diagnostic.hpp"
#include "infersim/core/json_reader.hpp"
#include "infersim/workload/hf_config.hpp"

namespace {

using namespace infersim;

/// Reads every key as everything that it might be.
void walk(JsonReader object) {
  for (const std::string& key : object.keys()) {
    if (auto inner = object.optional_object(key)) walk(std::move(*inner));
    (void)object.optional_text(key);
    (void)object.optional_texts(key);
    (void)object.optional_integer(key);
    (void)object.optional_integers(key);
    (void)object.optional_number(key);
    (void)object.optional_boolean(key);
    (void)object.location(key);
  }
  if (!object.unread().empty()) __builtin_trap();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  expect_value_or_faults([&] { (void)load_hf_config(text, "config.json"); });
  expect_value_or_faults([&] {
    Diagnostics faults;
    JsonDocument document(text, "any.json", faults);
    walk(document.root());
    faults.throw_if_any();
  });
  return 0;
}
