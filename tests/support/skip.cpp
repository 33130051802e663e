#include "support/skip.hpp"

#include <iostream>

#include "support/catch.hpp"

namespace infersim::test {

void skip(const std::string& reason) {
  std::cout << "SKIPPED: " << reason << std::endl;
  SUCCEED("skipped");
}

}  // namespace infersim::test
