// From the start of the process to the answer for a pinned plan, as a user or a script sees it.

#include <benchmark/benchmark.h>

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

namespace {

/// The program of the build that this benchmark belongs to.
std::string program() {
  const auto bench = std::filesystem::read_symlink("/proc/self/exe").parent_path();
  return (bench.parent_path() / "infersim").string();
}

/// Runs a command with its output thrown away; returns its exit code, or -1 if it did not start.
int run(const std::vector<std::string>& command) {
  std::vector<char*> arguments;
  for (const std::string& word : command)
    arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  for (const int stream : {STDOUT_FILENO, STDERR_FILENO}) {
    posix_spawn_file_actions_addopen(&actions, stream, "/dev/null", O_WRONLY, 0);
  }
  pid_t child = 0;
  const int failed =
      posix_spawn(&child, arguments.front(), &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (failed != 0) return -1;
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

void process_start(benchmark::State& state, const std::vector<std::string>& arguments) {
  std::vector<std::string> command = {program()};
  command.insert(command.end(), arguments.begin(), arguments.end());
  for (auto _ : state) {
    const auto start = std::chrono::steady_clock::now();
    const int code = run(command);
    state.SetIterationTime(
        std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
    if (code != 0) {
      const std::string error = command.front() + " ended with " + std::to_string(code);
      state.SkipWithError(error.c_str());
      return;
    }
  }
}

/// Each repetition is one process; the median is what to quote.
void often(benchmark::internal::Benchmark* benchmark) {
  benchmark->Iterations(1)->Repetitions(201)->ReportAggregatesOnly(true)->UseManualTime()->Unit(
      benchmark::kMillisecond);
}

BENCHMARK_CAPTURE(process_start, pinned_plan,
                  {"--hw", "ascend910b", "--model", "dsv3", "--tp", "4", "--pp", "1", "--dp", "4",
                   "--ep", "16", "--batch", "40"})
    ->Apply(often);
BENCHMARK_CAPTURE(process_start, pinned_plan_json,
                  {"--hw", "ascend910b", "--model", "dsv3", "--tp", "4", "--pp", "1", "--dp", "4",
                   "--ep", "16", "--batch", "40", "--json"})
    ->Apply(often);
BENCHMARK_CAPTURE(process_start, full_search, {"--hw", "ascend910b", "--model", "dsv3"})
    ->Apply(often);
BENCHMARK_CAPTURE(process_start, version, {"--version"})->Apply(often);

}  // namespace
