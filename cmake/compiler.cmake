# Warnings, sanitizers, compiler cache.
set(CMAKE_CXX_FLAGS_RELEASE "-O2 -DNDEBUG")  # the heavy loops are torch's and libav's
# GCC collects its garbage less often: a sixth less time for a quarter more memory (1.2 GB at most).
add_compile_options($<$<CXX_COMPILER_ID:GNU>:--param=ggc-min-expand=1000> $<$<CXX_COMPILER_ID:GNU>:--param=ggc-min-heapsize=1000000>)
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
