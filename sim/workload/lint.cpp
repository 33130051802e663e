#include "infersim/workload/lint.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "infersim/workload/parameters.hpp"

namespace infersim {
namespace {

constexpr double most_off = 1.5;  ///< names round, and count embeddings or not

using Found = std::vector<Suspicion>;

void check_gqa(const GroupedQueryAttention& attention, const std::string& key,
               const ModelSpec& model, Found& found) {
  if (attention.head_dim < 16 || attention.head_dim > 1024) {
    found.push_back(
        {key + ".head_dim",
         fmt::format("heads of {} values; published ones have 32 to 512", attention.head_dim),
         "values of one head, not of all"});
  }
  if (attention.reach != Reach::all && attention.span > model.max_context) {
    found.push_back(
        {key + "." + std::string(name(attention.reach)),
         fmt::format("{} tokens, more than the context of {}", attention.span, model.max_context),
         "leave it out if every earlier token is attended to"});
  }
}

void check_ffn(const Ffn& ffn, const std::string& key, const ModelSpec& model, Found& found) {
  const auto narrow = [&](Count intermediate, Count part) {
    if (intermediate * part >= model.hidden) return;
    found.push_back({key + ".intermediate",
                     fmt::format("{} is less than {}/{}, a {}th of the hidden size", intermediate,
                                 model.hidden, part, part),
                     "the width between the projections of the whole layer, not a rank's share"});
  };
  if (const auto* dense = std::get_if<DenseFfn>(&ffn)) narrow(dense->intermediate, 8);
  const auto* moe = std::get_if<MoeFfn>(&ffn);
  if (moe == nullptr) return;
  narrow(moe->intermediate, 32);
  if (moe->experts > 1 && moe->top_k == moe->experts) {
    found.push_back({key + ".top_k", fmt::format("all {} experts see every token", moe->experts),
                     "how many experts a token is routed to"});
  }
}

/// What a name says of the size: `70b` total, `a22b` active.
struct NamedSize {
  std::optional<double> total;
  std::optional<double> active;
};

bool is_letter_or_digit(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0; }

/// Reads `235b`, `1.8t` or `a22b`; the whole of the word, so that 8x7b and fp8 say nothing.
void read_word(std::string_view word, NamedSize& size) {
  const bool active = word.starts_with('a') || word.starts_with('A');
  if (active) word.remove_prefix(1);
  if (word.size() < 2) return;
  double scale = 0;
  if (word.ends_with('b') || word.ends_with('B')) scale = 1e9;
  if (word.ends_with('t') || word.ends_with('T')) scale = 1e12;
  word.remove_suffix(1);
  double value = 0;
  const auto [end, failure] = std::from_chars(word.data(), word.data() + word.size(), value);
  if (scale == 0 || failure != std::errc{} || end != word.data() + word.size()) return;
  auto& slot = active ? size.active : size.total;
  if (!slot) slot = value * scale;
}

NamedSize named_size(std::string_view name) {
  NamedSize size;
  while (!name.empty()) {
    std::size_t end = 0;
    while (end < name.size() && (is_letter_or_digit(name[end]) || name[end] == '.'))
      ++end;
    read_word(name.substr(0, end), size);
    name.remove_prefix(std::min(end + 1, name.size()));
  }
  return size;
}

bool near(double a, double b) { return a <= most_off * b && b <= most_off * a; }

void check_size(const ModelParameters& counted, const std::string& from, Found& found) {
  const NamedSize named = named_size(from);
  const auto add = [&](std::string_view which, double is, double says) {
    found.push_back(
        {"id",
         fmt::format("{:.4g} billion {} parameters, but `{}` says {:.4g} billion", is / 1e9, which,
                     from, says / 1e9),
         "compare the layers, their count and widths with the published configuration"});
  };
  // Some are called after what is active of them (Llama 4 Maverick 17B-128E).
  if (named.total && !near(counted.total, *named.total) && !near(counted.active, *named.total)) {
    add("total", counted.total, *named.total);
  }
  if (named.active && !near(counted.active, *named.active)) {
    add("active", counted.active, *named.active);
  }
}

}  // namespace

std::vector<Suspicion> suspicions(const ModelSpec& model) {
  Found found;
  if (!model.provenance.unusual.empty()) return found;
  if (model.vocab < 1000) {
    found.push_back({"vocab",
                     fmt::format("{} tokens; the smallest published have 32,000", model.vocab),
                     "rows of the embedding"});
  }
  if (model.hidden % 16 != 0) {
    found.push_back({"hidden", fmt::format("{} is no multiple of 16", model.hidden),
                     "width of the residual stream"});
  }
  for (std::size_t i = 0; i < model.layers.size(); ++i) {
    const LayerGroup& group = model.layers[i];
    const std::string key = fmt::format("layers[{}]", i);
    if (const auto* gqa = std::get_if<GroupedQueryAttention>(&group.attention))
      check_gqa(*gqa, key + ".attention", model, found);
    check_ffn(group.ffn, key + ".ffn", model, found);
  }
  const ModelParameters counted = count_parameters(model);
  for (const std::string& text : {model.id, model.name}) {
    const std::size_t before = found.size();
    check_size(counted, text, found);
    if (found.size() > before) break;
  }
  return found;
}

}  // namespace infersim
