#include "explore/varied.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "infersim/core/diagnostic.hpp"
#include "infersim/core/text.hpp"

namespace infersim {

Setting VariedFigure::at(double other) const {
  if (whole) return {key, fmt::format("{:.0f}", other)};
  if (number.unit.empty()) return {key, fmt::format("{:.6g}", other)};
  return {key, fmt::format("{:.6g} {}", other, number.unit)};
}

double VariedFigure::times(double factor) const {
  const double x = number.number * factor;
  if (!whole) return x;
  const double side = factor > 1.0 ? 1.0 : -1.0;
  return side * std::max(side * std::round(x), side * number.number + 1.0);
}

std::vector<VariedFigure> varied_figures(const Catalog& catalog, const Question& question) {
  std::vector<VariedFigure> all;
  // What is set is what counts, and is one of them.
  const Catalog bent = bend(catalog, question).catalog;
  for (const auto& [kind, id] : subjects_of(catalog, question)) {
    const auto description = bent.find(kind, id);
    if (!description || !description->path.ends_with(".toml")) continue;
    for (const TomlFigure& figure : toml_figures(description->text, description->path)) {
      const auto number = written_number(figure.value);
      if (!number || number->number == 0.0) continue;
      all.push_back({fmt::format("{}.{}", name(kind), figure.key), figure.value, *number,
                     figure.whole && number->unit.empty()});
    }
  }
  return all;
}

VariedFigure varied_figure(const Catalog& catalog, const Question& question,
                           const std::string& key) {
  const std::vector<VariedFigure> all = varied_figures(catalog, question);
  // What a key means without the name of an array's element is for bend to say.
  Question probe = question;
  probe.set.push_back({key, "1"});
  const AppliedSetting applied = bend(catalog, probe).applied.back();
  const auto found = std::find_if(all.begin(), all.end(), [&](const VariedFigure& figure) {
    return figure.key == applied.key;
  });
  if (found != all.end()) return *found;
  std::vector<std::string> names;
  for (const VariedFigure& figure : all)
    names.push_back(figure.key);
  const std::string near = did_you_mean(key, names, offered_names);
  throw InputError(fmt::format("--vary {}: {}", key,
                               applied.was.empty() ? "there is no such figure" : "it is no number"),
                   near.empty() ? "`infersim show NAME --keys` lists them" : near);
}

}  // namespace infersim
