#include "infersim/core/text.hpp"

#include "support/catch.hpp"

using namespace infersim;
using Names = std::vector<std::string>;

TEST_CASE("names fold case and punctuation away") {
  CHECK(fold_name("Llama-3.1-70B") == "llama3170b");
  CHECK(fold_name("llama3.1-70b") == fold_name("llama_3_1_70b"));
  CHECK(fold_name("deepseek-ai/DeepSeek V3") == "deepseekaideepseekv3");
  CHECK(fold_name("").empty());
}

TEST_CASE("nearest names: those that contain the wanted one first, then by edit distance") {
  const Names names = {"h100", "h200", "h800", "ascend910b", "ascend910c", "mi300x"};
  CHECK(nearest_names("910b", names, 1) == Names{"ascend910b"});
  CHECK(nearest_names("ascend910", names) == Names{"ascend910b", "ascend910c"});
  CHECK(nearest_names("ascend910d", names) == Names{"ascend910b", "ascend910c"});
  CHECK(nearest_names("h20", names, 2) == Names{"h200", "h100"});
  CHECK(nearest_names("MI-300-X", names) == Names{"mi300x"});
}

TEST_CASE("swapped neighbours are one edit") {
  // Plain Levenshtein distance counts two, which is more than half of three letters.
  CHECK(nearest_names("pt3", {"tp3"}) == Names{"tp3"});
}

TEST_CASE("names that are not near are left out") {
  CHECK(nearest_names("qqqqqq", {"h100", "h200"}).empty());
  // Distance 2 of length 4 is just near, 3 is not.
  CHECK(nearest_names("abcd", {"abxy"}) == Names{"abxy"});
  CHECK(nearest_names("abcd", {"axyz"}).empty());
  // Two letters occur in anything.
  CHECK(nearest_names("tp", {"output_power"}).empty());
  CHECK(nearest_names(std::string(1000, 'a'), {std::string(999, 'a')}).empty());
  CHECK(nearest_names("", {"h100"}).empty());
}

TEST_CASE("did you mean") {
  CHECK(did_you_mean("bandwith", {"bandwidth", "name"}) == "did you mean `bandwidth`?");
  CHECK(did_you_mean("h20", {"h200", "h100"}) == "did you mean `h200` or `h100`?");
  CHECK(did_you_mean("h20", {"h200", "h100", "h800"}) == "did you mean `h200`, `h100` or `h800`?");
  CHECK(did_you_mean("x", {"bandwidth"}).empty());
}

TEST_CASE("join") {
  CHECK(join({}).empty());
  CHECK(join({"a"}) == "a");
  CHECK(join({"a", "b", "c"}) == "a, b, c");
  CHECK(join({"a", "b"}, " + ") == "a + b");
}

TEST_CASE("text of unknown origin is shown without bytes that could harm a terminal") {
  CHECK(quote("4.8 TB") == "`4.8 TB`");
  CHECK(quote("\x1b[31m\n") == "`\\x1b[31m\\x0a`");
  CHECK(quote("é") == "`é`");
  CHECK(quote("\xe9") == "`\\xe9`");
  CHECK(quote("\xe2\x82") == "`\\xe2\\x82`");
  CHECK(quote(std::string(1000, 'a')) == "`" + std::string(60, 'a') + "…`");
}
