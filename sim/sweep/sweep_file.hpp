#pragma once

#include <string>
#include <vector>

namespace infersim {

/// What a TOML file says of a sweep, as the arguments of a command line in the order of its text:
/// keys are options with `_` or `-`, values texts, numbers, booleans or arrays of them; `[set]` has
/// paths in quotation marks, `[price]` devices. `batch = "1..1024*2"` is `--batch 1..1024*2`,
/// `resume = true` is `--resume`. `flags` are the options that take no value.
/// Throws InputError with the places of all faults; unknown keys are for the
/// reader of the arguments.
std::vector<std::string> sweep_file_arguments(const std::string& path,
                                              const std::vector<std::string>& flags);

}  // namespace infersim
