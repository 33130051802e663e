#pragma once

#include <optional>
#include <string_view>

namespace infersim {

/// In which money is asked for and shown. Sums are made of dollars alone.
enum class Currency { usd, cny, eur };

/// `USD`, `CNY`, `EUR`.
std::string_view name(Currency currency);
/// The same in any case.
std::optional<Currency> parse_currency(std::string_view text);

}  // namespace infersim
