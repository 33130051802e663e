#include <unistd.h>

#include <cstddef>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "cli/arguments.hpp"
#include "cli/output.hpp"
#include "cli/verbs.hpp"
#include "infersim/core/diagnostic.hpp"
#include "infersim/core/text.hpp"
#include "infersim/report/scatter.hpp"
#include "infersim/report/validation.hpp"
#include "infersim/validation/validate.hpp"

namespace infersim::cli {

namespace {

constexpr std::string_view summary =
    "How far predictions are from measurements: CSV files of single operators or of\n"
    "serving runs, or directories of them. docs/validate.md has their columns.";

constexpr std::string_view footer =
    "Examples:\n"
    "  infersim validate ../shared/measurements\n"
    "  infersim validate ops/gemm.csv --plot plots\n"
    "  infersim validate mine.csv --catalog ../my-chips --json\n"
    "\n"
    "Rows whose chip, model, type or setting is unknown are counted and named, never\n"
    "guessed.\n"
    "Exit codes: 0 something was compared, 1 nothing could be, 2 bad input.\n";

constexpr OptionSpec plot_option{"--plot", "DIR",
                                 "predicted against measured as an SVG for each\n"
                                 "file and figure"};

constexpr OptionSpec rows_option{"--rows", "FILE",
                                 "every comparison as a line of CSV: data, metric, row,\n"
                                 "labels, measured, predicted, p10, p90 (base units)"};

void write_rows(const std::string& path, const ValidationReport& report) {
  std::ofstream file(path, std::ios::binary);
  file << "data,metric,row,chip,model,framework,op,dtype,measured,predicted,p10,p90\n";
  for (const auto& [key, series] : report.series) {
    const ErrorLabels& labels = key.labels;
    for (const ErrorSample& each : series.samples) {
      file << fmt::format("{},{},{},{},{},{},{},{},{:.6g},{:.6g},{:.6g},{:.6g}\n", key.data,
                          name(key.metric), each.row, labels.chip, labels.model, labels.framework,
                          labels.op, labels.dtype, each.measured, each.predicted,
                          each.interval.p10 * each.predicted, each.interval.p90 * each.predicted);
    }
  }
  file.close();
  if (!file) throw InputError(path + ": cannot be written", "--rows takes the path of a file");
}

/// One line on a terminal that says what is being read; nothing elsewhere.
class Progress {
 public:
  explicit Progress(std::size_t files) : files_(files), shown_(isatty(STDERR_FILENO) != 0) {}
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  ~Progress() { write("\r\x1b[K"); }

  void next(const std::string& file) {
    ++at_;
    const std::string name = std::filesystem::path(file).filename().string();
    write(fmt::format("\r\x1b[K{} of {}: {}", at_, files_, name));
  }

 private:
  void write(const std::string& text) const {
    if (shown_) std::fwrite(text.data(), 1, text.size(), stderr);
  }

  std::size_t files_;
  std::size_t at_ = 0;
  bool shown_;
};

}  // namespace

ExitCode validate(const std::vector<std::string>& arguments) {
  const Syntax syntax{.verb = "validate",
                      .words = "PATH...",
                      .summary = summary,
                      .footer = footer,
                      .options = {json_flag, plot_option, rows_option}};
  const Arguments given = parse_arguments(syntax, arguments);
  if (!given.help.empty()) {
    print(given.help);
    return done;
  }
  if (given.words.empty()) {
    throw InputError("validate: no file or directory is named",
                     "infersim validate PATH: a CSV file or a directory of them");
  }
  const std::vector<std::string> files = measured_files(given.words);
  const ValidationReport report = [&] {
    Progress progress(files.size());
    return infersim::validate(files, given.catalog,
                              [&](const std::string& file) { progress.next(file); });
  }();
  if (const auto directory = given.value(plot_option.name))
    write_plots(*directory, validation_plots(report));
  if (const auto path = given.value(rows_option.name)) write_rows(*path, report);
  print(given.has(json_flag.name) ? json_validation(report)
                                  : validation_table(report, output_style()));
  return report.compared() > 0 ? done : infeasible;
}

}  // namespace infersim::cli
