#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "calibration/solver/ceres_solver.hpp"
#include "cli/arguments.hpp"
#include "cli/calibrate/fitted_files.hpp"
#include "cli/calibrate/serving.hpp"
#include "cli/calibrate/sources.hpp"
#include "cli/guarded.hpp"
#include "cli/output.hpp"
#include "cli/verbs.hpp"
#include "infersim/calibration/calibrate.hpp"
#include "infersim/calibration/kernel_description_writer.hpp"
#include "infersim/calibration/operator_format.hpp"
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

/// Among classes: what kernels have no part in.
constexpr std::string_view collectives = "collectives";
constexpr std::string_view exchanges = "exchanges";

constexpr std::string_view summary =
    "Fits the efficiency parameters of kernels to measured operators, and the terms of\n"
    "frameworks to measured serving runs: CSV files or directories of them. docs/calibrate.md "
    "tells how, docs/validate.md their columns.";

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
                            "attention_decode, ...; collectives; exchanges"};
constexpr OptionSpec format{"--format", "NAME", "of a format alone: bf16, fp8_block, ..."};
constexpr OptionSpec folds{"--folds", "N", "parts that are left out in turn (5)"};
constexpr OptionSpec leave_out{"--leave-out", "NAME",
                               "fit without a device, then predict it; with\n"
                               "--family from another family's chips"};
constexpr OptionSpec plot{"--plot", "DIR",
                          "residuals of chips left out as SVG, one for each\n"
                          "chip and class"};
constexpr OptionSpec write{"--write", "DIR",
                           "write descriptions into DIR/hardware/efficiency,\n"
                           "a directory for --catalog"};

/// The one of `all` that has that name.
template <class All>
auto one_of(const All& all, const std::string& wanted, std::string_view option) {
  std::vector<std::string> names;
  for (const auto each : all) {
    if (fold_name(name(each)) == fold_name(wanted)) return each;
    names.emplace_back(name(each));
  }
  if (option == kernel.name)
    names.insert(names.end(), {std::string(collectives), std::string(exchanges)});
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
    choice.collectives = fold_name(*wanted) == collectives;
    choice.exchanges = fold_name(*wanted) == exchanges;
    if (!choice.collectives && !choice.exchanges)
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
  for (const auto& [id, description] : calibration.descriptions) {
    write_description(directory, DescriptionKind::kernels, id,
                      write_kernel_description(description));
  }
  for (const auto& [id, text] : calibration.families)
    write_description(directory, DescriptionKind::efficiency, id, text);
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
    if (choice.left_out.empty()) {
      calibrate_serving(serving, given.catalog, choice.framework,
                        given.value(write.name).value_or(""));
    } else {
      predict_left_out_serving(serving, given.catalog, choice.left_out, choice.family,
                               given.has(json_flag.name));
    }
    if (tables.empty()) return done;
  }
  Sources sources(given.catalog);
  CalibrationGroups groups = make_groups(tables, sources.functions(), choice);
  groups.skipped.insert(skipped.begin(), skipped.end());
  const Calibration calibration =
      calibrate(std::move(groups), solve_with_ceres, options,
                [](std::size_t done, std::size_t all, const std::string& what) {
                  print_message(fmt::format("{} of {}: {}\n", done, all, what));
                });
  print(given.has(json_flag.name)
            ? json_calibration(calibration)
            : calibration_table(calibration, output_style()) + calibration_summary(calibration));
  if (const auto directory = given.value(plot.name)) {
    write_plots(*directory, calibration_plots(calibration));
  }
  if (const auto directory = given.value(write.name)) write_descriptions(calibration, *directory);
  const bool fitted = !calibration.fits.empty() || !calibration.link_fits.empty();
  return fitted ? ExitCode::done : infeasible;
}

ExitCode calibrated(const std::vector<std::string>& arguments) {
  const Syntax syntax{.verb = "calibrate",
                      .words = "--from PATH",
                      .summary = summary,
                      .footer = footer,
                      .options = {from, hw, family, framework, kernel, format, folds, leave_out,
                                  plot, write, json_flag}};
  const Arguments given = parse_arguments(syntax, arguments);
  if (given.help.empty()) return run_calibration(given);
  print(given.help);
  return done;
}

}  // namespace

}  // namespace infersim::cli

int main(int argc, char** argv) {
  return infersim::cli::guarded_main(argc, argv, infersim::cli::calibrated);
}
