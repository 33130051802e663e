#include <filesystem>
#include <fstream>
#include <string>

#include <nlohmann/json.hpp>

#include "support/catch.hpp"
#include "support/repository.hpp"
#include "support/run_program.hpp"
#include "support/temporary_folder.hpp"

using namespace infersim::test;
using nlohmann::json;
namespace fs = std::filesystem;

namespace {

/// A directory of its own with a small configuration.
class Folder : public TemporaryFolder {
 public:
  Folder() { (void)write("org--tiny_config.json", config("")); }

  [[nodiscard]] std::string operator/(const std::string& file) const { return path(file); }
  static std::string config(const std::string& more) {
    return R"({"model_type": "llama", "hidden_size": 256, "num_hidden_layers": 4,
      "num_attention_heads": 8, "num_key_value_heads": 2, "intermediate_size": 512,
      "vocab_size": 1000, "max_position_embeddings": 2048, "hidden_act": "silu",
      "tie_word_embeddings": true, "torch_dtype": "bfloat16")" +
           more + "}";
  }
};

json counts(const std::string& path) {
  const auto result = run_infersim({"show", path, "--json"});
  INFO(result.err);
  REQUIRE(result.exit_code == 0);
  json document = json::parse(result.out);
  json kept;
  for (const char* key : {"total_params", "active_params", "kv_bytes_per_token", "state_bytes",
                          "mtp_params", "vision_params", "weight_bytes", "max_context"}) {
    kept[key] = document[key];
  }
  return kept;
}

}  // namespace

TEST_CASE("an imported configuration is a description that counts the same") {
  const Folder folder;
  const auto imported = run_infersim({"import", folder / "org--tiny_config.json"});
  REQUIRE(imported.exit_code == 0);
  CHECK(imported.err.empty());
  CHECK_THAT(imported.out, ContainsSubstring("hidden"));
  folder.write("tiny.toml", imported.out);
  CHECK(counts(folder / "tiny.toml") == counts(folder / "org--tiny_config.json"));
}

TEST_CASE("a file is written, and replaced only if that is asked for") {
  const Folder folder;
  const std::string config = folder / "org--tiny_config.json";
  const std::string file = folder / "tiny.toml";
  const auto written = run_infersim({"import", config, "-o", file});
  // What is read back goes by the name of the file.
  const json shown = json::parse(run_infersim({"show", file, "--json"}).out);
  CHECK(shown["id"] == fs::path(file).stem().string());
  CHECK(written.exit_code == 0);
  CHECK(written.out.empty());
  // The same as on standard output from the second line on.
  const auto after_id = [](const std::string& text) { return text.substr(text.find('\n')); };
  CHECK(after_id(read_file(file)) == after_id(run_infersim({"import", config}).out));
  folder.write("tiny.toml", "mine");
  const auto again = run_infersim({"import", config, "--output=" + file});
  CHECK(again.exit_code == 2);
  CHECK_THAT(again.err, ContainsSubstring("--force"));
  CHECK(read_file(file) == "mine");
  CHECK(run_infersim({"import", config, "-o", file, "--force"}).exit_code == 0);
  CHECK(read_file(file) != "mine");
  CHECK(run_infersim({"import", config, "-o", folder / "no/such/folder.toml"}).exit_code == 2);
}

TEST_CASE("what is not understood is refused by name unless it is accepted") {
  const Folder folder;
  folder.write("odd_config.json", Folder::config(R"(, "num_frobnicators": 7, "sideways": true)"));
  const std::string odd = folder / "odd_config.json";
  const auto refused = run_infersim({"import", odd});
  CHECK(refused.exit_code == 2);
  CHECK(refused.out.empty());
  CHECK_THAT(refused.err, ContainsSubstring("num_frobnicators"));
  CHECK_THAT(refused.err, ContainsSubstring("sideways"));
  CHECK(run_infersim({"import", odd, "--accept", "sideways"}).exit_code == 2);
  CHECK(run_infersim({"import", odd, "--accept", "sideways", "--accept", "num_frobnicators"})
            .exit_code == 0);
}

TEST_CASE("what is no configuration is bad input") {
  const Folder folder;
  folder.write("broken.json", "{\"hidden_size\": ");
  CHECK(run_infersim({"import", folder / "broken.json"}).exit_code == 2);
  CHECK(run_infersim({"import", folder / "absent.json"}).exit_code == 2);
  CHECK(run_infersim({"import"}).exit_code == 2);
  CHECK(run_infersim({"import", "a.json", "b.json"}).exit_code == 2);
  CHECK(run_infersim({"import", folder / "org--tiny_config.json", "-o"}).exit_code == 2);
}

TEST_CASE("every shared configuration imports and counts the same afterwards") {
  const auto configs = shared_path("model_configs");
  if (!configs) return skip("no shared data");
  const Folder folder;
  int tried = 0;
  for (const auto& entry : fs::recursive_directory_iterator(*configs)) {
    if (entry.path().extension() != ".json") continue;
    INFO(entry.path());
    const auto imported = run_infersim({"import", entry.path().string()});
    INFO(imported.err);
    REQUIRE(imported.exit_code == 0);
    folder.write("model.toml", imported.out);
    CHECK(counts(folder / "model.toml") == counts(entry.path().string()));
    ++tried;
  }
  CHECK(tried > 0);
}
