# What every target of the project shares: warnings, sanitizers, coverage, and one function per kind of target.
find_package(Threads REQUIRED)
find_package(fmt REQUIRED)

add_library(dualcam_options INTERFACE)
target_include_directories(dualcam_options INTERFACE ${CMAKE_SOURCE_DIR})
# Asio 1.22 takes memory from aligned_alloc or from operator new depending on which header a source file names first;
# what one file took another one gives back. So: operator new, everywhere.
target_compile_definitions(dualcam_options INTERFACE
  ASIO_STANDALONE ASIO_NO_DEPRECATED ASIO_DISABLE_STD_ALIGNED_ALLOC)
target_compile_options(dualcam_options INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wnon-virtual-dtor -Wold-style-cast -Werror)
# Designated initialisers leave out on purpose what has a sensible empty value.
target_compile_options(dualcam_options INTERFACE -Wno-missing-field-initializers)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # g++ 12 reports operator new/delete pairs inlined through std::function as mismatched: false positives.
  target_compile_options(dualcam_options INTERFACE -Wno-mismatched-new-delete)
endif()
if(DUALCAM_SANITIZE)
  target_compile_options(dualcam_options INTERFACE -fsanitize=${DUALCAM_SANITIZE} -fno-omit-frame-pointer)
  target_link_options(dualcam_options INTERFACE -fsanitize=${DUALCAM_SANITIZE})
  if(DUALCAM_SANITIZE MATCHES "undefined")
    target_compile_options(dualcam_options INTERFACE -fno-sanitize-recover=undefined)
  endif()
endif()
if(DUALCAM_COVERAGE)
  target_compile_options(dualcam_options INTERFACE -fprofile-instr-generate -fcoverage-mapping)
  target_link_options(dualcam_options INTERFACE -fprofile-instr-generate)
endif()
target_link_libraries(dualcam_options INTERFACE Threads::Threads fmt::fmt)

# dualcam_library(NAME dep...): one static library of every .cpp in the current folder.
function(dualcam_library name)
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cpp)
  add_library(${name} STATIC ${sources})
  target_link_libraries(${name} PUBLIC dualcam_options ${ARGN})
endfunction()

# dualcam_test(NAME dep...): one GoogleTest program of every *_test.cpp (and its helpers) in the current folder.
function(dualcam_test name)
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cpp)
  if(NOT sources)
    return()
  endif()
  add_executable(${name} ${sources})
  target_link_libraries(${name} PRIVATE dualcam_options ${ARGN} GTest::gmock GTest::gtest GTest::gtest_main)
  gtest_discover_tests(${name} PROPERTIES LABELS unit TIMEOUT 120 DISCOVERY_TIMEOUT 60)
  add_dependencies(unit_tests ${name})
endfunction()
# All of them: what is run under the sanitizers.
add_custom_target(unit_tests)

# dualcam_npm_packages(NAME): what package.json of the current folder names comes into the build folder, by its lock file
# and without a script of its own being run. The target NAME does it, and a test of that name, the fixture of those that
# need it; NAME_FOLDER is for NODE_PATH.
function(dualcam_npm_packages name)
  set(packages ${CMAKE_CURRENT_BINARY_DIR}/packages)
  set(lists package.json package-lock.json)
  list(TRANSFORM lists PREPEND ${CMAKE_CURRENT_SOURCE_DIR}/)
  add_custom_command(OUTPUT ${packages}/node_modules/.package-lock.json
    COMMAND ${CMAKE_COMMAND} -E make_directory ${packages}
    COMMAND ${CMAKE_COMMAND} -E copy ${lists} ${packages}
    COMMAND ${CMAKE_COMMAND} -E chdir ${packages} npm ci --ignore-scripts --no-audit --no-fund
    COMMAND ${CMAKE_COMMAND} -E touch ${packages}/node_modules/.package-lock.json
    DEPENDS ${lists} COMMENT "${name}" VERBATIM)
  # Not a part of `all`: who only builds needs no npm.
  add_custom_target(${name} DEPENDS ${packages}/node_modules/.package-lock.json)
  add_test(NAME ${name} COMMAND ${CMAKE_COMMAND} --build ${CMAKE_BINARY_DIR} --target ${name})
  # Two builds in one folder do not stand each other.
  set_tests_properties(${name} PROPERTIES
    LABELS e2e TIMEOUT 300 FIXTURES_SETUP ${name} RESOURCE_LOCK build_folder)
  set(${name}_FOLDER ${packages}/node_modules PARENT_SCOPE)
endfunction()
