#include <string>

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
