#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "infersim/scenario/options.hpp"
#include "infersim/search/planner.hpp"
#include "service/sections.hpp"
#include "support/run_program.hpp"

namespace infersim::service {
namespace {

using Json = nlohmann::json;

/// The answer to a command line, `{}` where there is none.
Json ask(const std::string& options) {
  std::vector<std::string> arguments;
  std::istringstream words(options);
  for (std::string word; words >> word;)
    arguments.push_back(word);
  arguments.emplace_back("--json");
  const auto result = test::run_infersim(arguments);
  return Json::parse(result.out, nullptr, false).is_discarded() ? Json::object()
                                                                : Json::parse(result.out);
}

/// The question of a command line.
Question question_of(const std::string& options) {
  Question question;
  Diagnostics faults;
  std::istringstream words(options);
  for (std::string name, text; words >> name >> text;) {
    for (const QuestionOption& option : question_options()) {
      if (option.name == name) option.set(question, option.name, text, faults);
    }
  }
  faults.throw_if_any();
  return question;
}

double number(const Json& answer, const char* pointer) {
  const Json::json_pointer at(pointer);
  return answer.contains(at) && answer[at].is_number() ? answer[at].get<double>() : NAN;
}

double ttft(const Json& a) { return number(a, "/ttft_ms"); }
double tpot(const Json& a) { return number(a, "/tpot_ms"); }
double rate(const Json& a) { return number(a, "/tokens_per_s_per_device"); }
double price(const Json& a) { return number(a, "/cost/usd_per_mtok_output"); }

/// Impossible numbers: what must be positive is, and power is within the limit.
void impossible_numbers(Section& s) {
  struct Case {
    const char* options;
    double limit;  ///< W
  };
  constexpr Case all[] = {
      {"--hw h200 --model llama3.1-8b --isl 128 --osl 2 --batch 1000", 700},
      {"--hw h200 --model dsv3 --isl 128 --osl 4 --batch 2000", 700},
      {"--hw h200 --model qwen3-32b --isl 256 --osl 16 --batch 8000", 700},
      {"--hw gb200 --model llama3.1-70b --isl 64 --osl 4 --batch 256", 1200},
      {"--hw ascend910b --model dsv3 --isl 300 --osl 5 --batch 5000", 400},
      {"--hw corsair --model qwen3-235b-a22b-fp8 --isl 70 --osl 3 --batch 452 --pp 4 "
       "--framework vllm",
       1e9},
      {"--hw mtt-s4000 --model llama2-70b --isl 162 --osl 41 --batch 3664 --dtype fp16", 1e9},
      {"--hw tpu-v5p --model qwen2.5-7b --isl 65 --osl 14", 1e9},
      {"--hw thead-ppu --model glm-4-9b --isl 18 --osl 3 --tpot 200", 400},
      {"--hw deepverse-300 --model llama2-7b --isl 512 --osl 128", 1e9},
      {"--hw deepverse-300 --model llama2-7b --isl 512 --osl 128 --devices 8 --pp 4 --dp 2 --tp 1 "
       "--batch 1064",
       1e9},
  };
  for (const Case& each : all) {
    const Json a = ask(each.options);
    const double watts = number(a, "/power_w");
    const bool price_known = std::isfinite(price(a));
    const bool pass = ttft(a) > 0 && tpot(a) > 0 && rate(a) > 0 && watts > 0 &&
                      watts <= 1.02 * each.limit && (!price_known || price(a) > 0) &&
                      !(number(a, "/cost/usd_per_mtok_input") < 0);
    s.rows.push_back(holds(fmt::format("S1 `{}`", each.options), "positive, within the limit",
                           fmt::format("TTFT {:.4g} ms, TPOT {:.4g} ms, {:.4g} tokens/s, {:.0f} W",
                                       ttft(a), tpot(a), rate(a), watts),
                           pass));
  }
}

/// Short prompts and answers share steps: a decode step is lengthened by at most one step of
/// prompts, and more in flight never make less of the same plan.
void shared_steps(Section& s) {
  const std::string plan = "--hw h200 --model qwen3-32b --isl 64 --osl 32 --tp 4 --pp 1 --dp 2";
  std::string seen;
  bool pass = true;
  double before = 0;
  for (const int batch : {64, 128, 256, 512, 640, 768, 1024}) {
    const Json a = ask(fmt::format("{} --batch {}", plan, batch));
    seen += fmt::format("{}{:.1f}", seen.empty() ? "" : ", ", tpot(a));
    const double per_group = rate(a) * 8 / 2 / 32;  // requests a second
    const double prompts = number(a, "/prompts_per_step");
    pass = pass && per_group * tpot(a) / 1e3 / prompts < 1.05 && rate(a) > 0.98 * before;
    before = rate(a);
  }
  s.rows.push_back(holds(fmt::format("S2 `{} --batch 64 … 1024`", plan),
                         "requests a step over prompts a step at most 1; tokens/s rise",
                         "TPOT " + seen + " ms", pass));
  struct Pair {
    const char* options;
    int few;
    int many;
  };
  constexpr Pair pairs[] = {
      {"--hw h200 --model llama3.1-8b --isl 1 --osl 1 --tp 1 --pp 1 --dp 8", 4096, 8192},
      {"--hw wse-3 --model deepseek-v2-lite --isl 128 --osl 4 --framework vllm --tp 1 --pp 1 "
       "--dp 1 --ep 1",
       365, 492},
      {"--hw b300 --model gpt-oss-120b --isl 1 --osl 16 --tp 1 --pp 1 --dp 8 --ep 8", 2395, 4366},
  };
  for (const Pair& each : pairs) {
    const Json few = ask(fmt::format("{} --batch {}", each.options, each.few));
    const Json many = ask(fmt::format("{} --batch {}", each.options, each.many));
    const auto request = [](const Json& a) {
      const double decode = number(a, "/traffic/osl_tokens") - 1;
      return ttft(a) + (decode > 0 ? tpot(a) * decode : 0.0);
    };
    s.rows.push_back(
        holds(fmt::format("S2 `{}`, batch {} and {}", each.options, each.few, each.many),
              "more in flight never take less time",
              fmt::format("{:.4g} and {:.4g} ms a request", request(few), request(many)),
              request(many) >= 0.98 * request(few),
              each.few == 4096
                  ? "open: a step of 1,024 prompts of one token is shorter than one of 512, by "
                    "the tiles of a GEMM"
                  : ""));
  }
  struct Search {
    const char* options;
    double batch;
  };
  constexpr Search searches[] = {
      {"--hw b300 --model nemotron-3-nano-30b-a3b --isl 256 --osl 32", 2336},
      {"--hw b300 --model gemma2-9b --isl 16 --osl 64", 0},
      {"--hw h200 --model glm-4-9b --isl 16 --osl 16", 0},
  };
  for (const Search& each : searches) {
    const Json found = ask(each.options);
    // The same plan over many batches, those that meet the objectives.
    const std::string pinned =
        fmt::format("{} --tp {} --pp {} --dp {}{}", each.options, number(found, "/plan/tp"),
                    number(found, "/plan/pp"), number(found, "/plan/dp"),
                    number(found, "/plan/experts_per_rank") > 0
                        ? fmt::format(" --ep {}", number(found, "/plan/ep"))
                        : "");
    const double replicas = std::max(1.0, number(found, "/plan/replicas"));
    double best = 0;
    for (double b = replicas; b < 20000; b *= 1.25) {
      const Json a = ask(fmt::format("{} --replicas {} --batch {}", pinned, replicas,
                                     std::round(b / replicas) * replicas));
      if (a.value("objectives_met", false)) best = std::max(best, rate(a));
    }
    s.rows.push_back(
        holds(fmt::format("S2 `{}`", each.options), "no batch of the plan makes over 2 % more",
              fmt::format("{:.4g} tokens/s a device, {:.4g} at best", rate(found), best),
              rate(found) >= best / 1.02));
  }
}

void few_output_tokens(Section& s) {
  const std::string h100 =
      "--hw h100 --model llama3.1-8b --devices 1 --isl 6000 --batch 48 --framework ";
  for (const char* framework : {"vllm", "trtllm", "generic"}) {
    const Json a = ask(fmt::format("{}{} --osl 2", h100, framework));
    s.rows.push_back(holds(fmt::format("S3 `{}{} --osl 2`", h100, framework),
                           "TPOT at most 250 ms, TTFT 5.4 to 7.4 s",
                           fmt::format("TPOT {:.0f} ms, TTFT {:.0f} ms", tpot(a), ttft(a)),
                           tpot(a) <= 250 && ttft(a) >= 5400 && ttft(a) <= 7400));
  }
  const Json exclusive = ask(h100 + "sglang --osl 2");
  s.rows.push_back(
      holds("S3 the same under sglang, prefill before decode", "TTFT + TPOT 5.6 to 7.6 s",
            fmt::format("{:.0f} ms", ttft(exclusive) + tpot(exclusive)),
            ttft(exclusive) + tpot(exclusive) > 5600 && ttft(exclusive) + tpot(exclusive) < 7600));
  const Json long_prompts =
      ask("--hw h200 --model qwen3-8b --isl 9000 --osl 2 --batch 64 --devices 1");
  s.rows.push_back(holds(
      "S3 `--hw h200 --model qwen3-8b --isl 9000 --osl 2 --batch 64 --devices 1`",
      "TPOT at most 250 ms, TTFT 11 to 15 s",
      fmt::format("TPOT {:.0f} ms, TTFT {:.0f} ms", tpot(long_prompts), ttft(long_prompts)),
      tpot(long_prompts) <= 250 && ttft(long_prompts) >= 11000 && ttft(long_prompts) <= 15000));
}

void queues(Section& s) {
  const std::string tpu =
      "--hw tpu-v7 --model qwen3-32b --devices 1 --tp 1 --isl 920 --osl 7418 --dtype fp8 "
      "--kv-dtype "
      "fp8 --batch 320";
  const Json a = ask(tpu);
  // Of 320 in flight 134 run: (320 - 134)/134 of a cycle.
  const double cycle = number(a, "/traffic/osl_tokens") * tpot(a) / 1e3;
  s.rows.push_back(demands::within(
      "S4 `" + tpu +
          "`, TTFT over a cycle (measured: 212 s in the median of a benchmark that ends)",
      ttft(a) / 1e3 / cycle, 0.9 * 186 / 134, 1.1 * 186 / 134, 2, ""));
  s.rows.push_back(demands::within("the same, output tokens/s (measured: 4,055)",
                                   number(a, "/tokens_per_s"), 0.75 * 4055, 1.25 * 4055, 0, ""));
  const std::string llama =
      "--hw h100 --model llama3.1-70b --dtype int8 --devices 1 --isl 1024 "
      "--osl 1024 --framework vllm";
  const Json share = ask(llama + " --memory-share 0.98");
  s.rows.push_back(demands::within("S4 `" + llama + " --memory-share 0.98`, sequences (10.79)",
                                   number(share, "/memory/max_sequences"), 9, 12, 0, ""));
  const Json refused = ask(llama);
  s.rows.push_back(holds("S4 the same at vLLM's default of 0.90", "does not start",
                         refused.contains("infeasible") ? "cannot run" : "runs",
                         refused.contains("infeasible")));
  const std::string next =
      "--hw h20 --model qwen3-next-80b-a3b --dtype bf16 --devices 2 --tp 2 "
      "--framework sglang";
  const Json h20 = ask(next);
  s.rows.push_back(holds("S4 `" + next + "`", "does not start",
                         h20.contains("infeasible") ? "cannot run"
                         : h20.empty()              ? "not known"
                                                    : "runs",
                         h20.contains("infeasible"),
                         h20.contains("infeasible")
                             ? ""
                             : "open: it starts as SGLang divides memory by now; as 0.5.3, which "
                               "the report is of, it does not (tests/scenario/kv_pools)"));
}

void replicas_and_sizes(Section& s) {
  const auto at_least = [&](const std::string& options, double bar) {
    const double found = rate(ask(options));
    s.rows.push_back(holds("S5 `" + options + "`",
                           fmt::format("at least {:.4g} tokens/s a device", bar),
                           fmt::format("{:.4g}", found), found >= bar));
  };
  const double gb200 = rate(ask("--hw gb200 --model dsr1 --devices 64"));
  for (const int devices : {384, 1024, 4096})
    at_least(fmt::format("--hw gb200 --model dsr1 --devices {}", devices), 0.97 * gb200);
  at_least("--hw b200 --model dsr1 --traffic chat --devices 128",
           0.99 * rate(ask("--hw b200 --model dsr1 --traffic chat --devices 8")));
  at_least("--hw h200 --model dsv3 --devices 384",
           0.99 * rate(ask("--hw h200 --model dsv3 --devices 16")));
  for (const char* chip : {"mi355x", "l40s"}) {
    const std::string options =
        fmt::format("--hw {} --model gpt-oss-20b --ttft 1000 --tpot 15", chip);
    at_least(options + " --devices 8", 0.99 * rate(ask(options + " --devices 1")));
  }
  for (const char* options :
       {"--hw ascend910b --model dsv3", "--hw h200 --model dsv3",
        "--hw gb200 --model dsr1 --isl 2000 --osl 4000 --ttft 3000 --tpot 40"}) {
    const Json a = ask(options);
    double least = INFINITY;
    for (const Json& size : a.value("sizes", Json::array())) {
      if (size.value("objectives_met", false)) {
        least = std::min(least, number(size, "/usd_per_mtok_output"));
      }
    }
    s.rows.push_back(holds(fmt::format("S5 `{}`", options), "within 3 % of the cheapest size",
                           fmt::format("{:.3g} USD on {} devices, {:.3g} at least", price(a),
                                       number(a, "/plan/devices"), least),
                           std::isfinite(least) && price(a) <= 1.031 * least));
  }
}

/// `run` with a row's arrival beside what `validate` said of the row.
void rows_through_run(Section& s) {
  struct Case {
    const char* options;
    double ttft;
    double tpot;
  };
  constexpr Case all[] = {
      {"--hw b200 --framework trtllm --model llama3.1-70b --dtype fp8 --kv-dtype fp8 --devices 2 "
       "--tp 2 --batch 32",
       397, 12.77},
      {"--hw mi300x --framework sglang --model dsr1 --devices 8 --tp 8 --batch 64", 616, 41.99},
      {"--hw b200 --framework vllm --model dsr1 --dtype fp4 --devices 8 --tp 8 --ep 8 --batch 128",
       192, 19.68},
      {"--hw h100 --framework vllm --model llama3.1-70b --devices 4 --tp 4 --batch 32", 249, 20.21},
      {"--hw h200 --framework sglang --model dsv3 --devices 8 --tp 8 --batch 64", 390, 33.95},
      {"--hw h200 --framework sglang --model dsv3 --devices 8 --tp 1 --dp 8 --ep 8 --batch 64", 501,
       33.83},
  };
  const Catalog catalog;
  for (const Case& each : all) {
    Question question = question_of(
        fmt::format("{} --isl 1024 --osl 1024 --waves 10 --lengths 0.8-1.0", each.options));
    // Its scripts set engines up in a way of their own, for which there is no option.
    question.benchmark = "inferencex";
    const auto found = find_plan(load_scenario(catalog, question));
    const double ttft = found ? found->best.headline.ttft->base() * 1e3 : NAN;
    const double tpot = found ? found->best.headline.tpot->base() * 1e3 : NAN;
    s.rows.push_back(
        holds(fmt::format("S6 `{}` with a row's arrival and set-up", each.options),
              fmt::format("TTFT {} and TPOT {} ms, within 15 and 3 %", each.ttft, each.tpot),
              fmt::format("{:.4g} and {:.4g} ms", ttft, tpot),
              std::abs(ttft / each.ttft - 1) <= 0.15 && std::abs(tpot / each.tpot - 1) <= 0.03));
  }
}

void intervals(Section& s) {
  const std::string two_nodes =
      "--hw h100 --model dsr1 --devices 16 --tp 16 --isl 128 --osl 128 "
      "--batch 1 --framework sglang";
  const Json nodes = ask(two_nodes);
  const double high = number(nodes, "/interval/tpot_ms/p90");
  s.rows.push_back(holds("S7 `" + two_nodes + "`", "the interval holds 23.1 to 24.0 ms (measured)",
                         fmt::format("up to {:.1f} ms", high), high >= 23.1));
  const std::string ascend =
      "--hw ascend910b --model qwen3-32b --devices 4 --tp 4 --isl 15000 --osl "
      "500 --batch 1 --dtype bf16";
  const Json moved = ask(ascend);
  s.rows.push_back(holds(
      "S7 `" + ascend + "`", "P10 under the headline, 38 ms (measured) inside",
      fmt::format("{:.1f} ms ({:.1f} to {:.1f})", tpot(moved),
                  number(moved, "/interval/tpot_ms/p10"), number(moved, "/interval/tpot_ms/p90")),
      number(moved, "/interval/tpot_ms/p10") < 0.99 * tpot(moved) &&
          number(moved, "/interval/tpot_ms/p90") >= 38));
  const auto assumes = [](const Json& a, const char* kernel) {
    for (const Json& each : a.value("assumptions", Json::array())) {
      if (each.value("key", "").find(kernel) != std::string::npos) return true;
    }
    return false;
  };
  const Json kimi = ask("--hw ascend910b --model kimi-linear-48b-a3b");
  if (!kimi.empty()) {
    s.rows.push_back(holds("S7 the ledger of Kimi Linear on ascend910b", "names mla_decode",
                           assumes(kimi, "mla_decode") ? "does" : "does not",
                           assumes(kimi, "mla_decode")));
  }
  const Json qwen = ask("--hw ascend910b --model qwen3.5-397b-a17b");
  s.rows.push_back(holds("S7 the ledger of qwen3.5-397b-a17b on ascend910b", "names conv_decode",
                         assumes(qwen, "conv_") ? "does" : "does not", assumes(qwen, "conv_")));
  const Json sure = ask("--hw h200 --model llama3.1-70b --confidence 0.9");
  const Json even = ask("--hw h200 --model llama3.1-70b");
  const double likely = number(sure, "/confidence/tpot");
  s.rows.push_back(
      holds("S7 `--confidence 0.9`: the plan is likelier to meet its objectives", "at least 0.9",
            fmt::format("{:.3f}, without {:.3f}", likely, number(even, "/confidence/tpot")),
            likely >= 0.895));
}

}  // namespace

Section cases() {
  Section s{"Cases in which the service was wrong", {}};
  impossible_numbers(s);
  shared_steps(s);
  few_output_tokens(s);
  queues(s);
  replicas_and_sizes(s);
  rows_through_run(s);
  intervals(s);
  return s;
}

Section search_times() {
  Section s{"Time of a search, from the start of the process (median of 15)", {}};
  struct Case {
    const char* options;
    double bar;
  };
  constexpr Case all[] = {
      {"--hw ascend910b --model dsv3", 60},
      {"--hw gb200 --model dsr1 --devices 4096", 150},
  };
  for (const Case& each : all) {
    std::vector<double> times;
    for (int i = 0; i < 15; ++i) {
      const auto start = std::chrono::steady_clock::now();
      ask(each.options);
      const std::chrono::duration<double, std::milli> took =
          std::chrono::steady_clock::now() - start;
      times.push_back(took.count());
    }
    std::nth_element(times.begin(), times.begin() + 7, times.end());
    s.rows.push_back(holds(fmt::format("`{}`", each.options),
                           fmt::format("at most {} ms", each.bar),
                           fmt::format("{:.0f} ms", times[7]), times[7] <= each.bar));
  }
  return s;
}

}  // namespace infersim::service
