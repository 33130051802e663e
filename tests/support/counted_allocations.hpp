#pragma once

#include <cstddef>
#include <cstdlib>
#include <new>

// Replaces the global allocation functions of the program that includes it (in one source file) by
// ones that count. The count is exact and the same on every machine, where times are neither. Kept
// out of line: the compiler would take a pair of which it inlines one half for a mismatch.

namespace infersim::test {

inline std::size_t allocations = 0;

}  // namespace infersim::test

// NOLINTBEGIN(misc-definitions-in-headers): one source file of a program includes this.
[[gnu::noinline]] void* operator new(std::size_t size) {
  ++infersim::test::allocations;
  if (void* memory = std::malloc(size > 0 ? size : 1)) return memory;
  throw std::bad_alloc();
}
[[gnu::noinline]] void* operator new[](std::size_t size) { return operator new(size); }
[[gnu::noinline]] void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  return operator new(size);
}
[[gnu::noinline]] void* operator new[](std::size_t size, const std::nothrow_t&) noexcept {
  return operator new(size);
}
[[gnu::noinline]] void operator delete(void* memory) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete[](void* memory) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete[](void* memory, std::size_t) noexcept { std::free(memory); }
// NOLINTEND(misc-definitions-in-headers)
