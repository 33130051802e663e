# One library made of layers, one program on top of it. What a layer may include is enforced by
# tests/architecture/; here a layer is a folder, and its sources are what lies in it.

# Compiled once for the program, the tests and the library that is installed. It stands apart from
# the archive so that no layer waits for the catalogue.
add_library(infersim_layers OBJECT)
target_link_libraries(infersim_layers PRIVATE infersim_flags Boost::headers tl::expected
  nlohmann_json::nlohmann_json infersim_text_headers)
# Headers that a layer keeps to itself lie beside its sources.
target_include_directories(infersim_layers PRIVATE
  "${PROJECT_SOURCE_DIR}/include" "${PROJECT_SOURCE_DIR}/sim")
target_compile_definitions(infersim_layers PRIVATE INFERSIM_VERSION="${PROJECT_VERSION}")
infersim_precompile(infersim_layers PRIVATE ${INFERSIM_COMMON_HEADERS} <fmt/format.h>)

add_library(infersim_lib STATIC $<TARGET_OBJECTS:infersim_layers>
  $<TARGET_OBJECTS:infersim_catalog> $<TARGET_OBJECTS:infersim_text>)
add_library(infersim::infersim ALIAS infersim_lib)
target_compile_features(infersim_lib PUBLIC cxx_std_20)
target_link_libraries(infersim_lib PUBLIC tl::expected)
target_sources(infersim_lib PUBLIC FILE_SET HEADERS BASE_DIRS "${PROJECT_SOURCE_DIR}/include")
set_target_properties(infersim_lib PROPERTIES
  OUTPUT_NAME infersim
  EXPORT_NAME infersim
  LINKER_LANGUAGE CXX
  VERIFY_INTERFACE_HEADER_SETS ${INFERSIM_DEVELOPER}
)

# Adds the headers and sources of one layer. Layers that have no folder yet are left out.
function(infersim_layer layer)
  file(GLOB sources CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/sim/${layer}/*.cpp")
  file(GLOB headers CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/include/infersim/${layer}/*.hpp")
  target_sources(infersim_layers PRIVATE ${sources})
  target_sources(infersim_lib PUBLIC FILE_SET HEADERS FILES ${headers})
endfunction()

foreach(layer core hardware workload cost phase serving economics scenario search calibration
    validation report explore)
  infersim_layer(${layer})
endforeach()

# Sweeps are the program's: SQLite, which they need, is nothing that the installed library links.
file(GLOB sweep_sources CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/sim/sweep/*.cpp")
if(INFERSIM_BUILD_PROGRAM)
  find_package(Threads REQUIRED)
  # The static library where there is one: the program is one file.
  find_library(INFERSIM_SQLITE NAMES libsqlite3.a sqlite3 REQUIRED)
  mark_as_advanced(INFERSIM_SQLITE)
  add_library(infersim_sweep STATIC ${sweep_sources})
  target_link_libraries(infersim_sweep PUBLIC infersim_lib PRIVATE infersim_flags Boost::headers
    "${INFERSIM_SQLITE}" Threads::Threads ${CMAKE_DL_LIBS} m nlohmann_json::nlohmann_json
    infersim_text_headers)
  target_include_directories(infersim_sweep SYSTEM PRIVATE ${SQLite3_INCLUDE_DIRS})
  target_include_directories(infersim_sweep PUBLIC "${PROJECT_SOURCE_DIR}/sim")
  infersim_precompile(infersim_sweep PRIVATE ${INFERSIM_COMMON_HEADERS} <fmt/format.h>)
endif()

file(GLOB cli_sources CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/sim/cli/*.cpp")
if(INFERSIM_BUILD_PROGRAM AND cli_sources)
  add_executable(infersim ${cli_sources})
  target_link_libraries(infersim PRIVATE infersim_sweep infersim_lib infersim_flags infersim_text_headers
    CLI11::CLI11 nlohmann_json::nlohmann_json)
  target_include_directories(infersim PRIVATE "${PROJECT_SOURCE_DIR}/sim")
  target_compile_definitions(infersim PRIVATE INFERSIM_VERSION="${PROJECT_VERSION}")
  infersim_precompile(infersim PRIVATE ${INFERSIM_COMMON_HEADERS} <fmt/format.h>)
  if(INFERSIM_STATIC_PROGRAM AND NOT INFERSIM_SANITIZE)
    target_link_options(infersim PRIVATE -static)
  endif()
endif()

# Fits run in a program of their own: linked into infersim, the solver would cost every start 4 ms.
if(INFERSIM_BUILD_CALIBRATE)
  add_library(infersim_solver OBJECT "${PROJECT_SOURCE_DIR}/sim/calibration/solver/ceres_solver.cpp")
  target_include_directories(infersim_solver PUBLIC
    "${PROJECT_SOURCE_DIR}/include" "${PROJECT_SOURCE_DIR}/sim")
  target_link_libraries(infersim_solver PUBLIC Ceres::ceres PRIVATE infersim_flags)
  add_executable(infersim-calibrate "${PROJECT_SOURCE_DIR}/sim/cli/calibrate/main.cpp"
    "${PROJECT_SOURCE_DIR}/sim/cli/calibrate/fitted_files.cpp"
    "${PROJECT_SOURCE_DIR}/sim/cli/calibrate/serving.cpp"
    "${PROJECT_SOURCE_DIR}/sim/cli/calibrate/sources.cpp"
    "${PROJECT_SOURCE_DIR}/sim/cli/calibrate/framework_text.cpp"
    "${PROJECT_SOURCE_DIR}/sim/cli/arguments.cpp" "${PROJECT_SOURCE_DIR}/sim/cli/output.cpp")
  target_link_libraries(infersim-calibrate PRIVATE infersim_lib infersim_solver infersim_flags
    infersim_text_headers)
endif()

if(INFERSIM_TIDY)
  foreach(target infersim_layers infersim_sweep infersim)
    if(TARGET ${target})
      set_target_properties(${target} PROPERTIES
        CXX_CLANG_TIDY "${INFERSIM_CLANG_TIDY};--quiet;--warnings-as-errors=*")
    endif()
  endforeach()
endif()
