# hc_embed(target NAME table FILES file ...)
#
# Builds texts into a module: the target gets a generated source with
#   const char *const <table>[][2] = {{"a.h", "its text"}, ..., {NULL, NULL}};
# which is written anew when one of the files changes. Run as a script, this file is the generator.
if(NOT CMAKE_SCRIPT_MODE_FILE)
  set(HC_EMBED_SCRIPT ${CMAKE_CURRENT_LIST_FILE})
  function(hc_embed target)
    cmake_parse_arguments(E "" "NAME" "FILES" ${ARGN})
    set(files)
    foreach(file ${E_FILES})
      cmake_path(ABSOLUTE_PATH file NORMALIZE)
      list(APPEND files ${file})
    endforeach()
    set(output ${CMAKE_CURRENT_BINARY_DIR}/${E_NAME}.c)
    list(JOIN files "," joined)
    add_custom_command(OUTPUT ${output}
      COMMAND ${CMAKE_COMMAND} -DNAME=${E_NAME} -DOUTPUT=${output} -DFILES=${joined} -P ${HC_EMBED_SCRIPT}
      DEPENDS ${files} ${HC_EMBED_SCRIPT} COMMENT "Embedding ${E_NAME}" VERBATIM)
    target_sources(${target} PRIVATE ${output})
  endfunction()
  return()
endif()

string(REPLACE "," ";" FILES "${FILES}")
set(code "#include <stddef.h>\n\nextern const char *const ${NAME}[][2];\nconst char *const ${NAME}[][2] = {\n")
foreach(file ${FILES})
  cmake_path(GET file FILENAME name)
  file(READ ${file} text)
  string(REPLACE "\\" "\\\\" text "${text}")
  string(REPLACE "\"" "\\\"" text "${text}")
  string(REPLACE "\n" "\\n\"\n\"" text "${text}")
  string(APPEND code "{\"${name}\",\n\"${text}\"},\n")
endforeach()
string(APPEND code "{NULL, NULL}};\n")
file(WRITE ${OUTPUT} "${code}")
