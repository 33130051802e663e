// Uses the installed library as a project of its own would.
#include <infersim/core/catalog.hpp>

#include <iostream>

int main() {
  const infersim::Catalog catalog;
  const auto devices = catalog.ids(infersim::DescriptionKind::device);
  for (const auto& id : devices)
    std::cout << id << '\n';
  return devices.empty() ? 1 : 0;
}
