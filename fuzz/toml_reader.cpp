// Any bytes read as any description: a value or an InputError, nothing else.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "expect.hpp"
#include "infersim/core/diagnostic.hpp"
#include "infersim/core/toml_reader.hpp"
#include "infersim/cost/efficiency.hpp"
#include "infersim/hardware/device.hpp"
#include "infersim/hardware/site.hpp"
#include "infersim/hardware/system.hpp"
#include "infersim/workload/model.hpp"

namespace {

using namespace infersim;

/// Reads every key as everything that it might be.
void walk(TableReader table) {
  for (const std::string& key : table.keys()) {
    if (auto sub = table.optional_table(key)) walk(std::move(*sub));
    for (TableReader& row : table.tables(key))
      walk(std::move(row));
    (void)table.optional_text(key);
    (void)table.optional_texts(key);
    (void)table.optional_integer(key);
    (void)table.optional_number(key);
    (void)table.optional_boolean(key);
    (void)table.optional_number_type(key);
    (void)table.optional_quantity<Bandwidth>(key);
    (void)table.optional_quantity<DollarsPerJoule>(key);
    (void)table.location(key);
  }
  (void)table.provenance();
  table.finish();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  expect_value_or_faults([&] { (void)load_device(text, "device.toml"); });
  expect_value_or_faults([&] { (void)load_system(text, "system.toml"); });
  expect_value_or_faults([&] { (void)load_site(text, "site.toml"); });
  expect_value_or_faults([&] { (void)load_model(text, "model.toml"); });
  const EfficiencyText efficiency{std::string(text), "efficiency.toml"};
  expect_value_or_faults([&] { (void)load_efficiency(efficiency, {}); });
  expect_value_or_faults([&] { (void)load_efficiency(efficiency, efficiency); });
  expect_value_or_faults([&] {
    Diagnostics faults;
    TomlDocument document(text, "any.toml", faults);
    walk(document.root());
    faults.throw_if_any();
  });
  return 0;
}
