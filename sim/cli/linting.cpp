#include "cli/linting.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <optional>
#include <set>
#include <string_view>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "cli/shelf.hpp"
#include "infersim/core/suspicion.hpp"
#include "infersim/core/text.hpp"
#include "infersim/core/toml_place.hpp"
#include "infersim/core/toml_reader.hpp"
#include "infersim/cost/efficiency.hpp"
#include "infersim/cost/lint.hpp"
#include "infersim/cost/machine.hpp"
#include "infersim/hardware/lint.hpp"
#include "infersim/hardware/lint_system.hpp"
#include "infersim/hardware/missing_link.hpp"
#include "infersim/scenario/lookup.hpp"
#include "infersim/serving/framework.hpp"
#include "infersim/workload/lint.hpp"
#include "infersim/workload/traffic.hpp"

namespace infersim::cli {

namespace {

namespace fs = std::filesystem;

constexpr std::array kinds = {
    DescriptionKind::device,     DescriptionKind::system,  DescriptionKind::site,
    DescriptionKind::efficiency, DescriptionKind::kernels, DescriptionKind::framework,
    DescriptionKind::model,      DescriptionKind::traffic, DescriptionKind::prices};

// --- what to look at ----------------------------------------------------------------------------

std::optional<DescriptionKind> kind_by_folder(const fs::path& file) {
  std::error_code failure;
  const fs::path leaf = fs::absolute(file, failure).lexically_normal().parent_path().filename();
  for (const DescriptionKind kind : kinds) {
    if (leaf == fs::path(folder(kind)).filename()) return kind;
  }
  return std::nullopt;
}

std::optional<std::string> read_text(const fs::path& file) {
  std::error_code failure;
  std::ifstream stream(file, std::ios::binary);
  if (!stream || fs::is_directory(file, failure)) return std::nullopt;
  return std::string(std::istreambuf_iterator<char>(stream), {});
}

/// The files that a word means: itself, or those below it if it is a folder.
std::vector<fs::path> files_of(const std::string& path) {
  std::error_code failure;
  if (!fs::is_directory(path, failure)) return {path};
  std::vector<fs::path> files;
  for (fs::recursive_directory_iterator at(path, failure), end; !failure && at != end;
       at.increment(failure)) {
    if (at->path().extension() == ".toml") files.push_back(at->path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

/// What goes by that name in the catalogue, of whatever kind.
std::vector<Subject> subjects_called(const std::string& name, const Catalog& catalog) {
  std::vector<Subject> subjects;
  for (const DescriptionKind kind : kinds) {
    if (auto found = catalog.find(kind, name)) subjects.push_back({kind, std::move(*found)});
  }
  return subjects;
}

/// Says what a word may be that is neither a file nor a name.
std::string hint_of_word(const std::string& word, const Catalog& catalog) {
  std::vector<std::string> names;
  for (const DescriptionKind kind : kinds) {
    const std::vector<std::string> ids = catalog.ids(kind);
    names.insert(names.end(), ids.begin(), ids.end());
  }
  const std::string near = did_you_mean(word, names);
  if (!near.empty()) return near;
  return "neither a file, as DIR/hardware/devices/NAME.toml, nor a name of the catalogue, as "
         "`infersim list` shows them; --catalog DIR adds those of DIR";
}

/// Adds the catalogue that a file lies in. One with faults is not added: they show where its files
/// are the subject.
void add_surroundings(const fs::path& file, DescriptionKind kind, std::set<fs::path>& added,
                      Catalog& catalog) {
  std::error_code failure;
  fs::path root = fs::absolute(file, failure).lexically_normal().parent_path();
  // As many folders up as the kind's own lies below the catalogue.
  const fs::path below{folder(kind)};
  for (auto each = below.begin(); each != below.end(); ++each)
    root = root.parent_path();
  if (failure || !added.insert(root).second) return;
  try {
    catalog.add_directory(root.string());
  } catch (const InputError&) {
    return;
  }
}

// --- loading ------------------------------------------------------------------------------------

/// Whether a text is TOML; if not, where it goes wrong is a finding.
bool parses(std::string_view text, const std::string& path, std::vector<Finding>& findings) {
  return loads(findings, [&] {
    Diagnostics faults;
    const TomlDocument document(text, path, faults);
    faults.throw_if_any();
  });
}

ModelSpec load_any_model(std::string_view text, const std::string& path) {
  return read_model({"", {}, path, std::string(text)});
}

// --- looking ------------------------------------------------------------------------------------

class Linter {
 public:
  Linter(const std::vector<Subject>& subjects, const Catalog& catalog)
      : catalog_(catalog),
        devices_(DescriptionKind::device, load_device, subjects, catalog),
        systems_(DescriptionKind::system, load_system, subjects, catalog),
        sites_(DescriptionKind::site, load_site, subjects, catalog),
        models_(DescriptionKind::model, load_any_model, subjects, catalog),
        traffic_(DescriptionKind::traffic, load_traffic, subjects, catalog),
        frameworks_(DescriptionKind::framework, load_framework, subjects, catalog) {}

  std::vector<Finding> look_at(const Subject& subject) {
    subject_ = &subject.description;
    findings_.clear();
    const Description& it = subject.description;
    loads(findings_, [&] {
      switch (subject.kind) {
        case DescriptionKind::device: return look_at(load_device(it.text, it.path));
        case DescriptionKind::system: return look_at(load_system(it.text, it.path));
        case DescriptionKind::site: return look_at(load_site(it.text, it.path));
        case DescriptionKind::model: return look_at(load_any_model(it.text, it.path));
        case DescriptionKind::traffic: return check_names(traffic_, load_traffic(it.text, it.path));
        case DescriptionKind::framework:
          return check_names(frameworks_, load_framework(it.text, it.path));
        case DescriptionKind::prices: load_price_list(it.text, it.path); return;
        case DescriptionKind::efficiency:
        case DescriptionKind::kernels: return load_efficiency_of(it);
      }
    });
    std::stable_sort(findings_.begin(), findings_.end(), [](const Finding& a, const Finding& b) {
      return std::pair(!a.fault, a.what.location.line) < std::pair(!b.fault, b.what.location.line);
    });
    return std::move(findings_);
  }

 private:
  void look_at(const Device& device) {
    check_names(devices_, device);
    check_reference(systems_, "system", device.system);
    suspect(suspicions(device, devices_.all()));
    // What a chip makes of the kernels of its family and class: the fault may be in either.
    const Machine machine =
        make_machine(device, device.decode_engine(), System{}, find_efficiency(catalog_, device));
    for (const Suspicion& each : suspicions(device, machine)) {
      findings_.push_back({{place("family"), each.key + ": " + each.message, each.hint}, true});
    }
  }

  void look_at(const System& system) {
    check_names(systems_, system);
    check_reference(sites_, "site", system.site);
    check_reference(devices_, "device", system.device);
    const Device* device = devices_.find(system.device);
    if (device == nullptr) return;
    if (const auto missing = missing_link(system, *device)) {
      findings_.push_back(
          {{place(missing->key), missing->key + ": " + missing->message, missing->hint}, true});
    }
    suspect(suspicions(system, *device));
  }

  void look_at(const Site& site) {
    check_names(sites_, site);
    suspect(suspicions(site));
  }

  void look_at(const ModelSpec& model) {
    // A config.json is named by its file, which nothing else goes by.
    if (!subject_->path.ends_with(".json")) check_names(models_, model);
    suspect(suspicions(model));
  }

  /// A class's parameters are complete, a family's lie over those of a class.
  void load_efficiency_of(const Description& it) {
    const bool is_class = catalog_device_class(it.path);
    const EfficiencyText own{it.text, it.path};
    const Description base =
        is_class ? it : catalog_.get(DescriptionKind::efficiency, name(DeviceClass::datacenter));
    const Efficiency efficiency =
        load_efficiency({base.text, base.path}, is_class ? EfficiencyText{} : own);
    check_reference(frameworks_, "runtime.framework", efficiency.runtime.framework);
  }

  static bool catalog_device_class(const std::string& path) {
    const std::string stem = fs::path(path).stem().string();
    return stem == name(DeviceClass::datacenter) || stem == name(DeviceClass::pc) ||
           stem == name(DeviceClass::phone) || stem == name(DeviceClass::embedded);
  }

  [[nodiscard]] Location place(std::string_view key) const {
    // A config.json has no places: nothing of it is kept but its shapes.
    if (subject_->path.ends_with(".json")) return {subject_->path, 0, 0};
    return place_of(subject_->text, subject_->path, key);
  }

  void suspect(std::vector<Suspicion> found) {
    for (Suspicion& each : found) {
      std::string message = each.key + ": " + each.message;
      findings_.push_back({{place(each.key), std::move(message), std::move(each.hint)}, false});
    }
  }

  template <class Thing>
  void check_reference(const Shelf<Thing>& shelf, std::string_view key, const std::string& named) {
    if (shelf.find(named) != nullptr) return;
    const std::string_view kind = key.substr(key.rfind('.') + 1);  // npos + 1 is 0
    findings_.push_back(
        {{place(key), fmt::format("{}: no {} is called {}", key, kind, quote(named)),
          did_you_mean(named, shelf.names())},
         true});
  }

  template <class Thing>
  void check_names(const Shelf<Thing>& shelf, const Thing& thing) {
    std::map<std::string, std::string_view> owner;  // folded name, file
    for (const Thing& other : shelf.all()) {
      if (other.id == thing.id) continue;
      owner.emplace(fold_name(other.id), other.path);
      for (const std::string& alias : other.aliases)
        owner.emplace(fold_name(alias), other.path);
    }
    const auto claim = [&](std::string_view key, const std::string& name) {
      const auto [taken, is_new] = owner.emplace(fold_name(name), thing.path);
      if (is_new) return;
      const bool own = taken->second == thing.path;
      findings_.push_back({{place(key),
                            fmt::format("{}: {} is already a name of {}", key, quote(name),
                                        own ? "this file" : taken->second),
                            "ids and aliases are compared without case and - _ . / and spaces"},
                           !own});
    };
    claim("id", thing.id);
    for (const std::string& alias : thing.aliases)
      claim("aliases", alias);
  }

  const Catalog& catalog_;
  Shelf<Device> devices_;
  Shelf<System> systems_;
  Shelf<Site> sites_;
  Shelf<ModelSpec> models_;
  Shelf<TrafficPreset> traffic_;
  Shelf<Framework> frameworks_;
  const Description* subject_ = nullptr;
  std::vector<Finding> findings_;
};

}  // namespace

std::vector<Subject> subjects_of(const std::vector<std::string>& paths, Catalog& catalog,
                                 std::vector<Finding>& findings) {
  std::vector<Subject> subjects;
  std::set<fs::path> added;
  for (const std::string& path : paths) {
    std::error_code failure;
    if (!fs::exists(path, failure)) {
      const std::vector<Subject> called = subjects_called(path, catalog);
      if (called.empty()) {
        findings.push_back({{{path, 0, 0}, "cannot be read", hint_of_word(path, catalog)}, true});
      }
      subjects.insert(subjects.end(), called.begin(), called.end());
      continue;
    }
    const std::vector<fs::path> files = files_of(path);
    if (files.empty()) {
      findings.push_back({{{path, 0, 0}, "no description below it", "they end with .toml"}, true});
    }
    for (const fs::path& file : files) {
      const auto text = read_text(file);
      if (!text) {
        findings.push_back({{{file.string(), 0, 0}, "cannot be read", ""}, true});
        continue;
      }
      auto kind = kind_by_folder(file);
      if (kind) add_surroundings(file, *kind, added, catalog);
      if (file.extension() == ".json") kind = DescriptionKind::model;
      if (!kind) kind = kind_of(*text);
      if (!kind && !parses(*text, file.string(), findings)) continue;
      if (!kind) {
        findings.push_back(
            {{{file.string(), 0, 0},
              "what it describes cannot be told",
              "a key such as [[engine]], [[layers]], devices_per_node, [electricity] or isl tells, "
              "and so does its folder: devices, systems, sites, efficiency, frameworks, models, "
              "traffic"},
             true});
        continue;
      }
      subjects.push_back({*kind, {"", {}, file.string(), *text}});
    }
  }
  return subjects;
}

std::vector<Subject> subjects_of(const Catalog& catalog) {
  std::vector<Subject> subjects;
  for (const DescriptionKind kind : kinds) {
    for (Description& each : catalog.descriptions(kind))
      subjects.push_back({kind, std::move(each)});
  }
  return subjects;
}

std::vector<Finding> lint(const std::vector<Subject>& subjects, const Catalog& catalog) {
  Linter linter(subjects, catalog);
  std::vector<Finding> findings;
  for (const Subject& subject : subjects) {
    std::vector<Finding> found = linter.look_at(subject);
    findings.insert(findings.end(), std::make_move_iterator(found.begin()),
                    std::make_move_iterator(found.end()));
  }
  return findings;
}

}  // namespace infersim::cli
