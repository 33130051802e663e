#include "support/published_counts.hpp"

#include <sstream>
#include <stdexcept>

#include "support/repository.hpp"

namespace infersim::test {
namespace {

/// Fields of a line; one that holds commas stands in double quotes.
std::vector<std::string> fields_of(const std::string& line) {
  std::vector<std::string> fields(1);
  bool quoted = false;
  for (const char c : line) {
    if (c == '"') {
      quoted = !quoted;
    } else if (c == ',' && !quoted) {
      fields.emplace_back();
    } else {
      fields.back() += c;
    }
  }
  return fields;
}

std::optional<double> number(const std::string& field) {
  if (field.empty()) return std::nullopt;
  return std::stod(field);
}

}  // namespace

std::vector<PublishedCount> published_counts() {
  std::istringstream text(read_file(source_dir() / "tests" / "workload" / "published_counts.csv"));
  std::string line;
  std::getline(text, line);
  const std::string expected =
      "model_id,total_params,active_params,kv_bytes_per_token,state_bytes,tolerance,source,"
      "active_tolerance";
  if (line != expected) throw std::runtime_error("published_counts.csv: another header");
  std::vector<PublishedCount> rows;
  while (std::getline(text, line)) {
    const std::vector<std::string> f = fields_of(line);
    if (f.size() != 8) throw std::runtime_error("published_counts.csv: not 8 fields: " + line);
    rows.push_back({.model = f[0],
                    .total = number(f[1]),
                    .active = number(f[2]),
                    .kv_bytes = number(f[3]),
                    .state_bytes = number(f[4]),
                    .tolerance = number(f[5]).value_or(0),
                    .active_tolerance = number(f[7]).value_or(0),
                    .source = f[6]});
  }
  return rows;
}

}  // namespace infersim::test
