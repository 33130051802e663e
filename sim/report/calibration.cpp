#include "infersim/report/calibration.hpp"

#include <algorithm>
#include <cmath>
#include <compare>
#include <cstddef>
#include <map>
#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "infersim/calibration/error_bar.hpp"
#include "infersim/report/table.hpp"

namespace infersim {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view every = "*";

/// Of what rows an error is. `*` over all.
struct ErrorOf {
  std::string chip;
  std::string kernel;
  std::string format;
  std::string framework;

  friend auto operator<=>(const ErrorOf&, const ErrorOf&) = default;
};

struct Errors {
  std::vector<double> left_out;
  std::vector<double> chip_left_out;
  std::optional<ErrorBar> bar;
};

/// GEMMs have one bar in 16 bits and one in all other formats.
std::string_view pooled_format(KernelClass kernel, KernelFormat format) {
  const bool apart = kernel == KernelClass::gemm && format != KernelFormat::bf16;
  return kernel != KernelClass::gemm ? every : apart ? "others" : "bf16";
}

/// Under which name errors over all frameworks are: the class of kernels, but for operators that
/// share one with others.
std::string pool_of(const FitGroup& group) {
  const KernelClass kernel = group.place.kernel;
  const MeasuredOperator& first = *group.rows.front().op;
  if (first.kind == OperatorKind::wide_experts) return "wide_experts";
  if (first.labels.op == "kda") return "kda";
  const auto* module = std::get_if<MeasuredModule>(&first.shape);
  if (module == nullptr) return std::string(name(kernel));
  std::string_view kind = "dsa";
  switch (module->module) {
    case SparseModule::deepseek_v32:
    case SparseModule::glm5: break;
    case SparseModule::v4_flash_csa:
    case SparseModule::v4_pro_csa: kind = "dsv4_csa"; break;
    case SparseModule::v4_flash_hca:
    case SparseModule::v4_pro_hca: kind = "dsv4_hca"; break;
    case SparseModule::minimax_m3: kind = "msa"; break;
  }
  return fmt::format("{}_{}", kind, kernel == KernelClass::sparse_decode ? "decode" : "prefill");
}

/// A fitted table of a description, of kernels or of links.
struct FittedTable {
  const FitRows& rows;
  const FitOutcome& fit;
  std::string name;
  ErrorOf of;           ///< without a chip
  std::string pool;     ///< the class that errors over all frameworks are of
  std::string formats;  ///< the formats
  std::optional<ErrorBar> bar;
  std::span<const double> left_out;  ///< of a device that was kept out
  std::span<const Seconds> left_out_times;
};

std::vector<FittedTable> tables_of(const Calibration& calibration) {
  std::vector<FittedTable> all;
  for (std::size_t i = 0; i < calibration.groups.size(); ++i) {
    const FitGroup& group = calibration.groups[i];
    const KernelPlace& place = group.place;
    all.push_back({group,
                   calibration.fits[i],
                   name(place),
                   {"", pool_of(group), std::string(name(place.format)), group.framework},
                   pool_of(group),
                   std::string(pooled_format(place.kernel, place.format)),
                   error_bar(group.family, place.kernel, place.format),
                   calibration.left_out[i],
                   calibration.left_out_times[i]});
  }
  for (std::size_t i = 0; i < calibration.link_groups.size(); ++i) {
    const LinkGroup& group = calibration.link_groups[i];
    const LinkTarget& target = group.described.target;
    const std::string_view kind = name(target.operation.value_or(LinkOperation::all_reduce));
    all.push_back({group,
                   calibration.link_fits[i],
                   group.described.name(),
                   {"", target.exchange ? target.exchange->kernels : std::string(kind),
                    target.exchange ? std::string(name(target.exchange->pass)) : std::string(every),
                    group.framework},
                   target.exchange ? "exchanges" : "collectives",
                   std::string(every),
                   target.exchange ? exchange_bar : collective_bar,
                   {},
                   {}});
  }
  return all;
}

std::map<ErrorOf, Errors> errors_of(const std::vector<FittedTable>& tables) {
  std::map<ErrorOf, Errors> all;
  for (const FittedTable& table : tables) {
    const FitOutcome& fit = table.fit;
    for (std::size_t row = 0; row < table.rows.rows.size(); ++row) {
      const std::string& chip = table.rows.chips[table.rows.rows[row].chip].id;
      ErrorOf own = table.of;
      own.chip = chip;
      for (const ErrorOf& of :
           {ErrorOf{chip, table.pool, table.formats, std::string(every)}, own}) {
        Errors& errors = all[of];
        errors.bar = table.bar;
        errors.left_out.push_back(fit.judged()[row]);
        if (!fit.chip_left_out.empty()) errors.chip_left_out.push_back(fit.chip_left_out[row]);
      }
    }
  }
  return all;
}

bool passes(const FitError& error, const ErrorBar& bar) {
  return error.median <= bar.median && error.mean <= bar.mean;
}

std::string percent(double fraction) { return fmt::format("{:.1f}", 100 * fraction); }

std::string pair_of(double median, double mean) {
  return fmt::format("{:.0f} / {:.0f}", 100 * median, 100 * mean);
}

std::vector<std::string> cells(const ErrorOf& of, const Errors& errors) {
  const FitError error = fit_error(errors.left_out);
  std::string other = "-";
  if (!errors.chip_left_out.empty()) {
    const FitError chips = fit_error(errors.chip_left_out);
    other = percent(chips.median) + " / " + percent(chips.mean);
  }
  return {of.chip,
          of.kernel,
          of.format,
          of.framework,
          std::to_string(error.rows),
          percent(error.median),
          percent(error.mean),
          percent(error.p90),
          fmt::format("{:.3f}", error.bias),
          other,
          errors.bar ? pair_of(errors.bar->median, errors.bar->mean) : "-",
          !errors.bar                  ? "-"
          : passes(error, *errors.bar) ? "pass"
                                       : "MISS"};
}

Table empty_table() {
  return {{{"device"},
           {"class"},
           {"format"},
           {"framework"},
           {"rows", true},
           {"median %", true},
           {"mean %", true},
           {"p90 %", true},
           {"bias", true},
           {"chip left out", true},
           {"bar", true},
           {""}},
          {}};
}

Json json_error(const FitError& error) {
  return {{"rows", error.rows},
          {"median_ape", 100 * error.median},
          {"mean_ape", 100 * error.mean},
          {"p90_ape", 100 * error.p90},
          {"bias", error.bias}};
}

/// Errors of a device that was kept out, over all groups of a class.
std::map<std::string, std::vector<double>> kept_out(const std::vector<FittedTable>& tables) {
  std::map<std::string, std::vector<double>> all;
  for (const FittedTable& table : tables) {
    if (table.left_out.empty()) continue;
    const ErrorOf& of = table.of;
    for (const std::string& label :
         {of.kernel, fmt::format("{} {} {}", of.kernel, of.format, of.framework)}) {
      all[label].insert(all[label].end(), table.left_out.begin(), table.left_out.end());
    }
  }
  return all;
}

/// The device that was kept out and the family whose fits predict it.
Json json_left_out(const std::string& chip, const std::vector<FittedTable>& tables) {
  Json errors = Json::array();
  for (const auto& [label, ratios] : kept_out(tables)) {
    Json error = {{"what", label}};
    error.update(json_error(fit_error(ratios)));
    errors.push_back(std::move(error));
  }
  std::string family;
  for (const FittedTable& table : tables) {
    if (!table.left_out.empty()) family = table.rows.family;
  }
  return {{"chip", chip}, {"family", family}, {"errors", errors}};
}

}  // namespace

std::string calibration_table(const Calibration& calibration, const TextStyle& style) {
  Table pooled = empty_table();
  Table own = empty_table();
  const std::vector<FittedTable> tables = tables_of(calibration);
  for (const auto& [of, errors] : errors_of(tables)) {
    (of.framework == every ? pooled : own).rows.push_back(cells(of, errors));
  }
  std::string text = "Rows of folds left out, all frameworks of a device together\n" +
                     pooled.text(style) + "\nThe same by format and framework\n" + own.text(style);
  const auto others = kept_out(tables);
  if (!others.empty()) text += "\nThe device that was left out\n";
  for (const auto& [label, ratios] : others) {
    const FitError error = fit_error(ratios);
    text += fmt::format("  {}: {} rows, median {} %, mean {} %, bias {:.3f}, bar {}: {}\n", label,
                        error.rows, percent(error.median), percent(error.mean), error.bias,
                        pair_of(left_out_bar.median, left_out_bar.mean),
                        passes(error, left_out_bar) ? "pass" : "MISS");
  }
  if (!calibration.skipped.empty()) text += "\nSkipped\n";
  for (const auto& [reason, rows] : calibration.skipped)
    text += fmt::format("  {} rows: {}\n", rows, reason);
  return text;
}

std::vector<PlotFile> calibration_plots(const Calibration& calibration) {
  constexpr std::size_t most_points = 2500;
  const MetricAxis axis = axis_of(Metric::latency);
  struct Residuals {
    std::map<std::string, ScatterSeries> coloured;
    std::vector<double> ratios;
  };
  std::map<std::pair<std::string, std::string>, Residuals> plots;  // of a class on a chip
  const auto add = [&](const std::string& what, const std::string& chip, const FittedTable& table,
                       Seconds measured, double ratio) {
    Residuals& residuals = plots[{what, chip}];
    residuals.ratios.push_back(ratio);
    ScatterSeries& series = residuals.coloured[table.of.framework];
    series.name = table.of.framework;
    const double time = measured.base() * axis.scale;
    series.points.emplace_back(time, time * std::exp(ratio));
  };
  const std::vector<FittedTable> tables = tables_of(calibration);
  for (const FittedTable& table : tables) {
    const std::string what = table.formats == every ? table.pool : table.pool + " " + table.formats;
    for (std::size_t row = 0; row < table.fit.chip_left_out.size(); ++row) {
      const FitRow& its = table.rows.rows[row];
      add(what, table.rows.chips[its.chip].id, table, its.op->latency,
          table.fit.chip_left_out[row]);
    }
    for (std::size_t row = 0; row < table.left_out.size(); ++row) {
      add(table.of.kernel, calibration.left_out_chip, table, table.left_out_times[row],
          table.left_out[row]);
    }
  }
  std::vector<PlotFile> files;
  for (auto& [key, residuals] : plots) {
    const FitError error = fit_error(residuals.ratios);
    PlotFile& file = files.emplace_back();
    file.name = fmt::format("chip-left-out-{}-{}.svg", key.first, key.second);
    std::ranges::replace(file.name, ' ', '-');
    file.scatter.ratios = true;
    file.scatter.title = fmt::format("Chip left out: {}, {}: residuals", key.first, key.second);
    file.scatter.subtitle = fmt::format("not fitted: n = {}, median {} %, mean {} %", error.rows,
                                        percent(error.median), percent(error.mean));
    file.scatter.quantity = axis.quantity;
    for (auto& [framework, series] : residuals.coloured)
      file.scatter.series.push_back(std::move(series));
    thin_out(file.scatter, most_points);
  }
  return files;
}

std::string calibration_summary(const Calibration& calibration) {
  std::string text;
  for (const FittedTable& table : tables_of(calibration)) {
    const FitOutcome& fit = table.fit;
    if (!fit.prior) continue;
    const FitError before = fit_error(fit.before);
    const FitError after = fit_error(fit.judged());
    const ResidualSpread spread = residual_of(table.rows, fit).spread;
    text += fmt::format(
        "{} of {} ({}), {} rows: median error {} -> {} %, mean {} -> {} % ({});\n"
        "  another such row is expected to take {:.2f} to {:.2f} of what is predicted (P10 to "
        "P90)\n",
        table.name, table.rows.family, table.rows.framework, table.rows.rows.size(),
        percent(before.median), percent(after.median), percent(before.mean), percent(after.mean),
        fit.left_out.empty() ? "of the fit itself" : "of rows left out", spread.p10, spread.p90);
  }
  return text;
}

std::string json_calibration(const Calibration& calibration) {
  const std::vector<FittedTable> tables = tables_of(calibration);
  Json groups = Json::array();
  for (const auto& [of, errors] : errors_of(tables)) {
    const FitError error = fit_error(errors.left_out);
    Json group = {{"chip", of.chip},
                  {"class", of.kernel},
                  {"format", of.format},
                  {"framework", of.framework}};
    group.update(json_error(error));
    if (errors.bar) {
      group["bar"] = {{"median_ape", 100 * errors.bar->median},
                      {"mean_ape", 100 * errors.bar->mean},
                      {"pass", passes(error, *errors.bar)}};
    }
    if (!errors.chip_left_out.empty()) {
      group["chip_left_out"] = json_error(fit_error(errors.chip_left_out));
    }
    groups.push_back(std::move(group));
  }
  Json fits = Json::array();
  for (const FittedTable& table : tables) {
    const FitOutcome& fit = table.fit;
    const ResidualSpread spread = residual_of(table.rows, fit).spread;
    Json one = {{"description", table.rows.family + "-" + table.rows.framework},
                {"table", table.name},
                {"free", fit.values.size()},
                {"fitted_rows", fit.fitted_rows},
                {"prior", fit.prior},
                {"before", json_error(fit_error(fit.before))},
                {"fit", json_error(fit_error(fit.fitted))},
                {"left_out", json_error(fit_error(fit.left_out))},
                {"p10", spread.p10},
                {"p90", spread.p90}};
    if (!table.left_out.empty()) one["device_left_out"] = json_error(fit_error(table.left_out));
    fits.push_back(std::move(one));
  }
  Json skipped = Json::array();
  for (const auto& [reason, rows] : calibration.skipped)
    skipped.push_back({{"reason", reason}, {"rows", rows}});
  Json document = {{"schema", 1}, {"groups", groups}, {"fits", fits}, {"skipped", skipped}};
  if (!calibration.left_out_chip.empty())
    document["left_out"] = json_left_out(calibration.left_out_chip, tables);
  return document.dump(2) + "\n";
}

}  // namespace infersim
