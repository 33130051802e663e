#include "infersim/cost/link_parameters.hpp"

namespace infersim {
namespace {

constexpr double longest = 1.0;   // second
constexpr double largest = 1e12;  // bytes
constexpr double steepest = 4.0;  // exponent of a number of ranks
constexpr double fastest = 1e15;  // bytes a second

template <auto... Path>
constexpr Parameter<LinkEfficiency> general(std::string_view key, double least, double most) {
  return parameter<LinkEfficiency, Path...>(key, least, most);
}

template <auto... Path>
constexpr Parameter<LibraryEfficiency> library(std::string_view key, double least, double most) {
  return parameter<LibraryEfficiency, Path...>(key, least, most);
}

template <auto... Path>
constexpr Parameter<CustomAllReduce> custom(std::string_view key, double least, double most) {
  return parameter<CustomAllReduce, Path...>(key, least, most);
}

template <auto... Path>
constexpr Parameter<ExchangeEfficiency> exchange(std::string_view key, double least, double most) {
  return parameter<ExchangeEfficiency, Path...>(key, least, most);
}

constexpr auto bulk = &LibraryEfficiency::bulk;
constexpr auto low = &LibraryEfficiency::low;
constexpr auto in_network = &LibraryEfficiency::in_network;
constexpr auto way = &LinkProtocol::way;
constexpr auto latency = &LinkWay::latency;
constexpr auto fraction = &LinkWay::fraction;

constexpr Parameter<LinkEfficiency> link_table[] = {
    general<&LinkEfficiency::scale_up>("scale_up", 1e-6, 1),
    general<&LinkEfficiency::scale_out>("scale_out", 1e-6, 1),
    general<&LinkEfficiency::reduce_latency>("reduce_latency", 0, longest),
    general<&LinkEfficiency::between_latency>("between_latency", 0, longest),
    general<&LinkEfficiency::all_to_all_latency>("all_to_all_latency", 0, longest),
    general<&LinkEfficiency::overlapped_compute>("overlapped_compute", 1e-6, 1),
};

constexpr Parameter<LibraryEfficiency> library_table[] = {
    library<bulk, way, latency>("latency", 0, longest),
    library<bulk, &LinkProtocol::hop>("hop", 0, longest),
    library<bulk, &LinkProtocol::ramp>("ramp", 0, longest),
    library<bulk, &LinkProtocol::knee>("knee", 0, largest),
    library<bulk, way, fraction>("fraction", 1e-6, 1),
    library<low, way, latency>("low_latency", 0, longest),
    library<low, &LinkProtocol::hop>("low_hop", 0, longest),
    library<low, &LinkProtocol::ramp>("low_ramp", 0, longest),
    library<low, &LinkProtocol::knee>("low_knee", 0, largest),
    library<low, way, fraction>("low_fraction", 1e-6, 1),
    library<in_network, latency>("switch_latency", 0, longest),
    library<in_network, fraction>("switch_fraction", 1e-6, 1),
    library<&LibraryEfficiency::contention>("contention", 0, steepest),
};

constexpr Parameter<CustomAllReduce> custom_table[] = {
    custom<&CustomAllReduce::one_shot, latency>("one_latency", 0, longest),
    custom<&CustomAllReduce::one_shot, fraction>("one_fraction", 0, 1),
    custom<&CustomAllReduce::two_shot, latency>("two_latency", 0, longest),
    custom<&CustomAllReduce::two_shot, fraction>("two_fraction", 0, 1),
    custom<&CustomAllReduce::hop>("hop", 0, longest),
    custom<&CustomAllReduce::contention>("contention", 0, steepest),
    custom<&CustomAllReduce::limit>("limit", 0, largest),
    custom<&CustomAllReduce::limit_ranks>("limit_ranks", -steepest, steepest),
    custom<&CustomAllReduce::symmetric, latency>("symmetric_latency", 0, longest),
    custom<&CustomAllReduce::symmetric, fraction>("symmetric_fraction", 0, 1),
    custom<&CustomAllReduce::symmetric_ranks>("symmetric_ranks", -steepest, steepest),
    custom<&CustomAllReduce::symmetric_limit>("symmetric_limit", 0, largest),
    custom<&CustomAllReduce::symmetric_limit_ranks>("symmetric_limit_ranks", -steepest, steepest),
    custom<&CustomAllReduce::host>("host", 0, longest),
    custom<&CustomAllReduce::copy>("copy", 0, 10),
};

constexpr Parameter<ExchangeEfficiency> exchange_table[] = {
    exchange<&ExchangeEfficiency::relayed>("relayed", 0, 1),
    exchange<&ExchangeEfficiency::latency>("latency", 0, longest),
    exchange<&ExchangeEfficiency::hop>("hop", 0, longest),
    exchange<&ExchangeEfficiency::domain_hop>("domain_hop", 0, longest),
    exchange<&ExchangeEfficiency::expert>("expert", 0, longest),
    exchange<&ExchangeEfficiency::ramp>("ramp", 0, longest),
    exchange<&ExchangeEfficiency::ramp_tokens>("ramp_tokens", 1e-3, 1e6),
    exchange<&ExchangeEfficiency::token>("token", 0, longest),
    exchange<&ExchangeEfficiency::unit_bandwidth>("unit_bandwidth", 0, fastest),
    exchange<&ExchangeEfficiency::units>("units", 0, 1e4),
    exchange<&ExchangeEfficiency::fraction>("fraction", 1e-6, 1),
    exchange<&ExchangeEfficiency::out_fraction>("out_fraction", 1e-6, 1),
    exchange<&ExchangeEfficiency::far>("far", 1e-3, 1),
    exchange<&ExchangeEfficiency::contention>("contention", 0, steepest),
    exchange<&ExchangeEfficiency::blend>("blend", 0.8, 64),
    exchange<&ExchangeEfficiency::overlap>("overlap", 0.8, 64),
    exchange<&ExchangeEfficiency::host>("host", 0, longest),
};

}  // namespace

std::span<const Parameter<LinkEfficiency>> link_parameters() { return link_table; }

std::span<const Parameter<LibraryEfficiency>> library_parameters() { return library_table; }

std::span<const Parameter<CustomAllReduce>> custom_parameters() { return custom_table; }

std::span<const Parameter<ExchangeEfficiency>> exchange_parameters() { return exchange_table; }

}  // namespace infersim
