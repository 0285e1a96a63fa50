# The version of this tree, before project(): what git says, or what a release archive carries in its file VERSION.
#   v1.2.0 is checked out           1.2.0
#   12 commits later                1.2.0+12.g0a1b2c3, with .dirty while files are changed
#   no tag yet                      0.1.0+340.g0a1b2c3 (first_version)
# It is taken when CMake runs, not at every build: a commit should not relink every program of a build directory.
# What is shipped is built in a fresh one.
set(first_version 0.1.0)

function(read_version)
  if(EXISTS ${CMAKE_CURRENT_SOURCE_DIR}/VERSION)
    file(STRINGS ${CMAKE_CURRENT_SOURCE_DIR}/VERSION version LIMIT_COUNT 1)
    set(DUALCAM_VERSION "${version}" PARENT_SCOPE)
    return()
  endif()
  set(git git -C ${CMAKE_CURRENT_SOURCE_DIR})
  execute_process(COMMAND ${git} describe --tags --long --dirty=.dirty --match "v[0-9]*"
    OUTPUT_VARIABLE described OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET RESULT_VARIABLE failed)
  if(failed)
    execute_process(COMMAND ${git} describe --always --dirty=.dirty
      OUTPUT_VARIABLE commit OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET RESULT_VARIABLE failed)
    execute_process(COMMAND ${git} rev-list --count HEAD
      OUTPUT_VARIABLE count OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
    set(described "v${first_version}-${count}-g${commit}")
  endif()
  if(failed)
    set(version ${first_version})
  elseif(described MATCHES "^v([0-9.]+)-0-g[0-9a-f]+$")
    set(version ${CMAKE_MATCH_1})
  elseif(described MATCHES "^v([0-9.]+)-([0-9]+)-(g[0-9a-f]+(\\.dirty)?)$")
    set(version ${CMAKE_MATCH_1}+${CMAKE_MATCH_2}.${CMAKE_MATCH_3})
  else()
    message(FATAL_ERROR "git describes this tree as '${described}'; a tag of a release is v1.2.3.")
  endif()
  set(DUALCAM_VERSION "${version}" PARENT_SCOPE)
endfunction()

read_version()
string(REGEX MATCH "^[0-9]+\\.[0-9]+\\.[0-9]+" DUALCAM_RELEASE "${DUALCAM_VERSION}")
if(NOT DUALCAM_RELEASE)
  message(FATAL_ERROR "The version '${DUALCAM_VERSION}' does not begin with three numbers, as 1.2.3 does.")
endif()
# cmake -P cmake/version.cmake
if(CMAKE_SCRIPT_MODE_FILE)
  message("version ${DUALCAM_VERSION}")
endif()
