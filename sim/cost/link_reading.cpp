#include "cost/link_reading.hpp"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "cost/parameter_reading.hpp"
#include "cost/residual_reading.hpp"
#include "infersim/cost/link_parameters.hpp"

namespace infersim::detail {
namespace {

LibraryEfficiency read_library(TableReader table) {
  LibraryEfficiency library;
  for (const std::string_view needed : {"latency", "fraction"}) {
    if (!table.has(needed)) table.fault(needed, "missing required key");
  }
  read_parameters(table, library_parameters(), library);
  read_residual(table);
  table.finish();
  return library;
}

/// The keys that differ in the servers of some devices.
template <class Owner>
void read_servers(TableReader& table, std::string_view device, Owner& main) {
  if (!table.has("server")) return;
  TableReader servers = table.table("server");
  for (const std::string& key : servers.keys()) {
    TableReader server = servers.table(key);
    const std::vector<std::string> devices = server.texts("devices");
    Owner own = main;
    read_parameters(server, parameters_of(own), own);
    server.optional_texts("held");
    server.finish();
    if (std::find(devices.begin(), devices.end(), device) != devices.end()) main = own;
  }
  servers.finish();
}

CustomAllReduce read_custom(TableReader table, std::string_view device) {
  CustomAllReduce custom;
  read_parameters(table, custom_parameters(), custom);
  if (!custom.known()) {
    table.fault("one_fraction", "neither `one_fraction` nor `two_fraction` is given",
                "kernels of an all-reduce are one-shot, two-shot or both");
  }
  read_servers(table, device, custom);
  read_residual(table);
  table.finish();
  return custom;
}

ExchangeEfficiency read_pass(TableReader table, std::string_view device) {
  ExchangeEfficiency pass;
  for (const std::string_view needed : {"latency", "fraction"}) {
    if (!table.has(needed)) table.fault(needed, "missing required key");
  }
  read_parameters(table, exchange_parameters(), pass);
  read_servers(table, device, pass);
  pass.residual = read_residual(table);
  table.finish();
  return pass;
}

/// The kernels of a framework take the place of another's beneath.
std::vector<ExchangeKernels> read_exchanges(TableReader table, std::string_view device) {
  std::vector<ExchangeKernels> all;
  for (const std::string& kernels : table.keys()) {
    TableReader own = table.table(kernels);
    ExchangeKernels exchange;
    exchange.name = kernels;
    for (const ExchangePass pass : all_exchange_passes) {
      if (own.has(name(pass)))
        exchange.passes[index(pass)] = read_pass(own.table(name(pass)), device);
    }
    own.finish();
    all.push_back(std::move(exchange));
  }
  table.finish();
  return all;
}

}  // namespace

void read_links(TableReader& root, std::string_view id, bool complete, std::string_view device,
                Efficiency& into) {
  if (!complete && !root.has("links")) return;
  TableReader table = root.table("links");
  const Provenance provenance = table.provenance();
  const auto note_scope = [&](const std::string& parameter, const Provenance& from) {
    into.scopes.push_back({parameter, std::string{id}, complete, from});
  };
  LinkEfficiency& links = into.links;
  if (read_parameters(table, link_parameters(), links, complete)) note_scope("links", provenance);
  for (const LinkOperation operation : all_link_operations) {
    const std::string key{name(operation)};
    if (!table.has(key)) continue;
    TableReader own = table.table(key);
    note_scope("links." + key, own.provenance(&provenance));
    links.library[index(operation)] = read_library(std::move(own));
  }
  if (table.has("custom")) {
    TableReader own = table.table("custom");
    note_scope("links.custom", own.provenance(&provenance));
    links.custom = read_custom(std::move(own), device);
  }
  if (table.has("exchange")) {
    note_scope("links.exchange", provenance);
    links.exchanges = read_exchanges(table.table("exchange"), device);
  }
  table.finish();
}

}  // namespace infersim::detail
