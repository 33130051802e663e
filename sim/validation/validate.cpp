#include "infersim/validation/validate.hpp"

#include <algorithm>
#include <filesystem>
#include <set>
#include <utility>

#include "infersim/calibration/operator_format.hpp"
#include "infersim/core/diagnostic.hpp"
#include "infersim/core/text.hpp"
#include "validation/comparison.hpp"

namespace infersim {
namespace {

namespace fs = std::filesystem;

/// The `*.csv` below a directory, sorted.
std::vector<std::string> csv_below(const std::string& directory) {
  std::vector<std::string> files;
  std::error_code failure;
  for (fs::recursive_directory_iterator at(directory, failure), end; !failure && at != end;
       at.increment(failure)) {
    std::error_code unreadable;
    if (at->path().extension() == ".csv" && at->is_regular_file(unreadable)) {
      files.push_back(at->path().string());
    }
  }
  std::sort(files.begin(), files.end());
  return files;
}

void compare_file(const std::string& file, CatalogNames& names, detail::Comparisons& into) {
  MeasuredTable table = load_measured_table(file);
  if (const auto kind = operator_kind(table)) {
    detail::compare_operators(read_operators(std::move(table), *kind), names, into);
  } else if (is_serving_table(table)) {
    detail::compare_serving(table, read_serving_points(table), names, into);
  } else {
    const std::string reason =
        "its columns are those of no known table: " + nearest_operator_table(table);
    into.skipped[{file, reason}] += table.rows();
  }
}

}  // namespace

std::size_t ValidationReport::compared() const {
  std::size_t count = 0;
  for (const auto& [key, each] : series)
    count += each.samples.size();
  return count;
}

std::vector<std::string> measured_files(const std::vector<std::string>& paths) {
  std::vector<std::string> files;
  std::set<fs::path> known;
  std::vector<Diagnostic> faults;
  for (const std::string& path : paths) {
    std::error_code failure;
    const bool directory = fs::is_directory(path, failure);
    const bool there = fs::exists(path, failure);
    const std::vector<std::string> found =
        directory ? csv_below(path) : std::vector<std::string>{path};
    if (!there) {
      faults.push_back({{}, "no file or directory " + quote(path), "check the path"});
    } else if (found.empty()) {
      faults.push_back({{}, "no *.csv below " + quote(path), "name a directory of CSV files"});
    }
    for (const std::string& file : found) {
      if (known.insert(fs::weakly_canonical(file, failure)).second) files.push_back(file);
    }
  }
  if (!faults.empty()) throw InputError(std::move(faults));
  return files;
}

ValidationReport validate(const std::vector<std::string>& files, const Catalog& catalog,
                          const std::function<void(const std::string& file)>& progress) {
  CatalogNames names(catalog);
  detail::Comparisons comparisons;
  std::vector<Diagnostic> faults;
  for (const std::string& file : files) {
    progress(file);
    try {
      compare_file(file, names, comparisons);
    } catch (const InputError& error) {
      faults.insert(faults.end(), error.faults().begin(), error.faults().end());
    }
  }
  if (!faults.empty()) throw InputError(std::move(faults));
  ValidationReport report;
  report.groups = error_groups(comparisons.series);
  report.series = std::move(comparisons.series);
  for (const auto& [what, rows] : comparisons.skipped)
    report.skipped.push_back({what.first, what.second, rows});
  return report;
}

}  // namespace infersim
