#include "workload/hf_index.hpp"

#include <string>
#include <string_view>

#include <fmt/format.h>

#include "infersim/core/json_reader.hpp"

namespace infersim::detail {

namespace {

/// The text without its map of weights, where that comes last, as it is written.
std::string without_map(std::string_view text) {
  const std::size_t map = text.find("\"weight_map\"");
  const std::size_t metadata = text.find("\"metadata\"");
  if (map == std::string_view::npos || metadata == std::string_view::npos || metadata > map) {
    return std::string(text);
  }
  const std::size_t end = text.find_last_not_of(" \t\r\n,", map - 1);
  return std::string(text.substr(0, end + 1)) + "}";
}

}  // namespace

Count read_hf_index(const HfFile& index, Diagnostics& faults) {
  JsonDocument document(without_map(index.text), index.path, faults);
  if (!document.parsed()) return 0;
  JsonReader root = document.root();
  auto metadata = root.optional_object("metadata");
  if (!metadata) return 0;
  constexpr IntegerRange bytes{.least = 1, .most = 1'000'000'000'000'000};
  if (metadata->kind("total_size") == JsonKind::number) {  // written with a point by some
    const double written = metadata->optional_number("total_size").value_or(0);
    if (written >= 0 && written <= static_cast<double>(bytes.most)) {
      return static_cast<Count>(written);
    }
    metadata->fault("total_size", fmt::format("{} bytes are not those of a model", written));
    return 0;
  }
  return metadata->optional_integer("total_size", bytes).value_or(0);
}

}  // namespace infersim::detail
