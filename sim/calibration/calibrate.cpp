#include "infersim/calibration/calibrate.hpp"

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <thread>
#include <utility>

#include <fmt/format.h>

namespace infersim {
namespace {

constexpr std::string_view own_source = "rows";

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

/// The largest groups first: the last to end would else be waited for.
std::vector<std::size_t> by_size(const std::vector<FitGroup>& groups) {
  std::vector<std::size_t> order(groups.size());
  for (std::size_t i = 0; i < order.size(); ++i)
    order[i] = i;
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return groups[a].rows.size() > groups[b].rows.size();
  });
  return order;
}

/// Rows of the device left out under the fit of a group of the same class, format and framework.
std::vector<double> left_out_of(const FitGroup& group, const GroupFit& fit,
                                const std::vector<FitGroup>& left_out) {
  std::vector<double> ratios;
  for (const FitGroup& held : left_out) {
    const bool same = held.place.kernel == group.place.kernel &&
                      held.place.format == group.place.format &&
                      held.place.library == group.place.library && group.place.device.empty() &&
                      held.framework == group.framework && held.family == group.family;
    if (!same) continue;
    std::vector<std::size_t> all(held.rows.size());
    for (std::size_t i = 0; i < all.size(); ++i)
      all[i] = i;
    const std::vector<double> its = RowTimes(held, all).log_ratios(fit.parameters);
    ratios.insert(ratios.end(), its.begin(), its.end());
  }
  return ratios;
}

}  // namespace

Calibration calibrate(CalibrationGroups groups, const LeastSquaresSolver& solve,
                      const CalibrationOptions& options,
                      const std::function<void(std::size_t done, std::size_t all,
                                               const std::string& what)>& progress) {
  Calibration result;
  result.groups = std::move(groups.fitted);
  result.fits.resize(result.groups.size());
  const std::vector<std::size_t> order = by_size(result.groups);
  std::atomic<std::size_t> next = 0;
  std::size_t done = 0;
  std::mutex reporting;
  std::exception_ptr failure;
  const auto work = [&] {
    for (std::size_t i = next++; i < order.size(); i = next++) {
      const FitGroup& group = result.groups[order[i]];
      try {
        result.fits[order[i]] = fit_group(group, solve, options.fit);
      } catch (...) {
        const std::scoped_lock lock(reporting);
        failure = std::current_exception();
        next = order.size();
        return;
      }
      const std::scoped_lock lock(reporting);
      progress(++done, order.size(),
               fmt::format("{}-{} {}", group.family, group.framework, name(group.place)));
    }
  };
  {
    std::vector<std::jthread> threads;
    for (std::size_t i = 1; i < options.threads; ++i)
      threads.emplace_back(work);
    work();
  }
  if (failure) std::rethrow_exception(failure);
  result.descriptions = std::move(groups.descriptions);
  result.skipped = std::move(groups.skipped);
  for (std::size_t i = 0; i < result.groups.size(); ++i) {
    const FitGroup& group = result.groups[i];
    result.left_out.push_back(left_out_of(group, result.fits[i], groups.left_out));
    change(result.descriptions.at(group.family + "-" + group.framework), group, result.fits[i],
           options.data);
  }
  return result;
}

}  // namespace infersim
