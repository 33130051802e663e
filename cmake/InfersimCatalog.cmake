# The catalogue is compiled into the program, and so are the templates that `infersim init` writes: a
# host tool reads the descriptions, indexes them by id and alias, and writes them out as one source
# file. A broken description fails the build.

add_executable(infersim_embed_catalog "${PROJECT_SOURCE_DIR}/tools/embed_catalog.cpp"
  $<TARGET_OBJECTS:infersim_text>)
target_link_libraries(infersim_embed_catalog PRIVATE infersim_flags infersim_text_headers)
# It runs once a build, for milliseconds: building it fast is what counts.
target_compile_options(infersim_embed_catalog PRIVATE -O0)

set(catalog_files "")
foreach(folder hardware/devices hardware/systems hardware/sites hardware/efficiency
    hardware/efficiency/kernels hardware/efficiency/frameworks workloads/models workloads/traffic
    workloads/prices)
  file(GLOB found CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/${folder}/*.toml"
    "${PROJECT_SOURCE_DIR}/templates/${folder}/*.toml")
  list(APPEND catalog_files ${found})
endforeach()

set(catalog_source "${PROJECT_BINARY_DIR}/generated/embedded_catalog.cpp")
# A changed list of files reruns the tool even where no file in it is newer.
file(CONFIGURE OUTPUT "${PROJECT_BINARY_DIR}/generated/catalog_files.txt"
  CONTENT "${catalog_files}\n")
add_custom_command(
  OUTPUT "${catalog_source}"
  COMMAND infersim_embed_catalog "${PROJECT_SOURCE_DIR}" "${catalog_source}"
  DEPENDS infersim_embed_catalog ${catalog_files}
    "${PROJECT_BINARY_DIR}/generated/catalog_files.txt"
  COMMENT "Embedding the catalogue"
  VERBATIM
)

add_library(infersim_catalog OBJECT "${catalog_source}")
target_include_directories(infersim_catalog PRIVATE "${PROJECT_SOURCE_DIR}/include")
target_link_libraries(infersim_catalog PRIVATE infersim_flags)
