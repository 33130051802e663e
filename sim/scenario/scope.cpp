#include "infersim/scenario/scope.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "infersim/core/text.hpp"
#include "infersim/cost/efficiency.hpp"

namespace infersim {
namespace {

/// Kernels whose share of a step is small and much alike on all chips do not decide its regime.
bool decides(KernelClass kernel) {
  return kernel != KernelClass::elementwise && kernel != KernelClass::batched_gemm &&
         kernel != KernelClass::conv_prefill && kernel != KernelClass::conv_decode;
}

std::string names_of(const std::vector<KernelClass>& kernels) {
  std::vector<std::string> names;
  for (const KernelClass kernel : kernels)
    names.emplace_back(name(kernel));
  return join(names);
}

/// Collects what was extrapolated.
class Extrapolations {
 public:
  explicit Extrapolations(const ScopeSubject& subject) : subject_(subject) {}

  std::vector<Extrapolation> take() {
    add_chip();
    add_framework();
    add_model();
    add_kernels();
    add_links();
    add_formats();
    add_weights();
    add_ranges();
    return std::move(found_);
  }

 private:
  [[nodiscard]] const Device& device() const { return subject_.device; }
  [[nodiscard]] const Framework& framework() const { return subject_.framework; }
  [[nodiscard]] bool has_points() const { return !framework().points.chips.empty(); }

  void add(std::string what, std::string from, std::string to, std::string why) {
    found_.push_back({std::move(what), std::move(from), std::move(to), std::move(why)});
  }

  void add_chip() {
    if (device().is_concept) {
      return add("chip", "chips that are made", device().id, "it exists on paper alone");
    }
    const auto soft = [](const Provenance& p) { return p.basis > Basis::measured; };
    const Provenance peak = device().decode_engine().peak_provenance(subject_.precision.compute);
    if (soft(peak) && soft(device().main_memory().provenance)) {
      add("chip", fmt::format("{} figures", name(peak.basis)), device().id,
          "neither its peak nor its memory is from a datasheet");
    }
  }

  void add_framework() {
    if (!has_points()) {
      return add("framework", "other frameworks", framework().id,
                 fmt::format("no serving of {} was measured", framework().name));
    }
    if (!framework().points.on_chip(device().id)) {
      add("framework", join(framework().points.chips), device().id,
          fmt::format("{} was measured on the former alone", framework().name));
    }
  }

  void add_model() {
    if (!has_points() || framework().points.of_model(subject_.model)) return;
    add("model", join(framework().points.models), subject_.model,
        fmt::format("{} was measured with the former alone", framework().name));
  }

  void add_kernels() {
    for (const KernelSource& source :
         kernel_sources(device(), subject_.efficiency, subject_.kernels)) {
      const KernelScope& origin = source.origin;
      const std::string kernels = names_of(source.kernels);
      const std::string own = device().family;
      if (origin.family.empty()) {
        add("kernels", "class " + origin.file, own,
            fmt::format("no fit of the family has {}", kernels));
      } else if (origin.family != own) {
        add("kernels", origin.file, own,
            fmt::format("{}: kernels of family {} stand for its own", kernels, origin.family));
      } else if (source.regime == Regime::inherited) {
        add("kernels", origin.file, device().id,
            fmt::format("{}: set without a measurement ({})", kernels, name(origin.basis)));
      }
      // A chip's tuning tables and a server that was measured with them are one.
      const bool other = !origin.framework.empty() && origin.framework != framework().id;
      if (other) {
        add("kernels", origin.framework, framework().id,
            fmt::format("no fit of {} on {} has {}", framework().name, own, kernels));
      }
      if (source.regime == Regime::chip) add_family(origin, source.kernels, kernels);
    }
  }

  /// Kernels that were fitted on other chips of the family, where that is known.
  void add_family(const KernelScope& origin, const std::vector<KernelClass>& kernels,
                  const std::string& names) {
    std::set<std::string> chips;
    for (const KernelId id : subject_.kernels) {
      if (std::find(kernels.begin(), kernels.end(), id.kernel) == kernels.end()) continue;
      if (subject_.efficiency.origin(id).file != origin.file) continue;
      const auto& fitted = subject_.efficiency.fitted(id).chips;
      chips.insert(fitted.begin(), fitted.end());
    }
    if (chips.empty()) return;
    add("kernels", join({chips.begin(), chips.end()}), device().id,
        fmt::format("{}: fitted on the former", names));
  }

  void add_links() {
    if (subject_.ranks < 2) return;
    for (const EfficiencyScope& scope : subject_.efficiency.scopes) {
      if (scope.parameter != "links" || !scope.inherited) continue;
      add("links", "class " + scope.file_id, device().family, "no links of the family were fitted");
    }
  }

  /// Formats for which the table of another, or of all, stands.
  void add_formats() {
    std::vector<std::pair<std::string, std::vector<KernelClass>>> groups;
    for (const KernelId id : subject_.kernels) {
      const KernelScope& origin = subject_.efficiency.origin(id);
      if (origin.family.empty() || !decides(id.kernel) || origin.format == id.format) continue;
      // FP16 runs as BF16; a table of every type is that of 16 bits, unless it says more.
      const bool sixteen = id.format == KernelFormat::bf16 || id.format == KernelFormat::fp16;
      if (sixteen) continue;
      const std::string key = fmt::format(
          "{}\n{}", origin.format ? name(*origin.format) : "every type", name(id.format));
      const auto same = [&](const auto& group) { return group.first == key; };
      auto group = std::find_if(groups.begin(), groups.end(), same);
      if (group == groups.end()) group = groups.insert(group, {key, {}});
      group->second.push_back(id.kernel);
    }
    for (const auto& [key, kernels] : groups) {
      const std::size_t split = key.find('\n');
      add("number type", key.substr(0, split), key.substr(split + 1),
          names_of(kernels) + ": the parameters of the former stand for it");
    }
  }

  void add_weights() {
    const auto& measured = framework().points.weights;
    const NumberType own = subject_.precision.weights;
    if (measured.empty() || std::find(measured.begin(), measured.end(), own) != measured.end()) {
      return;
    }
    std::vector<std::string> names;
    for (const NumberType type : measured)
      names.emplace_back(name(type));
    add("number type", join(names), std::string(name(own)),
        fmt::format("{} was measured with weights of the former", framework().name));
  }

  void add_ranges() {
    const MeasuredPoints& points = framework().points;
    const auto beyond = [&](const std::optional<double>& most, double own, const char* of) {
      if (!most || own <= *most) return;
      add("shape", fmt::format("up to {} {}", *most, of), fmt::format("{} {}", own, of),
          "beyond the measured points");
    };
    beyond(points.isl_most, subject_.isl, "tokens in");
    beyond(points.osl_most, subject_.osl, "tokens out");
    beyond(points.batch_most, subject_.batch, "requests in flight");
    beyond(points.devices_most, subject_.devices, "devices");
    if (subject_.nodes > points.nodes_most.value_or(1)) {
      add("shape", "engines within a domain of scale-up links",
          fmt::format("an engine over {} of them", subject_.nodes), "beyond the measured points");
    }
  }

  const ScopeSubject& subject_;
  std::vector<Extrapolation> found_;
};

}  // namespace

std::vector<KernelId> kernels_in_use(const StepTable& prefill, const StepTable& decode) {
  std::set<KernelId> kernels;
  for (const StepTable* table : {&prefill, &decode}) {
    for (const Segment& segment : table->segments) {
      for (const LoweredOp& op : segment.ops) {
        if (const auto id = table->machine.efficiency.kernels->find(op.efficiency)) {
          kernels.insert(*id);
        }
      }
    }
  }
  return {kernels.begin(), kernels.end()};
}

Regime serving_regime(const ScopeSubject& subject) {
  if (subject.device.is_concept) return Regime::concept_chip;
  const MeasuredPoints& points = subject.framework.points;
  if (points.on_chip(subject.device.id)) {
    return points.of_model(subject.model) ? Regime::fitted : Regime::model;
  }
  const bool inherited =
      std::any_of(subject.kernels.begin(), subject.kernels.end(), [&](const KernelId id) {
        return decides(id.kernel) &&
               kernel_regime(subject.device, subject.efficiency, id) == Regime::inherited;
      });
  return inherited ? Regime::inherited : Regime::chip;
}

std::vector<Beyond> beyond_of(const ScopeSubject& subject) {
  const MeasuredPoints& points = subject.framework.points;
  std::vector<Beyond> found;
  const auto look = [&](Beyond what, const std::optional<double>& most, double own) {
    if (most && own > *most) found.push_back(what);
  };
  look(Beyond::isl, points.isl_most, subject.isl);
  look(Beyond::osl, points.osl_most, subject.osl);
  look(Beyond::batch, points.batch_most, subject.batch);
  look(Beyond::devices, points.devices_most, subject.devices);
  look(Beyond::nodes, points.nodes_most.value_or(1), subject.nodes);
  return found;
}

Scope scope_of(const ScopeSubject& subject) {
  return {serving_regime(subject), beyond_of(subject), subject.kernels,
          Extrapolations(subject).take()};
}

std::vector<KernelSource> kernel_sources(const Device& device, const Efficiency& efficiency,
                                         const std::vector<KernelId>& kernels) {
  std::vector<KernelSource> sources;
  for (const KernelId id : kernels) {
    const KernelScope& origin = efficiency.origin(id);
    const Regime regime = kernel_regime(device, efficiency, id);
    const auto same = [&](const KernelSource& source) {
      return source.origin.file == origin.file && source.regime == regime &&
             source.origin.basis == origin.basis;
    };
    auto source = std::find_if(sources.begin(), sources.end(), same);
    if (source == sources.end()) {
      sources.push_back({origin, regime, {}});
      source = sources.end() - 1;
    }
    if (source->kernels.empty() || source->kernels.back() != id.kernel) {
      source->kernels.push_back(id.kernel);
    }
  }
  return sources;
}

}  // namespace infersim
