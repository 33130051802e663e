#include <fmt/format.h>

#include <filesystem>
#include <string>
#include <vector>

#include "demands/table.hpp"
#include "support/repository.hpp"
#include "support/run_program.hpp"
#include "support/temporary_folder.hpp"

namespace infersim::demands {
namespace {

struct Command {
  std::vector<std::string> arguments;
  int code;
  std::vector<std::string> says;  ///< in what it prints, on either stream
};

/// `infersim …` as it would be typed; the temporary folder goes by the name DIR.
std::string typed(const std::vector<std::string>& arguments, const std::string& folder) {
  std::string line = "infersim";
  for (std::string argument : arguments) {
    const std::size_t at = argument.find(folder);
    if (at != std::string::npos) argument.replace(at, folder.size(), "DIR/");
    const std::size_t shared = argument.find("shared/");
    if (shared != std::string::npos) argument = "../" + argument.substr(shared);
    line += " " + argument;
  }
  return line;
}

Row tried(const Command& command, const std::string& folder) {
  const test::ProgramResult result = test::run_infersim(command.arguments);
  std::string missing;
  for (const std::string& text : command.says) {
    if (result.out.find(text) == std::string::npos && result.err.find(text) == std::string::npos) {
      missing += (missing.empty() ? "" : ", ") + text;
    }
  }
  std::string bar = "exit " + std::to_string(command.code);
  for (std::size_t i = 0; i < command.says.size(); ++i)
    bar += (i == 0 ? "; says " : ", ") + command.says[i];
  std::string measured = "exit " + std::to_string(result.exit_code);
  measured += missing.empty() ? "; says so" : "; does not say " + missing;
  return holds("`" + typed(command.arguments, folder) + "`", bar, measured,
               result.exit_code == command.code && missing.empty());
}

std::vector<Command> commands(const test::TemporaryFolder& folder) {
  const std::string mine = folder.path("mine");
  const std::string chip = mine + "/hardware/devices/mychip.toml";
  const std::vector<std::string> hw_keys = {"\"id\"", "\"aliases\"", "\"name\"", "\"class\""};
  const std::vector<std::string> model_keys = {"\"total_params\"", "\"active_params\"",
                                               "\"kv_bytes_per_token\"", "\"state_bytes\""};
  return {
      {{"list", "hw"}, 0, {"ascend910b", "rubin", "wse-3", "tpu-v7", "m4-max", "deepverse-300"}},
      {{"list", "hw", "--json"}, 0, hw_keys},
      {{"list", "hw", "moore"}, 0, {"mtt-s4000"}},
      {{"list", "systems"}, 0, {"cloudmatrix384", "gb200-nvl72"}},
      {{"list", "models"}, 0, {"deepseek-v3.2", "nemotron-h-56b", "gpt-moe-1.8t"}},
      {{"list", "models", "--json"}, 0, model_keys},
      {{"list", "sites"}, 0, {"china"}},
      {{"list", "traffic"}, 0, {"chat"}},
      {{"list", "chips"}, 2, {"hw"}},
      {{"show", "h200"}, 0, {"989 TFLOP/s", "datasheet", "ridge point", "fitted on"}},
      {{"show", "m4-max", "--json"}, 0, {"\"id\""}},
      {{"show", "qwen3.5-397b"}, 0, {"delta", "state"}},
      {{"show", "gpt-oss-120b", "--json"}, 0, model_keys},
      {{"show", "h2000"}, 2, {"did you mean"}},
      {{"init", mine}, 0, {"mychip", "mymodel"}},
      {{"init", mine}, 2, {"mychip"}},
      {{"lint", chip}, 0, {}},
      {{"--catalog", mine, "--hw", "mychip", "--model", "mymodel", "--traffic", "mytraffic"},
       0,
       {"output tokens/s"}},
      {{"show", "--catalog", mine, "mychip"}, 0, {"ridge point"}},
      {{"lint"}, 0, {}},
      {{"lint", folder.path("none.toml")}, 2, {}},
  };
}

/// Every published configuration beside this repository.
void imports(Section& s, const test::TemporaryFolder& folder) {
  const auto shared = test::shared_path("model_configs");
  if (!shared) {
    s.rows.push_back(holds("published configurations import", "all", "../shared is absent: skipped",
                           true, "nothing was measured"));
    return;
  }
  int read = 0;
  int all = 0;
  std::string refused;
  for (const auto& file : std::filesystem::recursive_directory_iterator(*shared)) {
    if (file.path().extension() != ".json") continue;
    ++all;
    const std::string to = folder.path(file.path().stem().string() + ".toml");
    const bool written =
        test::run_infersim({"import", file.path().string(), "-o", to}).exit_code == 0;
    // What was written is a model like any other.
    const bool runs = written && test::run_infersim({"show", to, "--json"}).exit_code == 0;
    if (runs) ++read;
    if (!runs) refused += " " + file.path().filename().string();
  }
  s.rows.push_back(holds("`infersim import` and `show` of ../shared/model_configs/*",
                         std::to_string(all), std::to_string(read) + refused, read == all));
}

}  // namespace

Section verbs() {
  Section s{"Verbs", {}};
  const test::TemporaryFolder folder;
  for (const Command& command : commands(folder))
    s.rows.push_back(tried(command, folder.path() + "/"));
  imports(s, folder);
  return s;
}

}  // namespace infersim::demands
