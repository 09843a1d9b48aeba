# What comes from elsewhere. Debian's names are in tools/packages.txt; torch comes by CMAKE_PREFIX_PATH.
find_package(Threads REQUIRED)
find_package(PkgConfig)

find_package(nlohmann_json REQUIRED)

# The compiled library: header-only, each object would compile fmt anew (4 s). Torch carries another fmt among its
# headers; ours is found first, through a folder that holds nothing else.
find_package(fmt REQUIRED)
get_target_property(fmt_include fmt::fmt INTERFACE_INCLUDE_DIRECTORIES)
file(MAKE_DIRECTORY ${PROJECT_BINARY_DIR}/fmt)
file(CREATE_LINK ${fmt_include}/fmt ${PROJECT_BINARY_DIR}/fmt/fmt SYMBOLIC)
include_directories(BEFORE SYSTEM ${PROJECT_BINARY_DIR}/fmt)

find_package(GTest REQUIRED)
find_library(RAPIDCHECK_LIBRARY rapidcheck)

if(NOT CLIPMILL_ENGINE_ONLY)
  find_package(CLI11 REQUIRED)
  find_package(tomlplusplus REQUIRED)
  pkg_check_modules(SQLITE REQUIRED IMPORTED_TARGET sqlite3)
  pkg_check_modules(MICROHTTPD REQUIRED IMPORTED_TARGET libmicrohttpd)
  pkg_check_modules(PROMETHEUS REQUIRED IMPORTED_TARGET prometheus-cpp-core)
  pkg_check_modules(CURL REQUIRED IMPORTED_TARGET libcurl)
  pkg_check_modules(AV REQUIRED IMPORTED_TARGET libavcodec libavformat libavfilter libavutil libswscale)
endif()

if(CLIPMILL_TORCH)
  pkg_check_modules(SENTENCEPIECE REQUIRED IMPORTED_TARGET sentencepiece)
  pkg_check_modules(ICU REQUIRED IMPORTED_TARGET icu-uc)
  include(cmake/torch.cmake)
endif()
