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

/// Removes the tables of an array of which `renewed` says that others take their place.
template <class Renewed>
void drop_tables(std::string& toml, std::string_view array, Renewed renewed) {
  const std::string head = fmt::format("\n[[{}]]\n", array);
  std::size_t at = toml.find(head);
  while (at != std::string::npos) {
    const std::size_t next = std::min(toml.find("\n[", at + head.size() - 1), toml.size());
    if (renewed(std::string_view(toml).substr(at, next - at))) {
      toml.erase(at, next - at);
    } else {
      at = next;
    }
    at = toml.find(head, at);
  }
}

bool names(std::string_view table, const std::string& value) {
  return table.find("\"" + value + "\"") != std::string_view::npos;
}

}  // namespace

std::string term_text(const FrameworkTerm& term, double value) {
  if (term.unit <= 0) return fmt::format("{:.4g}", value);
  return fmt::format("\"{:.4g} {}\"", value, term.unit < 1e-4 ? "us" : "ms");
}

std::string with_fit(std::string toml, const FrameworkFit& fit,
                     const std::vector<FrameworkResidual>& residuals,
                     const std::vector<FrameworkWidening>& widenings) {
  const auto terms = framework_terms();
  for (std::size_t i = 0; i < terms.size(); ++i) {
    set_key(toml, extent_of(toml, terms[i].table), terms[i].key,
            term_text(terms[i], fit.values[i]));
  }
  set_key(toml, extent_of(toml, "points"), "models", list_text(fit.models));
  set_key(toml, extent_of(toml, "points"), "chips", list_text(fit.chips));
  drop_tables(toml, "residual", [&](std::string_view table) {
    return std::any_of(residuals.begin(), residuals.end(), [&](const FrameworkResidual& each) {
      return names(table, each.regime) && names(table, each.metric);
    });
  });
  drop_tables(toml, "widening", [&](std::string_view table) {
    return std::any_of(widenings.begin(), widenings.end(), [&](const FrameworkWidening& each) {
      return names(table, each.beyond) && names(table, each.metric);
    });
  });
  std::string text;
  for (const FrameworkResidual& each : residuals) {
    text += fmt::format(
        "\n[[residual]]\nregime       = \"{}\"\nmetric       = \"{}\"\np10          = {:.3f}\n"
        "p90          = {:.3f}\nrows         = {}\nmedian_error = {:.3f}\n"
        "source       = \"points\"\nbasis        = \"measured\"\n",
        each.regime, each.metric, each.p10, each.p90, each.rows, each.median_error);
  }
  for (const FrameworkWidening& each : widenings) {
    text += fmt::format(
        "\n[[widening]]\nbeyond = \"{}\"\nmetric = \"{}\"\np10    = {:.3f}\np90    = {:.3f}\n"
        "rows   = {}\nsource = \"points\"\nbasis  = \"measured\"\n",
        each.beyond, each.metric, each.p10, each.p90, each.rows);
  }
  const std::size_t sources = toml.find("\n[sources");
  toml.insert(sources == std::string::npos ? toml.size() : sources, text);
  return toml;
}

}  // namespace infersim::cli
