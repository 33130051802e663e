# Installs the build into a stage of its own, then builds and runs the consumer against it.

function(run)
  execute_process(COMMAND ${ARGN} RESULT_VARIABLE result OUTPUT_VARIABLE out ERROR_VARIABLE out)
  if(NOT result EQUAL 0)
    list(JOIN ARGN " " command)
    message(FATAL_ERROR "${command}\n${out}")
  endif()
endfunction()

file(REMOVE_RECURSE "${STAGE}")
run("${CMAKE_COMMAND}" --install "${BUILD}" --config "${CONFIG}" --prefix "${STAGE}/install")
run("${CMAKE_COMMAND}" -S "${CONSUMER}" -B "${STAGE}/build" -G "${GENERATOR}"
  "-DCMAKE_CXX_COMPILER=${COMPILER}" "-DCMAKE_PREFIX_PATH=${STAGE}/install")
run("${CMAKE_COMMAND}" --build "${STAGE}/build")
run("${STAGE}/build/consumer")
