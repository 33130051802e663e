#include <algorithm>
#include <cstddef>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "support/catch.hpp"
#include "support/run_program.hpp"
#include "support/temporary_folder.hpp"

using namespace infersim::test;
using nlohmann::json;

namespace {

using Words = std::vector<std::string>;

/// A sweep of 24 questions, of which some cannot run: 70B in 16 bits on one device.
const Words small = {"sweep",     "--hw", "h200,mi355x", "--model", "llama3.1-8b,llama3.1-70b",
                     "--devices", "1,2",  "--batch",     "1..16*4", "--dtype",
                     "bf16"};

Words with(Words words, const Words& more) {
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

std::string out_of(const Words& words) {
  const auto result = run_infersim(words);
  INFO(result.err);
  REQUIRE(result.exit_code == 0);
  return result.out;
}

std::vector<json> rows_of(const Words& words) {
  std::istringstream lines(out_of(with(words, {"--format", "jsonl"})));
  std::vector<json> rows;
  for (std::string line; std::getline(lines, line);)
    rows.push_back(json::parse(line));
  return rows;
}

std::string text_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

}  // namespace

TEST_CASE("the last axis is the fastest, and axes that vary are columns") {
  const auto rows = rows_of(small);
  REQUIRE(rows.size() == 24);
  std::size_t at = 0;
  for (const char* hw : {"h200", "mi355x"}) {
    for (const char* model : {"llama3.1-8b", "llama3.1-70b"}) {
      for (const int devices : {1, 2}) {
        for (const int batch : {1, 4, 16}) {
          const json& row = rows[at++];
          CHECK(row["point"] == at);
          CHECK(row["hw"] == hw);
          CHECK(row["model"] == model);
          CHECK(row["devices"] == devices);
          CHECK(row["batch"] == batch);
          CHECK(!row.contains("dtype"));
        }
      }
    }
  }
}

TEST_CASE("a row is what run says, and what cannot run has its reason") {
  const auto rows = rows_of(with(small, {"--columns", "all"}));
  std::size_t without = 0;
  for (std::size_t i = 0; i < rows.size(); i += 2) {
    const json& row = rows[i];
    const auto result = run_infersim({"--hw", row["hw"], "--model", row["model"], "--devices",
                                      row["devices"].dump(), "--batch", row["batch"].dump(),
                                      "--dtype", "bf16", "--json"});
    const json document = json::parse(result.out);
    if (result.exit_code != 0) {
      ++without;
      CHECK(row["reason"] == document["infeasible"]["reason"]);
      CHECK(row["tpot_ms"].is_null());
      continue;
    }
    CHECK(row["reason"].is_null());
    for (const auto& [key, value] : row.items()) {
      if (key == "point" || key == "sweep" || key == "reason" || key == "hw" || key == "model" ||
          key == "devices" || key == "batch")
        continue;
      std::string pointer = "/" + key;
      std::replace(pointer.begin(), pointer.end(), '.', '/');
      CAPTURE(key);
      CHECK(document.at(json::json_pointer(pointer)) == value);
    }
  }
  CHECK(without > 0);
}

TEST_CASE("figures that vary are bent as run bends them, and prices are axes") {
  const auto rows =
      rows_of({"sweep", "--hw", "h200", "--model", "llama3.1-8b", "--devices", "1", "--batch", "8",
               "--set", "device.memory.bandwidth=4..8TB/s*2", "--price", "h200=1,2"});
  REQUIRE(rows.size() == 4);
  const json bent = json::parse(
      out_of({"--hw", "h200", "--model", "llama3.1-8b", "--devices", "1", "--batch", "8", "--set",
              "device.memory.bandwidth=8TB/s", "--price", "h200=2", "--json"}));
  CHECK(rows[3]["device.memory.bandwidth"] == "8 TB/s");
  CHECK(rows[3]["tpot_ms"] == bent["tpot_ms"]);
  CHECK(rows[3]["cost.usd_per_mtok_output"] == bent["cost"]["usd_per_mtok_output"]);
  CHECK(rows[0]["tpot_ms"] > rows[3]["tpot_ms"]);
  CHECK_THAT(rows[1]["cost.usd_per_mtok_output"].get<double>() /
                 rows[0]["cost.usd_per_mtok_output"].get<double>(),
             WithinRel(2.0, 1e-9));
}

TEST_CASE("the same bytes with any number of jobs, in every format") {
  const TemporaryFolder folder;
  for (const char* format : {"table", "csv", "md", "jsonl", "json", "sqlite"}) {
    CAPTURE(format);
    for (const char* jobs : {"1", "2", "7"}) {
      out_of(with(small, {"--format", format, "--jobs", jobs, "--output", folder.path(jobs)}));
    }
    const std::string one = text_of(folder.path("1"));
    CHECK(!one.empty());
    CHECK((one == text_of(folder.path("2"))));
    CHECK((one == text_of(folder.path("7"))));
  }
}

TEST_CASE("shards, merged, are the whole, and one that is missing, doubled or torn is told") {
  const TemporaryFolder folder;
  const std::string whole = out_of(with(small, {"--format", "csv"}));
  Words parts = {"merge"};
  for (const char* shard : {"1/5", "2/5", "3/5", "4/5", "5/5"}) {
    parts.push_back(folder.path(std::string(1, *shard) + ".csv"));
    out_of(with(small, {"--shard", shard, "--output", parts.back()}));
  }
  CHECK((out_of(parts) == whole));

  const auto fault = [](const Words& words) {
    const auto result = run_infersim(words);
    CHECK(result.exit_code == 2);
    CHECK(result.out.empty());
    return result.err;
  };
  CHECK_THAT(fault({parts.begin(), parts.end() - 1}), ContainsSubstring("row 5 of 24 is missing"));
  CHECK_THAT(fault(with(parts, {parts.back()})), ContainsSubstring("row 5 is there twice"));
  const std::string torn = text_of(parts[3]);
  folder.write("3.csv", torn.substr(0, torn.size() - 4));
  CHECK_THAT(fault(parts), ContainsSubstring("its last row is torn"));
  out_of(with(small, {"--batch", "32", "--shard", "3/5", "--output", parts[3]}));
  CHECK_THAT(fault(parts), ContainsSubstring("another sweep"));
}

TEST_CASE("a file that stops at any byte is gone on with, byte for byte") {
  const TemporaryFolder folder;
  for (const char* ending : {"csv", "jsonl"}) {
    const Words words = with(small, {"--shard", "2/3", "--resume", "--output",
                                     folder.path(std::string("rows.") + ending)});
    out_of(words);
    const std::string whole = text_of(words.back());
    for (std::size_t length = 0; length <= whole.size(); length += 97) {
      CAPTURE(ending, length);
      folder.write(std::string("rows.") + ending, whole.substr(0, length));
      out_of(words);
      CHECK((text_of(words.back()) == whole));
    }
    // Rows of another question are not gone on with.
    const auto other = run_infersim(with(words, {"--batch", "64"}));
    CHECK(other.exit_code == 2);
    CHECK_THAT(other.err, ContainsSubstring("another sweep"));
    CHECK((text_of(words.back()) == whole));
  }
}

TEST_CASE("a sweep that is killed at any moment leaves what --resume completes") {
  const TemporaryFolder folder;
  const Words words =
      with(small, {"--isl", "256..4096+128", "--resume", "--output", folder.path("rows.csv")});
  std::string command = INFERSIM_PROGRAM;
  for (const std::string& word : words)
    command += " '" + word + "'";
  out_of(words);
  const std::string whole = text_of(words.back());
  for (const char* moment : {"0.02", "0.05", "0.09", "0.14", "0.2", "0.3"}) {
    CAPTURE(moment);
    folder.write("rows.csv", "");
    for (int i = 0; i < 2; ++i)
      run_command({"timeout", "-s", "KILL", moment, "sh", "-c", "exec " + command});
    CHECK((whole.starts_with(text_of(words.back()))));
    out_of(words);
    CHECK((text_of(words.back()) == whole));
  }
}

TEST_CASE("conditions, order and fronts agree with the rows themselves") {
  const auto all = rows_of(small);
  const auto some = rows_of(with(small, {"--where", "tpot_ms < 10 && hw != \"h200\""}));
  std::vector<json> expected;
  for (const json& row : all)
    if (row["tpot_ms"].is_number() && row["tpot_ms"] < 10 && row["hw"] != "h200")
      expected.push_back(row["point"]);
  REQUIRE(some.size() == expected.size());
  CHECK(!some.empty());
  for (std::size_t i = 0; i < some.size(); ++i)
    CHECK(some[i]["point"] == expected[i]);
  CHECK(rows_of(with(small, {"--where", "reason IS NOT NULL"})).size() ==
        static_cast<std::size_t>(std::count_if(
            all.begin(), all.end(), [](const json& row) { return !row["reason"].is_null(); })));

  const auto sorted = rows_of(with(small, {"--sort", "-tokens_per_s_per_device", "--top", "5"}));
  REQUIRE(sorted.size() == 5);
  for (const json& row : all) {
    if (row["tokens_per_s_per_device"].is_number()) {
      CHECK(row["tokens_per_s_per_device"] <= sorted[0]["tokens_per_s_per_device"]);
    }
  }
  for (std::size_t i = 1; i < sorted.size(); ++i)
    CHECK(sorted[i - 1]["tokens_per_s_per_device"] >= sorted[i]["tokens_per_s_per_device"]);

  const auto front = rows_of(with(small, {"--pareto", "tokens_per_s_per_device,tpot_ms"}));
  const auto beaten = [](const json& by, const json& row) {
    return by["tpot_ms"].is_number() &&
           by["tokens_per_s_per_device"] >= row["tokens_per_s_per_device"] &&
           by["tpot_ms"] <= row["tpot_ms"] &&
           (by["tokens_per_s_per_device"] > row["tokens_per_s_per_device"] ||
            by["tpot_ms"] < row["tpot_ms"]);
  };
  std::vector<json> unbeaten;
  for (const json& row : all) {
    const bool lost =
        std::any_of(all.begin(), all.end(), [&](const json& other) { return beaten(other, row); });
    if (row["tpot_ms"].is_number() && !lost) unbeaten.push_back(row["point"]);
  }
  REQUIRE(front.size() == unbeaten.size());
  for (std::size_t i = 0; i < front.size(); ++i)
    CHECK(front[i]["point"] == unbeaten[i]);
}

TEST_CASE("a TOML file says the same, and a command line goes before it") {
  const TemporaryFolder folder;
  const std::string file = folder.write(
      "sweep.toml",
      "hw = [\"h200\", \"mi355x\"]\nmodel = \"llama3.1-8b,llama3.1-70b\"\ndevices = [1, 2]\n"
      "batch = \"1..16*4\"\ndtype = \"bf16\"\ncolumns = [\"tpot_ms\"]\n");
  CHECK((out_of({"sweep", file}) == out_of(with(small, {"--columns", "tpot_ms"}))));
  CHECK(rows_of({"sweep", file, "--hw", "h200"}).size() == 12);
  const auto wrong =
      run_infersim({"sweep", folder.write("wrong.toml", "hw = \"h200\"\nset = 3\n")});
  CHECK(wrong.exit_code == 2);
  CHECK_THAT(wrong.err, ContainsSubstring("wrong.toml:2:1"));
}

TEST_CASE("bad input is told before anything runs") {
  const auto fault = [](const Words& more) {
    const auto result = run_infersim(with({"sweep", "--model", "llama3.1-8b"}, more));
    CHECK(result.exit_code == 2);
    CHECK(result.out.empty());
    return result.err;
  };
  CHECK_THAT(fault({"--hw", "h200,h2000"}), ContainsSubstring("`h2000`"));
  CHECK_THAT(fault({"--hw", "h200,h2000"}), ContainsSubstring("did you mean `h200`"));
  CHECK_THAT(fault({}), ContainsSubstring("--hw"));
  for (const char* range : {"1..", "4..1", "1..8*1", "0..8*2", "1..8/1", "1..8+0", "1..8*"})
    CHECK_THAT(fault({"--hw", "h200", "--batch", range}), ContainsSubstring("range"));
  CHECK_THAT(fault({"--hw", "h200", "--tp", "1,two"}), ContainsSubstring("two"));
  CHECK_THAT(fault({"--hw", "h200", "--set", "device.memory.bandwith=2..4TB/s*2"}),
             ContainsSubstring("bandwith"));
  CHECK_THAT(fault({"--hw", "h200", "--set", "device.memory.bandwidth=2GB/s..4TB/s*2"}),
             ContainsSubstring("two units"));
  CHECK_THAT(fault({"--hw", "h200", "--price", "b200=1..2/2"}), ContainsSubstring("b200"));
  CHECK_THAT(fault({"--hw", "h200", "--where", "ttft_mss < 1"}), ContainsSubstring("`ttft_ms`"));
  CHECK_THAT(fault({"--hw", "h200", "--where", "ttft_ms <"}), ContainsSubstring("no condition"));
  CHECK_THAT(fault({"--hw", "h200", "--columns", "tpot_mss"}), ContainsSubstring("`tpot_ms`"));
  CHECK_THAT(fault({"--hw", "h200", "--shard", "3/2"}), ContainsSubstring("no part 3"));
  CHECK_THAT(fault({"--hw", "h200", "--shard", "1/2", "--top", "3"}), ContainsSubstring("--top"));
  CHECK_THAT(fault({"--hw", "h200", "--resume"}), ContainsSubstring("--output"));
  CHECK_THAT(fault({"--hw", "h200", "--format", "parquet"}), ContainsSubstring("jsonl"));
}
