// Writes tables and plots of errors into a directory (results/validation/): `infersim_validation
// DIR`. Skips if there are no measurements. Exits with 1, and says where, if a data
// file is wrong.

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <stdexcept>

#include "infersim/core/catalog.hpp"
#include "infersim/core/diagnostic.hpp"
#include "published/points.hpp"
#include "published/predict.hpp"
#include "support/repository.hpp"
#include "validation_bars/pages.hpp"

namespace infersim::bars {
namespace {

namespace fs = std::filesystem;

void write(const fs::path& path, const std::string& text) {
  fs::create_directories(path.parent_path());
  std::ofstream file(path, std::ios::binary);
  file << text;
  file.close();
  if (!file) throw std::runtime_error("cannot write " + path.string());
}

double seconds_of(const std::string& file) {
  const auto start = std::chrono::steady_clock::now();
  validate({file}, Catalog{}, [](const std::string&) {});
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

void write_results(const fs::path& directory, const fs::path& shared) {
  const fs::path here = test::source_dir() / "tests";
  const std::vector<Bar> bars = read_bars(test::read_file(here / "validation_bars/bars.toml"),
                                          "tests/validation_bars/bars.toml");
  const published::PublishedPoints points = published::read_points(
      test::read_file(here / "published/points.toml"), "tests/published/points.toml");
  const LeftOut left_out = read_left_out(test::source_dir() / "results" / "validation");
  const Measurements measurements((shared / "measurements").string());

  const Catalog catalog;
  CatalogNames names(catalog);
  std::vector<Result> results;
  for (const Bar& bar : bars) {
    const std::vector<Result> lines = measure(bar, {measurements, left_out, names, seconds_of});
    results.insert(results.end(), lines.begin(), lines.end());
  }
  std::vector<published::Rows> published;
  for (const published::PointClass& c : points.classes) {
    published.push_back({&c, {}});
    for (const published::Point& point : c.points)
      published.back().rows.push_back({&point, published::predict(point)});
  }

  write(directory / "bars.md", bars_page(results, published));
  write(directory / "operators.md", operators_page(measurements, left_out));
  write(directory / "serving.md",
        serving_page(measurements, left_out, shared / "references" / "aiconfigurator_on_agg.csv"));
  for (const char* folder : {"plots", "residuals"})
    fs::remove_all(directory / folder);
  for (const auto& plots :
       {table_plots(measurements), residual_plots(results), published_plots(published)}) {
    for (const PlotFile& plot : plots)
      write(directory / plot.name, scatter_svg(plot.scatter));
  }
}

}  // namespace
}  // namespace infersim::bars

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fputs("usage: infersim_validation DIR\n", stderr);
    return 2;
  }
  const auto measurements = infersim::test::shared_path("measurements");
  if (!measurements) {
    std::puts(
        "SKIPPED: there are no measurements. They are looked for in ../shared/measurements beside "
        "the checkout,\nor in measurements below $INFERSIM_SHARED; nothing was written.");
    return 0;
  }
  try {
    infersim::bars::write_results(argv[1], measurements->parent_path());
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
  return 0;
}
