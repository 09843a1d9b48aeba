# What comes from elsewhere. Debian's names are in tools/packages.txt; torch comes by CMAKE_PREFIX_PATH.
find_package(Threads REQUIRED)
find_package(PkgConfig)

find_package(nlohmann_json REQUIRED)

# Header-only: torch carries a newer fmt in its include folder; inline namespaces keep the two apart.
find_path(FMT_INCLUDE_DIR fmt/format.h NO_CMAKE_PATH)
find_path(FMT_INCLUDE_DIR fmt/format.h PATH_SUFFIXES include REQUIRED)
add_library(fmt_headers INTERFACE)
target_compile_definitions(fmt_headers INTERFACE FMT_HEADER_ONLY)
if(NOT FMT_INCLUDE_DIR STREQUAL "/usr/include")
  target_include_directories(fmt_headers SYSTEM INTERFACE ${FMT_INCLUDE_DIR})
endif()

find_package(GTest REQUIRED)
find_library(RAPIDCHECK_LIBRARY rapidcheck)

if(NOT CLIPMILL_ENGINE_ONLY)
  find_package(CLI11 REQUIRED)
  find_package(tomlplusplus REQUIRED)
  pkg_check_modules(SQLITE REQUIRED IMPORTED_TARGET sqlite3)
  pkg_check_modules(MICROHTTPD REQUIRED IMPORTED_TARGET libmicrohttpd)
  pkg_check_modules(CURL REQUIRED IMPORTED_TARGET libcurl)
  pkg_check_modules(AV REQUIRED IMPORTED_TARGET libavcodec libavformat libavfilter libavutil libswscale)
endif()

if(CLIPMILL_TORCH)
  pkg_check_modules(SENTENCEPIECE REQUIRED IMPORTED_TARGET sentencepiece)
  pkg_check_modules(ICU REQUIRED IMPORTED_TARGET icu-uc)
  include(cmake/torch.cmake)
endif()
