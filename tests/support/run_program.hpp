#pragma once

#include <string>
#include <vector>

namespace infersim::test {

/// What a program left behind. A program ended by a signal has 128 + signal as its exit code.
struct ProgramResult {
  int exit_code = 0;
  std::string out;
  std::string err;
};

/// Runs `infersim` with these arguments, without input and from the root of the repository.
ProgramResult run_infersim(const std::vector<std::string>& arguments);

/// Runs any program: its path (or name on PATH), then its arguments.
ProgramResult run_command(const std::vector<std::string>& command);

}  // namespace infersim::test
