// Prints the table of published points. Exits with 1, and says where, if the data file is wrong or
// a point's question cannot be asked: names what is not in the catalogue, contradicts itself.

#include <cstdio>
#include <vector>

#include "infersim/core/diagnostic.hpp"
#include "published/points.hpp"
#include "published/predict.hpp"
#include "published/table.hpp"
#include "support/repository.hpp"

int main() {
  using namespace infersim::published;
  const auto path = infersim::test::source_dir() / "tests" / "published" / "points.toml";
  int faults = 0;
  try {
    const PublishedPoints points =
        read_points(infersim::test::read_file(path), "tests/published/points.toml");
    std::vector<Rows> classes;
    for (const PointClass& c : points.classes) {
      Rows rows{&c, {}};
      for (const Point& point : c.points) {
        try {
          rows.rows.push_back({&point, predict(point)});
        } catch (const infersim::InputError& error) {
          ++faults;
          std::fprintf(stderr, "%s: %s\n", point.id.c_str(), error.what());
        }
      }
      classes.push_back(std::move(rows));
    }
    if (faults == 0) std::fputs(markdown(classes, points.unread).c_str(), stdout);
  } catch (const infersim::InputError& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
  return faults == 0 ? 0 : 1;
}
