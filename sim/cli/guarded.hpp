#pragma once

#include <csignal>
#include <exception>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "cli/output.hpp"
#include "cli/verbs.hpp"
#include "infersim/core/diagnostic.hpp"

namespace infersim::cli {

/// What a program's main returns: `run` of its arguments. What is thrown becomes a message and an
/// exit code.
template <class Run>
int guarded_main(int argc, char** argv, Run run) {
  // A reader that goes away shows as a failed write, which every print checks.
  std::signal(SIGPIPE, SIG_IGN);
  try {
    return run(std::vector<std::string>{argv + (argc > 0 ? 1 : 0), argv + argc});
  } catch (const InputError& error) {
    print_message(error.what());
    return bad_input;
  } catch (const OutputError& error) {
    if (!error.quiet) print_message(fmt::format("error: standard output: {}", error.what()));
    return bad_input;
  } catch (const std::exception& error) {
    print_message(fmt::format("error: infersim failed: {}", error.what()));
    return internal_error;
  }
}

}  // namespace infersim::cli
