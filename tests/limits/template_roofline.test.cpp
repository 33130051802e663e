#include <toml++/toml.h>

#include <set>
#include <sstream>
#include <string_view>

#include "infersim/core/diagnostic.hpp"
#include "infersim/core/templates.hpp"
#include "infersim/hardware/missing_link.hpp"
#include "limits/chips.hpp"
#include "support/catch.hpp"

namespace infersim::test {
namespace {

std::string erase_from(toml::table& table, int& n, const std::string& path);

/// The tables of an array are keys as well: a chip may have one level of memory less.
std::string erase_from(toml::array& array, int& n, const std::string& path) {
  for (std::size_t i = 0; i < array.size(); ++i) {
    toml::table* const element = array[i].as_table();
    if (element == nullptr) continue;
    const std::string at = fmt::format("{}[{}]", path, i);
    if (n-- == 0) {
      array.erase(array.begin() + static_cast<std::ptrdiff_t>(i));
      return at;
    }
    if (std::string erased = erase_from(*element, n, at + "."); !erased.empty()) return erased;
  }
  return {};
}

/// Erases the nth key of a description, those of all its tables counted, and says which it was.
/// Empty: it has fewer.
std::string erase_from(toml::table& table, int& n, const std::string& path) {
  std::vector<std::string> keys;
  for (const auto& [key, value] : table)
    keys.emplace_back(std::string_view(key));
  for (const std::string& key : keys) {
    if (n-- == 0) {
      table.erase(key);
      return path + key;
    }
    std::string erased;
    if (toml::table* const inner = table[key].as_table()) {
      erased = erase_from(*inner, n, path + key + ".");
    } else if (toml::array* const inner_array = table[key].as_array()) {
      erased = erase_from(*inner_array, n, path + key);
    }
    if (!erased.empty()) return erased;
  }
  return {};
}

std::string template_text(std::string_view path) {
  for (const Template& each : templates()) {
    if (each.path == path) return std::string(each.text);
  }
  throw std::runtime_error("no template " + std::string(path));
}

const std::string device_path = "hardware/devices/mychip.toml";
const std::string system_path = "hardware/systems/mychip-server.toml";

/// A chip in its system, or why not.
std::optional<Hardware> loaded(const std::string& device, const std::string& system,
                               std::string& refusal) {
  try {
    Hardware hardware{load_device(device, device_path), load_system(system, system_path)};
    const auto missing = missing_link(hardware.system, hardware.device);
    if (!missing) return hardware;
    refusal = missing->key + ": " + missing->message + '\n' + missing->hint;
  } catch (const InputError& error) {
    refusal = error.what();
  }
  return std::nullopt;
}

/// Loads both templates once for each key of one of them, without it, and holds what loads to the
/// conditions of every chip. Returns the keys that could be left out.
std::set<std::string> left_out(const std::string& changed) {
  const Shelf shelf;
  std::set<std::string> optional;
  for (int n = 0; n < 1000; ++n) {
    toml::table table = toml::parse(template_text(changed));
    int left = n;
    const std::string key = erase_from(table, left, "");
    if (key.empty()) break;
    std::ostringstream text;
    text << table;
    INFO("without " << key);
    std::string refusal;
    const auto hardware =
        loaded(changed == device_path ? text.str() : template_text(device_path),
               changed == system_path ? text.str() : template_text(system_path), refusal);
    if (!hardware) {
      // Which file, and what of it.
      CHECK_THAT(refusal, ContainsSubstring(device_path) || ContainsSubstring(system_path));
      CHECK_THAT(refusal, ContainsSubstring("missing") || ContainsSubstring("has no") ||
                              ContainsSubstring("no peak") || ContainsSubstring("[sources.") ||
                              ContainsSubstring("expected") || ContainsSubstring("without"));
      continue;
    }
    optional.insert(key);
    const std::string model = "qwen3-32b";
    CHECK(faults_of_decode(shelf.alone(*hardware, model, PhaseChoice::decode)) == "");
    CHECK(faults_of_prefill(shelf.alone(*hardware, model, PhaseChoice::prefill)) == "");
  }
  return optional;
}

TEST_CASE("a chip of init answers or is refused, whichever of its keys is left out") {
  const std::set<std::string> optional = left_out(device_path);
  for (const char* const key :
       {"engine[0].units", "engine[0].vector_peak", "engine[0].dense.bf16", "memory[0].stacks",
        "memory[1]", "die", "rental[0]", "price", "released", "aliases"}) {
    INFO(key);
    CHECK(optional.count(key) == 1);
  }
  CHECK(optional.count("scale_up") == 0);  // its system joins chips over them
  CHECK(optional.count("memory[0].bandwidth") == 0);
}

TEST_CASE("a system of init answers or is refused, whichever of its keys is left out") {
  const std::set<std::string> optional = left_out(system_path);
  for (const char* const key : {"server.network", "server.fans_full_load", "aliases"}) {
    INFO(key);
    CHECK(optional.count(key) == 1);
  }
  CHECK(optional.count("scale_out") == 0);
}

}  // namespace
}  // namespace infersim::test
