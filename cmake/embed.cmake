# clipmill_embed(TARGET file...): the files' bytes as a part of the target, found by name through
# serve/embedded_files.h. Done by CMake itself when a file has changed.
if(NOT CMAKE_SCRIPT_MODE_FILE)
  set(clipmill_embed_script ${CMAKE_CURRENT_LIST_FILE})

  function(clipmill_embed target)
    set(output ${CMAKE_CURRENT_BINARY_DIR}/embedded_files.cpp)
    add_custom_command(OUTPUT ${output}
      COMMAND ${CMAKE_COMMAND} -DOUTPUT=${output} "-DFILES=${ARGN}" -P ${clipmill_embed_script}
      DEPENDS ${ARGN} ${clipmill_embed_script} VERBATIM)
    target_sources(${target} PRIVATE ${output})
    set_source_files_properties(${output} PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON SKIP_PRECOMPILE_HEADERS ON)
  endfunction()
  return()
endif()

set(arrays "")
set(table "")
set(count 0)
foreach(file IN LISTS FILES)
  file(READ ${file} bytes HEX)
  string(REGEX REPLACE "(..)" "'\\\\x\\1'," bytes "${bytes}")
  cmake_path(GET file FILENAME name)
  string(APPEND arrays "constexpr char kBytes${count}[] = {${bytes}};\n")
  string(APPEND table "    {\"${name}\", {kBytes${count}, sizeof kBytes${count}}},\n")
  math(EXPR count "${count} + 1")
endforeach()
file(WRITE ${OUTPUT} "#include \"serve/embedded_files.h\"

namespace clipmill {
namespace {
${arrays}
constexpr EmbeddedFile kFiles[] = {
${table}};
}  // namespace

std::span<const EmbeddedFile> embedded_files() { return kFiles; }

}  // namespace clipmill
")
