#pragma once

#include <string>
#include <vector>

#include "infersim/economics/api_price.hpp"
#include "infersim/report/text.hpp"

namespace infersim {

/// The id, alias and name of a list, and the models in it: what `list` looks a filter up in.
std::vector<std::string> searched(const PriceList& list);

/// A line for each price, newest first, with the date from which it holds: the history of each
/// model.
std::string listing(const std::vector<PriceList>& lists, const TextStyle& style);
std::string json_listing(const std::vector<PriceList>& lists);

/// One list with the sources of its prices.
std::string price_list_text(const PriceList& list, const TextStyle& style);
std::string price_list_json(const PriceList& list);

}  // namespace infersim
