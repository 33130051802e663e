#include "infersim/validation/serving_point.hpp"

#include "support/catch.hpp"

using namespace infersim;
using namespace infersim::test;

namespace {

ServingPoints read(const std::string& text) {
  const MeasuredTable table(text, "t.csv");
  REQUIRE(is_serving_table(table));
  return read_serving_points(table);
}

const std::string agg =
    "id,chip,gpus,framework,version,model,precision,gemm_quant_mode,moe_quant_mode,kv_dtype,isl,"
    "osl,"
    "concurrency,batch_size,tp_size,pp_size,attention_dp_size,moe_tp_size,moe_ep_size,"
    "prefill_tokens,chunked_prefill,max_num_seqs,recv_interval,stream_interval,attention_backend,"
    "moe_backend,allreduce_fusion,prefix_caching,num_prompts,warmups,ttft_ms,tpot_ms,statistic,"
    "measured,image,settings_source,settings_confidence\n";

const std::string minimal = "chip,gpus,framework,model,isl,osl,concurrency,tp_size,ttft_ms,tpot_ms";

}  // namespace

TEST_CASE("a run of one engine has its layout, settings and times") {
  const ServingPoints points = read(
      agg +
      "x,b200_sxm,4,sglang,0.5.9,Qwen/Qwen3.5-397B-A17B,fp8,fp8,fp8_block,bf16,1024,1024,64,64,4,1,"
      "1,1,4,32768,on,128,10,30,trtllm_mha,flashinfer_trtllm,off,off,640,8,297.5,9.25,mean,"
      "2026-04-08,image,script.sh@1,high\n");
  REQUIRE(points.points.size() == 1);
  const ServingPoint& p = points.points.front();
  CHECK(p.model == "Qwen/Qwen3.5-397B-A17B");
  CHECK(p.engine.tp == 4.0);
  CHECK(p.engine.moe_ep == 4.0);
  CHECK(p.engine.batch == 64.0);
  CHECK(p.engine.moe_backend == "flashinfer_trtllm");
  CHECK(!p.pooled());
  CHECK(p.prefill_tokens == 32768.0);
  CHECK(p.chunked_prefill == "on");
  CHECK(p.recv_interval == 10.0);
  CHECK(p.num_prompts == 640.0);
  CHECK_THAT(p.ttft / millisecond, WithinRel(297.5, 1e-12));
  CHECK_THAT(p.tpot / millisecond, WithinRel(9.25, 1e-12));
  CHECK(p.statistic == "mean");
  CHECK(p.lengths == inferencex_lengths);
  CHECK(!p.power);
}

TEST_CASE("what is empty is absent, and without settings lengths are exact") {
  const ServingPoint p =
      read(agg + "x,h100_sxm,8,trtllm,,Llama,,,,,128,100,8,8,8,1,,1,1,,,,,,,,,,,,50,5,mean,,,,\n")
          .points.front();
  CHECK(!p.engine.attention_dp);
  CHECK(!p.max_num_seqs);
  CHECK(p.precision.empty());
  CHECK(p.lengths == LengthRange{});
  // 8 x 100 / (50 ms + 99 x 5 ms) / 8 devices
  CHECK_THAT(tokens_per_device(p, p.ttft, p.tpot)->base(), WithinRel(100 / 0.545, 1e-12));
}

TEST_CASE("lengths are nine tenths of nominal in the mean where a run drew them") {
  const ServingPoint p = read(minimal + "\nh100,2,vllm,m,1000,1000,10,2,100,10\n").points.front();
  CHECK(p.lengths == inferencex_lengths);
  CHECK_THAT(tokens_per_device(p, p.ttft, p.tpot)->base(),
             WithinRel(10 * 900 / (0.1 + 899 * 0.01) / 2, 1e-12));
  const ServingPoint unknown =
      read(minimal + "\nh100,2,vllm,m,1000,1000,,2,100,10\n").points.front();
  CHECK(!tokens_per_device(unknown, unknown.ttft, unknown.tpot));
}

TEST_CASE("a run of pools has two layouts, percentiles and power where they are known") {
  const ServingPoint p =
      read(
          "chip,gpus,framework,model,isl,osl,concurrency,prefill_num_workers,prefill_tp_size,"
          "prefill_moe_backend,prefill_max_batch,decode_num_workers,decode_tp_size,"
          "decode_attention_dp_size,decode_slots_total,request_rate,warmup_prompts,ttft_ms,tpot_ms,"
          "p99_ttft_ms,mean_itl_ms,avg_power_w,remark\n"
          "gb200,20,dynamo-trtllm,deepseek-ai/"
          "DeepSeek-R1,8192,1024,512,1,4,DeepEP,2,2,1,8,1024,inf,"
          "64,700,20,2500,21.5,812.5,\"slow, once\"\n")
          .points.front();
  REQUIRE(p.pooled());
  CHECK(p.prefill->tp == 4.0);
  CHECK(p.prefill->moe_backend == "DeepEP");
  CHECK(p.prefill->max_batch == 2.0);
  CHECK(p.decode->workers == 2.0);
  CHECK(p.decode->attention_dp == 8.0);
  CHECK(p.decode_slots == 1024.0);
  CHECK(p.warmups == 64.0);
  CHECK(p.request_rate == "inf");
  CHECK_THAT(*p.ttft_summary.p99 / millisecond, WithinRel(2500.0, 1e-12));
  CHECK_THAT(*p.itl_summary.mean / millisecond, WithinRel(21.5, 1e-12));
  CHECK(p.power == Watts{812.5});
  CHECK(p.remark == "slow, once");
}

TEST_CASE("counted tokens of pools are those of all their devices") {
  ServingPoint point;
  point.isl = 8192;
  point.osl = 1024;
  CHECK(!counted_tokens_per_device(point));
  point.tokens_per_s_per_gpu = 900;
  point.output_tokens_per_s_per_gpu = 150;
  CHECK(counted_tokens_per_device(point)->base() == 150);
  point.prefill = point.decode = ServingLayout{};
  CHECK(counted_tokens_per_device(point)->base() == 100);
}

TEST_CASE("serving tables are told by their columns") {
  const auto is = [](const std::string& header) {
    return is_serving_table(MeasuredTable(header + "\n", "t.csv"));
  };
  CHECK(is(minimal));
  CHECK(!is("chip,framework,model,isl,osl,ttft_ms,tpot_ms"));
  CHECK(is("chip,framework,model,isl,osl,ttft_ms,tpot_ms,prefill_tp_size,decode_tp_size"));
  CHECK(!is("chip,framework,model,isl,osl,tp_size,ttft_ms"));
}

TEST_CASE("a setting that is no number rejects its row, a time that is none is a fault") {
  const ServingPoints points = read(minimal +
                                    ",max_num_seqs\n"
                                    "h100,2,vllm,m,1000,1000,10,2,100,10,default\n"
                                    "h100,2,vllm,m,1000,1000,10,2,100,10,many\n"
                                    "h100,2,vllm,m,1000,1000,10,2,,10,4\n"
                                    "h100,2,vllm,m,1000,1000,10,2,0,10,4\n"
                                    "h100,2,vllm,,1000,1000,10,2,100,10,4\n");
  REQUIRE(points.points.size() == 1);
  CHECK(!points.points.front().max_num_seqs);
  REQUIRE(points.rejected.size() == 4);
  CHECK(points.rejected[0].reason == "max_num_seqs `many` is not a number");
  CHECK(points.rejected[1].reason == "no ttft_ms");
  CHECK(points.rejected[2].reason == "ttft_ms is not positive");
  CHECK(points.rejected[3].reason == "no model");
  CHECK(points.rejected[0].point.chip == "h100");
  CHECK_THROWS_WITH(read(minimal + "\nh100,2,vllm,m,1000,1000,10,2,1s,10\n"),
                    StartsWith("t.csv:2:30: error: ttft_ms: `1s` is not a number"));
}
