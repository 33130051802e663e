#include "cli/calibrate/framework_text.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "infersim/core/text.hpp"

namespace infersim::cli {

namespace {

/// Where the lines of `[table]` begin and end.
struct Extent {
  std::size_t from = 0;
  std::size_t to = 0;
};

Extent extent_of(const std::string& toml, std::string_view table) {
  const std::string head = fmt::format("[{}]\n", table);
  const std::size_t at = toml.starts_with(head) ? 0 : toml.find("\n" + head) + 1;
  const std::size_t next = toml.find("\n[", at + head.size() - 1);
  return {at + head.size(), next == std::string::npos ? toml.size() : next + 1};
}

/// Sets a key of the lines from..to, in its place or as the first of them.
void set_key(std::string& toml, Extent extent, std::string_view key, const std::string& value) {
  std::size_t line = extent.from;
  while (line < extent.to) {
    const std::size_t end = toml.find('\n', line);
    const std::string_view text(toml.data() + line, end - line);
    if (text.starts_with(key) && text.substr(key.size()).find_first_not_of(' ') != text.npos &&
        text[text.find_first_not_of(' ', key.size())] == '=') {
      toml.replace(line, end - line, fmt::format("{} = {}", key, value));
      return;
    }
    line = end + 1;
  }
  toml.insert(extent.from, fmt::format("{} = {}\n", key, value));
}

std::string list_text(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names)
    text += (text.empty() ? "\"" : ", \"") + name + "\"";
  return "[" + text + "]";
}

/// Whether a `[[residual]]` table is of the regime and metric of one of `renewed`.
bool is_renewed(std::string_view table, const std::vector<FrameworkResidual>& renewed) {
  return std::any_of(renewed.begin(), renewed.end(), [&](const FrameworkResidual& each) {
    return table.find("\"" + each.regime + "\"") != std::string_view::npos &&
           table.find("\"" + each.metric + "\"") != std::string_view::npos;
  });
}

/// Removes the `[[residual]]` tables that new ones take the place of.
void drop_residuals(std::string& toml, const std::vector<FrameworkResidual>& renewed) {
  constexpr std::string_view head = "\n[[residual]]\n";
  std::size_t at = toml.find(head);
  while (at != std::string::npos) {
    const std::size_t next = std::min(toml.find("\n[", at + head.size() - 1), toml.size());
    if (is_renewed(std::string_view(toml).substr(at, next - at), renewed)) {
      toml.erase(at, next - at);
    } else {
      at = next;
    }
    at = toml.find(head, at);
  }
}

}  // namespace

std::string term_text(const FrameworkTerm& term, double value) {
  if (term.unit <= 0) return fmt::format("{:.4g}", value);
  return fmt::format("\"{:.4g} {}\"", value, term.unit < 1e-4 ? "us" : "ms");
}

std::string with_fit(std::string toml, const FrameworkFit& fit,
                     const std::vector<FrameworkResidual>& residuals) {
  const auto terms = framework_terms();
  for (std::size_t i = 0; i < terms.size(); ++i) {
    set_key(toml, extent_of(toml, terms[i].table), terms[i].key,
            term_text(terms[i], fit.values[i]));
  }
  set_key(toml, extent_of(toml, "points"), "models", list_text(fit.models));
  set_key(toml, extent_of(toml, "points"), "chips", list_text(fit.chips));
  drop_residuals(toml, residuals);
  std::string text;
  for (const FrameworkResidual& each : residuals) {
    text += fmt::format(
        "\n[[residual]]\nregime       = \"{}\"\nmetric       = \"{}\"\np10          = {:.3f}\n"
        "p90          = {:.3f}\nrows         = {}\nmedian_error = {:.3f}\n"
        "source       = \"points\"\nbasis        = \"measured\"\n",
        each.regime, each.metric, each.p10, each.p90, each.rows, each.median_error);
  }
  const std::size_t sources = toml.find("\n[sources");
  toml.insert(sources == std::string::npos ? toml.size() : sources, text);
  return toml;
}

}  // namespace infersim::cli
