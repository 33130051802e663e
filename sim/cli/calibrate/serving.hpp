#pragma once

#include <string>
#include <vector>

#include "infersim/calibration/measured_table.hpp"
#include "infersim/core/catalog.hpp"

namespace infersim::cli {

/// Fits the terms of every framework that the tables of serving runs name, prints them with their
/// errors on what was left out, and (if `directory` is not empty) writes frameworks' descriptions
/// and `serving_cv.json` into it.
void calibrate_serving(const std::vector<MeasuredTable>& tables, const Catalog& catalog,
                       const std::string& framework, const std::string& directory);

/// Fits the terms without the runs of a device, which is taken for one of `family` (empty: of its
/// own), and says how far its runs are from that; as lines of `serving_cv.json` if `as_json`.
void predict_left_out_serving(const std::vector<MeasuredTable>& tables, const Catalog& catalog,
                              const std::string& device, const std::string& family, bool as_json);

}  // namespace infersim::cli
