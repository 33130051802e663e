#include <cctype>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "support/catch.hpp"
#include "support/repository.hpp"
#include "support/run_program.hpp"
#include "support/temporary_folder.hpp"

using namespace infersim::test;
namespace fs = std::filesystem;

namespace {

/// Runs a shell command in a folder in which the program is `./infersim`.
ProgramResult shell(const TemporaryFolder& folder, const std::string& command) {
  const fs::path link = folder.path("infersim");
  if (!fs::is_symlink(fs::symlink_status(link))) fs::create_symlink(program(), link);
  return run_command({"sh", "-c", "cd \"$1\" && eval \"$2\"", "sh", folder.path(), command});
}

/// The commands of the console block below a heading, continued lines joined.
std::vector<std::string> commands_below(const std::string& heading, const std::string& text) {
  const std::size_t start = text.find(heading);
  REQUIRE(start != std::string::npos);
  const std::size_t from = text.find("```console\n", start);
  const std::size_t to = text.find("\n```\n", from);
  REQUIRE(to != std::string::npos);
  std::vector<std::string> commands;
  std::istringstream block(text.substr(from, to + 1 - from));
  for (std::string line; std::getline(block, line);) {
    if (line.starts_with("$ ")) {
      commands.push_back(line.substr(2));
    } else if (line.starts_with("> ") && !commands.empty()) {
      commands.back() += "\n" + line.substr(2);
    }
  }
  return commands;
}

}  // namespace

TEST_CASE("init writes a catalogue that runs, and says how to go on") {
  const TemporaryFolder folder;
  const ProgramResult made = shell(folder, "./infersim init 'my chips'");
  CHECK(made.exit_code == 0);
  CHECK(made.err.empty());
  for (const char* file : {"hardware/devices/mychip.toml", "hardware/systems/mychip-server.toml",
                           "workloads/models/mymodel.toml", "workloads/traffic/mytraffic.toml"}) {
    INFO(file);
    CHECK(read_file(folder.path("my chips") + "/" + file) ==
          read_file(source_dir() / "templates" / file));
    CHECK_THAT(made.out, ContainsSubstring(file));
  }
  // The commands that it prints are to be typed as they are.
  std::istringstream lines(made.out.substr(made.out.find("\nNext:")));
  int typed = 0;
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with("  infersim ")) continue;
    const ProgramResult result = shell(folder, "./" + line.substr(2));
    INFO(line << '\n' << result.err);
    CHECK(result.exit_code == 0);
    ++typed;
  }
  CHECK(typed == 3);
}

TEST_CASE("init overwrites nothing") {
  const TemporaryFolder folder;
  folder.write("own/workloads/models/mymodel.toml", "mine\n");
  const ProgramResult result = run_infersim({"init", folder.path("own")});
  CHECK(result.exit_code == 2);
  CHECK(result.out.empty());
  CHECK_THAT(result.err, ContainsSubstring("mymodel.toml: error: is already there"));
  CHECK(read_file(folder.path("own/workloads/models/mymodel.toml")) == "mine\n");
  CHECK_FALSE(fs::exists(folder.path("own/hardware")));
}

TEST_CASE("init needs one directory that can be written") {
  CHECK(run_infersim({"init"}).exit_code == 2);
  CHECK(run_infersim({"init", "a", "b"}).exit_code == 2);
  const TemporaryFolder folder;
  const std::string file = folder.write("file", "");
  const ProgramResult result = run_infersim({"init", file + "/below"});
  CHECK(result.exit_code == 2);
  CHECK_THAT(result.err, ContainsSubstring("cannot be written"));
}

TEST_CASE("a chip is added in five minutes as hardware/README.md says") {
  const TemporaryFolder folder;
  const std::string readme = read_file(source_dir() / "hardware/README.md");
  const auto commands = commands_below("## Add your chip in five minutes", readme);
  REQUIRE(commands.size() >= 7);
  std::string printed;
  for (const std::string& command : commands) {
    const ProgramResult result = shell(folder, command);
    INFO(command << '\n' << result.out << result.err);
    CHECK(result.exit_code == 0);
    printed += result.out;
  }
  // Each edit hit its figure, and what follows is computed with it.
  const std::string chip = read_file(folder.path("mine/hardware/devices/mychip.toml"));
  int edits = 0;
  for (const std::string& command : commands) {
    if (!command.starts_with("sed -i ")) continue;
    // s/old/new/ at the end of a line: what stands after the second slash is in the file now.
    std::string script = command.substr(command.find("s/") + 2);
    script = script.substr(0, script.rfind("/'"));
    std::string wanted;
    int slashes = 0;
    for (std::size_t i = 0; i < script.size(); ++i) {
      if (script[i] == '\\') {
        if (slashes == 1) wanted += script[i + 1];
        ++i;
      } else if (script[i] == '/') {
        ++slashes;
      } else if (slashes == 1) {
        wanted += script[i];
      }
    }
    INFO(command);
    CHECK_THAT(chip, ContainsSubstring(wanted));
    ++edits;
  }
  CHECK(edits == 3);
  CHECK_THAT(printed, ContainsSubstring("nothing to remark"));
  CHECK_THAT(printed, ContainsSubstring("96.0 GB of HBM3e"));
}
