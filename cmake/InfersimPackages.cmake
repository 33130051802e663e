# Everything infersim builds on comes from the distribution. What is missing is reported once,
# as the one command that installs it.

set(INFERSIM_MISSING_PACKAGES "")

# infersim_find(<CMake package> <Debian package> [arguments of find_package])
macro(infersim_find package debian)
  find_package(${package} ${ARGN} QUIET)
  if(NOT ${package}_FOUND)
    list(APPEND INFERSIM_MISSING_PACKAGES ${debian})
  endif()
endmacro()

infersim_find(Boost libboost-dev 1.74)
infersim_find(fmt libfmt-dev 9.1 CONFIG)
infersim_find(tomlplusplus libtomlplusplus-dev CONFIG)
infersim_find(nlohmann_json nlohmann-json3-dev 3.11 CONFIG)
infersim_find(tl-expected libexpected-dev CONFIG)
if(INFERSIM_BUILD_PROGRAM)
  infersim_find(SQLite3 libsqlite3-dev)
  infersim_find(CLI11 libcli11-dev 2.1 CONFIG)
endif()
if(INFERSIM_BUILD_CALIBRATE)
  infersim_find(Ceres libceres-dev 2.1 CONFIG)
endif()
if(INFERSIM_BUILD_TESTS)
  infersim_find(Catch2 catch2 CONFIG)
endif()
if(INFERSIM_BUILD_BENCH)
  infersim_find(benchmark libbenchmark-dev 1.7 CONFIG)
endif()

# Read by ./infersim and ./check, which install them.
set(missing_file "${PROJECT_BINARY_DIR}/missing_packages.txt")
file(REMOVE "${missing_file}")
if(INFERSIM_MISSING_PACKAGES)
  list(JOIN INFERSIM_MISSING_PACKAGES " " missing)
  file(WRITE "${missing_file}" "${missing}\n")
  message(FATAL_ERROR "Packages are missing. Install them with\n"
    "  apt-get install --no-install-recommends ${missing}\n")
endif()

# The distribution ships fmt and toml++ as shared objects, which cost a millisecond at start, and
# as headers, which cost seconds in every file that includes them. Both are therefore compiled
# once, from the distribution's own headers, into the library.
add_library(infersim_text_headers INTERFACE)
target_compile_definitions(infersim_text_headers INTERFACE TOML_HEADER_ONLY=0)
foreach(package fmt::fmt tomlplusplus::tomlplusplus)
  target_include_directories(infersim_text_headers SYSTEM INTERFACE
    $<TARGET_PROPERTY:${package},INTERFACE_INCLUDE_DIRECTORIES>)
endforeach()

add_library(infersim_text OBJECT
  "${PROJECT_SOURCE_DIR}/cmake/fmt_implementation.cpp"
  "${PROJECT_SOURCE_DIR}/cmake/toml_implementation.cpp"
)
target_link_libraries(infersim_text PRIVATE infersim_text_headers)
# g++ takes half a minute to add these checks to toml++; the fuzz build, clang's, has them.
target_compile_options(infersim_text PRIVATE
  $<$<CXX_COMPILER_ID:GNU>:-fno-sanitize=undefined>)
