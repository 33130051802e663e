#include <string>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "support/catch.hpp"
#include "support/repository.hpp"
#include "support/run_program.hpp"
#include "support/temporary_folder.hpp"

using namespace infersim::test;
using nlohmann::json;

namespace {

/// Figures of a size that an H200 could reach; made up.
const std::string& rows() {
  static const std::string text =
      "chip,framework,version,op,kernel,dtype,m,n,k,latency_us\n"
      "h200,vllm,1.0,gemm,torch,bfloat16,1,4096,4096,14\n"
      "h200,vllm,1.0,gemm,torch,bfloat16,16,8192,4096,23\n"
      "h200,vllm,1.0,gemm,torch,bfloat16,64,4096,14336,36\n"
      "h200,vllm,1.0,gemm,torch,bfloat16,256,4096,4096,24\n"
      "h200,vllm,1.0,gemm,torch,bfloat16,1024,8192,4096,125\n"
      "h200,vllm,1.0,gemm,torch,bfloat16,4096,8192,8192,950\n"
      "h200,vllm,1.0,gemm,torch,bfloat16,8192,4096,14336,1650\n"
      "h200,vllm,1.0,gemm,torch,bfloat16,512,1024,1024,9\n"
      "h200,vllm,1.0,gemm,torch,bfloat16,2048,2048,2048,38\n"
      "h200,vllm,1.0,gemm,torch,bfloat16,128,14336,4096,41\n";
  return text;
}

ProgramResult calibrate(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), "calibrate");
  return run_infersim(arguments);
}

}  // namespace

TEST_CASE("ten rows tighten a device, and what is written holds with --catalog") {
  const TemporaryFolder folder;
  const std::string file = folder.write("rows.csv", rows());
  const ProgramResult result =
      calibrate({"--hw", "h200", "--from", file, "--write", folder.path("mine")});
  CHECK(result.exit_code == 0);
  CHECK(result.out.find("10 rows: median error ") != std::string::npos);
  CHECK(result.out.find("(P10 to P90)") != std::string::npos);
  const std::string written = folder.path("mine/hardware/efficiency/kernels/hopper-vllm.toml");
  CHECK(read_file(written).find("[kernel.gemm.bf16.device.h200]") != std::string::npos);
  CHECK(run_infersim({"lint", written}).exit_code == 0);
  const ProgramResult again = calibrate({"--hw", "h200", "--from", file, "--catalog",
                                         folder.path("mine"), "--write", folder.path("again")});
  CHECK(again.exit_code == 0);
  CHECK(read_file(folder.path("again/hardware/efficiency/kernels/hopper-vllm.toml")) ==
        read_file(written));
}

TEST_CASE("the JSON of a calibration has the error before and after") {
  const TemporaryFolder folder;
  const ProgramResult result =
      calibrate({"--json", "--hw", "h200", "--from", folder.write("rows.csv", rows())});
  const json answer = json::parse(result.out);
  CHECK(answer["schema"] == 1);
  REQUIRE(answer["fits"].size() == 1);
  const json& fit = answer["fits"][0];
  CHECK(fit["table"] == "kernel.gemm.bf16.device.h200");
  CHECK(fit["prior"] == true);
  CHECK(fit["left_out"]["rows"] == 10);
  CHECK(fit["p10"].get<double>() < fit["p90"].get<double>());
}

TEST_CASE("the JSON of a calibration without a device says whose fits predict it") {
  const TemporaryFolder folder;
  const std::string& text = rows();
  std::string others = text.substr(text.find('\n') + 1);
  for (auto at = others.find("h200"); at != std::string::npos; at = others.find("h200", at))
    others.replace(at, 4, "h100");
  const ProgramResult result = calibrate(
      {"--json", "--from", folder.write("rows.csv", text + others), "--leave-out", "h100"});
  CHECK(result.exit_code == 0);
  const json answer = json::parse(result.out);
  const json& left_out = answer["left_out"];
  CHECK(left_out["chip"] == "h100");
  CHECK(left_out["family"] == "hopper");
  REQUIRE(left_out["errors"].size() == 2);
  CHECK(left_out["errors"][0]["what"] == "gemm");
  CHECK(left_out["errors"][1]["what"] == "gemm bf16 vllm");
  CHECK(left_out["errors"][0]["rows"] == 10);
}

TEST_CASE("collectives are written into the description of their family") {
  const TemporaryFolder folder;
  std::string text = "chip,framework,version,op,kernel,dtype,num_gpus,message_size,latency_us\n";
  for (const int ranks : {2, 4, 8}) {
    for (double bytes = 1024; bytes < 1e9; bytes *= 4) {
      text += fmt::format("h200,nccl,2.30,all_gather,NCCL,half,{},{:.0f},{:.3f}\n", ranks, bytes,
                          10.0 + ranks + 1e6 * bytes / 300e9);
    }
  }
  const std::string file = folder.write("rows.csv", text);
  const ProgramResult result =
      calibrate({"--from", file, "--class", "collectives", "--write", folder.path("mine")});
  CHECK(result.exit_code == 0);
  const std::string written = read_file(folder.path("mine/hardware/efficiency/hopper.toml"));
  const std::string before = read_file(source_dir() / "hardware/efficiency/hopper.toml");
  CHECK(written != before);
  CHECK(written.find("nccl 2.30; 9 parameters") != std::string::npos);
  // Nothing but the operation's table is another.
  const auto without = [](std::string description) {
    const std::size_t at = description.find("[links.all_gather]");
    return description.erase(at, description.find("\n[", at) - at);
  };
  CHECK(without(written) == without(before));
  CHECK(run_infersim({"--hw", "h200", "--model", "llama3.1-8b", "--tp", "2", "--devices", "2",
                      "--catalog", folder.path("mine")})
            .exit_code == 0);
}

TEST_CASE("residuals of chips that were left out are drawn") {
  const TemporaryFolder folder;
  const std::string& text = rows();
  std::string all = text;
  for (int i = 0; i < 12; ++i) {
    for (const char* chip : {"h100", "h200"}) {
      all += fmt::format("{},vllm,1.0,gemm,torch,bfloat16,{},4096,4096,{}\n", chip, 3 + 16 * i,
                         14 + i);
    }
  }
  const ProgramResult result = calibrate({"--from", folder.write("rows.csv", all), "--leave-out",
                                          "h100", "--plot", folder.path("plots")});
  CHECK(result.exit_code == 0);
  const std::string svg = read_file(folder.path("plots/chip-left-out-gemm-h100.svg"));
  CHECK(svg.find("n = 12") != std::string::npos);
}

TEST_CASE("a calibration says what is wrong with what it is given") {
  const TemporaryFolder folder;
  const std::string file = folder.write("rows.csv", rows());
  const auto fault = [&](const std::vector<std::string>& arguments) {
    const ProgramResult result = calibrate(arguments);
    CHECK(result.exit_code == 2);
    CHECK(result.out.empty());
    return result.err;
  };
  CHECK(fault({}).find("--from PATH") != std::string::npos);
  CHECK(fault({"--from", folder.path("none.csv")}).find("none.csv") != std::string::npos);
  CHECK(fault({"--from", file, "--class", "gem"}).find("`gem`") != std::string::npos);
  CHECK(fault({"--from", file, "--format", "fp9"}).find("fp8_block") != std::string::npos);
  CHECK(fault({"--from", file, "--folds", "1"}).find("2 to 1000") != std::string::npos);
  CHECK(fault({"--from", file, "--hw", "h2000000"}).find("h2000000") != std::string::npos);
  CHECK(fault({"--from", file, "--leave-out", "h100", "--write", folder.path("x")})
            .find("not written") != std::string::npos);
  const std::string broken =
      folder.write("broken.csv", rows() + "h200,vllm,1,gemm,t,bfloat16,a,1,1,1\n");
  CHECK(fault({"--from", broken}).find("broken.csv:12:") != std::string::npos);
}

TEST_CASE("nothing that could be fitted is no success") {
  const TemporaryFolder folder;
  const ProgramResult result =
      calibrate({"--hw", "b200", "--from", folder.write("rows.csv", rows())});
  CHECK(result.exit_code == 1);
}
