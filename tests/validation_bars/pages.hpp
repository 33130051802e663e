#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "infersim/report/scatter.hpp"
#include "published/table.hpp"
#include "validation_bars/left_out.hpp"
#include "validation_bars/measure.hpp"
#include "validation_bars/measurements.hpp"

namespace infersim::bars {

/// Errors of single operators: of rows that were not fitted, and in sample.
std::string operators_page(const Measurements& measurements, const LeftOut& left_out);

/// Errors of serving runs; those of another program beside ours on the same rows, from a CSV file
/// of its answers (`id, aic_ttft_ms, aic_tpot_ms`) if it is there.
std::string serving_page(const Measurements& measurements, const LeftOut& left_out,
                         const std::filesystem::path& other_program);

/// Every bar, what was measured, and what is lacking where it was missed.
std::string bars_page(const std::vector<Result>& results,
                      const std::vector<published::Rows>& published);

/// Residuals of a bar that was missed, as `residuals/<id>.svg`.
std::vector<PlotFile> residual_plots(const std::vector<Result>& results);

/// How many points of a class are within its bar.
std::size_t within_bar(const published::Rows& rows);

/// `residuals/published-<id>.svg`.
std::string published_plot_name(const published::Rows& rows);

/// Residuals of a class of published points of which one misses.
std::vector<PlotFile> published_plots(const std::vector<published::Rows>& classes);

/// Predicted against measured of each table, as `plots/<table>.<metric>.svg`; not of rows that are
/// doubtful or whose power was measured.
std::vector<PlotFile> table_plots(const Measurements& measurements);

}  // namespace infersim::bars
