#include <algorithm>
#include <cstddef>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cli/arguments.hpp"
#include "cli/linting.hpp"
#include "cli/output.hpp"
#include "cli/verbs.hpp"

namespace infersim::cli {

namespace {

constexpr std::string_view summary =
    "What is wrong in descriptions, and what is legal but suspicious: peaks that look\n"
    "sparse, links counted both ways, capacities that no stacks make, units that are\n"
    "off, prices without a date, models that do not have the size of their name.";

constexpr std::string_view footer =
    "FILE describes a device, system, site, model (also config.json), traffic or an\n"
    "efficiency; its folder or else its keys say which. A folder means all TOML files\n"
    "below it. What is no file is looked up by its name in the catalogue; without FILE\n"
    "everything that can be named is looked at.\n"
    "\n"
    "A figure that stands out and is right says so in its table:\n"
    "  unusual = \"the data sheet says 1024 TFLOP/s without sparsity\"\n"
    "\n"
    "Examples:\n"
    "  infersim lint\n"
    "  infersim lint mychip/hardware/devices/mychip.toml\n"
    "  infersim lint --catalog mychip mychip\n"
    "  infersim lint --catalog mychip --json\n"
    "\n"
    "Exit codes: 0 nothing to remark, 1 suspicious, 2 a fault: it does not load or\n"
    "names what is not there. Findings are on standard output.\n";

std::string json_text(const std::vector<Finding>& findings) {
  auto array = nlohmann::ordered_json::array();
  for (const auto& [what, fault] : findings) {
    array.push_back({{"file", what.location.file},
                     {"line", what.location.line},
                     {"column", what.location.column},
                     {"severity", fault ? "error" : "warning"},
                     {"message", what.message},
                     {"hint", what.hint}});
  }
  // Text of unknown origin may be no UTF-8.
  return array.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

std::string line_of(const Finding& finding) {
  const std::string text = format(finding.what);
  if (finding.fault) return text;
  // As faults are written, but for the one word.
  const std::string word = "error: ";
  const std::size_t at = text.find(word + finding.what.message);
  return text.substr(0, at) + "warning: " + text.substr(at + word.size());
}

std::string counted(std::size_t count, std::string_view thing) {
  return fmt::format("{} {}{}", count, thing, count == 1 ? "" : "s");
}

std::string plain_text(const std::vector<Finding>& findings, std::size_t looked_at,
                       std::size_t faults) {
  std::string text;
  for (const Finding& finding : findings) {
    text += line_of(finding);
    if (!text.ends_with('\n')) text += '\n';
  }
  const std::size_t odd = findings.size() - faults;
  text += counted(looked_at, "description") + ": ";
  if (findings.empty()) return text + "nothing to remark\n";
  text += fmt::format("{}, {} suspicious\n", counted(faults, "fault"), odd);
  if (odd > 0) {
    text += "What is right all the same says why in its table: unusual = \"…\"\n";
  }
  return text;
}

}  // namespace

ExitCode lint(const std::vector<std::string>& arguments) {
  Syntax syntax{"lint", "[FILE...]", summary, footer, {json_flag}};
  Arguments options = parse_arguments(syntax, arguments);
  if (!options.help.empty()) {
    print(options.help);
    return done;
  }
  std::vector<Finding> findings;
  const std::vector<Subject> subjects = options.words.empty()
                                            ? subjects_of(options.catalog)
                                            : subjects_of(options.words, options.catalog, findings);
  const std::vector<Finding> found = lint(subjects, options.catalog);
  findings.insert(findings.end(), found.begin(), found.end());
  const auto faults = static_cast<std::size_t>(std::count_if(
      findings.begin(), findings.end(), [](const Finding& each) { return each.fault; }));
  print(options.has(json_flag.name) ? json_text(findings)
                                    : plain_text(findings, subjects.size(), faults));
  if (faults > 0) return bad_input;
  return findings.empty() ? done : suspicious;
}

}  // namespace infersim::cli
