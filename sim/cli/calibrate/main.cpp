#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <csignal>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "calibration/solver/ceres_solver.hpp"
#include "cli/arguments.hpp"
#include "cli/calibrate/serving.hpp"
#include "cli/output.hpp"
#include "cli/verbs.hpp"
#include "infersim/calibration/calibrate.hpp"
#include "infersim/calibration/kernel_description_writer.hpp"
#include "infersim/core/diagnostic.hpp"
#include "infersim/core/text.hpp"
#include "infersim/report/calibration.hpp"
#include "infersim/scenario/lookup.hpp"
#include "infersim/validation/catalog_names.hpp"
#include "infersim/validation/serving_point.hpp"
#include "infersim/validation/validate.hpp"

namespace infersim::cli {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view summary =
    "Fits the efficiency parameters of kernels to measured operators, and the terms of\n"
    "frameworks to measured serving runs: CSV files or directories of them. docs/calibrate.md tells how, docs/validate.md their columns.";

constexpr std::string_view footer =
    "Examples:\n"
    "  infersim calibrate --from ../shared/measurements/ops --write fitted\n"
    "  infersim calibrate --from ops/gemm.csv --family hopper --format fp8\n"
    "  infersim calibrate --from ops --class gemm --leave-out b200\n"
    "  infersim calibrate --from e2e/agg.csv --framework vllm --write fitted\n"
    "  infersim calibrate --hw mychip --from rows.csv --catalog my-chips --write my-chips\n"
    "\n"
    "Errors are those of rows that a fit did not see. With --hw the fit is of that\n"
    "device alone, and its tables lie over its family's; of fewer than 100 rows what\n"
    "they do not tell stays as it is inherited.\n"
    "Exit codes: 0 something was fitted, 1 nothing could be, 2 bad input.\n";

constexpr OptionSpec from{"--from", "PATH", "a CSV file or a directory of them (repeatable)", "",
                          true};
constexpr OptionSpec hw{"--hw", "NAME", "fit a device by itself"};
constexpr OptionSpec family{"--family", "NAME", "of an architecture family alone"};
constexpr OptionSpec framework{"--framework", "NAME", "of a framework alone"};
constexpr OptionSpec kernel{"--class", "NAME",
                            "of a class of kernels alone: gemm,\n"
                            "attention_decode, ..."};
constexpr OptionSpec format{"--format", "NAME", "of a format alone: bf16, fp8_block, ..."};
constexpr OptionSpec folds{"--folds", "N", "parts that are left out in turn (5)"};
constexpr OptionSpec leave_out{"--leave-out", "NAME",
                               "fit without a device, then predict it; with\n"
                               "--family from another family's chips"};
constexpr OptionSpec write{"--write", "DIR",
                           "write descriptions into DIR/hardware/efficiency/\n"
                           "kernels, a directory for --catalog"};

/// What names in tables lead to, each loaded once.
class Sources {
 public:
  explicit Sources(const Catalog& catalog) : catalog_(catalog), names_(catalog) {}

  const CalibrationChip* chip(std::string_view name) {
    const auto known = chips_.find(name);
    if (known != chips_.end()) return known->second ? &*known->second : nullptr;
    auto& chip = chips_[std::string(name)];
    const auto& found = names_.chip(name, "");
    if (!found) return nullptr;
    const Device& device = found->device;
    const Efficiency efficiency =
        load_efficiency(base_of(device), family_text(device.family), device.id);
    const auto machine = [&](const Engine& engine) {
      Machine alone = make_machine(device, engine, found->system, efficiency);
      alone.timed_alone = true;
      return alone;
    };
    // A device without a family is one of its own.
    chip = CalibrationChip{device.id, device.family.empty() ? device.id : device.family,
                           machine(device.prefill_engine()), machine(device.decode_engine())};
    bases_[chip->family] = base_of(device);
    return &*chip;
  }

  std::optional<KernelDescription> kernels(const std::string& its_family,
                                           const std::string& its_framework) {
    const auto found = catalog_.find(DescriptionKind::kernels, its_family + "-" + its_framework);
    if (!found) return std::nullopt;
    const auto base = bases_.find(its_family);
    return load_kernel_description(
        base != bases_.end() ? base->second : text_of(DeviceClass::datacenter),
        family_text(its_family), {found->text, found->path});
  }

 private:
  [[nodiscard]] EfficiencyText text_of(DeviceClass device_class) const {
    const Description base = catalog_.get(DescriptionKind::efficiency, name(device_class));
    return {base.text, base.path};
  }
  [[nodiscard]] EfficiencyText base_of(const Device& device) const {
    return text_of(device.device_class);
  }
  [[nodiscard]] EfficiencyText family_text(const std::string& its_family) const {
    const auto found = catalog_.find(DescriptionKind::efficiency, its_family);
    return found ? EfficiencyText{found->text, found->path} : EfficiencyText{};
  }

  const Catalog& catalog_;
  CatalogNames names_;
  std::map<std::string, std::optional<CalibrationChip>, std::less<>> chips_;
  std::map<std::string, EfficiencyText> bases_;
};

/// The one of `all` that has that name.
template <class All>
auto one_of(const All& all, const std::string& wanted, std::string_view option) {
  std::vector<std::string> names;
  for (const auto each : all) {
    if (fold_name(name(each)) == fold_name(wanted)) return each;
    names.emplace_back(name(each));
  }
  throw InputError(fmt::format("{}: unknown name {}", option, quote(wanted)), join(names));
}

std::size_t whole_number(const std::string& text, std::string_view option) {
  std::size_t value = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  constexpr std::size_t least = 2;
  constexpr std::size_t most = 1000;
  if (failure != std::errc{} || end != text.data() + text.size() || value < least || value > most) {
    throw InputError(fmt::format("{}: {} is no number of folds", option, quote(text)),
                     fmt::format("a whole number from {} to {}", least, most));
  }
  return value;
}

CalibrationChoice choice_of(const Arguments& given) {
  CalibrationChoice choice;
  const auto device = [&](const OptionSpec& option) -> std::string {
    const auto wanted = given.value(option.name);
    return wanted ? find_hardware(given.catalog, *wanted).device.id : "";
  };
  choice.device = device(hw);
  choice.left_out = device(leave_out);
  choice.family = given.value(family.name).value_or("");
  choice.framework = given.value(framework.name).value_or("");
  if (const auto wanted = given.value(kernel.name)) {
    choice.kernel = one_of(all_kernel_classes, *wanted, kernel.name);
  }
  if (const auto wanted = given.value(format.name)) {
    choice.format = one_of(all_kernel_formats, *wanted, format.name);
  }
  if (!choice.device.empty() && !choice.left_out.empty()) {
    throw InputError("--leave-out: --hw fits one device alone", "use one of them");
  }
  if (!choice.left_out.empty() && given.has(write.name)) {
    throw InputError("--write: a fit without a device is not written", "leave one of them away");
  }
  return choice;
}

/// Tables of operators among the files. Those with board power hold rows of the others again.
std::vector<OperatorRows> read_tables(const std::vector<std::string>& files,
                                      std::map<std::string, std::size_t>& skipped,
                                      std::vector<MeasuredTable>& serving) {
  std::vector<OperatorRows> tables;
  std::vector<Diagnostic> faults;
  for (const std::string& file : files) {
    try {
      MeasuredTable table = load_measured_table(file);
      if (table.stem().ends_with("_power")) continue;
      if (const auto kind = operator_kind(table)) {
        tables.push_back(read_operators(std::move(table), *kind));
      } else if (is_serving_table(table)) {
        serving.push_back(std::move(table));
      } else {
        skipped[fmt::format("{}: {}", file, nearest_operator_table(table))] += table.rows();
      }
    } catch (const InputError& error) {
      faults.insert(faults.end(), error.faults().begin(), error.faults().end());
    }
  }
  if (!faults.empty()) throw InputError(std::move(faults));
  return tables;
}

void write_descriptions(const Calibration& calibration, const std::string& directory) {
  const fs::path target = fs::path(directory) / folder(DescriptionKind::kernels);
  std::error_code failure;
  fs::create_directories(target, failure);
  for (const auto& [id, description] : calibration.descriptions) {
    const fs::path path = target / (id + ".toml");
    std::ofstream file(path, std::ios::binary);
    file << write_kernel_description(description);
    file.close();
    if (!file) throw InputError(path.string() + ": cannot be written", "--write takes a directory");
    print_message("wrote " + path.string() + "\n");
  }
}

std::string data_name(const std::vector<std::string>& files) {
  std::vector<std::string> names;
  for (const std::string& file : files)
    names.push_back(fs::path(file).filename().string());
  return "Own measurements: " + join(names);
}

ExitCode run_calibration(const Arguments& given) {
  if (!given.words.empty()) {
    throw InputError("calibrate: what is " + quote(given.words.front()) + "?",
                     "files are named with --from PATH");
  }
  const std::vector<std::string> paths = given.values(from.name);
  if (paths.empty()) {
    throw InputError("calibrate: no file or directory is named", "--from PATH");
  }
  const CalibrationChoice choice = choice_of(given);
  CalibrationOptions options;
  if (const auto wanted = given.value(folds.name)) {
    options.fit.folds = whole_number(*wanted, folds.name);
  }
  options.threads = std::max(1U, std::thread::hardware_concurrency());
  const std::vector<std::string> files = measured_files(paths);
  options.data = data_name(files);
  std::map<std::string, std::size_t> skipped;
  std::vector<MeasuredTable> serving;
  const std::vector<OperatorRows> tables = read_tables(files, skipped, serving);
  if (!serving.empty()) {
    calibrate_serving(serving, given.catalog, choice.framework,
                      given.value(write.name).value_or(""));
    if (tables.empty()) return done;
  }
  Sources sources(given.catalog);
  CalibrationGroups groups =
      make_groups(tables,
                  {[&](std::string_view chip) { return sources.chip(chip); },
                   [&](const std::string& its_family, const std::string& its_framework) {
                     return sources.kernels(its_family, its_framework);
                   }},
                  choice);
  groups.skipped.insert(skipped.begin(), skipped.end());
  const Calibration calibration =
      calibrate(std::move(groups), solve_with_ceres, options,
                [](std::size_t done, std::size_t all, const std::string& what) {
                  print_message(fmt::format("{} of {}: {}\n", done, all, what));
                });
  print(given.has(json_flag.name)
            ? json_calibration(calibration)
            : calibration_table(calibration, output_style()) + calibration_summary(calibration));
  if (const auto directory = given.value(write.name)) write_descriptions(calibration, *directory);
  return calibration.groups.empty() ? infeasible : ExitCode::done;
}

ExitCode guarded(const std::vector<std::string>& arguments) {
  const Syntax syntax{
      .verb = "calibrate",
      .words = "--from PATH",
      .summary = summary,
      .footer = footer,
      .options = {from, hw, family, framework, kernel, format, folds, leave_out, write, json_flag}};
  try {
    const Arguments given = parse_arguments(syntax, arguments);
    if (given.help.empty()) return run_calibration(given);
    print(given.help);
    return done;
  } catch (const InputError& error) {
    print_message(error.what());
    return bad_input;
  } catch (const OutputError& error) {
    if (!error.quiet) print_message(fmt::format("error: standard output: {}", error.what()));
    return bad_input;
  } catch (const std::exception& error) {
    print_message(fmt::format("error: infersim failed: {}", error.what()));
    return internal_error;
  }
}

}  // namespace

}  // namespace infersim::cli

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);
  return infersim::cli::guarded({argv + (argc > 0 ? 1 : 0), argv + argc});
}
