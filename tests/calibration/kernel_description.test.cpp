#include "infersim/calibration/kernel_description.hpp"

#include <filesystem>

#include "infersim/calibration/fit_error.hpp"
#include "infersim/calibration/free_parameters.hpp"
#include "infersim/calibration/kernel_description_writer.hpp"
#include "support/catch.hpp"
#include "support/repository.hpp"

namespace infersim::test {
namespace {

namespace fs = std::filesystem;

EfficiencyText text_of(const fs::path& path) { return {read_file(path), path.string()}; }

EfficiencyText family_of(const std::string& id) {
  const fs::path path = source_dir() / "hardware/efficiency" / (id + ".toml");
  return fs::exists(path) ? text_of(path) : EfficiencyText{};
}

TEST_CASE("every description of kernels that is written and read is written the same again") {
  const EfficiencyText base = text_of(source_dir() / "hardware/efficiency/datacenter.toml");
  std::size_t files = 0;
  for (const auto& file : fs::directory_iterator(source_dir() / "hardware/efficiency/kernels")) {
    const EfficiencyText own = text_of(file.path());
    const std::string stem = file.path().stem().string();
    INFO(stem);
    if (own.toml.find("residual") == std::string::npos) continue;  // written by hand alone
    const KernelDescription first = load_kernel_description(base, {}, own);
    const EfficiencyText family = family_of(first.family);
    const std::string written =
        write_kernel_description(load_kernel_description(base, family, own));
    const KernelDescription again = load_kernel_description(base, family, {written, stem});
    CHECK(write_kernel_description(again) == written);
    CHECK(again.id == stem);
    const Efficiency before = with_kernels(load_efficiency(base, family), own);
    const Efficiency after = with_kernels(load_efficiency(base, family), {written, stem});
    CHECK(after.links.library == before.links.library);
    CHECK(after.links.custom == before.links.custom);
    for (const KernelClass kernel : all_kernel_classes) {
      for (const KernelFormat format : all_kernel_formats) {
        const double one = before.kernel(kernel, format).latency.base();
        const double other = after.kernel(kernel, format).latency.base();
        CHECK_THAT(other, WithinRel(one, 1e-4));
        CHECK(before.kernel(kernel, format).tile_rows == after.kernel(kernel, format).tile_rows);
      }
    }
    ++files;
  }
  CHECK(files > 0);
}

TEST_CASE("the parameters that fits choose lie within what descriptions may say") {
  for (const KernelClass kernel : all_kernel_classes) {
    for (const FreeParameter& free : free_parameters(kernel)) {
      INFO(name(kernel) << ' ' << free.key);
      const KernelParameter* found = nullptr;
      for (const auto& table : {common_parameters(kernel), tuning_parameters(kernel)}) {
        for (const KernelParameter& each : table) {
          if (each.key == free.key) found = &each;
        }
      }
      REQUIRE(found != nullptr);
      CHECK(free.least >= found->least);
      const bool bounded = found->unit == ParameterUnit::number;
      CHECK((!bounded || free.most <= found->most));
      for (const double start : free.starts)
        CHECK((start >= free.least && start <= free.most));
      CHECK(free.spread > 0);
      CHECK((!free.logarithmic || free.least > 0));
    }
  }
}

TEST_CASE("errors of known ratios") {
  const std::vector<double> ratios = {std::log(1.1), std::log(0.8), std::log(1.0)};
  const FitError error = fit_error(ratios);
  CHECK_THAT(error.median, WithinRel(0.1, 1e-12));
  CHECK_THAT(error.mean, WithinRel(0.1, 1e-12));
  CHECK_THAT(error.p90, WithinRel(0.18, 1e-12));
  CHECK_THAT(error.bias, WithinRel(1.0, 1e-12));
}

TEST_CASE("the spread of few rows is Student's, of many that of the rows") {
  // n = 10, s = 0.1 and mean 0: t(0.9; 9) = 1.3830, so 1.3830 * 0.1 * sqrt(1.1) = 0.14505.
  std::vector<double> few;
  const double half = 0.1 * std::sqrt(9.0 / 10.0);
  for (int i = 0; i < 10; ++i)
    few.push_back(i % 2 == 0 ? half : -half);
  CHECK_THAT(std::log(spread_of(few).p90), WithinRel(0.14505, 1e-3));
  CHECK_THAT(std::log(spread_of(few).p10), WithinRel(-0.14505, 1e-3));
  std::vector<double> many;
  for (int i = 0; i <= 100; ++i)
    many.push_back(0.01 * (i - 50));
  CHECK_THAT(std::log(spread_of(many).p90), WithinRel(0.4, 1e-9));
  CHECK_THAT(std::log(spread_of(many).p10), WithinRel(-0.4, 1e-9));
  CHECK(spread_of({}).p90 == 0);
}

}  // namespace
}  // namespace infersim::test
