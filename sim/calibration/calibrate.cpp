#include "infersim/calibration/calibrate.hpp"

#include <algorithm>
#include <atomic>
#include <exception>
#include <functional>
#include <iterator>
#include <mutex>
#include <span>
#include <thread>
#include <utility>

#include <fmt/format.h>

namespace infersim {
namespace {

constexpr std::string_view own_source = "rows";

std::string description_id(const FitRows& group) { return group.family + "-" + group.framework; }

std::string table_name(const FitGroup& group) { return name(group.place); }
std::string table_name(const LinkGroup& group) { return group.described.name(); }

/// Puts a fit into its description.
void change(KernelDescription& description, const FitGroup& group, const GroupFit& fit,
            const std::string& data) {
  KernelEntry entry = group.described;
  entry.efficiency = fit.parameters;
  entry.residual = residual_of(group, fit);
  entry.note = note_of(group, fit);
  description.entries[group.place] = std::move(entry);
  KernelOrigin& origin = description.origins[group.place.kernel];
  if (!origin.source.empty()) return;
  origin.source = own_source;
  origin.basis = "measured";
  description.sources[std::string(own_source)].title = data;
}

/// Puts a fit of collectives into its description.
void change(Calibration& calibration, const LinkGroup& group, const LinkFit& fit,
            const std::string& data) {
  std::string& text = fit.tables.target.operation
                          ? calibration.families.at(group.family)
                          : calibration.descriptions.at(description_id(group)).others;
  text = with_link_tables(text, fit.tables, data);
}

/// One fit that waits for a thread.
struct Task {
  std::size_t rows = 0;
  std::string what;
  std::function<void()> run;
};

/// Runs fits and tells of each that is done.
class Workers {
 public:
  using Progress = std::function<void(std::size_t done, std::size_t all, const std::string& what)>;

  Workers(std::size_t threads, std::size_t all, const Progress& progress)
      : threads_(threads), all_(all), progress_(progress) {}

  void run(std::vector<Task> tasks) {
    // The largest first: the last to end would else be waited for.
    std::ranges::stable_sort(tasks, std::greater{}, &Task::rows);
    std::atomic<std::size_t> next = 0;
    std::exception_ptr failure;
    const auto work = [&] {
      for (std::size_t i = next++; i < tasks.size(); i = next++) {
        try {
          tasks[i].run();
        } catch (...) {
          const std::scoped_lock lock(reporting_);
          failure = std::current_exception();
          next = tasks.size();
          return;
        }
        const std::scoped_lock lock(reporting_);
        progress_(++done_, all_, tasks[i].what);
      }
    };
    {
      std::vector<std::jthread> threads;
      for (std::size_t i = 1; i < threads_; ++i)
        threads.emplace_back(work);
      work();
    }
    if (failure) std::rethrow_exception(failure);
  }

 private:
  std::size_t threads_;
  std::size_t all_;
  const Progress& progress_;
  std::size_t done_ = 0;
  std::mutex reporting_;
};

/// Fits of groups, each into its place.
template <class Group, class Fit, class FitOne>
std::vector<Task> tasks_of(std::span<const Group> groups, std::span<Fit> fits, FitOne fit_one) {
  std::vector<Task> tasks;
  for (std::size_t i = 0; i < groups.size(); ++i) {
    const Group& group = groups[i];
    tasks.push_back({group.rows.size(),
                     fmt::format("{} {}", description_id(group), table_name(group)),
                     [&group, &fit = fits[i], fit_one] { fit = fit_one(group); }});
  }
  return tasks;
}

/// Puts rows of the device left out, and what the fit of a group of the same class, format and
/// framework says of them, at the end of the calibration's.
void add_left_out(const FitGroup& group, const GroupFit& fit, const std::vector<FitGroup>& left_out,
                  Calibration& into) {
  std::vector<double>& ratios = into.left_out.emplace_back();
  std::vector<Seconds>& times = into.left_out_times.emplace_back();
  for (const FitGroup& held : left_out) {
    const bool same = held.place.kernel == group.place.kernel &&
                      held.place.format == group.place.format &&
                      held.place.library == group.place.library && group.place.device.empty() &&
                      held.framework == group.framework && held.family == group.family;
    if (!same) continue;
    const std::vector<double> its = KernelTimes(held, held.indices()).log_ratios(fit.parameters);
    ratios.insert(ratios.end(), its.begin(), its.end());
    for (const FitRow& row : held.rows)
      times.push_back(row.op->latency);
  }
}

/// A framework's all-reduce falls back on the library's, as it was fitted.
void lay_over_libraries(LinkGroup& group, std::span<const LinkGroup> libraries,
                        std::span<const LinkFit> fits) {
  for (std::size_t i = 0; i < libraries.size(); ++i) {
    if (libraries[i].family != group.family) continue;
    for (FitChip& chip : group.chips)
      install(fits[i].tables, chip.machine);
  }
}

}  // namespace

Calibration calibrate(CalibrationGroups groups, const LeastSquaresSolver& solve,
                      const CalibrationOptions& options,
                      const std::function<void(std::size_t done, std::size_t all,
                                               const std::string& what)>& progress) {
  Calibration result;
  result.groups = std::move(groups.fitted);
  result.fits.resize(result.groups.size());
  result.link_groups = std::move(groups.libraries);
  const std::size_t libraries = result.link_groups.size();
  std::ranges::move(groups.frameworks, std::back_inserter(result.link_groups));
  result.link_fits.resize(result.link_groups.size());
  const auto fit_one_link = [&](const LinkGroup& group) {
    return fit_links(group, solve, options.fit);
  };
  const std::span link_groups(result.link_groups);
  const std::span link_fits(result.link_fits);
  Workers workers(options.threads, result.groups.size() + link_groups.size(), progress);
  workers.run(
      tasks_of<LinkGroup>(link_groups.first(libraries), link_fits.first(libraries), fit_one_link));
  for (LinkGroup& group : link_groups.subspan(libraries))
    lay_over_libraries(group, link_groups.first(libraries), link_fits.first(libraries));
  std::vector<Task> rest = tasks_of<LinkGroup>(link_groups.subspan(libraries),
                                               link_fits.subspan(libraries), fit_one_link);
  std::ranges::move(
      tasks_of<FitGroup>(
          std::span(std::as_const(result.groups)), std::span(result.fits),
          [&](const FitGroup& group) { return fit_group(group, solve, options.fit); }),
      std::back_inserter(rest));
  workers.run(std::move(rest));
  result.descriptions = std::move(groups.descriptions);
  result.families = std::move(groups.families);
  result.skipped = std::move(groups.skipped);
  result.left_out_chip = std::move(groups.left_out_chip);
  for (std::size_t i = 0; i < result.groups.size(); ++i) {
    const FitGroup& group = result.groups[i];
    add_left_out(group, result.fits[i], groups.left_out, result);
    change(result.descriptions.at(description_id(group)), group, result.fits[i], options.data);
  }
  for (std::size_t i = 0; i < link_groups.size(); ++i)
    change(result, link_groups[i], link_fits[i], options.data);
  return result;
}

}  // namespace infersim
