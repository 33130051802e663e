#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "cli/linting.hpp"
#include "infersim/core/text.hpp"

// What descriptions that are looked at have for neighbours.
namespace infersim::cli {

/// What a load throws, as findings; whether it threw nothing.
template <class Load>
bool loads(std::vector<Finding>& findings, Load load) {
  try {
    load();
    return true;
  } catch (const InputError& error) {
    for (const Diagnostic& fault : error.faults())
      findings.push_back({fault, true});
    return false;
  }
}

/// Everything of one kind that loads: subjects first, then the rest of the catalogue.
template <class Thing>
class Shelf {
 public:
  using Load = Thing (*)(std::string_view, const std::string&);

  Shelf(DescriptionKind kind, Load load, const std::vector<Subject>& subjects,
        const Catalog& catalog) {
    std::vector<Finding> ignored;  // of what does not load: told where it is the subject
    std::set<std::string> ids;
    const auto add = [&](const Description& each) {
      if (ids.count(each.id) > 0) return;
      loads(ignored, [&] {
        things_.push_back(load(each.text, each.path));
        ids.insert(things_.back().id);
      });
    };
    for (const Subject& subject : subjects) {
      if (subject.kind == kind) add(subject.description);
    }
    for (const Description& each : catalog.descriptions(kind))
      add(each);
  }

  [[nodiscard]] const std::vector<Thing>& all() const { return things_; }
  [[nodiscard]] const Thing* find(std::string_view name) const {
    const std::string folded = fold_name(name);
    for (const Thing& thing : things_) {
      if (fold_name(thing.id) == folded) return &thing;
      for (const std::string& alias : thing.aliases)
        if (fold_name(alias) == folded) return &thing;
    }
    return nullptr;
  }
  [[nodiscard]] std::vector<std::string> names() const {
    std::vector<std::string> names;
    for (const Thing& thing : things_) {
      names.push_back(thing.id);
      names.insert(names.end(), thing.aliases.begin(), thing.aliases.end());
    }
    return names;
  }

 private:
  std::vector<Thing> things_;
};

}  // namespace infersim::cli
