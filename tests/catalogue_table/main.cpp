// Prints the table of what people bring: chips, models, files and names. With `--must` the exit
// code says whether all holds but what is said to be open.

#include <cstdio>
#include <string_view>
#include <vector>

#include "catalogue_table/sections.hpp"

int main(int argc, char** argv) {
  using namespace infersim::catalogue_table;
  const bool must = argc > 1 && std::string_view(argv[1]) == "--must";
  std::vector<Section> sections = {chips(), models(), formats(), corrections(), cases()};
  if (Section files = configurations(); !files.rows.empty()) {
    sections.push_back(std::move(files));
  } else {
    std::fputs("SKIPPED: published configurations: there are none beside this checkout\n", stderr);
  }
  std::fputs(
      infersim::demands::markdown(
          "What people bring: chips, models, files and names",
          "Written by `tools/catalogue`. A remark that begins with \"open\" is known and not "
          "mended.",
          sections)
          .c_str(),
      stdout);
  int missed = 0;
  for (const Section& section : sections) {
    for (const Row& row : section.rows)
      missed += row.pass || row.remark.starts_with(open) ? 0 : 1;
  }
  std::fprintf(stderr, "%d missed\n", missed);
  return must && missed > 0 ? 1 : 0;
}
