// Did a prediction move of what others measured? Shapes and configurations like theirs, of every
// class of operators and of each framework. What is measured of them is in results/validation/.

#include <fmt/format.h>

#include <map>
#include <string>
#include <vector>

#include "infersim/core/catalog.hpp"
#include "infersim/validation/validate.hpp"
#include "support/catch.hpp"
#include "support/golden.hpp"
#include "support/temporary_folder.hpp"

namespace infersim::test {
namespace {

/// Questions in the form of a table of measurements. What is measured, in columns of `measured`, is
/// not asked and stands for any figure.
struct Questions {
  std::string data;
  std::string columns;
  std::string measured;
  std::vector<std::string> rows;
};

const std::vector<Questions> operators = {
    {"gemm",
     "chip,framework,op,kernel,dtype,m,n,k",
     "latency_us",
     {"h200_sxm,trtllm,gemm,,bfloat16,64,8192,8192", "b200_sxm,vllm,gemm,,nvfp4,2048,16384,4096",
      "h100_sxm,sglang,gemm,,fp8_block,16,7168,2048", "mi300x,aiter,gemm,,fp8_block,128,4096,7168",
      "ascend910b,vllm-ascend,gemm,,int8,256,5120,8192"}},
    {"attention_prefill",
     "chip,framework,op,kernel,dtype,kv_dtype,batch,isl,past_kv,num_heads,num_kv_heads,head_dim,"
     "window",
     "latency_us",
     {"h200_sxm,vllm,context_attention,,bfloat16,bfloat16,1,4096,0,32,8,128,0",
      "b200_sxm,trtllm,context_attention,,fp8,fp8,2,2048,6144,16,2,128,0",
      "ascend910b,vllm-ascend,context_attention,,bfloat16,bfloat16,4,1024,0,16,2,128,0"}},
    {"attention_decode",
     "chip,framework,op,kernel,dtype,kv_dtype,batch,kv_len,num_heads,num_kv_heads,head_dim,window",
     "latency_us",
     {"h200_sxm,sglang,generation_attention,,bfloat16,fp8,64,2048,32,8,128,0",
      "b200_sxm,vllm,generation_attention,,bfloat16,fp8,32,8192,8,1,64,128",
      "ascend910b,vllm-ascend,generation_attention,,bfloat16,bfloat16,32,4096,32,8,128,0"}},
    {"mla_decode",
     "chip,framework,op,kernel,dtype,kv_dtype,batch,kv_len,num_heads",
     "latency_us",
     {"h200_sxm,sglang,mla_generation,,bfloat16,bfloat16,32,4096,16",
      "b200_sxm,trtllm,mla_generation,,bfloat16,fp8,128,1024,128"}},
    {"moe",
     "chip,framework,op,kernel,dtype,num_tokens,hidden_size,inter_size,topk,num_experts,"
     "moe_tp_size,moe_ep_size,distribution",
     "latency_us",
     {"h200_sxm,vllm,moe,,fp8_block,128,7168,2048,8,256,1,8,power_law_1.2",
      "b200_sxm,trtllm,moe,,nvfp4,4096,7168,2048,8,256,1,8,balanced",
      "mi355x,aiter,moe,,mxfp4,64,7168,256,8,256,1,1,uniform"}},
    {"nccl",
     "chip,framework,op,kernel,dtype,num_gpus,message_size",
     "latency_us",
     {"h200_sxm,nccl,all_reduce,,half,8,1048576", "b200_sxm,nccl,all_gather,,half,4,16777216"}},
    {"allreduce",
     "chip,framework,op,kernel,dtype,num_gpus,message_size",
     "latency_us",
     {"h200_sxm,vllm,all_reduce,vLLM_custom_graph,bfloat16,8,65536",
      "b200_sxm,trtllm,all_reduce,TRTLLM,bfloat16,4,524288"}},
};

const Questions serving = {
    "serving",
    "chip,framework,model,precision,kv_dtype,isl,osl,concurrency,tp_size,attention_dp_size,"
    "moe_tp_size,moe_ep_size,gpus,settings_source",
    "ttft_ms,tpot_ms",
    {"h200_sxm,trtllm,llama3.1-70b,fp8,,1024,1024,32,4,1,,,4,script",
     "b200_sxm,vllm,gpt-oss-120b,fp4,,1024,8192,64,2,1,2,1,2,script",
     "b200_sxm,sglang,deepseek-r1,fp4,,8192,1024,16,8,1,8,1,8,script",
     "b200_sxm,trtllm,deepseek-r1,fp8,,1024,1024,256,1,8,1,8,8,script",
     "h100_sxm,vllm,qwen3-32b,bf16,,2048,512,16,4,1,,,4,",
     "mi300x,sglang,deepseek-r1,fp8,bf16,1024,1024,32,8,1,8,1,8,script",
     "mi355x,atom,deepseek-r1,fp4,fp8,8192,1024,64,8,1,8,1,8,script"}};

struct Unit {
  double scale;
  const char* name;
};

Unit unit_of(Metric metric) {
  switch (metric) {
    case Metric::latency: return {1e6, " us"};
    case Metric::ttft:
    case Metric::tpot: return {1e3, " ms"};
    default: return {1, ""};
  }
}

/// Predictions by row and metric, in the order of the questions.
std::string answers(const Questions& questions) {
  std::string csv = questions.columns + "," + questions.measured + "\n";
  const std::string figure = ",1000";  // any that no peak forbids
  std::string any = figure;
  for (const char c : questions.measured)
    any += c == ',' ? figure : "";
  for (const std::string& row : questions.rows)
    csv += row + any + "\n";
  const TemporaryFolder folder;
  const ValidationReport report =
      validate({folder.write(questions.data + ".csv", csv)}, Catalog{}, [](const auto&) {});
  std::map<std::size_t, std::string> predicted;
  for (const auto& [key, series] : report.series) {
    const Unit unit = unit_of(key.metric);
    for (const ErrorSample& sample : series.samples) {
      predicted[sample.row] +=
          fmt::format("  {} {:.6g}{}", name(key.metric), sample.predicted * unit.scale, unit.name);
    }
  }
  std::string text = fmt::format("{}: {}\n", questions.data, questions.columns);
  for (std::size_t i = 0; i < questions.rows.size(); ++i)
    text += fmt::format("  {}\n  {}\n", questions.rows[i], predicted[i + 1]);
  for (const SkippedRows& each : report.skipped)
    text += fmt::format("  {} rows skipped: {}\n", each.rows, each.reason);
  return text;
}

TEST_CASE("Predictions of operators like those that were measured") {
  std::string text;
  for (const Questions& questions : operators)
    text += answers(questions);
  check_golden("measured-shapes-operators", text);
}

TEST_CASE("Predictions of serving runs like those that were measured") {
  check_golden("measured-shapes-serving", answers(serving));
}

}  // namespace
}  // namespace infersim::test
