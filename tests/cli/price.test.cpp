#include <string>

#include <nlohmann/json.hpp>

#include "support/catch.hpp"
#include "support/run_program.hpp"

using namespace infersim::test;
using nlohmann::json;

namespace {

json results_of(std::vector<std::string> arguments) {
  arguments.emplace_back("--json");
  const auto result = run_infersim(arguments);
  REQUIRE(result.exit_code == 0);
  return json::parse(result.out)["results"];
}

json cost_of(std::vector<std::string> arguments) {
  arguments.emplace_back("--json");
  const auto result = run_infersim(arguments);
  REQUIRE(result.exit_code == 0);
  return json::parse(result.out)["cost"];
}

}  // namespace

TEST_CASE("columns have one price basis: the first that all have") {
  const auto basis_of = [](const std::string& hw) {
    const json results = results_of({"compare", "--hw", hw, "--model", "llama3.1-8b"});
    for (const json& each : results)
      CHECK(each["cost"]["price_basis"] == results[0]["cost"]["price_basis"]);
    return results[0]["cost"]["price_basis"].get<std::string>();
  };
  CHECK(basis_of("h200,h100") == "on demand");
  CHECK(basis_of("h200,ascend910b") == "own");
}

TEST_CASE("a basis that a column lacks leaves its price empty and says why") {
  const json results = results_of(
      {"compare", "--hw", "h200,ascend910b", "--model", "llama3.1-8b", "--price-basis", "spot"});
  CHECK(results[0]["cost"]["usd_per_mtok_output"].is_number());
  CHECK(results[1]["cost"]["usd_per_mtok_output"].is_null());
  CHECK(results[1]["cost"]["reason"] == "no figure for spot; there is one for own");
  const auto text = run_infersim(
      {"compare", "--hw", "h200,ascend910b", "--model", "llama3.1-8b", "--price-basis", "spot"});
  CHECK_THAT(text.out, ContainsSubstring("prices: spot,"));
  CHECK_THAT(text.out, ContainsSubstring("ascend910b has no price: no figure for spot"));
}

TEST_CASE("tokens cost the inverse of the use of a rented device") {
  const auto at = [](const char* use) {
    return cost_of({"--hw", "h200", "--model", "llama3.1-8b", "--devices", "1", "--batch", "16",
                    "--price-basis", "on-demand", "--utilization", use});
  };
  const json always = at("1");
  const json half = at("0.5");
  for (const char* price :
       {"usd_per_mtok_input", "usd_per_mtok_cached_input", "usd_per_mtok_output"}) {
    CHECK_THAT(half[price].get<double>(), WithinRel(2 * always[price].get<double>(), 1e-4));
  }
  CHECK(half["utilization"] == 0.5);
}

TEST_CASE("a price that is given stands for the device's own, by the hour or as a whole") {
  const auto hour = [](const std::string& price) {
    return cost_of({"--hw", "h200", "--model", "llama3.1-8b", "--devices", "1", "--batch", "16",
                    "--utilization", "1", "--price", price});
  };
  CHECK(hour("h200=2.10")["usd_per_device_hour"] == 2.1);
  CHECK(hour("h200=2.10USD/h")["usd_per_device_hour"] == 2.1);
  CHECK(hour("H200=2.10 USD/h")["price_given"] == true);
  // The site's rate, 7.1726 CNY a dollar.
  CHECK_THAT(hour("h200=15CNY/h")["usd_per_device_hour"].get<double>(),
             WithinRel(15 / 7.1726, 1e-4));
  const json owned = hour("h200=25000USD");
  CHECK(owned["price_basis"] == "own");
  CHECK(owned["usd_capital_per_device_hour"].get<double>() > 0);
  CHECK(hour("h200=50000USD")["usd_capital_per_device_hour"].get<double>() >
        owned["usd_capital_per_device_hour"].get<double>());
}

TEST_CASE("what is no price, basis or use is refused with what would be right") {
  const auto refused = [](const std::string& option, const std::string& value) {
    const auto result = run_infersim({"--hw", "h200", "--model", "llama3.1-8b", option, value});
    CHECK(result.exit_code == 2);
    return result.err;
  };
  CHECK_THAT(refused("--price", "2.10"), ContainsSubstring("NAME=PRICE"));
  CHECK_THAT(refused("--price", "h200=-1"), ContainsSubstring("NAME=PRICE"));
  CHECK_THAT(refused("--price", "h200=2GBP/h"), ContainsSubstring("NAME=PRICE"));
  CHECK_THAT(refused("--price", "b200=2"), ContainsSubstring("none of the devices asked for"));
  CHECK_THAT(refused("--price-basis", "leased"), ContainsSubstring("3-years"));
  CHECK_THAT(refused("--utilization", "0"), ContainsSubstring("0.01 to 1"));
  CHECK_THAT(refused("--utilization", "1.1"), ContainsSubstring("0.01 to 1"));
}

TEST_CASE("own cost stands beside what providers ask for the same model") {
  const auto result =
      run_infersim({"--hw", "h200", "--model", "dsr1", "--devices", "16", "--json"});
  REQUIRE(result.exit_code == 0);
  const json document = json::parse(result.out);
  bool deepseek = false;
  for (const json& each : document["api"]) {
    CHECK_THAT(each["multiple_output"].get<double>(),
               WithinRel(each["usd_per_mtok_output"].get<double>() /
                             document["cost"]["usd_per_mtok_output"].get<double>(),
                         1e-4));
    deepseek = deepseek || each["provider"] == "DeepSeek";
  }
  CHECK(deepseek);
  const auto listed = run_infersim({"list", "prices", "deepseek-r1"});
  CHECK(listed.exit_code == 0);
  CHECK_THAT(listed.out, ContainsSubstring("2025-01-20"));
  CHECK_THAT(run_infersim({"show", "prices", "deepseek"}).out, ContainsSubstring("source: "));
}

TEST_CASE("one user's device pays for all its hours by what is asked of it, servers are shared") {
  const auto at = [](const char* requests) {
    return results_of({"compare", "--hw", "snapdragon-8-gen3,h200", "--model", "llama2-7b",
                       "--requests-per-day", requests});
  };
  const json few = at("50");
  const json many = at("100");
  // 86,400 s a day: the use follows from the time of a request.
  const double rate = few[0]["tokens_per_s"].get<double>();
  const json& phone = few[0]["cost"];
  CHECK_THAT(phone["utilization"].get<double>(), WithinRel(50 * 128 / rate / 86400, 1e-3));
  CHECK_THAT(many[0]["cost"]["utilization"].get<double>(),
             WithinRel(2 * phone["utilization"].get<double>(), 1e-4));
  // What a year costs hardly depends on use: capital is most of it.
  CHECK_THAT(100 * many[0]["cost"]["usd_per_request"].get<double>(),
             WithinRel(50 * phone["usd_per_request"].get<double>(), 0.05));
  CHECK(few[1]["cost"]["usd_per_request"] == many[1]["cost"]["usd_per_request"]);
  CHECK(few[1]["cost"]["utilization"] == 0.7);
}

TEST_CASE("more than a device can serve in a day has no price") {
  const json cost = cost_of(
      {"--hw", "snapdragon-8-gen3", "--model", "llama2-7b", "--requests-per-day", "100000"});
  CHECK(cost["usd_per_mtok_output"].is_null());
  CHECK_THAT(cost["reason"].get<std::string>(), ContainsSubstring("of its time"));
}

TEST_CASE("a currency changes what text shows, by the site's rate, and no figure of JSON") {
  const std::vector<std::string> question = {"--hw", "h200", "--model", "llama3.1-8b", "--devices",
                                             "1",    "--tp", "1",       "--batch",     "32"};
  auto yuan = question;
  yuan.insert(yuan.end(), {"--currency", "cny"});
  const json dollars = cost_of(question);
  const json same = cost_of(yuan);
  CHECK(same["usd_per_mtok_output"] == dollars["usd_per_mtok_output"]);
  CHECK(same["currency"] == "CNY");
  const double rate = same["currency_per_usd"];
  CHECK(rate > 5.0);
  const auto output_of = [](const std::vector<std::string>& asked) {
    const std::string text = run_infersim(asked).out;
    const std::size_t at = text.find("output ", text.find("Cost per million tokens"));
    return std::stod(text.substr(at + 7));
  };
  CHECK(output_of(yuan) / output_of(question) == Approx(rate).epsilon(0.01));
  CHECK(run_infersim(yuan).out.find("a dollar is") != std::string::npos);
  const auto wrong = run_infersim({"--hw", "h200", "--model", "llama3.1-8b", "--currency", "gold"});
  CHECK(wrong.exit_code == 2);
  CHECK(wrong.err.find("give usd, cny or eur") != std::string::npos);
}
