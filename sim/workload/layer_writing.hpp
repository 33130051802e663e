#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "infersim/workload/model.hpp"

// How a model description is written down.
namespace infersim::detail {

/// The keys of one table, whose equals signs stand below each other.
class WrittenTable {
 public:
  void text(std::string key, std::string_view value);
  void count(std::string key, Count value);
  /// Figures, switches and types whose default is none.
  void further(std::string key, Count value, Count usual = 0);
  void further(std::string key, bool value, bool usual = false);
  void further(std::string key, const std::optional<NumberType>& value);
  void add(std::string key, std::string value) {
    lines_.emplace_back(std::move(key), std::move(value));
  }

  [[nodiscard]] std::string written() const;

 private:
  std::vector<std::pair<std::string, std::string>> lines_;
};

/// A TOML string.
std::string written_text(std::string_view text);

/// `[path]`, after an empty line.
std::string header(const std::string& path);

/// `[path.attention]` and `[path.ffn]`, as sim/workload/layer_reading.cpp reads them.
std::string written_attention(const Attention& attention, const std::string& path);
std::string written_ffn(const Ffn& ffn, const std::string& path);

}  // namespace infersim::detail
