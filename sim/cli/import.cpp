#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "cli/arguments.hpp"
#include "cli/output.hpp"
#include "cli/verbs.hpp"
#include "infersim/core/diagnostic.hpp"
#include "infersim/core/text.hpp"
#include "infersim/scenario/lookup.hpp"
#include "infersim/workload/model_writer.hpp"

namespace infersim::cli {

namespace {

constexpr std::string_view summary =
    "Writes a Hugging Face config.json or the header of a GGUF file as a model\n"
    "description (workloads/README.md), on standard output or to a file.";

constexpr std::string_view footer =
    "Examples:\n"
    "  infersim import Llama-3.1-8B/config.json\n"
    "  infersim import config.json -o workloads/models/mine.toml\n"
    "  infersim import config.json --accept some_new_key\n"
    "  infersim import config.json > mine.toml && infersim show mine.toml\n"
    "\n"
    "A configuration is recognised by its keys, whatever its model_type. One that is\n"
    "neither understood nor known to change no shape is refused, naming it; --accept\n"
    "passes it over. `--model config.json` and `infersim show config.json` read\n"
    "configurations without importing them. Of hf_quant_config.json and\n"
    "model.safetensors.index.json beside a config.json formats and bytes are read.\n"
    "Exit codes: 0 done, 2 bad input.\n";

constexpr OptionSpec output_option{"--output", "FILE", "write to FILE instead", "-o"};
constexpr OptionSpec force_flag{"--force", "", "also if FILE exists"};

void write_file(const std::string& path, const std::string& text, bool force) {
  // `x` makes looking and creating one step.
  std::FILE* file = std::fopen(path.c_str(), force ? "wb" : "wbx");
  if (file == nullptr) {
    const int why = errno;
    throw InputError(
        fmt::format("{}: {}", quote(path), why == EEXIST ? "exists already" : std::strerror(why)),
        why == EEXIST ? "--force replaces it" : "check the path");
  }
  const bool written = std::fwrite(text.data(), 1, text.size(), file) == text.size();
  const int why = errno;
  if (std::fclose(file) != 0 || !written) {
    throw InputError(fmt::format("{}: {}", quote(path), std::strerror(why)),
                     "the file is incomplete");
  }
}

}  // namespace

ExitCode import_model(const std::vector<std::string>& arguments) {
  const Syntax syntax{.verb = "import",
                      .words = "CONFIG",
                      .summary = summary,
                      .footer = footer,
                      .options = {output_option, force_flag, accept_option}};
  const Arguments given = parse_arguments(syntax, arguments);
  if (!given.help.empty()) {
    print(given.help);
    return done;
  }
  if (given.words.size() != 1) {
    throw InputError(given.words.empty() ? "import: no config.json is named"
                                         : "import: one config.json at a time",
                     "infersim import path/to/config.json");
  }
  const std::string& word = given.words.front();
  const auto local = is_model_path(word) ? std::nullopt : find_local_model(word);
  const Description config = local ? read_local_model(*local) : read_description(word);
  ModelSpec model = read_model(config, given.values(accept_option.name));
  const auto path = given.value(output_option.name);
  // A description goes by the name of its file.
  if (path) model.id = std::filesystem::path(*path).stem().string();
  const std::string text = write_model(model);
  if (path) {
    write_file(*path, text, given.has(force_flag.name));
  } else {
    print(text);
  }
  return done;
}

}  // namespace infersim::cli
