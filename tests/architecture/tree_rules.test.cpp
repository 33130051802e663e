#include "architecture/tree_rules.hpp"

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "support/catch.hpp"
#include "support/repository.hpp"

using infersim::test::rule_breaches;
namespace fs = std::filesystem;

namespace {

/// A tree of one's own, for as long as a test case lasts.
class ScratchTree {
 public:
  explicit ScratchTree(const std::string& name)
      : root_(fs::path(INFERSIM_BINARY_DIR) / "scratch" / name) {
    fs::remove_all(root_);
  }
  ScratchTree(const ScratchTree&) = delete;
  ScratchTree& operator=(const ScratchTree&) = delete;
  ~ScratchTree() { fs::remove_all(root_); }

  void write(const std::string& path, const std::string& text) const {
    fs::create_directories((root_ / path).parent_path());
    std::ofstream(root_ / path) << text;
  }
  [[nodiscard]] std::vector<std::string> breaches() const { return rule_breaches(root_); }

 private:
  fs::path root_;
};

using Breaches = std::vector<std::string>;

}  // namespace

TEST_CASE("The tree keeps the rules of its architecture") {
  const Breaches breaches = rule_breaches(infersim::test::source_dir());
  for (const std::string& breach : breaches)
    UNSCOPED_INFO(breach);
  CHECK(breaches.empty());
}

TEST_CASE("A layer that includes one it may not see is reported with its line") {
  const ScratchTree tree("upwards");
  tree.write("include/infersim/hardware/device.hpp",
             "#pragma once\n#include \"infersim/core/quantity.hpp\"\n"
             "#  include <infersim/workload/op.hpp>\n");
  tree.write("include/infersim/serving/queue.hpp",
             "#pragma once\n#include \"infersim/phase/step_model.hpp\"\n"
             "#include \"infersim/economics/bill.hpp\"\n");
  tree.write("sim/hardware/device.cpp", "#include \"cost/private.hpp\"\n");
  CHECK(tree.breaches() ==
        Breaches{"include/infersim/hardware/device.hpp:3: hardware may not include workload",
                 "include/infersim/serving/queue.hpp:3: serving may not include economics",
                 "sim/hardware/device.cpp:1: hardware may not include cost"});
}

TEST_CASE("What every row of the table allows is not reported") {
  const ScratchTree tree("allowed");
  tree.write("include/infersim/report/record.hpp",
             "#pragma once\n#include \"infersim/search/planner.hpp\"\n#include <vector>\n");
  tree.write("sim/report/record.cpp",
             "#include \"infersim/report/record.hpp\"\n#include <nlohmann/json.hpp>\n");
  tree.write("sim/cli/main.cpp", "#include \"cli/run.hpp\"\n#include <CLI/CLI.hpp>\n");
  tree.write("sim/cli/run.hpp", "#pragma once\n#include \"infersim/report/record.hpp\"\n");
  CHECK(tree.breaches() == Breaches{});
}

TEST_CASE("Heavy headers are kept out of public ones and Catch behind one header") {
  const ScratchTree tree("heavy");
  tree.write("include/infersim/core/reader.hpp", "#pragma once\n#include <toml++/toml.h>\n");
  tree.write("tests/core/reader.test.cpp", "#include <catch2/catch.hpp>\n");
  tree.write("tests/support/catch.hpp", "#pragma once\n#include <catch2/catch.hpp>\n");
  CHECK(tree.breaches() ==
        Breaches{"include/infersim/core/reader.hpp:2: a public header includes toml++/toml.h",
                 "tests/core/reader.test.cpp:1: includes Catch; use support/catch.hpp"});
}

TEST_CASE("Form: pragma once, 400 lines, a header for each source, folders that are layers") {
  const ScratchTree tree("form");
  std::string longest;
  for (int i = 0; i < 400; ++i)
    longest += "\n";
  tree.write("sim/core/fits.hpp", "#pragma once" + longest);
  tree.write("sim/core/fits.cpp", longest);
  tree.write("sim/core/orphan.cpp", longest + "\n");
  tree.write("sim/helpers/twice.hpp", "\n");
  CHECK(tree.breaches() == Breaches{"sim/core/orphan.cpp:1: has no header of the same name",
                                    "sim/core/orphan.cpp:401: longer than 400 lines",
                                    "sim/helpers/twice.hpp:1: lacks #pragma once",
                                    "sim/helpers:0: is no layer of the architecture"});
}
