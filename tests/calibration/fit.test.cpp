#include "infersim/calibration/fit.hpp"

#include <algorithm>

#include "calibration/fit_rows.hpp"
#include "calibration/solver/ceres_solver.hpp"
#include "infersim/calibration/kernel_description_writer.hpp"
#include "support/catch.hpp"

namespace infersim::test {
namespace {

Calibration fitted(const std::vector<OperatorRows>& tables, const FitWorld& world,
                   const CalibrationChoice& choice = {}, std::size_t threads = 1) {
  CalibrationOptions options;
  options.threads = threads;
  options.data = "Own measurements: rows.csv";
  return calibrate(make_groups(tables, world.sources(), choice), solve_with_ceres, options,
                   [](std::size_t, std::size_t, const std::string&) {});
}

std::vector<MeasuredOperator> join_rows(std::vector<MeasuredOperator> a,
                                        const std::vector<MeasuredOperator>& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

std::string text_of(const Calibration& calibration) {
  std::string text;
  for (const auto& [id, description] : calibration.descriptions)
    text += write_kernel_description(description);
  return text;
}

TEST_CASE("a fit finds the parameters that rows were made with") {
  const FitWorld world;
  const auto tables = as_tables(gemm_rows(world.chips[0], true_kernel()));
  const Calibration result = fitted(tables, world);
  REQUIRE(result.fits.size() == 1);
  const KernelEfficiency& found = result.fits[0].parameters;
  const KernelEfficiency wanted = true_kernel();
  CHECK(fit_error(result.fits[0].left_out).mean < 0.01);
  CHECK_THAT(found.latency.base(), WithinRel(wanted.latency.base(), 0.03));
  CHECK_THAT(found.bandwidth, WithinRel(wanted.bandwidth, 0.03));
  CHECK_THAT(found.gemm.k_latency.base(), WithinRel(wanted.gemm.k_latency.base(), 0.05));
  CHECK(found.gemm.tiles == wanted.gemm.tiles);
  CHECK(result.fits[0].values.size() == 8);
}

TEST_CASE("rows that are far off hardly move a fit") {
  const FitWorld world;
  auto rows = gemm_rows(world.chips[0], true_kernel());
  for (std::size_t i = 0; i < rows.size(); i += 20)
    rows[i].latency *= 5;
  const auto tables = as_tables(std::move(rows));
  const Calibration result = fitted(tables, world);
  CHECK(fit_error(result.fits[0].left_out).median < 0.02);
  CHECK_THAT(result.fits[0].parameters.latency.base(),
             WithinRel(true_kernel().latency.base(), 0.1));
}

TEST_CASE("the order of rows and the number of threads do not change what is written") {
  const FitWorld world;
  auto rows = join_rows(gemm_rows(world.chips[0], true_kernel(), 0.1),
                        gemm_rows(world.chips[1], true_kernel(), 0.05));
  const auto tables = as_tables(rows);
  std::ranges::reverse(rows);
  const auto turned = as_tables(rows);
  const std::string once = text_of(fitted(tables, world));
  CHECK(once == text_of(fitted(turned, world, {}, 2)));
  CHECK(once.find("chips = [\"alpha\", \"beta\"]") != std::string::npos);
}

TEST_CASE("a fit that begins with what a fit has written writes the same") {
  FitWorld world;
  const auto tables = as_tables(gemm_rows(world.chips[0], true_kernel(), 0.1));
  const Calibration once = fitted(tables, world);
  world.description = once.descriptions.at("round-mine");
  CHECK(text_of(once) == text_of(fitted(tables, world)));
}

TEST_CASE("ten rows bring a slower device's error down and leave the rest as inherited") {
  FitWorld world;
  auto all = gemm_rows(world.chips[1], true_kernel(), 0.04, 1.4);
  world.description->entries.begin()->second.efficiency = true_kernel();
  std::vector<MeasuredOperator> ten;
  for (std::size_t i = 3; ten.size() < 10; i += 14)
    ten.push_back(all[i]);
  const auto tables = as_tables(ten);
  CalibrationChoice choice;
  choice.device = "beta";
  const Calibration result = fitted(tables, world, choice);
  REQUIRE(result.fits.size() == 1);
  const GroupFit& fit = result.fits[0];
  CHECK(fit.prior);
  CHECK(result.groups[0].place.device == "beta");
  CHECK(fit.left_out.size() == 10);
  CHECK(fit_error(fit.before).median > 0.25);
  CHECK(fit_error(fit.left_out).median < 0.15);
  const ResidualSpread spread = residual_of(result.groups[0], fit).spread;
  CHECK(spread.p10 > 0.6);
  CHECK(spread.p90 < 1.6);
  CHECK(spread.p90 > 1.03);
  // The rows that nobody gave it are predicted better as well.
  FitGroup others = result.groups[0];
  others.rows.clear();
  for (const MeasuredOperator& op : all)
    others.rows.push_back({&op, 0, shape_hash(op)});
  KernelTimes times(others, others.indices());
  CHECK(fit_error(times.log_ratios(fit.parameters)).mean < 0.2);
  CHECK(fit_error(times.log_ratios(true_kernel())).mean > 0.25);
}

TEST_CASE("rows of a single shape move no more than their prior lets them") {
  FitWorld world;
  world.description->entries.begin()->second.efficiency = true_kernel();
  auto rows = gemm_rows(world.chips[1], true_kernel(), 0, 2);
  rows.resize(1);
  const auto tables = as_tables(rows);
  CalibrationChoice choice;
  choice.device = "beta";
  const Calibration result = fitted(tables, world, choice);
  const KernelEfficiency& found = result.fits[0].parameters;
  CHECK(result.fits[0].left_out.empty());
  CHECK(found.latency > true_kernel().latency);
  CHECK(found.latency < 2.1 * true_kernel().latency);
  CHECK_THAT(found.compute, WithinRel(true_kernel().compute, 0.02));
}

TEST_CASE("a chip left out is predicted by the others of its family") {
  const FitWorld world;
  const auto tables = as_tables(join_rows(gemm_rows(world.chips[0], true_kernel()),
                                          gemm_rows(world.chips[1], true_kernel(), 0, 1.2)));
  CalibrationChoice choice;
  choice.left_out = "beta";
  const Calibration result = fitted(tables, world, choice);
  REQUIRE(result.groups.size() == 1);
  CHECK(result.groups[0].chips.size() == 1);
  CHECK(result.left_out[0].size() == 140);
  CHECK_THAT(fit_error(result.left_out[0]).bias, WithinRel(1 / 1.2, 0.01));
}

TEST_CASE("rows that lead nowhere are counted by reason") {
  const FitWorld world;
  auto rows = gemm_rows(world.chips[0], true_kernel());
  rows.resize(40);
  rows[0].labels.chip = "gamma";
  rows[1].types.products = NumberType::fp4;
  rows[2].kind = OperatorKind::collective;
  rows[2].shape = MeasuredCollective{};
  const auto tables = as_tables(rows);
  const CalibrationGroups groups = make_groups(tables, world.sources(), {});
  CHECK(groups.skipped.size() == 3);
  CHECK(groups.skipped.count("no chip is called gamma") == 1);
  REQUIRE(groups.fitted.size() == 1);
  CHECK(groups.fitted[0].rows.size() == 37);
}

}  // namespace
}  // namespace infersim::test
