# Warnings, sanitizers, compiler cache.
set(CMAKE_CXX_FLAGS_RELEASE "-O2 -DNDEBUG")  # the heavy loops are torch's and libav's
add_compile_options(-Wall -Wextra -Wno-missing-field-initializers -fdiagnostics-color=auto)
if(CLIPMILL_SANITIZE)
  add_compile_options(-fsanitize=${CLIPMILL_SANITIZE} -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${CLIPMILL_SANITIZE})
endif()

if(CLIPMILL_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()

find_program(CCACHE ccache)
if(CCACHE AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # A precompiled header hits only when GCC keeps the preprocessor's view of it and ccache forgives its time stamps.
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env
      CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime ${CCACHE})
  add_compile_options(-fpch-preprocess)
endif()
