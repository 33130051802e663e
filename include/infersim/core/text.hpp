#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace infersim {

/// The form in which names are compared: lower case, without `-`, `_`, `.`, `/` and spaces, so that
/// `Llama-3.1-70B`, `llama3.1-70b` and `llama_3_1_70b` are one name.
std::string fold_name(std::string_view name);

/// Up to `count` of `names` that are nearest to `wanted`, best first: names that contain it or that
/// it contains, then by edit distance (Levenshtein with transpositions) over folded names. Names
/// that are not near at all (distance over half the longer length) are left out.
std::vector<std::string> nearest_names(std::string_view wanted,
                                       const std::vector<std::string>& names,
                                       std::size_t count = 3);

/// How many names of chips, models and the like a message offers for one that is not known.
inline constexpr std::size_t offered_names = 5;

/// "did you mean `a`, `b` or `c`?" with up to `count` names, or empty if there is none.
std::string did_you_mean(std::string_view wanted, const std::vector<std::string>& names,
                         std::size_t count = 3);

/// `a, b, c`.
std::string join(const std::vector<std::string>& parts, std::string_view separator = ", ");

/// Text of unknown origin as messages show it: between backquotes, bytes that do not print or are
/// no UTF-8 as `\x1b`, cut off after about 60 bytes.
std::string quote(std::string_view text);

}  // namespace infersim
