# How everything is compiled: language, warnings, sanitizers, compiler cache.

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
# -O3 buys nothing measurable here and costs build time.
string(REPLACE "-O3" "-O2" CMAKE_CXX_FLAGS_RELEASE "${CMAKE_CXX_FLAGS_RELEASE}")

if(NOT CMAKE_CXX_COMPILER_LAUNCHER)
  find_program(INFERSIM_CCACHE ccache)
  mark_as_advanced(INFERSIM_CCACHE)
  if(INFERSIM_CCACHE)
    set(CMAKE_CXX_COMPILER_LAUNCHER "${INFERSIM_CCACHE}")
  endif()
endif()

# Three quarters of the time of most files are headers of libraries, the same ones. Not with a
# compiler cache, which would see another file whenever a precompiled header is written anew.
function(infersim_precompile target)
  if(NOT CMAKE_CXX_COMPILER_LAUNCHER)
    target_precompile_headers(${target} ${ARGN})
  endif()
endfunction()
set(INFERSIM_COMMON_HEADERS <algorithm> <array> <cmath> <functional> <map> <memory> <optional>
  <set> <string> <string_view> <utility> <variant> <vector> <tl/expected.hpp>)

# Linked privately by every target of ours, never exported.
add_library(infersim_flags INTERFACE)
target_compile_options(infersim_flags INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion
  $<$<BOOL:${INFERSIM_DEVELOPER}>:-Werror>
)

if(INFERSIM_SANITIZE)
  # For the whole build, the text libraries included: they read what users write.
  add_compile_options(-fsanitize=${INFERSIM_SANITIZE} -fno-sanitize-recover=all
    -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${INFERSIM_SANITIZE})
endif()

option(INFERSIM_TIDY "Check every file of the library and the program with clang-tidy" OFF)
if(INFERSIM_TIDY)
  find_program(INFERSIM_CLANG_TIDY NAMES clang-tidy-14 clang-tidy)
  if(NOT INFERSIM_CLANG_TIDY)
    message(FATAL_ERROR "Packages are missing. Install them with\n"
      "  apt-get install --no-install-recommends clang-tidy-14\n")
  endif()
endif()
