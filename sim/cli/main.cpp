#include <string>
#include <vector>

#include <fmt/format.h>

#include "cli/guarded.hpp"
#include "cli/output.hpp"
#include "cli/verbs.hpp"
#include "infersim/core/diagnostic.hpp"
#include "infersim/core/text.hpp"
#include "infersim/report/schema.hpp"

namespace infersim::cli {

namespace {

std::string verb_list() {
  std::string text;
  for (const Verb& verb : verbs) {
    text += fmt::format("  {:<13}{}\n", verb.name, verb.summary);
  }
  return text;
}

const Verb& find_verb(const std::string& wanted) {
  std::vector<std::string> names;
  for (const Verb& verb : verbs) {
    if (verb.name == wanted) return verb;
    names.emplace_back(verb.name);
  }
  const std::string near = did_you_mean(wanted, names);
  throw InputError(fmt::format("unknown verb {}", quote(wanted)),
                   near.empty() ? "verbs: " + join(names) : near);
}

/// `run` where the first argument is an option.
ExitCode dispatch(std::vector<std::string> arguments) {
  if (arguments.empty() || arguments.front().starts_with('-')) {
    const bool only = arguments.size() == 1;
    if (only && (arguments.front() == "--version" || arguments.front() == "-V")) {
      print(fmt::format("infersim {}\n", version()));
      return done;
    }
    if (only && (arguments.front() == "--help" || arguments.front() == "-h")) {
      print("infersim predicts what serving a language model costs.\n\nVerbs:\n" + verb_list() +
            "\n");
    }
    return run(arguments);
  }
  const Verb& verb = find_verb(arguments.front());
  arguments.erase(arguments.begin());
  return verb.run(arguments);
}

}  // namespace

}  // namespace infersim::cli

int main(int argc, char** argv) {
  return infersim::cli::guarded_main(argc, argv, infersim::cli::dispatch);
}
