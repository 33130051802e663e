#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace infersim::test {

/// Every breach of the rules of the tree below `root`, as `path:line: what`, sorted. Rules:
/// - a file of a layer includes only headers of layers that its row in the table allows;
/// - public headers do not include heavy libraries; only tests/support/catch.hpp includes Catch;
/// - every header has `#pragma once`, and no source file is longer than 400 lines;
/// - every sim/<layer>/x.cpp, but for those of the command line, has a header of the same name;
/// - every folder of include/infersim and sim is a layer.
std::vector<std::string> rule_breaches(const std::filesystem::path& root);

}  // namespace infersim::test
