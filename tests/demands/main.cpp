// Prints the table of demands. With `--must` only what may not miss and does not depend on the
// machine is checked, and the exit code says whether all of it holds.

#include <cstdio>
#include <string_view>
#include <vector>

#include "demands/table.hpp"

int main(int argc, char** argv) {
  using namespace infersim::demands;
  const bool must = argc > 1 && std::string_view(argv[1]) == "--must";
  std::vector<Section> sections = {counts(), models(), chips(), verbs(), behaviour(), phones()};
  if (!must) {
    sections.push_back(speed());
    sections.push_back(bare_system());
  }
  std::fputs(markdown("Demands on the program, and what was measured",
                      "Written by `tools/demands`; times are of the machine that wrote this table: "
                      "two shared cores.",
                      sections)
                 .c_str(),
             stdout);
  int missed = 0;
  for (const Section& section : sections) {
    for (const Row& row : section.rows)
      missed += row.pass ? 0 : 1;
  }
  std::fprintf(stderr, "%d missed\n", missed);
  return must && missed > 0 ? 1 : 0;
}
