#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/table_access.hpp"

namespace infersim::detail {

/// What a [sources.KEY] table says.
struct Source {
  std::string title;
  std::string date;
};

using Sources = std::map<std::string, Source>;

/// Reads the [sources.*] of a document; their faults are reported.
Sources read_sources(const std::shared_ptr<Document>& document);

/// The parts of `a + b`.
std::vector<std::string> split_sources(std::string_view text);

/// Reports every source that no `source = "KEY"` of the document names.
void report_uncited(TableAccess& root, const Sources& sources);

}  // namespace infersim::detail
