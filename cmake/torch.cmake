# Finds LibTorch below CMAKE_PREFIX_PATH (a LibTorch folder, or torch's folder in a Python environment): torch_engine.
# Torch's own TorchConfig.cmake stops the configuration where a CUDA build meets no CUDA toolkit; this falls back to the
# CPU. Sets CLIPMILL_CUDA (torch_engine computes on GPUs) and CUDA_INCLUDE_DIR. Nothing is cached, so that another torch
# is seen by the next configuration.

find_path(torch_include ATen/ATen.h NO_CACHE)
if(NOT torch_include)
  message(FATAL_ERROR "No torch below CMAKE_PREFIX_PATH=\"${CMAKE_PREFIX_PATH}\": it must name a folder with "
                      "include/ATen/ATen.h, which is LibTorch's or site-packages/torch.")
endif()
get_filename_component(torch_root ${torch_include}/.. ABSOLUTE)
set(torch_include ${torch_root}/include)

foreach(library torch_cpu c10)
  if(NOT EXISTS ${torch_root}/lib/lib${library}.so)
    message(FATAL_ERROR "${torch_root} has torch's headers, but no lib/lib${library}.so: is the installation complete?")
  endif()
endforeach()

set(torch_api ${torch_include}/torch/csrc/api/include)
set(torch_version "")
foreach(header ${torch_include}/torch/headeronly/version.h ${torch_api}/torch/version.h ${torch_include}/torch/version.h)
  if(NOT torch_version AND EXISTS ${header})
    file(STRINGS ${header} lines REGEX "define TORCH_VERSION_(MAJOR|MINOR) ")
    string(REGEX MATCHALL "[0-9]+" torch_version "${lines}")
    list(JOIN torch_version "." torch_version)
  endif()
endforeach()
if(torch_version VERSION_LESS 2.11)
  message(FATAL_ERROR "The torch in ${torch_root} has version \"${torch_version}\"; clipmill needs 2.11 or newer.")
endif()

# The packages that a wheel brings match it best, so they come before the machine's toolkit.
find_package(CUDAToolkit QUIET)
file(GLOB cuda_roots ${torch_root}/../nvidia/cu* ${torch_root}/../nvidia/cuda_runtime)
list(APPEND cuda_roots $ENV{CUDA_HOME} $ENV{CUDA_PATH} /usr/local/cuda)
# crt/host_defines.h is included by cuda_runtime_api.h, but NVIDIA packs it apart (nvidia-cuda-crt).
find_path(CUDA_INCLUDE_DIR crt/host_defines.h NO_CACHE
          HINTS ${cuda_roots} ${CUDAToolkit_INCLUDE_DIRS} PATH_SUFFIXES include)
file(GLOB cudart_names RELATIVE / ${torch_root}/lib/libcudart*.so* ${torch_root}/../nvidia/*/lib/libcudart.so*)
list(TRANSFORM cudart_names REPLACE ".*/" "")  # a wheel has libcudart.so.13 without the plain name
find_library(cudart NAMES ${cudart_names} cudart NO_CACHE
             HINTS ${torch_root} ${cuda_roots} ${CUDAToolkit_LIBRARY_DIR} PATH_SUFFIXES lib lib64)

function(clipmill_torch_library name location)
  add_library(${name} SHARED IMPORTED GLOBAL)
  set_target_properties(${name} PROPERTIES IMPORTED_LOCATION ${location})
  target_link_libraries(torch_engine INTERFACE ${name})
endfunction()

add_library(torch_engine INTERFACE)
target_include_directories(torch_engine SYSTEM INTERFACE ${torch_include} ${torch_api})
clipmill_torch_library(torch_cpu ${torch_root}/lib/libtorch_cpu.so)
clipmill_torch_library(torch_c10 ${torch_root}/lib/libc10.so)

set(CLIPMILL_CUDA OFF)
if(EXISTS ${torch_root}/lib/libtorch_cuda.so)
  # A machine that only builds need not have what the CUDA libraries load: the driver, cuDNN and so on.
  target_link_options(torch_engine INTERFACE LINKER:--allow-shlib-undefined)
  if(CUDA_INCLUDE_DIR AND EXISTS ${CUDA_INCLUDE_DIR}/cuda_runtime_api.h AND cudart)
    set(CLIPMILL_CUDA ON)
    # No symbol of libtorch_cuda is named here: it registers its kernels when it is loaded.
    target_link_options(torch_engine INTERFACE LINKER:--no-as-needed)
    target_include_directories(torch_engine SYSTEM INTERFACE ${CUDA_INCLUDE_DIR})
    clipmill_torch_library(torch_cuda ${torch_root}/lib/libtorch_cuda.so)
    clipmill_torch_library(torch_c10_cuda ${torch_root}/lib/libc10_cuda.so)
    clipmill_torch_library(torch_cudart ${cudart})
  else()
    message(WARNING "The torch in ${torch_root} is a CUDA build, but cuda_runtime_api.h, crt/host_defines.h or libcudart was not found: "
                    "clipmill will run on the CPU only. Install the CUDA toolkit or set CUDA_HOME, then configure again.")
  endif()
endif()
message(STATUS "torch ${torch_version} in ${torch_root}, CUDA ${CLIPMILL_CUDA}")
