#pragma once

#include "infersim/core/diagnostic.hpp"

/// What any bytes must give: a value, or an InputError with at least one fault.
template <class Read>
void expect_value_or_faults(Read read) {
  try {
    read();
  } catch (const infersim::InputError& error) {
    if (error.faults().empty()) __builtin_trap();
  }
}
