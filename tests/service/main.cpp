// Prints the table of the service above the steps. With `--must` a hundredth of the random
// questions is asked, nothing is timed, and the exit code says whether all that may not miss holds.

#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

#include "service/sections.hpp"

int main(int argc, char** argv) {
  using namespace infersim::service;
  const bool must = argc > 1 && std::string_view(argv[1]) == "--must";
  constexpr std::size_t all_questions = 100'000;
  std::vector<Section> sections;
  std::vector<Section> rows = measured_rows();
  if (rows.empty()) {
    std::fputs("SKIPPED: rows of measured tables: there are none beside this checkout\n", stderr);
  }
  if (!must) {
    sections.insert(sections.end(), rows.begin(), rows.end());
  } else if (!rows.empty()) {
    sections.push_back(rows.front());
  }
  sections.push_back(conditions(must ? all_questions / 100 : all_questions));
  sections.push_back(cases());
  if (!must) sections.push_back(search_times());
  const std::string said =
      must ? "Written by `infersim_service --must`; `tools/service` asks 100,000 random questions "
             "and "
             "adds the referee and times."
           : "Written by `tools/service`; times are of the machine that wrote this table.";
  std::fputs(infersim::demands::markdown(
                 "What stands on the steps: demands on the service, and what was measured",
                 said + " A remark that begins with \"open\" is known and not mended.", sections)
                 .c_str(),
             stdout);
  int missed = 0;
  for (const Section& section : sections) {
    for (const Row& row : section.rows)
      missed += row.pass || row.remark.starts_with("open: ") ? 0 : 1;
  }
  std::fprintf(stderr, "%d missed\n", missed);
  return must && missed > 0 ? 1 : 0;
}
