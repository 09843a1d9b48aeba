# For what parses, prints and wires, or whose heavy loops are torch's, libav's and SQLite's: a quarter less time to compile,
# and nobody feels the rest. Core, schedule, simulate, shapes, vram and model have loops of their own.
function(clipmill_quick_to_compile target)
  target_compile_options(${target} PRIVATE $<$<CONFIG:Release>:-O1>)
endfunction()

# clipmill_precompile(TARGET [TORCH] [TEST])
# The headers that most files include cost more than the files do, ATen's most of all. Four precompiled copies serve all
# targets: with and without torch, for what is shipped and for tests. Targets that share a copy share their options, too.
function(clipmill_precompile target)
  cmake_parse_arguments(PCH "TORCH;TEST" "" "" ${ARGN})
  set(headers <algorithm> <filesystem> <functional> <map> <memory> <string> <vector> <fmt/format.h> <nlohmann/json.hpp>)
  set(copy clipmill_precompiled)
  if(PCH_TORCH)
    string(APPEND copy _torch)
    list(APPEND headers <ATen/ATen.h>)
    target_link_libraries(${target} PUBLIC torch_engine)
  endif()
  if(PCH_TEST)
    string(APPEND copy _test)
    list(APPEND headers <gmock/gmock.h> <gtest/gtest.h> <rapidcheck/gtest.h>)
    target_compile_options(${target} PRIVATE -O0)  # half the time to compile; what is tested keeps its own options
  endif()

  if(NOT TARGET ${copy})
    file(CONFIGURE OUTPUT ${PROJECT_BINARY_DIR}/${copy}.cpp CONTENT "")
    add_library(${copy} STATIC ${PROJECT_BINARY_DIR}/${copy}.cpp)
    target_link_libraries(${copy} PRIVATE fmt::fmt nlohmann_json::nlohmann_json
      $<$<BOOL:${PCH_TORCH}>:torch_engine> $<$<BOOL:${PCH_TEST}>:GTest::gmock>)
    target_compile_options(${copy} PRIVATE $<$<BOOL:${PCH_TEST}>:-O0>)
    target_precompile_headers(${copy} PRIVATE ${headers})
  endif()
  target_precompile_headers(${target} REUSE_FROM ${copy})
endfunction()
