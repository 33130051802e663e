#include "infersim/calibration/operator_rows.hpp"
#include "infersim/calibration/operator_format.hpp"

#include "support/catch.hpp"

using namespace infersim;
using namespace infersim::test;

namespace {

OperatorRows read(const std::string& text) {
  MeasuredTable table(text, "t.csv");
  const auto kind = operator_kind(table);
  REQUIRE(kind);
  return read_operators(std::move(table), *kind);
}

const std::string gemm_header = "chip,framework,version,op,kernel,dtype,m,n,k,latency_us,power_w\n";

OperatorTypes types_of(const std::string& dtype) {
  const OperatorRows rows = read(gemm_header + "h100,vllm,1,gemm,x," + dtype + ",1,2,3,4,\n");
  INFO(dtype);
  REQUIRE(rows.rows.size() == 1);
  return rows.rows.front().types;
}

}  // namespace

TEST_CASE("a GEMM row has its shape, types, time and power, and its labels as they are written") {
  const OperatorRows read_rows =
      read(gemm_header +
           "h200_sxm,vllm,0.22.0,gemm,default,fp8_block,32,4096,7168,12.5,454.5\n"
           "mi300x,aiter,2026-08,gemm,ck,bfloat16,16,512,64,2,\n");
  REQUIRE(read_rows.rows.size() == 2);
  const MeasuredOperator& row = read_rows.rows.front();
  CHECK(row.labels.chip == "h200_sxm");
  CHECK(row.labels.model == "*");
  CHECK(row.labels.dtype == "fp8_block");
  CHECK(row.kernel == "default");
  CHECK(row.types.format == KernelFormat::fp8_block);
  CHECK(std::get<MeasuredGemm>(row.shape).k == 7168);
  CHECK_THAT(row.latency / microsecond, WithinRel(12.5, 1e-12));
  CHECK(row.power == Watts{454.5});
  CHECK(!row.inputs_ready);
  CHECK(read_rows.rows.back().inputs_ready);  // a tuning table times the kernel alone
  CHECK(!read_rows.rows.back().power);
}

TEST_CASE("names of number types say what is stored and what is multiplied") {
  CHECK(types_of("int4_wo").weights == NumberType::int4);
  CHECK(types_of("int4_wo").products == NumberType::bf16);
  CHECK(types_of("int8_wo").format == KernelFormat::int8_wo);
  CHECK(types_of("sq").products == NumberType::int8);
  CHECK(types_of("nvfp4").products == NumberType::fp4);
  CHECK(types_of("w4a8_mxfp4_mxfp8").weights == NumberType::fp4);
  CHECK(types_of("w4a8_mxfp4_mxfp8").products == NumberType::fp8);
  CHECK(types_of("w4a16_mxfp4").products == NumberType::bf16);
}

TEST_CASE("kinds of tables are told by their columns, the more special first") {
  const auto kind = [](const std::string& shape) {
    return operator_kind(
        MeasuredTable("chip,framework,op,dtype," + shape + ",latency_us\n", "t.csv"));
  };
  CHECK(kind("m,n,k") == OperatorKind::gemm);
  CHECK(kind("batch,isl,past_kv,num_heads,num_kv_heads,head_dim,window") ==
        OperatorKind::attention_prefill);
  CHECK(kind("batch,isl,past_kv,num_heads") == OperatorKind::mla_prefill);
  CHECK(kind("batch,kv_len,num_heads,num_kv_heads,head_dim") == OperatorKind::attention_decode);
  CHECK(kind("batch,kv_len,num_heads") == OperatorKind::mla_decode);
  CHECK(kind("num_gpus,message_size") == OperatorKind::collective);
  CHECK(!kind("m,n"));
  CHECK(!operator_kind(MeasuredTable("chip,framework,op,dtype,m,n,k\n", "t.csv")));
  CHECK(nearest_operator_table(MeasuredTable("chip,op,dtype,m,n,latency_us\n", "t.csv")) ==
        "a table of GEMMs would also have framework, k");
}

TEST_CASE("attention rows have what is cached and what is new, and the type of the cache") {
  const OperatorRows prefill = read(
      "chip,framework,op,dtype,kv_dtype,batch,isl,past_kv,num_heads,num_kv_heads,head_dim,"
      "window,latency_us\n"
      "b200,trtllm,context_attention,bfloat16,fp8,4,1024,2048,32,8,128,512,80\n");
  const auto& shape = std::get<MeasuredAttention>(prefill.rows.front().shape);
  CHECK(shape.new_tokens == 1024);
  CHECK(shape.past == 2048);
  CHECK(shape.window == 512);
  CHECK(prefill.rows.front().types.cache == NumberType::fp8);
  CHECK(prefill.rows.front().types.products == NumberType::bf16);

  const OperatorRows decode = read(
      "chip,framework,op,dtype,kv_dtype,batch,kv_len,num_heads,latency_us\n"
      "b200,trtllm,mla_generation,bfloat16,bfloat16,8,4096,16,20\n");
  CHECK(decode.rows.front().kind == OperatorKind::mla_decode);
  CHECK(std::get<MeasuredAttention>(decode.rows.front().shape).past == 4096);
}

TEST_CASE("expert rows have their routing and whether they are gated") {
  const OperatorRows rows = read(
      "chip,framework,op,kernel,dtype,num_tokens,hidden_size,inter_size,topk,num_experts,"
      "moe_tp_size,moe_ep_size,distribution,latency_us\n"
      "b200,trtllm,moe,moe_torch_flow,bfloat16,64,2048,768,8,128,1,8,power_law_1.2,30\n"
      "b200,trtllm,moe,moe_torch_flow_nongated,bfloat16,64,2048,768,8,128,1,8,balanced,30\n"
      "ascend910b,vllm-ascend,moe,GroupedMatmul,bfloat16,64,2048,768,8,128,1,8,,30\n"
      "b200,trtllm,moe,x,bfloat16,64,2048,768,8,128,1,8,zipf,30\n"
      "b200,trtllm,moe,x,bfloat16,64,2048,768,8,4,1,1,balanced,30\n"
      "b200,vllm,moe,x,bfloat16,64,2688,1856,6,128,1,8,balanced,30\n");
  REQUIRE(rows.rows.size() == 4);
  const auto shape = [&](std::size_t i) { return std::get<MeasuredExperts>(rows.rows[i].shape); };
  CHECK(shape(0).routing == Routing::power_law);
  CHECK(shape(0).exponent == 1.2);
  CHECK(shape(0).gated);
  CHECK(!shape(1).gated);
  CHECK(shape(1).routing == Routing::balanced);
  CHECK(shape(2).routing == Routing::uniform);
  CHECK(!shape(3).gated);  // Nemotron 3 Nano, whose kernel does not say so
  REQUIRE(rows.rejected.size() == 2);
  CHECK(rows.rejected[0].reason == "distribution `zipf` is not known");
  CHECK(rows.rejected[1].reason == "topk is more than num_experts");
}

TEST_CASE("messages are elements times the size of their type") {
  const OperatorRows rows = read(
      "chip,framework,op,dtype,num_gpus,message_size,latency_us\n"
      "h100,nccl,alltoall,half,8,1000,20\n"
      "h100,nccl,broadcast,half,8,1000,20\n");
  const auto& shape = std::get<MeasuredCollective>(rows.rows.front().shape);
  CHECK(shape.message == Bytes{2000});
  CHECK(shape.kind == CollectiveKind::all_to_all);
  REQUIRE(rows.rejected.size() == 1);
  CHECK(rows.rejected.front().reason == "op `broadcast` is not known");
}

TEST_CASE("linear attention has a phase and one of two kernels, and its model as a label") {
  const OperatorRows rows = read(
      "chip,framework,op,kernel,phase,batch,seq_len,d_conv,num_k_heads,head_k_dim,num_v_heads,"
      "head_v_dim,model_name,latency_us\n"
      "h100,sglang,gdn,causal_conv1d_fn,context,2,64,4,16,128,32,128,Qwen/Qwen3.5-4B,13\n"
      "h100,sglang,gdn,chunk_gated_delta_rule,generation,2,1,4,16,128,32,128,Qwen/Qwen3.5-4B,13\n"
      "h100,sglang,gdn,softmax,context,2,64,4,16,128,32,128,Qwen/Qwen3.5-4B,13\n");
  REQUIRE(rows.rows.size() == 2);
  CHECK(rows.rows[0].labels.model == "Qwen/Qwen3.5-4B");
  CHECK(rows.rows[0].labels.dtype == "*");
  CHECK(std::get<MeasuredScan>(rows.rows[0].shape).convolution);
  CHECK(std::get<MeasuredScan>(rows.rows[0].shape).prefill);
  CHECK(!std::get<MeasuredScan>(rows.rows[1].shape).prefill);
  CHECK(rows.rejected.front().reason == "kernel `softmax` is not known");
}

TEST_CASE("Kimi delta nets verify drafts, and their kernels say what they are") {
  const OperatorRows rows = read(
      "chip,framework,op,kernel,phase,batch,seq_len,d_conv,num_k_heads,head_k_dim,num_v_heads,"
      "head_v_dim,model_name,latency_us\n"
      "h100,vllm,kda,flashkda_fwd,context,2,64,4,12,128,12,128,moonshotai/Kimi-K3,13\n"
      "h100,sglang,kda,fused_sigmoid_gating_delta_rule_update,verify,2,4,4,12,128,12,128,k,13\n"
      "h100,sglang,kda,causal_conv1d_update,verify,2,4,4,12,128,12,128,k,13\n");
  REQUIRE(rows.rows.size() == 3);
  CHECK(std::get<MeasuredScan>(rows.rows[0].shape).prefill);
  CHECK(!std::get<MeasuredScan>(rows.rows[1].shape).prefill);
  CHECK(std::get<MeasuredScan>(rows.rows[1].shape).tokens == 4);
  CHECK(std::get<MeasuredScan>(rows.rows[2].shape).convolution);
  CHECK(std::get<MeasuredScan>(rows.rows[2].shape).channels == 3 * 12 * 128);
}

TEST_CASE("a convolution of Mamba-2 runs over groups and heads, one of trtllm's gdn over keys") {
  const OperatorRows mamba = read(
      "chip,framework,op,kernel,phase,batch,seq_len,d_state,d_conv,nheads,head_dim,n_groups,"
      "latency_us\n"
      "h100,trtllm,mamba2,causal_conv1d_fn,context,2,64,128,4,256,64,8,13\n"
      "h100,trtllm,mamba2,mamba_chunk_scan,context,2,64,128,4,256,64,8,13\n");
  REQUIRE(mamba.rows.size() == 1);
  CHECK(mamba.rows[0].kind == OperatorKind::mamba2);
  CHECK(std::get<MeasuredScan>(mamba.rows[0].shape).channels == 256 * 64 + 2 * 8 * 128);
  CHECK(mamba.rejected[0].reason == "kernel `mamba_chunk_scan` is not known");
  const OperatorRows delta = read(
      "chip,framework,op,kernel,phase,batch,seq_len,d_conv,num_k_heads,head_k_dim,num_v_heads,"
      "head_v_dim,latency_us\n"
      "h100,trtllm,gdn,causal_conv1d_fn,context,2,64,4,16,128,32,128,13\n"
      "h100,vllm,gdn,causal_conv1d_fn,context,2,64,4,16,128,32,128,13\n");
  CHECK(std::get<MeasuredScan>(delta.rows[0].shape).channels == 16 * 128);
  CHECK(std::get<MeasuredScan>(delta.rows[1].shape).channels == 2 * 16 * 128 + 32 * 128);
}

TEST_CASE("products that absorb projections go to the latent's width and back, head by head") {
  const OperatorRows rows = read(
      "chip,framework,op,kernel,dtype,num_tokens,num_heads,latency_us\n"
      "h100,vllm,mla_gen_pre,bmm,bfloat16,64,16,5\n"
      "h100,vllm,mla_gen_post,bmm,fp8,64,16,5\n"
      "h100,vllm,mla_gen_mid,bmm,fp8,64,16,5\n");
  REQUIRE(rows.rows.size() == 2);
  const auto& before = std::get<MeasuredGemm>(rows.rows[0].shape);
  CHECK(before.n == 512);
  CHECK(before.k == 128);
  CHECK(before.count == 16);
  CHECK(std::get<MeasuredGemm>(rows.rows[1].shape).n == 128);
  CHECK(kernel_class(rows.rows[1]) == KernelClass::batched_gemm);
  CHECK(rows.rejected[0].reason == "op `mla_gen_mid` is not known");
}

TEST_CASE("wide experts have slots, the tokens of their rank and what a collector calls uniform") {
  const OperatorRows rows = read(
      "chip,framework,op,kernel,dtype,num_tokens,rank_tokens,hidden_size,inter_size,topk,"
      "num_experts,num_slots,moe_ep_size,distribution,latency_us\n"
      "gb200,trtllm,wideep_moe_eplb,wideep_compute,nvfp4,64,20,7168,2048,8,256,288,16,"
      "power_law_1.2_eplb,30\n"
      "h100,sglang,moe_context,deepepmoe,fp8_block,64,,7168,2048,8,256,256,16,uniform,30\n"
      "h100,sglang,moe_generation,deepepmoe,fp8_block,64,,7168,2048,8,256,256,16,uniform,30\n");
  REQUIRE(rows.rows.size() == 3);
  const auto shape = [&](std::size_t i) { return std::get<MeasuredExperts>(rows.rows[i].shape); };
  CHECK(rows.rows[0].kind == OperatorKind::wide_experts);
  CHECK(shape(0).replicas == 288);
  CHECK(shape(0).rank_tokens == 20);
  CHECK(shape(0).routing == Routing::power_law);
  CHECK(shape(0).exponent == 1.2);
  CHECK(shape(0).sorted);
  CHECK(shape(1).routing == Routing::packed);
  CHECK(shape(2).routing == Routing::balanced);
}

TEST_CASE("passes of an exchange have their kernels, nodes and multiprocessors") {
  const OperatorRows rows = read(
      "chip,framework,op,backend,dtype,nodes,ep_size,hidden_size,num_tokens,topk,num_experts,sms,"
      "latency_us\n"
      "h100,sglang,dispatch,deepep_normal,fp8,4,32,7168,128,8,256,20,90\n"
      "gb200,trtllm,combine_low_precision,NVLinkTwoSided,nvfp4,0,32,7168,128,8,256,0,30\n"
      "gb200,trtllm,reduce,NVLinkTwoSided,nvfp4,0,32,7168,128,8,256,0,30\n"
      "h100,vllm,dispatch,deepep_ll,int3,1,8,7168,128,8,256,0,30\n");
  REQUIRE(rows.rows.size() == 2);
  const auto& normal = std::get<MeasuredExchange>(rows.rows[0].shape);
  CHECK(rows.rows[0].kernel == "deepep_normal");
  CHECK(normal.pass == ExchangePass::dispatch);
  CHECK(normal.nodes == 4);
  CHECK(normal.units == 20);
  const auto& narrow = std::get<MeasuredExchange>(rows.rows[1].shape);
  CHECK(narrow.pass == ExchangePass::combine_narrow);
  CHECK(narrow.nodes == 1);  // inside one domain
  CHECK(rows.rejected[0].reason == "op `reduce` is not known");
  CHECK(rows.rejected[1].reason == "dtype `int3` is not known");
}

TEST_CASE(
    "modules of sparse attention have their model, and whether they index and attend to all") {
  const OperatorRows rows = read(
      "chip,framework,op,kernel,model,dtype,kv_dtype,gemm_dtype,batch,isl,past_kv,num_heads,"
      "latency_us\n"
      "b200,sglang,dsa_context_module,sglang_dsa_dense_mha,zai-org/GLM-5-FP8,bfloat16,fp8,"
      "fp8_block,4,64,128,16,500\n"
      "b200,sglang,dsa_context_module_skip_indexer,trtllm,deepseek-ai/DeepSeek-V3.2,bfloat16,"
      "bfloat16,bfloat16,4,64,,16,500\n"
      "b200,sglang,dsa_context_module,trtllm,mine/Sparse-1,bfloat16,fp8,fp8_block,4,64,,16,500\n");
  REQUIRE(rows.rows.size() == 2);
  const auto shape = [&](std::size_t i) { return std::get<MeasuredModule>(rows.rows[i].shape); };
  CHECK(rows.rows[0].kind == OperatorKind::sparse_prefill);
  CHECK(rows.rows[0].labels.model == "zai-org/GLM-5-FP8");
  CHECK(rows.rows[0].types.format == KernelFormat::bf16_kv8);
  CHECK(shape(0).module == SparseModule::glm5);
  CHECK(shape(0).dense);
  CHECK(shape(0).indexes);
  CHECK(shape(0).projections.format == KernelFormat::fp8_block);
  CHECK(shape(1).module == SparseModule::deepseek_v32);
  CHECK(!shape(1).dense);
  CHECK(!shape(1).indexes);
  CHECK(rows.rejected[0].reason ==
        "op `dsa_context_module` of model `mine/Sparse-1` is no attention module that is known");
}

TEST_CASE("what is unknown, missing or not positive is rejected, what is no number a fault") {
  const OperatorRows rows = read(gemm_header +
                                 "h100,vllm,1,gemm,x,fp7,1,2,3,4,\n"
                                 "h100,vllm,1,gemm,x,fp8,,2,3,4,\n"
                                 "h100,vllm,1,gemm,x,fp8,1,0,3,4,\n"
                                 "h100,vllm,1,gemm,x,fp8,1,2,3,,\n");
  REQUIRE(rows.rejected.size() == 4);
  CHECK(rows.rows.empty());
  CHECK(rows.rejected[0].reason == "dtype `fp7` is not known");
  CHECK(rows.rejected[1].reason == "no m");
  CHECK(rows.rejected[2].reason == "n is not positive");
  CHECK(rows.rejected[3].reason == "no latency_us");
  CHECK(rows.rejected[0].labels.dtype == "fp7");
  CHECK_THROWS_WITH(read(gemm_header + "h100,vllm,1,gemm,x,fp8,1,2,3,4ms,\n"),
                    StartsWith("t.csv:2:30: error: latency_us: `4ms` is not a number"));
}
