#include <string>
#include <vector>

#include "infersim/calibration/operator_format.hpp"
#include "infersim/calibration/operator_rows.hpp"
#include "infersim/core/diagnostic.hpp"
#include "infersim/hardware/device.hpp"
#include "infersim/hardware/site.hpp"
#include "infersim/hardware/system.hpp"
#include "infersim/serving/framework.hpp"
#include "infersim/validation/serving_point.hpp"
#include "infersim/workload/hf_config.hpp"
#include "infersim/workload/model.hpp"
#include "infersim/workload/traffic.hpp"
#include "support/catch.hpp"
#include "support/repository.hpp"

using namespace infersim;

namespace {

/// Whether a reader answers with a value or with faults; anything else that it throws escapes.
template <class Load>
bool is_fault(Load load, const std::string& text) {
  try {
    (void)load(text, "any");
    return false;
  } catch (const InputError& error) {
    REQUIRE_FALSE(error.faults().empty());
    return true;
  }
}

ModelSpec load_config(const std::string& text, const std::string& path) {
  return load_hf_config(text, path);
}

/// A table of measurements as whatever its columns make it.
std::size_t load_table(const std::string& text, const std::string& path) {
  const MeasuredTable table(text, path);
  if (const auto kind = operator_kind(table)) return read_operators(table, *kind).rows.size();
  return is_serving_table(table) ? read_serving_points(table).points.size() : 0;
}

bool all_refuse(const std::string& text) {
  return is_fault(load_device, text) && is_fault(load_system, text) && is_fault(load_site, text) &&
         is_fault(load_model, text) && is_fault(load_traffic, text) &&
         is_fault(load_framework, text) && is_fault(load_config, text);
}

std::string repeat(std::string_view text, int times) {
  std::string all;
  for (int i = 0; i < times; ++i)
    all += text;
  return all;
}

/// Cuts a text at every `step` bytes, and damages it there.
template <class Load>
void maul(Load load, const std::string& text, std::size_t step) {
  for (std::size_t at = 0; at < text.size(); at += step) {
    is_fault(load, text.substr(0, at));
    for (const char damage : {'\0', '"', '[', '\xff', '9', '\n', '.', '='}) {
      std::string damaged = text;
      damaged[at] = damage;
      is_fault(load, damaged);
    }
  }
}

}  // namespace

TEST_CASE("texts that are no description are faults to every reader") {
  const std::vector<std::string> texts = {
      "",
      " ",
      std::string(1, '\0'),
      "\xef\xbb\xbf",
      "\xff\xfe\x00\x01",
      "\xed\xa0\x80 = 1",  // half a surrogate pair
      "id",
      "id = ",
      "id = \"",
      "id = '''",
      "id = \"\\ud800\"",
      "id = 99999999999999999999",
      "id = 0001-99-99T99:99:99Z",
      "[a]\n[a]",
      "a = 1\na.b = 2",
      "{",
      "{\"a\"",
      "{\"a\":",
      "{\"hidden_size\": 1e999}",
      "{\"hidden_size\": -9223372036854775808}",
      "{\"hidden_size\": 99999999999999999999999}",
      "[[]]",
      "null",
  };
  for (const std::string& text : texts) {
    INFO(text);
    CHECK(all_refuse(text));
  }
}

TEST_CASE("texts made to exhaust the stack or the time are faults at once") {
  CHECK(all_refuse("a = " + repeat("[", 100'000)));
  CHECK(all_refuse(repeat("[", 100'000)));
  CHECK(all_refuse("a = " + repeat("{a=", 50'000)));
  CHECK(all_refuse("a" + repeat(".a", 100'000) + " = 1"));
  CHECK(all_refuse("[a" + repeat(".a", 100'000) + "]"));
  CHECK(all_refuse("{\"a\":" + repeat("{\"a\":", 100'000)));
  CHECK(all_refuse(repeat("[a]\n", 60'000)));
  CHECK(all_refuse(repeat("x\n", 1'000'000)));
  std::string headers;
  std::string sources;
  for (int i = 0; i < 10'000; ++i) {
    headers += "[a.b" + std::to_string(i) + "]\n";
    sources += "[sources.s" + std::to_string(i) + "]\n";
  }
  CHECK(all_refuse(headers));
  CHECK(all_refuse(sources));
}

TEST_CASE("descriptions cut off or damaged anywhere are values or faults") {
  const auto text = [](const char* path) { return test::read_file(test::source_dir() / path); };
  maul(load_device, text("hardware/devices/h200.toml"), 7);
  maul(load_system, text("hardware/systems/hgx-h200.toml"), 7);
  maul(load_site, text("hardware/sites/us.toml"), 7);
  maul(load_model, text("workloads/models/deepseek-v3.toml"), 7);
  maul(load_config, R"({"model_type": "llama", "hidden_size": 4096, "vocab_size": 32000,
    "intermediate_size": 11008, "num_attention_heads": 32, "num_hidden_layers": 32,
    "max_position_embeddings": 4096, "torch_dtype": "float16", "tie_word_embeddings": false,
    "rope_scaling": {"type": "linear", "factor": 2.0}})",
       1);
}

TEST_CASE("tables of measurements cut off or damaged anywhere are values or faults") {
  const std::string operators =
      "chip,framework,op,dtype,m,n,k,latency_us\n"
      "h200,vllm,gemm,\"fp8\",256,4096,4096,20\r\n"
      "h200,vllm,gemm,bfloat16,1e3,4096,4096,20.5";
  CHECK(load_table(operators, "any") == 2);
  maul(load_table, operators, 1);
  const std::string runs =
      "chip,framework,model,isl,osl,tp_size,ttft_ms,tpot_ms,remark\n"
      "h200,vllm,m,1024,1024,8,100,10,\"a \"\"long\"\", odd run\"\n";
  CHECK(load_table(runs, "any") == 1);
  maul(load_table, runs, 1);
  CHECK(is_fault(load_table, repeat("a,", 200'000)));
  CHECK(is_fault(load_table, "a\n" + repeat("1,2\n", 200'000)));
  CHECK(is_fault(load_table, "a\n\"" + repeat("\n", 200'000)));
}
